package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"time"

	"framewise/server/replay"
	"framewise/transport"
)

// runServer is the server of the scripts, each for one live client after the
// other; clients that come together are served together.
func (f *replayFlags) runServer(ctx context.Context, out io.Writer, scripts []*replay.Script, o replay.Options) error {
	secure := f.secure(scripts[0])
	for _, s := range scripts {
		if f.secure(s) != secure {
			return fmt.Errorf("the trace has connections with TLS and without: choose one with --connection, or how all are served with --tls")
		}
	}
	config, err := f.certificate(secure)
	if err != nil {
		return err
	}
	ln, err := listenTCP(ctx, f.listen)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	scheme := "http"
	if secure {
		scheme = "https"
	}
	at := scheme + "://" + ln.Addr().String()
	if f.json {
		err = json.NewEncoder(out).Encode(map[string]any{"listening": at, "connections": len(scripts)})
	} else {
		_, err = fmt.Fprintf(out, "replay of %s on %s\n", plural(len(scripts), "connection"), at)
	}
	if err != nil {
		return err
	}
	b := &booth{f: f, out: out, o: o, config: config, listening: ln.Addr().String()}
	err = b.accept(ctx, ln, scripts)
	b.all.Wait()
	switch {
	case b.err != nil:
		return b.err
	case errors.Is(err, errNobody):
		return fmt.Errorf("%w: %d of %d connections were replayed", err, b.served, len(scripts))
	case err != nil:
		return err
	case ctx.Err() != nil && !f.forever && b.served < len(scripts):
		return fmt.Errorf("stopped: %d of %d connections were replayed", b.served, len(scripts))
	case b.differ:
		return errShown
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// booth is where live clients are served.
type booth struct {
	f         *replayFlags
	out       io.Writer
	o         replay.Options
	config    *tls.Config // nil: cleartext
	listening string
	all       sync.WaitGroup

	mu     sync.Mutex
	served int
	differ bool
	err    error
}

// accept takes as many clients as there are scripts. The error is errNobody, or
// the listener's.
func (b *booth) accept(ctx context.Context, ln net.Listener, scripts []*replay.Script) error {
	for i := 0; b.f.forever || i < len(scripts); i++ {
		if d, ok := ln.(interface{ SetDeadline(time.Time) error }); ok && b.f.wait > 0 {
			d.SetDeadline(time.Now().Add(b.f.wait))
		}
		nc, err := ln.Accept()
		var timeout net.Error
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &timeout) && timeout.Timeout():
			return errNobody
		case err != nil:
			return err
		}
		o := b.o
		o.Conn.ID, o.Conn.Client, o.Conn.Server = uint32(i+1), nc.RemoteAddr().String(), b.listening
		b.all.Go(func() { b.serve(ctx, scripts[i%len(scripts)], nc, o) })
	}
	return nil
}

// serve is the server of a script for one client.
func (b *booth) serve(ctx context.Context, s *replay.Script, nc net.Conn, o replay.Options) {
	r := replay.Result{Side: replay.Server, Connection: s.Conn.ID}
	if b.config != nil {
		c := tls.Server(nc, b.config)
		hand, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := c.HandshakeContext(hand)
		cancel()
		state := c.ConnectionState()
		switch {
		case err != nil:
			r.Stopped = "TLS with the client failed: " + transport.Cause(err).Error()
		case state.NegotiatedProtocol != "h2":
			r.Stopped = "the client does not offer h2 (ALPN)"
		}
		o.Conn.TLS = transport.TLSFacts(&state)
		nc = c
	}
	var err error
	if r.Stopped == "" {
		r, err = s.Run(ctx, nc, o)
	} else {
		nc.Close()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		b.err = err
		return
	}
	b.served++
	b.differ = b.differ || !r.Same()
	if err := b.f.tell(b.out, r); err != nil {
		b.err = err
	}
}

// certificate is what live clients are shown: that of --cert, or one that is made
// for this run and that nobody trusts. nil: no TLS.
func (f *replayFlags) certificate(secure bool) (*tls.Config, error) {
	if !secure {
		return nil, nil
	}
	c := &tls.Config{NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
	if f.cert != "" {
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, fmt.Errorf("--cert, --key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
		return c, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "framewise replay"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, err
	}
	c.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	return c, nil
}
