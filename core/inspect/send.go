package inspect

import "framewise/core/frame"

// sending is a frame while it acts on its sender.
type sending struct {
	c    *connection
	d    *direction
	dir  int // and the sending end
	row  uint32
	f    frame.Raw
	slot uint32
	seq  uint32
	bits uint8 // to be set in the row
	said int   // problems noted
}

// send takes in a frame that the end dir sent.
func (c *connection) send(dir int, off int64, f frame.Raw) {
	d, e := &c.dirs[dir], &c.ends[dir]
	e.events++
	e.sent++
	s := sending{c: c, d: d, dir: dir, row: uint32(c.a.rows.len()), f: f, seq: uint32(d.rows.len()) + 1}
	r := makeRow(c, dir, kindFrame, off)
	r.id, r.flags, r.size = f.StreamID, f.Flags, f.Length|uint32(f.Type)<<24
	r.seq, r.sent = s.seq, e.events
	c.a.counts[f.Type]++
	c.a.rows.add(r)
	d.rows.add(s.row)
	raise(&d.largest, s.seq, int64(f.Length))

	s.always()
	block := s.act()
	p := c.a.rows.at(int(s.row))
	p.slot, p.block = s.slot, block
	p.bits |= s.bits
	if s.slot != 0 {
		c.stream(s.slot).last = s.row
	}
}

// maxSaid is how many problems of one frame are noted: a field block can hold
// thousands of bad field lines, which say no more than the first few.
const maxSaid = 8

// problem notes that the frame breaks a rule; breaks says that it is without
// effect then.
func (s *sending) problem(r rule, a, b int64) {
	s.bits |= bitProblem
	if s.said++; s.said > maxSaid {
		return
	}
	s.c.a.problems.add(violation{row: int32(s.row), conn: uint16(s.c.index), rule: r, a: a, b: b})
}

func (s *sending) breaks(r rule, a, b int64) {
	s.bits |= bitIgnored
	s.problem(r, a, b)
}

// always checks what holds for frames of every type.
func (s *sending) always() {
	c, f := s.c, s.f
	if s.seq == 1 && s.dir == server && f.Type != frame.Settings && c.dirs[client].total == 0 {
		c.late() // no server begins like that, and the client did not yet speak
	}
	if s.seq == 1 && !c.midway && f.Type != frame.Settings {
		s.problem(ruleFirst, 0, 0)
	}
	if s.seq == 1 && c.midway && c.dirs[1-s.dir].rows.len() == 0 {
		s.problem(ruleMidway, 0, 0)
	}
	if limit := c.maxFrame(s.dir); f.Length > limit {
		s.breaks(ruleTooLong, int64(f.Length), int64(limit))
	}
	if o := &s.d.open; o.block != 0 && (f.Type != frame.Continuation || f.StreamID != o.id) {
		s.breaks(ruleInterleaved, int64(o.id), 0)
		s.abandon()
	}
}

// act does what the type of the frame asks for. It returns the number of the
// field block that the frame belongs to.
func (s *sending) act() (block uint32) {
	switch s.f.Type {
	case frame.Data:
		s.data()
	case frame.Headers:
		return s.headers()
	case frame.Priority:
		s.priority()
	case frame.RSTStream:
		s.reset()
	case frame.Settings:
		s.settings()
	case frame.PushPromise:
		return s.push()
	case frame.Ping:
		s.ping()
	case frame.GoAway:
		s.goAway()
	case frame.WindowUpdate:
		s.windowUpdate()
	case frame.Continuation:
		return s.continuation()
	case frame.PriorityUpdate:
		s.priorityUpdate()
	}
	return 0
}

func (s *sending) ping() {
	data, err := frame.ParsePing(s.f)
	if !s.shape(err) {
		return
	}
	if s.f.Flags.Has(frame.FlagAck) {
		s.d.pingAcks.add(pingAt{s.seq, data})
	} else {
		s.d.pings.add(pingAt{s.seq, data})
	}
}

// shape notes an error that the frame alone holds, and says whether it is sound.
func (s *sending) shape(err error) bool {
	if err != nil {
		s.breaks(ruleShape, 0, 0)
	}
	return err == nil && s.bits&bitIgnored == 0
}

// harmless says whether what is wrong with a frame is a matter of its stream
// alone, and that one is closed for the sender: then it is for the receiver, too,
// who drops the frame (RFC 9113, section 5.1). PRIORITY alone belongs on a stream
// that both sides have ended: one that is wrong is a stream error there.
func (s *sending) harmless(err error) bool {
	e, ok := err.(*frame.Error)
	return ok && e.StreamID != 0 && s.onClosed() && !(s.f.Type == frame.Priority && s.endedByBoth())
}

// endedByBoth says whether the frame's stream was closed by END_STREAM, as its
// sender knows it.
func (s *sending) endedByBoth() bool {
	if s.slot == 0 || s.c.stream(s.slot).state[s.dir] != closed {
		return false
	}
	return s.c.ends[s.dir].steps.at(int(s.c.stream(s.slot).steps[s.dir]-1)).in == inEndStream
}

// onClosed finds the frame's stream and says whether its sender knows it as
// closed, be it that it was left out (RFC 9113, section 5.1.1), or that the
// sender's own GOAWAY gave it up (section 6.8).
func (s *sending) onClosed() bool {
	s.slot = s.c.slotOf(s.f.StreamID)
	if s.slot == 0 {
		return s.skipped() && !s.c.midway
	}
	g := s.d.goaways
	return s.c.stream(s.slot).state[s.dir] == closed ||
		len(g) > 0 && s.f.StreamID > g[len(g)-1].last && initiator(s.f.StreamID) != s.dir
}

// skipped says of a stream that was never used whether one with a higher
// identifier was.
func (s *sending) skipped() bool {
	id := s.f.StreamID
	return id <= s.c.dirs[initiator(id)].opened
}

// onStream finds the frame's stream and says whether its sender may send this
// on it. A record that begins late knows of no stream that was opened before.
func (s *sending) onStream(in uint8) bool {
	c, id := s.c, s.f.StreamID
	s.slot = c.slotOf(id)
	if s.slot == 0 {
		if in == inPriority {
			return true
		}
		if s.adopt(id, in) {
			return true
		}
		if in == inHeaders && s.dir == client && initiator(id) == server {
			s.breaks(ruleParity, 0, 0)
		} else if s.skipped() {
			if in == inReset || in == inUpdate {
				return false // as on any other closed stream
			}
			s.breaks(ruleSkipped, int64(c.dirs[initiator(id)].opened), 0)
		} else {
			s.breaks(ruleIdle, 0, 0)
		}
		return false
	}
	if st := c.stream(s.slot); st.adopted && st.state[s.dir] == idle {
		c.move(s.dir, s.slot, sends, inBefore, s.row)
	}
	if c.allowed(s.dir, s.slot, sends, in) {
		return true
	}
	return s.illegal(in)
}

// adopt makes a stream that was in use before the record shows it: the one that
// an upgrade from HTTP/1.1 leaves (RFC 7540, section 3.2), or any when the
// record begins late.
func (s *sending) adopt(id uint32, in uint8) bool {
	c := s.c
	upgraded := id == 1 && len(c.dirs[client].garbage) > 0 && (s.dir == server || in == inReset || in == inUpdate)
	if !upgraded && !c.midway || id == 0 {
		return false
	}
	s.slot = c.newStream(id, s.row)
	st := c.stream(s.slot)
	st.adopted = !upgraded
	st.bodyless = st.adopted // it may be the response to HEAD
	d := &c.dirs[initiator(id)]
	d.opened = max(d.opened, id)
	if !upgraded {
		c.move(s.dir, s.slot, sends, inBefore, s.row) // its peer's side shows with the first frame there
		return c.allowed(s.dir, s.slot, sends, in)
	}
	for e := range c.ends {
		c.move(e, s.slot, uint8(e), inUpgrade, s.row)
	}
	return c.allowed(s.dir, s.slot, sends, in)
}

// illegal tells what is wrong with a frame in the sender's state.
func (s *sending) illegal(in uint8) bool {
	st := s.c.stream(s.slot)
	state := st.state[s.dir]
	switch state {
	case idle:
		s.breaks(ruleIdle, 0, 0)
	case reservedLocal, reservedRemote:
		s.breaks(ruleReserved, int64(state), 0)
	case halfClosedLocal:
		s.breaks(ruleEnded, 0, 0)
	default:
		last := s.c.ends[s.dir].steps.at(int(st.steps[s.dir] - 1))
		if last.how == receives && last.in == inReset && !s.c.exact(s.dir) {
			return false // it was under way when its sender learned of the reset
		}
		s.breaks(ruleClosed, int64(last.in), int64(last.how))
	}
	return false
}

func (s *sending) data() {
	d, err := frame.ParseData(s.f)
	if !s.shape(err) {
		return
	}
	legal := s.onStream(inData)
	n := int64(d.FlowLen())
	var conn, own int64
	if n > 0 {
		conn, own = s.checkWindow(n)
		addTo(&s.d.data, s.seq, n)
		if s.slot != 0 {
			p := &s.c.stream(s.slot).points[s.dir][sumData]
			*p = addPoint(&s.c.points, *p, s.seq, n)
		}
	}
	if legal && s.slot != 0 {
		s.content(int64(len(d.Data)))
		s.end()
	}
	if n > 0 {
		s.usedUp(n, conn, own)
	}
}

// content holds DATA against the content-length of its message.
func (s *sending) content(n int64) {
	st := s.c.stream(s.slot)
	if st.headers[s.dir] == 0 && !st.adopted && s.dir == server {
		s.problem(ruleBefore, 0, 0)
	}
	left := &st.left[s.dir]
	if *left == noLength {
		return
	}
	if *left -= n; *left < 0 {
		s.problem(ruleLonger, -*left, 0)
		*left = noLength
	}
	if s.f.Flags.Has(frame.FlagEndStream) {
		s.short()
	}
}

// short: a message ends before its content-length is reached.
func (s *sending) short() {
	if left := s.c.stream(s.slot).left[s.dir]; left > 0 {
		s.problem(ruleShorter, left, 0)
	}
}

// checkWindow: a sender must not send more than the windows that it knows of
// (RFC 9113, section 6.9.1). It returns what the connection and the stream had.
func (s *sending) checkWindow(n int64) (conn, own int64) {
	c := s.c
	conn = c.sendWindow(s.dir, 0, s.seq-1, c.ends[s.dir].recvd)
	if n > conn && !c.midway {
		s.problem(ruleBeyond, n, conn)
	}
	if s.slot == 0 {
		return conn, 0
	}
	own = c.sendWindow(s.dir, s.slot, s.seq-1, c.ends[s.dir].recvd)
	w := own
	if n > w && !c.exact(s.dir) { // the smaller window may be unknown to the sender
		known, acked := c.known(s.dir), s.d.acks.len()
		w += max(0, int64(c.setting(1-s.dir, acked, frame.InitialWindowSize))-int64(c.setting(1-s.dir, known, frame.InitialWindowSize)))
	}
	if n > w && !c.midway {
		s.problem(ruleBeyondStream, n, w)
	}
	return conn, own
}

// end handles END_STREAM.
func (s *sending) end() {
	if s.f.Flags.Has(frame.FlagEndStream) && s.slot != 0 {
		s.c.move(s.dir, s.slot, sends, inEndStream, s.row)
	}
}

func (s *sending) priority() {
	p, err := frame.ParsePriority(s.f)
	if s.harmless(err) || !s.shape(err) {
		return
	}
	s.onStream(inPriority)
	if p.StreamDep != s.f.StreamID || !s.onClosed() || s.endedByBoth() {
		s.checkPriority(p)
	}
}

func (s *sending) checkPriority(p frame.PriorityParam) {
	if s.dir == client {
		s.c.prios.add(prioAt{seq: s.seq, id: s.f.StreamID, dep: p.StreamDep, weight: p.Weight, exclusive: p.Exclusive})
	}
	if p.StreamDep == s.f.StreamID {
		s.problem(ruleSelf, 0, 0)
	}
}

func (s *sending) priorityUpdate() {
	switch {
	case len(s.f.Payload) < 4:
		s.breaks(rulePriorityLength, int64(len(s.f.Payload)), 0)
	case s.dir == server || s.f.StreamID != 0 || be32(s.f.Payload)&^(1<<31) == 0:
		s.breaks(rulePriorityUpdate, 0, 0)
	default:
		s.c.updates.add(s.row)
		if id := be32(s.f.Payload) &^ (1 << 31); initiator(id) == server && id > s.c.dirs[server].opened && !s.c.midway {
			s.problem(rulePriorityIdle, int64(id), 0)
		}
	}
}

func (s *sending) reset() {
	_, err := frame.ParseRSTStream(s.f)
	if s.shape(err) && s.onStream(inReset) {
		s.c.move(s.dir, s.slot, sends, inReset, s.row)
	}
}

func (s *sending) goAway() {
	g, err := frame.ParseGoAway(s.f)
	if !s.shape(err) {
		return
	}
	if n := len(s.d.goaways); n > 0 {
		if was := s.d.goaways[n-1].last; g.LastStreamID > was {
			s.problem(ruleGoAwayRises, int64(g.LastStreamID), int64(was))
		}
	}
	s.d.goaways = append(s.d.goaways, goneAt{s.seq, g.LastStreamID})
}

// goneAt is a GOAWAY.
type goneAt struct{ seq, last uint32 }

func (s *sending) windowUpdate() {
	inc, err := frame.ParseWindowUpdate(s.f)
	if s.harmless(err) || !s.shape(err) {
		return
	}
	c, n := s.c, int64(inc)
	if s.f.StreamID == 0 {
		if w := c.recvWindow(s.dir, 0, s.seq-1, c.ends[s.dir].recvd) + n; w > frame.MaxWindow {
			s.problem(ruleOverflow, n, w)
		}
		addTo(&s.d.update, s.seq, n)
		return
	}
	if !s.onStream(inUpdate) || s.slot == 0 {
		return
	}
	if w := c.recvWindow(s.dir, s.slot, s.seq-1, c.ends[s.dir].recvd) + n; w > frame.MaxWindow && !s.onClosed() {
		s.problem(ruleOverflow, n, w)
	}
	p := &c.stream(s.slot).points[s.dir][sumUpdate]
	*p = addPoint(&c.points, *p, s.seq, n)
}
