package model

import (
	"slices"
	"strconv"
	"strings"
)

// NetEdited is new text in a field of the network's form, NetLeft says that
// somebody is done with it. Fields are those of netFields, and "octet", "mask"
// and "time" of single faults.
type (
	NetEdited struct{ Field, Text string }
	// NetLeft says that somebody is done with a field.
	NetLeft struct{ Field string }
)

func (NetEdited) msg() {}
func (NetLeft) msg()   {}

// The largest numbers that the form takes: ten minutes, 10 GB/s, 1 MiB at once.
const (
	maxTime  = 600_000_000_000
	maxRate  = 10_000_000_000
	maxChunk = 1 << 20
)

// netField is a number of the plan.
type netField struct {
	name, letter string
	label, hint  string
	note         string
	least, most  int64
	read         func(text string) (int64, string)
	show         func(Plan) string
	set          func(*Plan, int64)
}

var netFields = []netField{
	{"latency", "l", "Latency", "5 ms", "each way", 0, maxTime, readTime,
		func(p Plan) string { return duration(p.Latency) }, func(p *Plan, n int64) { p.Latency = n }},
	{"jitter", "j", "Jitter", "0 ms", "up to this much more, never out of order", 0, maxTime, readTime,
		func(p Plan) string { return duration(p.Jitter) }, func(p *Plan, n int64) { p.Jitter = n }},
	{"bandwidth", "b", "Bandwidth", "unlimited", "each way: 1.5 Mbit/s, 64 KiB/s", 0, maxRate, readRate,
		func(p Plan) string { return rate(p.Bandwidth) }, func(p *Plan, n int64) { p.Bandwidth = n }},
	{"chunk", "c", "Pieces", "as sent", "octets that arrive at once, at most", 0, maxChunk, readPieces,
		func(p Plan) string { return pieces(p.Chunk) }, func(p *Plan, n int64) { p.Chunk = int(n) }},
	{"seed", "s", "Seed", "1", "of all that is left to chance", 0, 1<<32 - 1, readSeed,
		func(p Plan) string { return strconv.FormatUint(p.Seed, 10) }, func(p *Plan, n int64) { p.Seed = uint64(n) }},
}

func readTime(text string) (int64, string) {
	return quantity(text, timeUnits, false, maxTime, "5 ms")
}

func readRate(text string) (int64, string) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "unlimited", "0":
		return 0, ""
	}
	return quantity(text, rateUnits, false, maxRate, "1.5 Mbit/s, 64 KiB/s or unlimited")
}

func readPieces(text string) (int64, string) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "as sent", "0":
		return 0, ""
	}
	return quantity(text, sizeUnits, true, maxChunk, "1 B, 1 KiB or as sent")
}

func readSeed(text string) (int64, string) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return 0, "The seed is a whole number from 0 to 4294967295."
	}
	return int64(n), ""
}

// readStall is how long something waits, -1: for ever.
func readStall(text string) (int64, string) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "for ever", "forever", "ever", "∞":
		return -1, ""
	}
	n, wrong := quantity(text, timeUnits, false, maxTime, "1 s or for ever")
	if wrong == "" && n == 0 {
		wrong = "Write how long: 1 s or for ever."
	}
	return n, wrong
}

// readMask is what an octet is XORed with, 0: the seed chooses.
func readMask(text string) (int64, string) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "any") {
		return 0, ""
	}
	n, err := strconv.ParseUint(text, 0, 8)
	if err != nil || n == 0 {
		return 0, "The mask is a number from 0x01 to 0xff, or any: the seed chooses."
	}
	return int64(n), ""
}

// netPreset is a network with a name.
type netPreset struct {
	id, text, note                           string
	latency, jitter, bandwidth, octetsAtOnce int64
}

var netPresets = []netPreset{
	{"usual", "Usual", "What a session has when nobody chose anything.", 5e6, 0, 0, 0},
	{"fast", "Fast", "The same room: nothing waits for the network.", 1e5, 0, 0, 0},
	{"mobile", "Mobile", "A telephone that moves: far, uneven, some bandwidth.", 60e6, 20e6, 200_000, 0},
	{"satellite", "Satellite", "Each round trip is more than half a second.", 300e6, 15e6, 1_250_000, 0},
	{"narrow", "Narrow", "64 kbit/s: who is served first begins to matter.", 5e6, 0, 8000, 0},
	{"octet", "One octet at a time", "A receiver must wait for the rest of everything.", 5e6, 0, 0, 1},
}

func (n netPreset) put(p Plan) Plan {
	p.Latency, p.Jitter, p.Bandwidth, p.Chunk = n.latency, n.jitter, n.bandwidth, int(n.octetsAtOnce)
	return p
}

func (m Model) preset(id string) (Model, []Effect) {
	for _, n := range netPresets {
		if n.id == id {
			m.plans.typed = nil
			return m.setPlan(n.put(m.plan))
		}
	}
	return m, nil
}

// typed is what stands in a field, if it is not what the plan says.
func (m Model) typed(name string) (string, bool) {
	for _, t := range m.plans.typed {
		if t[0] == name {
			return t[1], true
		}
	}
	return "", false
}

func (m *Model) write(name, text string) {
	m.untype(name)
	m.plans.typed = append(m.plans.typed, [2]string{name, text})
	m.plans.turn++
}

func (m *Model) untype(name string) {
	m.plans.typed = slices.DeleteFunc(slices.Clone(m.plans.typed), func(t [2]string) bool { return t[0] == name })
	m.plans.turn++
}

// netMsg takes what is typed. A number that can be read is part of the plan at
// once; what was there before the field was entered can be had back.
func (m Model) netMsg(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case NetEdited:
		_, again := m.typed(msg.Field)
		m.write(msg.Field, msg.Text)
		for _, f := range netFields {
			if f.name != msg.Field {
				continue
			}
			n, wrong := f.read(msg.Text)
			if wrong != "" {
				return m, nil
			}
			p, undo := m.plan, m.plans.undo
			f.set(&p, n)
			m, effects := m.setPlan(p)
			if again && len(undo) > 0 {
				m.plans.undo = undo
			}
			return m, effects
		}
	case NetLeft:
		for _, f := range m.netForm() {
			if f.Name == msg.Field && f.Err == "" {
				m.untype(msg.Field)
			}
		}
	}
	return m, nil
}

// NetFieldView is a field of the form.
type NetFieldView struct {
	Name  string
	ID    string
	Label string
	Value string
	Hint  string
	Note  string
	Err   string // what is wrong with it
}

func (m Model) netForm() (out []NetFieldView) {
	for _, f := range netFields {
		v := NetFieldView{Name: f.name, ID: "net-" + f.name, Label: f.label, Hint: f.hint, Note: f.note, Value: f.show(m.plan)}
		if t, ok := m.typed(f.name); ok {
			v.Value = t
			_, v.Err = f.read(t)
		}
		out = append(out, v)
	}
	return out
}

// badNet goes to the first field that can't be read; false: there is none.
func (m Model) badNet() (Model, []Effect, bool) {
	for _, f := range m.netForm() {
		if f.Err != "" {
			m, effects := m.showSide(SideFaults)
			return m, append(effects, Focus{f.ID}), true
		}
	}
	return m, nil, false
}

// faultKind is a fault as the tab explains it.
type faultKind struct {
	kind, title, button, text, ref string
}

var faultKindList = []faultKind{
	{StepCorrupt, "Corrupt an octet", "Corrupt it", "The octet arrives with other bits. In a frame’s header that is another length, type or stream; within a field block the HPACK decoder fails, which is a connection error COMPRESSION_ERROR.", "RFC 9113 4.3"},
	{StepStall, "Stall", "Stall", "This frame and everything behind it waits, whatever its stream: TCP keeps the order. HTTP/2 has no time limit of its own; who wants to know sends PING.", "RFC 9113 6.7"},
	{StepDrop, "Drop the frame", "Drop", "The frame is taken out, which TCP would never do. A lost field block leaves the two HPACK tables different, a lost WINDOW_UPDATE leaves a sender waiting.", "RFC 9113 6.9"},
	{StepHalfClose, "Half-close before it", "Half-close", "The sender’s direction ends here as by a FIN, without a GOAWAY: the receiver cannot know which of its requests were processed.", "RFC 9113 5.4.3"},
	{StepCut, "Cut the connection", "Cut", "The connection breaks when this frame is sent. Both ends hear of it after the latency, and every open stream ends with an error.", "RFC 9113 5.4.3"},
}

// FaultCard is a fault that can be done to the frame in sight.
type FaultCard struct {
	Kind, Title, Text, Button string
	Ref                       Link
	Fields                    []NetFieldView
	Gone                      bool // a step of another kind is changed; fields keep their places on the page
}

// FaultsView is the tab.
type FaultsView struct {
	Fields  []NetFieldView
	Presets []Tab
	Preset  string // what the chosen one is like
	Run     bool   // the plan is not that of the session in sight
	Running bool
	Via     string // what the record says of the network
	Where   string // the frame that faults are done to, "": none
	None    string // why there is none
	Edit    string // the step that is changed instead, "": none
	Cards   []FaultCard
	Steps   []PlanStep
	Undo    bool
}

// Faults is the tab.
func (m Model) Faults() FaultsView {
	v := FaultsView{Fields: m.netForm(), Running: m.running(), Undo: len(m.plans.undo) > 0, Steps: m.planSteps(),
		Run: !m.plan.same(m.plans.ran)}
	for _, n := range netPresets {
		p := n.put(m.plan)
		on := p.text() == m.plan.text()
		v.Presets = append(v.Presets, Tab{ID: n.id, Text: n.text, On: on})
		if on {
			v.Preset = n.note
		}
	}
	if c, ok := m.conn(); ok && m.noPlan() == "" {
		v.Via = Shown(c.Via)
	}
	at, ok := m.faultPlace()
	v.None = m.noPlan()
	switch {
	case v.None != "":
	case !ok:
		v.None = "Select a frame: a fault is done to it."
	default:
		v.Where = "frame " + number(at.At+1) + " · " + joinWith(" · ", Shown(at.Type), DirArrow(at.Dir))
		if at.At < 0 {
			v.Where = Shown(joinWith(" · ", at.Type, DirArrow(at.Dir)))
		}
	}
	if e := m.plans.edit; e >= 0 && e < len(m.plan.Steps) {
		v.Edit = "Step " + strconv.Itoa(e+1)
	}
	for _, k := range faultKindList {
		c := FaultCard{Kind: k.kind, Title: k.title, Text: k.text, Button: k.button, Ref: RFCLink(k.ref), Fields: m.faultFields(k.kind)}
		if v.Edit != "" {
			if k.kind != m.plan.Steps[m.plans.edit].Kind {
				c.Gone = true
			}
			c.Button = "Change the step"
		}
		v.Cards = append(v.Cards, c)
	}
	return v
}

// faultPlace is where a fault is done: at the step that is changed, the fork, or
// the selected frame.
func (m Model) faultPlace() (Step, bool) {
	if e := m.plans.edit; e >= 0 && e < len(m.plan.Steps) {
		return m.plan.Steps[e], true
	}
	return m.hereStep("")
}

// faultFields are the numbers of a kind of fault.
func (m Model) faultFields(kind string) []NetFieldView {
	field := func(name, label, usual, note string, read func(string) (int64, string)) NetFieldView {
		f := NetFieldView{Name: name, ID: "fault-" + name, Label: label, Value: usual, Hint: usual, Note: note}
		if t, ok := m.typed(name); ok {
			f.Value = t
			_, f.Err = read(t)
		}
		return f
	}
	edited := Step{Mask: 1, For: 1e9, Offset: m.usualOctet()}
	if e := m.plans.edit; e >= 0 && e < len(m.plan.Steps) {
		edited = m.plan.Steps[e]
	}
	switch kind {
	case StepCorrupt:
		mask := "any"
		if edited.Mask != 0 {
			mask = hexByte(edited.Mask)
		}
		return []NetFieldView{
			field("octet", "Octet", strconv.FormatInt(edited.Offset, 10), "from 0, the header is 0 to 8", m.readOctet),
			field("mask", "XOR with", mask, "", readMask)}
	case StepStall:
		t := "for ever"
		if edited.For >= 0 {
			t = duration(edited.For)
		}
		return []NetFieldView{field("time", "For", t, "1 s, or for ever", readStall)}
	}
	return nil
}

// usualOctet is the octet that somebody looks at in the inspector, else the first
// of the payload, or the type of a frame without one.
func (m Model) usualOctet() int64 {
	switch {
	case m.octet.pin.octet >= 0:
		return int64(m.octet.pin.octet)
	case m.octet.focus >= 0:
		return int64(m.octet.focus)
	case m.detailShown >= 0 && m.detail.Row.Length > 0:
		return 9
	}
	return 3
}

// readOctet is an octet of the frame in sight.
func (m Model) readOctet(text string) (int64, string) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 0, 64)
	last := int64(1<<24 + 8)
	if m.plans.edit < 0 && !m.plans.fork.on && m.detailShown == m.selected && m.selected >= 0 {
		last = int64(m.detail.Row.Length) + 8
		if m.detail.Nth < 0 {
			last = 23
		}
	}
	if err != nil || n < 0 || n > last {
		return 0, "The octet is a number from 0 to " + Count(last) + "."
	}
	return n, ""
}

// addFault does a fault to the frame in sight, or changes the step that is edited.
func (m Model) addFault(kind string) (Model, []Effect) {
	at, ok := m.faultPlace()
	if !ok || m.noPlan() != "" || !slices.ContainsFunc(faultKindList, func(k faultKind) bool { return k.kind == kind }) {
		return m, nil
	}
	s := Step{Kind: kind, Conn: at.Conn, Dir: at.Dir, Frame: at.Frame, At: at.At, Type: at.Type, Off: at.Off}
	for _, f := range m.faultFields(kind) {
		if f.Err != "" {
			return m, []Effect{Focus{f.ID}}
		}
		switch f.Name {
		case "octet":
			s.Offset, _ = strconv.ParseInt(strings.TrimSpace(f.Value), 0, 64)
		case "mask":
			n, _ := readMask(f.Value)
			s.Mask = byte(n)
		case "time":
			s.For, _ = readStall(f.Value)
		}
	}
	for _, name := range []string{"octet", "mask", "time"} {
		m.untype(name)
	}
	if e := m.plans.edit; e >= 0 {
		p := m.plan
		p.Steps = slices.Clone(p.Steps)
		p.Steps[e] = s
		m.plans.edit = -1
		return m.setPlan(p)
	}
	return m.addStep(s)
}

// editStep puts a step's values into the form; the same again leaves it.
func (m Model) editStep(n int) Model {
	for _, name := range []string{"octet", "mask", "time"} {
		m.untype(name)
	}
	if m.plans.edit == n {
		m.plans.edit = -1
		return m
	}
	m.plans.edit = n
	return m
}

// FaultsKey is what the tab is drawn from.
type FaultsKey struct {
	turn, detail, shown, selected, version, record int
	octet                                          octets
	run                                            Run
	file, fresh                                    bool
	conn                                           uint32
}

// FaultsKey is the key of the tab's region.
func (m Model) FaultsKey() FaultsKey {
	return FaultsKey{m.plans.turn, m.detailTurn, m.detailShown, m.selected, m.summary.Version, m.record, m.octet, m.run, m.file.shown(), m.fresh, m.viewConn()}
}
