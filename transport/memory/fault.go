package memory

import (
	"errors"
	"strconv"
	"time"

	"framewise/core/trace"
)

// FaultKind is what a fault does to a direction of a connection.
type FaultKind uint8

// The kinds. Each acts once, at its place of a direction as the sender wrote it.
const (
	// Corrupt changes an octet: it is XORed with Mask (0: the seed chooses).
	Corrupt FaultKind = iota
	// Stall holds an octet, and so all behind it, for For nanoseconds; below 0: for
	// ever, and nobody is told.
	Stall
	// HalfClose ends the direction before an octet: the receiver is told that the
	// transport has ended, as by a FIN, and closes the connection in turn.
	HalfClose
	// Cut breaks the connection when an octet is sent: it does not arrive, and both
	// ends are told after the latency that the transport has failed (ErrCut).
	Cut
	// Drop takes a whole frame out of the direction; with Frame -1 the client's
	// preface.
	Drop
	// Inject puts Octets behind the frame, as if its sender had sent them; it knows
	// nothing of them. With Frame -1 they come before all frames: behind the
	// client's preface, or before the first octet of the server.
	Inject
	faultKinds
)

var faultNames = [faultKinds]string{"corrupt", "stall", "half-close", "cut", "drop", "inject"}

// String is the name under which the record keeps the fault.
func (k FaultKind) String() string {
	if k < faultKinds {
		return faultNames[k]
	}
	return "fault " + strconv.Itoa(int(k))
}

// Fault is something that is done to a connection on purpose. It becomes an
// entry of the record (trace.Fault) when it acts. A Fault belongs to one network
// at a time, which notes in it what became of it.
type Fault struct {
	Kind FaultKind
	Conn uint32 // of the record, from 1; 0: every connection of the link
	Dir  trace.Dir
	// Frame is a frame of the direction as its sender wrote it, from 0: the client's
	// preface and what other faults inject are not counted. -1: the direction's start.
	Frame int64
	// Heard, of Inject: Frame is one of the other direction, -1 the client's preface.
	// The octets go out at the instant at which their sender has received it, before
	// all that it says in answer, and behind a frame that it has begun.
	Heard  bool
	At     int64  // octet of the frame, header included, from 0; of the direction when Frame is -1
	Mask   byte   // Corrupt
	For    int64  // Stall, nanoseconds
	Octets []byte // Inject

	way    *way  // the direction that it is for, once there is one
	other  *way  // the opposite one
	behind int64 // Inject: the frame of its direction that it follows, unheard while that is not known
	acted  bool
}

// unheard is the place of what waits for a frame of the other direction.
const unheard = -2

// FaultOf is the fault that a step of a record describes; nil: there is no such
// kind, or it can't wait for a frame of the other direction.
func FaultOf(s trace.Step) *Fault {
	for k, name := range faultNames {
		if name == s.Kind && (!s.Heard || FaultKind(k) == Inject) {
			return &Fault{Kind: FaultKind(k), Conn: s.Conn, Dir: s.Dir, Frame: s.Frame, Heard: s.Heard, At: s.Offset, Mask: s.Mask, For: s.For, Octets: s.Octets}
		}
	}
	return nil
}

// Missed says why the fault has not acted so far, in words; "" when it has.
func (f *Fault) Missed() string {
	end, other := "client", "server"
	if f.Dir == trace.ToClient {
		end, other = other, end
	}
	switch {
	case f.acted:
		return ""
	case f.way == nil:
		return "connection " + strconv.Itoa(int(f.Conn)) + " does not exist"
	case f.Heard && f.behind != unheard:
		return "the " + end + " sent nothing any more when it had received " + f.anchor()
	case f.Heard && f.Frame < f.other.frame.n:
		return f.anchor() + " was never received whole"
	case f.Heard:
		return "the " + other + " never sent its frame " + strconv.FormatInt(f.Frame+1, 10) + ", it sent " + strconv.FormatInt(f.other.frame.n, 10)
	case f.Frame >= f.way.frame.n && f.Frame >= 0:
		return "the " + end + " never sent its frame " + strconv.FormatInt(f.Frame+1, 10) + ", it sent " + strconv.FormatInt(f.way.frame.n, 10)
	case f.way.gone:
		return "nothing that the " + end + " sent arrived any more"
	case f.Frame < 0:
		return "the " + end + " sent only " + strconv.FormatInt(f.way.octets, 10) + " octets"
	}
	return "frame " + strconv.FormatInt(f.Frame+1, 10) + " of the " + end + " has no octet " + strconv.FormatInt(f.At, 10)
}

// anchor names the frame that the sender of the octets must have received.
func (f *Fault) anchor() string {
	switch {
	case f.Frame >= 0 && f.Dir == trace.ToServer:
		return "frame " + strconv.FormatInt(f.Frame+1, 10) + " of the server"
	case f.Frame >= 0:
		return "frame " + strconv.FormatInt(f.Frame+1, 10) + " of the client"
	case f.Dir == trace.ToServer:
		return "the preface of the server, which has none,"
	}
	return "the preface of the client"
}

// ErrCut is what a session ends with when a Cut broke its connection.
var ErrCut = errors.New("the network has cut the connection")

// distance is how many octets are left until the fault acts on one; below 0:
// that is not known, or it has been passed.
func (f *Fault) distance() int64 {
	w := f.way
	at := f.At
	if f.Kind == Drop {
		at = 0
	}
	switch frame, off := w.frame.place(); {
	case f.Kind == Inject || f.Kind == Drop && f.Frame < 0 && w.frame.begins(): // the server has no preface
		return -1
	case f.Frame < 0:
		return at - w.octets
	case f.Frame == frame:
		return at - off
	}
	return -1
}

// where is the place of an octet for people: frames are counted from 1 for them.
func (f *Fault) where() string {
	s := "octet " + strconv.FormatInt(f.At, 10)
	if f.Frame >= 0 {
		s += " of frame " + strconv.FormatInt(f.Frame+1, 10) + " of this direction"
	}
	return s
}

// part is a run of octets that share their fate.
type part struct {
	octets   []byte
	received []byte // nil: as sent
	hold     int64  // nanoseconds more
	lost     bool   // they never arrive
	ends     bool   // the direction or the connection ends here, by the fault end
	injected bool   // their sender knows nothing of them
	unseen   bool   // the record does not have them
	end      FaultKind
	heard    []anchored
}

// anchored is a fault that acts when its end has received so many octets of a part.
type anchored struct {
	f  *Fault
	to int
}

// plain says that nothing is done to the octets here; those behind may join.
func (p *part) plain() bool {
	return p.received == nil && p.hold == 0 && !p.ends && !p.injected
}

// parts lets the faults act on octets that are sent now.
func (e *End) parts(b []byte) []part {
	w := &e.way
	if len(w.faults) == 0 && len(w.awaited) == 0 && !w.dropped || e.id == 0 {
		return []part{{octets: b, lost: w.gone}}
	}
	out := e.inject(nil)
	from := 0 // of the last part, within b
	for i := 0; i < len(b); {
		p, n := e.part(b[i:])
		w.octets += int64(n)
		if k := len(out) - 1; k >= 0 && p.plain() && out[k].plain() && out[k].lost == p.lost {
			out[k].octets = b[from : i+n : i+n]
		} else {
			p.octets, from = b[i:i+n:i+n], i
			out = append(out, p)
		}
		i += n
		w.pass(&out[len(out)-1])
		out = e.inject(out)
	}
	return out
}

// pass notes at the end of a part which faults wait for the frame that ends there.
func (w *way) pass(p *part) {
	if !w.frame.begins() {
		return
	}
	left := w.awaited[:0]
	for _, f := range w.awaited {
		if f.Frame == w.frame.n-1 {
			p.heard = append(p.heard, anchored{f, len(p.octets)})
			continue
		}
		left = append(left, f)
	}
	w.awaited = left
}

// part is the fate of the next octets, and how many share it.
func (e *End) part(b []byte) (p part, n int) {
	w := &e.way
	n = len(b)
	left := w.faults[:0]
	for _, f := range w.faults {
		d := f.distance()
		if d == 0 && !w.gone {
			e.act(f, b[0], &p)
			continue
		}
		if d > 0 {
			n = int(min(int64(n), d))
		}
		left = append(left, f)
	}
	w.faults = left
	switch {
	case w.dropped:
		p.received = []byte{}
	case p.received != nil:
		n = 1
	}
	p.lost = w.gone
	n = w.frame.take(b[:n], true)
	return p, n
}

// act lets a fault act on an octet.
func (e *End) act(f *Fault, b byte, p *part) {
	w := &e.way
	f.acted = true
	switch f.Kind {
	case Corrupt:
		mask := f.Mask
		for mask == 0 {
			mask = byte(w.dice.below(256))
		}
		if p.received != nil {
			b = p.received[0]
		}
		p.received = []byte{b ^ mask}
		e.fault(f, f.where()+" becomes 0x"+hex(b^mask)+" instead of 0x"+hex(b))
	case Drop:
		w.dropped = true
		what := "the preface is lost"
		if f.Frame >= 0 {
			what = "frame " + strconv.FormatInt(f.Frame+1, 10) + " of this direction is lost"
		}
		e.fault(f, what)
	case Stall:
		if f.For < 0 {
			w.gone = true
			e.fault(f, f.where()+" and what follows never arrives")
			return
		}
		p.hold += f.For
		e.fault(f, f.where()+" is held for "+time.Duration(f.For).String())
	case HalfClose, Cut:
		w.gone, p.ends, p.end = true, true, f.Kind
		e.fault(f, f.where()+" and what follows never arrives")
	}
}

// inject adds what is to follow the frame that has just been sent.
func (e *End) inject(out []part) []part {
	w := &e.way
	if !w.frame.begins() {
		return out
	}
	w.dropped = false
	left := w.faults[:0]
	for _, f := range w.faults {
		if f.Kind != Inject || f.behind != w.frame.n-1 {
			left = append(left, f)
			continue
		}
		f.acted = true
		text := strconv.Itoa(len(f.Octets)) + " octets behind octet " + strconv.FormatInt(w.octets, 10) + " are not by the " + e.side()
		if f.Heard {
			text += ", which has received " + f.anchor()
		}
		e.note(&trace.Fault{Conn: e.id, At: e.n.now, Kind: f.Kind.String(), Text: e.dir.String() + ": " + text,
			Dir: e.dir, Offset: w.octets + w.foreign, Length: int64(len(f.Octets))})
		w.foreign += int64(len(f.Octets))
		out = append(out, part{octets: f.Octets[:len(f.Octets):len(f.Octets)], injected: true, lost: w.gone})
	}
	w.faults = left
	return out
}

func hex(b byte) string { const d = "0123456789abcdef"; return string([]byte{d[b>>4], d[b&15]}) }

// fault writes an entry of the record.
func (e *End) fault(f *Fault, text string) {
	e.note(&trace.Fault{Conn: e.id, At: e.n.now, Kind: f.Kind.String(), Text: e.dir.String() + ": " + text})
}
