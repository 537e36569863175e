package export

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect/view"
)

// maxScript is how long a frame script may be (core/script.MaxSource).
const maxScript = 1 << 20

// maxContent is how many octets of DATA are written into a script; longer
// content is replaced by as many other octets.
const maxContent = 256

// scripting writes one side's frames as commands of the peer's.
type scripting struct {
	out
	enc    *hpack.Encoder // codes as the script's peer will
	same   bool           // what it codes is what the record has, so far
	change int            // contents that were replaced

	r         *record
	dir, role string // whose frames, and the role of the peer that the script is for
	conn      uint32 // whose frames are written
	began     bool
}

// script writes the frames of one side of the first connection that has any,
// as a frame script whose peer sends them. What the language has no words for is
// sent as raw octets, so that the octets are those of the record, but for long
// contents.
func (r *record) script(w io.Writer, o Options) *scripting {
	s := &scripting{out: out{w: w}, enc: hpack.NewEncoder(), same: true, r: r, dir: "c2s", role: "server"}
	if o.Server {
		s.dir, s.role = "s2c", "client"
	}
	return s
}

func (s *scripting) wants(row *view.Row) bool {
	return row.Dir == s.dir && (!s.began || row.Conn == s.conn)
}

func (s *scripting) frame(d *view.Detail) error {
	if !s.began {
		s.began, s.conn = true, d.Row.Conn
		s.begin(s.r, s.conn, s.dir, s.role)
	}
	s.row(d)
	if len(s.buf) > maxScript {
		return fmt.Errorf("the frames of connection %d make a script of more than %d octets: choose fewer", s.conn, maxScript)
	}
	return nil
}

func (s *scripting) end() (bool, error) {
	if !s.began {
		return false, fmt.Errorf("%w: no frame goes %s", ErrNothing, map[string]string{"c2s": "from a client", "s2c": "from a server"}[s.dir])
	}
	return false, s.flush(true)
}

func (s *scripting) begin(r *record, conn uint32, dir, role string) {
	who := "client"
	if dir == "s2c" {
		who = "server"
	}
	for _, c := range r.conns {
		if c.ID == conn {
			s.line("# What the %s of %s → %s sent, as the peer of our %s", who, clean(c.Client), clean(c.Server), role)
		}
	}
	s.line("role %s", role)
}

func (s *scripting) line(format string, args ...any) {
	s.buf = append(fmt.Appendf(s.buf, format, args...), '\n')
}

// clean makes a text fit for a comment.
func clean(text string) string {
	q := strconv.QuoteToASCII(text)
	return q[1 : len(q)-1]
}

func (s *scripting) row(d *view.Detail) {
	if d.Row.Kind == "preface" {
		s.line("peer preface")
		return
	}
	if d.Row.Kind != "frame" {
		s.line("# %s", clean(d.Row.Kind+": "+d.Row.Text))
		s.raw(d.Octets)
		return
	}
	f := frame.Raw{Header: frame.ParseHeader(d.Octets), Payload: d.Octets[frame.HeaderLen:]}
	words, octets := s.words(d, f)
	switch {
	case words != "" && bytes.Equal(octets, d.Octets):
		s.line("peer %s", words)
	case f.Type == frame.Data && len(f.Payload) > maxContent:
		s.content(f)
	default:
		s.line("# %s", clean(d.Row.Type+" "+d.Row.Text))
		s.raw(d.Octets)
	}
}

func (s *scripting) raw(b []byte) { s.line("peer raw %s", hex.EncodeToString(b)) }

// content is DATA whose content is too long to write down.
func (s *scripting) content(f frame.Raw) {
	p, err := frame.ParseData(f)
	if err != nil {
		s.raw(append(frame.AppendHeader(nil, f.Header), f.Payload...))
		return
	}
	s.change++
	s.line("# its content was %d other octets", len(p.Data))
	pad := ""
	if p.Padded {
		pad = " padding=" + strconv.Itoa(len(p.Padding))
	}
	s.line("peer DATA stream=%d size=%d%s%s", f.StreamID, len(p.Data), pad, flag(f, frame.FlagEndStream, "END_STREAM"))
}

func flag(f frame.Raw, flag frame.Flags, name string) string {
	if f.Flags.Has(flag) {
		return " " + name
	}
	return ""
}

// words is the command for a frame, and the octets that it makes.
func (s *scripting) words(d *view.Detail, f frame.Raw) (string, []byte) {
	id := f.StreamID
	head := f.Type.String() + " stream=" + strconv.FormatUint(uint64(id), 10)
	switch f.Type {
	case frame.Data:
		p, err := frame.ParseData(f)
		if err != nil || p.Padded || len(p.Data) > maxContent {
			return "", nil
		}
		text := ""
		if len(p.Data) > 0 {
			text = " payload=" + hex.EncodeToString(p.Data)
			if printable(string(p.Data)) {
				text = " " + strconv.QuoteToASCII(string(p.Data))
			}
		}
		return head + text + flag(f, frame.FlagEndStream, "END_STREAM"), frame.AppendData(nil, id, p.Data, f.Flags.Has(frame.FlagEndStream), frame.NoPadding)
	case frame.Headers:
		return s.headers(d, f, head)
	case frame.Continuation:
		return head + ending(f) + " block=" + hexOf(f.Payload), frame.AppendContinuation(nil, id, f.Payload, f.Flags.Has(frame.FlagEndHeaders))
	case frame.PushPromise:
		p, err := frame.ParsePushPromise(f)
		if err != nil || f.Flags.Has(frame.FlagPadded) {
			return "", nil
		}
		s.same = false
		s.comment(d)
		return head + " promised=" + strconv.FormatUint(uint64(p.PromisedID), 10) + ending(f) + " block=" + hexOf(p.Fragment),
			frame.AppendPushPromise(nil, id, p.PromisedID, p.Fragment, f.Flags.Has(frame.FlagEndHeaders), frame.NoPadding)
	}
	return control(f, head)
}

func ending(f frame.Raw) string {
	if f.Flags.Has(frame.FlagEndHeaders) {
		return ""
	}
	return " -END_HEADERS"
}

// hexOf is octets behind a key; none need quotes.
func hexOf(b []byte) string {
	if len(b) == 0 {
		return `""`
	}
	return hex.EncodeToString(b)
}

// control is a frame without a field block or content.
func control(f frame.Raw, head string) (string, []byte) {
	id := f.StreamID
	switch f.Type {
	case frame.Priority:
		if p, err := frame.ParsePriority(f); err == nil {
			return head + priority(p), frame.AppendPriority(nil, id, p)
		}
	case frame.RSTStream:
		if code, err := frame.ParseRSTStream(f); err == nil {
			return head + " code=" + codeWord(code), frame.AppendRSTStream(nil, id, code)
		}
	case frame.Settings:
		if p, err := frame.ParseSettings(f); err == nil && id == 0 {
			words, list := "SETTINGS", []frame.Setting(nil)
			for i := range p.Len() {
				e := p.At(i)
				list = append(list, e)
				name := e.ID.String()
				if !e.ID.Known() {
					name = fmt.Sprintf("0x%x", uint16(e.ID))
				}
				words += fmt.Sprintf(" %s=%d", name, e.Value)
			}
			if f.Flags.Has(frame.FlagAck) {
				return "SETTINGS ACK", frame.AppendSettingsAck(nil)
			}
			return words, frame.AppendSettings(nil, list)
		}
	case frame.Ping:
		if p, err := frame.ParsePing(f); err == nil {
			ack := f.Flags.Has(frame.FlagAck)
			return "PING opaque=" + hex.EncodeToString(p[:]) + flag(f, frame.FlagAck, "ACK"), frame.AppendPing(nil, p, ack)
		}
	case frame.GoAway:
		if p, err := frame.ParseGoAway(f); err == nil && (len(p.Debug) == 0 || printable(string(p.Debug)) && len(p.Debug) <= maxContent) {
			words := fmt.Sprintf("GOAWAY last=%d code=%s", p.LastStreamID, codeWord(p.Code))
			if len(p.Debug) > 0 {
				words += " " + strconv.QuoteToASCII(string(p.Debug))
			}
			return words, frame.AppendGoAway(nil, p.LastStreamID, p.Code, p.Debug)
		}
	case frame.WindowUpdate:
		if n, err := frame.ParseWindowUpdate(f); err == nil {
			return fmt.Sprintf("WINDOW_UPDATE stream=%d increment=%d", id, n), frame.AppendWindowUpdate(nil, id, n)
		}
	case frame.PriorityUpdate:
		if p, err := frame.ParsePriorityUpdate(f); err == nil && printable(string(p.Field)) {
			return fmt.Sprintf("PRIORITY_UPDATE prioritized=%d %s", p.StreamID, strconv.QuoteToASCII(string(p.Field))),
				frame.AppendPriorityUpdate(nil, p.StreamID, p.Field)
		}
	}
	return "", nil
}

func codeWord(c frame.ErrCode) string {
	if c <= frame.HTTP11Required {
		return c.String()
	}
	return strconv.FormatUint(uint64(c), 10)
}

func priority(p frame.PriorityParam) string {
	out := fmt.Sprintf(" dependency=%d weight=%d", p.StreamDep, int(p.Weight)+1)
	if p.Exclusive {
		out += " exclusive"
	}
	return out
}

// headers is a HEADERS frame: with its fields where the script's own coder
// makes the same octets of them, else with the field block.
func (s *scripting) headers(d *view.Detail, f frame.Raw, head string) (string, []byte) {
	p, err := frame.ParseHeaders(f)
	if err != nil || f.Flags.Has(frame.FlagPadded) {
		s.same = false
		return "", nil
	}
	end, whole := f.Flags.Has(frame.FlagEndStream), f.Flags.Has(frame.FlagEndHeaders)
	head += flag(f, frame.FlagEndStream, "END_STREAM")
	var prio *frame.PriorityParam
	if f.Flags.Has(frame.FlagPriority) {
		prio = &p.Priority
		head += priority(*prio)
	}
	octets := frame.AppendHeaders(nil, f.StreamID, p.Fragment, end, whole, prio, frame.NoPadding)
	if fields, ok := fieldsOf(d); ok && whole && s.same {
		if bytes.Equal(s.enc.AppendBlock(nil, fields), p.Fragment) {
			return head + fieldWords(fields), octets
		}
	}
	s.same = false // from here on the two coders' tables may differ
	s.comment(d)
	return head + ending(f) + " block=" + hexOf(p.Fragment), octets
}

// comment shows the fields of a block that is written as octets.
func (s *scripting) comment(d *view.Detail) {
	if fields, kind := section(d); kind != "" {
		for _, x := range fields {
			s.line("#   %s: %s", clean(x.Name), clean(x.Value))
		}
	}
}

// fieldsOf is the whole field section of a frame, if all of it is known.
func fieldsOf(d *view.Detail) (out []hpack.Field, ok bool) {
	if _, kind := section(d); kind != "HEADERS" || d.Block.Error != "" {
		return nil, false
	}
	for _, r := range d.Block.Reps {
		if r.Unknown || r.Kind == "Table size update" {
			return nil, false
		}
		out = append(out, hpack.Field{Name: r.Name, Value: r.Value, Sensitive: strings.Contains(r.Kind, "never")})
	}
	return out, true
}

func fieldWords(fields []hpack.Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(" | ")
		if f.Sensitive {
			b.WriteString("never ")
		}
		b.WriteString(quoted(f.Name, ":") + ": " + quoted(f.Value, ""))
	}
	return b.String()
}

// quoted puts a name or a value in quotes that would not be read as it is, for
// one that has a character of not behind its first one too.
func quoted(s, not string) string {
	if s == "" || !printable(s) || strings.TrimSpace(s) != s || strings.ContainsAny(s, `|"`) || strings.HasPrefix(s, "never ") ||
		not != "" && strings.ContainsAny(s[1:], not+" ") {
		return strconv.QuoteToASCII(s)
	}
	return s
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
