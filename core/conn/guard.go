package conn

import (
	"math"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// guard counts what a peer may do in excess. Each count has a limit in Limits;
// going over it ends the connection with ENHANCE_YOUR_CALM and an EvLimit that
// names the limit, the count and the attack.
type guard struct {
	resets    bucket // RST_STREAM by the peer, for streams it opened
	ownResets bucket // resets that the peer made us send
	flips     bucket // changes of settings that cost us work
	empty     bucket // empty DATA frames
	tiny      bucket // octets that small frames fall short of tinyFrame
	acks      int    // acknowledgements since the last Poll
	forced    int    // frames since the last Poll that the peer made us send
	windows   int    // WINDOW_UPDATEs
	opened    int    // streams, ever
	dataSent  int    // DATA frames, ever
	priority  int    // PRIORITY frames
	useless   int    // frames in a row that carry nothing for a stream that we know
	pings     int    // PINGs of the owner's that wait for an answer
	fields    int64  // octets of the field sections of open streams
}

// bucket is a token bucket: it holds up to size tokens and gets rate a second.
// The zero value is full.
type bucket struct {
	spent int64 // tokens missing, in billionths
	at    int64
}

// take takes n tokens: false when there are not enough.
func (b *bucket) take(now, n, size, rate int64) bool {
	if dt := now - b.at; dt > refillAll {
		b.spent = 0
	} else {
		b.spent = max(0, b.spent-dt*min(rate, maxRate))
	}
	b.at = now
	b.spent += n * 1e9
	return b.spent <= min(size, maxBucket)*1e9
}

// Bounds that keep the arithmetic of a bucket within 63 bits.
const (
	refillAll = 3600 * 1e9 // after an hour every bucket is full
	maxRate   = 1e6
	maxBucket = 1 << 32
)

// give puts n tokens back.
func (b *bucket) give(n int64) { b.spent = max(0, b.spent-n*1e9) }

// LimitName names a field of Limits in an EvLimit.
type LimitName string

// excess ends the connection because of a limit.
func (c *Conn) excess(name LimitName, count, limit int64, ref, what string) {
	if c.fatal != nil {
		return
	}
	c.emit(Event{Kind: EvLimit, Limit: name, N: count, Max: limit, Ref: ref})
	c.fail(&frame.Error{Code: frame.EnhanceYourCalm, Section: "10.5",
		Reason: what + " (" + ref + "; limit " + string(name) + ": " + i64(limit) + ")"})
}

// guardReset is rapid reset: opening streams and resetting them at once.
func (c *Conn) guardReset() {
	l := &c.cfg.Limits
	if !c.guard.resets.take(c.now, 1, l.Resets, l.ResetRate) {
		c.excess("Resets", l.Resets+1, l.Resets, "CVE-2023-44487", "streams opened and reset too fast")
	}
}

// guardOwnReset is its mirror: breaking rules so that we reset.
func (c *Conn) guardOwnReset() {
	l := &c.cfg.Limits
	if !c.guard.ownResets.take(c.now, 1, l.Resets, l.ResetRate) {
		c.excess("Resets", l.Resets+1, l.Resets, "CVE-2025-8671", "too many streams that had to be reset")
	}
}

// guardAck bounds the acknowledgements that wait: a peer that does not read them
// must not make us keep them.
func (c *Conn) guardAck(ref string) {
	c.guard.acks++
	if limit := c.cfg.Limits.UnsentAcks; c.guard.acks > limit {
		c.excess("UnsentAcks", int64(c.guard.acks), int64(limit), ref, "too many frames that ask for an acknowledgement")
	}
}

// guardFlip bounds changes of settings that cost us work each time.
func (c *Conn) guardFlip() {
	l := &c.cfg.Limits
	if !c.guard.flips.take(c.now, 1, l.SettingFlips, l.SettingFlips) {
		c.excess("SettingFlips", l.SettingFlips+1, l.SettingFlips, "CVE-2019-9515", "settings changed too often")
	}
}

// guardData is frames that carry little. Those of a tunnel are free, and those
// that our own small window forced.
//
// A frame below tinyFrame octets is charged what it falls short of it. Time
// pays the charge back, and so does the owner who consumes the octets: a
// conversation of short messages is honest as long as somebody listens.
func (c *Conn) guardData(s *stream, n int64, end bool) {
	l := &c.cfg.Limits
	if s.in.connect || end {
		return
	}
	if n == 0 {
		if !c.guard.empty.take(c.now, 1, l.EmptyData, l.EmptyData) {
			c.excess("EmptyData", l.EmptyData+1, l.EmptyData, "CVE-2019-9518", "too many empty DATA frames")
		}
		return
	}
	short := tinyFrame - n
	if short <= 0 || s.recv.left == 0 || c.recvWindow.left == 0 {
		return
	}
	s.tiny += short
	if !c.guard.tiny.take(c.now, short, l.TinyData, l.TinyData/10) {
		c.excess("TinyData", l.TinyData+1, l.TinyData, "CVE-2019-9518", "too many tiny DATA frames that nobody has read")
	}
}

// tinyFrame is the size of a DATA frame, in octets, from which it is free.
const tinyFrame = 256

// paid returns what a stream's tiny frames were charged, as far as took of the
// octets held were consumed.
func (c *Conn) paid(s *stream, took, held int64) {
	if s.tiny == 0 || held == 0 {
		return
	}
	back := s.tiny * took / held
	s.tiny -= back
	c.guard.tiny.give(back)
}

// guardWindow is a drip of WINDOW_UPDATE.
func (c *Conn) guardWindow() {
	c.guard.windows++
	limit := 5 + 2*(c.guard.opened+10*c.guard.dataSent)
	if limit += min(c.cfg.Limits.WindowUpdates, math.MaxInt-limit); c.guard.windows > limit {
		c.excess("WindowUpdates", int64(c.guard.windows), int64(limit), "CVE-2019-9511", "more WINDOW_UPDATEs than the DATA that was sent explains")
	}
}

// guardPriority is churn of the priority tree.
func (c *Conn) guardPriority() {
	c.guard.priority++
	if limit := min(c.cfg.Limits.Priorities, math.MaxInt/(1+c.guard.opened)) * (1 + c.guard.opened); c.guard.priority > limit {
		c.excess("Priorities", int64(c.guard.priority), int64(limit), "CVE-2019-9513", "too many PRIORITY frames")
	}
}

// guardUseless counts frames in a row that carry nothing for a stream that we
// know; HEADERS and DATA that do end the row.
func (c *Conn) guardUseless() {
	c.guard.useless++
	if limit := c.cfg.Limits.UselessFrames; c.guard.useless > limit {
		c.excess("UselessFrames", int64(c.guard.useless), int64(limit), "RFC 9113 10.5", "too many frames without effect")
	}
}

// guardForced bounds the frames that the peer makes us send and does not read.
func (c *Conn) guardForced() {
	c.guard.forced++
	if limit := c.cfg.Limits.ForcedFrames; c.guard.forced > limit {
		c.excess("ForcedFrames", int64(c.guard.forced), int64(limit), "CVE-2019-9511", "too many frames wait to be read")
	}
}

// hold books the field sections of a stream that is open: DATA is bounded by the
// windows, and these by the ledger.
func (c *Conn) hold(s *stream, fields []hpack.Field) {
	n := int64(0)
	for i := range fields {
		n += int64(hpack.FieldSize(fields[i].Name, fields[i].Value))
	}
	s.fields += n
	c.guard.fields += n
	if limit := c.cfg.Limits.Ledger; c.guard.fields > limit {
		c.excess("Ledger", c.guard.fields, limit, "CVE-2026-56846", "too many fields are held for open streams")
	}
}

func (c *Conn) letGo(s *stream) {
	c.guard.fields -= s.fields
	s.fields = 0
	c.guard.tiny.give(s.tiny)
	s.tiny = 0
}

// limited tells of a limit that cost a stream and not the connection.
func (c *Conn) limited(name LimitName, id uint32, count, limit int64, ref string) {
	c.emit(Event{Kind: EvLimit, StreamID: id, Limit: name, N: count, Max: limit, Ref: ref})
}
