package origin

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"framewise/core/frame"
)

// TestRequestsThatCrossTheFarewellAreServed: a server that stops warns first,
// takes what the client sent before it read the warning, and names the last
// stream then (RFC 9113, section 6.8).
func TestRequestsThatCrossTheFarewellAreServed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, answers := range []bool{true, false} {
		s, err := New(Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, ln, 20*time.Second) }()
		nc, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(30 * time.Second))
		write := func(b []byte) {
			t.Helper()
			if _, err := nc.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		write(frame.AppendSettings([]byte(frame.Preface), nil))
		next(t, nc, frame.Settings)
		stop()
		if g := next(t, nc, frame.GoAway); binary.BigEndian.Uint32(g) != frame.MaxStreamID {
			t.Fatalf("the first GOAWAY names %x", g[:4])
		}
		ping := next(t, nc, frame.Ping)
		// GET http://x/a: the request left before the warning was read.
		block := append([]byte{0x82, 0x86, 0x04, 2, '/', 'a', 0x01, 1}, 'x')
		write(frame.AppendHeader(nil, frame.Header{Length: uint32(len(block)), Type: frame.Headers, Flags: frame.FlagEndHeaders | frame.FlagEndStream, StreamID: 1}))
		write(block)
		if body := next(t, nc, frame.Data); !bytes.Equal(body, []byte("content")) {
			t.Errorf("the body is %q", body)
		}
		if answers {
			write(frame.AppendPing(nil, [8]byte(ping), true))
		}
		if g := next(t, nc, frame.GoAway); binary.BigEndian.Uint32(g) != 1 {
			t.Errorf("the last GOAWAY names %x", g[:4])
		}
		if n, err := io.Copy(io.Discard, nc); err != nil {
			t.Errorf("%d octets and then %v", n, err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// next reads frames up to one of the type and returns its payload.
func next(t *testing.T, r io.Reader, want frame.Type) []byte {
	t.Helper()
	for {
		var head [frame.HeaderLen]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			t.Fatalf("no %s: %v", want, err)
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(r, payload); err != nil {
			t.Fatal(err)
		}
		if frame.Type(head[3]) == want && head[4]&1 == 0 || frame.Type(head[3]) == want && want == frame.Data {
			return payload
		}
	}
}
