package model

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// A record that a program made in the tab holds all that is needed to make it
// again: the program, what ran around it, the seed and the network. Run again
// and compare does that, and has the analyser hold both records against each
// other (docs/replay.md).

// againState is how far that is.
type againState string

const (
	againNone      againState = ""
	againRefused   againState = "refused"   // it can't be done: why says it
	againAsked     againState = "asked"     // the question before a stranger's program
	againGoing     againState = "going"     // it runs
	againComparing againState = "comparing" // both records are read
)

// again is the record that is run again, or was.
type again struct {
	state  againState
	name   string // of the record
	engine string // version of the runtime that made it, "": not known
	cut    string // why the record's end is missing, "": it is whole
	why    string
	orders []string // commands that do it where a page can't
	text   string   // the program that is to run
	own    *RunProgram
	read   bool   // the old record is there to compare with
	err    string // why it is not
}

// RunOver says that the session has ended, and that its record was read to the
// end.
type RunOver struct{ Serial int }

func (RunOver) msg() {}

// The actions of running again.
const (
	ActAgain      Action = "again"       // runs the record's program again and compares
	ActAgainShow  Action = "again-show"  // goes to the first difference
	ActAgainClose Action = "again-close" //
	ActAgainCopy  Action = "again-copy"  // Arg: the command
)

// SettingAround keeps what runs around a program that came with a record.
const SettingAround = "around"

// maxAgain is how many octets a program may have that is run again.
const maxAgain = 1 << 20

func (m Model) againClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActAgain:
		return m.runAgain()
	case ActAgainShow:
		v, ok := m.reproduction()
		if !ok || v.A < 0 && v.B < 0 {
			return m, nil
		}
		m, effects := m.show(ViewCompare)
		r, frame := 1, v.A // the old record is the second one
		if frame < 0 || !m.other.ready {
			r, frame = 0, v.B
		}
		m.pair.tab, m.pair.only = "", false
		m, more := m.selectOf(r, frame)
		return m, append(effects, more...)
	case ActAgainClose:
		m.again = again{}
	case ActAgainCopy:
		return m, []Effect{Copy{Text: c.Arg, What: "the command"}}
	}
	return m, nil
}

// runAgain runs the program of the record that is shown.
func (m Model) runAgain() (Model, []Effect) {
	s := m.summary
	a := again{state: againRefused, name: Shown(m.file.name), engine: s.Engine}
	if !m.file.shown() {
		a.name = "This session"
	}
	p, why := m.mayAgain()
	if why != "" {
		a.why = why
		if s.Frames > 0 && s.Program == "" || !inTab(s) {
			a.orders = m.replayOrders()
			if !m.ownFile() {
				a.why += " Save the record first: the commands read the file."
			}
		}
		m.again = a
		return m, nil
	}
	m.again = again{}
	m.dropAnswers(slotAgain)
	a.state, a.text = againAsked, s.Program
	if m.file.state == FileCut || m.file.state == FileCancelled {
		a.cut = "the file was not read to its end"
	} else if !m.file.shown() && m.run.Message == stopped {
		a.cut = "the session was stopped"
	}
	var effects []Effect
	if m.file.shown() {
		from := s.Title
		if from == "" {
			from = m.file.name
		}
		m, effects = m.takeProgram(s.Program, from)
		m, more := m.setPlan(p)
		m.plans.of = m.program.example // its steps are this program's
		m.again = a
		m, start := m.start(ModeBrowser)
		return m, append(append(effects, more...), start...)
	}
	a.own = &RunProgram{Program: s.Program, Title: s.Title, Note: s.Note, Plan: p, Around: readAround(s.Around), Sealed: m.run.Sealed}
	m.again = a
	return m.start(ModeBrowser)
}

// stopped is what a session says that somebody ended by hand.
const stopped = "stopped"

// inTab says whether all of a record was made in a tab, in virtual time.
func inTab(s view.Summary) bool {
	for _, c := range s.Conns {
		if c.Vantage != "both" {
			return false
		}
	}
	return s.Epoch == ""
}

// mayAgain is the plan of the record that is shown, or why its program can't be
// run again.
func (m Model) mayAgain() (Plan, string) {
	s := m.summary
	switch {
	case m.embed:
		return Plan{}, "Programs are not run in a page within another one."
	case !m.known || s.Frames == 0 && s.Program == "":
		return Plan{}, "There is no record yet."
	case m.record != 0:
		return Plan{}, "This is the second record: go back to the first one, or open this one as a file."
	case m.file.goesOn() || m.file.next != nil:
		return Plan{}, "The file is still being read."
	case m.running():
		return Plan{}, "The session still runs. Wait for its end, or stop it."
	case s.Redacted && s.Program != "":
		return Plan{}, "The record was redacted before it left: its program and what travelled hold placeholders, so no run makes the same octets. Whoever has the original can run that again. Run tries this one."
	case s.Program == "":
		return Plan{}, m.whyNoProgram()
	case !inTab(s):
		return Plan{}, "The program ran in real time, for others outside of the tab: nobody knows what they would say today. One of the two sides can speak once more:"
	case s.Language != "" && s.Language != "js":
		return Plan{}, "The record's program is written in " + Shown(s.Language) + ". The tab runs JavaScript (js) only."
	case len(s.Program) > maxAgain:
		return Plan{}, "The record's program has " + Octets(int64(len(s.Program))) + ". The tab runs programs of up to " + Octets(maxAgain) + " again."
	}
	return readNetwork(s.Network, s.Seed)
}

// whyNoProgram says what a record without a program is.
func (m Model) whyNoProgram() string {
	s := m.summary
	what := "was made outside of a tab"
	via := ""
	for _, c := range s.Conns {
		via += " " + c.Via
	}
	switch {
	case m.file.shown() && m.file.source != "":
		what = "is " + Shown(m.file.source)
	case strings.Contains(via, "tap"):
		what = "was tapped between a client and a server"
	case !m.file.shown() && m.run.Mode == ModeDial || len(s.Conns) > 0 && s.Conns[0].Vantage == "client":
		what = "is of a client and a real server"
	case len(s.Conns) > 0 && s.Conns[0].Vantage == "server":
		what = "is of a server and a real client"
	case inTab(s):
		return "The record holds no program: it was taken out, or never was in it. One of the two sides can speak once more:"
	}
	return "This record " + what + ": there is no program that makes it again. One of the two sides can speak once more, to a live one:"
}

// replayOrders are the commands that let one side of the record speak once more.
func (m Model) replayOrders() []string {
	name := "framewise.h2trace" // what Save calls it
	keys := ""
	if m.ownFile() {
		name = m.file.name
		if m.file.keys.given {
			keys = " --keys " + shellWord(m.file.keys.name)
		}
	}
	c, _ := m.conn()
	if len(m.summary.Conns) > 1 {
		keys += " --connection " + strconv.FormatUint(uint64(c.ID), 10)
	}
	to := c.Server
	if !strings.Contains(to, ":") {
		to = "HOST:PORT"
	}
	return []string{
		"framewise replay " + shellWord(name) + keys + " --to " + shellWord(to),
		"framewise replay --serve " + shellWord(name) + keys + " --listen 127.0.0.1:0",
	}
}

// ownFile says whether the record is a file of the visitor's, which commands can
// read.
func (m Model) ownFile() bool { return m.file.shown() && m.file.link.kind == "" }

// shellWord is a text as one word of a shell.
func shellWord(s string) string {
	s = Shown(s)
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@%+=") == "" && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// readNetwork is the plan that a record's header tells of, or why it can't be
// carried out here.
func readNetwork(text string, seed uint64) (Plan, string) {
	var h struct {
		Latency, Jitter, Bandwidth int64
		Chunk                      int
		Steps                      []struct {
			Kind, Dir   string
			Conn        uint32
			Frame       int64
			Heard       bool
			Offset, For int64
			Mask        byte
			Octets      []byte
		}
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &h); err != nil {
			return Plan{}, "The record's network can't be read: " + Shown(err.Error()) + "."
		}
	}
	if seed > 1<<32-1 {
		return Plan{}, "The record's seed is " + strconv.FormatUint(seed, 10) + ". The tab's runtime takes seeds below 2^32."
	}
	if len(h.Steps) > maxSteps {
		return Plan{}, "The record's plan has " + strconv.Itoa(len(h.Steps)) + " steps. The tab carries out " + strconv.Itoa(maxSteps) + " at most."
	}
	p := Plan{Latency: h.Latency, Jitter: h.Jitter, Bandwidth: h.Bandwidth, Chunk: h.Chunk, Seed: seed}
	for _, s := range h.Steps {
		p.Steps = append(p.Steps, Step{Kind: s.Kind, Conn: s.Conn, Dir: s.Dir, Frame: int(min(s.Frame, 1<<31-1)), Heard: s.Heard,
			Offset: s.Offset, Mask: s.Mask, For: s.For, Octets: s.Octets, At: -1})
	}
	return p, ""
}

// readAround is what a record's header says that ran around its program.
func readAround(text string) (a Around) {
	if text == "" || json.Unmarshal([]byte(text), &a) != nil {
		return Around{}
	}
	a.Why = ""
	return a
}

// same says whether two do the same to a program.
func (a Around) same(b Around) bool {
	return a.Before == b.Before && a.Open == b.Open && a.After == b.After && a.Close == b.Close && maps.Equal(a.Modules, b.Modules)
}

// text is what SettingAround keeps.
func (a Around) text() string {
	if a.same(Around{}) {
		return ""
	}
	b, err := json.Marshal(a)
	if err != nil {
		return ""
	}
	return string(b)
}

// againStarts is what a start means for a record that is to run again: false, it
// is another session.
func (m *Model) againStarts() bool {
	if m.again.state != againAsked || m.again.own == nil && m.again.text != m.program.text {
		m.again = again{}
		return false
	}
	m.again.state = againGoing
	return true
}

// runOver compares the record that was made again with the one before.
func (m Model) runOver(o RunOver) (Model, []Effect) {
	if m.again.state != againGoing || o.Serial != m.run.Serial {
		return m, nil
	}
	m.again.state = againComparing
	return m.compareWith(FromPin)
}

// againRead notes whether the record from before is there to compare with.
func (m *Model) againRead(a OtherArrived) {
	if m.again.state == againComparing && m.other.from == FromPin {
		m.again.read, m.again.err = a.Err == "", a.Err
	}
}

func (m Model) wantAgain() []want {
	if m.again.state != againComparing || !m.again.read {
		return nil
	}
	return []want{{slot: slotAgain, q: Question{Op: "reproduced"}}}
}

// reproduction is the answer.
func (m Model) reproduction() (*view.Reproduction, bool) {
	if m.again.state != againComparing || !m.again.read {
		return nil, false
	}
	return answer[view.Reproduction](m, slotAgain)
}

// AgainView is the line that tells how it went.
type AgainView struct {
	State    string // class: "", "busy", "refused", "same", "part", "differs", "failed"
	Lead     string
	Text     string
	Compared string
	Engine   string
	Orders   []string // commands that can be copied
	Jump     bool     // there is a frame to go to
	Side     bool     // there are frames to see side by side
}

// Again is the line that tells how running again went.
func (m Model) Again() AgainView {
	a := m.again
	v := AgainView{Orders: a.orders}
	switch a.state {
	case againRefused:
		v.State, v.Lead, v.Text = "refused", a.name+" can’t be run again here.", a.why
		return v
	case againGoing:
		v.State, v.Lead = "busy", a.name+" runs again…"
		return v
	case againComparing:
	default:
		return v
	}
	r, ok := m.reproduction()
	switch problem := a.err + m.replies[slotAgain].err; {
	case problem != "":
		v.State, v.Lead, v.Text = "failed", "The two records can’t be compared.", sentence(Shown(problem))
		return v
	case !ok:
		v.State, v.Lead = "busy", "The two records are compared…"
		return v
	}
	v.Side, v.Jump = m.other.ready, r.A >= 0 || r.B >= 0
	v.Compared = comparedText(r)
	switch {
	case r.Same:
		v.State, v.Lead = "same", "Reproduced: "+octetsOf(r.Octets)+", "+framesOf(r.Frames)+", the same."
	case r.Ends:
		v.State, v.Lead = "part", "The same as far as the record goes: "+octetsOf(r.Octets)+", "+framesOf(r.Frames)+"."
		v.Text = "Then the new one goes on. " + Shown(r.Text)
		if a.cut != "" {
			v.Text = "Then the new one goes on: " + a.cut + "."
		}
	default:
		v.State, v.Lead, v.Text = "differs", "Not the same. The first difference: ", Shown(r.Text)
		v.Text = places(r) + v.Text
	}
	v.Engine = m.engines(r.Same)
	return v
}

func octetsOf(n int64) string { return Count(n) + one(n, " octet", " octets") }
func framesOf(n int) string   { return Count(int64(n)) + one(int64(n), " frame", " frames") }

func one(n int64, single, many string) string {
	if n == 1 {
		return single
	}
	return many
}

// places names the frame of a difference; the analyser's text has the rest.
func places(r *view.Reproduction) string {
	switch {
	case r.A >= 0:
		return "frame " + number(r.A+1) + ", "
	case r.B >= 0:
		return "frame " + number(r.B+1) + " of the new record, "
	}
	return ""
}

// comparedText says what was held against each other.
func comparedText(r *view.Reproduction) string {
	return "Compared: " + Plural(r.Conns, "connection") + ", octets, sizes and times of " + Plural(r.Chunks, "piece") + ", " + Plural(r.Causes, "cause") + ", " +
		Plural(r.Console, "line") + " of the console, " + Plural(r.Faults, "fault") + ". Not compared: titles, notes, bookmarks."
}

// engines says whether another version of the runtime may be why.
func (m Model) engines(same bool) string {
	now := m.summary.Engine
	switch {
	case m.again.engine == now:
		return ""
	case m.again.engine == "" && same:
		return ""
	case m.again.engine == "":
		return "The record does not name the version of the runtime that made it; this page’s is " + Shown(now) + "."
	case same:
		return "It was made by another version of the runtime (" + Shown(m.again.engine) + ", this page’s is " + Shown(now) + ")."
	}
	return "The record was made by another version of the runtime (" + Shown(m.again.engine) + ", this page’s is " + Shown(now) + "): that may be why."
}
