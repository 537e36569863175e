package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// all reads a capture to its end.
func all(t testing.TB, b []byte, o Options) (entries []trace.Entry, r *Report, err error) {
	t.Helper()
	rd, err := NewReader(bytes.NewReader(b), o)
	if err != nil {
		return nil, &Report{}, err
	}
	for {
		e, err := rd.Next()
		if errors.Is(err, io.EOF) {
			return entries, rd.Report(), nil
		}
		if err != nil {
			return entries, rd.Report(), err
		}
		entries = append(entries, e)
	}
}

// streams are the octets of each connection and direction: [2*(id-1)+dir].
func streams(entries []trace.Entry) map[[2]int][]byte {
	out := map[[2]int][]byte{}
	for _, e := range entries {
		if c, ok := e.(*trace.Chunk); ok {
			k := [2]int{int(c.Conn), int(c.Dir)}
			out[k] = append(out[k], c.Octets...)
		}
	}
	return out
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAsGopacketReads holds packets, times and TCP headers equal to what
// gopacket reads in every capture of the tests.
func TestAsGopacketReads(t *testing.T) {
	for _, name := range []string{"h2c.pcapng", "tls.pcapng", "secrets.pcapng", "any.pcap"} {
		b := testdata(t, name)
		var next func() ([]byte, gopacket.CaptureInfo, error)
		var link layers.LinkType
		if strings.HasSuffix(name, "ng") {
			r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions)
			if err != nil {
				t.Fatal(err)
			}
			next, link = r.ReadPacketData, r.LinkType()
		} else {
			r, err := pcapgo.NewReader(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			next, link = r.ReadPacketData, r.LinkType()
		}
		ours, err := NewReader(bytes.NewReader(b), Options{})
		if err != nil {
			t.Fatal(err)
		}
		packets, segments := 0, 0
		for {
			data, ci, err := next()
			p, err2 := ours.file.next()
			if errors.Is(err, io.EOF) && errors.Is(err2, io.EOF) {
				break
			}
			if err != nil || err2 != nil {
				t.Fatalf("%s, packet %d: gopacket says %v, we say %v", name, packets, err, err2)
			}
			packets++
			if !bytes.Equal(data, p.data) || ci.Timestamp.UnixNano() != p.at || ci.Length != p.length || uint32(link) != p.link {
				t.Fatalf("%s, packet %d differs: %v, %d octets, link %d; ours %d, %d, %d", name, packets, ci, len(data), link, p.at, len(p.data), p.link)
			}
			g := gopacket.NewPacket(data, link, gopacket.Default)
			s, v := parse(p)
			tcp, ok := g.Layer(layers.LayerTypeTCP).(*layers.TCP)
			if ok != (v == isTCP) {
				t.Fatalf("%s, packet %d: TCP for gopacket: %v, for us: %v", name, packets, ok, v)
			}
			if !ok {
				continue
			}
			segments++
			if tcp.Seq != s.seq || tcp.Ack != s.ack || uint16(tcp.SrcPort) != s.src.Port() || uint16(tcp.DstPort) != s.dst.Port() ||
				!bytes.Equal(tcp.Payload, s.data) || tcp.SYN != (s.flags&flagSYN != 0) || tcp.FIN != (s.flags&flagFIN != 0) {
				t.Fatalf("%s, packet %d: gopacket reads %+v, we read %+v", name, packets, tcp, s)
			}
		}
		if segments < 10 {
			t.Errorf("%s has %d segments: nothing was compared", name, segments)
		}
	}
}

// wirer makes captures: a pcap of raw IP whose packets are put together by
// gopacket.
type wirer struct {
	t       testing.TB
	packets [][]byte
	seq     [2]uint32
}

func newWirer(t testing.TB) *wirer {
	w := &wirer{t: t, seq: [2]uint32{0xfffffff0, 5000}} // the client's wraps around soon
	w.segment(0, "S", nil)
	w.seq[0]++
	w.segment(1, "SA", nil)
	w.seq[1]++
	w.segment(0, "A", nil)
	return w
}

func (w *wirer) segment(dir int, flags string, data []byte) {
	w.segmentAt(dir, flags, w.seq[dir], data)
}

func (w *wirer) segmentAt(dir int, flags string, seq uint32, data []byte) {
	w.t.Helper()
	ends := [2]layers.IPv4{{SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}}, {SrcIP: []byte{10, 0, 0, 2}, DstIP: []byte{10, 0, 0, 1}}}
	ports := [2][2]layers.TCPPort{{50000, 8080}, {8080, 50000}}
	ip := ends[dir]
	ip.Version, ip.TTL, ip.Protocol, ip.IHL = 4, 64, layers.IPProtocolTCP, 5
	tcp := layers.TCP{SrcPort: ports[dir][0], DstPort: ports[dir][1], Seq: seq, Ack: w.seq[1-dir], Window: 1000,
		SYN: strings.Contains(flags, "S"), ACK: strings.Contains(flags, "A"), FIN: strings.Contains(flags, "F"), RST: strings.Contains(flags, "R")}
	if err := tcp.SetNetworkLayerForChecksum(&ip); err != nil {
		w.t.Fatal(err)
	}
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, &ip, &tcp, gopacket.Payload(data)); err != nil {
		w.t.Fatal(err)
	}
	w.packets = append(w.packets, bytes.Clone(buf.Bytes()))
}

// say sends octets in segments of at most n, each acknowledged.
func (w *wirer) say(dir int, b []byte, n int) {
	for len(b) > 0 {
		k := min(n, len(b))
		w.segment(dir, "A", b[:k])
		w.seq[dir] += uint32(k)
		w.segment(1-dir, "A", nil)
		b = b[k:]
	}
}

// file is the capture, a millisecond between packets.
func (w *wirer) file(snap int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, magicNano)
	b = le.AppendUint16(le.AppendUint16(b, 2), 4)
	b = le.AppendUint32(le.AppendUint64(b, 0), 65535)
	b = le.AppendUint32(b, linkRaw)
	for i, p := range w.packets {
		b = le.AppendUint32(le.AppendUint32(b, 1_700_000_000), uint32(i)*1_000_000)
		k := min(len(p), snap)
		b = le.AppendUint32(le.AppendUint32(b, uint32(k)), uint32(len(p)))
		b = append(b, p[:k]...)
	}
	return b
}

// conversation is what a client and a server say: frames of all kinds, with
// content of n octets each way.
func conversation(n int) (up, down []byte) {
	up = frame.AppendSettings([]byte(frame.Preface), nil)
	down = frame.AppendSettings(nil, nil)
	for id := uint32(1); id < 20; id += 2 {
		up = frame.AppendHeaders(up, id, []byte{0x82, 0x86, 0x84, 0x41, 1, 'a'}, false, true, nil, frame.NoPadding)
		up = frame.AppendData(up, id, bytes.Repeat([]byte{byte(id)}, n), true, frame.NoPadding)
		down = frame.AppendHeaders(down, id, []byte{0x88}, false, true, nil, frame.NoPadding)
		down = frame.AppendData(down, id, bytes.Repeat([]byte{byte(id + 1)}, n), true, frame.NoPadding)
		down = frame.AppendWindowUpdate(down, 0, uint32(n))
	}
	return up, down
}

func (w *wirer) converse(n, size int) (up, down []byte) {
	up, down = conversation(n)
	w.say(0, up, size)
	w.say(1, down, size)
	w.segment(0, "FA", nil)
	w.seq[0]++
	w.segment(1, "FA", nil)
	return up, down
}

func TestReassembly(t *testing.T) {
	w := newWirer(t)
	up, down := w.converse(700, 300)
	whole := slices.Clone(w.packets)
	data := func(i int) bool { return len(whole[i]) > 40 }
	for _, tt := range []struct {
		name   string
		change func() [][]byte
		check  func(r *Report) bool
	}{
		{"as it is", func() [][]byte { return whole }, func(r *Report) bool { return r.Retransmitted+r.OutOfOrder == 0 && r.Lost == 0 }},
		{"each one twice", func() (out [][]byte) {
			for _, p := range whole {
				out = append(out, p, p)
			}
			return out
		}, func(r *Report) bool { return r.Retransmitted > 30 && r.Lost == 0 }},
		{"two at a time the other way round", func() [][]byte {
			out := slices.Clone(whole)
			for i := 5; i+2 < len(out)-4; i += 4 {
				if data(i) && data(i+2) {
					out[i], out[i+2] = out[i+2], out[i]
				}
			}
			return out
		}, func(r *Report) bool { return r.OutOfOrder > 5 && r.Lost == 0 }},
		{"one comes much later", func() [][]byte {
			out := slices.Clone(whole)
			late := out[9]
			out = slices.Delete(out, 9, 10)
			return slices.Insert(out, 40, late)
		}, func(r *Report) bool { return r.OutOfOrder > 5 && r.Lost == 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.packets = tt.change()
			entries, r, err := all(t, w.file(65535), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := streams(entries)
			if !bytes.Equal(got[[2]int{1, 0}], up) || !bytes.Equal(got[[2]int{1, 1}], down) {
				t.Errorf("the octets are not those that were sent: %d and %d, want %d and %d", len(got[[2]int{1, 0}]), len(got[[2]int{1, 1}]), len(up), len(down))
			}
			if !tt.check(r) || r.HTTP2 != 1 || r.Connections != 1 {
				t.Errorf("the report says %+v", r)
			}
			last, ok := entries[len(entries)-1].(*trace.Close)
			if !ok || last.By != "server" && last.By != "client" {
				t.Errorf("the last entry is %+v", entries[len(entries)-1])
			}
		})
	}
	w.packets = whole
}

// Segments that overlap others, in part or whole, change nothing.
func TestOverlap(t *testing.T) {
	w := newWirer(t)
	up, down := conversation(500)
	for at := 0; at < len(up); at += 200 {
		from := max(0, at-57)
		w.segmentAt(0, "A", w.seq[0]+uint32(from), up[from:min(len(up), at+200)])
	}
	w.seq[0] += uint32(len(up))
	w.say(1, down, 1400)
	entries, r, err := all(t, w.file(65535), Options{})
	if err != nil || !bytes.Equal(streams(entries)[[2]int{1, 0}], up) {
		t.Errorf("%v, %d octets, want %d", err, len(streams(entries)[[2]int{1, 0}]), len(up))
	}
	if r.Overlapping < 10 {
		t.Errorf("%d segments overlap", r.Overlapping)
	}
	marks := 0
	for _, e := range entries {
		if f, ok := e.(*trace.Fault); ok && f.Kind == "overlap" {
			marks++
		}
	}
	if marks != r.Overlapping {
		t.Errorf("%d marks, %d segments overlap", marks, r.Overlapping)
	}
}

// A gap within DATA is filled with zeros; one that takes a frame's border with
// it ends the connection, and another one goes on.
func TestLoss(t *testing.T) {
	w := newWirer(t)
	up, down := w.converse(5000, 500)
	whole := w.packets
	carries := func(p []byte) int { return len(p) - 40 }
	within, border := 0, 0
	for i := range whole {
		if carries(whole[i]) <= 0 {
			continue
		}
		w.packets = slices.Delete(slices.Clone(whole), i, i+1)
		entries, r, err := all(t, w.file(65535), Options{})
		if err != nil || r.Lost != int64(carries(whole[i])) {
			t.Fatalf("without packet %d: %v, %d octets are lost, want %d", i, err, r.Lost, carries(whole[i]))
		}
		got := streams(entries)
		conns := 0
		for _, e := range entries {
			if _, ok := e.(*trace.Conn); ok {
				conns++
			}
		}
		if !slices.ContainsFunc(entries, func(e trace.Entry) bool { f, ok := e.(*trace.Fault); return ok && f.Kind == "loss" }) && i > 4 {
			t.Errorf("without packet %d: nothing is marked", i)
		}
		switch conns {
		case 1:
			if i == 3 { // the client's preface is missing
				continue
			}
			within++
			if len(got[[2]int{1, 0}]) != len(up) || len(got[[2]int{1, 1}]) != len(down) {
				t.Errorf("without packet %d: %d and %d octets, want %d and %d", i, len(got[[2]int{1, 0}]), len(got[[2]int{1, 1}]), len(up), len(down))
			}
		case 2:
			border++
			if rest := got[[2]int{2, 0}]; len(rest) > 0 && !bytes.HasSuffix(up, rest) {
				t.Errorf("without packet %d: what goes on is not what the client sent", i)
			}
			if rest := got[[2]int{2, 1}]; len(rest) > 0 && !bytes.HasSuffix(down, rest) {
				t.Errorf("without packet %d: what goes on is not what the server sent", i)
			}
			if len(got[[2]int{2, 0}])+len(got[[2]int{2, 1}]) == 0 && i < len(whole)-25 {
				t.Errorf("without packet %d: nothing goes on", i)
			}
		default:
			t.Errorf("without packet %d: %d connections", i, conns)
		}
	}
	if within < 50 || border < 20 {
		t.Errorf("%d gaps within DATA, %d at a border: the test shows too little", within, border)
	}
}

// A capture that cut packets short lacks their ends.
func TestSnaplen(t *testing.T) {
	w := newWirer(t)
	w.converse(5000, 1400)
	entries, r, err := all(t, w.file(240), Options{})
	if err != nil || r.Lost < 10_000 {
		t.Fatalf("%v, %+v", err, r)
	}
	loss := 0
	for _, e := range entries {
		if f, ok := e.(*trace.Fault); ok && f.Kind == "loss" {
			loss++
		}
	}
	if loss < 5 || r.HTTP2 != 1 {
		t.Errorf("%d losses are marked, %+v", loss, r)
	}
}

// A capture that begins late shows what can be read.
func TestBeginsLate(t *testing.T) {
	w := newWirer(t)
	up, down := w.converse(900, 333)
	whole := w.packets
	for _, from := range []int{5, 12, 21, 40} {
		w.packets = whole[from:]
		entries, r, err := all(t, w.file(65535), Options{})
		if err != nil || r.HTTP2 != 1 {
			t.Fatalf("from packet %d: %v, %+v", from, err, r)
		}
		c, ok := entries[1].(*trace.Conn)
		if !ok || c.Client != "10.0.0.1:50000" || !strings.Contains(c.Via, "begins in the middle") {
			t.Errorf("from packet %d: %+v", from, entries[1])
		}
		got := streams(entries)
		a, b := got[[2]int{1, 0}], got[[2]int{1, 1}]
		if len(a) < 1000 && from < 30 || !bytes.HasSuffix(up, a) || !bytes.HasSuffix(down, b) || len(b) < len(down)-2000 {
			t.Errorf("from packet %d: %d of %d octets up, %d of %d down", from, len(a), len(up), len(b), len(down))
		}
	}
}

func TestOthersAreNamed(t *testing.T) {
	for _, tt := range []struct{ up, down, want string }{
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1"},
		{"SSH-2.0-x\r\n", "SSH-2.0-y\r\n", "SSH"},
		{"\x17\x03\x03\x00\x20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "TLS: the capture begins after its handshake"},
		{"", "", "TCP without data"},
		{"hello there, nobody knows this protocol", "", "TCP that is no HTTP/2"},
		{"PRI * HT", "", "TCP of which there is too little to tell"},
	} {
		w := newWirer(t)
		w.say(0, []byte(tt.up), 100)
		w.say(1, []byte(tt.down), 100)
		entries, r, err := all(t, w.file(65535), Options{})
		if err != nil || len(entries) != 1 || r.HTTP2 != 0 || len(r.Others) != 1 || r.Others[0].What != tt.want {
			t.Errorf("%q: %v, %d entries, %+v, want %q", tt.up, err, len(entries), r, tt.want)
		}
		if lines := strings.Join(r.Lines(), "\n"); !strings.Contains(lines, "not shown: 1 connection, "+tt.want) {
			t.Errorf("%q is told as %q", tt.want, lines)
		}
	}
}

func TestMaxOctets(t *testing.T) {
	w := newWirer(t)
	w.converse(5000, 1400)
	entries, _, err := all(t, w.file(65535), Options{MaxOctets: 20000})
	n := 0
	for _, e := range entries {
		if c, ok := e.(*trace.Chunk); ok {
			n += len(c.Octets)
		}
	}
	if !errors.Is(err, ErrTooLarge) || n > 20000 || n < 10000 {
		t.Errorf("%v after %d octets", err, n)
	}
}

// What waits for octets that never come is bounded.
func TestHeldIsBounded(t *testing.T) {
	w := newWirer(t)
	w.segment(0, "A", []byte(frame.Preface))
	w.seq[0] += 24 + 1000 // 1,000 octets never come, and nobody acknowledges anything
	for i := range 400 {
		w.segmentAt(0, "A", w.seq[0]+uint32(i)*60000, bytes.Repeat([]byte{1}, 60000))
	}
	rd, err := NewReader(bytes.NewReader(w.file(1<<17)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for {
		_, err := rd.Next()
		if most = max(most, rd.held); err != nil {
			break
		}
	}
	if most > maxHeld+1<<17 || rd.held != 0 {
		t.Errorf("%d octets waited at once, %d wait at the end", most, rd.held)
	}
}

// VLAN tags, IPv6 with extensions, the loopback's link layers.
func TestLinkLayers(t *testing.T) {
	w := newWirer(t)
	v4 := w.packets[0]
	tcp := v4[20:]
	v6 := append([]byte{0x60, 0, 0, 0, 0, byte(8 + len(tcp)), 0, 64}, make([]byte, 32)...)
	v6 = append(v6, 6, 0, 1, 4, 0, 0, 0, 0)
	v6 = append(v6, tcp...)
	mac := make([]byte, 12)
	for _, tt := range []struct {
		name string
		link uint32
		head []byte
		ip   []byte
		want verdict
	}{
		{"Ethernet", linkEthernet, append(slices.Clone(mac), 8, 0), v4, isTCP},
		{"VLAN", linkEthernet, append(slices.Clone(mac), 0x81, 0, 0, 5, 8, 0), v4, isTCP},
		{"QinQ, IPv6 with options", linkEthernet, append(slices.Clone(mac), 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x86, 0xdd), v6, isTCP},
		{"ARP", linkEthernet, append(slices.Clone(mac), 8, 6), v4, isOther},
		{"BSD loopback", linkNull, []byte{2, 0, 0, 0}, v4, isTCP},
		{"BSD loopback, IPv6", linkLoop, []byte{0, 0, 0, 24}, v6, isTCP},
		{"cooked v2", linkSLL2, append([]byte{8, 0}, make([]byte, 18)...), v4, isTCP},
		{"cut", linkSLL2, []byte{8, 0}, nil, isBroken},
		{"Bluetooth", 187, nil, v4, isUnknownLink},
		{"IPv4 fragment", linkRaw, nil, append(append(slices.Clone(v4[:6]), 0x20, 0), v4[8:]...), isFragment},
	} {
		b := append(slices.Clone(tt.head), tt.ip...)
		s, v := parse(packet{link: tt.link, data: b, length: len(b)})
		if v != tt.want || v == isTCP && (s.seq != 0xfffffff0 || s.src.Port() != 50000 || s.length != 0) {
			t.Errorf("%s: %v, %+v", tt.name, v, s)
		}
	}
}

// The same file gives the same entries, in whatever pieces it comes.
func TestDeterministic(t *testing.T) {
	b := testdata(t, "tls.pcapng")
	keys := testdata(t, "keys.txt")
	line := func(r io.Reader) string {
		rd, err := NewReader(r, Options{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		var out []byte
		for {
			e, err := rd.Next()
			if err != nil {
				return string(out) + fmt.Sprint(err, rd.Report().Lines())
			}
			out = trace.AppendEntry(out, e)
		}
	}
	first := line(bytes.NewReader(b))
	if second := line(iotest{bytes.NewReader(b)}); first != second || len(first) < 10000 {
		t.Errorf("%d octets at once, %d octet by octet", len(first), len(second))
	}
}

// iotest gives an octet at a time.
type iotest struct{ r io.Reader }

func (i iotest) Read(p []byte) (int, error) { return i.r.Read(p[:1]) }
