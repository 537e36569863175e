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
	if c == nil || q.Seq < 0 || q.Seq >= c.dirs[dir].rows.len() {
		v.Text = "The session ended before the place where the octets were to go out."
		return v
	}
	index := *c.dirs[dir].rows.at(q.Seq)
	r := a.rows.at(int(index))
	v.Frame = int(index)
	who := endNames[1-dir]
	if c.closed != nil {
		v.Closed = c.summary().Closed
	}
	if r.recv == 0 {
		v.Text = "The " + who + " did not receive it."
		return v
	}
	own := &c.dirs[1-dir].rows
	first := own.search(func(row *uint32) bool { return a.rows.at(int(*row)).sent <= r.recv })
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
