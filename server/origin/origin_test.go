package origin

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"framewise/core/frame"
)

// short is a listener that is out of descriptors for its first tries.
type short struct {
	net.Listener
	fail int
}

func (l *short) Accept() (net.Conn, error) {
	if l.fail > 0 {
		l.fail--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

// TestServeOutlivesShortage: clients that take all descriptors must not end the
// server.
func TestServeOutlivesShortage(t *testing.T) {
	s, err := New(Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
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
	go func() { served <- s.Serve(ctx, &short{ln, 3}, 5*time.Second) }()

	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := nc.Write(frame.AppendSettings([]byte(frame.Preface), nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(nc, make([]byte, 9)); err != nil {
		t.Errorf("a client after the shortage is not served: %v", err)
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("Serve failed: %v", err)
	}
}
