package export

import (
	"encoding/binary"
	"io"
	"net/netip"

	"framewise/core/frame"
	"framewise/core/trace"
)

// httpPort is the server's port in every capture that is written. Wireshark
// asks its HTTP dissector there, which knows the connection preface and hands
// over to HTTP/2; at most other ports nobody looks for it.
const httpPort = 80

// What the made-up TCP looks like.
const (
	mss        = 1460
	window     = 65535
	scale      = 10 // the window is 64 MiB
	ackEvery   = 64 // segments of a chunk after which the other end acknowledges
	firstPort  = 49152
	portsAbove = 65536 - firstPort
)

// TCP's flags.
const (
	fin = 1
	syn = 2
	psh = 8
	ack = 16
)

// capturing writes packets.
type capturing struct {
	out
	ng    bool
	epoch int64
	conns map[uint32]*wire
	taken map[netip.AddrPort]bool
	last  int64

	title, generator string
	entries          []trace.Entry
	at               int                     // entries that were written
	lasts            map[uint32]int          // index of each connection's last chunk
	firsts           map[uint32]*trace.Chunk // the client's first one
}

// wire is a connection over made-up TCP.
type wire struct {
	ends  [2]netip.AddrPort
	seq   [2]uint32
	id    uint16
	close *trace.Close // to be written behind the last chunk
	last  int          // index of the last chunk
	early int          // octets of the client's next chunk that were written already
	asked bool         // the client's first chunk was written
	first *trace.Chunk // of the client
}

// newCapturing writes the chunks of a record as TCP: handshake, segments of at
// most mss octets with sequence numbers, acknowledgements and checksums, FIN.
// Addresses are those of the record where it has some, else those for
// documentation (RFC 5737); the server's port is httpPort. Where the server
// speaks before the client, as it may within TLS 1.3, the client's preface is
// written before that: Wireshark knows HTTP/2 by it, from there on.
func newCapturing(w io.Writer, ng bool, o Options) *capturing {
	return &capturing{out: out{w: w}, ng: ng, generator: o.Generator, conns: map[uint32]*wire{}, taken: map[netip.AddrPort]bool{},
		lasts: map[uint32]int{}, firsts: map[uint32]*trace.Chunk{}}
}

// feed looks ahead: what is written of a connection depends on its end.
func (c *capturing) feed(e trace.Entry) {
	switch e := e.(type) {
	case *trace.Header:
		c.epoch, c.title = epochOf(e), e.Title
	case *trace.Chunk:
		c.lasts[e.Conn] = len(c.entries)
		if e.Dir == trace.ToServer && c.firsts[e.Conn] == nil {
			c.firsts[e.Conn] = e
		}
	}
	c.entries = append(c.entries, e)
}

// step writes entries up to one; see Writer.Step.
func (c *capturing) step(to int) (more bool, err error) {
	if c.at == 0 {
		c.begin(c.title, c.generator)
	}
	for ; c.at < to; c.at++ {
		c.entry(c.at, c.entries[c.at])
		if err := c.flush(false); err != nil {
			return false, err
		}
	}
	switch {
	case to < len(c.entries):
		return true, nil
	case len(c.conns) == 0:
		return false, ErrNothing
	}
	return false, c.flush(true)
}

func (c *capturing) entry(i int, e trace.Entry) {
	switch e := e.(type) {
	case *trace.Conn:
		c.conns[e.ID] = c.open(e)
		c.conns[e.ID].last, c.conns[e.ID].first = c.lasts[e.ID], c.firsts[e.ID]
	case *trace.Chunk:
		if x := c.conns[e.Conn]; x != nil {
			c.chunk(x, e)
			if i == x.last && x.close != nil {
				c.close(x, x.close)
			}
		}
	case *trace.Close:
		if x := c.conns[e.Conn]; x != nil && x.close == nil {
			if x.close = e; i > x.last {
				c.close(x, e)
			}
		}
	}
}

// begin writes the header of the file.
func (c *capturing) begin(title, generator string) {
	const linkRaw = 101
	le := binary.LittleEndian
	if !c.ng {
		c.buf = le.AppendUint32(c.buf, 0xa1b23c4d) // times in nanoseconds
		c.buf = le.AppendUint16(le.AppendUint16(c.buf, 2), 4)
		c.buf = le.AppendUint32(le.AppendUint64(c.buf, 0), 65535)
		c.buf = le.AppendUint32(c.buf, linkRaw)
		return
	}
	body := le.AppendUint32(nil, 0x1a2b3c4d)
	body = le.AppendUint16(le.AppendUint16(body, 1), 0)
	body = le.AppendUint64(body, 1<<64-1)
	const comment, application = 1, 4
	body = option(body, comment, title)
	body = option(body, application, generator)
	c.block(0x0a0d0d0a, option(body, 0, ""))
	const name, resolution = 2, 9
	body = le.AppendUint32(le.AppendUint16(le.AppendUint16(nil, linkRaw), 0), 0)
	body = option(body, name, "made-up TCP")
	body = option(body, resolution, "\x09")
	c.block(1, option(body, 0, ""))
}

// option appends an option of a block; code 0 ends them.
func option(dst []byte, code uint16, value string) []byte {
	if code != 0 && value == "" {
		return dst
	}
	value = value[:min(len(value), 65535)]
	dst = binary.LittleEndian.AppendUint16(dst, code)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(value)))
	dst = append(dst, value...)
	return append(dst, make([]byte, -len(value)&3)...)
}

func (c *capturing) block(kind uint32, body []byte) {
	le := binary.LittleEndian
	n := uint32(12 + len(body))
	c.buf = le.AppendUint32(le.AppendUint32(c.buf, kind), n)
	c.buf = le.AppendUint32(append(c.buf, body...), n)
}

// open makes the handshake of a connection.
func (c *capturing) open(e *trace.Conn) *wire {
	x := &wire{seq: [2]uint32{e.ID<<12 + 1, e.ID<<12 + 0x80000000}}
	client, ok1 := address(e.Client, netip.AddrFrom4([4]byte{192, 0, 2, 1}))
	server, ok2 := address(e.Server, netip.AddrFrom4([4]byte{192, 0, 2, 2}))
	if client.Addr().Is4() != server.Addr().Is4() || !ok1 || !ok2 {
		client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), client.Port())
		server = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 2}), server.Port())
	}
	port := client.Port()
	for try := uint32(0); port < firstPort || c.taken[netip.AddrPortFrom(client.Addr(), port)] && try < portsAbove; try++ {
		port = uint16(firstPort + (e.ID+try)%portsAbove)
	}
	x.ends = [2]netip.AddrPort{netip.AddrPortFrom(client.Addr(), port), netip.AddrPortFrom(server.Addr(), httpPort)}
	c.taken[x.ends[0]] = true
	c.segment(x, 0, e.At, syn, nil)
	x.seq[0]++
	c.segment(x, 1, e.At, syn|ack, nil)
	x.seq[1]++
	c.segment(x, 0, e.At, ack, nil)
	return x
}

// address reads the name of an end; a name that is no address becomes the
// address for documentation.
func address(name string, other netip.Addr) (a netip.AddrPort, ok bool) {
	if a, err := netip.ParseAddrPort(name); err == nil {
		return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()), true
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return netip.AddrPortFrom(a.Unmap().WithZone(""), 0), true
	}
	return netip.AddrPortFrom(other, 0), false
}

func (c *capturing) chunk(x *wire, e *trace.Chunk) {
	dir := int(e.Dir & 1)
	b := e.Octets
	switch {
	case dir == 0 && x.early > 0:
		b, x.early = b[x.early:], 0
	case dir == 1 && !x.asked && x.first != nil && len(x.first.Octets) >= len(frame.Preface) && string(x.first.Octets[:len(frame.Preface)]) == frame.Preface:
		c.segment(x, 0, e.SentAt, ack|psh, []byte(frame.Preface))
		x.early = len(frame.Preface)
		x.seq[0] += uint32(x.early)
	}
	x.asked = true
	for n := 1; len(b) > 0; n++ {
		k := min(len(b), mss)
		flags := byte(ack)
		if k == len(b) {
			flags |= psh
		}
		c.segment(x, dir, e.SentAt, flags, b[:k])
		x.seq[dir] += uint32(k)
		if b = b[k:]; n%ackEvery == 0 || len(b) == 0 {
			c.segment(x, 1-dir, e.SentAt, ack, nil)
		}
	}
}

// close ends a connection in order, from the end that the record names.
func (c *capturing) close(x *wire, e *trace.Close) {
	first := 0
	if e.By == "server" {
		first = 1
	}
	for _, dir := range []int{first, 1 - first} {
		c.segment(x, dir, e.At, fin|ack, nil)
		x.seq[dir]++
	}
	c.segment(x, first, e.At, ack, nil)
}

// segment writes a packet. Times never go back.
func (c *capturing) segment(x *wire, dir int, at int64, flags byte, data []byte) {
	c.last = max(c.last, at)
	p := packetOf(x, dir, flags, data)
	ns := uint64(c.epoch + c.last)
	le := binary.LittleEndian
	if !c.ng {
		c.buf = le.AppendUint32(le.AppendUint32(c.buf, uint32(ns/1e9)), uint32(ns%1e9))
		c.buf = le.AppendUint32(le.AppendUint32(c.buf, uint32(len(p))), uint32(len(p)))
		c.buf = append(c.buf, p...)
		return
	}
	body := le.AppendUint32(nil, 0)
	body = le.AppendUint32(le.AppendUint32(body, uint32(ns>>32)), uint32(ns))
	body = le.AppendUint32(le.AppendUint32(body, uint32(len(p))), uint32(len(p)))
	body = append(append(body, p...), make([]byte, -len(p)&3)...)
	c.block(6, body)
}

// packetOf makes the IP packet of a segment.
func packetOf(x *wire, dir int, flags byte, data []byte) []byte {
	be := binary.BigEndian
	src, dst := x.ends[dir], x.ends[1-dir]
	var options []byte
	if flags&syn != 0 { // MSS, no-op, window scale
		options = []byte{2, 4, byte(mss >> 8), byte(mss & 0xff), 1, 3, 3, scale}
	}
	t := be.AppendUint16(be.AppendUint16(nil, src.Port()), dst.Port())
	t = be.AppendUint32(t, x.seq[dir])
	acked := x.seq[1-dir]
	if flags&ack == 0 {
		acked = 0
	}
	t = be.AppendUint32(t, acked)
	t = append(t, byte(20+len(options))/4<<4, flags)
	t = be.AppendUint16(t, window)
	t = append(append(append(t, 0, 0, 0, 0), options...), data...)
	x.id++
	var ip []byte
	pseudo := append(append([]byte(nil), src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
	pseudo = be.AppendUint32(be.AppendUint32(pseudo, uint32(len(t))), 6)
	if src.Addr().Is4() {
		ip = be.AppendUint16([]byte{0x45, 0}, uint16(20+len(t)))
		ip = append(be.AppendUint16(ip, x.id), 0x40, 0, 64, 6, 0, 0)
		ip = append(append(ip, src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
		be.PutUint16(ip[10:], checksum(ip, 0))
	} else {
		ip = be.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(t)))
		ip = append(ip, 6, 64)
		ip = append(append(ip, src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
	}
	be.PutUint16(t[16:], checksum(t, sum(pseudo, 0)))
	return append(ip, t...)
}

// sum adds 16-bit words (RFC 1071).
func sum(b []byte, s uint32) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) > 0 {
		s += uint32(b[0]) << 8
	}
	return s
}

func checksum(b []byte, s uint32) uint16 {
	s = sum(b, s)
	for s>>16 != 0 {
		s = s&0xffff + s>>16
	}
	return ^uint16(s)
}
