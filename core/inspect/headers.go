package inspect

import "framewise/core/frame"

func (s *sending) headers() (block uint32) {
	h, err := frame.ParseHeaders(s.f)
	if !s.shape(err) {
		return 0
	}
	if h.HasPriority {
		s.checkPriority(h.Priority)
	}
	id := s.f.StreamID
	if s.mayOpen(id) {
		s.openStream(id)
	} else if s.onStream(inHeaders) && s.slot != 0 {
		s.c.move(s.dir, s.slot, sends, inHeaders, s.row)
	}
	if s.bits&bitIgnored == 0 {
		s.end()
	}
	return s.beginBlock(h.Fragment)
}

// mayOpen says whether HEADERS opens a new stream here: a client's, with an odd
// identifier above all before (RFC 9113, section 5.1.1). Streams of a server
// begin with PUSH_PROMISE.
func (s *sending) mayOpen(id uint32) bool {
	return s.c.slotOf(id) == 0 && s.dir == client && id%2 == 1 && id > s.d.opened
}

func (s *sending) openStream(id uint32) {
	c := s.c
	e := &c.ends[s.dir]
	s.slot = c.newStream(id, s.row)
	s.d.opened = id
	c.move(s.dir, s.slot, sends, inHeaders, s.row)
	limit := c.setting(1-s.dir, s.d.acks.len(), frame.MaxConcurrentStreams)
	if int64(e.active[s.dir]) > int64(limit) {
		s.problem(ruleTooMany, int64(e.active[s.dir]), int64(limit))
	}
	if gone := c.dirs[1-s.dir].goaways; len(gone) > 0 && gone[0].seq <= e.recvd && c.exact(s.dir) {
		s.problem(ruleAfterGoAway, 0, 0)
	}
}

func (s *sending) push() (block uint32) {
	p, err := frame.ParsePushPromise(s.f)
	if !s.shape(err) {
		return 0
	}
	c := s.c
	if s.dir == client {
		s.breaks(rulePushByClient, 0, 0)
		return s.beginBlock(p.Fragment)
	}
	if c.setting(client, s.d.acks.len(), frame.EnablePush) == 0 {
		s.problem(rulePushDisabled, 0, 0)
	}
	s.onStream(inPush)
	if c.slotOf(p.PromisedID) != 0 || p.PromisedID <= s.d.opened {
		s.breaks(rulePromiseUsed, int64(p.PromisedID), int64(s.d.opened))
	}
	if s.bits&bitIgnored == 0 {
		s.d.opened = p.PromisedID
		c.move(s.dir, c.newStream(p.PromisedID, s.row), sends, inPromised, s.row)
	}
	return s.beginBlock(p.Fragment)
}

func (s *sending) continuation() (block uint32) {
	b, err := frame.ParseContinuation(s.f)
	o := &s.d.open
	if o.block == 0 {
		if err == nil && s.bits&bitIgnored == 0 {
			s.breaks(ruleStray, 0, 0)
			return 0
		}
		s.shape(err)
		return 0
	}
	if !s.shape(err) {
		s.abandon()
		return 0
	}
	s.slot = s.c.slotOf(s.f.StreamID)
	return s.continueBlock(b)
}
