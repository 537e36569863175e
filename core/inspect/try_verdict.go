package inspect

import (
	"strconv"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// ruling is what the receiver of a frame makes of it.
type ruling struct {
	outcome string
	code    frame.ErrCode
	ref     string
	text    string
}

// verdict decides by the problems that the analyser finds with a frame, and by
// what the receiver knows when it arrives.
func (b *branched) verdict(i int) ruling {
	r := b.rows.at(i)
	if v, ok := b.limit(i); ok {
		return v
	}
	var best ruling
	for _, p := range b.problemsOf(i) {
		v, ok := b.ruling(i, p)
		if ok && gravity[v.outcome] > gravity[best.outcome] {
			best = v
		}
	}
	if best.outcome == outcomeConnection {
		return best
	}
	if v, ok := b.dropped(r); ok {
		return v
	}
	if best.outcome != "" {
		return best
	}
	return b.legal(i)
}

// ruling is what one problem amounts to; false: nothing for the receiver.
func (b *branched) ruling(i int, p violation) (ruling, bool) {
	code, ref, text := b.explainProblem(p)
	if code == noCode {
		return ruling{}, false
	}
	r := b.rows.at(i)
	v := ruling{outcome: outcomeConnection, code: code, ref: ref}
	switch p.rule {
	case ruleShape, ruleSetting:
		if b.shapeOfStream(r, p) {
			v.outcome = outcomeStream
		}
	case ruleField, ruleTrailers, ruleLonger, ruleShorter, ruleTooMany, ruleBeyondStream, ruleEnded, ruleBefore:
		v.outcome = outcomeStream
	case ruleSelf:
		if slot := b.c.slotOf(r.id); slot != 0 && (r.typ() == frame.Headers || b.c.stateAt(1-b.dir, slot, b.before(r)) != idle) {
			v.outcome = outcomeStream
		}
	case ruleOverflow:
		if r.id != 0 {
			v.outcome = outcomeStream
		}
	case ruleSkipped:
		if r.typ() == frame.Data {
			v.code = frame.StreamClosed // RFC 9113, section 5.1: it is closed, as any other
		}
	case ruleClosed:
		if p.a == inReset {
			v.outcome = outcomeStream
		}
		if r.typ() == frame.PushPromise {
			v.outcome, v.code, v.ref = outcomeConnection, frame.ProtocolError, "RFC 9113 6.6"
		}
	case ruleAfterGoAway:
		return b.gone(r)
	}
	if v.outcome == outcomeStream && r.typ() == frame.PushPromise {
		text += "; what ends is the promised stream"
	}
	v.text = b.sentence(v, r, text)
	return v, true
}

// shapeOfStream says whether the fault in a frame's shape is a matter of its
// stream alone, and that one not idle: RST_STREAM must not be sent for a stream
// that is (RFC 9113, section 6.4).
func (b *branched) shapeOfStream(r *row, p violation) bool {
	if p.rule != ruleShape {
		return false
	}
	e, ok := parseError(b.c.raw(r)).(*frame.Error)
	slot := b.c.slotOf(r.id)
	return ok && e.StreamID != 0 && slot != 0 && b.c.stateAt(1-b.dir, slot, b.before(r)) != idle
}

// gone is a stream above the last one that the receiver's GOAWAY named.
func (b *branched) gone(r *row) (ruling, bool) {
	g := b.c.dirs[1-b.dir].goaways
	if len(g) == 0 || r.id <= g[len(g)-1].last {
		return ruling{}, false
	}
	return ruling{outcome: outcomeIgnored, ref: "RFC 9113 6.8", text: "The " + endNames[1-b.dir] + " drops it: it has said GOAWAY, and takes no stream above " +
		utoa(g[len(g)-1].last) + " any more."}, true
}

// before is the receiver's count of frames when the frame arrives.
func (b *branched) before(r *row) uint32 {
	if r.recv == 0 {
		return b.c.ends[1-b.dir].events
	}
	return r.recv - 1
}

// dropped says whether the receiver knows the stream as closed and so leaves
// the frame without effect (RFC 9113, section 5.1).
func (b *branched) dropped(r *row) (ruling, bool) {
	e := 1 - b.dir
	if r.id == 0 || r.typ() == frame.Priority || r.typ() > frame.Continuation || r.typ() == frame.PushPromise {
		return ruling{}, false
	}
	late := r.typ() == frame.RSTStream || r.typ() == frame.WindowUpdate
	slot := b.c.slotOf(r.id)
	if slot == 0 {
		if s := (sending{c: b.c, f: frame.Raw{Header: frame.Header{StreamID: r.id}}}); late && s.skipped() {
			return ruling{outcome: outcomeIgnored, ref: "RFC 9113 5.1.1", text: "The " + endNames[e] + " drops it: stream " + utoa(r.id) +
				" was left out, and that closed it."}, true
		}
		return ruling{}, false
	}
	n := b.c.stepAt(e, slot, b.before(r))
	if n == 0 {
		return ruling{}, false
	}
	last := b.c.ends[e].steps.at(int(n - 1))
	if last.state != closed {
		return ruling{}, false
	}
	if last.in == inReset && last.how == sends {
		return ruling{outcome: outcomeIgnored, ref: "RFC 9113 5.4.2", text: "The " + endNames[e] + " drops it: it has reset stream " + utoa(r.id) +
			", and what was still under way then must not surprise it. The dynamic table and the connection’s window are kept in step."}, true
	}
	if late {
		return ruling{outcome: outcomeIgnored, ref: "RFC 9113 5.1", text: "The " + endNames[e] + " drops it: stream " + utoa(r.id) +
			" is closed, and such a frame may have been under way when it closed."}, true
	}
	return ruling{}, false
}

// sentence says what an error is and what becomes of stream or connection.
func (b *branched) sentence(v ruling, r *row, text string) string {
	if text != "" {
		text = string(upper(text[0])) + text[1:]
	}
	if v.outcome == outcomeStream {
		return text + ". That is a stream error: the " + endNames[1-b.dir] + " resets the stream, the connection goes on."
	}
	return text + ". That is a connection error: the " + endNames[1-b.dir] + " sends GOAWAY and closes."
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// The limits of Framewise's own sessions that a single frame can reach
// (core/conn.Limits, which this package may not import; a test holds the
// numbers to it).
const (
	maxSettings      = 32
	maxContinuations = 8
)

// limit is what no rule of the RFC forbids and Framewise's sessions refuse.
func (b *branched) limit(i int) (ruling, bool) {
	r := b.rows.at(i)
	v := ruling{outcome: outcomeConnection, code: frame.EnhanceYourCalm, ref: "RFC 9113 10.5"}
	own := " It is Framewise’s own limit; another receiver may take more."
	switch {
	case r.is(bitIgnored):
		return v, false
	case r.typ() == frame.Settings && r.length()/6 > maxSettings:
		v.text = "SETTINGS with " + strconv.Itoa(r.length()/6) + " entries, of which " + strconv.Itoa(maxSettings) + " are taken (CVE-2020-11080)." + own
	case r.typ() == frame.Continuation && r.length() == 0 && !r.flags.Has(frame.FlagEndHeaders):
		v.text = "An empty CONTINUATION that does not end its field block costs its sender nothing (CVE-2024-27316)." + own
	case r.typ() == frame.Continuation && r.block != 0 && b.c.dirs[b.dir].blocks.at(int(r.block-1)).frames > maxContinuations+1:
		v.text = "More than " + strconv.Itoa(maxContinuations) + " CONTINUATIONs for one field block (CVE-2024-27316)." + own
	default:
		return v, false
	}
	return v, true
}

// legal says what a frame that breaks no rule does.
func (b *branched) legal(i int) ruling {
	r := b.rows.at(i)
	v := ruling{outcome: outcomeLegal, ref: typeOf(r.typ()).ref}
	who := endNames[1-b.dir]
	switch r.typ() {
	case frame.Headers, frame.PushPromise, frame.Continuation:
		return b.legalBlock(r, v)
	case frame.Data:
		v.text = "The " + who + " takes it as content of stream " + utoa(r.id) + ". Its windows shrink by its length, padding included."
	case frame.Priority:
		v.text = "The " + who + " may use it, or not: RFC 9113 deprecates priorities of this kind."
	case frame.RSTStream:
		v.text = "Stream " + utoa(r.id) + " is closed at the " + who + " at once. It is not answered."
	case frame.Settings:
		v.text = "The " + who + " goes by these values from now on, and says so. Settings that it does not know it ignores."
		if r.flags.Has(frame.FlagAck) {
			v.text = "The oldest SETTINGS of the " + who + " that was not acknowledged is in force now."
		}
	case frame.Ping:
		v.text = "The " + who + " sends the same octets back."
		if r.flags.Has(frame.FlagAck) {
			v.text = "An answer that nobody may have asked for has no effect."
		}
	case frame.GoAway:
		v.text = "The " + who + " opens no more streams on this connection. Those above the last stream were not processed, and can be tried elsewhere."
	case frame.WindowUpdate:
		v.text = "The " + who + " may send that much more DATA."
	default:
		v.text = "The " + who + " may use it or ignore it: nothing else follows from it."
		if r.typ() > frame.Continuation && r.typ() != frame.AltSvc && r.typ() != frame.Origin && r.typ() != frame.PriorityUpdate {
			v.outcome, v.ref, v.text = outcomeIgnored, "RFC 9113 5.5", "The "+who+" ignores it, as every frame of a type that it does not know."
		}
		if r.typ() == frame.Origin && b.dir == 0 {
			v.outcome, v.text = outcomeIgnored, "The server ignores it: ORIGIN tells a client what the server is used for."
		}
	}
	return v
}

// legalBlock is a frame that carries a field block.
func (b *branched) legalBlock(r *row, v ruling) ruling {
	who, sender := endNames[1-b.dir], endNames[b.dir]
	if !r.flags.Has(frame.FlagEndHeaders) {
		v.outcome, v.ref = outcomeWaits, "RFC 9113 4.3"
		v.text = "The field block goes on: the " + who + " waits for CONTINUATION on stream " + utoa(r.id) +
			". Any other frame ends the connection, and the " + sender + " itself, which knows nothing of this one, will send another."
		return v
	}
	slot, first := r.slot, r
	if r.block != 0 {
		first = b.rows.at(int(b.c.dirs[b.dir].blocks.at(int(r.block - 1)).row))
		slot = first.slot
	}
	switch {
	case first.typ() == frame.PushPromise:
		v.text = "Stream " + utoa(b.c.promised(first)) + " is reserved for a response that the " + who + " did not ask for."
	case slot != 0 && int(b.c.stream(slot).first) == b.rowOf(first):
		v.text = "It opens stream " + utoa(first.id) + ": the " + who + " takes it as a request and will answer. The " + sender +
			"’s own session never opened that stream, and takes the answer for an error."
	default:
		v.text = "The " + who + " takes the field section on stream " + utoa(first.id) + "."
	}
	if r.block != 0 {
		reps, _, _, _ := b.c.explain(b.dir, b.c.dirs[b.dir].blocks.at(int(r.block-1)), nil)
		if changesTable(reps) {
			v.text += " It changes the " + who + "’s dynamic table, and the " + sender + "’s encoder does not know: later field blocks may mean something else."
		}
	}
	return v
}

func (b *branched) rowOf(r *row) int { return int(*b.c.dirs[b.dir].rows.at(int(r.seq - 1))) }

func changesTable(reps []hpack.Rep) bool {
	for i := range reps {
		if reps[i].Inserted || reps[i].Evicted > 0 || !reps[i].IsField() {
			return true
		}
	}
	return false
}

// says is the frame that the receiver answers with, by itself: its program may
// say more.
func (b *branched) says(i int, v ruling) string {
	r := b.rows.at(i)
	switch v.outcome {
	case outcomeConnection:
		return "GOAWAY " + v.code.String()
	case outcomeStream:
		id := r.id
		if r.typ() == frame.PushPromise {
			id = b.c.promised(r)
		}
		return "RST_STREAM " + v.code.String() + " on stream " + utoa(id)
	case outcomeLegal:
		if r.flags.Has(frame.FlagAck) {
			return ""
		}
		switch r.typ() {
		case frame.Settings:
			return "SETTINGS ACK"
		case frame.Ping:
			return "PING ACK"
		}
	}
	return ""
}
