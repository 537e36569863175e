// Package tlsend is TLS without a transport, on Go's crypto/tls: octets in, octets
// out.
//
// New is for sessions on a network in memory and in virtual time. In come options,
// a seed, the time and the octets of the wire; out come octets for the wire and
// what arrived in the clear. What is left to chance is drawn from the seed where
// crypto/tls lets it be; keys and signatures are of kinds whose size never varies
// (X25519, Ed25519), so that the same program gives the same record.
//
// Dialer is for real servers, whose octets the host carries: with real chance and
// the real time, and certificates are verified.
//
// It imports transport and wasm/h2/engine, and is only in the build that has TLS.
package tlsend

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net"
	"time"

	"framewise/wasm/h2/engine"
)

// epoch is the instant 0 of virtual time: web/runtime's.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// end is one end. crypto/tls reads when it likes: it runs as a coroutine, which
// stops where it would wait for octets.
type end struct {
	conn  *tls.Conn
	next  func() (struct{}, bool)
	stop  func()
	pause func(struct{}) bool

	in    []byte // from the wire, not read yet
	out   []byte // for the wire
	clear []byte // decrypted, not taken yet
	cut   bool   // nothing follows in, though the peer has not ended
	ended bool
	err   error

	done func(tls.ConnectionState) // called once, when the hands are shaken
}

// virtual is an end in virtual time.
type virtual struct {
	end
	state *engine.TLSState
	roots *x509.CertPool
	opts  engine.TLSOptions
}

// New makes an end. The error says what is wrong with a certificate or key.
func New(o engine.TLSOptions, server bool, seed [32]byte, now func() int64) (engine.TLS, error) {
	e := &virtual{opts: o}
	cfg := &tls.Config{
		Time:                   func() time.Time { return epoch.Add(time.Duration(now())) },
		Rand:                   rand.NewChaCha8(seed),
		NextProtos:             o.ALPN,
		ServerName:             o.ServerName,
		MinVersion:             tls.VersionTLS12,
		CurvePreferences:       []tls.CurveID{tls.X25519},
		SessionTicketsDisabled: true,
	}
	if o.Cert != "" || o.Key != "" {
		pair, err := tls.X509KeyPair([]byte(o.Cert), []byte(o.Key))
		if err != nil {
			return nil, fmt.Errorf("key and cert can't be used: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	} else if server {
		return nil, errors.New("a TLS server needs the options key and cert")
	}
	e.roots = x509.NewCertPool()
	if o.CA != "" && !e.roots.AppendCertsFromPEM([]byte(o.CA)) {
		return nil, errors.New("the option ca holds no certificate in PEM")
	}
	if server {
		if o.AskCert {
			cfg.ClientAuth = tls.RequestClientCert
		}
		e.conn = tls.Server(wire{&e.end}, cfg)
	} else {
		// The certificate is looked at afterwards: who connects may not mind.
		cfg.InsecureSkipVerify = true
		e.conn = tls.Client(wire{&e.end}, cfg)
	}
	e.done = e.describe
	e.next, e.stop = iter.Pull(e.run)
	return e, nil
}

// run is the coroutine: the handshake, then octets as they come.
func (e *end) run(yield func(struct{}) bool) {
	e.pause = yield
	if e.err = e.conn.Handshake(); e.err != nil {
		return
	}
	e.done(e.conn.ConnectionState())
	b := make([]byte, 16<<10)
	for {
		n, err := e.conn.Read(b)
		e.clear = append(e.clear, b[:n]...)
		if errors.Is(err, io.EOF) {
			e.ended = true
			return
		}
		if err != nil {
			e.err = err
			return
		}
	}
}

func (e *virtual) describe(c tls.ConnectionState) {
	s := &engine.TLSState{Version: tls.VersionName(c.Version), ALPN: c.NegotiatedProtocol,
		Cipher: tls.CipherSuiteName(c.CipherSuite), Server: c.ServerName}
	e.state = s
	if len(c.PeerCertificates) == 0 {
		return
	}
	leaf := c.PeerCertificates[0]
	s.Subject = leaf.Subject.String()
	others := x509.NewCertPool()
	for _, cert := range c.PeerCertificates[1:] {
		others.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: e.opts.ServerName, Roots: e.roots, Intermediates: others, CurrentTime: epoch})
	if err != nil {
		s.Problem = err.Error()
	}
}

// Turn is engine.TLS's.
func (e *virtual) Turn(b []byte) (out, clear []byte, state *engine.TLSState, ended bool, err error) {
	out, clear = e.turn(b)
	return out, clear, e.state, e.ended, e.err
}

func (e *end) turn(b []byte) (out, clear []byte) {
	e.in = append(e.in, b...)
	if !e.ended && e.err == nil {
		e.next()
	}
	out, clear = e.out, e.clear
	e.out, e.clear = nil, nil
	return out, clear
}

// Seal is engine.TLS's.
func (e *end) Seal(clear []byte) ([]byte, error) {
	_, err := e.conn.Write(clear)
	out := e.out
	e.out = nil
	return out, err
}

// Close is engine.TLS's.
func (e *end) Close() []byte {
	_ = e.conn.CloseWrite() // before the handshake there is nothing to say
	out := e.out
	e.out = nil
	return out
}

// Stop is engine.TLS's: it ends the coroutine.
func (e *end) Stop() { e.stop() }

var errStopped = errors.New("the connection is no longer needed")

// wire is the transport that crypto/tls sees.
type wire struct{ e *end }

func (w wire) Read(b []byte) (int, error) {
	for len(w.e.in) == 0 {
		if w.e.cut {
			return 0, io.EOF
		}
		if !w.e.pause(struct{}{}) {
			return 0, errStopped
		}
	}
	n := copy(b, w.e.in)
	w.e.in = w.e.in[n:]
	return n, nil
}

func (w wire) Write(b []byte) (int, error) {
	w.e.out = append(w.e.out, b...)
	return len(b), nil
}

func (w wire) Close() error                     { return nil }
func (w wire) LocalAddr() net.Addr              { return addr{} }
func (w wire) RemoteAddr() net.Addr             { return addr{} }
func (w wire) SetDeadline(time.Time) error      { return nil }
func (w wire) SetReadDeadline(time.Time) error  { return nil }
func (w wire) SetWriteDeadline(time.Time) error { return nil }

type addr struct{}

func (addr) Network() string { return "memory" }
func (addr) String() string  { return "memory" }
