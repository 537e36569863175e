package conn

import (
	"framewise/core/frame"
	"framewise/core/hpack"
)

// copyBelow is the size of DATA, in octets, below which it is copied behind its
// frame header; larger pieces leave from where the owner put them.
const copyBelow = 4096

// outbox is what waits to be written. Octets lie in buf, in order; large DATA
// is a window on the owner's slice between two runs of buf.
type outbox struct {
	buf    []byte
	cuts   []cut
	frames int
	causes []Cause
}

// cut says that ext stands at offset at of buf.
type cut struct {
	at  int
	ext []byte
}

// Output is what a Poll hands out. Give the same Output to every Poll: its
// slices are used again, so that they are valid until the next one.
type Output struct {
	// Segments are the octets to write, in order.
	Segments [][]byte
	// Octets is their sum.
	Octets int
	// Causes has one entry for each frame in Segments, when Config.Causes is
	// set. The client's preface is not a frame.
	Causes []Cause
	// Events happened since the last Poll, oldest first.
	Events []Event
	// Deadline is when Tick is due, in the clock of Receive; 0: never.
	Deadline int64
	// More says that DATA is left that windows allow: Poll again when these
	// octets are written.
	More bool
	// Close says that nothing will follow these octets: write, then close.
	// Deadline is then Limits.CloseTimeout away.
	Close bool
	// Cut says that the time for that is over: close, written or not.
	Cut bool

	spare  outbox
	fields []hpack.Field

	lent buffers // what Lend gives
}

// buffers are what a connection gathers in between two Polls.
type buffers struct {
	out     outbox
	events  []Event
	fields  []hpack.Field
	scratch []byte
	split   frame.Buffers // the splitter's
	decoded []hpack.Field // the decoder's
	free    []*stream     // records to be used again
}

// Poll hands out what there is: events, octets and the next deadline. maxData
// bounds the DATA that is framed in one go, in octets, so that a slow transport
// does not gather it; 0 means 256 KiB, and less than 0 none.
func (c *Conn) Poll(now int64, o *Output, maxData int) {
	c.at(now)
	if maxData == 0 {
		maxData = 256 << 10
	}
	o.More = c.frameData(maxData)
	o.spare, c.out = c.out, outbox{buf: o.spare.buf[:0], cuts: o.spare.cuts[:0], causes: o.spare.causes[:0]}
	o.Segments, o.Octets = o.spare.segments(o.Segments[:0])
	o.Causes = o.spare.causes
	o.Events, c.events = c.events, o.Events[:0]
	clear(o.fields)
	o.fields, c.fields = c.fields, o.fields[:0]
	c.guard.acks, c.guard.forced = 0, 0
	o.Deadline = c.deadline()
	o.Close = c.fatal != nil || c.ended || c.clock.closed
	o.Cut = c.clock.cut
}

// Release lets go of buffers that hold nothing, so that a connection which
// waits costs little memory. Call it when the transport has nothing to read.
// The Data of events that were handed out stays as it is.
func (c *Conn) Release() {
	c.split.Release()
	if c.ready.sched != nil {
		c.ready.sched.Release()
	}
}

// Shrink lets go, beyond Release, of what only saves work: records of streams
// that can be used again, field blocks that are remembered. It is for a
// connection on which nothing may come for long.
func (c *Conn) Shrink() {
	c.Release()
	c.free = nil
	if len(c.streams) == 0 {
		c.streams = nil
	}
	c.enc.Shrink()
	c.dec.Shrink()
	if len(c.own.pending) == 0 {
		c.own.pending = nil
	}
}

// Lend gives the connection buffers of an Output to gather in, if it has none;
// TakeBack gets them back. So many connections that mostly wait can share a few
// Outputs: Lend, Receive, Poll and handle, write, TakeBack. A connection without
// a loan makes its own.
func (c *Conn) Lend(o *Output) {
	if c.out.buf == nil && c.out.cuts == nil && c.out.causes == nil {
		c.out, o.lent.out = o.lent.out, outbox{}
	}
	if c.events == nil {
		c.events, o.lent.events = o.lent.events, nil
	}
	if c.fields == nil {
		c.fields, o.lent.fields = o.lent.fields, nil
	}
	if c.scratch == nil {
		c.scratch, o.lent.scratch = o.lent.scratch, nil
	}
	c.split.Lend(&o.lent.split)
	if o.lent.decoded != nil && c.dec.Lend(o.lent.decoded) {
		o.lent.decoded = nil
	}
	if c.free == nil {
		c.free, o.lent.free = o.lent.free, nil
	}
}

// TakeBack takes what the connection gathers in, as far as it holds nothing.
// What the last Poll handed out must not be used any more.
func (c *Conn) TakeBack(o *Output) {
	if len(c.out.buf) == 0 && len(c.out.cuts) == 0 && len(c.out.causes) == 0 {
		o.lent.out, c.out = c.out, outbox{}
	}
	if len(c.events) == 0 {
		o.lent.events, c.events = c.events, nil
	}
	if len(c.fields) == 0 {
		o.lent.fields, c.fields = c.fields, nil
	}
	o.lent.scratch, c.scratch = c.scratch, nil
	c.split.TakeBack(&o.lent.split)
	if f := c.dec.TakeBack(); f != nil {
		o.lent.decoded = f
	}
	if c.free != nil {
		o.lent.free, c.free = c.free, nil
	}
	clear(o.Events)
	clear(o.Segments)
	clear(o.fields)
	clear(o.spare.cuts)
	o.Events, o.Segments, o.fields, o.spare.cuts = o.Events[:0], o.Segments[:0], o.fields[:0], o.spare.cuts[:0]
}

// Pending says how many octets wait to be written, DATA that has no window yet
// not counted.
func (c *Conn) Pending() int {
	n := len(c.out.buf)
	for _, k := range c.out.cuts {
		n += len(k.ext)
	}
	return n
}

func (o *outbox) segments(dst [][]byte) ([][]byte, int) {
	n, from := len(o.buf), 0
	for _, k := range o.cuts {
		if k.at > from {
			dst = append(dst, o.buf[from:k.at])
			from = k.at
		}
		dst = append(dst, k.ext)
		n += len(k.ext)
	}
	if from < len(o.buf) {
		dst = append(dst, o.buf[from:])
	}
	return dst, n
}

// writeHeaders encodes a field section of ours and frames it.
func (c *Conn) writeHeaders(s *stream, fields []hpack.Field, o HeaderOptions, why Cause) {
	block := c.enc.AppendBlock(c.scratch[:0], fields)
	c.scratch = block[:0]
	extra := 0
	if o.Priority != nil {
		extra = 5
	}
	id := s.id
	c.step(s, SendHeaders)
	c.writeBlock(block, extra, func(dst, frag []byte, endHeaders bool, pad int) []byte {
		return frame.AppendHeaders(dst, id, frag, o.End, endHeaders, o.Priority, pad)
	}, id, why)
	if o.End {
		c.sentEnd(s)
	}
}

// writeBlock cuts a field block into a first frame and CONTINUATIONs
// (RFC 9113, section 4.3). extra is what the first frame holds beside the
// fragment, in octets.
func (c *Conn) writeBlock(block []byte, extra int, first func(dst, frag []byte, endHeaders bool, pad int) []byte, id uint32, why Cause) {
	limit := int(c.peer.MaxFrameSize)
	n := min(len(block), limit-extra)
	pad := frame.NoPadding
	if n == len(block) {
		pad = c.padding(extra + n)
	}
	c.out.buf = first(c.out.buf, block[:n], n == len(block), pad)
	c.sentFor(why)
	for block = block[n:]; len(block) > 0; block = block[n:] {
		n = min(len(block), limit)
		c.out.buf = frame.AppendContinuation(c.out.buf, id, block[:n], n == len(block))
		c.sentFor(why)
	}
}

// padding asks the owner how much padding a frame gets: the seed's
// options.selectPadding. What it answers is held between the bounds.
func (c *Conn) padding(frameLen int) int {
	if c.cfg.SelectPadding == nil {
		return frame.NoPadding
	}
	most := min(int(c.peer.MaxFrameSize), frameLen+256)
	if frameLen >= most {
		return frame.NoPadding
	}
	c.inside = true
	n := c.cfg.SelectPadding(frameLen, most)
	c.inside = false
	n = max(frameLen, min(n, most))
	if n == frameLen {
		return frame.NoPadding
	}
	return n - frameLen - 1 // the octet that tells the length is part of it
}

// sentEnd notes that END_STREAM has left.
func (c *Conn) sentEnd(s *stream) {
	s.out.ended = true
	c.step(s, SendEnd)
	c.settle(s)
}
