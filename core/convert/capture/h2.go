package capture

import (
	"net/netip"
	"strconv"

	"framewise/core/frame"
	"framewise/core/trace"
)

// h2 is a connection that is HTTP/2: its octets become entries. It follows the
// frames of both directions as far as it must to know what a gap hits.
type h2 struct {
	s      *stream
	ids    [2]uint32 // the connection of the record that a direction goes to
	id     uint32    // the newest
	dirs   [2]framing
	via    string
	opened bool
	splits int
	closed bool
}

// Bounds of what is looked for behind a gap.
const (
	maxSearch = 256 << 10 // octets, before a direction is given up
	maxSplits = 256       // how often one connection goes on as another
)

// phase is what the next octet of a direction belongs to.
type phase uint8

const (
	phaseMark   phase = iota // what stands before the frames: the preface, a 101 response
	phaseFrames              // frames
	phaseSearch              // unknown: a frame's beginning is looked for
	phaseDead                // nothing that can be shown
)

// framing follows the frames of a direction.
type framing struct {
	phase  phase
	mark   string // what ends phaseMark
	match  int
	head   [frame.HeaderLen]byte
	inHead int // octets of head that are there
	left   int // octets of the payload that are due
	data   bool
	search []byte
	starts []int // where pieces begin in search
}

func newH2(s *stream, late bool) *h2 {
	h := &h2{s: s, via: "capture, TCP"}
	h.dirs[0].mark = frame.Preface
	h.dirs[1].phase = phaseFrames
	if head := s.head[1-s.client]; len(head) > 8 && string(head[:7]) == "HTTP/1." && s.secure == nil {
		h.dirs[1] = framing{mark: "\r\n\r\n"}
	}
	if late {
		h.dirs = [2]framing{{phase: phaseSearch}, {phase: phaseSearch}}
		h.via += ", begins in the middle"
	}
	return h
}

// name is how an end is called.
func name(a netip.AddrPort) string { return a.String() }

// open writes the entry that opens the connection, with the next number.
func (h *h2) open(at int64) {
	r := h.s.r
	r.conns++
	h.id = uint32(r.conns)
	f := h.s.f
	c := &trace.Conn{ID: h.id, Client: name(f.ends[h.s.client]), Server: name(f.ends[1-h.s.client]),
		Vantage: trace.VantageMiddle, At: at, Via: h.via}
	if t := h.s.secure; t != nil {
		c.TLS = &trace.TLS{Version: t.Info.Version, ALPN: t.Info.ALPN, Cipher: t.Info.Cipher, Name: t.Info.Name}
	}
	r.emit(c)
}

// ready opens the connection before its first entry.
func (h *h2) ready(at int64) {
	if !h.opened {
		h.opened = true
		h.open(min(at, h.s.f.began))
		h.ids = [2]uint32{h.id, h.id}
	}
}

// data takes in octets, which it keeps.
func (h *h2) data(dir int, at int64, b []byte) {
	h.ready(at)
	d := &h.dirs[dir]
	switch d.phase {
	case phaseDead:
		return
	case phaseSearch:
		h.look(dir, at, b)
		return
	}
	n := len(b)
	if h.ids[dir] != h.id { // goes on as another connection, from a frame's beginning on
		n = d.follow(b, true)
	} else {
		d.follow(b, false)
	}
	h.chunk(dir, at, b[:n])
	if h.ids[dir] != h.id && d.between() {
		h.ids[dir] = h.id
		if n < len(b) {
			h.data(dir, at, b[n:])
		}
	}
}

func (h *h2) chunk(dir int, at int64, b []byte) {
	if len(b) > 0 {
		h.s.r.emit(&trace.Chunk{Conn: h.ids[dir], Dir: trace.Dir(dir), SentAt: at, ReceivedAt: at, Octets: b})
	}
}

// mark notes something about octets of a direction.
func (h *h2) mark(dir int, at int64, kind, text string) {
	h.ready(at)
	r := h.s.r
	if r.marks++; r.marks > maxMarks {
		return
	}
	r.emit(&trace.Fault{Conn: h.ids[dir], At: at, Kind: kind, Text: ends[dir] + text})
}

var ends = [2]string{"from the client: ", "from the server: "}

func retransmitted(n int) string {
	return strconv.Itoa(n) + " octets were sent again"
}

func overlapping(old, n int) string {
	return strconv.Itoa(old) + " of a segment's " + strconv.Itoa(n) + " octets were sent before"
}

// gap tells that n octets are missing, 0: nobody knows how many. Within the
// payload of a DATA frame zeros can stand for them; else the frames' borders
// are lost, and the tables of field compression with them: the connection goes
// on as another one, which begins in the middle.
func (h *h2) gap(dir int, at int64, n int) {
	h.ready(at)
	d := &h.dirs[dir]
	switch {
	case d.phase == phaseDead:
	case d.phase == phaseSearch:
		d.search, d.starts = d.search[:0], d.starts[:0]
	case d.phase == phaseFrames && d.data && n > 0 && n <= d.left && h.s.r.room(n):
		h.mark(dir, at, "loss", strconv.Itoa(n)+" octets of DATA are missing in the capture, zeros stand for them")
		h.data(dir, at, make([]byte, n))
	default:
		text := "octets"
		if n > 0 {
			text = strconv.Itoa(n) + " octets"
		}
		h.mark(dir, at, "loss", text+" are missing in the capture")
		h.split(dir, at, text)
	}
}

// split goes on as another connection.
func (h *h2) split(dir int, at int64, text string) {
	d := &h.dirs[dir]
	if h.splits++; h.splits > maxSplits {
		*d = framing{phase: phaseDead}
		return
	}
	next := h.s.r.conns + 1
	if h.ids[dir] == h.id && !h.closed {
		h.s.r.emit(&trace.Close{Conn: h.id, At: at, By: "network", Reason: text + " " + ends[dir][:len(ends[dir])-2] +
			" are missing in the capture; what follows is connection " + strconv.Itoa(next)})
	}
	was := h.via
	h.via = "capture, TCP, goes on behind a gap"
	h.open(at)
	h.via = was
	*d = framing{phase: phaseSearch}
	h.ids[dir] = h.id
	if o := &h.dirs[1-dir]; o.phase == phaseSearch || o.between() {
		h.ids[1-dir] = h.id
	}
}

// look searches the beginning of a frame.
func (h *h2) look(dir int, at int64, b []byte) {
	d := &h.dirs[dir]
	d.starts = append(d.starts, len(d.search))
	d.search = append(d.search, b...)
	off, ok := findFrames(d.search, d.starts, 4)
	if !ok {
		if len(d.search) > maxSearch {
			h.mark(dir, at, "loss", "no frame could be found in "+strconv.Itoa(len(d.search))+" octets, nothing more is shown")
			*d = framing{phase: phaseDead}
		}
		return
	}
	rest := d.search[off:]
	*d = framing{phase: phaseFrames}
	h.ids[dir] = h.id
	if off > 0 {
		h.mark(dir, at, "loss", strconv.Itoa(off)+" octets before the next frame belong to frames that the capture lacks a part of")
	}
	h.data(dir, at, rest)
}

// close writes that the connection ended.
func (h *h2) close(at int64, by, reason string) {
	if h.opened && !h.closed {
		h.closed = true
		h.s.r.emit(&trace.Close{Conn: h.id, At: at, By: by, Reason: reason})
	}
}

// between says whether a frame is due to begin.
func (d *framing) between() bool { return d.phase == phaseFrames && d.inHead == 0 && d.left == 0 }

// follow steps through octets; with stop only up to where a frame ends. It
// returns how many it took.
func (d *framing) follow(b []byte, stop bool) int {
	n := 0
	for n < len(b) {
		if stop && n > 0 && d.between() {
			return n
		}
		switch {
		case d.phase == phaseMark:
			n += d.step(b[n:])
		case d.left > 0:
			k := min(d.left, len(b)-n)
			d.left -= k
			n += k
		default:
			k := copy(d.head[d.inHead:], b[n:])
			d.inHead += k
			n += k
			if d.inHead == frame.HeaderLen {
				f := frame.ParseHeader(d.head[:])
				d.inHead, d.left, d.data = 0, int(f.Length), f.Type == frame.Data
			}
		}
	}
	return n
}

// step looks for the end of what stands before the frames.
func (d *framing) step(b []byte) int {
	for i, c := range b {
		switch {
		case c == d.mark[d.match]:
			d.match++
		case c == d.mark[0]:
			d.match = 1
		default:
			d.match = 0
		}
		if d.match == len(d.mark) {
			d.phase = phaseFrames
			return i + 1
		}
	}
	return len(b)
}
