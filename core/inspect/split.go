package inspect

import "framewise/core/frame"

// phase is what the next octet of a direction belongs to.
type phase uint8

const (
	phaseStart   phase = iota // the preface, or the server's first frame
	phaseFrames               // frames
	phaseText                 // HTTP/1.1 before an upgrade to h2c
	phaseGarbage              // no frames any more, up to the end
)

// switching begins the answer that turns an HTTP/1.1 connection into HTTP/2.
const switching = "HTTP/1.1 101"

// octets sorts the next octets of a direction, whatever the sizes of the pieces
// they come in. All octets of b are part of d.total already.
func (c *connection) octets(dir int, b []byte) {
	d := &c.dirs[dir]
	if d.phase == phaseStart {
		b = c.start(dir, b)
	}
	if d.phase == phaseText {
		b = c.text(dir, b)
	}
	if d.phase == phaseFrames && len(b) > 0 {
		c.frames(dir, b)
	}
}

// start decides how a direction begins. It returns what stands behind that, or
// nil while it can't tell.
func (c *connection) start(dir int, b []byte) []byte {
	d := &c.dirs[dir]
	d.held = append(d.held, b...)
	h := d.held
	at := d.total - int64(len(h))
	if dir == client {
		n := min(len(h), len(frame.Preface))
		if string(h[:n]) == frame.Preface[:n] {
			if n == len(frame.Preface) {
				c.preface(at)
				return c.begin(dir, at, n)
			}
			return nil
		}
	}
	if len(h) < frame.HeaderLen {
		return nil
	}
	switch fh := frame.ParseHeader(h); {
	case !c.plausible(dir, fh):
		c.strayRow(dir, at, ruleNoFrames, 0)
		d.phase = phaseText
		d.held = nil
		return h
	case dir == client:
		c.late()
	}
	return c.begin(dir, at, 0)
}

// late says that the record begins after the connection did.
func (c *connection) late() {
	if c.midway {
		return
	}
	c.midway = true
	for i := range c.dirs {
		if d := &c.dirs[i]; d.blocks.len() == 0 {
			d.table.StartLate()
		}
	}
}

// begin goes over to frames, n octets behind the start of what is held.
func (c *connection) begin(dir int, at int64, n int) []byte {
	d := &c.dirs[dir]
	b := d.held[n:]
	d.held, d.phase, d.base, d.match = nil, phaseFrames, at+int64(n), 0
	return b
}

// plausible says whether octets can be the header of a frame that anybody
// would send: a known type, or a length within the limit.
func (c *connection) plausible(dir int, h frame.Header) bool {
	return h.Length <= c.maxFrame(dir) || h.Type.Known()
}

// preface notes the client's 24 octets (RFC 9113, section 3.4).
func (c *connection) preface(off int64) {
	r := makeRow(c, client, kindPreface, off)
	r.size = uint32(len(frame.Preface))
	r.sent = c.ends[client].events
	c.dirs[client].preface = uint32(c.a.rows.len())
	c.a.rows.add(r)
}

// strayRow begins a run of octets that are no frames.
func (c *connection) strayRow(dir int, off int64, why rule, n int64) {
	d := &c.dirs[dir]
	r := makeRow(c, dir, kindGarbage, off)
	r.seq = uint32(len(d.garbage)) // of the run, not of a frame
	r.sent = c.ends[dir].events
	d.garbage = append(d.garbage, run{off, -1, uint32(c.a.rows.len())})
	c.a.rows.add(r)
	c.problem(c.a.rows.len()-1, why, n, 0)
}

// text steps over octets that stand where frames were expected, and looks for
// the place where an upgrade makes frames of them (RFC 7540, section 3.2): the
// client's preface; in the server's direction the end of a 101 response.
func (c *connection) text(dir int, b []byte) []byte {
	d := &c.dirs[dir]
	g := &d.garbage[len(d.garbage)-1]
	mark := frame.Preface
	if dir == server {
		mark = "\r\n\r\n"
	}
	for i := range b {
		switch {
		case b[i] == mark[d.match]:
			d.match++
		case b[i] == mark[0]:
			d.match = 1
		default:
			d.match = 0
		}
		if d.match < len(mark) {
			continue
		}
		d.match = 0
		at := d.total - int64(len(b)-i-1)
		if dir == client {
			from := at - int64(len(mark))
			g.to = from
			c.preface(from)
		} else if at-g.from < int64(len(switching)) || string(d.read(g.from, len(switching))) != switching {
			continue
		} else {
			g.to = at
			c.upgradeSettings()
		}
		d.phase, d.base = phaseFrames, at
		return b[i+1:]
	}
	return nil
}

// frames hands over each frame that is whole.
func (c *connection) frames(dir int, b []byte) {
	d := &c.dirs[dir]
	d.split.Push(b)
	for {
		off := d.base + d.split.Offset()
		f, ok, _ := d.split.Next() // no frame is too long for the Splitter
		if !ok {
			break
		}
		if !c.plausible(dir, f.Header) {
			c.noMoreFrames(dir, off, f.Length)
			return
		}
		c.send(dir, off, f)
	}
	if rest := d.split.Rest(); len(rest) >= frame.HeaderLen {
		if h := frame.ParseHeader(rest); !c.plausible(dir, h) {
			c.noMoreFrames(dir, d.base+d.split.Offset(), h.Length)
		}
	}
}

func (c *connection) noMoreFrames(dir int, off int64, length uint32) {
	d := &c.dirs[dir]
	c.strayRow(dir, off, ruleGarbage, int64(length))
	d.phase = phaseGarbage
	d.split = frame.Splitter{}
}

// run is octets that are no frames.
type run struct {
	from, to int64 // to is -1 while it goes on
	row      uint32
}

// runLen is the number of octets of a garbage row.
func (d *direction) runLen(r *row) int64 {
	g := d.garbage[r.seq]
	if g.to < 0 {
		return d.total - g.from
	}
	return g.to - g.from
}

// cut is what is there of a frame, or of the preface, whose end is missing: its
// offset and length. n is 0 when nothing is.
func (d *direction) cut() (off int64, n int) {
	switch d.phase {
	case phaseStart:
		return 0, len(d.held)
	case phaseFrames:
		return d.base + d.split.Offset(), len(d.split.Rest())
	}
	return 0, 0
}
