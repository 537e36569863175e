package transport

import "framewise/core/conn"

// ForConn makes an Engine of a connection: handle gets its events, oldest
// first. It may call any verb of c; it must not keep the slice.
func ForConn(c *conn.Conn, handle func(events []conn.Event)) Engine {
	return &connEngine{c: c, handle: handle}
}

// connEngine has two Outputs: while the octets of one are being written, polls
// go to the other.
type connEngine struct {
	c      *conn.Conn
	handle func([]conn.Event)
	outs   [2]conn.Output
	last   int // of the last Poll
	held   int // of the last Poll that had octets
}

func (e *connEngine) Receive(now int64, b []byte) error { return e.c.Receive(now, b) }
func (e *connEngine) Tick(now int64)                    { e.c.Tick(now) }
func (e *connEngine) Release()                          { e.c.Release() }
func (e *connEngine) End(now int64, _ error)            { e.c.End(now) }

func (e *connEngine) Poll(now int64, keep bool, maxData int) Out {
	e.last = e.held
	if keep {
		e.last = 1 - e.held
	}
	o := &e.outs[e.last]
	e.c.Poll(now, o, maxData)
	if o.Octets > 0 && !keep {
		e.held = e.last
	}
	return Out{o.Segments, o.Octets, o.Causes, o.Deadline, o.More, o.Close}
}

func (e *connEngine) Handle() int {
	events := e.outs[e.last].Events
	if len(events) > 0 {
		e.handle(events)
	}
	return len(events)
}
