// Package replay lets one side of a record speak once more, to a live peer.
//
// In come the chunks of one connection of a record, the side whose part is
// played, and a connection to the other side. What the side said is sent frame
// by frame, each when the peer has come as far as it had in the record. Out come
// a record of what happened now and the first place where the peer said
// something else. docs/replay.md says what counts as the same. The package reads
// and writes frames and field blocks; it is no HTTP/2 endpoint.
package replay

import (
	"errors"
	"fmt"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
	"framewise/transport"
)

// DefaultPatience is how long the peer may say nothing that is waited for.
const DefaultPatience = 3 * time.Second

// Side is an end of a connection.
type Side byte

// The sides. Client is the one that sends the connection preface.
const (
	Client Side = iota
	Server
)

func (s Side) String() string { return [...]string{"client", "server"}[s] }

// Other is the peer.
func (s Side) Other() Side { return 1 - s }

// MarshalText writes the side as its name.
func (s Side) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// DefaultIgnore are the fields whose values may differ if nobody says otherwise.
func DefaultIgnore() []string { return []string{"date", "age"} }

// Rules say what is played, and what counts as the same. Zeros stand for the
// defaults: the client's part, by meaning.
type Rules struct {
	Side   Side     // whose part is played
	Ignore []string // fields whose values may differ, frame types that are not compared; nil: DefaultIgnore
	Strict bool     // octet for octet
}

// Options of a replay. Zeros stand for the defaults.
type Options struct {
	Patience time.Duration
	Paced    bool               // nothing is sent sooner after what came before it than in the record
	Recorder transport.Recorder // nil: nothing is kept
	Conn     trace.Conn         // for the record: identifier, names, TLS
	Zero     time.Time          // instant 0 of the record
}

// Result is how a replay went.
type Result struct {
	Side           Side   // whose part was played
	Connection     uint32 // of the record
	Sent, Received int64  // octets
	Frames, Done   int    // of the side: all, and those that were sent
	Streams        int    // on which the peer said the same
	Difference     *Difference
	Stopped        string // why not all was sent; "" when all was
}

// Same says whether the peer said what it had said in the record.
func (r *Result) Same() bool { return r.Difference == nil && r.Stopped == "" }

// Script is one connection of a record, ready to be replayed. It is not changed
// by Run: several may go on at a time.
type Script struct {
	Conn  *trace.Conn
	rules Rules
	steps []step
	story *story // of the peer
	heard []byte // what it said, where that is compared octet for octet
}

// step is what the side sent at once as far as it can be told apart: a frame, or
// octets that are none.
type step struct {
	octets []byte       // as in the record
	head   frame.Header // of a frame
	raw    bool         // no frame: HTTP/1.1, the preface, what is cut off
	need   marks        // how far the peer had come
	peer   int64        // octets that it had said
	gap    time.Duration
}

// Connections lists the connections of a record that can be replayed, by their
// identifiers, and says of each other one why it can't.
func Connections(entries []trace.Entry, r Rules) (ids []uint32, refused []error) {
	for _, e := range entries {
		c, ok := e.(*trace.Conn)
		if !ok {
			continue
		}
		if _, err := Prepare(entries, c.ID, r); err != nil {
			refused = append(refused, err)
		} else {
			ids = append(ids, c.ID)
		}
	}
	return ids, refused
}

// Prepare reads what is needed of the connection id, 0: the first that can be
// replayed. The error says why it can't.
func Prepare(entries []trace.Entry, id uint32, r Rules) (*Script, error) {
	if r.Ignore == nil {
		r.Ignore = DefaultIgnore()
	}
	if id == 0 {
		ids, refused := Connections(entries, r)
		switch {
		case len(ids) > 0:
			id = ids[0]
		case len(refused) > 0:
			return nil, errors.Join(refused...)
		default:
			return nil, errors.New("the trace has no connection")
		}
	}
	p := &preparer{s: &Script{rules: r, story: newStory(r.Side.Other(), r.Ignore)}, own: &cutter{from: r.Side}}
	numbers := numbering{}
	for _, e := range entries {
		switch e := e.(type) {
		case *trace.Conn:
			if e.ID == id && p.s.Conn == nil {
				p.s.Conn = e
			}
		case *trace.Chunk:
			if e.Conn == id && p.s.Conn != nil {
				p.chunk(e, numbers.chunk(e))
			} else {
				numbers.chunk(e)
			}
		}
	}
	return p.finish(id)
}

// preparer makes a Script of the chunks of a connection.
type preparer struct {
	s    *Script
	own  *cutter
	last int64 // time of the chunk before
	seen bool
}

// chunk takes a chunk in; frames are the numbers, over the whole record, of the
// frames that end in it.
func (p *preparer) chunk(e *trace.Chunk, frames []int) {
	at := e.SentAt
	mine := (e.Dir == trace.ToClient) == (p.s.rules.Side == Server)
	if !mine && e.ReceivedAt > at {
		at = e.ReceivedAt
	}
	gap := time.Duration(0)
	if p.seen {
		gap = time.Duration(max(0, at-p.last))
	}
	p.last, p.seen = at, true
	octets := e.Octets
	if e.Received != nil && !mine {
		octets = e.Received
	}
	if !mine {
		p.s.story.numbers = append(p.s.story.numbers, frames...)
		p.s.story.read(octets)
		if p.s.rules.Strict {
			p.s.heard = append(p.s.heard, octets...)
		}
		return
	}
	for _, piece := range p.own.cut(octets) {
		if !p.s.rules.Strict && !piece.raw && piece.head.Flags.Has(frame.FlagAck) && (piece.head.Type == frame.Settings || piece.head.Type == frame.Ping) {
			continue // answers are given to what the live peer asks
		}
		piece.gap, gap = gap, 0
		piece.need, piece.peer = p.need(piece), p.s.story.taken
		p.s.steps = append(p.s.steps, piece)
	}
}

// need is what the peer must have said before a step. A client waits for all
// that it had heard. What a server says of a stream depends on that stream: what
// else was on its way to it, it did not know.
func (p *preparer) need(s step) marks {
	story := p.s.story
	if p.s.rules.Side == Client || s.raw || s.head.StreamID == 0 && s.head.Type != frame.Settings && s.head.Type != frame.WindowUpdate {
		fresh := story.fresh
		story.fresh = marks{}
		return fresh
	}
	need := marks{}
	for k, n := range story.marks {
		if s.head.StreamID != 0 && k.stream == s.head.StreamID {
			need[k] = n
		}
	}
	return need
}

// finish checks that the connection can be replayed.
func (p *preparer) finish(id uint32) (*Script, error) {
	s := p.s
	if rest := p.own.rest(); len(rest) > 0 {
		s.steps = append(s.steps, step{octets: rest, raw: true, peer: s.story.taken, need: s.story.fresh})
	}
	client, name := p.own.begin, fmt.Sprintf("connection %d", id)
	if s.rules.Side == Server {
		client = s.story.begin
	}
	switch {
	case s.Conn == nil:
		return nil, fmt.Errorf("the trace has no connection %d", id)
	case client == beginNothing:
		return nil, fmt.Errorf("the client says nothing on %s", name)
	case client == beginLate:
		return nil, fmt.Errorf("%s does not begin with the client's preface: a capture that starts late lacks what the field tables and settings were, so nothing of it can be replayed", name)
	case client == beginHTTP1 && !s.upgraded():
		return nil, fmt.Errorf("%s is HTTP/1.1 that never became HTTP/2: there is nothing to replay", name)
	case len(s.steps) == 0:
		return nil, fmt.Errorf("the %s says nothing on %s", s.rules.Side, name)
	}
	return s, nil
}

// upgraded says whether HTTP/2 followed the request for an upgrade.
func (s *Script) upgraded() bool {
	for i := range s.steps {
		if !s.steps[i].raw {
			return true
		}
	}
	return false
}
