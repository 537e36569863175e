package tap

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"framewise/core/trace"
	"framewise/transport/testcert"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bound is how long a step may take before it counts as hung.
const bound = 20 * time.Second

// book keeps a record.
type book struct {
	mu      sync.Mutex
	entries []trace.Entry
	gate    chan struct{} // not nil: Append waits until it is closed
}

func (b *book) Append(e trace.Entry) {
	if b.gate != nil {
		<-b.gate
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := e.(*trace.Chunk); ok {
		k := *c
		k.Octets = bytes.Clone(c.Octets)
		e = &k
	}
	b.entries = append(b.entries, e)
}

// octets are what passed in a direction, and the entry that ended the connection.
func (b *book) octets(dir trace.Dir) (all []byte, end *trace.Close) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		switch e := e.(type) {
		case *trace.Chunk:
			if e.Dir == dir {
				all = append(all, e.Octets...)
			}
		case *trace.Close:
			end = e
		}
	}
	return all, end
}

// lab is a tap in front of a server.
type lab struct {
	t    *testing.T
	addr string
	book *book
	stop func()
}

// newLab starts a server that gives each connection to serve, and a tap before it.
func newLab(t *testing.T, server net.Listener, serve func(net.Conn), set func(*Options)) *lab {
	t.Helper()
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			served.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	l := &lab{t: t, book: &book{}}
	o := Options{To: server.Addr().String(), Recorder: l.book, Log: slog.New(slog.DiscardHandler)}
	if set != nil {
		set(&o)
	}
	tap, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ln := listen(t)
	l.addr = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tap.Serve(ctx, ln) }()
	var once sync.Once
	l.stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("Serve: %v", err)
				}
			case <-time.After(bound):
				t.Error("the tap does not stop")
			}
		})
	}
	t.Cleanup(func() {
		l.stop()
		server.Close()
		served.Wait()
	})
	return l
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func (l *lab) dial() *net.TCPConn {
	l.t.Helper()
	c, err := net.Dial("tcp", l.addr)
	if err != nil {
		l.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(bound))
	l.t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func echo(c net.Conn) { io.Copy(c, c) }

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>8) ^ byte(i)*31
	}
	return b
}

// closed waits for the end of the connection in the record.
func (l *lab) closed() *trace.Close {
	l.t.Helper()
	for deadline := time.Now().Add(bound); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, end := l.book.octets(0); end != nil {
			return end
		}
	}
	l.t.Fatal("the record has no end")
	return nil
}

func TestOctetsAndHalfClosePass(t *testing.T) {
	l := newLab(t, listen(t), echo, nil)
	c := l.dial()
	want := pattern(3<<20 + 5)
	go func() {
		c.Write(want)
		c.CloseWrite()
	}()
	got, err := io.ReadAll(c) // ends because the end passed through, both ways
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d octets came back, %v", len(got), err)
	}
	end := l.closed()
	for dir := range trace.Dir(2) {
		if all, _ := l.book.octets(dir); !bytes.Equal(all, want) {
			t.Errorf("%v: the record has %d octets, %d passed", dir, len(all), len(want))
		}
	}
	if end.By != "client" || end.Reason != "" {
		t.Errorf("the end is %+v", end)
	}
}

func TestResetOfTheServerPasses(t *testing.T) {
	l := newLab(t, listen(t), func(c net.Conn) {
		io.ReadFull(c, make([]byte, 5))
		c.(*net.TCPConn).SetLinger(0)
	}, nil)
	c := l.dial()
	c.Write([]byte("hello"))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client sees %v", err)
	}
	if end := l.closed(); end.By != "server" || !strings.Contains(end.Reason, "reset") {
		t.Errorf("the end is %+v", end)
	}
}

func TestResetOfTheClientPasses(t *testing.T) {
	saw := make(chan error, 1)
	l := newLab(t, listen(t), func(c net.Conn) {
		c.SetDeadline(time.Now().Add(bound))
		io.ReadFull(c, make([]byte, 5))
		c.Write([]byte("world"))
		_, err := c.Read(make([]byte, 1))
		saw <- err
	}, nil)
	c := l.dial()
	c.Write([]byte("hello"))
	io.ReadFull(c, make([]byte, 5))
	c.SetLinger(0)
	c.Close()
	if err := <-saw; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server sees %v", err)
	}
	if end := l.closed(); end.By != "client" || !strings.Contains(end.Reason, "reset") {
		t.Errorf("the end is %+v", end)
	}
}

// What a server says before it closes reaches a client that still sends.
func TestLastWords(t *testing.T) {
	l := newLab(t, listen(t), func(c net.Conn) {
		io.ReadFull(c, make([]byte, 5))
		io.WriteString(c, "GOAWAY")
	}, nil)
	c := l.dial()
	c.Write([]byte("hello"))
	got := make([]byte, 6)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "GOAWAY" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	gone := listen(t)
	l := newLab(t, listen(t), echo, func(o *Options) { o.To = gone.Addr().String() })
	gone.Close()
	c := l.dial()
	c.Write([]byte("x"))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays open")
	}
}

func TestStopEndsConnections(t *testing.T) {
	l := newLab(t, listen(t), echo, nil)
	c := l.dial()
	c.Write([]byte("x"))
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	l.stop()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection outlives the tap")
	}
	if end := l.closed(); end.Reason != "the tap stopped" {
		t.Errorf("the end is %+v", end)
	}
	if all, _ := l.book.octets(trace.ToClient); string(all) != "x" {
		t.Errorf("the record has %q", all)
	}
}

func TestTLSPassesALPNAndNames(t *testing.T) {
	ca := testcert.New(t)
	dir := t.TempDir()
	a, err := OpenAuthority(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 10)
	server := tls.NewListener(listen(t), &tls.Config{
		Certificates: []tls.Certificate{ca.Server(t, time.Time{}, "real.example")}, NextProtos: []string{"h2"},
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			asked <- h.ServerName + " " + strings.Join(h.SupportedProtos, ",")
			return nil, nil
		}})
	l := newLab(t, server, echo, func(o *Options) {
		o.Authority, o.RootCAs, o.ServerName = a, ca.Pool, "real.example"
	})
	trust := x509.NewCertPool()
	trust.AddCert(a.Cert)
	for _, name := range []string{"real.example", "127.0.0.1", "real.example"} {
		c := tls.Client(l.dial(), &tls.Config{RootCAs: trust, ServerName: name, NextProtos: []string{"h2", "http/1.1"}})
		if err := c.Handshake(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := c.ConnectionState().NegotiatedProtocol; got != "h2" {
			t.Errorf("ALPN is %q", got)
		}
		if got := <-asked; got != "real.example h2,http/1.1" {
			t.Errorf("the server was asked for %q", got)
		}
		go func() {
			c.Write([]byte("plain octets"))
			c.CloseWrite()
		}()
		if got, err := io.ReadAll(c); err != nil || string(got) != "plain octets" {
			t.Errorf("%q, %v", got, err)
		}
	}
	all, _ := l.book.octets(trace.ToServer)
	if string(all[:12]) != "plain octets" {
		t.Errorf("the record has %q", all)
	}
	l.book.mu.Lock()
	first := l.book.entries[0].(*trace.Conn)
	l.book.mu.Unlock()
	if first.TLS == nil || first.TLS.ALPN != "h2" || first.TLS.Name != "real.example" {
		t.Errorf("the record says of TLS %+v", first.TLS)
	}
}

func TestTLSFailures(t *testing.T) {
	ca := testcert.New(t)
	a, err := OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	var mu sync.Mutex
	server := tls.NewListener(listen(t), &tls.Config{Certificates: []tls.Certificate{ca.Server(t, time.Time{}, "127.0.0.1")}})
	l := newLab(t, server, echo, func(o *Options) { // the server's authority is not trusted
		o.Authority = a
		o.Log = slog.New(slog.NewTextHandler(writer(func(b []byte) { mu.Lock(); log.Write(b); mu.Unlock() }), nil))
	})
	c := tls.Client(l.dial(), &tls.Config{InsecureSkipVerify: true})
	if err := c.Handshake(); err == nil {
		t.Error("a server that can't be trusted is passed on")
	}
	l.stop()
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(log.String(), "--insecure") {
		t.Errorf("the log says %s", log.String())
	}
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

func TestAuthorityIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	a, err := OpenAuthority(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenAuthority(dir, time.Now())
	if err != nil || !a.Cert.Equal(b.Cert) {
		t.Fatalf("another authority the second time, %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, keyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v, %v", info.Mode(), err)
	}
	if _, err := OpenAuthority(dir, time.Now().Add(6*365*24*time.Hour)); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("after its time: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, CertFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(dir, time.Now()); err == nil || !strings.Contains(err.Error(), "remove") {
		t.Errorf("broken: %v", err)
	}
}

// TestSlowRecorder: a recorder that does not take anything stops the connection
// after the queue's octets; nothing is lost.
func TestSlowRecorder(t *testing.T) {
	gate := make(chan struct{})
	l := newLab(t, listen(t), func(c net.Conn) {
		h := sha256.New()
		io.Copy(h, c)
		c.Write(h.Sum(nil))
	}, func(o *Options) {
		o.Queue = 1 << 20
		o.Recorder.(*book).gate = gate
	})
	c := l.dial()
	data := pattern(64 << 20)
	c.SetWriteDeadline(time.Now().Add(2 * time.Second))
	n, err := c.Write(data)
	if err == nil {
		t.Fatal("64 MiB passed although nothing was recorded")
	}
	close(gate)
	c.SetDeadline(time.Now().Add(bound))
	if _, err := c.Write(data[n:]); err != nil {
		t.Fatal(err)
	}
	c.CloseWrite()
	got, err := io.ReadAll(c)
	want := sha256.Sum256(data)
	if err != nil || !bytes.Equal(got, want[:]) {
		t.Fatalf("other octets came, %v", err)
	}
	l.closed()
	if all, _ := l.book.octets(trace.ToServer); !bytes.Equal(all, data) {
		t.Errorf("the record has %d of %d octets", len(all), len(data))
	}
}
