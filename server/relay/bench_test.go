package relay

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"

	"framewise/transport/ws"
)

// benchWays are a plain TCP proxy, as the measure, and the relay: each opens a
// connection to the server.
func benchWays(b *testing.B, server string, run func(b *testing.B, c net.Conn)) {
	var plain float64
	b.Run("plain-proxy", func(b *testing.B) {
		ln := benchListen(b)
		go benchServe(ln, func(c net.Conn) {
			s, err := net.Dial("tcp", server)
			if err != nil {
				return
			}
			defer s.Close()
			copying := func(to, from net.Conn) {
				io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 64<<10))
				to.(*net.TCPConn).CloseWrite()
			}
			var both sync.WaitGroup
			both.Go(func() { copying(s, c) })
			both.Go(func() { copying(c, s) })
			both.Wait()
		})
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		run(b, c)
		plain = float64(b.Elapsed()) / float64(b.N)
	})
	b.Run("relay", func(b *testing.B) {
		ln := benchListen(b)
		host := ln.Addr().String()
		r, err := New(Options{Origins: []string{"http://" + host}, Allow: LoopbackTargets, Loopback: true, DialsPerMinute: 1e6, MaxOctets: 1 << 50, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		srv := &http.Server{Handler: r}
		go srv.Serve(ln)
		defer srv.Close()
		c, _, err := (&ws.Dialer{Relay: "ws://" + host + "/relay", Origin: "http://" + host}).Dial(context.Background(), server, false)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		run(b, c)
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/plain, "×plain-proxy's-time")
	})
}

func benchListen(b *testing.B) net.Listener {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ln.Close() })
	return ln
}

func benchServe(ln net.Listener, serve func(net.Conn)) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			serve(c)
		}()
	}
}

// BenchmarkCarry takes 1 MiB pieces from a server: the way of a download.
func BenchmarkCarry(b *testing.B) {
	ln := benchListen(b)
	piece := make([]byte, 1<<20)
	go benchServe(ln, func(c net.Conn) {
		for {
			if _, err := c.Write(piece); err != nil {
				return
			}
		}
	})
	benchWays(b, ln.Addr().String(), func(b *testing.B, c net.Conn) {
		b.SetBytes(1 << 20)
		buf := make([]byte, 256<<10)
		for b.Loop() {
			for n := 0; n < 1<<20; {
				k, err := c.Read(buf[:min(len(buf), 1<<20-n)])
				if err != nil {
					b.Fatal(err)
				}
				n += k
			}
		}
	})
}

// BenchmarkRoundTrip sends an octet and waits for it.
func BenchmarkRoundTrip(b *testing.B) {
	ln := benchListen(b)
	go benchServe(ln, func(c net.Conn) { io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c}) })
	benchWays(b, ln.Addr().String(), func(b *testing.B, c net.Conn) {
		one := []byte{1}
		for b.Loop() {
			if _, err := c.Write(one); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(c, one); err != nil {
				b.Fatal(err)
			}
		}
	})
}
