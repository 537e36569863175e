package transport

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"framewise/core/hpack"
	"framewise/core/session"
)

// A request and a response of several windows each, with trailers, between two
// sessions. The writers wait for EvDrain, as the seed's streams do.
func TestSessions(t *testing.T) {
	for _, link := range links {
		t.Run(link.name, func(t *testing.T) {
			up, down := pattern(3<<20, 1), pattern(2<<20+7, 2)
			c, s := link.make(t)
			client := &sessionEnd{t: t, s: session.NewClient(session.Config{}), body: up, done: make(chan struct{})}
			server := &sessionEnd{t: t, s: session.NewServer(session.Config{}), body: down, done: make(chan struct{})}
			for _, e := range []*sessionEnd{client, server} {
				nc := c
				if e == server {
					nc = s
				}
				e.sum = sha256.New()
				e.d = New(nc, Options{Engine: ForSession(e.s, e.handle), Role: e.s.Type()})
				e.d.Start()
				defer func() {
					e.d.Abort(nil)
					<-e.d.Done()
				}()
			}
			client.d.Do(func() {
				st, err := client.s.Request(requestFields("POST"), session.RequestOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				client.write(st)
			})
			for _, e := range []*sessionEnd{client, server} {
				select {
				case <-e.done:
				case <-time.After(bound):
					t.Fatalf("the %v's stream did not end", e.s.Type())
				}
			}
			wantUp, wantDown := sha256.Sum256(up), sha256.Sum256(down)
			if !bytes.Equal(server.sum.Sum(nil), wantUp[:]) || !bytes.Equal(client.sum.Sum(nil), wantDown[:]) {
				t.Error("other octets came than were sent")
			}
			if client.trailer != "end" {
				t.Errorf("the trailer is %q; want end", client.trailer)
			}
		})
	}
}

type sessionEnd struct {
	t       *testing.T
	s       *session.Session
	d       *Driver
	body    []byte // what is left to send
	trailer string // that came
	sum     interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
	done chan struct{}
}

func (e *sessionEnd) handle(events []session.Event) {
	for i := range events {
		ev := &events[i]
		switch ev.Kind {
		case session.EvStream:
			ev.Stream.WantTrailers()
			e.must(ev.Stream.Respond([]hpack.Field{{Name: ":status", Value: "200"}}, false))
			e.write(ev.Stream)
		case session.EvData:
			e.sum.Write(ev.Data)
			e.must(e.s.Consume(ev.Stream, len(ev.Data)))
		case session.EvDrain:
			e.write(ev.Stream)
		case session.EvFetchTrailers:
			e.must(ev.Stream.Trailers([]hpack.Field{{Name: "x-trailer", Value: "end"}}))
		case session.EvTrailers:
			e.trailer = ev.Fields[0].Value
		case session.EvClosed:
			close(e.done)
		}
	}
}

// write sends the next piece, or the end.
func (e *sessionEnd) write(st *session.Stream) {
	n := min(len(e.body), 100_000)
	b := e.body[:n]
	if e.body = e.body[n:]; len(e.body) == 0 {
		e.must(st.End(b))
		return
	}
	e.must(st.Write(b))
}

func (e *sessionEnd) must(err error) {
	if err != nil {
		e.t.Error(err)
	}
}
