package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"

	"framewise/server/internal/gate"
	"framewise/transport"
	"framewise/transport/ws"
)

// dial opens the target within the dial timeout. The failure is nil when the
// connection is there, with TLS done if secure.
func (r *Relay) dial(ctx context.Context, want Target, secure bool) (net.Conn, ws.Answer, *transport.DialError) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.DialTimeout)
	defer cancel()
	d := transport.Dialer{
		TrustHint: "start the relay with --ca FILE to trust its authority",
		Resolver:  r.opts.Resolver,
		Check:     r.dialCheck(want),
	}
	if secure {
		d.TLS = &tls.Config{RootCAs: r.opts.RootCAs, MinVersion: tls.VersionTLS12}
	}
	if err := gate.Answers(ctx, r.opts.Resolver, want.String(), d.Check); err != nil {
		return nil, ws.Answer{}, notAllowed(err.Error())
	}
	nc, err := d.Dial(ctx, want.Host, strconv.Itoa(int(want.Port)))
	if err != nil {
		var f *transport.DialError
		if !errors.As(err, &f) {
			f = &transport.DialError{Kind: transport.Unreachable, Text: err.Error()}
		}
		return nil, ws.Answer{}, f
	}
	a := ws.Answer{OK: true, Address: nc.RemoteAddr().String()}
	if c, ok := nc.(*tls.Conn); ok {
		s := c.ConnectionState()
		f := transport.TLSFacts(&s)
		a.TLS, a.ALPN, a.Cipher, a.Name, a.Names, a.Issuer = f.Version, f.ALPN, f.Cipher, f.Name, f.Names, f.Issuer
	}
	return nc, a, nil
}

func notAllowed(why string) *transport.DialError {
	return &transport.DialError{Kind: transport.NotAllowed, Text: why}
}
