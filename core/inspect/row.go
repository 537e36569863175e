package inspect

import "framewise/core/frame"

// What a row is.
const (
	kindFrame = iota
	kindPreface
	kindGarbage
	kindCut
)

var kindNames = [...]string{"frame", "preface", "garbage", "cut"}

// row is a frame as it is kept: where its octets lie, and how far each end was
// when the frame acted on it. All text is made when somebody asks.
type row struct {
	off   int64  // of its first octet in its direction
	id    uint32 // stream identifier
	slot  uint32 // number of the stream in its connection, from 1; 0: none
	seq   uint32 // number of the frame in its direction, from 1; 0 for what is no frame
	sent  uint32 // how many frames the sender had sent and received, this one included
	recv  uint32 // the same for the receiver; 0: it has not received this one
	block uint32 // number of the field block in its direction, from 1; 0: none
	size  uint32 // octets of payload, and above them the type
	conn  uint16
	bits  uint8
	flags frame.Flags
}

// bits of a row.
const (
	bitDir     = 1 << 0 // server to client
	bitKind    = 3 << 1
	bitProblem = 1 << 3
	bitIgnored = 1 << 4 // it breaks a rule in a way that leaves it without effect
)

func (r *row) dir() int          { return int(r.bits & bitDir) }
func (r *row) kind() int         { return int(r.bits & bitKind >> 1) }
func (r *row) typ() frame.Type   { return frame.Type(r.size >> 24) }
func (r *row) length() int       { return int(r.size & (1<<24 - 1)) }
func (r *row) is(bit uint8) bool { return r.bits&bit != 0 }

func makeRow(c *connection, dir int, kind int, off int64) row {
	return row{off: off, conn: uint16(c.index), bits: uint8(dir | kind<<1)}
}
