package replay

import (
	"fmt"
	"slices"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// place is where a frame of the peer stands.
type place struct {
	nth    int   // number among the frames of its direction, from 1
	octet  int64 // of its first octet in its direction
	stream uint32
	typ    frame.Type
}

// event is something that a peer said, as far as it is the same however its
// octets are cut into frames.
type event struct {
	stream uint32 // of the record; 0: the connection
	kind   string // "settings", "fields", "content", "end", "reset", "promise", "goaway", "http1"
	text   string // what there is to say, one thing a line
	at     place
	octets []int64 // of each line of the text; nil: not known
	data   *content
}

// content is DATA in a row.
type content struct {
	b      []byte
	pieces []piece
}

// piece is where octets of a content stand.
type piece struct {
	from int // octet of the content
	at   place
	skip int64 // octets of the frame before its data
}

// story is what a peer said, in order. Make one with newStory.
type story struct {
	opening
	by      Side
	split   frame.Splitter
	table   *hpack.Table
	reps    []hpack.Rep
	ignore  []string
	numbers []int // of its frames over the whole record, where known

	taken int64 // octets
	now   place // of the frame in hand
	nth   int

	block    []byte // of the field block that goes on
	parts    []part
	head     frame.Header
	begun    place // where it began
	promised uint32

	events []event
	places []place // of all frames
	broken error
	marks  marks
	fresh  marks // those that have changed since somebody took them

	rename func(id uint32, fields string) uint32 // of a live client: the record's identifier of a stream; nil: its own
	heard  func(frame.Raw)                       // is told of each frame; nil: nobody
}

// part is where octets of a field block stand: from from on at octet at of the
// direction.
type part struct {
	from int
	at   int64
}

func newStory(by Side, ignore []string) *story {
	s := &story{by: by, table: hpack.NewTable(), ignore: ignore, marks: marks{}, fresh: marks{}}
	s.table.SetAllowedMax(1 << 24)
	s.split.MaxFrameSize = frame.MaxMaxFrameSize
	return s
}

// mark is something that the other side can wait for: what, and on which stream.
type mark struct {
	what   string
	stream uint32
}

// marks count it.
type marks map[mark]int64

// read takes octets of the peer in.
func (s *story) read(b []byte) {
	s.taken += int64(len(b))
	if s.broken != nil {
		return
	}
	before := s.taken - int64(len(b)) - int64(len(s.held))
	pieces, rest := s.take(s.by, b)
	for _, p := range pieces {
		if string(p) != frame.Preface {
			s.http1(string(p), before)
		}
		before += int64(len(p))
	}
	if !s.done {
		return
	}
	if s.now.octet == 0 {
		s.now.octet = s.taken - int64(len(rest))
	}
	if s.begin == beginLate {
		s.broken = fmt.Errorf("the %s does not begin as HTTP/2 does", s.by)
		return
	}
	s.split.Push(rest)
	for s.broken == nil {
		f, ok, err := s.split.Next()
		if err != nil {
			s.broken = err
		}
		if !ok {
			return
		}
		s.nth++
		s.now.nth, s.now.stream, s.now.typ = s.nth, f.StreamID, f.Type
		s.places = append(s.places, s.now)
		s.frame(f)
		if s.heard != nil {
			s.heard(f)
		}
		s.now.octet += int64(frame.HeaderLen) + int64(f.Length)
	}
}

// http1 is the head of a message before an upgrade.
func (s *story) http1(text string, at int64) {
	var lines []string
	e := event{kind: "http1", at: place{octet: at}}
	if s.by == Client {
		e.stream = 1 // what it becomes
	}
	for i, l := range strings.Split(strings.TrimSuffix(text, "\r\n\r\n"), "\r\n") {
		name, _, ok := strings.Cut(l, ":")
		if name = strings.ToLower(name); !ok || i == 0 || !slices.Contains(s.ignore, name) {
			if ok && i > 0 {
				l = name + l[len(name):]
			}
			lines, e.octets = append(lines, l), append(e.octets, at)
		}
		at += int64(len(l)) + 2
	}
	e.text = strings.Join(lines, "\n")
	s.events = append(s.events, e)
	s.count("HTTP/1.1", 0, 1)
	if s.rename != nil {
		s.rename(1, "") // the request is stream 1 from now on
	}
}

func (s *story) add(e event) {
	if e.at.nth == 0 {
		e.at = s.now
	}
	s.events = append(s.events, e)
}

func (s *story) count(what string, stream uint32, n int64) {
	k := mark{what, stream}
	s.marks[k] += n
	s.fresh[k] = s.marks[k]
}

// id is the record's identifier of a stream that is open.
func (s *story) id(id uint32) uint32 {
	if s.rename == nil || id == 0 {
		return id
	}
	return s.rename(id, "?")
}

func (s *story) ignored(t frame.Type) bool { return slices.Contains(s.ignore, t.String()) }

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
			skip := 0
			if f.Flags.Has(frame.FlagPriority) {
				skip = 5
			}
			s.begins(f, h.Fragment, skip)
			err = s.ended(f)
		}
	case frame.PushPromise:
		var p frame.PushPromiseFrame
		if p, err = frame.ParsePushPromise(f); err == nil {
			s.promised = p.PromisedID
			s.begins(f, p.Fragment, 4)
			err = s.ended(f)
		}
	case frame.Continuation:
		var b []byte
		if b, err = frame.ParseContinuation(f); err == nil {
			s.fragment(b, 0)
			err = s.ended(f)
		}
	case frame.RSTStream:
		var code frame.ErrCode
		if code, err = frame.ParseRSTStream(f); err == nil {
			if !s.ignored(f.Type) {
				s.add(event{stream: s.id(f.StreamID), kind: "reset", text: code.String(), octets: []int64{s.now.octet + frame.HeaderLen}})
			}
			s.count("end", s.id(f.StreamID), 1)
		}
	case frame.GoAway:
		var g frame.GoAwayFrame
		if g, err = frame.ParseGoAway(f); err == nil && g.Code != frame.NoError && !s.ignored(f.Type) {
			s.add(event{kind: "goaway", text: g.Code.String(), octets: []int64{s.now.octet + frame.HeaderLen + 4}})
		}
	case frame.Settings:
		err = s.settings(f)
	case frame.Ping:
		if f.Flags.Has(frame.FlagAck) {
			s.count("PING ACK", 0, 1)
		}
	}
	s.broken = err
}

// settings compares what is known, by identifier: others are there to be ignored.
func (s *story) settings(f frame.Raw) error {
	set, err := frame.ParseSettings(f)
	if err != nil {
		return err
	}
	if f.Flags.Has(frame.FlagAck) {
		s.count("SETTINGS ACK", 0, 1)
		return nil
	}
	type line struct {
		text  string
		id    frame.SettingID
		octet int64
	}
	var list []line
	for i := range set.Len() {
		if e := set.At(i); e.ID <= frame.MaxHeaderListSize {
			list = append(list, line{fmt.Sprintf("%s=%d", e.ID, e.Value), e.ID, s.now.octet + frame.HeaderLen + int64(6*i)})
		}
	}
	slices.SortStableFunc(list, func(a, b line) int { return int(a.id) - int(b.id) })
	e := event{kind: "settings"}
	for i, l := range list {
		if i > 0 {
			e.text += "\n"
		}
		e.text += l.text
		e.octets = append(e.octets, l.octet)
	}
	if !s.ignored(f.Type) {
		s.add(e)
	}
	s.count("SETTINGS", 0, 1)
	return nil
}

func (s *story) data(f frame.Raw, b []byte) {
	id := s.id(f.StreamID)
	if len(b) > 0 {
		// A content goes on behind other streams' frames.
		var c *content
		for i := len(s.events) - 1; i >= 0; i-- {
			if e := &s.events[i]; e.stream == id {
				c = e.data
				break
			}
		}
		if c == nil {
			c = &content{}
			s.add(event{stream: id, kind: "content", data: c})
		}
		skip := int64(frame.HeaderLen)
		if f.Flags.Has(frame.FlagPadded) {
			skip++
		}
		c.pieces = append(c.pieces, piece{len(c.b), s.now, skip})
		c.b = append(c.b, b...)
		s.count("content", id, int64(len(b)))
	}
	s.end(f.Header)
}

func (s *story) end(h frame.Header) {
	if h.Flags.Has(frame.FlagEndStream) {
		id := s.id(h.StreamID)
		s.add(event{stream: id, kind: "end"})
		s.count("end", id, 1)
	}
}

// begins takes up a field block; skip is what stands before its first fragment,
// beside the length of padding.
func (s *story) begins(f frame.Raw, fragment []byte, skip int) {
	s.head, s.begun, s.block, s.parts = f.Header, s.now, s.block[:0], s.parts[:0]
	if f.Flags.Has(frame.FlagPadded) {
		skip++
	}
	s.fragment(fragment, skip)
}

func (s *story) fragment(b []byte, skip int) {
	s.parts = append(s.parts, part{len(s.block), s.now.octet + frame.HeaderLen + int64(skip)})
	s.block = append(s.block, b...)
}

// blockAt is where an octet of the field block stands.
func (s *story) blockAt(off int) int64 {
	at := int64(-1)
	for _, p := range s.parts {
		if p.from <= off {
			at = p.at + int64(off-p.from)
		}
	}
	return at
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
	e := event{kind: "fields", at: s.begun}
	var lines []string
	for i := range reps {
		r := &reps[i]
		if !r.IsField() {
			continue
		}
		if slices.Contains(s.ignore, r.Name) {
			continue
		}
		lines = append(lines, r.Name+": "+r.Value)
		e.octets = append(e.octets, s.blockAt(r.Off))
	}
	s.table.Forget()
	e.text = strings.Join(lines, "\n")
	e.stream = s.head.StreamID
	if s.rename != nil {
		e.stream = s.rename(s.head.StreamID, e.text)
	}
	if s.head.Type == frame.PushPromise {
		e.kind = "promise"
		if !s.ignored(frame.PushPromise) {
			s.add(e)
		}
		s.count("PUSH_PROMISE", e.stream, 1)
		return nil
	}
	s.add(e)
	s.count("HEADERS", e.stream, 1)
	s.end(s.head)
	return nil
}

// streams are those that the peer opened with fields, in order, and the fields.
func (s *story) streams() (ids []uint32, fields map[uint32]string) {
	fields = map[uint32]string{}
	for i := range s.events {
		e := &s.events[i]
		if e.kind == "http1" && s.by == Client {
			e = &event{stream: 1}
		} else if e.kind != "fields" || e.stream == 0 {
			continue
		}
		if _, known := fields[e.stream]; !known {
			ids, fields[e.stream] = append(ids, e.stream), e.text
		}
	}
	return ids, fields
}
