package inspect

import (
	"sort"

	"framewise/core/trace"
)

// piece is a chunk of the record and where it stands in its direction.
type piece struct {
	start int64 // octets of the direction before it
	chunk *trace.Chunk
}

// octets of the piece that frames are made of: what was received. Where less
// arrived than was sent, what was sent is shown instead, because frames can
// only be told apart with it; see direction.lose.
func (p *piece) octets() []byte { return seen(p.chunk) }

func seen(c *trace.Chunk) []byte {
	if c.Received != nil && len(c.Received) == len(c.Octets) {
		return c.Received
	}
	return c.Octets
}

// pieceAt is the index of the piece in which the octet at off lies. Empty
// pieces are not kept, so there is exactly one. Most questions are about the piece
// of the one before, or the next.
func (d *direction) pieceAt(off int64) int {
	for i := d.near; i < min(d.near+2, len(d.pieces)) && d.pieces[i].start <= off; i++ {
		if i+1 == len(d.pieces) || d.pieces[i+1].start > off {
			d.near = i
			return i
		}
	}
	i := sort.Search(len(d.pieces), func(i int) bool { return d.pieces[i].start > off }) - 1
	d.near = max(i, 0)
	return i
}

// read returns the n octets from off. They are a window on the record when they
// lie in one piece, else a copy; the caller must not change them.
func (d *direction) read(off int64, n int) []byte {
	if n <= 0 {
		return nil
	}
	i := d.pieceAt(off)
	b := d.pieces[i].octets()[off-d.pieces[i].start:]
	if len(b) >= n {
		return b[:n:n]
	}
	out := append(make([]byte, 0, n), b...)
	for i++; len(out) < n; i++ {
		b = d.pieces[i].octets()
		out = append(out, b[:min(len(b), n-len(out))]...)
	}
	return out
}

// times of the octet at off: a frame is sent and received with its last one.
func (d *direction) times(off int64) (sent, recv int64) {
	c := d.pieces[d.pieceAt(off)].chunk
	return c.SentAt, c.ReceivedAt
}
