// Package capture reads captures of networks: pcap and pcapng. In come the
// octets of a file, out go the entries of a record (core/trace) of the HTTP/2
// connections in it; the others are counted and named.
//
// TCP is put together: segments that were sent again, overlap or come in
// another order are understood and marked (trace.Fault); octets that the
// capture lacks are marked too, and within DATA zeros stand for them.
// Elsewhere a gap takes the borders of frames and the tables of field
// compression with it: the connection is closed, and goes on as another one
// that begins in the middle, which the analyser copes with. A connection whose
// beginning the capture lacks is read from the first place on where frames
// follow each other. TLS is read where a key log, given or in the file, tells
// its secrets (tlsread).
//
// Times are those of the capture, nanoseconds from its first packet, and never
// go back; a segment that waited for others has the time at which the receiver
// could read it. The vantage is "middle": nobody knows where the capture was
// made.
//
// The file formats and the headers below TCP are read here, and not with
// gopacket, which would add a megabyte (compressed) to what a tab loads, and
// hands no secrets out that a pcapng holds. Tests hold the two equal.
//
// The package has no input or output but the io.Reader that it is given, no
// clock and no randomness. Memory is bounded, whatever a file says: see
// maxFlows, maxHeld and the like.
package capture

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"framewise/core/convert/tlsread"
	"framewise/core/trace"
)

// maxMarks is how many marks about segments a record has; more are counted.
const maxMarks = 1000

// maxOthers is how many of the other connections are named one by one.
const maxOthers = 1000

// Options of reading.
type Options struct {
	// Keys is the text of a key log (SSLKEYLOGFILE); nil: only what a pcapng
	// brings along.
	Keys []byte
	// MaxOctets is the most octets that chunks may have in all, 0: no limit.
	MaxOctets int64
}

// ErrTooLarge matches the error that ends a record that would have more octets
// than Options allow.
var ErrTooLarge = errors.New("capture: the connections have more octets than are allowed")

// Other is a connection that is not shown.
type Other struct {
	A, B    string // its ends; A sent the first packet
	What    string // "HTTP/1.1", "TLS: the key log has no secrets of it"
	Packets int
	Octets  int64
}

// Report is what a capture held. It is whole when Next has returned io.EOF.
type Report struct {
	Packets     int
	NotTCP      int // packets of other protocols
	Fragments   int // of IP, which are not put together
	Broken      int // packets that are no TCP, IP or Ethernet, though they say so
	UnknownLink int // packets of a link type that is not known

	Connections int // of TCP
	HTTP2       int
	Others      []Other // the first that are not HTTP/2, in order of their ends
	OthersTotal int
	Locked      int // of them, TLS whose secrets the key log lacks (tlsread.NoSecrets)

	Lost          int64 // octets that the capture lacks
	Retransmitted int   // segments
	Overlapping   int
	OutOfOrder    int
	Stray         int // segments far from where their connection is
}

// Reader makes entries of a file. Make one with NewReader.
type Reader struct {
	file   file
	keys   *tlsread.KeyLog
	max    int64
	octets int64
	queue  []trace.Entry // the first given of them were given on
	given  int
	flows  map[pair]*flow
	order  []*flow // in order of their first packet
	held   int     // octets that wait, of all flows
	zero   int64   // instant 0, nanoseconds since 1970
	now    int64   // of the newest packet, from zero
	begun  bool
	done   error
	conns  int
	marks  int
	report Report
}

// NewReader reads the file's header. The error is an *Error or r's.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	rd := &Reader{keys: &tlsread.KeyLog{}, flows: map[pair]*flow{}, max: o.MaxOctets}
	rd.keys.Add(o.Keys)
	rd.file = file{r: bufio.NewReaderSize(r, 64<<10), keys: rd.keys}
	if err := rd.file.start(); err != nil {
		return nil, err
	}
	return rd, nil
}

// Report is what was seen so far.
func (r *Reader) Report() *Report { return &r.report }

// Next is the next entry of the record. After the last one it returns io.EOF;
// another error (an *Error, ErrTooLarge or the reader's) means that the file
// goes on but can't be read: the entries before it are sound.
func (r *Reader) Next() (trace.Entry, error) {
	for r.given == len(r.queue) {
		r.queue, r.given = r.queue[:0], 0
		if r.done != nil {
			return nil, r.done
		}
		r.step()
	}
	e := r.queue[r.given]
	r.queue[r.given] = nil
	r.given++
	return e, nil
}

// step reads a packet.
func (r *Reader) step() {
	p, err := r.file.next()
	if err != nil {
		r.header(0)
		r.finishAll()
		r.done = err
		return
	}
	r.report.Packets++
	r.header(p.at)
	r.now = max(r.now, p.at-r.zero) // clocks of several interfaces may differ
	s, v := parse(p)
	switch v {
	case isTCP:
		r.segment(&s, r.now)
	case isOther:
		r.report.NotTCP++
	case isFragment:
		r.report.Fragments++
	case isUnknownLink:
		r.report.UnknownLink++
	default:
		r.report.Broken++
	}
	if len(r.order) > 2*maxFlows || len(r.order) > 2*len(r.flows)+1024 {
		r.order = slices.DeleteFunc(r.order, func(f *flow) bool { return r.flows[f.key] != f })
	}
}

// header is the first entry.
func (r *Reader) header(at int64) {
	if r.begun {
		return
	}
	r.begun, r.zero = true, at
	r.queue = append(r.queue, &trace.Header{Version: trace.Version, Generator: "framewise convert", Epoch: epoch(at)})
}

// emit queues an entry.
func (r *Reader) emit(e trace.Entry) {
	if c, ok := e.(*trace.Chunk); ok {
		if !r.room(len(c.Octets)) {
			if r.done == nil {
				r.done = ErrTooLarge
			}
			return
		}
		r.octets += int64(len(c.Octets))
	}
	r.queue = append(r.queue, e)
}

// room says whether so many octets more are allowed.
func (r *Reader) room(n int) bool { return r.max == 0 || r.octets+int64(n) <= r.max }

// finishAll ends what is open, in order of the first packets.
func (r *Reader) finishAll() {
	for _, f := range r.order {
		if r.flows[f.key] == f {
			r.finish(f, r.now)
		}
	}
	r.order = nil
	slices.SortStableFunc(r.report.Others, func(a, b Other) int {
		return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.A, b.A), strings.Compare(a.B, b.B))
	})
}

// other counts a connection that is not HTTP/2.
func (r *Reader) other(s *stream, what string) {
	if strings.HasSuffix(what, tlsread.NoSecrets) {
		r.report.Locked++
	}
	if r.report.OthersTotal++; len(r.report.Others) < maxOthers {
		r.report.Others = append(r.report.Others, Other{A: name(s.f.ends[0]), B: name(s.f.ends[1]), What: what, Packets: s.packets, Octets: s.octets})
	}
}

// Lines tells a report in sentences, for people.
func (p *Report) Lines() (out []string) {
	count := func(n int, one, more string) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + more
	}
	out = append(out, count(p.Packets, "packet", "packets")+", "+count(p.Connections, "TCP connection", "TCP connections")+", "+
		strconv.Itoa(p.HTTP2)+" of them HTTP/2")
	kinds, order := map[string]int{}, []string{}
	for _, o := range p.Others {
		if kinds[o.What] == 0 {
			order = append(order, o.What)
		}
		kinds[o.What]++
	}
	for _, what := range order {
		out = append(out, "not shown: "+count(kinds[what], "connection", "connections")+", "+what)
	}
	if more := p.OthersTotal - len(p.Others); more > 0 {
		out = append(out, "not shown: "+strconv.Itoa(more)+" more connections")
	}
	for _, c := range []struct {
		n    int
		text string
	}{
		{int(p.Lost), "octets are missing in the capture"},
		{p.Retransmitted, "segments were sent again"},
		{p.Overlapping, "segments overlap with earlier ones"},
		{p.OutOfOrder, "segments came out of order"},
		{p.Stray, "segments lie far from where their connection is"},
		{p.Fragments, "fragments of IP packets were left out"},
		{p.Broken, "packets could not be read"},
		{p.UnknownLink, "packets are of a link type that is not known"},
	} {
		if c.n > 0 {
			out = append(out, strconv.Itoa(c.n)+" "+c.text)
		}
	}
	return out
}
