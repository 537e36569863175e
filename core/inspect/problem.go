package inspect

import (
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// violation is a problem as it is kept; its text is made when it is asked for.
type violation struct {
	row  int32 // -1: none
	conn uint16
	rule rule
	a, b int64
}

// rule is a rule that a frame can break, as far as the wire shows it.
type rule uint8

const (
	ruleShape rule = iota // what core/frame says of the frame alone
	ruleBlock             // what core/hpack says of its field block
	ruleField             // what fields.go says of a field section
	ruleSetting
	ruleTooLong
	ruleFirst
	ruleMidway
	ruleTableUnknown
	ruleNoFrames
	ruleGarbage
	ruleInterleaved
	ruleStray
	ruleIdle
	ruleParity
	ruleSkipped
	ruleReserved
	ruleEnded
	ruleClosed
	ruleTrailers
	ruleBefore
	ruleLonger
	ruleShorter
	rulePriorityUpdate
	rulePriorityLength
	rulePriorityIdle
	ruleConnectBack
	rulePrioritiesChanged
	rulePushByClient
	rulePushByServer
	rulePushDisabled
	rulePromiseUsed
	ruleTooMany
	ruleAfterGoAway
	ruleGoAwayRises
	ruleSelf
	ruleUnaskedAck
	ruleBeyond
	ruleBeyondStream
	ruleOverflow
	ruleLost
	ruleAltered
	ruleCut
	rules
)

// noCode marks what is no fault of a peer's.
const noCode = frame.ErrCode(1<<32 - 1)

// ruleTexts say what each rule is about. In the text {type} and {stream} stand
// for the frame's, {sender} for the end that sent it, {a} and {b} for numbers.
var ruleTexts = [rules]struct {
	code frame.ErrCode
	ref  string
	text string
}{
	ruleTooLong:           {frame.FrameSizeError, "RFC 9113 4.2", "{type} has {a} octets, MAX_FRAME_SIZE allows {b}"},
	ruleFirst:             {frame.ProtocolError, "RFC 9113 3.4", "the first frame of the {sender} is {type}, it must be SETTINGS"},
	ruleMidway:            {noCode, "RFC 9113 3.4", "the record begins without the client's preface: what came before is not known (settings, dynamic tables, windows, streams)"},
	ruleTableUnknown:      {noCode, "RFC 7541 2.3.2", "the field block refers to entries of the dynamic table from before the record: they are shown as ?, until newer ones have taken their place"},
	ruleNoFrames:          {frame.ProtocolError, "RFC 9113 3.4", "the {sender} sends octets that are no HTTP/2{text}"},
	ruleGarbage:           {frame.FrameSizeError, "RFC 9113 4.1", "from here on the octets of the {sender} are no frames: the next would have an unknown type and {a} octets"},
	ruleInterleaved:       {frame.ProtocolError, "RFC 9113 6.10", "{type} stands within the field block of stream {a}: only CONTINUATION on that stream may"},
	ruleStray:             {frame.ProtocolError, "RFC 9113 6.10", "CONTINUATION continues nothing: no field block is open"},
	ruleIdle:              {frame.ProtocolError, "RFC 9113 5.1", "{type} on stream {stream}, which is idle"},
	ruleParity:            {frame.ProtocolError, "RFC 9113 5.1.1", "the client opens stream {stream}: the streams that it opens have odd identifiers"},
	ruleSkipped:           {frame.ProtocolError, "RFC 9113 5.1.1", "{type} on stream {stream}, which was left out: stream {a} was already opened, and that closed it"},
	ruleReserved:          {frame.ProtocolError, "RFC 9113 5.1", "{type} on stream {stream}, which is {state} at the {sender}"},
	ruleEnded:             {frame.StreamClosed, "RFC 9113 5.1", "{type} on stream {stream} after the {sender} ended it with END_STREAM"},
	ruleClosed:            {frame.StreamClosed, "RFC 9113 5.1", "{type} on stream {stream}, which is closed at the {sender} ({input})"},
	ruleTrailers:          {frame.ProtocolError, "RFC 9113 8.1", "a second field section on stream {stream} without END_STREAM: trailers end the stream"},
	ruleBefore:            {frame.ProtocolError, "RFC 9113 8.1", "DATA on stream {stream} before the head of the message"},
	ruleLonger:            {frame.ProtocolError, "RFC 9113 8.1.1", "the content on stream {stream} is {a} longer than its content-length"},
	ruleShorter:           {frame.ProtocolError, "RFC 9113 8.1.1", "the content on stream {stream} ends {a} short of its content-length"},
	rulePriorityUpdate:    {frame.ProtocolError, "RFC 9218 7.1", "PRIORITY_UPDATE is sent by clients, on stream 0, for a stream other than 0"},
	rulePriorityLength:    {frame.FrameSizeError, "RFC 9218 7.1", "PRIORITY_UPDATE has {a} octets, it needs 4"},
	rulePriorityIdle:      {frame.ProtocolError, "RFC 9218 7.1", "PRIORITY_UPDATE for stream {a}, which the server has not promised"},
	ruleConnectBack:       {frame.ProtocolError, "RFC 8441 3", "ENABLE_CONNECT_PROTOCOL goes back from 1 to 0"},
	rulePrioritiesChanged: {frame.ProtocolError, "RFC 9218 2.1", "NO_RFC7540_PRIORITIES changes after the first SETTINGS"},
	rulePushByClient:      {frame.ProtocolError, "RFC 9113 8.4", "a client sends PUSH_PROMISE, only servers may"},
	rulePushByServer:      {frame.ProtocolError, "RFC 9113 6.5.2", "a server sets ENABLE_PUSH to 1, it may only send 0"},
	rulePushDisabled:      {frame.ProtocolError, "RFC 9113 6.5.2", "PUSH_PROMISE although the client's ENABLE_PUSH is 0 and acknowledged"},
	rulePromiseUsed:       {frame.ProtocolError, "RFC 9113 5.1.1", "PUSH_PROMISE promises stream {a}, which is not above {b}, the highest stream of the server so far"},
	ruleTooMany:           {frame.RefusedStream, "RFC 9113 5.1.2", "with stream {stream} the {sender} has {a} open at once, MAX_CONCURRENT_STREAMS allows {b}"},
	ruleAfterGoAway:       {frame.ProtocolError, "RFC 9113 6.8", "the {sender} opens stream {stream} after it received GOAWAY"},
	ruleGoAwayRises:       {frame.ProtocolError, "RFC 9113 6.8", "GOAWAY raises the last stream identifier from {b} to {a}"},
	ruleSelf:              {frame.ProtocolError, "RFC 7540 5.3.1", "stream {stream} depends on itself"},
	ruleUnaskedAck:        {frame.ProtocolError, "RFC 9113 6.5.3", "SETTINGS ACK without a SETTINGS frame that waits for one"},
	ruleBeyond:            {frame.FlowControlError, "RFC 9113 6.9.1", "{type} takes {a} of the connection's window, which has {b}"},
	ruleBeyondStream:      {frame.FlowControlError, "RFC 9113 6.9.1", "{type} takes {a} of the window of stream {stream}, which has {b}"},
	ruleOverflow:          {frame.FlowControlError, "RFC 9113 6.9.1", "an increment of {a} makes the window larger than 2147483647"},
	ruleLost:              {noCode, "", "of {b} octets that the {sender} sent here {a} arrived: from here on the receiver is out of step, what it does is not shown"},
	ruleAltered:           {noCode, "", "octets of the {sender} were changed on the way; shown is what arrived"},
	ruleCut:               {noCode, "RFC 9113 4.1", "the record ends in the middle of {what}: {a} of {b} octets are there"},
}

// problem notes a problem for a row that is no frame, or for none (-1).
func (c *connection) problem(row int, r rule, a, b int64) {
	if row >= 0 {
		c.a.rows.at(row).bits |= bitProblem
	}
	c.a.problems.add(violation{row: int32(row), conn: uint16(c.index), rule: r, a: a, b: b})
}

// transit notes what happened to octets on the way, at the first frame that
// they complete; at no frame when there is none. The rows before were first.
func (c *connection) transit(first, dir int, r rule, a, b int64) {
	v := violation{row: -1, conn: uint16(c.index), rule: r, a: a<<1 | int64(dir), b: b}
	if first < c.a.rows.len() {
		v.row = int32(first)
		c.a.rows.at(first).bits |= bitProblem
	}
	c.a.transits.add(v)
}

// problemsOf lists what is wrong with a row, in the order of the checks.
func (a *Analyser) problemsOf(row int) []violation {
	var out []violation
	if !a.rows.at(row).is(bitProblem) {
		return nil
	}
	for _, l := range []*list[violation]{&a.problems, &a.transits} {
		i := l.search(func(v *violation) bool { return int(v.row) < row })
		for ; i < l.len() && int(l.at(i).row) == row; i++ {
			out = append(out, *l.at(i))
		}
	}
	return out
}

// code is the error code of a problem, noCode for none. It is asked for every
// row that is shown or filtered, so it makes no text.
func (a *Analyser) code(v violation) frame.ErrCode {
	switch v.rule {
	case ruleShape, ruleSetting, ruleNoFrames:
		code, _, _ := a.explainProblem(v)
		return code
	case ruleBlock:
		return frame.CompressionError
	case ruleField:
		return frame.ProtocolError
	}
	return ruleTexts[v.rule].code
}

// explainProblem gives the code, the section and the text of a problem.
func (a *Analyser) explainProblem(v violation) (code frame.ErrCode, ref, text string) {
	c := a.conns[v.conn]
	var r *row
	if v.row >= 0 {
		r = a.rows.at(int(v.row))
	}
	switch v.rule {
	case ruleShape:
		if e, ok := parseError(c.raw(r)).(*frame.Error); ok {
			return e.Code, e.Ref(), e.Reason
		}
	case ruleSetting:
		f, _ := frame.ParseSettings(c.raw(r))
		if e, ok := f.At(int(v.a)).Valid().(*frame.Error); ok {
			return e.Code, e.Ref(), e.Reason
		}
	case ruleBlock:
		return c.blockError(r.dir(), uint32(v.a))
	case ruleNoFrames:
		if d := &c.dirs[r.dir()]; d.garbage[r.seq].to >= 0 {
			return noCode, "RFC 7540 3.2", "the " + endNames[r.dir()] + " speaks HTTP/1.1 until the upgrade to HTTP/2" + c.beginning(r)
		}
	case ruleField:
		return frame.ProtocolError, fieldFaults[v.a].ref, c.fieldFault(r, v)
	}
	t := &ruleTexts[v.rule]
	return t.code, t.ref, c.fill(t.text, r, v)
}

// parseError is what core/frame has against a frame.
func parseError(f frame.Raw) (err error) {
	switch f.Type {
	case frame.Data:
		_, err = frame.ParseData(f)
	case frame.Headers:
		_, err = frame.ParseHeaders(f)
	case frame.Priority:
		_, err = frame.ParsePriority(f)
	case frame.RSTStream:
		_, err = frame.ParseRSTStream(f)
	case frame.Settings:
		_, err = frame.ParseSettings(f)
	case frame.PushPromise:
		_, err = frame.ParsePushPromise(f)
	case frame.Ping:
		_, err = frame.ParsePing(f)
	case frame.GoAway:
		_, err = frame.ParseGoAway(f)
	case frame.WindowUpdate:
		_, err = frame.ParseWindowUpdate(f)
	case frame.Continuation:
		_, err = frame.ParseContinuation(f)
	}
	return err
}

// fill puts a problem's values into its text.
func (c *connection) fill(text string, r *row, v violation) string {
	if !strings.Contains(text, "{") {
		return text
	}
	dir, typ, id := int(v.a&1), "", uint32(0)
	if r != nil {
		dir, typ, id = r.dir(), r.typ().String(), r.id
	}
	n, b := v.a, v.b
	if v.rule == ruleCut {
		b >>= 10
	}
	if v.rule == ruleLost || v.rule == ruleAltered {
		dir, n = int(v.a&1), v.a>>1
	}
	return strings.NewReplacer(
		"{type}", typ, "{stream}", utoa(id), "{sender}", endNames[dir],
		"{a}", strconv.FormatInt(n, 10), "{b}", strconv.FormatInt(b, 10),
		"{state}", stateName(v.a), "{input}", closedBy(v), "{text}", c.beginning(r), "{what}", what(v),
	).Replace(text)
}

func stateName(n int64) string {
	if n < 0 || n >= states {
		return ""
	}
	return stateNames[n]
}

// closedBy says what closed a stream: a is the input, b how it came.
func closedBy(v violation) string {
	if v.rule != ruleClosed {
		return ""
	}
	how := "it sent "
	if v.b == receives {
		how = "it received "
	}
	return how + inputNames[v.a]
}

// beginning quotes the first octets of what is no HTTP/2, when they are text.
func (c *connection) beginning(r *row) string {
	if r == nil || r.kind() != kindGarbage {
		return ""
	}
	d := &c.dirs[r.dir()]
	line, ok := firstLine(d.read(r.off, int(min(d.runLen(r), 80))))
	if !ok {
		return ""
	}
	return ": " + line
}

// firstLine is the first line of text, quoted; ok is false for octets that are none.
func firstLine(b []byte) (line string, ok bool) {
	for i, c := range b {
		if c == '\r' || c == '\n' {
			b = b[:i]
			break
		}
		if c < ' ' || c > '~' {
			return "", false
		}
	}
	return strconv.Quote(string(b)), len(b) > 0
}

func (a *Analyser) problemView(v violation) view.Problem {
	code, ref, text := a.explainProblem(v)
	p := view.Problem{Frame: int(v.row), Conn: a.conns[v.conn].info.ID, Text: text, Ref: ref}
	if code != noCode {
		p.Code = code.String()
	}
	return p
}

func utoa(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
