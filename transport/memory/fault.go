package memory

import (
	"errors"
	"strconv"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
)

// FaultKind is what a fault does to a direction of a connection.
type FaultKind uint8

// The kinds. Each acts once, at an octet or a frame of its direction as the
// sender wrote them.
const (
	// Corrupt changes the octet At: it is XORed with Mask (0: the seed chooses).
	Corrupt FaultKind = iota
	// Stall holds the octet At, and so all behind it, for For nanoseconds; below
	// 0: for ever, and nobody is told.
	Stall
	// HalfClose ends the direction before the octet At: the receiver is told that
	// the transport has ended, as by a FIN, and closes the connection in turn.
	HalfClose
	// Cut breaks the connection when the octet At is sent: it does not arrive, and
	// both ends are told after the latency that the transport has failed (ErrCut).
	Cut
	// Drop takes the frame At out of the direction, counted from 0; the client's
	// preface is no frame.
	Drop
)

var faultNames = [...]string{"corrupt", "stall", "half-close", "cut", "drop"}

// String is the name under which the record keeps the fault.
func (k FaultKind) String() string {
	if int(k) < len(faultNames) {
		return faultNames[k]
	}
	return "fault " + strconv.Itoa(int(k))
}

// Fault is something that is done to a connection on purpose. It becomes an
// entry of the record (trace.Fault) when it acts; one that lies behind the last
// octet or frame never does.
type Fault struct {
	Kind FaultKind
	Dir  trace.Dir
	At   int64 // octet of the direction, from 0; Drop: frame, from 0
	Mask byte  // Corrupt
	For  int64 // Stall, nanoseconds
}

// ErrCut is what a session ends with when a Cut broke its connection.
var ErrCut = errors.New("the network has cut the connection")

// dice is a small generator (SplitMix64): the same seed gives the same numbers
// on every machine.
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1; n is at least 1.
func (d *dice) below(n int64) int64 { return int64(d.next() % uint64(n)) }

// plain says that the link does nothing but take time.
func (l *Link) plain() bool { return l.Jitter == 0 && l.Chunk == 0 && len(l.Faults) == 0 }

// way is one direction of a link: what has left, and what is to happen to it.
type way struct {
	dice    dice
	faults  []Fault // of this direction that have not acted
	octets  int64   // that were sent
	frame   counter
	dropped bool // the frame that is being sent is dropped
	gone    bool // nothing arrives any more
}

func newWay(l Link, dir trace.Dir) way {
	w := way{dice: dice(l.Seed ^ (uint64(dir)+1)<<56)}
	for _, f := range l.Faults {
		if f.Dir == dir {
			w.faults = append(w.faults, f)
		}
	}
	if dir == trace.ToServer {
		w.frame.rest = int64(len(frame.Preface))
	}
	return w
}

// counter finds where frames begin among the octets of a direction.
type counter struct {
	rest   int64 // octets left of the preface or of a frame's payload
	head   int   // octets of the header seen
	length int64
	n      int64 // frames that have begun
}

// begins says whether the next octet is the first of a frame.
func (k *counter) begins() bool { return k.rest == 0 && k.head == 0 }

// take steps over octets, up to the end of a frame if whole is set, and returns
// how many.
func (k *counter) take(b []byte, whole bool) int {
	for i := 0; i < len(b); {
		if whole && i > 0 && k.begins() {
			return i
		}
		if k.rest > 0 {
			n := min(k.rest, int64(len(b)-i))
			k.rest -= n
			i += int(n)
			continue
		}
		if k.head == 0 {
			k.n++
			k.length = 0
		}
		if k.head < 3 {
			k.length = k.length<<8 | int64(b[i])
		}
		if k.head++; k.head == frame.HeaderLen {
			k.head, k.rest = 0, k.length
		}
		i++
	}
	return len(b)
}

// part is a run of octets that share their fate.
type part struct {
	octets   []byte
	received []byte // nil: as sent
	hold     int64  // nanoseconds more
	lost     bool   // they never arrive
	ends     bool   // the direction or the connection ends here, by the fault end
	end      FaultKind
}

// parts lets the faults act on octets that are sent now.
func (e *End) parts(b []byte) []part {
	w := &e.way
	if len(w.faults) == 0 && !w.dropped {
		return []part{{octets: b, lost: w.gone}}
	}
	var out []part
	for len(b) > 0 {
		p, n := e.part(b)
		p.octets, b = b[:n:n], b[n:]
		w.octets += int64(n)
		out = append(out, p)
	}
	return out
}

// part is the fate of the next octets, and how many share it.
func (e *End) part(b []byte) (p part, n int) {
	w := &e.way
	if w.frame.begins() {
		w.dropped = false
	}
	n = len(b)
	drops, left := false, w.faults[:0]
	for _, f := range w.faults {
		switch {
		case f.Kind == Drop && f.At == w.frame.n && w.frame.begins() && !w.gone:
			w.dropped = true
			e.fault(Drop, "frame "+strconv.FormatInt(f.At, 10)+", from octet "+strconv.FormatInt(w.octets, 10))
		case f.Kind == Drop:
			drops = true
			left = append(left, f)
		case f.At > w.octets:
			n = int(min(int64(n), f.At-w.octets))
			left = append(left, f)
		case f.At == w.octets && !w.gone:
			e.act(f, b[0], &p)
		}
	}
	w.faults = left
	switch {
	case w.dropped:
		p.received = []byte{}
	case p.received != nil:
		n = 1
	}
	p.lost = w.gone
	return p, w.frame.take(b[:n], drops || w.dropped)
}

// act lets a fault of an octet act.
func (e *End) act(f Fault, b byte, p *part) {
	w := &e.way
	where := "octet " + strconv.FormatInt(f.At, 10)
	switch f.Kind {
	case Corrupt:
		mask := f.Mask
		for mask == 0 {
			mask = byte(w.dice.below(256))
		}
		p.received = []byte{b ^ mask}
		e.fault(f.Kind, where+" becomes 0x"+hex(b^mask)+" instead of 0x"+hex(b))
	case Stall:
		if f.For < 0 {
			w.gone = true
			e.fault(f.Kind, where+" and what follows never arrives")
			return
		}
		p.hold += f.For
		e.fault(f.Kind, where+" is held for "+time.Duration(f.For).String())
	case HalfClose, Cut:
		w.gone, p.ends, p.end = true, true, f.Kind
		e.fault(f.Kind, where+" and what follows never arrives")
	}
}

func hex(b byte) string { const d = "0123456789abcdef"; return string([]byte{d[b>>4], d[b&15]}) }

// fault writes an entry of the record.
func (e *End) fault(k FaultKind, text string) {
	e.note(&trace.Fault{Conn: e.id, At: e.n.now, Kind: k.String(), Text: e.dir.String() + ": " + text})
}

// carry puts a part on the link in the pieces in which it arrives.
func (e *End) carry(p part) {
	w := &e.way
	for b := p.octets; len(b) > 0; {
		n := len(b)
		if e.link.Chunk > 0 {
			n = min(n, 1+int(w.dice.below(int64(e.link.Chunk))))
		}
		got := p.received
		if got == nil {
			got = b[:n:n]
		}
		e.piece(b[:n:n], got, p)
		p.hold = 0 // the others are behind it
		b = b[n:]
	}
	if p.ends {
		e.breakOff(p.end)
	}
}

// piece puts octets on the link that arrive at once, as got.
func (e *End) piece(b, got []byte, p part) {
	n, to := e.n, e.peer
	e.busy = max(e.busy, n.now) + e.time(int64(len(b)))
	late := e.link.Latency
	if e.link.Jitter > 0 {
		late += e.way.dice.below(e.link.Jitter + 1)
	}
	if e.link.plain() {
		e.arrives = max(e.arrives, e.busy+late)
	} else {
		// No two pieces arrive at one instant, and none when it is sent: so the
		// record tells what an end knew when it sent something.
		e.arrives = max(e.arrives+1, e.busy+late, n.now+1) + p.hold
	}
	if len(n.chunks) == 0 {
		n.chunks = make([]trace.Chunk, 32)
	}
	chunk := &n.chunks[0]
	n.chunks = n.chunks[1:]
	*chunk = trace.Chunk{Conn: e.id, Dir: e.dir, SentAt: n.now, ReceivedAt: e.arrives, Octets: b}
	if p.received != nil {
		chunk.Received = got
	}
	lost := p.lost || to.ended || to.deaf != 0 && e.arrives >= to.deaf
	if lost {
		chunk.ReceivedAt, chunk.Received = -1, nil
	}
	if _, ok := e.party.(Veiled); !ok {
		e.note(chunk)
	}
	if lost || len(got) == 0 {
		return
	}
	n.flying++
	to.inbox = append(to.inbox, arrival{e.arrives, got})
	n.deliver(e.arrives, to.take)
}

// arrival is octets under way to an end.
type arrival struct {
	at     int64
	octets []byte
}

// receive hands an end all that arrives now, at once: the end must know of it
// before it answers any of it.
func (e *End) receive() {
	e.n.flying--
	from := e.taken
	for e.taken < len(e.inbox) && e.inbox[e.taken].at <= e.n.now {
		e.taken++
	}
	now := e.inbox[from:e.taken]
	if len(now) == 0 || e.ended { // it came with the piece before, or nobody listens
		return
	}
	b := now[0].octets
	if len(now) > 1 {
		b = nil
		for _, a := range now {
			b = append(b, a.octets...)
		}
	}
	clear(now)
	if e.taken == len(e.inbox) {
		e.inbox, e.taken = e.inbox[:0], 0
	}
	_ = e.party.Receive(e.n.now, b) // ErrEnded alone, and an ended end is left out above
	e.Touch()
	if e.hangup != 0 && e.hangup == e.n.now && e.taken == len(e.inbox) {
		e.hungUp() // the end of the connection came with its last octets: nothing is answered any more
	}
}

// breakOff tells the ends that the direction, or the connection, is no more.
func (e *End) breakOff(k FaultKind) {
	n, to := e.n, e.peer
	tell := func(who *End, at int64, err error) {
		who.deaf = max(at, 1)
		n.flying++
		n.deliver(at, func() {
			n.flying--
			if who.ended {
				return
			}
			who.party.End(n.now, err)
			if err != nil {
				who.ended = true
				who.timer.Stop()
			}
			who.Touch()
		})
	}
	at := max(e.arrives, n.now+e.link.Latency)
	if k == HalfClose {
		tell(to, at, nil)
		return
	}
	e.note(&trace.Close{Conn: e.id, At: n.now, By: "network", Reason: ErrCut.Error()})
	tell(to, at, ErrCut)
	tell(e, max(to.arrives, n.now+e.link.Latency), ErrCut)
}
