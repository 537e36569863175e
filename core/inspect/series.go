package inspect

// A window is a sum: what it began with, plus the increments of WINDOW_UPDATE,
// minus the flow-controlled lengths of DATA. Frames of one direction arrive in
// the order in which they were sent. So two sums a direction are enough for
// both ends' opinion of both windows at any instant: an end knows the frames
// that it has sent and those that it has received, and these are two numbers.

// What is summed up, for each direction and each stream.
const (
	sumData   = 0 // flow-controlled lengths of DATA
	sumUpdate = 1 // increments of WINDOW_UPDATE
)

// total is the sum of a whole connection after a frame of a direction.
type total struct {
	seq uint32 // the frame's number in its direction, from 1
	sum int64
}

// sumAt is the sum over the frames up to number seq.
func sumAt(l *list[total], seq uint32) int64 {
	if n := l.len(); n == 0 || l.last().seq <= seq { // the newest is what is mostly asked for
		if n == 0 {
			return 0
		}
		return l.last().sum
	}
	i := l.search(func(t *total) bool { return t.seq <= seq })
	if i == 0 {
		return 0
	}
	return l.at(i - 1).sum
}

func addTo(l *list[total], seq uint32, n int64) {
	if l.len() > 0 {
		n += l.last().sum
	}
	l.add(total{seq, n})
}

// point is the sum of one stream after a frame of a direction. The points of a
// stream lie among those of all others; prev links them to a list. jump leads
// further back, as far as the position in the list allows to skip (the scheme
// is E. Myers's, "An applicative random-access stack"), which makes the way to
// any instant logarithmic without an index for each stream.
type point struct {
	sum   int64
	seq   uint32
	prev  uint32 // number of the point before, from 1; 0: none
	jump  uint32
	depth uint32 // points before it
}

// addPoint adds n to the sum that head ends in and returns the new head.
func addPoint(l *list[point], head, seq uint32, n int64) uint32 {
	p := point{sum: n, seq: seq, prev: head, jump: head}
	if head != 0 {
		h := l.at(int(head - 1))
		p.sum += h.sum
		p.depth = h.depth + 1
		if h.jump != 0 {
			j := l.at(int(h.jump - 1))
			if h.depth-j.depth == j.depth-jumpDepth(l, j) && j.jump != 0 {
				p.jump = j.jump
			}
		}
	}
	l.add(p)
	return uint32(l.len())
}

func jumpDepth(l *list[point], p *point) uint32 {
	if p.jump == 0 {
		return 0
	}
	return l.at(int(p.jump - 1)).depth
}

// pointAt is the sum over the stream's frames up to number seq.
func pointAt(l *list[point], head, seq uint32) int64 {
	for head != 0 {
		p := l.at(int(head - 1))
		if p.seq <= seq {
			return p.sum
		}
		head = p.prev
		if p.jump != 0 && l.at(int(p.jump-1)).seq > seq {
			head = p.jump
		}
	}
	return 0
}
