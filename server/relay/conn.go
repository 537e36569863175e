package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"framewise/server/internal/gate"
	"framewise/transport"
	"framewise/transport/ws"

	"github.com/coder/websocket"
)

// conn is one WebSocket and its target.
//
// Three goroutines: run decides when it ends, climb carries the client's
// octets, fall the target's. Each carries one message at a time, so that at
// most 32 KiB a direction are held here and a slow end slows the other one.
type conn struct {
	relay   *Relay
	ws      *socket
	begun   time.Time
	address string // that was dialled, "" before

	up, down atomic.Int64 // octets carried
	last     atomic.Int64 // when an octet was last carried, nanoseconds since begun
}

// verdict is how a connection ends: what the client is told and the log keeps.
type verdict struct {
	code   websocket.StatusCode
	reason string // at most 123 octets
}

var buffers = sync.Pool{New: func() any { return new([ws.MaxMessage]byte) }}

// run dials, carries and closes. It returns the reason of the end.
func (c *conn) run(req *http.Request) string {
	// Not the request's context: it ends at once for a taken-over connection.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	first := make(chan inbound, 1)
	c.ws.readers.Go(func() { c.receive(ctx, first) })

	target, f := c.reach(ctx, cancel, req, first)
	if f != nil {
		c.tell(ctx, ws.Answer{Kind: f.Kind, Message: f.Text})
		return c.ws.end(verdict{websocket.StatusNormalClosure, clip(string(f.Kind) + ": " + f.Text)})
	}
	if target.conn == nil {
		return c.ws.end(target.end)
	}
	defer target.done()
	return c.carry(ctx, target.conn, first)
}

// inbound is the client's first message, or that there is none.
type inbound struct {
	typ websocket.MessageType
	r   io.Reader
	err error
}

// receive waits for the first message from the start, so that a client that
// goes away while the target is dialled is noticed.
func (c *conn) receive(ctx context.Context, to chan<- inbound) {
	typ, r, err := c.ws.Reader(ctx)
	to <- inbound{typ, r, err}
}

type reached struct {
	conn net.Conn // nil: the client ended it, see end
	done func()
	end  verdict
}

// reach checks and dials what the client asks for, and tells it that it may
// send.
func (c *conn) reach(ctx context.Context, cancel func(), req *http.Request, first chan inbound) (reached, *transport.DialError) {
	want, secure, err := question(req.URL.Query())
	if err == nil {
		err = c.relay.opts.check(want)
	}
	if err != nil {
		return reached{}, notAllowed(err.Error())
	}
	done, why := c.relay.clients.take(gate.ClientKey(req.RemoteAddr), time.Now())
	if why != "" {
		return reached{}, notAllowed(why)
	}
	target, answer, f, early := c.dialWatched(ctx, want, secure, first)
	if early != nil || f != nil {
		done()
		if early != nil {
			return reached{end: *early}, nil
		}
		return reached{}, f
	}
	c.address = answer.Address
	c.last.Store(int64(time.Since(c.begun)))
	if early := c.letIn(ctx, answer, first); early != nil {
		done()
		target.Close()
		return reached{end: *early}, nil
	}
	return reached{conn: target, done: done}, nil
}

// question reads the address that the page asked for.
func question(q url.Values) (want Target, secure bool, err error) {
	want, err = ParseTarget(q.Get("to"))
	if err != nil {
		return want, false, fmt.Errorf("the target in to= is wrong: %w", err)
	}
	if want.Port == 0 {
		return want, false, fmt.Errorf("the target in to= is wrong: %q has no port", logged(q.Get("to")))
	}
	switch q.Get("tls") {
	case "0", "":
	case "1":
		secure = true
	default:
		return want, false, fmt.Errorf("tls=%q is neither 0 nor 1", logged(q.Get("tls")))
	}
	return want, secure, nil
}

// dialWatched dials while it looks out for the client: early is not nil when
// the client left or sent before it was let in.
func (c *conn) dialWatched(ctx context.Context, want Target, secure bool, first chan inbound) (net.Conn, ws.Answer, *transport.DialError, *verdict) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn   net.Conn
		answer ws.Answer
		f      *transport.DialError
	}
	dialled := make(chan result, 1)
	go func() {
		conn, a, f := c.relay.dial(ctx, want, secure)
		dialled <- result{conn, a, f}
	}()
	var early *verdict
	select {
	case d := <-dialled:
		return d.conn, d.answer, d.f, nil
	case in := <-first:
		early = beforeOpen(in)
	case <-c.relay.stop:
		early = &stopping
	}
	cancel()
	if d := <-dialled; d.conn != nil {
		d.conn.Close()
	}
	return nil, ws.Answer{}, nil, early
}

var stopping = verdict{websocket.StatusGoingAway, "the relay is stopping"}

func beforeOpen(in inbound) *verdict {
	if in.err != nil {
		v := clientEnd(in.err)
		return &v
	}
	return &verdict{websocket.StatusPolicyViolation, "a message came before the relay's first: wait for it"}
}

// letIn opens the way for the client, unless it sent something already.
func (c *conn) letIn(ctx context.Context, a ws.Answer, first chan inbound) *verdict {
	select {
	case in := <-first:
		return beforeOpen(in)
	default:
	}
	if err := c.tell(ctx, a); err != nil {
		v := clientEnd(err)
		return &v
	}
	return nil
}

// tell sends the relay's first message.
func (c *conn) tell(ctx context.Context, a ws.Answer) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.relay.opts.DialTimeout)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, b)
}

// carry moves octets both ways until one of the ends, a limit or the relay's
// own end stops it.
func (c *conn) carry(ctx context.Context, target net.Conn, first chan inbound) string {
	ends := make(chan verdict, 2)
	var pumps sync.WaitGroup
	pumps.Go(func() { c.climb(ctx, target, first, ends) })
	pumps.Go(func() { ends <- c.fall(ctx, target) })

	whole := time.NewTimer(c.relay.opts.MaxDuration)
	defer whole.Stop()
	idle := time.NewTimer(c.relay.opts.IdleTimeout)
	defer idle.Stop()
	var end verdict
	for end.code == 0 {
		select {
		case end = <-ends:
		case <-whole.C:
			end = verdict{websocket.StatusPolicyViolation, fmt.Sprintf("the relay carries a connection for %s at most", c.relay.opts.MaxDuration)}
		case <-idle.C:
			quiet := time.Since(c.begun) - time.Duration(c.last.Load())
			if quiet < c.relay.opts.IdleTimeout {
				idle.Reset(c.relay.opts.IdleTimeout - quiet)
				continue
			}
			end = verdict{websocket.StatusPolicyViolation, fmt.Sprintf("nothing was sent either way for %s", c.relay.opts.IdleTimeout)}
		case <-c.relay.stop:
			end = stopping
		}
	}
	target.Close() // ends what the pumps wait for
	reason := c.ws.end(end)
	pumps.Wait()
	return reason
}

// climb carries the client's messages to the target. It reports the client's
// end; when the target takes no more, fall has the last word, because what the
// target said before it closed is still to be read.
func (c *conn) climb(ctx context.Context, target net.Conn, first chan inbound, ends chan<- verdict) {
	buf := buffers.Get().(*[ws.MaxMessage]byte)
	defer buffers.Put(buf)
	in := <-first
	for in.err == nil {
		if in.typ != websocket.MessageBinary {
			ends <- verdict{websocket.StatusUnsupportedData, "the relay carries binary messages only"}
			return
		}
		for {
			n, err := in.r.Read(buf[:])
			if n > 0 {
				if v := c.count(&c.up, n); v != nil {
					ends <- *v
					return
				}
				if _, werr := target.Write(buf[:n]); werr != nil {
					target.SetReadDeadline(time.Now().Add(c.relay.opts.DialTimeout))
					return
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				ends <- clientEnd(err)
				return
			}
		}
		in.typ, in.r, in.err = c.ws.Reader(ctx)
	}
	ends <- clientEnd(in.err)
}

// fall carries the target's octets to the client.
func (c *conn) fall(ctx context.Context, target net.Conn) verdict {
	buf := buffers.Get().(*[ws.MaxMessage]byte)
	defer buffers.Put(buf)
	for {
		n, err := target.Read(buf[:])
		if n > 0 {
			if v := c.count(&c.down, n); v != nil {
				return *v
			}
			if werr := c.ws.Write(ctx, websocket.MessageBinary, buf[:n]); werr != nil {
				return clientEnd(werr)
			}
		}
		if err != nil {
			return targetEnd(err)
		}
	}
}

// count notes that n octets are about to be carried; a verdict is the limit.
func (c *conn) count(way *atomic.Int64, n int) *verdict {
	if way.Add(int64(n)) > c.relay.opts.MaxOctets {
		way.Add(-int64(n))
		return &verdict{websocket.StatusPolicyViolation, fmt.Sprintf("the relay carries %d octets each way in a connection at most", c.relay.opts.MaxOctets)}
	}
	c.last.Store(int64(time.Since(c.begun)))
	return nil
}

func targetEnd(err error) verdict {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return verdict{websocket.StatusNormalClosure, "the target closed the connection"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return verdict{websocket.StatusNormalClosure, "the target reset the connection"}
	}
	return verdict{websocket.StatusNormalClosure, clip("the connection to the target failed: " + transport.Cause(err).Error())}
}

func clientEnd(err error) verdict {
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return verdict{websocket.StatusMessageTooBig, fmt.Sprintf("a message was longer than %d octets", ws.MaxMessage)}
	}
	if s := websocket.CloseStatus(err); s != -1 {
		return verdict{websocket.StatusNormalClosure, fmt.Sprintf("the client closed the WebSocket with %d", s)}
	}
	return verdict{websocket.StatusNormalClosure, "the client is gone"}
}

// clip keeps a reason within what a close frame can hold (RFC 6455, section 5.5).
func clip(s string) string {
	const most = 123
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
