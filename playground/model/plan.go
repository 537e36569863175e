package model

import (
	"bytes"
	"slices"
	"strconv"
)

// Plan is what is done to a session on purpose: what the network between the
// two ends is like, and single interventions. The same program, seed and plan
// give the same record, which is what makes a fork possible: a session up to
// a frame, and from there on another.
type Plan struct {
	Latency   int64  // nanoseconds each way
	Jitter    int64  // nanoseconds that a piece may take beyond that
	Bandwidth int64  // octets a second, 0: unlimited
	Chunk     int    // octets that arrive at once at most, 0: as they were sent
	Seed      uint64 // of everything that is left to chance, below 2^32
	Steps     []Step
}

// Step is one intervention. Its place is a frame of one direction of one
// connection, or with Heard of the other one, as the sender wrote it: frames that other steps inject are not
// counted, so that a step stays where it is when others come and go.
type Step struct {
	Kind   string // "corrupt", "stall", "half-close", "cut", "drop" or "inject"
	Conn   uint32 // of the record, from 1
	Dir    string // "c2s" or "s2c": of the octets that it is done to
	Frame  int    // the frame of this direction, from 0; -1: its start, where the client's preface stands
	Heard  bool   // inject: Frame is of the other direction (-1: the client's preface), and the octets leave when their sender has received it
	Offset int64  // octet within the frame, its header included; of the direction when Frame is -1
	Mask   byte   // corrupt: what the octet is XORed with, 0: the seed chooses
	For    int64  // stall: nanoseconds, below 0: for ever
	Octets []byte // inject: what follows the frame, as if its sender had sent it

	At   int    // the frame of the record at which it was added, from 0; -1: not known
	Type string // of that frame: "PUSH_PROMISE"
	What string // inject: the octets in words, "RST_STREAM · stream 3"; "": none
	Off  bool   // it is kept, and does nothing
}

// The kinds of steps.
const (
	StepCorrupt   = "corrupt"
	StepStall     = "stall"
	StepHalfClose = "half-close"
	StepCut       = "cut"
	StepDrop      = "drop"
	StepInject    = "inject"
)

var stepKinds = []string{StepCorrupt, StepStall, StepHalfClose, StepCut, StepDrop, StepInject}

// usualPlan is a network with nothing wrong.
func usualPlan() Plan { return Plan{Latency: 5_000_000, Seed: 1} }

// active is the plan as it runs: without the steps that are switched off.
func (p Plan) active() Plan {
	var on []Step
	for _, s := range p.Steps {
		if !s.Off {
			on = append(on, s)
		}
	}
	p.Steps = on
	return p
}

// same says whether two plans do the same to a session.
func (p Plan) same(q Plan) bool {
	a, b := p.active(), q.active()
	return a.Latency == b.Latency && a.Jitter == b.Jitter && a.Bandwidth == b.Bandwidth && a.Chunk == b.Chunk && a.Seed == b.Seed &&
		slices.EqualFunc(a.Steps, b.Steps, Step.same)
}

// same says whether two steps do the same.
func (s Step) same(t Step) bool {
	return s.Kind == t.Kind && s.Conn == t.Conn && s.Dir == t.Dir && s.Frame == t.Frame && s.Heard == t.Heard && s.Offset == t.Offset && s.Mask == t.Mask &&
		s.For == t.For && bytes.Equal(s.Octets, t.Octets)
}

// maxSteps is how many steps a plan may have; each is looked at for each frame.
const maxSteps = 100

// addStep puts a step at the end of the plan of the next run. See hereStep for
// a step at the frame that somebody looks at.
func (m Model) addStep(s Step) (Model, []Effect) {
	if len(m.plan.Steps) >= maxSteps {
		m.notice = notice{text: "The plan has " + strconv.Itoa(maxSteps) + " steps, and can have no more: remove one."}
		return m, nil
	}
	p := m.plan
	p.Steps = append(slices.Clone(p.Steps), s)
	return m.setPlan(p)
}

// hereStep is a step of a kind at the frame that somebody looks at, or at which
// they fork; false: there is none, or what is known of it has not come yet.
func (m Model) hereStep(kind string) (Step, bool) {
	if f := m.plans.fork; f.on {
		s := f.place
		s.Kind = kind
		return s, true
	}
	return m.frameStep(kind)
}
