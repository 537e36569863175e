package trace

import "math"

// Network is what a runtime's network was told to do to a session. With the
// header's program and seed it is all that is needed to make the record again.
type Network struct {
	Latency   int64 // nanoseconds each way
	Jitter    int64 // nanoseconds that a piece may take beyond the latency
	Bandwidth int64 // octets a second, 0: unlimited
	Chunk     int   // octets that arrive at once at most, 0: as they were sent
	Steps     []Step
	Extra     Extra
}

// Step is something that is done to a connection on purpose, once, at a place of
// one direction. When it acts a Fault says so.
type Step struct {
	Kind string // "corrupt", "stall", "half-close", "cut", "drop", "inject"
	Conn uint32 // Conn.ID
	Dir  Dir
	// Frame is a frame of the direction as its sender wrote it, from 0; the
	// client's preface and frames that other steps inject are not counted. -1: the
	// start of the direction.
	Frame int64
	// Heard, of inject: Frame is one of the other direction, -1 the client's preface.
	// The octets leave when their sender has just received it.
	Heard  bool
	Offset int64  // octet of the frame, its header included, from 0; of the direction when Frame is -1
	Mask   byte   // corrupt: what the octet is XORed with, 0: the seed chooses
	For    int64  // stall: nanoseconds, below 0: for ever
	Octets []byte // inject: what follows the frame
	Extra  Extra
}

func appendNetwork(dst []byte, n *Network) []byte {
	if n == nil {
		return dst
	}
	return AppendNetwork(append(dst, `,"network":`...), n)
}

// AppendNetwork appends the object of JSON that a header has for n, nothing when
// n is nil.
func AppendNetwork(dst []byte, n *Network) []byte {
	if n == nil {
		return dst
	}
	return appendObject(dst, func(dst []byte) []byte {
		dst = optUint(dst, "latency", uint64(n.Latency))
		dst = optUint(dst, "jitter", uint64(n.Jitter))
		dst = optUint(dst, "bandwidth", uint64(n.Bandwidth))
		dst = optUint(dst, "chunk", uint64(n.Chunk))
		if len(n.Steps) > 0 {
			dst = append(appendKey(dst, "steps"), '[')
			for i := range n.Steps {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = appendObject(dst, n.Steps[i].append)
			}
			dst = append(dst, ']')
		}
		return appendExtra(dst, n.Extra)
	})
}

func (s *Step) append(dst []byte) []byte {
	dst = appendString(dst, "kind", s.Kind)
	dst = appendUint(dst, "conn", uint64(s.Conn))
	dst = appendString(dst, "dir", s.Dir.String())
	dst = appendInt(dst, "frame", s.Frame)
	if s.Heard {
		dst = append(dst, `,"heard":true`...)
	}
	dst = optUint(dst, "offset", uint64(s.Offset))
	dst = optUint(dst, "mask", uint64(s.Mask))
	if s.For != 0 {
		dst = appendInt(dst, "for", s.For)
	}
	if s.Octets != nil {
		dst = appendOctets(dst, "octets", s.Octets)
	}
	return appendExtra(dst, s.Extra)
}

// appendObject appends an object within the line, whose members have a comma
// before each.
func appendObject(dst []byte, members func([]byte) []byte) []byte {
	dst = append(dst, '{')
	n := len(dst)
	if dst = members(dst); len(dst) > n {
		dst = append(dst[:n], dst[n+1:]...)
	}
	return append(dst, '}')
}

// within reads the object at i, at this depth of the line: each of its members
// goes to known, and is kept as Extra where that is false.
func (p *parser) within(i, depth int, known func(*member) bool) (extra Extra, end int) {
	var ms []member
	end = p.object(i, depth, &ms)
	outer := p.extra
	p.extra = nil
	for k := range ms {
		if p.reason != "" {
			break
		}
		if !known(&ms[k]) {
			p.keep(&ms[k])
		}
	}
	extra, p.extra = Extra(p.extra), outer
	return extra, end
}

func (p *parser) network(m *member) *Network {
	if p.null(m) {
		return nil
	}
	n := &Network{}
	n.Extra, _ = p.within(m.val, 2, func(m *member) bool {
		switch string(m.key) {
		case "latency":
			n.Latency = p.time(m)
		case "jitter":
			n.Jitter = p.time(m)
		case "bandwidth":
			n.Bandwidth = p.int(m, 0, math.MaxInt64)
		case "chunk":
			n.Chunk = int(p.int(m, 0, math.MaxInt32))
		case "steps":
			n.Steps = p.steps(m)
		default:
			return false
		}
		return true
	})
	return n
}

// steps reads an array of steps, whose form as JSON has been checked.
func (p *parser) steps(m *member) (list []Step) {
	if p.null(m) {
		return nil
	}
	if p.b[m.val] != '[' {
		p.wrong(m, "an array")
		return nil
	}
	for i := p.space(m.val + 1); p.reason == "" && p.b[i] != ']'; {
		var s Step
		s, i = p.step(i)
		list = append(list, s)
		if i = p.space(i); p.b[i] == ',' {
			i = p.space(i + 1)
		}
	}
	return list
}

func (p *parser) step(i int) (s Step, end int) {
	s.Extra, end = p.within(i, 4, func(m *member) bool {
		switch string(m.key) {
		case "kind":
			s.Kind = p.str1(m)
		case "conn":
			s.Conn = p.uint32(m)
		case "dir":
			s.Dir = p.dir(m)
		case "frame":
			s.Frame = p.int(m, -1, math.MaxInt64)
		case "heard":
			s.Heard = p.bool(m)
		case "offset":
			s.Offset = p.time(m)
		case "mask":
			s.Mask = byte(p.uint(m, 255))
		case "for":
			s.For = p.int(m, math.MinInt64, math.MaxInt64)
		case "octets":
			s.Octets = p.octets(m)
		default:
			return false
		}
		return true
	})
	return s, end
}
