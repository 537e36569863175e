package interop

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
	"framewise/transport"
)

// caller is our client on a connection to a server.
type caller struct {
	t    *testing.T
	s    *session.Session
	d    *transport.Driver
	away chan frame.ErrCode // the server's GOAWAY

	at, scheme string
	answers    map[*session.Stream]*answer
}

// answer is the response to a request. It may be read once done is closed, the
// rest of it never; began is closed when the first content has come.
type answer struct {
	st       *session.Stream
	hold     bool // content is kept in its window
	held     int
	status   string
	body     []byte
	trailers map[string]string
	code     frame.ErrCode
	by       conn.By
	began    chan struct{}
	done     chan struct{}
}

// dial connects our client to a server, over TLS when s is not nil.
func dial(t *testing.T, addr string, s *secrets) *caller {
	t.Helper()
	d := transport.Dialer{}
	c := &caller{t: t, at: addr, scheme: "http", answers: map[*session.Stream]*answer{}, away: make(chan frame.ErrCode, 4)}
	if s != nil {
		d.TLS, c.scheme = &tls.Config{RootCAs: s.pool, MinVersion: tls.VersionTLS12}, "https"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	nc, err := d.Dial(ctx, host, port)
	if err != nil {
		t.Fatal(err)
	}
	c.s = session.NewClient(session.Config{Settings: session.Settings{EnablePush: session.V(false)}})
	c.d = transport.New(nc, transport.Options{Engine: transport.ForSession(c.s, c.handle), Role: conn.Client, IdleTimeout: bound})
	c.d.Start()
	t.Cleanup(func() {
		c.d.Abort(nil)
		<-c.d.Done()
	})
	return c
}

func (c *caller) handle(events []session.Event) {
	for i := range events {
		e := &events[i]
		a := c.answers[e.Stream]
		switch {
		case e.Kind == session.EvGoAway:
			select {
			case c.away <- e.Code:
			default:
			}
		case e.Kind == session.EvError:
			c.t.Errorf("the server broke the protocol: %v", e.Err)
		case a != nil:
			c.answered(a, e)
		}
	}
}

func (c *caller) answered(a *answer, e *session.Event) {
	switch e.Kind {
	case session.EvResponse:
		a.status = e.Fields[0].Value
	case session.EvTrailers:
		a.trailers = map[string]string{}
		for _, f := range e.Fields {
			a.trailers[f.Name] = f.Value
		}
	case session.EvData:
		if a.body == nil {
			close(a.began)
		}
		a.body = append(a.body, e.Data...)
		if a.hold {
			a.held += len(e.Data)
			return
		}
		c.s.Consume(a.st, len(e.Data))
	case session.EvFetchTrailers:
		if err := a.st.Trailers([]session.Field{{Name: "x-sum", Value: "42"}}); err != nil {
			c.t.Error(err)
		}
	case session.EvClosed:
		a.code, a.by = e.Code, e.By
		close(a.done)
	}
}

// request is what ask asks.
type request struct {
	method, path string
	body         []byte // nil: none
	trailers     bool   // x-sum: 42 behind the content
	hold         bool   // keep the response's content in its window
}

// ask begins a request.
func (c *caller) ask(q request) *answer {
	c.t.Helper()
	a := &answer{hold: q.hold, began: make(chan struct{}), done: make(chan struct{})}
	err := c.d.Do(func() {
		fields := []session.Field{{Name: ":method", Value: q.method}, {Name: ":scheme", Value: c.scheme},
			{Name: ":authority", Value: c.at}, {Name: ":path", Value: q.path}}
		if q.trailers {
			fields = append(fields, session.Field{Name: "te", Value: "trailers"},
				session.Field{Name: "trailer", Value: "x-sum"}) // net/http drops what was not announced
		}
		st, err := c.s.Request(fields, session.RequestOptions{EndStream: q.body == nil})
		if err != nil {
			c.t.Error(err)
			close(a.done)
			return
		}
		a.st, c.answers[st] = st, a
		if q.body == nil {
			return
		}
		if q.trailers {
			st.WantTrailers()
		}
		if err := st.End(q.body); err != nil {
			c.t.Error(err)
		}
	})
	if err != nil {
		c.t.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	return a
}

// wait waits for a response to be complete and returns it.
func (c *caller) wait(a *answer) *answer {
	c.t.Helper()
	c.until(a.done, "the response did not end")
	return a
}

func (c *caller) until(what <-chan struct{}, else_ string) {
	c.t.Helper()
	select {
	case <-what:
	case <-time.After(bound):
		c.t.Fatalf("%s within %s", else_, bound)
	}
}

// release lets content that was held go on.
func (c *caller) release(a *answer) {
	c.t.Helper()
	if err := c.d.Do(func() {
		a.hold = false
		c.s.Consume(a.st, a.held)
	}); err != nil {
		c.t.Fatalf("while content was held: %v", err)
	}
}
