// Package ask lets an analyser be asked in JSON: for the page, whose analyser
// runs in a Worker, and for anything else that is not Go.
//
// In come the octets of a record (JSON Lines, docs/trace.md) in pieces of any
// size, and requests; out go answers, which are the values of core/inspect/view
// with their Go names:
//
//	{"op":"summary"}                                  view.Summary
//	{"op":"rows","from":0,"n":60}                     view.Rows: a window of a list of frames, which all of these change:
//	    "conn":1,"filter":"type:DATA"                   of one connection, of frames that match
//	    "sort":"length","desc":true                     by time, stream, type, length or direction
//	    "collapse":true,"open":[7,40]                   runs (8 or more alike) of DATA and WINDOW_UPDATE as one row each, but those of frames 7 and 40
//	{"op":"position","frame":5}                       view.Position: where frame 5 stands in a list; the keys of rows
//	{"op":"find","frame":5,"back":true}               view.Found: the next frame behind frame 5, or before it, that
//	    "filter":"window<1024","what":"error"           matches, and is an error, a stall or of frame 5's stream
//	{"op":"complete","filter":"type:D","cursor":6}    view.Completion: what can stand at a place of a filter
//	{"op":"stalls","from":0,"n":20,"frame":-1}        view.Stalls: when senders waited for a window; with "conn", "dir" and "stream"
//	                                                    of these only, with "frame":5 those that go on at frame 5
//	{"op":"detail","frame":5}                         view.Detail
//	{"op":"bits","frame":5,"n":3}                    view.Bits: representation 3 of frame 5's field block, bit by bit
//	{"op":"flow","conn":1,"stream":3,"dir":"s2c",     view.Flow: a window over time, in at most n points, and both ends compared
//	    "n":600,"frame":5,"since":0,"until":0}          at frame 5 (-1: at the end); of a part of the time; n below 0: only compared
//	{"op":"lanes","from":0,"n":40,"conn":0,           view.Lanes: a window of streams over time, their frames counted in spans;
//	    "buckets":200,"since":0,"until":0,"frame":5}    of a part of the time (nanoseconds; until 0: the end); where frame 5's is
//	{"op":"connection","conn":1,"frame":5,"n":100}    view.Connection: settings, limits, PING, GOAWAY and problems at frame 5
//	{"op":"hpack","conn":1,"frame":5,"n":100}         view.HPACK: what field blocks did up to frame 5, by name of field
//	{"op":"predict","frame":5}                        view.Prediction: the choices of frame 5's encoder, and what they cost
//	{"op":"priority","conn":1,"frame":5,"n":100}      view.Priority: the tree and the urgencies at frame 5, and who was served around it
//	{"op":"compare"}                                  view.Comparison: the record and the second one (Session.Other) side by side
//	{"op":"aligned","from":0,"n":60,"what":"differ",  view.Aligned: a window of both records' frames side by side, of what differs only;
//	    "frame":5,"record":1}                           where frame 5 (of the second record) stands, and the differences around it
//	{"op":"reproduced"}                               view.Reproduction: the second record, and this one as its program made it again
//	{"op":"density","buckets":400}                    view.Density
//	{"op":"try","frame":5,"dir":"c2s","conn":1,       view.Trial: what octets would be if that end sent them at frame 5 (-1: at the
//	    "text":"000000040100000000"}                    end of connection 1); text is octets in hex
//	{"op":"reaction","conn":1,"dir":"c2s","from":7,   view.Reaction: what came of frame number 7 of a direction at its receiver, with
//	    "n":12}                                         the first n frames that it sent afterwards
//
// Every request but compare, aligned and reproduced can have "record":1, and is then about the
// second record. A request that can't be answered is answered with {"Error":"…"}; for a filter
// that can't be read {"Error":"…","Pos":4} tells the character, from 0.
//
// The package imports core/trace and core/inspect. It has no I/O.
package ask

import (
	"errors"
	"strconv"

	"framewise/core/inspect"
	"framewise/core/inspect/filter"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// Session is a record that is being read, and its analyser. Make one with New.
type Session struct {
	dec   trace.Decoder
	a     *inspect.Analyser
	err   error    // why the record can't be read any further
	other *Session // the second record, nil for none
	out   []byte   // the last answer

	aligned *inspect.Alignment // with the second record, as it was when that was asked last; nil: not asked
}

// New is a Session that has read nothing.
func New() *Session { return &Session{a: inspect.New()} }

// Other is the Session of a second record, to compare with. It is made at the
// first call, and answers requests with "record":1 and its own.
func (s *Session) Other() *Session {
	if s.other == nil {
		s.other = New()
	}
	return s.other
}

// DropOther forgets the second record.
func (s *Session) DropOther() { s.other, s.aligned = nil, nil }

// Feed takes in the next octets of the record. They are not kept. A record that
// is broken is read up to there: the first error is returned by this and every
// later call, what follows is left out, and the summary says so. It is a
// *trace.SyntaxError or matches inspect.ErrOrder.
func (s *Session) Feed(b []byte) error {
	if s.err != nil {
		return s.err
	}
	s.dec.Push(b)
	for {
		e, ok, err := s.dec.Next()
		if err == nil && ok {
			if err = s.a.Feed(e); err != nil {
				err = &entryError{line: s.dec.Line(), err: err}
			}
		}
		if err != nil {
			s.err = err
			return err
		}
		if !ok {
			return nil
		}
	}
}

// entryError says in which line an entry stands that can't belong there.
type entryError struct {
	line int
	err  error
}

func (e *entryError) Error() string { return "line " + strconv.Itoa(e.line) + ": " + e.err.Error() }
func (e *entryError) Unwrap() error { return e.err }

// Answer answers a request. The result is valid until the next call.
func (s *Session) Answer(text []byte) []byte {
	e := encoder{b: s.out[:0]}
	s.answer(&e, text)
	s.out = e.b
	if cap(s.out) > keptOut {
		s.out = nil
	}
	return e.b
}

// keptOut is how large a buffer for answers is kept.
const keptOut = 1 << 20

func (s *Session) answer(e *encoder, text []byte) {
	q, failure := parseRequest(text)
	if failure != "" {
		refuse(e, errors.New(failure))
		return
	}
	switch {
	case q.op == "aligned" && q.record >= 0 && q.record <= 1: // about both: the record is that of the frame
	case q.record == 1 && s.other != nil:
		s = s.other
	case q.record != 0:
		refuse(e, errors.New("there is no record "+strconv.Itoa(q.record)+": 0 is the first, 1 the second if one was read"))
		return
	}
	for i := range ops {
		if ops[i].name == q.op {
			ops[i].answer(s, e, &q)
			return
		}
	}
	names := ""
	for i := range ops {
		names += ", " + ops[i].name
	}
	refuse(e, errors.New("there is no op "+strconv.Quote(q.op)+", there are "+names[2:]))
}

// refuse is the answer to what can't be answered.
func refuse(e *encoder, err error) {
	e.open('{')
	e.str("Error", err.Error())
	var f *filter.Error
	if errors.As(err, &f) {
		num(e, "Pos", f.Pos)
	}
	e.close('}')
}

// give writes an answer, or why there is none.
func give[T any](e *encoder, v T, err error, put func(*encoder, *T)) {
	if err != nil {
		refuse(e, err)
		return
	}
	put(e, &v)
}

// summary says first that the record is broken, if it is.
func (s *Session) summary() view.Summary {
	v := s.a.Summary()
	if s.err != nil {
		p := view.Problem{Frame: -1, Text: "the record can't be read any further: " + s.err.Error(), Ref: "docs/trace.md"}
		v.Problems = append([]view.Problem{p}, v.Problems...)
		v.Faults++
	}
	return v
}
