package inspect

import (
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// sep stands between the parts of a row's text.
const sep = " · "

// maxText is how much of a value a row shows, in octets.
const maxText = 120

// rowText is what a row says, in a few words.
func (p picked) rowText() string {
	switch p.r.kind() {
	case kindGarbage:
		return p.garbageText()
	case kindPreface:
		return "PRI * HTTP/2.0"
	case kindCut:
		return p.c.a.cutProblem(p).Text
	}
	return p.text()
}

// text is what a frame says, in a few words.
func (p picked) text() string {
	if p.plainData() {
		return p.withFlags(strconv.Itoa(p.r.length()) + " B")
	}
	f := p.c.raw(p.r)
	if err := parseError(f); err != nil {
		if e, ok := err.(*frame.Error); ok {
			return e.Reason
		}
	}
	switch f.Type {
	case frame.Data:
		d, _ := frame.ParseData(f)
		return p.withFlags(strconv.Itoa(len(d.Data)) + " B" + padText(d.Padded, d.Padding))
	case frame.Headers, frame.Continuation:
		return p.withFlags(p.blockText())
	case frame.PushPromise:
		pp, _ := frame.ParsePushPromise(f)
		return utoa(f.StreamID) + " → " + utoa(pp.PromisedID) + sep + p.blockText()
	case frame.Priority:
		pr, _ := frame.ParsePriority(f)
		return priorityText(pr)
	case frame.RSTStream:
		code, _ := frame.ParseRSTStream(f)
		return code.String()
	case frame.Settings:
		return settingsText(f)
	case frame.Ping:
		if f.Flags.Has(frame.FlagAck) {
			return "ACK"
		}
		return hexOf(f.Payload)
	case frame.GoAway:
		g, _ := frame.ParseGoAway(f)
		return goAwayText(g)
	case frame.WindowUpdate:
		n, _ := frame.ParseWindowUpdate(f)
		return "+" + utoa(n)
	}
	return extensionText(f)
}

func padText(padded bool, padding []byte) string {
	if !padded {
		return ""
	}
	return " + " + strconv.Itoa(len(padding)) + " padding"
}

// withFlags adds what a reader wants to know of the flags.
func (p picked) withFlags(s string) string {
	for _, word := range p.flagWords() {
		s = join(s, word)
	}
	return s
}

// flagWords are the flags of DATA and of frames with a field block, in words.
func (p picked) flagWords() []string {
	ends := p.r.typ() != frame.Continuation && p.r.flags.Has(frame.FlagEndStream)
	goesOn := p.r.block != 0 && !p.r.flags.Has(frame.FlagEndHeaders)
	switch {
	case ends && goesOn:
		return bothWords
	case ends:
		return bothWords[:1]
	case goesOn:
		return bothWords[1:]
	}
	return nil
}

var bothWords = []string{"END_STREAM", "goes on"}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + sep + b
}

// blockText is the essence of a field section: of a request the method and the
// path, of a response the status and the type. It stands at the frame that the
// block begins in and, when it goes on in others, at the last one too.
func (p picked) blockText() string {
	if p.r.block == 0 {
		return ""
	}
	b := p.c.dirs[p.r.dir()].blocks.at(int(p.r.block - 1))
	if p.r.typ() == frame.Continuation && int(b.last) != p.i {
		return strconv.Itoa(p.r.length()) + " B of field block"
	}
	d := &p.c.dirs[p.r.dir()]
	octets := p.c.fragments(p.r.dir(), b)
	same := b.bits&blockDone != 0 && !d.table.Partial(b.before)
	if m := &d.said; same && m.before == b.before && m.text != "" && string(m.octets) == string(octets) {
		return m.text
	}
	a := p.c.a
	reps, _, _, err := p.c.explain(p.r.dir(), b, a.reps[:0])
	a.reps = reps
	s := sectionText(reps)
	if err != nil && b.bits&blockDone != 0 {
		return join(s, "HPACK error")
	}
	if same {
		d.said = said{b.before, octets, s}
	}
	return s
}

// said is what the last field block of a direction said that a row was made for:
// the same octets say the same again while the table stays as it is.
type said struct {
	before hpack.Mark
	octets []byte
	text   string
}

func sectionText(reps []hpack.Rep) string {
	var method, path, authority, status, typ, first string
	n := 0
	for i := range reps {
		r := &reps[i]
		if !r.IsField() {
			continue
		}
		if n++; first == "" {
			first = r.Name
		}
		switch r.Name {
		case ":method":
			method = r.Value
		case ":path":
			path = r.Value
		case ":authority":
			authority = r.Value
		case ":status":
			status = r.Value
		case "content-type":
			typ = r.Value
		}
	}
	switch {
	case method == "CONNECT" && path == "":
		return strings.TrimSpace("CONNECT " + short(authority))
	case method != "" || path != "":
		return strings.TrimSpace(short(method) + " " + short(path))
	case status != "":
		if typ != "" {
			media, _, _ := strings.Cut(typ, ";")
			return short(status) + sep + short(media)
		}
		return short(status)
	case n == 0:
		return "no fields"
	case n == 1:
		return short(first)
	}
	return short(first) + " and " + strconv.Itoa(n-1) + " more"
}

// short shows a value on a line.
func short(s string) string {
	if len(s) > maxText {
		return clean(s[:maxText]) + "…"
	}
	return clean(s)
}

func priorityText(p frame.PriorityParam) string {
	s := "depends on " + utoa(p.StreamDep) + sep + "weight " + strconv.Itoa(int(p.Weight)+1)
	if p.Exclusive {
		s += sep + "exclusive"
	}
	return s
}

// maxEntries is how many settings a row names.
const maxEntries = 16

func settingsText(f frame.Raw) string {
	if f.Flags.Has(frame.FlagAck) {
		return "ACK"
	}
	s, _ := frame.ParseSettings(f)
	if s.Len() == 0 {
		return "defaults"
	}
	var parts []string
	for i := range min(s.Len(), maxEntries) {
		e := s.At(i)
		parts = append(parts, e.ID.String()+"="+utoa(e.Value))
	}
	if s.Len() > maxEntries {
		parts = append(parts, strconv.Itoa(s.Len()-maxEntries)+" more")
	}
	return strings.Join(parts, sep)
}

func goAwayText(g frame.GoAwayFrame) string {
	s := g.Code.String() + sep + "last " + utoa(g.LastStreamID)
	if len(g.Debug) > 0 {
		s += sep + `"` + short(string(g.Debug)) + `"`
	}
	return s
}

func extensionText(f frame.Raw) string {
	switch f.Type {
	case frame.AltSvc:
		if o, v, ok := parseAltSvc(f.Payload); ok {
			return strings.TrimSpace(short(string(o)) + " " + short(string(v)))
		}
	case frame.Origin:
		var parts []string
		for _, o := range parseOrigins(f.Payload) {
			parts = append(parts, short(string(o.text)))
		}
		if len(parts) > 0 {
			return short(strings.Join(parts, " "))
		}
	case frame.PriorityUpdate:
		if len(f.Payload) >= 4 {
			return "stream " + utoa(be32(f.Payload)&^(1<<31)) + sep + short(string(f.Payload[4:]))
		}
	}
	return strconv.Itoa(len(f.Payload)) + " B"
}

func (p picked) garbageText() string {
	d := &p.c.dirs[p.r.dir()]
	n := d.runLen(p.r)
	if line, ok := firstLine(d.read(p.r.off, int(min(n, 80)))); ok {
		return line
	}
	return strconv.FormatInt(n, 10) + " octets that are no frames"
}
