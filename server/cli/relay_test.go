package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/transport"
	"framewise/transport/ws"
)

// The project's own client speaks through serve's relay to its own origin, over
// the same kind of connection that a page uses.
func TestHTTP2ThroughTheRelay(t *testing.T) {
	dir, big := folder(t)
	s := newSecrets(t)
	page := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t), "--ca", s.ca)
	for _, secure := range []bool{false, true} {
		args := []string{"origin", "--listen", "127.0.0.1:0", "--dir", dir}
		if secure {
			args = append(args, "--cert", s.cert, "--key", s.key)
		}
		to := start(t, args...)
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		d := ws.Dialer{Relay: "ws://" + page.addr + "/relay", Origin: "http://" + page.addr}
		nc, a, err := d.Dial(ctx, to.addr, secure)
		if err != nil {
			t.Fatal(err)
		}
		if secure && a.ALPN != "h2" || !secure && a.TLS != "" || a.Address != to.addr {
			t.Errorf("secure = %v: the relay answered %+v", secure, a)
		}
		if got := fetch(t, nc, "/big"); !bytes.Equal(got, sum(big)) {
			t.Errorf("secure = %v: other octets came than the file has", secure)
		}
	}
	d := ws.Dialer{Relay: "ws://" + page.addr + "/relay", Origin: "http://evil.example"}
	var f *transport.DialError
	if _, _, err := d.Dial(context.Background(), "127.0.0.1:1", false); !errors.As(err, &f) || f.Kind != transport.NotAllowed {
		t.Errorf("a foreign origin: %v; want not-allowed", err)
	}
	d.Origin = "http://" + page.addr
	if _, _, err := d.Dial(context.Background(), "127.0.0.1:1", false); !errors.As(err, &f) || f.Kind != transport.Refused {
		t.Errorf("nobody listens there: %v; want refused", err)
	}
}

func sum(b []byte) []byte {
	h := sha256.Sum256(b)
	return h[:]
}

// fetch GETs a path over a connection and returns the hash of the content.
func fetch(t *testing.T, nc net.Conn, path string) []byte {
	t.Helper()
	h := sha256.New()
	c := conn.New(conn.Config{Role: conn.Client, Settings: []frame.Setting{{ID: frame.InitialWindowSize, Value: 1 << 20}}})
	var d *transport.Driver
	d = transport.New(nc, transport.Options{Engine: transport.ForConn(c, func(events []conn.Event) {
		for i := range events {
			switch e := &events[i]; e.Kind {
			case conn.EvData:
				h.Write(e.Data)
				c.Consume(e.StreamID, len(e.Data))
			case conn.EvStreamClosed:
				d.CloseLocked()
			}
		}
	})})
	if _, err := c.Open([]hpack.Field{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "test"}, {Name: ":path", Value: path}}, conn.HeaderOptions{End: true}); err != nil {
		t.Fatal(err)
	}
	d.Start()
	<-d.Done()
	if err := d.Err(); err != nil {
		t.Errorf("the connection ended with %v", err)
	}
	return h.Sum(nil)
}
