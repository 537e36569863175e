package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"framewise/core/trace"
)

// Kind is a kind of failure to reach a server.
type Kind string

// The kinds of failure.
const (
	Refused     Kind = "refused"     // the TCP connection was refused, or closed in the handshake
	NotAllowed  Kind = "not-allowed" // the dialler's owner does not allow it
	NoH2        Kind = "no-h2"       // no TLS there, or TLS without h2 in ALPN
	Certificate Kind = "certificate" // it was not accepted
	Timeout     Kind = "timeout"
	DNS         Kind = "dns" // the name has no address
	Unreachable Kind = "unreachable"
	InUse       Kind = "in-use" // of a port that is to be listened on
)

// DialError is why a server could not be reached.
type DialError struct {
	Kind Kind
	Text string // one line: what failed, with the reason, and what to do
}

func (e *DialError) Error() string { return e.Text }

func dialErrorf(k Kind, format string, args ...any) *DialError {
	return &DialError{k, fmt.Sprintf(format, args...)}
}

// Dialer opens connections to HTTP/2 servers. The zero value dials cleartext.
type Dialer struct {
	TLS *tls.Config // nil: cleartext. ServerName and NextProtos are filled in.
	// TrustHint tells a person what to do about an authority that is not known.
	TrustHint string
	// Check decides on each address, after resolution, at the instant it is
	// dialled; the error's text is told. nil: every address is allowed.
	Check    func(address string) error
	Resolver *net.Resolver // nil: the system's
}

// Dial connects to host and port, with TLS and ALPN if asked for, until ctx
// ends. With TLS the result is a *tls.Conn whose protocol is h2. The error is a
// *DialError.
func (d *Dialer) Dial(ctx context.Context, host, port string) (net.Conn, error) {
	to := net.JoinHostPort(host, port)
	nd := net.Dialer{Resolver: d.Resolver, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		if d.Check == nil {
			return nil
		}
		if err := d.Check(address); err != nil {
			return &DialError{NotAllowed, err.Error()}
		}
		return nil
	}}
	nc, err := nd.DialContext(ctx, "tcp", to)
	if err != nil {
		return nil, dialFailure(ctx, to, host, err)
	}
	if d.TLS == nil {
		return nc, nil
	}
	c, err := SecureClient(ctx, nc, host, d.TLS)
	if err != nil {
		nc.Close()
		if isTimeout(ctx, err) {
			err = errors.Join(err, context.DeadlineExceeded)
		}
		return nil, TLSFailure(to, host, d.TrustHint, err)
	}
	if alpn := c.ConnectionState().NegotiatedProtocol; alpn != "h2" {
		c.Close()
		return nil, NoHTTP2(to, alpn)
	}
	return c, nil
}

// SecureClient makes TLS on a connection as its client and shakes hands. host
// is the name that is asked for, unless the config has one. http/1.1 is offered
// beside h2, so that a server without h2 can say so.
func SecureClient(ctx context.Context, nc net.Conn, host string, config *tls.Config) (*tls.Conn, error) {
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = host
	}
	config.NextProtos = []string{"h2", "http/1.1"}
	config.DynamicRecordSizingDisabled = true
	c := tls.Client(fdConn(nc), config)
	return c, c.HandshakeContext(ctx)
}

// ServerConfig makes a config, which has the certificate, one for SecureServer:
// the protocol is h2 or there is none. Make it once for all connections; it has
// the keys of session tickets too, so that clients can resume.
func ServerConfig(config *tls.Config) *tls.Config {
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	config.DynamicRecordSizingDisabled = true
	return config
}

// SecureServer makes TLS on a connection as its server and shakes hands. The
// config is from ServerConfig.
func SecureServer(ctx context.Context, nc net.Conn, config *tls.Config) (*tls.Conn, error) {
	c := tls.Server(fdConn(nc), config)
	return c, c.HandshakeContext(ctx)
}

// NoHTTP2 is the failure of a handshake in which to, host:port, chose the
// protocol alpn, "" for none.
func NoHTTP2(to, alpn string) *DialError {
	if alpn == "" {
		return dialErrorf(NoH2, "%s has TLS but no ALPN: it doesn't offer HTTP/2", to)
	}
	return dialErrorf(NoH2, "%s has no HTTP/2: ALPN says %s", to, alpn)
}

func dialFailure(ctx context.Context, to, host string, err error) *DialError {
	var own *DialError
	var dns *net.DNSError
	switch {
	case errors.As(err, &own):
		return own
	case isTimeout(ctx, err):
		return dialErrorf(Timeout, "%s did not answer in time", to)
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return dialErrorf(DNS, "no address is known for the name %s", host)
		}
		return dialErrorf(DNS, "the name %s could not be looked up: %s", host, dns.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return dialErrorf(Refused, "%s refused the connection: no server listens there", to)
	}
	return dialErrorf(Unreachable, "%s can't be reached: %s", to, Cause(err))
}

// TLSFailure says why a client's handshake failed: to is host:port, host the name
// that was asked for, hint what a person can do about an authority that is not
// known ("": nothing), err of crypto/tls, or context.DeadlineExceeded.
func TLSFailure(to, host, hint string, err error) *DialError {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &cert):
		return dialErrorf(Certificate, "the certificate of %s was not accepted: %s", to, certReason(host, hint, cert.Err))
	case errors.As(err, &record):
		return dialErrorf(NoH2, "%s doesn't speak TLS at this port: dial it without TLS", to)
	case isAlert(err, noApplicationProtocol):
		return NoHTTP2(to, "neither h2 nor http/1.1")
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET):
		return dialErrorf(Refused, "%s closed the connection during the TLS handshake: perhaps it speaks no TLS at this port", to)
	case errors.Is(err, context.DeadlineExceeded):
		return dialErrorf(Timeout, "%s accepted the connection but did not finish the TLS handshake in time", to)
	}
	return dialErrorf(Refused, "the TLS handshake with %s failed: %s", to, err)
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
func certReason(name, hint string, err error) string {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &host):
		return "it is not for the name " + name + " (" + host.Error() + ")"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("it is valid from %s to %s only, and the clock here says %s",
			invalid.Cert.NotBefore.Format(time.DateOnly), invalid.Cert.NotAfter.Format(time.DateOnly), time.Now().Format(time.DateOnly))
	case errors.As(err, &unknown):
		s := "nobody known vouches for it (self-signed, or by a private authority)"
		if hint != "" {
			s += ": " + hint
		}
		return s
	}
	return err.Error()
}

func isTimeout(ctx context.Context, err error) bool {
	var t interface{ Timeout() bool }
	return ctx.Err() != nil || errors.As(err, &t) && t.Timeout()
}

// Cause leaves out what an error of package net says of addresses and system
// calls, for messages that name the peer already.
func Cause(err error) error {
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

// TLSFacts are what a record keeps of a TLS connection; nil for cleartext.
func TLSFacts(s *tls.ConnectionState) *trace.TLS {
	if s == nil {
		return nil
	}
	t := &trace.TLS{Version: tls.VersionName(s.Version), ALPN: s.NegotiatedProtocol,
		Cipher: tls.CipherSuiteName(s.CipherSuite), Name: s.ServerName, Resumed: s.DidResume}
	if len(s.PeerCertificates) > 0 {
		t.Names, t.Issuer = names(s.PeerCertificates[0])
	}
	return t
}

// mostNames bounds the names of a certificate that a record keeps.
const mostNames = 50

// names are those that a certificate is for, and who signed it.
func names(c *x509.Certificate) (all, issuer string) {
	list := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	if len(list) > mostNames {
		list = append(list[:mostNames], fmt.Sprintf("+%d", len(list)-mostNames))
	}
	issuer = c.Issuer.CommonName
	if issuer == "" {
		issuer = strings.Join(c.Issuer.Organization, ", ")
	}
	return strings.Join(list, " "), issuer
}
