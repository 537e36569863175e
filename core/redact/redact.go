// Package redact takes out of a record what is nobody else's business, without
// changing how it works: every frame keeps its length, every dynamic table its
// sizes, every stream its states.
//
// In come the entries of a record (core/trace), one by one; out come as many,
// in the same order. It works by allow-lists: what is not known to be harmless
// goes. The value of a field line stays when its name is in a list (content-type,
// :status); of :path the query goes; else a placeholder takes its place that has
// the same length decoded and the same length encoded, Huffman-coded or not, so
// that the frames keep their lengths and the tables evict alike. Indexed field
// lines refer to entries whose literals were replaced, and are right by
// themselves. DATA, the opaque octets of PING, the debug data of GOAWAY, padding,
// strings of the program, its console, host names of other machines and remarks
// are replaced too. What can't be understood (frames of unknown types, broken
// field blocks, octets that are no frames) is filled with zeros.
//
// What stays: headers of frames, settings, windows, priorities, error codes,
// identifiers, times, and the lengths of everything that went.
//
// The package imports core/frame, core/hpack and core/trace. It stands beside
// core/trace because that one knows nothing of frames. It has no I/O and no
// clock; one goroutine at a time may use a Redactor.
package redact

import (
	"framewise/core/trace"
)

// Options are what somebody who looked at the report can choose to keep.
type Options struct {
	// Fields are names of fields, in lower case, whose values stay, beside those
	// that stay always.
	Fields []string
	// Notes keeps the record's title and note, and remarks at instants.
	Notes bool
	// Program keeps the program as it is, strings and comments included, and what
	// it printed.
	Program bool
}

// Bounds of what waits for a decision, as when a field block goes on in later
// chunks. What is beyond them is blanked.
const (
	maxBlock   = 1 << 20 // octets of a field block
	maxPayload = 1 << 16 // octets of another frame's payload that is looked at whole
	maxHeld    = 8 << 20 // octets in all entries that wait
	maxEntries = 1 << 14 // entries that wait
)

// Redactor redacts one record. Make one with New.
//
// Use: Push an entry, call Next until it has none; at the end Finish, and Next
// until it has none.
type Redactor struct {
	o     Options
	keep  map[string]bool
	conns map[uint32]*connection
	queue []*pending
	first int // of queue
	held  int // octets of chunks in queue
	count counts
}

// pending is an entry that waits for its turn.
type pending struct {
	e     trace.Entry
	given *trace.Chunk // the chunk as it came, e is its copy; else nil
	seen  []byte       // octets that frames are made of, to be redacted in place
	open  int          // runs of seen that are not decided yet
}

// New makes a Redactor for one record.
func New(o Options) *Redactor {
	r := &Redactor{o: o, keep: map[string]bool{}, conns: map[uint32]*connection{}}
	for _, name := range o.Fields {
		r.keep[name] = true
	}
	r.count.init()
	return r
}

// Push takes in the next entry. It is neither changed nor kept; what Next
// returns is new.
func (r *Redactor) Push(e trace.Entry) {
	p := &pending{}
	switch e := e.(type) {
	case *trace.Chunk:
		r.chunk(p, e)
	case *trace.Unknown:
		r.count.gone(KindEntry, "", len(e.Line))
		return
	default:
		if p.e = r.entry(e); p.e == nil {
			r.count.gone(KindEntry, "", 0)
			return
		}
	}
	r.queue = append(r.queue, p)
	for r.held > maxHeld || len(r.queue)-r.first > maxEntries {
		if !r.force() {
			break
		}
	}
}

// Next returns the next entry that is done. ok is false when the next one waits
// for what follows.
func (r *Redactor) Next() (e trace.Entry, ok bool) {
	if r.first == len(r.queue) || r.queue[r.first].open > 0 {
		return nil, false
	}
	p := r.queue[r.first]
	r.queue[r.first] = nil
	if r.first++; r.first == len(r.queue) || r.first > 1024 {
		r.queue = append(r.queue[:0], r.queue[r.first:]...)
		r.first = 0
	}
	if p.given != nil {
		r.held -= len(p.seen)
		p.finish()
	}
	return p.e, true
}

// Finish tells that nothing follows: what waits is blanked.
func (r *Redactor) Finish() {
	for _, p := range r.queue[r.first:] {
		if p.open > 0 {
			r.release(p, true)
		}
	}
}

// force decides the oldest entry, which waits for too much.
func (r *Redactor) force() bool {
	for _, p := range r.queue[r.first:] {
		if p.open > 0 {
			r.release(p, false)
			return true
		}
	}
	return false
}

// release gives up what is not decided in the way that p belongs to.
func (r *Redactor) release(p *pending, last bool) {
	r.conns[p.given.Conn].ways[p.given.Dir].giveUp(last)
}

// Record redacts a whole record.
func Record(entries []trace.Entry, o Options) ([]trace.Entry, Report) {
	r := New(o)
	out := make([]trace.Entry, 0, len(entries))
	drain := func() {
		for e, ok := r.Next(); ok; e, ok = r.Next() {
			out = append(out, e)
		}
	}
	for _, e := range entries {
		r.Push(e)
		drain()
	}
	r.Finish()
	drain()
	return out, r.Report()
}

// chunk begins a chunk. Frames are made of what was received where as much came
// as was sent, else of what was sent, as core/inspect does.
func (r *Redactor) chunk(p *pending, given *trace.Chunk) {
	c := &trace.Chunk{Conn: given.Conn, Dir: given.Dir & 1, SentAt: given.SentAt, ReceivedAt: given.ReceivedAt}
	p.e, p.given = c, given
	r.extra(given.Extra)
	octets := given.Octets
	if given.Received != nil && len(given.Received) == len(given.Octets) {
		octets = given.Received
	}
	p.seen = append(make([]byte, 0, len(octets)), octets...)
	r.held += len(p.seen)
	conn := r.conns[given.Conn]
	if conn == nil || given.Dir > trace.ToClient {
		zero(p.seen)
		r.count.gone(KindUnknown, "a chunk of no connection", len(p.seen))
		return
	}
	w := &conn.ways[given.Dir]
	w.total += int64(len(p.seen))
	w.take(p, p.seen)
}

// finish makes what was sent and what was received of the redacted octets.
func (p *pending) finish() {
	c, given := p.e.(*trace.Chunk), p.given
	c.Octets = p.seen
	switch {
	case given.Received == nil:
	case len(given.Received) == len(given.Octets):
		c.Received = p.seen
		c.Octets = append(make([]byte, 0, len(p.seen)), p.seen...)
		for i := range c.Octets {
			if given.Octets[i] != given.Received[i] {
				c.Octets[i] ^= 1 // that it differed stays, not by what
			}
		}
	default:
		c.Received = make([]byte, len(given.Received))
		for i := 0; i < min(len(c.Received), len(p.seen)) && given.Octets[i] == given.Received[i]; i++ {
			c.Received[i] = p.seen[i]
		}
	}
}

func zero(b []byte) {
	for i := range b {
		b[i] = 0
	}
}

// filler stands for an octet of text.
const filler = 'x'

func fill(b []byte) {
	for i := range b {
		b[i] = filler
	}
}
