package http2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain fails when goroutines or sockets are left.
func TestMain(m *testing.M) {
	before := len(descriptors("socket:"))
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		for end := time.Now().Add(bound); len(descriptors("socket:")) > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				fmt.Fprintln(os.Stderr, "sockets are left:", descriptors("socket:"))
				code = 1
				break
			}
		}
	}
	os.Exit(code)
}

// descriptors are those of this process that begin so, on Linux.
func descriptors(prefix string) (list []string) {
	all, _ := os.ReadDir("/proc/self/fd") // elsewhere there is none
	for _, d := range all {
		if to, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && strings.HasPrefix(to, prefix) {
			list = append(list, to)
		}
	}
	return list
}

// bound is how long anything may take that must happen.
const bound = 20 * time.Second

// serve serves on a free port of 127.0.0.1 until the test ends, and returns the
// URL.
func serve(t *testing.T, s *Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := wait(t, done, "the server's end"); !errors.Is(err, ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	scheme := "http"
	if s.secure != nil {
		scheme = "https"
	}
	return scheme + "://" + l.Addr().String()
}

// server makes a cleartext server, which serves until the test ends.
func server(t *testing.T, o Options, onStream func(st *ServerStream, h Headers, flags Flags)) (*Server, string) {
	t.Helper()
	s, err := CreateServer(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.OnStream = onStream
	return s, serve(t, s)
}

// dial connects to a server, until the test ends.
func dial(t *testing.T, url string, o ConnectOptions) *Session {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	s, err := Connect(ctx, url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Destroy()
		wait(t, s.Done(), "the session's end")
	})
	return s
}

// get makes a GET request without a body.
func get(t *testing.T, s *Session, path string) *ClientStream {
	t.Helper()
	st, err := s.Request(H(":path", path), RequestOptions{EndStream: true})
	if err != nil {
		t.Fatal(err)
	}
	st.SetDeadline(time.Now().Add(bound))
	return st
}

// answer reads a response to its end.
func answer(t *testing.T, st *ClientStream) (Headers, string) {
	t.Helper()
	h, err := st.Response()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(st)
	if err != nil {
		t.Fatalf("after %d octets: %v", len(b), err)
	}
	return h, string(b)
}

// wait takes what a channel gives, or fails.
func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(bound):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// until waits for a condition that handlers bring about.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(bound); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come about", what)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// want fails unless err is of a kind and says what was expected.
func want(t *testing.T, err, kind error, says string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, kind) || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v; want a %v that says %q", err, kind, says)
	}
}
