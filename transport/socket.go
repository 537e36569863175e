package transport

import (
	"errors"
	"net"
	"sync"
	"time"
)

// socket is what a Driver needs of a connection. read is called by the reader
// only; start and finish never at the same time.
type socket interface {
	// read reads octets. They lie in buf, which goes back with putBuffer; nil:
	// there is none. An error may come with the last octets. When there are none
	// it waits; a socket that can be watched does so only if asked, else the
	// error is errAgain.
	read(wait bool) (b []byte, buf *buffer, err error)
	// watch lets the watcher wait in place of read: see spot.watch.
	watch(p *spot, d *Driver) error
	// start writes without blocking. done is false when something is left: then
	// finish must be called, and the segments stay as they are until it returns.
	start(segments [][]byte) (done bool, err error)
	// finish writes what start left, however long it takes.
	finish() error
	// shrink lets go of buffers for writes; none is under way.
	shrink()
	// readUntil makes read fail at the latest at the deadline.
	readUntil(deadline time.Time)
	// closeWrite ends our direction without blocking.
	closeWrite()
	// close ends the connection without blocking; read and finish return.
	close()
}

// buffer is what one read can take.
type buffer [64 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func getBuffer() *buffer { return buffers.Get().(*buffer) }

func putBuffer(b *buffer) {
	if b != nil {
		buffers.Put(b)
	}
}

// plainSocket is any net.Conn. Its writes can block, so that all are left to
// finish, and it holds a buffer while it waits.
type plainSocket struct {
	nc   net.Conn
	left net.Buffers
}

func (s *plainSocket) read(bool) ([]byte, *buffer, error) {
	buf := getBuffer()
	n, err := s.nc.Read(buf[:])
	return buf[:n], buf, err
}

// watch is for those whose read has said errAgain.
func (s *plainSocket) watch(*spot, *Driver) error { return errors.ErrUnsupported }

func (s *plainSocket) start(segments [][]byte) (bool, error) {
	s.left = append(s.left[:0], segments...)
	return false, nil
}

func (s *plainSocket) finish() error {
	left := s.left // WriteTo eats its way through the slice
	_, err := left.WriteTo(s.nc)
	clear(s.left)
	return err
}

func (s *plainSocket) shrink() { s.left = nil }

func (s *plainSocket) readUntil(deadline time.Time) { s.nc.SetReadDeadline(deadline) }

func (s *plainSocket) closeWrite() {
	if c, ok := s.nc.(interface{ CloseWrite() error }); ok {
		go c.CloseWrite() // TLS writes an alert; it has a deadline of its own
		return
	}
	s.close()
}

// close may have to wait for the peer (a WebSocket does), which is nobody's
// business here.
func (s *plainSocket) close() { go s.nc.Close() }

// errAgain says that a read would have to wait. crypto/tls goes on after an
// error that calls itself temporary.
var errAgain net.Error = again{}

type again struct{}

func (again) Error() string   { return "nothing to read yet" }
func (again) Timeout() bool   { return true }
func (again) Temporary() bool { return true }
