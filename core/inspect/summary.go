package inspect

import (
	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// MaxProblems is how many problems a summary lists.
const MaxProblems = 200

// Summary answers what the record holds as far as it has been read.
func (a *Analyser) Summary() view.Summary {
	a.settle()
	tail := a.tail()
	v := view.Summary{Frames: a.rows.len() + len(tail), End: a.end, Console: append([]view.Console{}, a.console...),
		Conns: []view.Conn{}, Types: []view.TypeCount{}, Problems: []view.Problem{}, Version: a.version}
	if h := a.header; h != nil {
		v.Title, v.Note, v.Program, v.Language, v.Seed = clean(h.Title), cleanLines(h.Note), h.Program, clean(h.Language), h.Seed
		v.Epoch, v.Redacted, v.Engine, v.Around = clean(h.Epoch), h.Redacted, clean(h.Engine), h.Around
		v.Network = string(trace.AppendNetwork(nil, h.Network))
	}
	for _, c := range a.conns {
		v.Conns = append(v.Conns, c.summary())
	}
	for t, n := range a.counts {
		if n > 0 {
			v.Types = append(v.Types, view.TypeCount{Type: frame.Type(t).String(), Color: color(frame.Type(t)), Count: n})
		}
	}
	v.Faults = a.problems.len() + a.transits.len() + len(tail)
	marks := a.marked()
	v.MarksTotal = len(marks)
	v.Marks = append([]view.Mark{}, marks[:min(len(marks), MaxMarks)]...)
	v.Stalls = len(a.stallsOf().begins)
	for _, l := range []*list[violation]{&a.problems, &a.transits} {
		for i := 0; i < l.len() && len(v.Problems) < MaxProblems; i++ {
			v.Problems = append(v.Problems, a.problemView(*l.at(i)))
		}
	}
	for i := range tail {
		if len(v.Problems) < MaxProblems {
			v.Problems = append(v.Problems, a.cutProblem(a.pick(a.rows.len()+i, tail)))
		}
	}
	return v
}

// secured is what is known of TLS beside its version and protocol.
func secured(t *trace.TLS) []view.Fact {
	resumed := ""
	if t.Resumed {
		resumed = "an earlier session"
	}
	var out []view.Fact
	for _, f := range []view.Fact{{What: "cipher", Text: t.Cipher}, {What: "asked for", Text: t.Name},
		{What: "certificate", Text: t.Names}, {What: "issued by", Text: t.Issuer}, {What: "took up", Text: resumed}} {
		if f.Text != "" {
			out = append(out, view.Fact{What: f.What, Text: clean(f.Text)})
		}
	}
	return out
}

func (c *connection) summary() view.Conn {
	i := c.info
	v := view.Conn{ID: i.ID, Client: clean(i.Client), Server: clean(i.Server), Vantage: clean(string(i.Vantage)), Via: clean(i.Via), At: i.At,
		Frames: c.dirs[client].rows.len() + c.dirs[server].rows.len()}
	if i.TLS != nil {
		v.TLS = clean(i.TLS.Version)
		if i.TLS.ALPN != "" {
			v.TLS += ", " + clean(i.TLS.ALPN)
		}
		v.Secured = secured(i.TLS)
	}
	if c.closed != nil {
		v.Closed = "by " + clean(c.closed.By)
		if c.closed.Reason != "" {
			v.Closed += ": " + clean(c.closed.Reason)
		}
	}
	return v
}
