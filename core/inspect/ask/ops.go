package ask

import (
	"errors"

	"framewise/core/inspect"
	"framewise/core/inspect/filter"
)

// op is something that can be asked, by the name that a request gives it.
type op struct {
	name   string
	answer func(s *Session, e *encoder, q *request)
}

// ops are all of them; the package's documentation lists their keys.
var ops = []op{
	{"summary", func(s *Session, e *encoder, q *request) { give(e, s.summary(), nil, putSummary) }},
	{"rows", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Rows(q.rows())
		give(e, v, err, putRows)
	}},
	{"position", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Position(q.frame, q.rows())
		give(e, v, err, putPosition)
	}},
	{"detail", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Detail(q.frame)
		give(e, v, err, putDetail)
	}},
	{"bits", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Bits(q.frame, q.n)
		give(e, v, err, putBits)
	}},
	{"find", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Find(inspect.Search{From: q.frame, Back: q.back, Filter: q.filter, What: q.what, Conn: q.conn, N: q.n})
		give(e, v, err, putFound)
	}},
	{"complete", func(s *Session, e *encoder, q *request) {
		give(e, filter.Complete(q.filter, q.cursor), nil, putCompletion)
	}},
	{"stalls", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Stalls(inspect.StallQuery{From: q.from, N: q.n, Conn: q.conn, Stream: uint32(q.stream), Dir: q.dir, Frame: q.frame})
		give(e, v, err, putStalls)
	}},
	{"flow", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Flow(inspect.FlowQuery{Conn: q.conn, Stream: uint32(q.stream), Dir: q.dir, N: q.n, Frame: q.frame, Since: int64(q.since), Until: int64(q.until)})
		give(e, v, err, putFlow)
	}},
	{"lanes", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Lanes(inspect.LaneQuery{From: q.from, N: q.n, Conn: q.conn, Buckets: q.buckets, Since: int64(q.since), Until: int64(q.until), Frame: q.frame})
		give(e, v, err, putLanes)
	}},
	{"connection", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Connection(inspect.ConnQuery{Conn: q.conn, Frame: q.frame, N: q.n})
		give(e, v, err, putConnection)
	}},
	{"hpack", func(s *Session, e *encoder, q *request) {
		v, err := s.a.HPACK(inspect.HPACKQuery{Conn: q.conn, Frame: q.frame, N: q.n})
		give(e, v, err, putHPACK)
	}},
	{"predict", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Predict(q.frame)
		give(e, v, err, putPrediction)
	}},
	{"priority", func(s *Session, e *encoder, q *request) {
		v, err := s.a.Priority(inspect.PriorityQuery{Conn: q.conn, Frame: q.frame, N: q.n})
		give(e, v, err, putPriority)
	}},
	{"compare", func(s *Session, e *encoder, q *request) {
		if l, ok := s.align(e); ok {
			give(e, l.Comparison(), nil, putComparison)
		}
	}},
	{"aligned", func(s *Session, e *encoder, q *request) {
		if l, ok := s.align(e); ok {
			give(e, l.Rows(inspect.AlignQuery{From: q.from, N: q.n, Only: q.what == "differ", Frame: q.frame, Second: q.record == 1}), nil, putAligned)
		}
	}},
	{"reproduced", func(s *Session, e *encoder, q *request) {
		if s.other == nil {
			refuse(e, errors.New("there is no second record that this one could be a reproduction of"))
			return
		}
		give(e, inspect.Reproduce(s.other.a, s.a), nil, putReproduction)
	}},
	{"try", func(s *Session, e *encoder, q *request) {
		v, err := s.try(q)
		give(e, v, err, putTrial)
	}},
	{"reaction", func(s *Session, e *encoder, q *request) {
		give(e, s.a.Reaction(inspect.ReactionQuery{Conn: q.conn, Dir: q.dir, Seq: q.from, N: min(q.n, inspect.MaxRows)}), nil, putReaction)
	}},
	{"density", func(s *Session, e *encoder, q *request) { give(e, s.a.Density(q.buckets), nil, putDensity) }},
}

// rows is what rows and position are asked with.
func (q *request) rows() inspect.Query {
	return inspect.Query{From: q.from, N: q.n, Conn: q.conn, Filter: q.filter, Sort: q.sort, Desc: q.desc, Collapse: q.collapse, Open: q.open}
}

// align lays the record beside the second one, and keeps that until one of them
// grows; a page asks for many windows. false: there is none, which it answers.
func (s *Session) align(e *encoder) (*inspect.Alignment, bool) {
	if s.other == nil {
		refuse(e, errors.New("there is no second record to compare with"))
		return nil, false
	}
	if s.aligned == nil || !s.aligned.Fresh(s.a, s.other.a) {
		s.aligned = inspect.Align(s.a, s.other.a)
	}
	return s.aligned, true
}
