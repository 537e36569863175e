package priority

import "framewise/core/frame"

// Scheme is a way to share a connection between its streams.
type Scheme uint8

// The schemes. Auto is no scheme of its own: it begins with RoundRobin, goes to
// Tree with the first priority of RFC 7540 and to Urgency with the first of
// RFC 9218, and stays there.
const (
	Auto Scheme = iota
	RoundRobin
	Tree
	Urgency
)

var schemeNames = [...]string{"automatic", "round robin", "dependency tree", "urgency"}

// String names the scheme for display.
func (s Scheme) String() string { return schemeNames[s] }

// DefaultKept is how many idle and closed streams are kept when Options does
// not say.
const DefaultKept = 128

// Options are what a scheduler starts with.
type Options struct {
	// Scheme is the one to serve by. A scheme other than Auto is never left by
	// itself; signals of the other schemes are then without effect.
	Scheme Scheme

	// MaxKept is how many streams that are not open may keep their place: idle
	// ones that were prioritised or depended on, and closed ones of the tree.
	// 0 means DefaultKept, less than 0 none.
	MaxKept int
}

// Ref is a handle on an open stream, valid from Open to Close. It is a small
// number, at least 1, and used again after Close, so that an owner may keep
// what belongs to it in a slice. The zero Ref is no stream: calls with it have
// no effect.
type Ref int32

// Scheduler picks who sends next. Its zero value is ready and the same as
// New(Options{}).
type Scheduler struct {
	asked   Scheme
	scheme  Scheme // in force; Auto stands for RoundRobin
	maxKept int

	n    []node // by index: the root, the lines of Urgency, then streams
	free int32  // unused nodes, linked by next
	byID map[uint32]int32

	open int
	kept int
	// The kept nodes, from the one that was named longest ago.
	oldest, newest int32

	ring [urgencies]int32 // whose turn it is; RoundRobin uses the first
	busy uint8            // the urgencies whose ring is not empty, one bit each

	// steps counts the links that updates of the tree have followed or changed:
	// what tests hold against the number of updates.
	steps int
}

// New makes a scheduler.
func New(o Options) *Scheduler {
	return &Scheduler{asked: o.Scheme, scheme: o.Scheme, maxKept: o.MaxKept}
}

// Scheme is the scheme in force, never Auto.
func (s *Scheduler) Scheme() Scheme {
	if s.scheme == Auto {
		return RoundRobin
	}
	return s.scheme
}

// SetScheme goes over to a scheme for good; Auto lets the signals decide from
// now on. Urgency is what a peer's SETTINGS_NO_RFC7540_PRIORITIES of 1 asks for
// (RFC 9218, section 2.1). The streams and what is known of their readiness go
// along; a tree that is left is forgotten. It costs time in proportion to the
// number of streams.
func (s *Scheduler) SetScheme(to Scheme) {
	s.asked = to
	if to != Auto && to != s.Scheme() {
		s.change(to)
	}
}

// Open adds a stream that can send sooner or later. It may be called late, when
// the stream first has something to send; until then the stream counts as one
// that is not open, and what was said of it is kept within MaxKept only. It
// takes the place that it was given before. Else it depends on parent: for a
// pushed stream, which has an even identifier, the client's stream that it came
// with (RFC 7540, section 5.3.5). For the rest parent is 0 and not looked at.
func (s *Scheduler) Open(id, parent uint32) Ref {
	if id&1 == 1 || parent&1 == 0 {
		parent = 0 // so that nobody's parent has a parent: there is no way round
	}
	i := s.find(id)
	switch {
	case i == 0:
		i = s.add(id)
		if s.scheme == Tree {
			s.link(i, s.find(parent), 0)
		}
	case s.n[i].state == stateOpen:
		return Ref(i)
	default:
		s.unkeep(i)
	}
	n := &s.n[i]
	n.state, n.assoc = stateOpen, parent
	s.open++
	return Ref(i)
}

// Close takes a stream out. In the tree it keeps its place for a while, since
// streams to come may depend on it (RFC 7540, section 5.3.4).
func (s *Scheduler) Close(r Ref) {
	i := s.opened(r)
	if i == 0 {
		return
	}
	s.Unready(r)
	s.open--
	if s.scheme != Tree {
		s.drop(i)
		return
	}
	s.n[i].state = stateKept
	s.keep(i)
	s.trim()
}

// Ready says that a stream has something that it may send. Again is no harm.
func (s *Scheduler) Ready(r Ref) {
	i := s.opened(r)
	if i == 0 || s.n[i].ready {
		return
	}
	s.n[i].ready = true
	s.enqueue(i)
}

// Unready says that a stream has nothing to send, or no window. It may be ready
// again later, and loses nothing by it.
func (s *Scheduler) Unready(r Ref) {
	i := s.opened(r)
	if i == 0 || !s.n[i].ready {
		return
	}
	s.n[i].ready = false
	s.dequeue(i)
}

// Next is the stream whose turn it is, among those that are ready; false when
// there is none. It changes nothing: the turn goes on with Sent or Unready.
func (s *Scheduler) Next() (Ref, bool) {
	var i int32
	switch s.scheme {
	case Tree:
		i = s.nextInTree()
	case Urgency:
		i = s.nextUrgent()
	default:
		i = s.ring[0]
	}
	return Ref(i), i != 0
}

// Sent books n octets that a stream sends: the flow-controlled length of DATA.
// 0 counts as 1, so that a turn always ends. Call it before the frame can close
// the stream. The stream need not be the one that Next gave.
func (s *Scheduler) Sent(r Ref, n int) {
	i := s.opened(r)
	if i == 0 {
		return
	}
	switch s.scheme {
	case Tree:
		s.charge(i, n)
	case Urgency:
		s.turnUrgent(i)
	default:
		if s.n[i].ready {
			s.rotate(0, i)
		}
	}
}

// ID is the identifier of an open stream, 0 for any other Ref.
func (s *Scheduler) ID(r Ref) uint32 {
	if i := s.opened(r); i != 0 {
		return s.n[i].id
	}
	return 0
}

// Prioritize takes the priority that a PRIORITY frame, or a HEADERS frame, gives
// to a stream (RFC 7540, sections 5.3.1 to 5.3.3), and goes over to Tree. The
// stream may be idle or closed, and so may the one that it depends on: they take
// places in the tree, within MaxKept. One that nobody has named before has
// default priority, so that who depends on it alone has the share that section
// 5.3.1 asks for, whether it is idle or closed for long.
//
// The error is a *frame.Error: a stream that depends on itself, a stream error
// PROTOCOL_ERROR (section 5.3.1). Outside of Auto and Tree nothing else happens.
func (s *Scheduler) Prioritize(id uint32, p frame.PriorityParam) error {
	if p.StreamDep == id {
		return &frame.Error{Code: frame.ProtocolError, StreamID: id, Section: "RFC 7540 5.3.1",
			Reason: "stream " + utoa(id) + " depends on itself"}
	}
	if id == 0 || !s.use(Tree) {
		return nil
	}
	var parent int32
	if p.StreamDep != 0 {
		parent = s.named(p.StreamDep)
	}
	i := s.named(id)
	s.depend(i, parent, uint32(p.Weight)+1, p.Exclusive)
	s.trim()
	return nil
}

// Assume says which priority an open stream has by RFC 9218 while nobody says
// anything, in place of DefaultParam: it is no signal, and goes over to nothing.
// Call it right after Open. What a PRIORITY_UPDATE has said before stays.
func (s *Scheduler) Assume(r Ref, p Param) {
	i := s.opened(r)
	if i == 0 || s.n[i].updated {
		return
	}
	if s.scheme == Urgency {
		s.setParam(i, p)
		return
	}
	s.n[i].urgency, s.n[i].incremental = min(p.Urgency, urgencies-1), p.Incremental
}

// Prefer takes what the priority field of a request says (RFC 9218, section 5).
// A PRIORITY_UPDATE that came before overrides it (section 7).
func (s *Scheduler) Prefer(r Ref, p Param) {
	i := s.opened(r)
	if i == 0 || !s.use(Urgency) {
		return
	}
	if !s.n[i].updated {
		s.setParam(i, p)
	}
}

// Update takes what a PRIORITY_UPDATE frame says of a stream that is open or
// idle (RFC 9218, section 7.1), or what the server itself has decided for a
// response (section 8: ParseField with Param as the base). For a stream that is
// not open it is kept until it opens, within MaxKept: call it for no closed one.
func (s *Scheduler) Update(id uint32, p Param) {
	if id == 0 || !s.use(Urgency) {
		return
	}
	i := s.named(id)
	s.n[i].updated = true
	s.setParam(i, p)
	s.trim()
}

// Param is what is known of an open stream's priority by RFC 9218.
func (s *Scheduler) Param(r Ref) Param {
	i := s.opened(r)
	if i == 0 {
		return DefaultParam
	}
	return Param{s.n[i].urgency, s.n[i].incremental}
}

// Len is the number of streams that are held: open and kept.
func (s *Scheduler) Len() int { return s.open + s.kept }

// Holds says whether a stream is known that is not open: it was named by a
// priority, or has closed lately.
func (s *Scheduler) Holds(id uint32) bool {
	i := s.find(id)
	return i != 0 && s.n[i].state == stateKept
}

// AppendKept appends the streams that are held and not open, the one that was
// named longest ago first. Those of them that are idle, together with the open
// ones, must not exceed SETTINGS_MAX_CONCURRENT_STREAMS when they come from
// PRIORITY_UPDATE (RFC 9218, section 7.1).
func (s *Scheduler) AppendKept(dst []uint32) []uint32 {
	for i := s.oldest; i != 0; i = s.n[i].newer {
		dst = append(dst, s.n[i].id)
	}
	return dst
}

// Release lets go of all memory when no stream is held.
func (s *Scheduler) Release() {
	if s.Len() == 0 {
		s.n, s.free, s.byID = nil, 0, nil
	}
}

// use says whether signals of a scheme have effect, and goes over to it when
// Auto has not found a newer one yet.
func (s *Scheduler) use(scheme Scheme) bool {
	if s.asked == Auto && s.scheme < scheme {
		s.change(scheme)
	}
	return s.scheme == scheme
}

// change goes over to another scheme. Open streams go along in the order of
// their nodes, which depends on nothing but the calls; what was kept is
// forgotten.
func (s *Scheduler) change(to Scheme) {
	s.grow()
	for s.oldest != 0 {
		i := s.oldest
		s.unkeep(i)
		s.n[i].state = stateFree
	}
	s.scheme = to
	s.ring, s.busy = [urgencies]int32{}, 0
	s.byID = make(map[uint32]int32, s.open)
	s.free = 0
	for i := int32(0); int(i) < len(s.n); i++ {
		s.n[i].forgetPlace()
		switch {
		case i < reserved:
		case s.n[i].state == stateFree:
			s.n[i].next, s.free = s.free, i
		default:
			s.byID[s.n[i].id] = i
		}
	}
	if to == Tree {
		s.plant()
	}
	for i := int32(reserved); int(i) < len(s.n); i++ {
		if s.n[i].ready {
			s.enqueue(i)
		}
	}
	if to != Tree && to != Urgency {
		s.byID = nil
	}
}

// enqueue lets a stream that has become ready take part.
func (s *Scheduler) enqueue(i int32) {
	switch s.scheme {
	case Tree:
		s.activate(i)
	case Urgency:
		s.enqueueUrgent(i)
	default:
		s.join(0, i)
	}
}

// dequeue is the reverse, for a stream that is not ready any more.
func (s *Scheduler) dequeue(i int32) {
	switch s.scheme {
	case Tree:
		s.deactivate(i)
	case Urgency:
		s.dequeueUrgent(i)
	default:
		s.leave(0, i)
	}
}
