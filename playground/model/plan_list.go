package model

import (
	"slices"
	"strconv"
	"strings"
)

// plans is the state around the plan of the next run.
type plans struct {
	ran   Plan        // of the session that is shown
	done  bool        // ... which a program in this tab made
	undo  []Plan      // what the plan was before each change, newest last
	typed [][2]string // what stands in the fields of the form: name, text; those that are not here hold what the plan says
	edit  int         // the step that is changed, -1: none
	kept  string      // the plan that the browser keeps
	of    string      // the example that the steps are for
	fork  fork
	turn  int // rises with every change here
}

// maxUndo is how many changes of the plan can be taken back.
const maxUndo = 50

// The actions on the plan.
const (
	ActStepOff    Action = "step-off"    // N: step; off, or on again
	ActStepRemove Action = "step-remove" // N: step
	ActStepEdit   Action = "step-edit"   // N: step; its values go into the form, again: leaves it
	ActPlanUndo   Action = "plan-undo"   //
	ActPlanClear  Action = "plan-clear"  // removes all steps
	ActPlanNormal Action = "plan-normal" // no steps, the usual network; runs again
	ActPreset     Action = "preset"      // Arg: of netPresets
	ActFault      Action = "fault"       // Arg: kind of a step, done to the frame in sight
	ActFork       Action = "fork"        // from the selected frame
	ActForkLeave  Action = "fork-leave"  //
)

// planClick does what the actions on the plan say.
func (m Model) planClick(c Click) (Model, []Effect) {
	m.plans.turn++
	p := m.plan
	some := c.N >= 0 && c.N < len(p.Steps)
	switch c.What {
	case ActStepOff:
		if some {
			p.Steps = slices.Clone(p.Steps)
			p.Steps[c.N].Off = !p.Steps[c.N].Off
			return m.setPlan(p)
		}
	case ActStepRemove:
		if some {
			p.Steps = slices.Delete(slices.Clone(p.Steps), c.N, c.N+1)
			m.plans.edit = -1
			m, effects := m.setPlan(p)
			m.notice = notice{text: "The step is removed.", label: "Undo", do: Click{What: ActPlanUndo}}
			return m, effects
		}
	case ActStepEdit:
		if some {
			return m.editStep(c.N), nil
		}
	case ActPlanUndo:
		return m.undoPlan()
	case ActPlanClear:
		p.Steps = nil
		m.plans.edit = -1
		return m.setPlan(p)
	case ActPlanNormal:
		return m.normalPlan()
	case ActPreset:
		return m.preset(c.Arg)
	case ActFault:
		return m.addFault(c.Arg)
	case ActFork:
		return m.startFork()
	case ActForkLeave:
		m.plans.fork = fork{}
	}
	return m, nil
}

// setPlan puts another plan in the place of the one for the next run; it can be
// taken back.
func (m Model) setPlan(p Plan) (Model, []Effect) {
	if p.text() == m.plan.text() {
		return m, nil
	}
	undo := m.plans.undo
	if n := len(undo); n >= maxUndo {
		undo = undo[n-maxUndo+1:]
	}
	m.plans.undo = append(slices.Clone(undo), m.plan)
	m.plan = p
	return m.planChanged()
}

func (m Model) planChanged() (Model, []Effect) {
	m.plans.of = m.program.example
	m.plans.turn++
	if m.plans.edit >= len(m.plan.Steps) {
		m.plans.edit = -1
	}
	return m, []Effect{SetURL{m.Fragment()}, m.savePlan()}
}

func (m Model) undoPlan() (Model, []Effect) {
	n := len(m.plans.undo)
	if n == 0 {
		return m, nil
	}
	m.plan, m.plans.undo = m.plans.undo[n-1], m.plans.undo[:n-1]
	m.plans.typed, m.notice = nil, notice{}
	return m.planChanged()
}

// normalPlan goes back to a network with nothing wrong, and runs.
func (m Model) normalPlan() (Model, []Effect) {
	m.plans.typed, m.plans.edit, m.plans.fork = nil, -1, fork{}
	m, effects := m.setPlan(usualPlan())
	m.mode = ModeBrowser
	m, more := m.start(ModeBrowser)
	return m, append(effects, more...)
}

// launch is what a new run in the tab means for the plan: steps were for a program
// that may be another one now.
func (m Model) launch() (Model, []Effect) {
	var effects []Effect
	if m.plans.of != m.program.example {
		m.plans.fork = fork{}
		if len(m.plan.Steps) > 0 {
			p := m.plan
			p.Steps = nil
			m, effects = m.setPlan(p)
			m.notice = notice{text: "The steps of the plan were for another program, and are left out.", label: "Undo", do: Click{What: ActPlanUndo}}
		}
	}
	m.plans.of = m.program.example
	m.plans.ran, m.plans.done = m.plan.active(), true
	m.plans.turn++
	if f := &m.plans.fork; f.on {
		f.ran = true
		if m.pair.fork < 0 {
			m.pair.fork = f.frame
		}
	}
	return m, effects
}

// PlanStep is a step of the plan in words.
type PlanStep struct {
	Text   string // "after frame 7 (server → client, PUSH_PROMISE): drop the frame"
	On     bool
	Frame  int // of the record that the step was made at, -1: none
	Edit   bool
	Can    bool   // it can be changed here
	State  string // what became of it in the session that is shown, "": it was not part of that
	Failed bool   // it did nothing
}

// words says what a step does, and where.
func (s Step) words() string {
	where := "frame " + strconv.Itoa(s.Frame+1) + " of this direction"
	if s.At >= 0 {
		where = "frame " + number(s.At+1)
	}
	if s.Conn > 1 {
		where += ", connection " + strconv.Itoa(int(s.Conn))
	}
	dir, other, who := s.Dir, "s2c", "client"
	if s.Dir == "s2c" {
		other, who = "c2s", "server"
	}
	if s.Heard {
		dir = other
	}
	where += " (" + joinWith(", ", DirArrow(dir), Shown(s.Type)) + ")"
	if s.Frame < 0 && s.At < 0 {
		where = "the start (" + DirArrow(dir) + ")"
	}
	octet := "octet " + Count(s.Offset)
	switch s.Kind {
	case StepCorrupt:
		mask := "a mask that the seed chooses"
		if s.Mask != 0 {
			mask = hexByte(s.Mask)
		}
		return "in " + where + ": corrupt " + octet + ", XOR " + mask
	case StepStall:
		if s.For < 0 {
			return "at " + where + ": stall for ever, from " + octet
		}
		return "at " + where + ": stall for " + duration(s.For) + ", from " + octet
	case StepHalfClose:
		return "before " + where + ": half-close"
	case StepCut:
		return "at " + where + ": cut the connection"
	case StepDrop:
		return "at " + where + ": drop the frame"
	}
	what := Shown(s.What)
	if what == "" {
		what = Plural(len(s.Octets), "octet")
	}
	if s.Heard {
		return "when the " + who + " has received " + where + ": inject " + what
	}
	return "after " + where + ": inject " + what
}

func joinWith(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

func hexByte(b byte) string {
	const d = "0123456789abcdef"
	return "0x" + string([]byte{d[b>>4], d[b&15]})
}

// planSteps are the steps of the plan in words.
func (m Model) planSteps() []PlanStep {
	var out []PlanStep
	for i, s := range m.plan.Steps {
		v := PlanStep{Text: s.words(), On: !s.Off, Frame: s.At, Edit: m.plans.edit == i, Can: s.Kind == StepCorrupt || s.Kind == StepStall}
		if !s.Off {
			v.State, v.Failed = m.became(s)
		}
		out = append(out, v)
	}
	return out
}

// became is what the record says of a step.
func (m Model) became(s Step) (string, bool) {
	n := slices.IndexFunc(m.plans.ran.Steps, s.same) + 1
	if n == 0 || !m.plans.done || !m.fresh || m.running() {
		return "", false
	}
	lead := "step " + strconv.Itoa(n) + " of the plan ("
	for _, k := range m.summary.Marks {
		if k.Kind == "note" && strings.HasPrefix(k.Text, lead) {
			_, why, _ := strings.Cut(k.Text, ") did nothing: ")
			return "did nothing: " + Shown(why), true
		}
	}
	return "done", false
}

// disturbance says in a few words what a plan does: "2 steps, 20 ms latency".
func (p Plan) disturbance() string {
	usual := usualPlan()
	var parts []string
	if n := len(p.active().Steps); n > 0 {
		parts = append(parts, Plural(n, "step"))
	}
	if p.Latency != usual.Latency {
		parts = append(parts, duration(p.Latency)+" latency")
	}
	if p.Jitter > 0 {
		parts = append(parts, duration(p.Jitter)+" jitter")
	}
	if p.Bandwidth > 0 {
		parts = append(parts, rate(p.Bandwidth))
	}
	if p.Chunk > 0 {
		parts = append(parts, "pieces of "+pieces(p.Chunk))
	}
	if len(parts) == 0 && p.Seed != usual.Seed {
		parts = append(parts, "seed "+strconv.FormatUint(p.Seed, 10))
	}
	return strings.Join(parts, ", ")
}

// BannerView says that the session is not as the program alone makes it.
type BannerView struct {
	Fork    string // "": no fork; else the frame
	Warn    string // that a fork differs before its frame
	Text    string // what is done to the session, "": nothing
	Run     bool   // the plan is not that of the session that is shown
	Normal  bool   // there is a way back to normal
	Missed  string // how many steps did nothing
	WarnAt  int    // the frame of Warn, -1: none
	Compare bool   // the sessions stand side by side in Compare
}

// Banner is the line above the columns while a plan is in force or a fork is
// prepared. Without texts there is none.
func (m Model) Banner() BannerView {
	v := BannerView{WarnAt: -1}
	if m.mode != ModeBrowser || m.embed || m.run.Mode != ModeBrowser || m.file.shown() {
		return v
	}
	if f := m.plans.fork; f.on {
		v.Fork = f.text
		v.Warn, v.WarnAt = m.forkWarning()
		v.Compare = f.ran && m.other.ready
	}
	is, was := m.plan.disturbance(), m.plans.ran.disturbance()
	v.Run = m.plans.done && !m.plan.same(m.plans.ran)
	v.Normal = is != "" || was != ""
	switch {
	case !v.Run && is != "":
		v.Text = "This session is disturbed: " + is + "."
	case v.Run && is == "":
		v.Text = "This session is disturbed: " + was + ". The next one will not be."
	case v.Run && was == "":
		v.Text = "The next run is disturbed: " + is + "."
	case v.Run:
		v.Text = "This session is disturbed: " + was + ". The next one: " + is + "."
	}
	if n := m.missed(); n > 0 && !v.Run {
		v.Missed = Plural(n, "step") + " did nothing"
	}
	return v
}

func (m Model) missed() (n int) {
	for _, s := range m.planSteps() {
		if s.Failed {
			n++
		}
	}
	return n
}
