package gate

import (
	"context"
	"net"
	"net/netip"
)

// Answers looks the name in an address, host:port, up and hands check all that it
// stands for, each as ip:port: a name with one address that is refused is refused
// whole, because whoever answers for it is not to be trusted with the others. It
// comes before a dial and does not replace the check of the address that is then
// dialled. A host that is an address itself, or has none, is left to the dial.
func Answers(ctx context.Context, r *net.Resolver, address string, check func(address string) error) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	addrs, err := r.LookupNetIP(ctx, "ip", host) // a nil Resolver is the system's
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if err := check(net.JoinHostPort(a.String(), port)); err != nil {
			return err
		}
	}
	return nil
}
