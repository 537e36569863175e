package transport

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"

	"golang.org/x/sys/unix"
)

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for stop := time.Now().Add(bound); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(stop) {
			t.Fatalf("not within %s: %s", bound, what)
		}
	}
}

func isParked(t *testing.T, d *Driver) bool {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		t.Fatalf("a connection that should wait has ended: %v", d.err)
	}
	return d.parked
}

func untilParked(t *testing.T, ends ...*end) {
	t.Helper()
	until(t, "every connection is parked", func() bool {
		for _, e := range ends {
			if !isParked(t, e.d) {
				return false
			}
		}
		return true
	})
}

func untilDone(t *testing.T, e *end) {
	t.Helper()
	select {
	case <-e.d.Done():
	case <-time.After(bound):
		t.Fatalf("the %v's connection did not end", e.c.Role())
	}
}

// parkable runs f with parked ends of each kind of link that can be parked.
func parkable(t *testing.T, f func(t *testing.T, client, server *end)) {
	for _, link := range links {
		if !link.parks {
			continue
		}
		t.Run(link.name, func(t *testing.T) {
			c, s := link.make(t)
			client, server := newEnd(t, conn.Client, pattern(3000, 1)), newEnd(t, conn.Server, pattern(5000, 2))
			server.start(s, nil)
			client.start(c, nil)
			untilParked(t, client, server)
			f(t, client, server)
		})
	}
}

// A parked connection has no reader; a verb acts all the same, and what comes
// wakes it. Later it is parked again.
func TestParkedConnectionWakes(t *testing.T) {
	parkable(t, func(t *testing.T, client, server *end) {
		for range 3 {
			client.request()
			client.waitClosed(1)
			server.waitClosed(1)
			untilParked(t, client, server)
		}
	})
}

// One that is busy keeps its reader, until it falls silent.
func TestBusyConnectionKeepsItsReader(t *testing.T) {
	parkable(t, func(t *testing.T, client, server *end) {
		stayed := false
		until(t, "the reader stays", func() bool {
			client.request()
			client.waitClosed(1)
			server.d.mu.Lock()
			defer server.d.mu.Unlock()
			stayed = stayed || server.d.stay
			return stayed
		})
		for range 100 {
			client.request()
			client.waitClosed(1)
		}
		untilParked(t, client, server)
	})
}

func TestParkedConnectionSeesItsEnd(t *testing.T) {
	t.Run("FIN", func(t *testing.T) {
		parkable(t, func(t *testing.T, client, server *end) {
			client.d.sock.(*fdSocket).below().(interface{ CloseWrite() error }).CloseWrite()
			untilDone(t, server)
			untilDone(t, client)
			if err := server.d.Err(); err != nil {
				t.Errorf("the server ended with %v", err)
			}
		})
	})
	t.Run("RST", func(t *testing.T) {
		c, s := tcpPair(t)
		server := newEnd(t, conn.Server, nil)
		server.start(s, nil)
		untilParked(t, server)
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
		untilDone(t, server)
		if err := server.d.Err(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("ended with %v; want ECONNRESET", err)
		}
	})
	t.Run("Close", func(t *testing.T) {
		parkable(t, func(t *testing.T, client, server *end) {
			server.d.Close()
			untilDone(t, client)
			untilDone(t, server)
			if err := errors.Join(client.d.Err(), server.d.Err()); err != nil {
				t.Errorf("ended with %v", err)
			}
		})
	})
	t.Run("Close, and the peer says nothing", func(t *testing.T) {
		c, s := tcpPair(t)
		defer c.Close()
		server := newEnd(t, conn.Server, nil)
		server.start(s, nil)
		untilParked(t, server)
		server.d.Close()
		untilDone(t, server) // after lingerTime
	})
	t.Run("Abort", func(t *testing.T) {
		parkable(t, func(t *testing.T, client, server *end) {
			gone := errors.New("gone")
			server.d.Abort(gone)
			untilDone(t, server)
			untilDone(t, client)
			if err := server.d.Err(); err != gone {
				t.Errorf("ended with %v; want %v", err, gone)
			}
		})
	})
	t.Run("idle", func(t *testing.T) {
		c, s := tcpPair(t)
		defer c.Close()
		server := newEnd(t, conn.Server, nil)
		server.start(s, func(o *Options) {
			o.IdleTimeout = 20 * time.Millisecond
			o.OnIdle = func() bool { return !server.d.parked }
		})
		untilDone(t, server)
		if err := server.d.Err(); err != ErrIdle {
			t.Errorf("ended with %v; want ErrIdle", err)
		}
	})
}

// What a write finds out while nobody reads: the peer's last words are heard.
func TestParkedConnectionThatCannotWrite(t *testing.T) {
	c, s := tcpPair(t)
	client := newEnd(t, conn.Client, pattern(100, 1))
	client.start(c, nil)
	untilParked(t, client)
	client.d.mu.Lock() // the reader that is woken waits until the write has failed
	said := frame.AppendGoAway(frame.AppendSettings(nil, nil), 0, frame.EnhanceYourCalm, []byte("no"))
	if _, err := s.Write(said); err != nil {
		t.Fatal(err)
	}
	client.d.silence(syscall.EPIPE)
	client.d.mu.Unlock()
	s.Close()
	untilDone(t, client)
	heard := false
	for _, k := range client.events {
		heard = heard || k == conn.EvGoAway
	}
	if !heard {
		t.Error("the peer's GOAWAY was not handled")
	}
	if err := client.d.Err(); err != syscall.EPIPE {
		t.Errorf("ended with %v; want the write's error", err)
	}
}

// unwatched is a socket for which the system has no watch left.
type unwatched struct{ *fdSocket }

func (unwatched) watch(*spot, *Driver) error { return syscall.ENOSPC }

func TestConnectionThatCannotBeWatchedIsServed(t *testing.T) {
	c, s := tcpPair(t)
	client, server := newEnd(t, conn.Client, pattern(3000, 1)), newEnd(t, conn.Server, pattern(5000, 2))
	server.d = New(s, Options{Engine: ForConn(server.c, server.handle), Role: conn.Server})
	server.d.sock = unwatched{server.d.sock.(*fdSocket)}
	server.d.Start()
	defer func() {
		server.d.Abort(nil)
		<-server.d.Done()
	}()
	client.start(c, nil)
	for range 3 {
		untilParked(t, client)
		client.request()
		client.waitClosed(1)
	}
	if isParked(t, server.d) {
		t.Error("the server's connection is parked")
	}
}

// A report for a connection that is gone does not reach the one that has its
// place now.
func TestPlaceIsNotMistaken(t *testing.T) {
	c, s := tcpPair(t)
	defer c.Close()
	defer s.Close()
	rc, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	first, second := &Driver{}, &Driver{}
	if err := first.spot.watch(rc, first); err != nil {
		t.Fatal(err)
	}
	other := &Driver{}
	if err := other.spot.join(other); err != nil { // the watcher stays
		t.Fatal(err)
	}
	defer other.spot.leave()
	w, old := first.spot.w, unix.EpollEvent{Fd: int32(first.spot.at), Pad: int32(first.spot.age)}
	if w.find(old) != first {
		t.Error("a connection is not found in its place")
	}
	first.spot.leave()
	if w.find(old) != nil {
		t.Error("a connection that left is found")
	}
	if err := second.spot.join(second); err != nil {
		t.Fatal(err)
	}
	defer second.spot.leave()
	if second.spot.at != uint32(old.Fd) {
		t.Fatal("the place is not used again")
	}
	if w.find(old) != nil {
		t.Error("a late report reaches another connection")
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(d)
}

// Many connections come, wait, ask and go, in parallel: none has a goroutine
// while it waits, and nothing of them is left.
func TestManyParkedConnections(t *testing.T) {
	const n = 2000
	until(t, "connections of tests before are gone", func() bool {
		watching.Lock()
		defer watching.Unlock()
		return watching.w == nil
	})
	c, s := tcpPair(t) // what the runtime opens for its first socket stays
	c.Close()
	s.Close()
	descriptorsBefore, before := descriptors(t), runtime.NumGoroutine()
	clients, servers := make([]*end, n), make([]*end, n)
	const hands = 8
	inParallel := func(f func(i int)) {
		var wg sync.WaitGroup
		for k := range hands {
			wg.Go(func() {
				for i := k; i < n; i += hands {
					f(i)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			t.FailNow()
		}
	}
	patient := conn.Limits{IdleTimeout: -1, SettingsTimeout: -1} // as slow as the machine may be
	inParallel(func(i int) {
		clients[i], servers[i] = newEnd(t, conn.Client, nil), newEnd(t, conn.Server, pattern(100, 1))
		clients[i].c = conn.New(conn.Config{Role: conn.Client, Limits: patient})
		servers[i].c = conn.New(conn.Config{Role: conn.Server, Limits: patient})
		c, s := tcpPair(t)
		servers[i].start(s, nil)
		clients[i].start(c, nil)
	})
	untilParked(t, clients...)
	untilParked(t, servers...)
	if more := runtime.NumGoroutine() - before; more > 20 {
		t.Errorf("%d parked connections have %d goroutines", 2*n, more)
	}
	inParallel(func(i int) {
		clients[i].request()
		clients[i].waitClosed(1)
		switch i % 4 {
		case 0:
			clients[i].d.Close()
		case 1:
			servers[i].d.Close()
		case 2:
			clients[i].d.Abort(nil)
		case 3:
			servers[i].d.Abort(nil)
		}
	})
	for i := range n {
		untilDone(t, clients[i])
		untilDone(t, servers[i])
	}
	until(t, "no descriptor is left", func() bool { return descriptors(t) <= descriptorsBefore })
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}
