package script

import (
	"slices"
	"strconv"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
)

// Options change how a script is run, not what it says.
type Options struct {
	// Chunk cuts what the peer delivers into pieces of that many octets,
	// whatever the script's own chunk says. 0: as the script says.
	Chunk int
	// MaxRuns bounds how many commands are done, repetitions counted. 0 means
	// 1,000,000.
	MaxRuns int
}

// runner runs one script.
type runner struct {
	opts Options
	t    *Transcript
	step *Step
	runs int
	got  int // octets delivered in all

	// of the connection in hand
	cfg    conn.Config
	c      *conn.Conn
	out    conn.Output
	now    int64
	chunk  int
	most   int // octets of DATA that a step frames; 0: all
	peer   peer
	sent   sentSide
	ids    []uint32 // streams that were heard of, in order
	states map[uint32]conn.State
	closed bool
	notes  []Entry // of what happened since the last drain
	frames []Entry // of what we sent since
}

// Run does what a script says, from the first command to the last. Misuse of
// our own verbs is in the transcript and stops nothing; the error, an *Error,
// is for a script that asks for more than the limits of the package.
func (s *Script) Run(opts Options) (*Transcript, error) {
	if opts.MaxRuns == 0 {
		opts.MaxRuns = 1_000_000
	}
	r := &runner{opts: opts, t: &Transcript{script: s, Steps: make([]Step, len(s.Commands))}}
	r.fresh()
	for i := range s.Commands {
		c := &s.Commands[i]
		if r.c == nil && !c.verb.config && c.Verb != "chunk" {
			// What the connection says first belongs to the command that made
			// it, where there is one.
			r.step = &r.t.Steps[max(0, i-1)]
			r.begin()
		}
		r.step = &r.t.Steps[i]
		r.step.At, r.step.Conn = r.now, r.t.conns
		if err := r.do(c); err != nil {
			return r.t, err
		}
	}
	if r.c == nil && len(s.Commands) > 0 {
		r.begin()
	}
	return r.t, nil
}

// fresh forgets the connection and its configuration.
func (r *runner) fresh() {
	r.cfg = conn.Config{Role: conn.Server, Causes: true}
	r.c, r.closed = nil, false
	r.out = conn.Output{}
	r.now, r.chunk, r.most = 0, 0, 0
	r.peer = peer{enc: hpack.NewEncoder()}
	r.sent = sentSide{table: hpack.NewTable()}
	r.ids, r.states = nil, map[uint32]conn.State{}
}

// begin makes the connection.
func (r *runner) begin() {
	r.t.conns++
	r.step.Conn = r.t.conns
	r.t.roles = append(r.t.roles, r.cfg.Role)
	r.c = conn.New(r.cfg)
	r.drain()
}

// do does one command as often as it says.
func (r *runner) do(c *Command) error {
	if c.Verb == "chunk" {
		n, _ := parseNumber(c.joined())
		r.chunk = int(n)
		return nil
	}
	if c.verb.config {
		if r.c != nil && c.Verb != "role" {
			return &Error{c.Line, 1, c.Verb + " comes too late: the connection has begun; write it right below role"}
		}
		r.configure(c)
		return nil
	}
	var deliver []byte
	for i := range c.Repeat {
		if r.runs++; r.runs > r.opts.MaxRuns {
			return &Error{c.Line, 1, "the script does more than " + strconv.Itoa(r.opts.MaxRuns) + " commands"}
		}
		one := c
		if c.Repeat > 1 {
			tokens, err := expand(c.source, i+1)
			if err != nil {
				return err
			}
			if one, err = parseOnce(tokens); err != nil {
				return err
			}
		}
		switch one.Who {
		case Peer:
			b := r.octets(one)
			r.got += len(b)
			if r.got > MaxOctets {
				return &Error{c.Line, 1, "the peer delivers more than " + strconv.Itoa(MaxOctets) + " octets"}
			}
			deliver = append(deliver, b...)
		case We:
			r.c.SetCause(uint32(r.number()))
			r.verb(one)
			r.c.SetCause(0)
		default:
			r.other(one)
		}
	}
	if c.Who == Peer {
		r.deliver(c, deliver)
	}
	r.drain()
	return nil
}

// number is the number of the step in hand, from 1.
func (r *runner) number() int {
	for i := range r.t.Steps {
		if &r.t.Steps[i] == r.step {
			return i + 1
		}
	}
	return 0
}

// verb does a verb of ours and notes what came of it.
func (r *runner) verb(c *Command) {
	if id := c.u32("stream"); id != 0 {
		r.hear(id)
	}
	if c.Verb == "upgrade" {
		r.hear(1)
	}
	next := r.c.NextStreamID()
	r.hear(next)
	text, err := r.own(c)
	if err != nil {
		r.note(Entry{Kind: Refused, Text: err.Error()})
	} else if text != "" {
		r.note(Entry{Kind: Result, Text: text})
	}
}

// other does what neither end does: time, looking.
func (r *runner) other(c *Command) {
	switch c.Verb {
	case "wait":
		d, _ := time.ParseDuration(c.joined())
		r.wait(int64(d))
	case "show":
		r.show(c)
	}
}

// wait lets time pass, as a transport does: Tick at each deadline on the way.
func (r *runner) wait(d int64) {
	until := r.now + d
	for last := int64(-1); ; {
		at := r.out.Deadline
		if at == 0 || at > until || at == last || r.closed {
			break
		}
		last = at
		r.now = max(r.now, at)
		r.note(Entry{Kind: Timer, Text: "deadline at " + time.Duration(r.now).String()})
		r.c.Tick(r.now)
		r.drain()
	}
	r.now = until
}

// deliver gives octets of the peer's to the connection.
func (r *runner) deliver(c *Command, b []byte) {
	if c.Verb == "end" {
		r.c.End(r.now)
		return
	}
	r.step.In = append(r.step.In, b...)
	r.hearFrames(b)
	n := len(b)
	if k := r.chunk; k > 0 {
		n = k
	}
	if r.opts.Chunk > 0 {
		n = r.opts.Chunk
	}
	for len(b) > 0 {
		k := min(n, len(b))
		if err := r.c.Receive(r.now, b[:k]); err != nil {
			r.note(Entry{Kind: Refused, Text: err.Error()})
			return
		}
		b = b[k:]
		r.poll()
	}
}

// hearFrames notes the streams that the peer's frames name.
func (r *runner) hearFrames(b []byte) {
	if len(b) >= len(frame.Preface) && string(b[:len(frame.Preface)]) == frame.Preface {
		b = b[len(frame.Preface):]
	}
	s := frame.Splitter{MaxFrameSize: frame.MaxMaxFrameSize}
	s.Push(b)
	for {
		f, ok, err := s.Next()
		if !ok || err != nil {
			return
		}
		r.hear(f.StreamID)
		if f.Type == frame.Settings && f.StreamID == 0 && !f.Flags.Has(frame.FlagAck) {
			r.sent.settings = append(r.sent.settings, settingsOf(f))
		}
		if f.Type == frame.PushPromise {
			if p, err := frame.ParsePushPromise(f); err == nil {
				r.hear(p.PromisedID)
			}
		}
	}
}

// settingsOf lists the entries of a SETTINGS frame.
func settingsOf(f frame.Raw) []frame.Setting {
	s, err := frame.ParseSettings(f)
	if err != nil {
		return nil
	}
	list := make([]frame.Setting, s.Len())
	for i := range list {
		list[i] = s.At(i)
	}
	return list
}

// hear begins to watch a stream's state.
func (r *runner) hear(id uint32) {
	if _, ok := r.states[id]; ok || id == 0 || id > frame.MaxStreamID {
		return
	}
	r.states[id] = r.c.StreamState(id)
	at, _ := slices.BinarySearch(r.ids, id)
	r.ids = slices.Insert(r.ids, at, id)
}

// drain takes out all that there is and notes how states changed: what
// happened, how streams moved, what we sent.
func (r *runner) drain() {
	r.poll()
	for _, id := range r.ids {
		was, is := r.states[id], r.c.StreamState(id)
		if was != is {
			r.states[id] = is
			r.note(Entry{Kind: State, StreamID: id, Ref: moveRef(was, is),
				Text: "stream " + u(id) + ": " + stateText(was) + " → " + stateText(is)})
		}
	}
	if r.out.Close && !r.closed {
		r.closed = true
		r.frames = append(r.frames, Entry{Kind: Sent, Text: "closes the connection"})
	}
	r.step.Entries = append(append(r.step.Entries, r.notes...), r.frames...)
	r.notes, r.frames = nil, nil
}

// poll takes out what the connection has.
func (r *runner) poll() {
	for {
		r.c.Poll(r.now, &r.out, r.most)
		for i := range r.out.Events {
			e := &r.out.Events[i]
			r.hear(e.StreamID)
			r.note(eventEntry(e))
		}
		for _, seg := range r.out.Segments {
			r.step.Out = append(r.step.Out, seg...)
			r.sent.pending = append(r.sent.pending, seg...)
		}
		r.takeFrames()
		if !r.out.More || r.most > 0 {
			return
		}
	}
}

// note keeps what happened until the step is drained.
func (r *runner) note(e Entry) { r.notes = append(r.notes, e) }

func u(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
