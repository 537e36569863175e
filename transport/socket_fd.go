//go:build linux || darwin

package transport

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fdSocket is TCP or a Unix socket, perhaps with TLS above it, read and written
// without blocking: the wait for readiness is the runtime's, and no buffer is
// held meanwhile.
type fdSocket struct {
	nc   net.Conn
	rc   syscall.RawConn
	tls  *tls.Conn // nil for cleartext
	seal *sealConn // below tls

	// of the read that waits
	buf      *buffer
	n        int
	wait     bool
	readErr  error
	readable func(fd uintptr) bool

	// of the write that is under way
	left     [][]byte
	iov      [][]byte // left's backing
	vec      vectors
	writeErr error
	once     func(fd uintptr) bool
	all      func(fd uintptr) bool
	plain    []byte // segments put together for TLS
}

// newSocket finds out what can be done with a connection.
func newSocket(nc net.Conn) socket {
	s := &fdSocket{nc: nc}
	if t, ok := nc.(*tls.Conn); ok {
		c, ok := t.NetConn().(*sealConn)
		if !ok {
			return &plainSocket{nc: nc}
		}
		s.tls, s.seal, nc = t, c, c.Conn
	}
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return &plainSocket{nc: s.nc}
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return &plainSocket{nc: s.nc}
	}
	s.rc = rc
	s.readable, s.once, s.all = s.tryRead, s.writeOnce, s.writeAll
	if s.seal != nil {
		s.seal.begin()
	}
	return s
}

func (s *fdSocket) read(wait bool) ([]byte, *buffer, error) {
	s.n, s.wait, s.readErr = 0, wait, nil
	if err := s.rc.Read(s.readable); err != nil {
		s.readErr = err
	}
	buf := s.buf
	s.buf = nil
	if buf == nil {
		return nil, nil, s.readErr
	}
	return buf[:s.n], buf, s.readErr
}

func (s *fdSocket) watch(p *spot, d *Driver) error { return p.watch(s.rc, d) }

// tryRead reads what is there. False: nothing is, wait.
func (s *fdSocket) tryRead(fd uintptr) bool {
	s.buf = getBuffer()
	if s.tls == nil {
		s.n, s.readErr = readFD(fd, s.buf[:])
	} else {
		s.readRecords(fd)
	}
	if s.readErr == errAgain {
		s.readErr = nil
		if s.n == 0 {
			putBuffer(s.buf)
			s.buf = nil
			if !s.wait {
				s.readErr = errAgain
			}
			return !s.wait
		}
	}
	return true
}

// readRecords opens the TLS records that are there, as many as the buffer takes.
func (s *fdSocket) readRecords(fd uintptr) {
	s.seal.fd = fd
	for s.readErr == nil && s.n < len(s.buf) {
		var n int
		n, s.readErr = s.tls.Read(s.buf[s.n:])
		s.n += n
	}
}

func (s *fdSocket) start(segments [][]byte) (bool, error) {
	if s.tls != nil {
		if err := s.sealAll(segments); err != nil {
			return false, err
		}
		s.iov = append(s.iov[:0], s.seal.take())
	} else {
		s.iov = append(s.iov[:0], segments...)
	}
	s.left = s.iov
	if err := s.rc.Write(s.once); err != nil {
		return false, err
	}
	if s.writeErr != nil {
		return false, s.writeErr
	}
	if len(s.left) == 0 {
		clear(s.iov)
	}
	return len(s.left) == 0, nil
}

// sealAll makes TLS records of the segments. Small ones share a record.
func (s *fdSocket) sealAll(segments [][]byte) error {
	const record = 16 << 10 // RFC 8446, section 5.1
	if len(segments) == 1 {
		_, err := s.tls.Write(segments[0])
		return err
	}
	for i := 0; i < len(segments); {
		s.plain = s.plain[:0]
		for i < len(segments) && len(s.plain) < 4*record {
			s.plain = append(s.plain, segments[i]...)
			i++
		}
		if _, err := s.tls.Write(s.plain); err != nil {
			return err
		}
	}
	if cap(s.plain) > 1<<20 {
		s.plain = nil
	}
	return nil
}

func (s *fdSocket) finish() error {
	err := s.rc.Write(s.all)
	if err == nil {
		err = s.writeErr
	}
	clear(s.iov)
	return err
}

// writeOnce writes what the socket takes now.
func (s *fdSocket) writeOnce(fd uintptr) bool {
	s.writeSome(fd)
	return true
}

// writeAll is done when nothing is left; else the runtime waits for room.
func (s *fdSocket) writeAll(fd uintptr) bool {
	s.writeSome(fd)
	return len(s.left) == 0 || s.writeErr != nil
}

// maxIOV is how many segments the kernel takes in one writev.
const maxIOV = 1024

func (s *fdSocket) writeSome(fd uintptr) {
	for len(s.left) > 0 {
		n, err := s.vec.write(fd, s.left[:min(len(s.left), maxIOV)])
		switch err {
		case nil:
			s.left = advance(s.left, n)
		case unix.EINTR:
		case unix.EAGAIN:
			return
		default:
			s.writeErr = err
			return
		}
	}
}

// advance drops the first n octets of the segments.
func advance(segments [][]byte, n int) [][]byte {
	for len(segments) > 0 && n >= len(segments[0]) {
		n -= len(segments[0])
		segments = segments[1:]
	}
	if n > 0 {
		segments[0] = segments[0][n:]
	}
	return segments
}

func (s *fdSocket) shrink() {
	s.left, s.iov, s.vec, s.plain = nil, nil, vectors{}, nil
	if s.seal != nil {
		s.seal.shrink()
	}
}

func (s *fdSocket) readUntil(deadline time.Time) { s.nc.SetReadDeadline(deadline) }

func (s *fdSocket) closeWrite() {
	if s.tls != nil {
		s.tls.CloseWrite() // into seal, without blocking
		s.left = [][]byte{s.seal.take()}
		s.rc.Write(s.once) // where there is no room for the alert, the end of TCP must do
		s.left = nil
	}
	if c, ok := s.below().(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
	}
}

func (s *fdSocket) close() { s.below().Close() }

func (s *fdSocket) below() net.Conn {
	if s.seal != nil {
		return s.seal.Conn
	}
	return s.nc
}

// readFD is one read: the error is errAgain when nothing is there.
func readFD(fd uintptr, b []byte) (int, error) {
	for {
		n, err := rawRead(fd, b)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, errAgain
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// sealConn stands between crypto/tls and the socket. During the handshake it
// passes everything on; afterwards, reads take only what is there, and writes
// are gathered for the Driver to write.
type sealConn struct {
	net.Conn
	async bool
	fd    uintptr // during a read

	mu  sync.Mutex // the reader writes too, when the peer asks for new keys
	out []byte
	old []byte // what take gave last
}

func fdConn(nc net.Conn) net.Conn {
	if _, ok := nc.(syscall.Conn); !ok {
		return nc
	}
	return &sealConn{Conn: nc}
}

func (c *sealConn) begin() { c.async = true }

func (c *sealConn) Read(b []byte) (int, error) {
	if !c.async {
		return c.Conn.Read(b)
	}
	return readFD(c.fd, b)
}

func (c *sealConn) Write(b []byte) (int, error) {
	if !c.async {
		return c.Conn.Write(b)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(c.out, b...)
	return len(b), nil
}

// SetWriteDeadline is called by crypto/tls around its last alert, which is
// gathered like everything else: there is nothing to wait for.
func (c *sealConn) SetWriteDeadline(t time.Time) error {
	if !c.async {
		return c.Conn.SetWriteDeadline(t)
	}
	return nil
}

// shrink lets go of buffers that hold nothing.
func (c *sealConn) shrink() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.old = nil
	if len(c.out) == 0 {
		c.out = nil
	}
}

// take gives what was gathered. It stays as it is until the next take.
func (c *sealConn) take() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out, c.old = c.old[:0], c.out
	return c.old
}
