package inspect

import (
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// ReactionQuery asks what came of a frame that was put into a session.
type ReactionQuery struct {
	Conn uint32
	Dir  string
	Seq  int // its number in its direction, from 0, as the record counts
	N    int // rows to list
}

// Reaction answers what the receiver of a frame sent after the frame had come,
// and how its session took it.
func (a *Analyser) Reaction(q ReactionQuery) view.Reaction {
	a.settle()
	v := view.Reaction{Frame: -1, Rows: []view.Row{}, Version: a.version}
	c := a.byID[q.Conn]
	dir := client
	if q.Dir == dirNames[server] {
		dir = server
	}
	index, first := -1, 0
	if c != nil {
		index, first = c.reacted(dir, q.Seq)
	}
	if index < 0 {
		v.Text = "The session ended before the place where the octets were to go out."
		return v
	}
	r := a.rows.at(index)
	v.Frame = index
	who := endNames[1-dir]
	if c.closed != nil {
		v.Closed = c.summary().Closed
	}
	if first < 0 {
		v.Text = "The " + who + " did not receive it."
		return v
	}
	own := &c.dirs[1-dir].rows
	for i := first; i < own.len(); i++ {
		row := int(*own.at(i))
		if len(v.Rows) < q.N {
			v.Rows = append(v.Rows, a.row(row, nil))
		} else {
			v.More++
		}
		if v.Outcome == "" {
			v.Outcome, v.Code = c.answerOf(a.rows.at(row), r)
		}
	}
	switch v.Outcome {
	case outcomeConnection:
		v.Text = "The " + who + " took it for a connection error: GOAWAY with " + v.Code + "."
	case outcomeStream:
		v.Text = "The " + who + " took it for a stream error: RST_STREAM with " + v.Code + "."
	default:
		v.Outcome = outcomeLegal
		v.Text = "The " + who + " had nothing against it, and sent " + count(own.len()-first, "frame") + " after it."
	}
	return v
}

// reacted finds the row of a frame by its number in its direction, and the first
// frame that its receiver sent after it came, by number; -1 where there is none.
// Octets that are no frame stand behind the last one that is.
func (c *connection) reacted(dir, seq int) (index, first int) {
	d, own := &c.dirs[dir], &c.dirs[1-dir].rows
	seq = c.putFrom(dir, seq)
	if seq >= 0 && seq < d.rows.len() {
		index = int(*d.rows.at(seq))
		r := c.a.rows.at(index)
		if r.recv == 0 {
			return index, -1
		}
		return index, own.search(func(row *uint32) bool { return c.a.rows.at(int(*row)).sent <= r.recv })
	}
	if n := len(d.garbage); seq == d.rows.len() && n > 0 && d.garbage[n-1].to < 0 {
		g := d.garbage[n-1]
		if _, recv := d.times(g.from); recv >= 0 {
			return int(g.row), own.search(func(row *uint32) bool {
				p := c.a.rows.at(int(*row))
				sent, _ := c.dirs[1-dir].times(p.off)
				return sent < recv
			})
		}
		return int(g.row), -1
	}
	return -1, 0
}

// answerOf says whether a frame of the receiver's refuses the frame r: a reset of
// its stream, or GOAWAY with an error.
func (c *connection) answerOf(p, r *row) (outcome, code string) {
	f := c.raw(p)
	switch p.typ() {
	case frame.GoAway:
		if g, err := frame.ParseGoAway(f); err == nil && g.Code != frame.NoError {
			return outcomeConnection, g.Code.String()
		}
	case frame.RSTStream:
		code, err := frame.ParseRSTStream(f)
		if err == nil && code != frame.NoError && code != frame.Cancel && (p.id == r.id || p.id == c.promised(r)) {
			return outcomeStream, code.String()
		}
	}
	return "", ""
}

func count(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "one " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
