package relay

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"framewise/server/internal/gate"
	"framewise/transport"
	"framewise/transport/ws"

	"github.com/coder/websocket"
)

// Paths below that of the relay: a page asks for a port at the first, and for each
// connection that was made to it at the second; for a tap at the third.
const (
	ListenPath = "/listen"
	AcceptPath = "/accept"
	TapPath    = "/tap"
)

// lowestPort is the lowest that a page may ask for: those below belong to the
// system's own services.
const lowestPort = 1024

// hall is the ports that pages listen on, and the connections to them that no
// page has fetched yet.
type hall struct {
	mu      sync.Mutex
	open    map[string]int      // listeners by client
	waiting map[string]*visitor // by token
}

// visitor is a connection that waits to be fetched.
type visitor struct {
	nc   net.Conn
	port *port
	late *time.Timer
}

// port is one that a page listens on.
type port struct {
	relay *Relay
	ws    *socket
	ln    net.Listener
	mu    sync.Mutex
	busy  int // connections that wait or are carried
}

// serveListen holds a port open for a page, for as long as its WebSocket lives.
func (r *Relay) serveListen(web *socket, req *http.Request) (end string) {
	ctx, cancel := web.watch()
	defer cancel(nil)
	p := &port{relay: r, ws: web}
	key := gate.ClientKey(req.RemoteAddr)
	if f := p.open(key, req.URL.Query().Get("port")); f != nil {
		p.tell(ws.Answer{Kind: f.Kind, Message: f.Text})
		return p.ws.end(verdict{websocket.StatusNormalClosure, clip(string(f.Kind) + ": " + f.Text)})
	}
	defer r.hall.leave(key)
	var accepting sync.WaitGroup
	defer func() {
		p.ln.Close()
		accepting.Wait()
		r.hall.dismiss(p)
	}()
	if err := p.tell(ws.Answer{OK: true, Address: p.ln.Addr().String()}); err != nil {
		return p.ws.end(clientEnd(err))
	}
	accepting.Go(func() { p.accept(ctx) })
	whole := time.NewTimer(r.opts.MaxListen)
	defer whole.Stop()
	select {
	case <-ctx.Done():
		return p.ws.end(watched(ctx))
	case <-whole.C:
		return p.ws.end(verdict{websocket.StatusPolicyViolation, fmt.Sprintf("the relay keeps a port open for %s at most", r.opts.MaxListen)})
	case <-r.stop:
		return p.ws.end(stopping)
	}
}

// open checks what the page asks for and listens.
func (p *port) open(key, want string) *transport.DialError {
	o := &p.relay.opts
	if o.ListenOn == "" {
		return notAllowed("this relay opens no ports: start it with --relay-listen 127.0.0.1 to allow it")
	}
	n, err := strconv.ParseUint(want, 10, 16)
	if err != nil || n != 0 && n < lowestPort {
		return notAllowed(fmt.Sprintf("port %q is not a number from %d to 65535, or 0 for any that is free", logged(want), lowestPort))
	}
	if !p.relay.hall.enter(key, o.ListenersPerAddress) {
		return notAllowed(fmt.Sprintf("the relay opens %d ports for one address at once: close one and ask again", o.ListenersPerAddress))
	}
	p.ln, err = net.Listen("tcp", net.JoinHostPort(o.ListenOn, strconv.Itoa(int(n))))
	if err == nil {
		return nil
	}
	p.relay.hall.leave(key)
	if errors.Is(err, syscall.EADDRINUSE) {
		return &transport.DialError{Kind: transport.InUse, Text: fmt.Sprintf("port %d is in use by another program: choose another, or 0 for any that is free", n)}
	}
	return notAllowed(fmt.Sprintf("port %d can't be opened: %s", n, transport.Cause(err)))
}

// accept announces each connection to the page.
func (p *port) accept(ctx context.Context) {
	for {
		nc, err := p.ln.Accept()
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			if err == nil {
				reset(nc)
			}
			return
		}
		if err != nil { // no descriptors are left, for now
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		if !p.admit() {
			reset(nc)
			continue
		}
		token, err := p.relay.hall.wait(p, nc)
		if err == nil {
			err = p.tell(ws.Arrival{Accept: token, From: nc.RemoteAddr().String()})
		}
		if err == nil {
			continue
		}
		if token == "" || p.relay.hall.take(token) != nil { // else somebody has it, or it waited too long
			p.leave()
			reset(nc)
		}
	}
}

// reset closes a connection so that its other end sees a failure.
func reset(nc net.Conn) {
	if c, ok := nc.(*net.TCPConn); ok {
		_ = c.SetLinger(0) // it is closed in any case
	}
	nc.Close()
}

// admit counts a connection, unless there are too many.
func (p *port) admit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy >= p.relay.opts.ConnsPerPort {
		return false
	}
	p.busy++
	return true
}

func (p *port) leave() {
	p.mu.Lock()
	p.busy--
	p.mu.Unlock()
}

// tell writes a message to the page. A page that takes it too slowly is lost.
func (p *port) tell(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.relay.opts.DialTimeout)
	defer cancel()
	return p.ws.Write(ctx, websocket.MessageText, b)
}

// enter counts a listener of a client, unless it has too many.
func (h *hall) enter(key string, most int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[key] >= most {
		return false
	}
	h.open[key]++
	return true
}

func (h *hall) leave(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[key]--; h.open[key] <= 0 {
		delete(h.open, key)
	}
}

// wait keeps a connection until the page fetches it, or does not in time.
func (h *hall) wait(p *port, nc net.Conn) (token string, err error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	token = base64.RawURLEncoding.EncodeToString(b[:])
	v := &visitor{nc: nc, port: p}
	h.mu.Lock()
	defer h.mu.Unlock()
	v.late = time.AfterFunc(p.relay.opts.DialTimeout, func() {
		if h.take(token) != nil {
			reset(nc)
			p.leave()
		}
	})
	h.waiting[token] = v
	return token, nil
}

// take is the connection with a token, once.
func (h *hall) take(token string) *visitor {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.waiting[token]
	if v != nil {
		delete(h.waiting, token)
		v.late.Stop()
	}
	return v
}

// dismiss closes what waits for a port that is no more.
func (h *hall) dismiss(p *port) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for token, v := range h.waiting {
		if v.port == p {
			delete(h.waiting, token)
			v.late.Stop()
			reset(v.nc)
		}
	}
}

// runAccepted carries a connection that was made to a page's port. It returns the
// reason of the end.
func (c *conn) runAccepted(req *http.Request) string {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	first := make(chan inbound, 1)
	c.ws.readers.Go(func() { c.receive(ctx, first) })
	v := c.relay.hall.take(req.URL.Query().Get("token"))
	if v == nil {
		f := notAllowed("no connection waits under this token: it was fetched already, or not within " + c.relay.opts.DialTimeout.String())
		c.tell(ctx, ws.Answer{Kind: f.Kind, Message: f.Text})
		return c.ws.end(verdict{websocket.StatusNormalClosure, clip(string(f.Kind) + ": " + f.Text)})
	}
	defer v.port.leave()
	c.address = v.nc.RemoteAddr().String()
	c.last.Store(int64(time.Since(c.begun)))
	if early := c.letIn(ctx, ws.Answer{OK: true, Address: c.address}, first); early != nil {
		reset(v.nc)
		return c.ws.end(*early)
	}
	return c.carry(ctx, v.nc, first)
}
