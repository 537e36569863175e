package inspect

import (
	"errors"
	"strings"

	"framewise/core/frame"
	"framewise/core/inspect/filter"
	"framewise/core/inspect/view"
)

// Search asks for the next frame of some kind.
type Search struct {
	From   int    // the frame to begin behind; -1 to begin with the first, or the number of frames to begin with the last
	Back   bool   // towards the start of the record
	Filter string // what the frame must match, see package filter
	What   string // "" or one of "error", "stall" and "stream" (the stream of the frame From): what it must be, too
	Conn   uint32 // identifier of a connection, 0 for all
	N      int    // how many frames are looked at at most; 0: MaxLooked
}

// MaxLooked is how many frames one search looks at, if it is not told.
const MaxLooked = 1 << 20

// Find answers the next frame of some kind. An error is a *filter.Error, or
// says what can be looked for.
func (a *Analyser) Find(q Search) (view.Found, error) {
	a.settle()
	tail := a.tail()
	all := a.rows.len() + len(tail)
	text, err := a.searched(q, tail)
	if err != nil {
		return view.Found{}, err
	}
	f, err := filter.Parse(text)
	if err != nil {
		return view.Found{}, err
	}
	s := &selection{conn: q.Conn, f: f}
	out := view.Found{Frame: -1, Filter: text, Next: -1, Version: a.version}
	limit := q.N
	if limit <= 0 {
		limit = MaxLooked
	}
	step, i := 1, max(q.From, -1)+1
	if q.Back {
		step, i = -1, min(q.From, all)-1
	}
	for ; i >= 0 && i < all; i += step {
		if out.Looked == limit {
			out.Next = i - step
			return out, nil
		}
		out.Looked++
		if a.matches(s, i, tail) {
			out.Frame = i
			break
		}
	}
	return out, nil
}

// searched is what is looked for, as a filter.
func (a *Analyser) searched(q Search, tail []cutRow) (string, error) {
	text := q.Filter
	if _, err := filter.Parse(text); err != nil {
		return "", err // before it is joined with more: the place of the error is one in the text
	}
	add := ""
	switch q.What {
	case "":
	case "error":
		add = "error:*"
	case "stall":
		add = "stall:*"
	case "stream":
		n := a.rows.len() + len(tail)
		if q.From < 0 || q.From >= n {
			return "", errorFrame(q.From, n)
		}
		p := a.pick(q.From, tail)
		add = "conn:" + utoa(p.c.info.ID) + " stream:" + utoa(p.r.id)
	default:
		return "", errors.New("what is error, stall or stream, not " + q.What)
	}
	return strings.TrimSpace(text + " " + add), nil
}

// The methods of filter.Frame that need more than the row.

func (p picked) Conn() uint32 { return p.c.info.ID }

// last is the octet with which the row is whole.
func (p picked) last() int64 {
	switch p.r.kind() {
	case kindGarbage:
		return p.r.off
	case kindPreface:
		return p.r.off + int64(p.r.length()) - 1
	case kindCut:
		return p.r.off + int64(p.have) - 1
	}
	return p.r.off + int64(frame.HeaderLen+p.r.length()) - 1
}

func (p picked) SentAt() int64 {
	sent, _ := p.c.dirs[p.r.dir()].times(p.last())
	return sent
}

func (p picked) Line() uint32 {
	if p.r.kind() != kindFrame {
		return 0
	}
	return p.c.dirs[p.r.dir()].causeOf(p.r.seq).line
}

func (p picked) Window() (int64, bool) {
	if p.r.kind() != kindFrame {
		return 0, false
	}
	e, recvd := p.r.dir(), p.r.sent-p.r.seq
	w := p.c.sendWindow(e, 0, p.r.seq, recvd)
	if p.r.slot != 0 {
		w = min(w, p.c.sendWindow(e, p.r.slot, p.r.seq, recvd))
	}
	return w, true
}

func (p picked) Stall() string { return p.c.a.stallMark(p.i) }

func (p picked) Text() string { return p.rowText() }
