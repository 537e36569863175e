package relay

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"
)

// Target is a server that may be asked for: a host, and a port or all of them.
type Target struct {
	Host string // a name in lower case without a final dot, or an IP address
	Port uint16 // 0: any but 25
}

// LoopbackTargets are this machine by its three usual names, at any port.
var LoopbackTargets = []Target{{Host: "localhost"}, {Host: "127.0.0.1"}, {Host: "::1"}}

// String is the form that ParseTarget reads.
func (t Target) String() string {
	if t.Port == 0 {
		return net.JoinHostPort(t.Host, "*")
	}
	return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
}

// ParseTarget reads "host:port" or "host:*"; an IPv6 address stands in
// brackets. The error says what is wrong with s.
func ParseTarget(s string) (Target, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return Target{}, fmt.Errorf("%q is not host:port (an IPv6 address needs brackets: [::1]:443)", logged(s))
	}
	t := Target{}
	if strings.HasPrefix(s, "[") != strings.Contains(host, ":") {
		return Target{}, fmt.Errorf("%q: brackets are for IPv6 addresses", logged(s))
	}
	if t.Host, err = parseHost(host); err != nil {
		return Target{}, err
	}
	if port == "*" {
		return t, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || port[0] == '0' {
		return Target{}, fmt.Errorf("port %q of %q is not a number from 1 to 65535", logged(port), logged(s))
	}
	t.Port = uint16(n)
	return t, nil
}

// parseHost brings a host to the one spelling that the list is compared in.
func parseHost(host string) (string, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() != "" {
			return "", fmt.Errorf("address %q has a zone: name the address without it", logged(host))
		}
		return a.Unmap().String(), nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || len(host) > 253 {
		return "", fmt.Errorf("host %q is empty or longer than 253 octets", logged(host))
	}
	if strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return "", fmt.Errorf("host %q has an empty part between its dots", logged(host))
	}
	if numeric(host) {
		return "", fmt.Errorf("host %q is a number, not a name: write an IPv4 address as four numbers from 0 to 255, as in 192.0.2.1", logged(host))
	}
	for _, c := range []byte(host) {
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return "", fmt.Errorf("host %q is neither a name nor an IP address (write an international name in its xn-- form)", logged(host))
		}
	}
	return host, nil
}

// numeric says whether a host's last label is a number: resolvers that know C's
// inet_aton take such a host for an IPv4 address (2130706433, 0x7f.1, 0177.0.0.1),
// and so do browsers (WHATWG URL, "ends in a number").
func numeric(host string) bool {
	label := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

func (t Target) allows(want Target) bool {
	return t.Host == want.Host && (t.Port == want.Port || t.Port == 0 && want.Port != 25)
}

// isLoopbackName says whether the name itself, before any resolution, means
// this machine.
func isLoopbackName(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// check decides on a target by its name.
func (o *Options) check(want Target) error {
	for _, t := range o.Allow {
		if t.allows(want) {
			return nil
		}
	}
	return fmt.Errorf("%s is not among the targets of this relay: start it with --allow %s to reach it", want, want)
}

// platform is where clouds serve their machines' credentials, beside the
// link-local 169.254.169.254: addresses that look public or private and only ever
// answer the machine that asks.
var platform = []netip.Prefix{
	netip.MustParsePrefix("168.63.129.16/32"),   // Azure
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud
	netip.MustParsePrefix("192.0.0.192/32"),     // Oracle Cloud, before it was link-local
	netip.MustParsePrefix("fd00:ec2::/32"),      // Amazon EC2
	netip.MustParsePrefix("fd20:ce::254/128"),   // Google Cloud
	netip.MustParsePrefix("fd00:42::42/128"),    // Scaleway
}

func isPlatform(a netip.Addr) bool {
	return slices.ContainsFunc(platform, func(p netip.Prefix) bool { return p.Contains(a) })
}

// public refuses all that IANA's registries of special addresses name.
var public = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())

// checkAddr decides on an address that a target's name stands for, at the
// instant it is dialled.
func (o *Options) checkAddr(want Target, a netip.Addr) error {
	a = a.Unmap().WithZone("")
	switch {
	case a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() || isPlatform(a):
		return fmt.Errorf("%s is at %s, an address that the relay never dials", want, a)
	case a.IsLoopback():
		if o.Private || o.Loopback && isLoopbackName(want.Host) {
			return nil
		}
		return fmt.Errorf("%s is at %s, on the relay's own machine: start it with --allow-private to reach it", want, a)
	case o.Private && (a.IsPrivate() || sharedSpace.Contains(a)):
		return nil
	}
	if err := public.SafeAddr(a); err != nil {
		if a.IsPrivate() || sharedSpace.Contains(a) {
			return fmt.Errorf("%s is at %s, a private address: start the relay with --allow-private to reach it", want, a)
		}
		return fmt.Errorf("%s is at %s, a special address that the relay never dials", want, a)
	}
	if !o.Private && isOwn(a) {
		return fmt.Errorf("%s is at %s, an address of the relay's own machine: start it with --allow-private to reach it", want, a)
	}
	return nil
}

// dialCheck decides on each address that a target is dialled at, after resolution:
// a name that points elsewhere from one look-up to the next gets no further than
// one that doesn't.
func (r *Relay) dialCheck(want Target) func(address string) error {
	return func(address string) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if err = r.opts.checkAddr(want, ap.Addr()); r.checked != nil {
			err = r.checked(ap.Addr(), err)
		}
		return err
	}
}

// sharedSpace is for carriers' networks (RFC 6598); home-made overlays use it.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// isOwn says whether the machine has the address now. An address list that
// can't be had counts as yes: the answer keeps something in.
func isOwn(a netip.Addr) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, have := range addrs {
		if n, ok := have.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == a {
				return true
			}
		}
	}
	return false
}
