package transport

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// watcher waits for all connections that are parked, with one descriptor of
// epoll. That one waits in the runtime's own poller, so that no thread blocks.
// There is a watcher as long as there is a connection that has parked once.
type watcher struct {
	file *os.File
	rc   syscall.RawConn
	fd   int // valid while a connection has a place

	mu     sync.Mutex
	places []place
	free   []uint32
	live   int
}

// place is where the watcher finds a connection. It is used again: age tells its
// users apart, so that what is reported late reaches nobody else.
type place struct {
	d   *Driver
	age uint32
}

// spot is a connection's place with the watcher; it has none at first.
type spot struct {
	w   *watcher
	at  uint32
	age uint32
}

// watching is the watcher that there is.
var watching struct {
	sync.Mutex
	w *watcher
}

// watch makes the watcher call d.wake, in a goroutine of its own, once: when
// there is something to read, an end included. It is asked anew each time. The
// error leaves everything as it was.
func (p *spot) watch(rc syscall.RawConn, d *Driver) error {
	op := unix.EPOLL_CTL_MOD
	if p.w == nil {
		op = unix.EPOLL_CTL_ADD
		if err := p.join(d); err != nil {
			return err
		}
	}
	var failed error
	err := rc.Control(func(fd uintptr) { // which keeps fd from being closed, and so from being another's
		failed = unix.EpollCtl(p.w.fd, op, int(fd), &unix.EpollEvent{
			Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT,
			Fd:     int32(p.at), Pad: int32(p.age),
		})
	})
	if err == nil {
		err = failed
	}
	if err != nil && op == unix.EPOLL_CTL_ADD {
		p.leave()
	}
	return err
}

// join takes a place, and makes the watcher if there is none.
func (p *spot) join(d *Driver) error {
	watching.Lock()
	defer watching.Unlock()
	if watching.w == nil {
		w, err := newWatcher()
		if err != nil {
			return err
		}
		watching.w = w
		go w.run()
	}
	w := watching.w
	w.mu.Lock()
	defer w.mu.Unlock()
	p.w = w
	w.live++
	if n := len(w.free); n > 0 {
		p.at, w.free = w.free[n-1], w.free[:n-1]
	} else {
		p.at = uint32(len(w.places))
		w.places = append(w.places, place{})
	}
	at := &w.places[p.at]
	at.d, p.age = d, at.age
	return nil
}

// leave gives the place back, if there is one. The descriptor that was watched
// is closed, then or soon: with that epoll forgets it.
func (p *spot) leave() {
	w := p.w
	if w == nil {
		return
	}
	p.w = nil
	watching.Lock()
	defer watching.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	at := &w.places[p.at]
	at.d = nil
	at.age++
	w.free = append(w.free, p.at)
	if w.live--; w.live == 0 {
		watching.w = nil
		w.file.Close() // run ends
	}
}

func newWatcher() (*watcher, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil { // or NewFile leaves it out of the runtime's poller
		unix.Close(fd)
		return nil, err
	}
	w := &watcher{fd: fd, file: os.NewFile(uintptr(fd), "epoll")}
	if w.rc, err = w.file.SyscallConn(); err != nil {
		w.file.Close()
		return nil, err
	}
	return w, nil
}

// run is the watcher's goroutine.
func (w *watcher) run() {
	var events [128]unix.EpollEvent
	for {
		n := 0
		err := w.rc.Read(func(fd uintptr) bool {
			err := error(unix.EINTR)
			for err == unix.EINTR {
				n, err = unix.EpollWait(int(fd), events[:], 0)
			}
			return n != 0
		})
		if err != nil {
			return // the file was closed
		}
		for i := range n {
			if d := w.find(events[i]); d != nil {
				go d.wake()
			}
		}
	}
}

// find tells whom a report is for; nil: it is late.
func (w *watcher) find(e unix.EpollEvent) *Driver {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at := w.places[uint32(e.Fd)]; at.age == uint32(e.Pad) {
		return at.d
	}
	return nil
}
