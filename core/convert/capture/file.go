package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"framewise/core/convert/tlsread"
)

// Error is what is wrong with a capture file: which octet, from 0, and why.
// Everything before it was read.
type Error struct {
	Offset int64
	Reason string
}

// Error is one line.
func (e *Error) Error() string {
	return "octet " + strconv.FormatInt(e.Offset, 10) + ": " + e.Reason
}

// packet is one packet of a file.
type packet struct {
	at     int64  // nanoseconds since 1970, 0 where the file has no times
	link   uint32 // link type, as the pcap registry numbers them
	data   []byte // valid until the next packet
	length int    // octets that it had on the wire
}

// maxBlock is the longest packet or block of a file that is taken.
const maxBlock = 16 << 20

// maxInterfaces is how many interfaces a section of a pcapng may have.
const maxInterfaces = 1 << 16

// file reads packets of a pcap or a pcapng.
type file struct {
	r      *bufio.Reader
	off    int64
	order  binary.ByteOrder
	ng     bool
	nano   bool   // pcap: times are in nanoseconds
	link   uint32 // pcap
	ifaces []iface
	keys   *tlsread.KeyLog
	buf    []byte
}

// iface is an interface of a pcapng.
type iface struct {
	link   uint32
	snap   uint32
	perSec uint64 // units of time a second
	offset int64  // seconds
}

// The first four octets of the formats, in one of the byte orders.
const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
	magicNG    = 0x0a0d0d0a
	magicOrder = 0x1a2b3c4d
)

// Is says whether octets, at least four, begin a pcap, or a pcapng (ng).
func Is(head []byte) (is, ng bool) {
	if len(head) < 4 {
		return false, false
	}
	le, be := binary.LittleEndian.Uint32(head), binary.BigEndian.Uint32(head)
	for _, m := range []uint32{le, be} {
		if m == magicMicro || m == magicNano {
			return true, false
		}
	}
	return le == magicNG, le == magicNG
}

func (f *file) fail(at int64, reason string) error { return &Error{at, reason} }

// need reads n octets into f.buf, which grows as they come, whatever a file
// says. what is what they are of.
func (f *file) need(n int, what string) ([]byte, error) {
	f.buf = f.buf[:0]
	for len(f.buf) < n {
		from := len(f.buf)
		step := min(n-from, 256<<10)
		if cap(f.buf)-from < step {
			f.buf = append(f.buf, make([]byte, step)...)
		} else {
			f.buf = f.buf[:from+step]
		}
		got, err := io.ReadFull(f.r, f.buf[from:])
		f.off += int64(got)
		switch {
		case errors.Is(err, io.EOF) && from == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, f.fail(f.off, "the file ends in the middle of "+what)
		case err != nil:
			return nil, err
		}
	}
	return f.buf, nil
}

// start reads the header of the file.
func (f *file) start() error {
	b, err := f.r.Peek(4)
	if err != nil {
		return f.cut(err, "its first octets")
	}
	is, ng := Is(b)
	switch {
	case !is:
		return f.fail(0, "this is no pcap and no pcapng")
	case ng:
		f.ng = true
		return nil
	}
	b, err = f.need(24, "the header of the pcap")
	if err != nil {
		return f.cut(err, "the header of the pcap")
	}
	f.order = binary.ByteOrder(binary.LittleEndian)
	if m := binary.BigEndian.Uint32(b); m == magicMicro || m == magicNano {
		f.order = binary.BigEndian
	}
	f.nano = f.order.Uint32(b) == magicNano
	if v := f.order.Uint16(b[4:]); v != 2 {
		return f.fail(4, "a pcap of version "+strconv.Itoa(int(v))+", known is 2")
	}
	f.link = f.order.Uint32(b[20:]) & 0xffff // above it: about frame check sequences
	return nil
}

func (f *file) cut(err error, what string) error {
	if errors.Is(err, io.EOF) {
		return f.fail(f.off, "the file ends before "+what)
	}
	return err
}

// next is the next packet; io.EOF at the end of the file.
func (f *file) next() (packet, error) {
	if f.ng {
		return f.nextNG()
	}
	at := f.off
	h, err := f.need(16, "a packet's header")
	if err != nil {
		return packet{}, err
	}
	sec, frac := int64(f.order.Uint32(h)), int64(f.order.Uint32(h[4:]))
	if !f.nano {
		frac *= 1000
	}
	n, length := f.order.Uint32(h[8:]), f.order.Uint32(h[12:])
	if n > maxBlock {
		return packet{}, f.fail(at, "a packet says that it is "+strconv.FormatUint(uint64(n), 10)+" octets long")
	}
	p := packet{at: sec*1e9 + frac, link: f.link, length: max(int(n), int(min(length, maxBlock)))}
	p.data, err = f.body(int(n), "a packet")
	return p, err
}

// body is need for octets that must follow.
func (f *file) body(n int, what string) ([]byte, error) {
	b, err := f.need(n, what)
	if errors.Is(err, io.EOF) {
		return nil, f.fail(f.off, "the file ends in the middle of "+what)
	}
	return b, err
}

// Block types of a pcapng.
const (
	blockInterface = 1
	blockOld       = 2 // Packet Block
	blockSimple    = 3
	blockPacket    = 6 // Enhanced Packet Block
	blockSecrets   = 10
	secretsTLS     = 0x544c534b
)

func (f *file) nextNG() (packet, error) {
	for {
		at := f.off
		h, err := f.need(8, "a block's header")
		if err != nil {
			return packet{}, err
		}
		kind := binary.LittleEndian.Uint32(h)
		var length uint32
		if kind == magicNG {
			if length, err = f.section(at, [4]byte(h[4:8])); err != nil {
				return packet{}, err
			}
			if _, err = f.block(at, length, 12); err != nil {
				return packet{}, err
			}
			continue
		}
		if f.order == nil {
			return packet{}, f.fail(at, "a pcapng must begin with a section")
		}
		kind, length = f.order.Uint32(h), f.order.Uint32(h[4:])
		b, err := f.block(at, length, 8)
		if err != nil {
			return packet{}, err
		}
		p, ok, err := f.take(at, kind, b)
		if err != nil || ok {
			return p, err
		}
	}
}

// section begins a section, whose byte order may be another.
func (f *file) section(at int64, length [4]byte) (uint32, error) {
	b, err := f.body(4, "a section's header")
	if err != nil {
		return 0, err
	}
	switch uint32(magicOrder) {
	case binary.LittleEndian.Uint32(b):
		f.order = binary.LittleEndian
	case binary.BigEndian.Uint32(b):
		f.order = binary.BigEndian
	default:
		return 0, f.fail(at+8, "a section's byte order mark is none")
	}
	f.ifaces = f.ifaces[:0]
	return f.order.Uint32(length[:]), nil
}

// block reads the rest of a block, of which done octets are read, and returns
// its body.
func (f *file) block(at int64, length uint32, done int) ([]byte, error) {
	if length < uint32(done)+4 || length%4 != 0 || length > maxBlock {
		return nil, f.fail(at+4, "a block says that it is "+strconv.FormatUint(uint64(length), 10)+" octets long")
	}
	b, err := f.body(int(length)-done, "a block")
	if err != nil {
		return nil, err
	}
	end := len(b) - 4
	if again := f.order.Uint32(b[end:]); again != length {
		return nil, f.fail(f.off-4, "the lengths at both ends of a block differ: "+
			strconv.FormatUint(uint64(length), 10)+" and "+strconv.FormatUint(uint64(again), 10))
	}
	return b[:end], nil
}

// take reads the body of a block; ok if it is a packet.
func (f *file) take(at int64, kind uint32, b []byte) (p packet, ok bool, err error) {
	short := func(n int) bool { return len(b) < n }
	switch kind {
	case blockInterface:
		if short(8) {
			return p, false, f.fail(at, "an interface's block is too short")
		}
		return p, false, f.iface(at, b)
	case blockSecrets:
		if short(8) {
			return p, false, f.fail(at, "a block of secrets is too short")
		}
		n := f.order.Uint32(b[4:])
		if f.order.Uint32(b) == secretsTLS && uint64(n) <= uint64(len(b)-8) && f.keys != nil {
			f.keys.Add(b[8 : 8+n])
		}
	case blockPacket, blockOld:
		if short(20) {
			return p, false, f.fail(at, "a packet's block is too short")
		}
		id := f.order.Uint32(b)
		if kind == blockOld {
			id = uint32(f.order.Uint16(b))
		}
		return f.packet(at, id, uint64(f.order.Uint32(b[4:]))<<32|uint64(f.order.Uint32(b[8:])),
			f.order.Uint32(b[12:]), f.order.Uint32(b[16:]), b[20:])
	case blockSimple:
		if short(4) {
			return p, false, f.fail(at, "a packet's block is too short")
		}
		n := f.order.Uint32(b)
		captured := min(n, uint32(len(b)-4))
		if len(f.ifaces) > 0 && f.ifaces[0].snap != 0 {
			captured = min(captured, f.ifaces[0].snap)
		}
		return f.packet(at, 0, 0, captured, n, b[4:])
	}
	return p, false, nil
}

func (f *file) packet(at int64, id uint32, ts uint64, captured, length uint32, b []byte) (p packet, ok bool, err error) {
	if uint64(id) >= uint64(len(f.ifaces)) {
		return p, false, f.fail(at, "a packet is of interface "+strconv.FormatUint(uint64(id), 10)+", which the file does not describe")
	}
	if uint64(captured) > uint64(len(b)) {
		return p, false, f.fail(at, "a packet says that it is "+strconv.FormatUint(uint64(captured), 10)+" octets long, its block is shorter")
	}
	i := f.ifaces[id]
	p = packet{link: i.link, data: b[:captured], length: max(int(captured), int(min(length, maxBlock)))}
	p.at = i.time(ts)
	return p, true, nil
}

// time is nanoseconds since 1970 of a time in the interface's units.
func (i iface) time(ts uint64) int64 {
	sec, rest := ts/i.perSec, ts%i.perSec
	if sec > 1<<33 { // the year 2242: a lie
		sec = 1 << 33
	}
	return min(max(int64(sec)+i.offset, -(1<<33)), 1<<33)*1e9 + int64(float64(rest)/float64(i.perSec)*1e9+0.5)
}

// iface reads an interface's description, with its options about time.
func (f *file) iface(at int64, b []byte) error {
	if len(f.ifaces) == maxInterfaces {
		return f.fail(at, "a section has more than 65536 interfaces")
	}
	i := iface{link: uint32(f.order.Uint16(b)), snap: f.order.Uint32(b[4:]), perSec: 1e6}
	const resolution, offset = 9, 14
	for o := b[8:]; len(o) >= 4; {
		code, n := f.order.Uint16(o), int(f.order.Uint16(o[2:]))
		if code == 0 || n > len(o)-4 {
			break
		}
		v := o[4 : 4+n]
		switch {
		case code == resolution && n == 1:
			if !i.resolve(v[0]) {
				return f.fail(at, "an interface counts time in units that are too small")
			}
		case code == offset && n == 8:
			i.offset = int64(f.order.Uint64(v))
		}
		o = o[min(len(o), 4+(n+3)&^3):]
	}
	if i.offset > 1<<33 || i.offset < -(1<<33) {
		i.offset = 0
	}
	f.ifaces = append(f.ifaces, i)
	return nil
}

// resolve sets the units of time: a negative power of 10, or of 2.
func (i *iface) resolve(v byte) bool {
	n := v & 0x7f
	if v&0x80 != 0 {
		i.perSec = 1 << (n & 63)
		return n < 63
	}
	i.perSec = 1
	for range n {
		if i.perSec > 1e18 {
			return false
		}
		i.perSec *= 10
	}
	return true
}
