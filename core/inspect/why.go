package inspect

import (
	"sort"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// addCause takes in a cause; they come in any order.
func (d *direction) addCause(e *trace.Cause) {
	n := len(d.causes)
	d.unsorted = d.unsorted || n > 0 && d.causes[n-1].Frame > e.Frame
	d.causes = append(d.causes, e)
}

type cause struct {
	known      bool
	line       uint32
	call, rule string
}

// causeOf finds why frame number seq of the direction, from 1, was sent.
func (d *direction) causeOf(seq uint32) cause {
	if d.unsorted {
		sort.SliceStable(d.causes, func(i, j int) bool { return d.causes[i].Frame < d.causes[j].Frame })
		d.unsorted = false
	}
	i := sort.Search(len(d.causes), func(i int) bool { return d.causes[i].Frame+1 >= seq })
	if i == len(d.causes) || d.causes[i].Frame+1 != seq {
		return cause{}
	}
	e := d.causes[i]
	return cause{true, e.Line, e.Call, e.Rule}
}

// ruleWhy explains the rules of the protocol by the names that the record gives
// them.
var ruleWhy = map[string]struct{ text, ref string }{
	"preface":          {"Each end begins with a SETTINGS frame; it is part of the connection preface.", "RFC 9113 3.4"},
	"settings-ack":     {"Every SETTINGS frame is acknowledged as soon as its values are in force.", "RFC 9113 6.5.3"},
	"ping-ack":         {"A PING is answered with the same eight octets and the ACK flag.", "RFC 9113 6.7"},
	"window":           {"Octets of DATA were consumed, so their room is given back to the sender.", "RFC 9113 6.9"},
	"stream-error":     {"The peer broke a rule on this stream: the stream is reset, the connection goes on.", "RFC 9113 5.4.2"},
	"connection-error": {"The peer broke a rule of the connection: GOAWAY says which, then the connection is closed.", "RFC 9113 5.4.1"},
	"refused":          {"The stream is one more than allowed, and is refused before anything was done for it.", "RFC 9113 5.1.2"},
	"shutdown":         {"The connection is shut down: GOAWAY tells which streams are still served.", "RFC 9113 6.8"},
	"push-refused":     {"The promised response is not wanted: the promise is reset.", "RFC 9113 8.4.2"},
}

// why tells what made the sender send a frame, as far as the record knows.
func (c *connection) why(r *row) view.Why {
	if r.kind() != kindFrame {
		return view.Why{Text: c.whyStray(r)}
	}
	d := &c.dirs[r.dir()]
	k := d.causeOf(r.seq)
	w := view.Why{Line: k.line, Call: clean(k.call), Rule: clean(k.rule)}
	add, ref := c.follows(r)
	switch {
	case k.rule != "":
		if t, ok := ruleWhy[k.rule]; ok {
			w.Text, w.Ref = t.text, t.ref
		} else {
			w.Text = "A rule of the protocol: " + w.Rule + "."
		}
	case k.line > 0 && k.call != "":
		w.Text = "Line " + utoa(k.line) + " called " + w.Call + "."
	case k.line > 0:
		w.Text = "Line " + utoa(k.line) + " of the program."
	case k.call != "":
		w.Text = "The program called " + w.Call + "."
	default:
		w.Text = "Not known: the record does not say why the " + endNames[r.dir()] + " sent it."
	}
	if add != "" {
		w.Text += " " + add
		if w.Ref == "" {
			w.Ref = ref
		}
	}
	return w
}

func (c *connection) whyStray(r *row) string {
	switch r.kind() {
	case kindPreface:
		return "Every client begins with these 24 octets, so that a server that does not know HTTP/2 fails at once."
	case kindGarbage:
		return "Not known: these octets are no HTTP/2."
	}
	return "Not known: the frame is not whole."
}

// follows says what the wire alone tells of the reason: which frame this one
// answers.
func (c *connection) follows(r *row) (text, ref string) {
	if r.is(bitIgnored) {
		return "", ""
	}
	other := &c.dirs[1-r.dir()]
	ack := r.flags.Has(frame.FlagAck)
	switch typ := r.typ(); {
	case typ == frame.Settings && ack:
		acks := &c.dirs[r.dir()].acks
		i := acks.search(func(seq *uint32) bool { return *seq < r.seq })
		if i < other.settings.len() {
			return "It acknowledges frame " + utoa(other.settings.at(i).row+1) + ".", "RFC 9113 6.5.3"
		}
	case typ == frame.Ping && ack:
		if row, ok := c.pingOf(r); ok {
			return "It answers frame " + utoa(row+1) + ".", "RFC 9113 6.7"
		}
	case typ == frame.PushPromise:
		return "The promise must reach the client before what refers to the resource does, or the client would ask for it.", "RFC 9113 8.4.1"
	case typ == frame.Continuation:
		return "It carries the rest of a field block; no other frame may come in between.", "RFC 9113 6.10"
	}
	return "", ""
}

// maxPings is how many frames are searched for the PING that an ACK answers.
const maxPings = 4096

// pingOf finds the PING that an acknowledgement answers: the newest with the
// same octets that its sender had received.
func (c *connection) pingOf(r *row) (uint32, bool) {
	other := &c.dirs[1-r.dir()]
	seq := r.sent - r.seq // frames that the sender of the ACK had received
	data := string(c.raw(r).Payload)
	for n := 0; seq > 0 && n < maxPings; n++ {
		row := *other.rows.at(int(seq - 1))
		p := c.a.rows.at(int(row))
		if p.typ() == frame.Ping && !p.flags.Has(frame.FlagAck) && string(c.raw(p).Payload) == data {
			return row, true
		}
		seq--
	}
	return 0, false
}
