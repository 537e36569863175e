package transport

import (
	"sync"

	"framewise/core/conn"
	"framewise/core/session"
)

// ForConn makes an Engine of a connection: handle gets its events, oldest
// first. It may call any verb of c; it must not keep the slice.
func ForConn(c *conn.Conn, handle func(events []conn.Event)) Engine {
	return &connEngine{c: c, handle: handle}
}

// connEngine has two Outputs: while the octets of one are being written, polls
// go to the other. It holds none while it waits.
type connEngine struct {
	c      *conn.Conn
	handle func([]conn.Event)
	outs   [2]*conn.Output // [0] may be in a write, [1] is used meanwhile
	last   int             // of the last Poll
}

// outputs are those that no connection holds.
var outputs = sync.Pool{New: func() any { return new(conn.Output) }}

// output gets one of the two Outputs.
func (e *connEngine) output(i int) *conn.Output {
	if e.outs[i] == nil {
		e.outs[i] = outputs.Get().(*conn.Output)
		e.c.Lend(e.outs[i])
	}
	return e.outs[i]
}

func (e *connEngine) Receive(now int64, b []byte) error {
	e.output(0)
	return e.c.Receive(now, b)
}

func (e *connEngine) Tick(now int64)         { e.c.Tick(now) }
func (e *connEngine) End(now int64, _ error) { e.c.End(now) }

func (e *connEngine) Shrink() { e.c.Shrink() }

// Release gives the Outputs back.
func (e *connEngine) Release() {
	for i, o := range e.outs {
		if o != nil {
			e.c.TakeBack(o)
			e.outs[i] = nil
			outputs.Put(o)
		}
	}
	e.c.Release()
}

func (e *connEngine) Poll(now int64, keep bool, maxData int) Out {
	e.last = 0
	if keep {
		e.last = 1
	}
	o := e.output(e.last)
	e.c.Poll(now, o, maxData)
	return Out{o.Segments, o.Octets, o.Causes, o.Deadline, o.More, o.Close, o.Cut}
}

func (e *connEngine) Handle() int {
	events := e.outs[e.last].Events
	if len(events) > 0 {
		e.handle(events)
	}
	return len(events)
}

// ForSession makes an Engine of a session: handle gets its events, oldest first.
// It may call any verb of s and its streams; it must not keep the slice.
func ForSession(s *session.Session, handle func(events []session.Event)) Engine {
	return &sessionEngine{s: s, handle: handle}
}

// sessionEngine is connEngine for a session.
type sessionEngine struct {
	s      *session.Session
	handle func([]session.Event)
	outs   [2]*session.Output
	last   int
}

var sessionOutputs = sync.Pool{New: func() any { return new(session.Output) }}

func (e *sessionEngine) output(i int) *session.Output {
	if e.outs[i] == nil {
		e.outs[i] = sessionOutputs.Get().(*session.Output)
		e.s.Lend(e.outs[i])
	}
	return e.outs[i]
}

func (e *sessionEngine) Receive(now int64, b []byte) error {
	e.output(0)
	return e.s.Receive(now, b)
}

func (e *sessionEngine) Tick(now int64)           { e.s.Tick(now) }
func (e *sessionEngine) End(now int64, err error) { e.s.End(now, err) }
func (e *sessionEngine) Shrink()                  { e.s.Shrink() }

func (e *sessionEngine) Release() {
	for i, o := range e.outs {
		if o != nil {
			e.s.TakeBack(o)
			e.outs[i] = nil
			sessionOutputs.Put(o)
		}
	}
	e.s.Release()
}

func (e *sessionEngine) Poll(now int64, keep bool, maxData int) Out {
	e.last = 0
	if keep {
		e.last = 1
	}
	o := e.output(e.last)
	e.s.Poll(now, o, maxData)
	return Out{o.Segments, o.Octets, o.Causes, o.Deadline, o.More, o.Close, o.Cut}
}

func (e *sessionEngine) Handle() int {
	events := e.outs[e.last].Events
	if len(events) > 0 {
		e.handle(events)
	}
	return len(events)
}
