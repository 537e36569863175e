package http2

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
)

// Connect opens a client's session: the seed's http2.connect. authority is a URL
// of which scheme, host and port count: http for cleartext (HTTP/2 is spoken at
// once), https for TLS with ALPN; the ports are 80 and 443 unless it names one. It
// returns when the connection stands; requests may be made at once, OnConnect
// tells when the server's settings came. ctx ends the dialling only.
//
// Errors: validation, for an authority that is none and for options; internal,
// wrapping a *transport.DialError, when the server can't be reached.
func Connect(ctx context.Context, authority string, o ConnectOptions) (*Session, error) {
	const op = "connect"
	if err := o.check(op); err != nil {
		return nil, err
	}
	u, err := parseAuthority(authority)
	if err != nil {
		return nil, err
	}
	d := o.Dialer
	d.TLS = nil
	port := u.Port()
	if u.Scheme == "https" {
		if d.TLS = o.TLS; d.TLS == nil {
			d.TLS = &tls.Config{}
		}
		if port == "" {
			port = "443"
		}
	} else if port == "" {
		port = "80"
	}
	nc, err := d.Dial(ctx, u.Hostname(), port)
	if err != nil {
		return nil, &Error{Kind: ErrInternal, Op: op, Reason: err.Error(), Err: err}
	}
	return startClient(nc, u, o), nil
}

// NewClient makes a client's session on a connection that stands, which is the
// session's from then on; a *tls.Conn must have agreed on h2. authority is as in
// Connect, for the requests.
func NewClient(nc net.Conn, authority string, o ConnectOptions) (*Session, error) {
	if err := o.check("connect"); err != nil {
		return nil, err
	}
	u, err := parseAuthority(authority)
	if err != nil {
		return nil, err
	}
	if c, ok := nc.(*tls.Conn); ok && c.ConnectionState().NegotiatedProtocol != "h2" {
		return nil, invalid("connect", "the TLS connection has agreed on the protocol %q, it must be h2: offer it in NextProtos, and shake hands first", c.ConnectionState().NegotiatedProtocol)
	}
	return startClient(nc, u, o), nil
}

func parseAuthority(authority string) (*url.URL, error) {
	u, err := url.Parse(authority)
	if err != nil {
		return nil, &Error{Kind: ErrValidation, Op: "connect", Reason: "the authority is no URL, it must be like https://localhost:8443: " + err.Error(), Err: err}
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, invalid("connect", "the authority is %q, its scheme must be http or https, as in https://localhost:8443", authority)
	}
	if u.Hostname() == "" {
		return nil, invalid("connect", "the authority is %q, it must name a host, as in https://localhost:8443", authority)
	}
	return u, nil
}

func startClient(nc net.Conn, u *url.URL, o ConnectOptions) *Session {
	s := newSession(nc, SessionClient, o.config(o.MaxReservedRemoteStreams))
	s.on.keep = true
	s.scheme, s.authority = u.Scheme, strings.ToLower(u.Host)
	var state *tls.ConnectionState
	if c, ok := nc.(*tls.Conn); ok {
		v := c.ConnectionState()
		state = &v
	}
	s.start(&o.Options, 1, state, nil)
	return s
}
