package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strconv"

	"framewise/transport"
)

// Answer is the relay's first message, as JSON in a text message.
type Answer struct {
	OK      bool   `json:"ok"`
	TLS     string `json:"tls,omitempty"`     // "TLS 1.3"; "" for cleartext
	ALPN    string `json:"alpn,omitempty"`    // "h2"
	Cipher  string `json:"cipher,omitempty"`  // the suite's name in the IANA registry
	Address string `json:"address,omitempty"` // of the target, as dialled: "127.0.0.1:443"
	// Kind is transport's kind of the failure; also of one that lies with the
	// relay: a target or a limit that doesn't allow the dial is "not-allowed".
	Kind    transport.Kind `json:"kind,omitempty"`
	Message string         `json:"message,omitempty"` // one line: what failed, with the reason, and what to do
}

// dial opens the target within the dial timeout. The failure is nil when the
// connection is there, with TLS done if secure.
func (r *Relay) dial(ctx context.Context, want Target, secure bool) (net.Conn, Answer, *transport.DialError) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.DialTimeout)
	defer cancel()
	d := transport.Dialer{
		TrustHint: "start the relay with --ca FILE to trust its authority",
		Resolver:  r.opts.Resolver,
		// After resolution and for each address: a name that points elsewhere
		// from one look-up to the next gets no further than one that doesn't.
		Check: func(address string) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return r.opts.checkAddr(want, ap.Addr())
		},
	}
	if secure {
		d.TLS = &tls.Config{RootCAs: r.opts.RootCAs, MinVersion: tls.VersionTLS12}
	}
	nc, err := d.Dial(ctx, want.Host, strconv.Itoa(int(want.Port)))
	if err != nil {
		var f *transport.DialError
		if !errors.As(err, &f) {
			f = &transport.DialError{Kind: transport.Unreachable, Text: err.Error()}
		}
		return nil, Answer{}, f
	}
	a := Answer{OK: true, Address: nc.RemoteAddr().String()}
	if c, ok := nc.(*tls.Conn); ok {
		s := c.ConnectionState()
		a.TLS, a.ALPN, a.Cipher = tls.VersionName(s.Version), s.NegotiatedProtocol, tls.CipherSuiteName(s.CipherSuite)
	}
	return nc, a, nil
}

func notAllowed(why string) *transport.DialError {
	return &transport.DialError{Kind: transport.NotAllowed, Text: why}
}
