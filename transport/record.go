package transport

import (
	"bytes"
	"time"

	"framewise/core/conn"
	"framewise/core/trace"
)

// recording makes the entries of one connection. A chunk is noted before it is
// written, so that no answer to it can stand before it.
type recording struct {
	to     Recorder
	id     uint32
	from   int64 // the connection's start in the record's time
	own    trace.Dir
	role   string
	frames uint32 // that our side has sent
	why    []trace.Cause
}

// newRecording begins the record of a connection that starts now; nil without
// Options. The times that the methods get are the connection's own.
func newRecording(o *Options, now time.Time) *recording {
	if o == nil {
		return nil
	}
	c := o.Conn
	if !o.Zero.IsZero() {
		c.At = int64(now.Sub(o.Zero))
	}
	r := &recording{to: o.Recorder, id: c.ID, from: c.At, own: trace.ToServer, role: o.Role.String()}
	c.Vantage = trace.VantageClient
	if o.Role == conn.Server {
		c.Vantage, r.own = trace.VantageServer, trace.ToClient
	}
	r.to.Append(&c)
	return r
}

func (r *recording) received(now int64, b []byte) {
	now += r.from
	r.to.Append(&trace.Chunk{Conn: r.id, Dir: 1 - r.own, SentAt: now, ReceivedAt: now, Octets: bytes.Clone(b)})
}

// causes keeps why frames are sent until their octets are.
func (r *recording) causes(cs []conn.Cause) {
	for _, c := range cs {
		if c.Rule != conn.RuleNone || c.Tag != 0 {
			r.why = append(r.why, trace.Cause{Conn: r.id, Dir: r.own, Frame: r.frames, Line: c.Tag, Rule: c.Rule.String()})
		}
		r.frames++
	}
}

// sent notes octets that are about to be written at once, and before them why
// their frames are sent: who reads along can explain a frame as it comes.
func (r *recording) sent(now int64, segments [][]byte) {
	now += r.from
	for i := range r.why {
		c := r.why[i]
		r.to.Append(&c)
	}
	r.why = r.why[:0]
	r.to.Append(&trace.Chunk{Conn: r.id, Dir: r.own, SentAt: now, ReceivedAt: now, Octets: bytes.Join(segments, nil)})
}

// close ends the record. ours: our side said its last first.
func (r *recording) close(now int64, ours bool, err error) {
	e := &trace.Close{Conn: r.id, At: r.from + now, By: r.role}
	switch {
	case err != nil:
		e.By, e.Reason = "network", err.Error()
	case !ours:
		e.By = "server"
		if r.own == trace.ToClient {
			e.By = "client"
		}
	}
	r.to.Append(e)
}
