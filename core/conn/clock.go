package conn

import (
	"math"

	"framewise/core/frame"
)

// clock is what the connection waits for. Time itself comes in as an argument;
// what goes out is the next instant at which Tick is due.
type clock struct {
	running bool  // the time is known
	heard   int64 // when octets came last
	quiet   int64 // since when no stream is kept
	stirred bool  // a stream was forgotten since quiet was set
	stallAt int64 // when the streams are looked at next; 0: none has DATA waiting
	asked   int64 // when the keep-alive PING was sent; 0: none is out
	serial  byte
	closed  bool  // the idle GOAWAY was sent
	closeAt int64 // when the transport is to close, whatever was not written
	cut     bool  // that instant is over
}

// keepAliveData marks the PINGs that are ours and not the owner's.
func (k *clock) keepAliveData() [8]byte { return [8]byte{'f', 'w', '-', 'a', 'l', 'i', 'v', k.serial} }

// answered says whether a PING's answer belongs to the keep-alive.
func (k *clock) answered(data [8]byte) bool {
	if k.asked == 0 || data != k.keepAliveData() {
		return false
	}
	k.asked = 0
	return true
}

// waits notes that DATA of a stream was queued.
func (c *Conn) waits(s *stream) {
	if c.cfg.Limits.StallTimeout < 0 {
		return
	}
	if s.stalled == 0 || len(s.queue) == 1 { // all that was queued before has left
		s.stalled = c.now + 1 // 0 stands for none
	}
	c.stallDue(s)
}

// stallDue sees to it that the streams are looked at when this one's time is over.
func (c *Conn) stallDue(s *stream) {
	if due := later(s.stalled-1, c.cfg.Limits.StallTimeout); c.clock.stallAt == 0 || due < c.clock.stallAt {
		c.clock.stallAt = due
	}
}

// progress notes that DATA of a stream has left.
func (c *Conn) progress(s *stream) {
	if s.stalled != 0 {
		s.stalled = c.now + 1
	}
}

// at sets the time. The first time that it hears is the connection's beginning:
// what New queued counts from there.
func (c *Conn) at(now int64) {
	c.now = now
	if c.clock.running {
		return
	}
	c.clock.running, c.clock.heard, c.clock.quiet = true, now, now
	for i := range c.own.pending {
		c.own.pending[i].sentAt = now
	}
}

// Tick lets time pass without octets. Call it when the Deadline that Poll gave
// is reached; calling it early does no harm.
func (c *Conn) Tick(now int64) {
	c.at(now)
	if at := c.clock.closeAt; at != 0 && now >= at {
		c.clock.cut = true
	}
	if c.fatal != nil || c.ended {
		return
	}
	c.noteQuiet()
	l := &c.cfg.Limits
	if at := c.settingsDue(); at != 0 && now >= at {
		c.limited("SettingsTimeout", 0, now-c.own.pending[0].sentAt, l.SettingsTimeout, "RFC 9113 6.5.3")
		c.fail(&frame.Error{Code: frame.SettingsTimeout, Section: "6.5.3", Reason: "SETTINGS was not acknowledged in time"})
		return
	}
	if c.clock.stallAt != 0 && now >= c.clock.stallAt {
		c.tickStalls()
	}
	if at := c.keepAliveDue(); at != 0 && now >= at {
		c.tickKeepAlive()
	}
	if at := c.idleDue(); at != 0 && now >= at {
		c.clock.closed = true
		c.mustClose()
		c.limited("IdleTimeout", 0, now-c.clock.quiet, l.IdleTimeout, "RFC 9113 6.8")
		last := c.lastForGoAway()
		c.out.buf = frame.AppendGoAway(c.out.buf, last, frame.NoError, nil)
		c.sentBy(RuleIdle)
		c.goAway.sent, c.goAway.sentLast = true, last
	}
}

// tickStalls resets the streams that have made no progress, and finds out when
// the next one is due.
func (c *Conn) tickStalls() {
	limit := c.cfg.Limits.StallTimeout
	c.clock.stallAt = 0
	for _, id := range c.sortedStreams() {
		s := c.streams[id]
		if s == nil || s.queued == 0 {
			if s != nil {
				s.stalled = 0
			}
			continue
		}
		if since := s.stalled - 1; c.now-since >= limit {
			c.limited("StallTimeout", id, c.now-since, limit, "CVE-2019-9517")
			c.out.buf = frame.AppendRSTStream(c.out.buf, id, frame.Cancel)
			c.sentBy(RuleStall)
			c.emit(Event{Kind: EvStreamClosed, StreamID: id, Code: frame.Cancel, By: ByTimeout})
			c.closeStream(s, ClosedBySentReset)
		} else {
			c.stallDue(s)
		}
	}
}

// tickKeepAlive asks whether the peer is there, or gives it up.
func (c *Conn) tickKeepAlive() {
	if c.clock.asked != 0 {
		c.limited("KeepAliveTimeout", 0, c.now-c.clock.asked, c.cfg.Limits.KeepAliveTimeout, "RFC 9113 6.7")
		c.fail(&frame.Error{Code: frame.NoError, Section: "6.7", Reason: "the peer did not answer a PING in time"})
		return
	}
	c.clock.asked = c.now
	c.clock.serial++
	c.out.buf = frame.AppendPing(c.out.buf, c.clock.keepAliveData(), false)
	c.sentBy(RuleKeepAlive)
}

// mustClose notes that the connection's last octets are queued: from here on
// the transport has a while to write them, and a peer that does not read must
// not keep it.
func (c *Conn) mustClose() {
	if limit := c.cfg.Limits.CloseTimeout; limit > 0 && c.clock.closeAt == 0 {
		c.clock.closeAt = later(c.now, limit)
	}
}

// deadline is the next instant at which Tick is due, 0 for none.
func (c *Conn) deadline() int64 {
	switch {
	case c.ended || c.clock.cut:
		return 0
	case c.fatal != nil || c.clock.closed:
		return c.clock.closeAt
	}
	c.noteQuiet()
	return earliest(c.settingsDue(), c.clock.stallAt, c.keepAliveDue(), c.idleDue())
}

// noteQuiet counts idleness anew when a stream was forgotten. The verb that did
// it has no time of its own: the instant is the next one that comes in.
func (c *Conn) noteQuiet() {
	if c.clock.stirred {
		c.clock.quiet, c.clock.stirred = c.now, false
	}
}

func (c *Conn) settingsDue() int64 {
	if limit := c.cfg.Limits.SettingsTimeout; limit > 0 && len(c.own.pending) > 0 {
		return later(c.own.pending[0].sentAt, limit)
	}
	return 0
}

func (c *Conn) keepAliveDue() int64 {
	l := &c.cfg.Limits
	switch {
	case l.KeepAlive <= 0 || c.clock.asked != 0 && l.KeepAliveTimeout < 0:
		return 0
	case c.clock.asked != 0:
		return later(c.clock.asked, l.KeepAliveTimeout)
	}
	return later(c.clock.heard, l.KeepAlive)
}

func (c *Conn) idleDue() int64 {
	if limit := c.cfg.Limits.IdleTimeout; limit > 0 && len(c.streams) == 0 && !c.clock.closed {
		return later(c.clock.quiet, limit)
	}
	return 0
}

// later is at + d, d being above 0, or the end of time.
func later(at, d int64) int64 {
	if at > math.MaxInt64-d {
		return math.MaxInt64
	}
	return at + d
}

func earliest(at ...int64) (first int64) {
	for _, t := range at {
		if t != 0 && (first == 0 || t < first) {
			first = t
		}
	}
	return first
}
