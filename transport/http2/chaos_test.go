package http2

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ragged is a connection in memory whose octets come in pieces of any size.
type ragged struct {
	net.Conn
	mu sync.Mutex
	r  *rand.Rand
}

func (c *ragged) Read(p []byte) (int, error) {
	c.mu.Lock()
	n := 1 + c.r.IntN(1+c.r.IntN(2000))
	c.mu.Unlock()
	return c.Conn.Read(p[:min(n, len(p))])
}

// chaos is one run of TestChaos.
type chaos struct {
	t      *testing.T
	path   string
	closed sync.Map // *Stream → how often its end was told
	opened atomic.Int64
	ended  atomic.Int64
	work   sync.WaitGroup // the client's goroutines
	served sync.WaitGroup // the server's
}

// watch counts the end of a stream: once, and for every stream.
func (c *chaos) watch(st *Stream) {
	c.opened.Add(1)
	st.OnStreamClosed(func(ErrCode) {
		if _, twice := c.closed.LoadOrStore(st, true); twice {
			c.t.Error("the end of a stream was told twice")
		}
		c.ended.Add(1)
	})
	st.SetDeadline(time.Now().Add(20 * time.Millisecond)) // both may wait for each other
}

// act does something to a stream, from any goroutine.
func (c *chaos) act(r *rand.Rand, st *Stream) {
	switch r.IntN(12) {
	case 0:
		st.RstStream(ErrCode(r.IntN(14)))
	case 1:
		st.Destroy(fmt.Errorf("seeded"))
	case 2:
		st.CloseWrite()
	case 3:
		st.Write(make([]byte, r.IntN(100_000)))
	case 4:
		io.CopyN(io.Discard, st, int64(r.IntN(50_000)))
	case 5:
		st.End(make([]byte, r.IntN(1000)))
	case 6:
		st.Priority(PriorityOptions{Weight: 1 + r.IntN(256), Silent: r.IntN(2) == 0})
	case 7:
		st.SetTimeout(time.Duration(r.IntN(3))*time.Millisecond, func() { st.Close() })
	case 8:
		st.State()
		st.Buffered()
	case 9:
		st.OnData(func([]byte) {})
	case 10:
		st.OnFetchTrailers(func(h *Headers) { h.Set("x", "y") })
	case 11:
		st.Close()
	}
}

// serve acts on a request.
func (c *chaos) serve(r *rand.Rand, st *ServerStream) {
	c.watch(st.Stream)
	switch r.IntN(5) {
	case 0:
		st.RespondWithFile(c.path, nil, FileOptions{})
	case 1:
		if p, err := st.PushStream(nil, PriorityOptions{}); err == nil {
			c.watch(p.Stream)
			p.End([]byte("pushed"))
		}
		st.End([]byte("x"))
	case 2:
		st.AdditionalHeaders(nil)
	}
	seed := r.Uint64()
	c.served.Go(func() {
		r := rand.New(rand.NewPCG(seed, 1))
		for range r.IntN(4) {
			c.act(r, st.Stream)
		}
		st.Close()
	})
}

// session acts on a session as a whole.
func (c *chaos) session(r *rand.Rand, s *Session) {
	switch r.IntN(10) {
	case 0:
		s.Shutdown(ShutdownOptions{Graceful: r.IntN(2) == 0}, func() {})
	case 1:
		s.Close()
	case 2:
		s.GoAway(NoError, 0, nil)
	case 3:
		s.Settings(Settings{InitialWindowSize: V(uint32(r.IntN(100_000)))})
	case 4:
		s.Ping([8]byte{byte(r.IntN(9))}, func(time.Duration, error) {})
	case 5:
		s.State()
	}
}

// Sessions and streams that are closed, reset and destroyed while both ends go
// on: nothing hangs, every stream's end is told once, and nothing is left.
// CHAOS_SEED runs one seed, CHAOS_SEEDS says how many.
func TestChaos(t *testing.T) {
	first, count := uint64(0), uint64(150)
	if v, err := strconv.ParseUint(os.Getenv("CHAOS_SEED"), 10, 64); err == nil {
		first, count = v, 1
	} else if v, err := strconv.ParseUint(os.Getenv("CHAOS_SEEDS"), 10, 64); err == nil {
		count = v
	}
	path, _ := file(t, 200_000)
	for seed := first; seed < first+count; seed++ {
		c := &chaos{t: t, path: path}
		c.run(seed)
		if left := descriptors(path); len(left) > 0 {
			t.Error("files are left open:", left)
		}
		if t.Failed() {
			t.Fatalf("CHAOS_SEED=%d", seed)
		}
	}
}

// link is a connection: in memory, ragged, or over loopback.
func link(t *testing.T, r *rand.Rand, seed uint64) (near, far net.Conn) {
	if r.IntN(2) == 0 {
		a, b := net.Pipe()
		return &ragged{Conn: a, r: rand.New(rand.NewPCG(seed, 2))}, &ragged{Conn: b, r: rand.New(rand.NewPCG(seed, 3))}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}

func (c *chaos) run(seed uint64) {
	t := c.t
	r := rand.New(rand.NewPCG(seed, 0))
	near, far := link(t, r, seed)
	srv, err := CreateServer(Options{Settings: Settings{MaxConcurrentStreams: V(uint32(1 + r.IntN(10)))}}, nil)
	ok(t, err)
	serving := rand.New(rand.NewPCG(seed, 4)) // the loop's alone
	srv.OnStream = func(st *ServerStream, _ Headers, _ Flags) { c.serve(serving, st) }
	sessions := make(chan *Session, 1)
	var ends atomic.Int64
	srv.OnSession = func(s *Session) {
		s.OnClose(func() { ends.Add(1) })
		sessions <- s
	}
	srv.ServeConn(far)
	s, err := NewClient(near, "http://localhost", ConnectOptions{})
	ok(t, err)
	s.OnClose(func() { ends.Add(1) })
	s.OnStream(func(st AnyStream, _ Headers, _ Flags) { c.watch(st.stream()) })
	other := wait(t, sessions, "the server's session")
	for g := range 4 {
		c.work.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(10+g)))
			for range 3 + r.IntN(6) {
				st, err := s.Request(H(":method", []string{"GET", "POST"}[r.IntN(2)]), RequestOptions{EndStream: r.IntN(2) == 0})
				if err != nil {
					return // it has ended, or is about to
				}
				c.watch(st.Stream)
				for range r.IntN(4) {
					c.act(r, st.Stream)
				}
				if r.IntN(4) == 0 {
					c.session(r, []*Session{s, other}[r.IntN(2)])
				}
				st.Close()
			}
		})
	}
	if r.IntN(3) == 0 {
		c.work.Go(func() { // the connection breaks at some time
			for range r.IntN(3) {
				s.State()
			}
			near.Close()
		})
	}
	worked := make(chan struct{})
	go func() { c.work.Wait(); close(worked) }()
	wait(t, worked, fmt.Sprintf("seed %d: the end of the work", seed))
	s.Destroy()
	wait(t, s.Done(), "the client's end")
	wait(t, other.Done(), "the server's end")
	ok(t, srv.Close())
	c.served.Wait()
	until(t, fmt.Sprintf("seed %d: the ends of %d streams and two sessions", seed, c.opened.Load()), func() bool {
		return ends.Load() == 2 && c.opened.Load() == c.ended.Load()
	})
	for _, s := range []*Session{s, other} {
		s.look(func() {
			if s.live != 0 {
				t.Error(s.typ, "counts", s.live, "streams")
			}
		})
	}
}
