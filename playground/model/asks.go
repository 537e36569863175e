package model

import "framewise/core/inspect/view"

// Question is what a view asks the analyser. Its fields are those of the
// requests of core/inspect/ask; those that an Op does not know are left out.
type Question struct {
	Op           string
	Record       int // 0: the record that is shown, 1: the one it is compared with
	Conn         uint32
	Stream       uint32
	Dir          string
	Frame        int // -1: the end of the record
	From, N      int
	Buckets      int
	Since, Until int64 // nanoseconds; Until 0: the end
	Filter       string
	Sort         string
	Desc         bool
	Collapse     bool
	Open         string // of "position": runs that are open, as frames with commas between
	Text         string // of "compose" and "try"
	What         string // of "aligned": "differ", or all
}

// Query asks the analyser a question; Answered answers it.
type Query struct {
	ID int
	Question
}

// Answered is the answer to a Query: a value of core/inspect/view by Question.Op
// (view.Flow to "flow", …), or Err.
type Answered struct {
	ID    int
	Value any
	Err   string
	At    int // the character of the question's text that Err is about, -1: none
}

func (Query) effect() {}
func (Answered) msg() {}

// slot is a place for the newest answer to one kind of question. A view that
// asks twice at a time (for both directions) has two.
type slot int

const (
	slotLanes slot = iota
	slotStalls
	slotLaneAt        // where the selected frame's stream is among them
	slotStallsNow     // those that go on at the instant
	slotFlow          // server → client: of the stream,
	slotFlowConn      // of the connection,
	slotFlowUp        // client → server: of the stream,
	slotFlowConnUp    // of the connection,
	slotFlowNow       // and each at the instant
	slotFlowConnNow   //
	slotFlowUpNow     //
	slotFlowConnUpNow //
	slotFlowStreams   // to choose from
	slotPriority
	slotHPACK
	slotPredict
	slotBlock // the detail of the last frame of the block that is predicted
	slotConnection
	slotTry      // what stands in the composer
	slotReaction // what came of what was sent
	slotCompare
	slotAligned
	slotExport
	slotPosition // of the selected frame in the list
	slotBits     // of a representation
	slotAgain    // the record beside the one that was made again
	slots
)

// want is a question whose answer belongs in a slot.
type want struct {
	slot slot
	q    Question
	// again says that an answer is only a part and the same question brings
	// more; nil: answers are whole.
	again func(any) bool
}

// reply is what a slot holds.
type reply struct {
	id      int      // the query that is awaited, 0: none
	asked   Question // what is awaited, or was answered last
	version int      // of the record when that was asked
	value   any      // the last answer, nil: none
	of      Question // what value answers
	err     string   // why the last question was not answered
	errAt   int
	turn    int // rises with every answer
}

// ask asks what the page needs and does not know. One question a slot at
// a time: dragging the scrubber makes hundreds, and only the last counts.
func (m Model) ask() (Model, []Effect) {
	if !m.known {
		return m, nil
	}
	var effects []Effect
	for _, w := range m.wants() {
		w.q = m.whose(w.q)
		r := &m.replies[w.slot]
		whole := r.err != "" || w.again == nil || r.value == nil || !w.again(r.value)
		if r.id != 0 || r.asked == w.q && r.version >= m.summary.Version && whole {
			continue
		}
		m.serial++
		r.id, r.asked, r.version = m.serial, w.q, m.summary.Version
		effects = append(effects, Query{m.serial, w.q})
	}
	return m, effects
}

// answered keeps an answer, unless nobody waits for it any more. What is wanted
// by now is asked by Update.
func (m Model) answered(a Answered) Model {
	for i := range m.replies {
		r := &m.replies[i]
		if r.id != a.ID || a.ID == 0 {
			continue
		}
		r.id = 0
		r.turn++
		r.err, r.errAt = a.Err, a.At
		if a.Err == "" {
			r.value, r.of = a.Value, r.asked
		}
	}
	return m
}

// Busy says that an answer is awaited that the view is drawn from.
func (m Model) Busy() bool {
	for _, w := range m.wants() {
		if m.replies[w.slot].id != 0 {
			return true
		}
	}
	return false
}

// forget drops what is awaited: another record has begun, or the analyser is
// gone. Answers that are shown stay until newer ones come.
func (m *Model) forget() {
	for i := range m.replies {
		m.replies[i].id, m.replies[i].version = 0, -1
	}
	m.sheets.game.forget()
}

// answer is the newest answer in a slot; T is a value of core/inspect/view.
func answer[T any](m Model, s slot) (*T, bool) {
	v, ok := m.replies[s].value.(*T)
	return v, ok
}

// turns are a key for a region that shows answers: it changes with each.
func (m Model) turns(all ...slot) (key [4]int) {
	for i, s := range all {
		key[i] = m.replies[s].turn
	}
	return key
}

// The answers that Answered.Value holds, by Question.Op. Package bridge reads
// JSON into them.
var answerKinds = map[string]func() any{
	"lanes":      func() any { return new(view.Lanes) },
	"stalls":     func() any { return new(view.Stalls) },
	"flow":       func() any { return new(view.Flow) },
	"priority":   func() any { return new(view.Priority) },
	"hpack":      func() any { return new(view.HPACK) },
	"predict":    func() any { return new(view.Prediction) },
	"detail":     func() any { return new(view.Detail) },
	"connection": func() any { return new(view.Connection) },
	"aligned":    func() any { return new(view.Aligned) },
	"compare":    func() any { return new(view.Comparison) },
	"try":        func() any { return new(view.Trial) },
	"reaction":   func() any { return new(view.Reaction) },
	"position":   func() any { return new(view.Position) },
	"bits":       func() any { return new(view.Bits) },
	"reproduced": func() any { return new(view.Reproduction) },
}

// NewAnswer is a place for the answer to an Op, to be read into: a pointer to
// a value of core/inspect/view. Answered.Value is such a pointer. nil: there is
// no such Op.
func NewAnswer(op string) any {
	if f, ok := answerKinds[op]; ok {
		return f()
	}
	return nil
}
