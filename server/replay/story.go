package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// event is something that a server said, as far as it is the same however its
// octets are cut into frames.
type event struct {
	stream uint32 // 0: the connection
	kind   string // "settings", "fields", "content", "end", "reset", "promise", "goaway"
	text   string // the fields, one a line, or what else there is to say
	data   *content
}

// content is DATA in a row.
type content struct {
	n   int64
	sum hash.Hash
}

// story is what a server said, in order. Make one with newStory.
type story struct {
	split  frame.Splitter
	table  *hpack.Table
	reps   []hpack.Rep
	ignore []string

	block    []byte // of the field block that goes on
	head     frame.Header
	promised uint32

	events []event
	broken error
	marks  marks
	fresh  marks // those that have changed since somebody took them
}

func newStory(ignore []string) *story {
	s := &story{table: hpack.NewTable(), ignore: ignore, marks: marks{}, fresh: marks{}}
	s.table.SetAllowedMax(1 << 20)
	s.split.MaxFrameSize = frame.MaxMaxFrameSize
	return s
}

// marks count what a client can wait for: by what, and on which stream.
type mark struct {
	what   string
	stream uint32
}

type marks map[mark]int64

// read takes octets of the server in.
func (s *story) read(b []byte) {
	if s.broken != nil {
		return
	}
	s.split.Push(b)
	for s.broken == nil {
		f, ok, err := s.split.Next()
		if err != nil {
			s.broken = err
		}
		if !ok {
			return
		}
		s.frame(f)
	}
}

func (s *story) add(e event) { s.events = append(s.events, e) }

func (s *story) count(what string, stream uint32, n int64) {
	k := mark{what, stream}
	s.marks[k] += n
	s.fresh[k] = s.marks[k]
}

func (s *story) frame(f frame.Raw) {
	var err error
	switch f.Type {
	case frame.Data:
		var d frame.DataFrame
		if d, err = frame.ParseData(f); err == nil {
			s.data(f, d.Data)
		}
	case frame.Headers:
		var h frame.HeadersFrame
		if h, err = frame.ParseHeaders(f); err == nil {
			s.head, s.block = f.Header, append(s.block[:0], h.Fragment...)
			err = s.ended(f)
		}
	case frame.PushPromise:
		var p frame.PushPromiseFrame
		if p, err = frame.ParsePushPromise(f); err == nil {
			s.head, s.promised, s.block = f.Header, p.PromisedID, append(s.block[:0], p.Fragment...)
			err = s.ended(f)
		}
	case frame.Continuation:
		var b []byte
		if b, err = frame.ParseContinuation(f); err == nil {
			s.block = append(s.block, b...)
			err = s.ended(f)
		}
	case frame.RSTStream:
		var code frame.ErrCode
		if code, err = frame.ParseRSTStream(f); err == nil {
			s.add(event{stream: f.StreamID, kind: "reset", text: code.String()})
			s.count("end", f.StreamID, 1)
		}
	case frame.GoAway:
		var g frame.GoAwayFrame
		if g, err = frame.ParseGoAway(f); err == nil {
			s.add(event{kind: "goaway", text: g.Code.String()})
		}
	default:
		err = s.numbers(f)
	}
	s.broken = err
}

// numbers are the frames that only matter to the connection's working.
func (s *story) numbers(f frame.Raw) error {
	switch f.Type {
	case frame.Settings:
		set, err := frame.ParseSettings(f)
		if err != nil {
			return err
		}
		if f.Flags.Has(frame.FlagAck) {
			s.count("SETTINGS ACK", 0, 1)
			return nil
		}
		var list []string
		for i := range set.Len() {
			e := set.At(i)
			list = append(list, fmt.Sprintf("%s=%d", e.ID, e.Value))
		}
		s.add(event{kind: "settings", text: strings.Join(list, "\n")})
		s.count("SETTINGS", 0, 1)
	case frame.Ping:
		if f.Flags.Has(frame.FlagAck) {
			s.count("PING ACK", 0, 1)
		}
	case frame.WindowUpdate:
		n, err := frame.ParseWindowUpdate(f)
		if err != nil {
			return err
		}
		s.count("window", f.StreamID, int64(n))
	}
	return nil
}

func (s *story) data(f frame.Raw, b []byte) {
	if len(b) > 0 {
		// A content goes on behind other streams' frames.
		var c *content
		for i := len(s.events) - 1; i >= 0; i-- {
			if e := &s.events[i]; e.stream == f.StreamID {
				c = e.data
				break
			}
		}
		if c == nil {
			c = &content{sum: sha256.New()}
			s.add(event{stream: f.StreamID, kind: "content", data: c})
		}
		c.n += int64(len(b))
		c.sum.Write(b)
		s.count("content", f.StreamID, int64(len(b)))
	}
	s.end(f.Header)
}

func (s *story) end(h frame.Header) {
	if h.Flags.Has(frame.FlagEndStream) {
		s.add(event{stream: h.StreamID, kind: "end"})
		s.count("end", h.StreamID, 1)
	}
}

// ended reads the field block when f was its last frame.
func (s *story) ended(f frame.Raw) error {
	if !f.Flags.Has(frame.FlagEndHeaders) {
		return nil
	}
	reps, err := s.table.Explain(s.block, s.reps[:0])
	s.reps = reps
	if err != nil {
		return err
	}
	var lines []string
	for i := range reps {
		r := &reps[i]
		if !r.IsField() {
			continue
		}
		line := r.Name + ": " + r.Value
		if slices.Contains(s.ignore, r.Name) {
			line = r.Name + ": …"
		}
		lines = append(lines, line)
	}
	s.table.Forget()
	if s.head.Type == frame.PushPromise {
		s.add(event{stream: s.head.StreamID, kind: "promise", text: strings.Join(lines, "\n")})
		s.count("PUSH_PROMISE", s.head.StreamID, 1)
		return nil
	}
	s.add(event{stream: s.head.StreamID, kind: "fields", text: strings.Join(lines, "\n")})
	s.count("HEADERS", s.head.StreamID, 1)
	s.end(s.head)
	return nil
}

// say is the event in words.
func (e *event) say() string {
	switch e.kind {
	case "content":
		return fmt.Sprintf("a content of %d octets (SHA-256 %s…)", e.data.n, hex.EncodeToString(e.data.sum.Sum(nil))[:12])
	case "end":
		return "the end of the stream"
	case "reset":
		return "RST_STREAM " + e.text
	case "goaway":
		return "GOAWAY " + e.text
	case "settings":
		return "SETTINGS " + strings.ReplaceAll(e.text, "\n", ", ")
	}
	return e.kind + " " + strings.ReplaceAll(e.text, "\n", ", ")
}

// Difference is the first place where two servers said something else.
type Difference struct {
	Stream   uint32 // 0: the connection
	Text     string // one line: what differs
	Recorded string // what the trace has there; "" for nothing
	Live     string // what came; "" for nothing
}

// compare finds the first difference in the order of the record, and counts the
// streams that were answered alike.
func compare(recorded, live *story) (first *Difference, alike int) {
	came := map[uint32][]event{}
	for _, e := range live.events {
		came[e.stream] = append(came[e.stream], e)
	}
	differs := map[uint32]bool{}
	seen := map[uint32]bool{}
	note := func(d Difference) {
		if first == nil {
			first = &d
		}
		differs[d.Stream] = true
	}
	for i := range recorded.events {
		e := &recorded.events[i]
		seen[e.stream] = true
		rest := came[e.stream]
		if len(rest) == 0 {
			if !differs[e.stream] {
				note(Difference{e.stream, "the server did not say this", e.say(), ""})
			}
			continue
		}
		if text := e.differs(&rest[0]); text != "" && !differs[e.stream] {
			note(Difference{e.stream, text, e.say(), rest[0].say()})
		}
		came[e.stream] = rest[1:]
	}
	for i := range live.events { // in the order in which they came
		e := &live.events[i]
		if rest := came[e.stream]; len(rest) > 0 && !differs[e.stream] {
			note(Difference{e.stream, "the server said more", "", rest[0].say()})
		}
		seen[e.stream] = true
	}
	for id := range seen {
		if id != 0 && !differs[id] {
			alike++
		}
	}
	return first, alike
}

// differs says how two events differ; "": they do not.
func (e *event) differs(o *event) string {
	switch {
	case e.kind != o.kind:
		return "something else"
	case e.data != nil && e.data.n != o.data.n:
		return fmt.Sprintf("the content has %d octets in the trace and %d now", e.data.n, o.data.n)
	case e.data != nil && string(e.data.sum.Sum(nil)) != string(o.data.sum.Sum(nil)):
		return "the content has other octets"
	case e.text == o.text:
		return ""
	}
	x, y := strings.Split(e.text, "\n"), strings.Split(o.text, "\n")
	for i := range max(len(x), len(y)) {
		switch {
		case i >= len(x):
			return fmt.Sprintf("only now: %q", y[i])
		case i >= len(y):
			return fmt.Sprintf("only in the trace: %q", x[i])
		case x[i] != y[i]:
			return fmt.Sprintf("%q in the trace, %q now", x[i], y[i])
		}
	}
	return "something else"
}
