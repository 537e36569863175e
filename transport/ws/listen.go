package ws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"framewise/transport"

	"github.com/coder/websocket"
)

// Arrival is what a relay says of a connection that was made to a port which it
// holds open, as JSON in a text message.
type Arrival struct {
	Accept string `json:"accept"` // the token with which it is fetched
	From   string `json:"from"`   // address of the other end
}

// Listener is a port at a relay as a net.Listener: who connects to it reaches
// this program.
type Listener struct {
	d    *Dialer
	c    *websocket.Conn
	addr addr
	ctx  context.Context
	stop context.CancelFunc
	once sync.Once
}

var _ net.Listener = (*Listener)(nil)

type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }

// Listen asks the relay for a port of its machine, 0 for any that is free. An
// error of the relay's is a *transport.DialError.
func (d *Dialer) Listen(ctx context.Context, port int) (*Listener, error) {
	c, err := d.socket(ctx, "/listen", url.Values{"port": {strconv.Itoa(port)}})
	if err != nil {
		return nil, err
	}
	a, err := readAnswer(ctx, c)
	if err != nil {
		c.CloseNow()
		return nil, err
	}
	l := &Listener{d: d, c: c, addr: addr(a.Address)}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l, nil
}

// socket opens one of the relay's WebSockets.
func (d *Dialer) socket(ctx context.Context, path string, q url.Values) (*websocket.Conn, error) {
	c, res, err := dial(ctx, d.Relay+path+"?"+q.Encode(), d.Origin)
	if err == nil {
		return c, nil
	}
	if res != nil && res.StatusCode == http.StatusForbidden {
		return nil, &transport.DialError{Kind: transport.NotAllowed, Text: "the relay serves other pages only (403): name its own address as the origin"}
	}
	return nil, &transport.DialError{Kind: transport.Unreachable, Text: fmt.Sprintf("the relay at %s can't be reached: %s", d.Relay, transport.Cause(err))}
}

// Accept waits for the next connection and fetches it. One that is gone before it
// was fetched is stepped over. The error is net.ErrClosed after Close, else why
// the relay ended the port.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		_, b, err := l.c.Read(l.ctx)
		if err != nil {
			if l.ctx.Err() != nil {
				return nil, net.ErrClosed
			}
			var closed websocket.CloseError
			if errors.As(err, &closed) && closed.Reason != "" {
				return nil, errors.New(closed.Reason)
			}
			return nil, err
		}
		var a Arrival
		if err := json.Unmarshal(b, &a); err != nil {
			return nil, fmt.Errorf("the relay announced a connection in a way that is not known: %w", err)
		}
		nc, err := l.fetch(a)
		if err == nil {
			return nc, nil
		}
		if l.ctx.Err() != nil {
			return nil, net.ErrClosed
		}
	}
}

func (l *Listener) fetch(a Arrival) (net.Conn, error) {
	c, err := l.d.socket(l.ctx, "/accept", url.Values{"token": {a.Accept}})
	if err != nil {
		return nil, err
	}
	if _, err := readAnswer(l.ctx, c); err != nil {
		c.CloseNow()
		return nil, err
	}
	nc := websocket.NetConn(context.Background(), c, websocket.MessageBinary)
	return &accepted{conn{nc}, l.addr, addr(a.From)}, nil
}

// accepted is a connection with the addresses of its TCP connection.
type accepted struct {
	conn
	local, remote addr
}

func (a *accepted) LocalAddr() net.Addr  { return a.local }
func (a *accepted) RemoteAddr() net.Addr { return a.remote }

// Close gives the port back. Connections that were accepted live on.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.stop()
		l.c.Close(websocket.StatusNormalClosure, "")
	})
	return nil
}

// Addr is the port's address at the relay.
func (l *Listener) Addr() net.Addr { return l.addr }
