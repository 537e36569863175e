package tap

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"

	"framewise/core/trace"
)

// plain is a TCP proxy that only copies, as the measure: with splice, as the
// system does it at its best, or through a buffer.
func plain(ln net.Listener, to string, splice bool) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			s, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer s.Close()
			var both sync.WaitGroup
			both.Go(func() { carry(s, c, splice) })
			both.Go(func() { carry(c, s, splice) })
			both.Wait()
		}()
	}
}

func carry(to, from net.Conn, splice bool) {
	if splice {
		io.Copy(to, from)
	} else {
		io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 64<<10))
	}
	to.(*net.TCPConn).CloseWrite()
}

type nothing struct{}

func (nothing) Append(trace.Entry) {}

// ways are what stands between: nothing, a plain proxy, the tap without and with
// a recorder.
func ways(b *testing.B, server string, run func(b *testing.B, addr string)) {
	b.Run("direct", func(b *testing.B) { run(b, server) })
	for name, splice := range map[string]bool{"splice": true, "copy": false} {
		b.Run(name, func(b *testing.B) {
			ln := listen(b)
			defer ln.Close()
			go plain(ln, server, splice)
			run(b, ln.Addr().String())
		})
	}
	for name, rec := range map[string]Recorder{"tap": nil, "tap-record": nothing{}} {
		b.Run(name, func(b *testing.B) {
			t, err := New(Options{To: server, Recorder: rec, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			ln := listen(b)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() { defer close(done); t.Serve(ctx, ln) }()
			run(b, ln.Addr().String())
			cancel()
			<-done
		})
	}
}

func benchServer(b *testing.B, serve func(net.Conn)) string {
	ln := listen(b)
	b.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); serve(c) }()
		}
	}()
	return ln.Addr().String()
}

// BenchmarkCarry sends 1 MiB pieces to a server that takes them all.
func BenchmarkCarry(b *testing.B) {
	server := benchServer(b, func(c net.Conn) {
		buf := make([]byte, 256<<10)
		for {
			if _, err := c.Read(buf); err != nil {
				c.Write([]byte{1})
				return
			}
		}
	})
	piece := make([]byte, 1<<20)
	ways(b, server, func(b *testing.B, addr string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		b.SetBytes(int64(len(piece)))
		for b.Loop() {
			if _, err := c.Write(piece); err != nil {
				b.Fatal(err)
			}
		}
		c.(*net.TCPConn).CloseWrite()
		io.ReadFull(c, make([]byte, 1)) // all has passed
	})
}

// BenchmarkRoundTrip sends an octet and waits for it.
func BenchmarkRoundTrip(b *testing.B) {
	server := benchServer(b, echo)
	ways(b, server, func(b *testing.B, addr string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
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
