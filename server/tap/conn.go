package tap

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"framewise/core/trace"
	"framewise/server/internal/gate"
	"framewise/transport"
)

// conn is a client's connection and the one to the server.
type conn struct {
	tap    *Tap
	id     uint32
	client net.Conn
	begun  time.Time

	mu     sync.Mutex
	server net.Conn // nil: not yet
	over   bool     // end was called
	ender  string   // who ended it first
	reason string

	octets [2]atomic.Int64

	unwritten error     // a write has failed
	unread    trace.Dir // of the direction unread
}

// lastWords is how long an end that takes no more may still send.
const lastWords = time.Second

// end closes both connections: what waits for them returns.
func (c *conn) end(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	c.note("tap", reason)
	c.client.Close()
	if c.server != nil {
		c.server.Close()
	}
}

// note keeps who ended the connection first, and why.
func (c *conn) note(who, reason string) {
	if c.ender == "" {
		c.ender, c.reason = who, reason
	}
}

// run carries the connection from its first octet to its last.
func (c *conn) run(ctx context.Context) {
	defer c.end("")
	client, facts, err := c.meet(ctx)
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, context.Canceled) {
			c.tap.o.Log.Warn("tap", "client", c.client.RemoteAddr().String(), "error", err.Error())
			c.opened(facts) // whoever looks on wants to know of it too
			c.tap.record(&trace.Close{Conn: c.id, At: c.tap.now(), By: "network", Reason: err.Error()}, nil)
		}
		return
	}
	t := c.tap
	c.opened(facts)
	var pumps sync.WaitGroup
	pumps.Go(func() { c.pump(c.server, client, trace.ToServer) })
	pumps.Go(func() { c.pump(client, c.server, trace.ToClient) })
	pumps.Wait()
	if c.unwritten != nil {
		c.broken(1-c.unread, c.unwritten)
	}
	c.mu.Lock()
	e := &trace.Close{Conn: c.id, At: t.now(), By: c.ender, Reason: c.reason}
	c.mu.Unlock()
	if e.By == "tap" {
		e.By = "network"
	}
	t.record(e, nil)
	t.o.Log.Info("tap", "client", c.client.RemoteAddr().String(), "up", c.octets[0].Load(), "down", c.octets[1].Load(),
		"ms", time.Since(c.begun).Milliseconds(), "end", strings.TrimSpace(e.By+" "+e.Reason))
}

// opened begins the connection in the record.
func (c *conn) opened(facts *trace.TLS) {
	t := c.tap
	t.record(&trace.Conn{ID: c.id, Client: c.client.RemoteAddr().String(), Server: t.o.To, Vantage: trace.VantageMiddle,
		At: t.now(), Via: "tap", TLS: facts}, nil)
}

// handshake is the first octet of a TLS connection: a record of its handshake
// (RFC 8446, section 5.1).
const handshake = 22

// meet reads the client's first octet, which says whether it speaks TLS, and
// connects to the server in the same way.
func (c *conn) meet(ctx context.Context) (client net.Conn, facts *trace.TLS, err error) {
	first := make([]byte, 1)
	if _, err := io.ReadFull(c.client, first); err != nil {
		return nil, nil, err
	}
	back := &unread{Conn: c.client, first: first}
	ctx, cancel := context.WithTimeout(ctx, c.tap.o.DialTimeout)
	defer cancel()
	if first[0] != handshake {
		return back, nil, c.dial(ctx, nil)
	}
	if c.tap.leafs == nil {
		return nil, nil, errors.New("the client speaks TLS and the tap has no authority: start it with --data DIR")
	}
	var refused error
	config := &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if err := c.dial(ctx, c.tap.clientConfig(hello.SupportedProtos)); err != nil {
			refused = err
			return nil, err
		}
		state := c.server.(*tls.Conn).ConnectionState()
		facts = transport.TLSFacts(&state)
		leaf, err := c.tap.leafs.get(certName(hello), time.Now())
		if err != nil {
			refused = err
			return nil, err
		}
		own := &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12, DynamicRecordSizingDisabled: true}
		if p := state.NegotiatedProtocol; p != "" {
			own.NextProtos = []string{p}
		}
		return own, nil
	}}
	secure := tls.Server(back, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		if refused != nil {
			return nil, nil, refused
		}
		return nil, nil, fmt.Errorf("the client broke the TLS handshake off: %w: 'framewise tap ca' says how to trust the tap's authority", transport.Cause(err))
	}
	return secure, facts, nil
}

// certName is the name that the certificate must have: the one that the client
// asks for, or the address that it has come to.
func certName(hello *tls.ClientHelloInfo) string {
	if hello.ServerName != "" {
		return hello.ServerName
	}
	host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
	if err != nil {
		return "localhost"
	}
	return host
}

// dial connects to the server, with TLS unless the config is nil.
func (c *conn) dial(ctx context.Context, config *tls.Config) error {
	d := net.Dialer{Resolver: c.tap.o.Resolver, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		if c.tap.o.Check == nil {
			return nil
		}
		return c.tap.o.Check(address)
	}}
	if c.tap.o.Check != nil {
		if err := gate.Answers(ctx, c.tap.o.Resolver, c.tap.o.To, c.tap.o.Check); err != nil {
			return err
		}
	}
	nc, err := d.DialContext(ctx, "tcp", c.tap.o.To)
	if err != nil {
		return fmt.Errorf("%s can't be reached: %w", c.tap.o.To, transport.Cause(err))
	}
	if config != nil {
		secure := tls.Client(nc, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			nc.Close()
			return fmt.Errorf("TLS with %s failed: %w (its authority can be named with --ca, or --insecure takes any)", c.tap.o.To, transport.Cause(err))
		}
		nc = secure
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		nc.Close()
		return net.ErrClosed
	}
	c.server = nc
	return nil
}

// unread is a connection whose first octets were read already.
type unread struct {
	net.Conn
	first []byte
}

func (u *unread) Read(b []byte) (int, error) {
	if len(u.first) > 0 {
		n := copy(b, u.first)
		u.first = u.first[n:]
		return n, nil
	}
	return u.Conn.Read(b)
}

// CloseWrite ends our direction.
func (u *unread) CloseWrite() error { return u.Conn.(*net.TCPConn).CloseWrite() }

// pump carries one direction until it ends: with an end (half-close) that is
// passed on, or with a failure that ends both as a reset.
func (c *conn) pump(to, from net.Conn, dir trace.Dir) {
	for {
		b := getBuffer()
		n, err := from.Read(b.octets[:])
		if n > 0 {
			c.octets[dir].Add(int64(n))
			c.passed(dir, b, n)
			_, werr := to.Write(b.octets[:n])
			b.release()
			if werr != nil { // what its reader said last is still to be read
				c.mu.Lock()
				c.unwritten, c.unread = werr, dir
				c.mu.Unlock()
				to.SetReadDeadline(time.Now().Add(lastWords))
				return
			}
		} else {
			b.release()
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			c.halfClose(to, dir)
			return
		default:
			c.broken(dir, err)
			return
		}
	}
}

// smallChunk is up to how many octets a chunk is copied for the recorder, so that
// many small ones do not hold a whole buffer each.
const smallChunk = 4 << 10

// passed notes what was read, before it is written: no answer can stand before it.
func (c *conn) passed(dir trace.Dir, b *buffer, n int) {
	if c.tap.queue == nil {
		return
	}
	at := c.tap.now()
	e := &trace.Chunk{Conn: c.id, Dir: dir, SentAt: at, ReceivedAt: at}
	if n <= smallChunk {
		e.Octets = bytes.Clone(b.octets[:n])
		c.tap.record(e, nil)
		return
	}
	b.hold()
	e.Octets = b.octets[:n]
	c.tap.record(e, b)
}

// sides are who sends a direction.
var sides = [...]string{"client", "server"}

// halfClose passes the end of a direction on.
func (c *conn) halfClose(to net.Conn, dir trace.Dir) {
	c.mu.Lock()
	c.note(sides[dir], "")
	c.mu.Unlock()
	if w, ok := to.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite() // an end that is gone needs no end
	}
	if s, ok := to.(*tls.Conn); ok { // behind close_notify, as most do
		switch raw := s.NetConn().(type) {
		case *net.TCPConn:
			_ = raw.CloseWrite()
		case *unread:
			_ = raw.CloseWrite()
		}
	}
}

// broken ends both connections when the end that sends dir has failed. A reset is
// passed on as one.
func (c *conn) broken(dir trace.Dir, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	reset := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrDeadlineExceeded)
	reason := transport.Cause(err).Error()
	if reset {
		reason = "the " + sides[dir] + " reset the connection"
	}
	c.note(sides[dir], reason)
	if c.ender == sides[dir] && c.reason == "" {
		c.reason = reason
	}
	for _, nc := range []net.Conn{c.client, c.server} {
		if reset {
			linger(nc)
		}
		nc.Close()
	}
}

// linger makes the close of a connection a reset.
func linger(nc net.Conn) {
	if s, ok := nc.(*tls.Conn); ok {
		nc = s.NetConn()
	}
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it may be closed already
	}
}
