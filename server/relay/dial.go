package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
)

// Answer is the relay's first message, as JSON in a text message.
type Answer struct {
	OK      bool   `json:"ok"`
	TLS     string `json:"tls,omitempty"`     // "TLS 1.3"; "" for cleartext
	ALPN    string `json:"alpn,omitempty"`    // "h2"
	Cipher  string `json:"cipher,omitempty"`  // the suite's name in the IANA registry
	Address string `json:"address,omitempty"` // of the target, as dialled: "127.0.0.1:443"
	Kind    Kind   `json:"kind,omitempty"`    // of the failure
	Message string `json:"message,omitempty"` // one line: what failed, with the reason, and what to do
}

// Kind is a kind of failure to reach a target.
type Kind string

// The kinds of failure.
const (
	Refused     Kind = "refused"     // the target refused the TCP connection, or closed it in the handshake
	NotAllowed  Kind = "not-allowed" // the target isn't allowed, or a limit is reached
	NoH2        Kind = "no-h2"       // no TLS there, or TLS without h2 in ALPN
	Certificate Kind = "certificate" // it was not accepted
	Timeout     Kind = "timeout"
	DNS         Kind = "dns" // the name has no address
	Unreachable Kind = "unreachable"
)

// failure is why a target could not be reached.
type failure struct {
	kind Kind
	text string
}

func (f *failure) Error() string { return f.text }

func fail(k Kind, format string, args ...any) *failure {
	return &failure{k, fmt.Sprintf(format, args...)}
}

// dial opens the target within the dial timeout. The failure is nil when the
// connection is there, with TLS done if secure.
func (r *Relay) dial(ctx context.Context, want Target, secure bool) (net.Conn, Answer, *failure) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.DialTimeout)
	defer cancel()
	d := net.Dialer{
		Resolver: r.opts.Resolver,
		// After resolution and for each address: a name that points elsewhere
		// from one look-up to the next gets no further than one that doesn't.
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err == nil {
				err = r.opts.checkAddr(want, ap.Addr())
			}
			if err != nil {
				return &failure{NotAllowed, err.Error()}
			}
			return nil
		},
	}
	raw, err := d.DialContext(ctx, "tcp", net.JoinHostPort(want.Host, strconv.Itoa(int(want.Port))))
	if err != nil {
		return nil, Answer{}, r.dialFailure(ctx, want, err)
	}
	a := Answer{OK: true, Address: raw.RemoteAddr().String()}
	if !secure {
		return raw, a, nil
	}
	c := tls.Client(raw, &tls.Config{
		ServerName: want.Host,
		RootCAs:    r.opts.RootCAs,
		// http/1.1 is offered so that a server without h2 can say so.
		NextProtos: []string{"h2", "http/1.1"},
		MinVersion: tls.VersionTLS12,
	})
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, Answer{}, r.tlsFailure(ctx, want, err)
	}
	s := c.ConnectionState()
	if s.NegotiatedProtocol != "h2" {
		c.Close()
		return nil, Answer{}, noH2(want, s.NegotiatedProtocol)
	}
	a.TLS, a.ALPN, a.Cipher = tls.VersionName(s.Version), s.NegotiatedProtocol, tls.CipherSuiteName(s.CipherSuite)
	return c, a, nil
}

func noH2(want Target, alpn string) *failure {
	if alpn == "" {
		return fail(NoH2, "%s has TLS but no ALPN: it doesn't offer HTTP/2", want)
	}
	return fail(NoH2, "%s has no HTTP/2: ALPN says %s", want, alpn)
}

func (r *Relay) dialFailure(ctx context.Context, want Target, err error) *failure {
	var f *failure
	var dns *net.DNSError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return fail(DNS, "no address is known for the name %s", want.Host)
		}
		return fail(DNS, "the name %s could not be looked up: %s", want.Host, dns.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(Refused, "%s refused the connection: no server listens there", want)
	case isTimeout(ctx, err):
		return fail(Timeout, "%s did not answer within %s", want, r.opts.DialTimeout)
	}
	return fail(Unreachable, "%s can't be reached: %s", want, cause(err))
}

func (r *Relay) tlsFailure(ctx context.Context, want Target, err error) *failure {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &cert):
		return fail(Certificate, "the certificate of %s was not accepted: %s", want, certReason(want, cert.Err))
	case errors.As(err, &record):
		return fail(NoH2, "%s doesn't speak TLS at this port: dial it without TLS", want)
	case isAlert(err, noApplicationProtocol):
		return noH2(want, "neither h2 nor http/1.1")
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET):
		return fail(Refused, "%s closed the connection during the TLS handshake: perhaps it speaks no TLS at this port", want)
	case isTimeout(ctx, err):
		return fail(Timeout, "%s accepted the connection but did not finish the TLS handshake within %s", want, r.opts.DialTimeout)
	}
	return fail(Refused, "the TLS handshake with %s failed: %s", want, err)
}

// noApplicationProtocol is the alert of a server that takes none of the
// protocols that were offered (RFC 7301, section 3.2).
const noApplicationProtocol tls.AlertError = 120

// isAlert says whether the peer ended the handshake with the alert. crypto/tls
// keeps the alerts of TCP connections in a type of its own, of which only the
// text can be seen.
func isAlert(err error, alert tls.AlertError) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() == alert.Error()
}

// certReason says in words what is wrong with a certificate and, where there is
// something, what to do.
func certReason(want Target, err error) string {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &host):
		return "it is not for the name " + want.Host + " (" + host.Error() + ")"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("it is valid from %s to %s only", invalid.Cert.NotBefore.Format("2006-01-02"), invalid.Cert.NotAfter.Format("2006-01-02"))
	case errors.As(err, &unknown):
		return "nobody known vouches for it (self-signed, or by a private authority): start the relay with --ca FILE to trust its authority"
	}
	return err.Error()
}

func isTimeout(ctx context.Context, err error) bool {
	var t interface{ Timeout() bool }
	return ctx.Err() != nil || errors.As(err, &t) && t.Timeout()
}

// cause leaves out what a *net.OpError says of addresses: the message names the
// target already.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	return err
}
