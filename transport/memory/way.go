package memory

import (
	"slices"

	"framewise/core/frame"
	"framewise/core/trace"
)

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

// way is one direction of a link: what has left, and what is to happen to it.
type way struct {
	dice    dice
	faults  []*Fault // that have not acted, once the connection is in the record
	injects []*Fault // all of them that inject
	awaited []*Fault // of the other direction, which act when a frame of this one has arrived
	octets  int64    // that were sent while faults waited, injected ones left out
	foreign int64    // that were injected
	frame   counter
	dropped bool // the frame that is being sent is dropped
	gone    bool // nothing arrives any more
}

func newWay(l Link, dir trace.Dir) way {
	w := way{dice: dice(l.Seed ^ (uint64(dir)+1)<<56)}
	if dir == trace.ToServer {
		w.frame.rest = int64(len(frame.Preface))
	}
	return w
}

// await gives an end's direction the faults that are meant for it.
func (e *End) await() {
	for _, f := range e.link.Faults {
		if f.Dir != e.dir || f.Conn != 0 && f.Conn != e.id {
			continue
		}
		f.way, f.other, f.behind = &e.way, &e.peer.way, f.Frame
		if f.Kind == Inject && f.Heard {
			f.behind = unheard
			e.peer.way.awaited = append(e.peer.way.awaited, f)
		}
		e.way.faults = append(e.way.faults, f)
		if f.Kind == Inject {
			e.way.injects = append(e.way.injects, f)
		}
	}
}

// injected is how many frames are injected just before the sender's own frame n.
func (w *way) injected(n uint32) (frames uint32) {
	for _, f := range w.injects {
		if f.behind == int64(n)-1 {
			var k counter
			k.take(f.Octets, false)
			frames += uint32(k.n)
		}
	}
	return frames
}

// heard says whether an injection waits for nothing but its sender's turn.
func (w *way) heard() bool {
	return slices.ContainsFunc(w.faults, func(f *Fault) bool { return f.Heard && f.behind != unheard }) && w.frame.begins()
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

// place is the frame of the next octet and the octet's place in it; the frame is
// -1 in the preface.
func (k *counter) place() (frame0, off int64) {
	switch {
	case k.begins():
		return k.n, 0
	case k.head > 0:
		return k.n - 1, int64(k.head)
	}
	return k.n - 1, frame.HeaderLen + k.length - k.rest
}

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
