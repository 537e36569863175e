package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/transport/testcert"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bound is how long a test may take before it counts as hung.
const bound = 30 * time.Second

// end is one end of a connection under test: it counts and hashes the DATA of
// each stream, and answers requests when it is a server.
type end struct {
	t    *testing.T
	c    *conn.Conn
	d    *Driver
	body []byte // sent on each stream
	read bool   // whether DATA that came is consumed

	mu     sync.Mutex
	sums   map[uint32][]byte
	hashes map[uint32]interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
	closed chan uint32
	events []conn.EventKind
}

func newEnd(t *testing.T, role conn.Role, body []byte) *end {
	settings := []frame.Setting{{ID: frame.InitialWindowSize, Value: 4 << 20}}
	e := &end{t: t, body: body, read: true, sums: map[uint32][]byte{}, closed: make(chan uint32, 1000)}
	e.hashes = map[uint32]interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}{}
	e.c = conn.New(conn.Config{Role: role, Settings: settings, ConnWindow: 64 << 20, Causes: true})
	return e
}

func (e *end) start(nc net.Conn, set func(*Options)) {
	o := Options{Engine: ForConn(e.c, e.handle), Role: e.c.Role()}
	if set != nil {
		set(&o)
	}
	e.d = New(nc, o)
	e.d.Start()
	e.t.Cleanup(func() {
		e.d.Abort(nil)
		<-e.d.Done()
	})
}

func (e *end) handle(events []conn.Event) {
	for i := range events {
		ev := &events[i]
		e.events = append(e.events, ev.Kind)
		switch ev.Kind {
		case conn.EvHeaders:
			e.hashes[ev.StreamID] = sha256.New()
			if ev.Section == conn.Request {
				e.answer(ev.StreamID)
			}
		case conn.EvData:
			e.hashes[ev.StreamID].Write(ev.Data)
			if e.read {
				e.c.Consume(ev.StreamID, len(ev.Data))
			}
		case conn.EvStreamClosed:
			if h := e.hashes[ev.StreamID]; h != nil {
				e.mu.Lock()
				e.sums[ev.StreamID] = h.Sum(nil)
				e.mu.Unlock()
			}
			e.closed <- ev.StreamID
		}
	}
}

func (e *end) answer(id uint32) {
	if err := e.c.Headers(id, []hpack.Field{{Name: ":status", Value: "200"}}, conn.HeaderOptions{}); err != nil {
		e.t.Errorf("stream %d: %v", id, err)
	}
	if err := e.c.Data(id, e.body, true); err != nil {
		e.t.Errorf("stream %d: %v", id, err)
	}
}

// request opens a stream with e.body.
func (e *end) request() (id uint32) {
	err := e.d.Do(func() {
		var err error
		if id, err = e.c.Open(requestFields("POST"), conn.HeaderOptions{}); err == nil {
			err = e.c.Data(id, e.body, true)
		}
		if err != nil {
			e.t.Errorf("request: %v", err)
		}
	})
	if err != nil {
		e.t.Fatalf("request: %v", err)
	}
	return id
}

func requestFields(method string) []hpack.Field {
	return []hpack.Field{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "test"}, {Name: ":path", Value: "/"}}
}

func (e *end) waitClosed(n int) {
	e.t.Helper()
	timeout := time.After(bound)
	for i := range n {
		select {
		case <-e.closed:
		case <-timeout:
			e.t.Fatalf("%d of %d streams were closed within %s", i, n, bound)
		}
	}
}

// sum is the hash of what came on a stream.
func (e *end) sum(id uint32) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sums[id]
}

func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>9) ^ byte(i)*29 ^ seed
	}
	return b
}

// links makes a connected pair of each kind that a Driver treats differently.
var links = []struct {
	name  string
	parks bool // where the system has a watcher
	make  func(t *testing.T) (client, server net.Conn)
}{
	{"TCP", true, tcpPair},
	{"TLS", true, func(t *testing.T) (net.Conn, net.Conn) {
		c, s := tcpPair(t)
		return tlsPair(t, c, s)
	}},
	{"Unix", true, unixPair},
	{"pipe", false, func(t *testing.T) (net.Conn, net.Conn) { return net.Pipe() }},
	{"TLS over a pipe", false, func(t *testing.T) (net.Conn, net.Conn) {
		c, s := net.Pipe()
		return tlsPair(t, c, s)
	}},
}

func tcpPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err = net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func unixPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err = net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func tlsPair(t *testing.T, c, s net.Conn) (net.Conn, net.Conn) {
	t.Helper()
	ca := testcert.New(t)
	cert := ca.Server(t, time.Time{}, "test")
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	var server *tls.Conn
	failed := make(chan error, 1)
	go func() {
		var err error
		server, err = SecureServer(ctx, s, ServerConfig(&tls.Config{Certificates: []tls.Certificate{cert}}))
		failed <- err
	}()
	client, err := SecureClient(ctx, c, "test", &tls.Config{RootCAs: ca.Pool})
	if err := errors.Join(err, <-failed); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// Both ends send much more than sockets and windows hold, before either has
// read anything of it: neither may wait for the other for ever.
func TestMuchBothWaysAtOnce(t *testing.T) {
	for _, link := range links {
		t.Run(link.name, func(t *testing.T) {
			const streams = 8
			up, down := pattern(6<<20, 1), pattern(5<<20+13, 2)
			c, s := link.make(t)
			client, server := newEnd(t, conn.Client, up), newEnd(t, conn.Server, down)
			server.start(s, nil)
			client.start(c, nil)
			var ids []uint32
			for range streams {
				ids = append(ids, client.request())
			}
			client.waitClosed(streams)
			server.waitClosed(streams)
			wantUp, wantDown := sha256.Sum256(up), sha256.Sum256(down)
			for _, id := range ids {
				if !bytes.Equal(server.sum(id), wantUp[:]) {
					t.Errorf("stream %d: the server got other octets than were sent", id)
				}
				if !bytes.Equal(client.sum(id), wantDown[:]) {
					t.Errorf("stream %d: the client got other octets than were sent", id)
				}
			}
		})
	}
}

func TestManyGoroutinesMayAct(t *testing.T) {
	c, s := tcpPair(t)
	client, server := newEnd(t, conn.Client, pattern(3000, 1)), newEnd(t, conn.Server, pattern(100, 2))
	server.start(s, nil)
	client.start(c, nil)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 8 {
				client.request()
			}
		})
	}
	wg.Wait()
	client.waitClosed(80)
}

// Close sends what is queued, and the other end sees an orderly end.
func TestCloseSendsWhatIsQueued(t *testing.T) {
	for _, link := range links {
		t.Run(link.name, func(t *testing.T) {
			c, s := link.make(t)
			client, server := newEnd(t, conn.Client, nil), newEnd(t, conn.Server, nil)
			server.start(s, nil)
			client.start(c, nil)
			client.d.Do(func() { client.c.GoAway(0, frame.NoError, []byte("bye")) })
			client.d.Close()
			for _, e := range []*end{client, server} {
				select {
				case <-e.d.Done():
				case <-time.After(bound):
					t.Fatalf("the %v's connection did not end", e.c.Role())
				}
				if last := e.events[len(e.events)-1]; last != conn.EvEnd {
					t.Errorf("the %v's last event is %d; want the end", e.c.Role(), last)
				}
			}
			if err := client.d.Err(); err != nil {
				t.Errorf("the client ended with %v", err)
			}
			found := false
			for _, k := range server.events {
				found = found || k == conn.EvGoAway
			}
			if !found {
				t.Error("the GOAWAY that was queued did not arrive")
			}
			if err := client.d.Do(func() {}); !errors.Is(err, ErrClosed) {
				t.Errorf("Do after the end: %v; want ErrClosed", err)
			}
		})
	}
}

// What the peer says before it closes is read although our writes fail.
func TestLastWordsAreHeard(t *testing.T) {
	c, s := tcpPair(t)
	client := newEnd(t, conn.Client, pattern(8<<20, 1))
	said := frame.AppendSettings(nil, nil)
	said = frame.AppendGoAway(said, 0, frame.EnhanceYourCalm, []byte("no"))
	client.start(c, nil)
	client.request()
	if _, err := s.Write(said); err != nil {
		t.Fatal(err)
	}
	s.Close() // with octets unread: the kernel resets the connection
	<-client.d.Done()
	heard := false
	for _, k := range client.events {
		heard = heard || k == conn.EvGoAway
	}
	if !heard {
		t.Error("the peer's GOAWAY was not handled")
	}
}

func TestConnectionErrorEndsTheConnection(t *testing.T) {
	c, s := tcpPair(t)
	server := newEnd(t, conn.Server, nil)
	server.start(s, nil)
	c.Write([]byte("GET / HTTP/1.1\r\nHost: test\r\n\r\n"))
	c.SetReadDeadline(time.Now().Add(bound))
	var split frame.Splitter
	var types []frame.Type
	for buf := make([]byte, 4096); ; {
		n, err := c.Read(buf)
		split.Push(bytes.Clone(buf[:n]))
		for {
			f, ok, err := split.Next()
			if err != nil || !ok {
				break
			}
			types = append(types, f.Type)
		}
		if err != nil {
			break
		}
	}
	if len(types) == 0 || types[len(types)-1] != frame.GoAway {
		t.Fatalf("the server sent %v; want GOAWAY last", types)
	}
	c.Close()
	<-server.d.Done()
}

func TestTimers(t *testing.T) {
	t.Run("the engine's deadline", func(t *testing.T) {
		c, s := tcpPair(t)
		defer c.Close()
		server := newEnd(t, conn.Server, nil)
		server.c = conn.New(conn.Config{Role: conn.Server, Limits: conn.Limits{SettingsTimeout: int64(20 * time.Millisecond)}})
		server.start(s, nil)
		c.Write([]byte(frame.Preface))
		c.Write(frame.AppendSettings(nil, nil)) // and no acknowledgement
		<-server.d.Done()
		if f := server.c.Failed(); f == nil || f.Code != frame.SettingsTimeout {
			t.Fatalf("failed with %v; want SETTINGS_TIMEOUT", f)
		}
	})
	t.Run("idle", func(t *testing.T) {
		c, s := tcpPair(t)
		defer c.Close()
		asked := 0
		server := newEnd(t, conn.Server, nil)
		server.start(s, func(o *Options) {
			o.IdleTimeout = 10 * time.Millisecond
			o.OnIdle = func() bool { asked++; return asked < 3 }
		})
		<-server.d.Done()
		if !errors.Is(server.d.Err(), ErrIdle) || asked != 3 {
			t.Fatalf("ended with %v after OnIdle was called %d times; want ErrIdle after 3", server.d.Err(), asked)
		}
	})
}

// echo is an Engine that sends back what comes.
type echo struct{ out, busy []byte }

func (e *echo) Receive(_ int64, b []byte) error { e.out = append(e.out, b...); return nil }
func (e *echo) Tick(int64)                      {}
func (e *echo) Release()                        {}
func (e *echo) Shrink()                         {}
func (e *echo) Handle() int                     { return 0 }
func (e *echo) End(int64, error)                {}

func (e *echo) Poll(_ int64, keep bool, _ int) Out {
	if len(e.out) == 0 {
		return Out{}
	}
	b := e.out
	if e.out = nil; !keep {
		e.out, e.busy = e.busy[:0], b
	}
	return Out{Segments: [][]byte{b}, Octets: len(b)}
}

// A peer that asks and never reads must not make us gather answers without end;
// when it reads at last, nothing is missing.
func TestPeerThatDoesNotReadStopsUs(t *testing.T) {
	c, s := tcpPair(t)
	defer c.Close()
	d := New(s, Options{Engine: &echo{}, Role: conn.Server})
	d.Start()
	defer func() {
		d.Abort(nil)
		<-d.Done()
	}()
	const most = 64 << 20
	piece := pattern(64<<10, 3)
	c.SetWriteDeadline(time.Now().Add(2 * time.Second))
	sent := 0
	for sent < most {
		n, err := c.Write(piece)
		sent += n
		if err != nil {
			break
		}
	}
	d.mu.Lock()
	waiting := len(d.tail)
	d.mu.Unlock()
	if sent >= most {
		t.Errorf("all %d octets were read although no answer was", sent)
	}
	if limit := unsentLimit + 2*len(buffer{}); waiting > limit {
		t.Errorf("%d octets wait to be sent; want at most %d", waiting, limit)
	}
	c.SetReadDeadline(time.Now().Add(bound))
	got := make([]byte, len(piece))
	for at := 0; at < sent; {
		n, err := io.ReadFull(c, got[:min(len(got), sent-at)])
		if err != nil {
			t.Fatalf("after %d of %d octets: %v", at, sent, err)
		}
		if !bytes.Equal(got[:n], piece[:n]) {
			t.Fatalf("other octets came back than were sent, from octet %d on", at)
		}
		at += n
	}
}
