package interop

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Octets are made by hand here and read with x/net, so that none of ours judges
// itself.

// raw is a frame with any header and payload.
func raw(typ, flags byte, id uint32, payload ...byte) []byte {
	n := len(payload)
	b := binary.BigEndian.AppendUint32([]byte{byte(n >> 16), byte(n >> 8), byte(n), typ, flags}, id)
	return append(b, payload...)
}

// Frame types and flags (RFC 9113, sections 6 and 11.2).
const (
	tData, tHeaders, tPriority, tReset, tSettings, tPush, tPing, tGoAway, tWindow, tContinuation = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9

	fEnd, fAck, fBlock, fPadded, fPriority = 1, 1, 4, 8, 0x20
)

func u32s(v ...uint32) (b []byte) {
	for _, n := range v {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// setting is one entry of SETTINGS.
func setting(id uint16, v uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(nil, id), v)
}

// lines is a field block of literals that are not indexed, without Huffman.
func lines(pairs ...string) (b []byte) {
	for i, s := range pairs {
		if i%2 == 0 {
			b = append(b, 0)
		}
		b = append(hpackInt(b, 7, uint64(len(s))), s...)
	}
	return b
}

// hpackInt is an integer with a prefix of n bits, the others of which are 0
// (RFC 7541, section 5.1).
func hpackInt(b []byte, n uint, v uint64) []byte {
	limit := uint64(1)<<n - 1
	if v < limit {
		return append(b, byte(v))
	}
	b = append(b, byte(limit))
	for v -= limit; v >= 128; v >>= 7 {
		b = append(b, byte(v)|128)
	}
	return append(b, byte(v))
}

// cat puts octets one behind the other.
func cat(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// peerView is what a client without opinions sees of a server.
type peerView struct {
	nc     net.Conn
	done   chan struct{} // the reader has ended
	fences byte          // PINGs that fence has sent

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with every frame
	hello   bool          // SETTINGS came
	closed  bool
	broken  string // what the server sent is no HTTP/2
	goAway  []http2.ErrCode
	pings   map[[8]byte]bool
	streams map[uint32]*streamView
}

type streamView struct {
	status string
	ended  bool // END_STREAM or RST_STREAM
	reset  []http2.ErrCode
}

// view connects to a server; close ends it.
func view(addr string) (*peerView, error) {
	nc, err := net.DialTimeout("tcp", addr, bound)
	if err != nil {
		return nil, err
	}
	v := &peerView{nc: nc, changed: make(chan struct{}), done: make(chan struct{}),
		pings: map[[8]byte]bool{}, streams: map[uint32]*streamView{}}
	nc.SetDeadline(time.Now().Add(bound))
	go v.read()
	return v, nil
}

func (v *peerView) close() {
	v.nc.Close()
	<-v.done
}

func (v *peerView) send(b []byte) {
	v.nc.Write(b) // a server that has closed is seen by the reader
}

func (v *peerView) read() {
	defer close(v.done)
	fr := http2.NewFramer(io.Discard, v.nc)
	fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		f, err := fr.ReadFrame()
		v.mu.Lock()
		if err != nil {
			v.closed = true
			if _, ok := err.(http2.ConnectionError); ok {
				v.broken = err.Error()
			}
		} else {
			v.take(f)
		}
		close(v.changed)
		v.changed = make(chan struct{})
		v.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (v *peerView) stream(id uint32) *streamView {
	s := v.streams[id]
	if s == nil {
		s = &streamView{}
		v.streams[id] = s
	}
	return s
}

func (v *peerView) take(f http2.Frame) {
	s := v.stream(f.Header().StreamID)
	switch f := f.(type) {
	case *http2.SettingsFrame:
		v.hello = v.hello || !f.IsAck()
	case *http2.PingFrame:
		if f.IsAck() {
			v.pings[f.Data] = true
		}
	case *http2.GoAwayFrame:
		v.goAway = append(v.goAway, f.ErrCode)
	case *http2.RSTStreamFrame:
		s.reset, s.ended = append(s.reset, f.ErrCode), true
	case *http2.MetaHeadersFrame:
		if status := f.PseudoValue("status"); len(status) == 3 && status[0] != '1' {
			s.status = status
		}
		s.ended = s.ended || f.StreamEnded()
	case *http2.DataFrame:
		s.ended = s.ended || f.StreamEnded()
	}
}

// wait waits until the connection has ended or what holds; false: neither came.
func (v *peerView) wait(what func() bool) bool {
	over := time.After(silence)
	for {
		v.mu.Lock()
		ok, changed := v.closed || what(), v.changed
		v.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-over:
			return false
		}
	}
}

// silence is how long a server may say nothing before that is what it says.
const silence = 10 * time.Second

// fence sends octets, and a PING behind them, and waits for its answer twice:
// some servers answer a PING before they say what was wrong in front of it.
// Nothing is sent to a server that has given up: it would answer with a TCP
// reset, which can overtake its GOAWAY.
func (v *peerView) fence(b []byte) {
	for range 2 {
		if v.over() {
			return
		}
		v.fences++
		data := [8]byte{'f', 'e', 'n', 'c', 'e', v.fences}
		v.send(append(b, raw(tPing, 0, 0, data[:]...)...))
		v.wait(func() bool { return v.pings[data] || v.failed() })
		b = nil
	}
}

// begin is the start of a connection, up to our acknowledgement.
func (v *peerView) begin() {
	v.send(cat([]byte(preface), raw(tSettings, 0, 0)))
	v.wait(func() bool { return v.hello })
	v.send(raw(tSettings, fAck, 0))
}

// over says that the server has given up.
func (v *peerView) over() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.closed || v.failed()
}

func (v *peerView) failed() bool {
	for _, c := range v.goAway {
		if c != http2.ErrCodeNo {
			return true
		}
	}
	return false
}

// answered waits until a stream has ended.
func (v *peerView) answered(id uint32) bool {
	return id == 0 || v.wait(func() bool { return v.stream(id).ended || v.failed() })
}

// outcome is what the server made of it all, in a word:
//
//	connection CODE   GOAWAY with an error, then the end of the connection
//	closed            the end of the connection without an error
//	stream CODE       RST_STREAM with an error on any stream
//	answered STATUS   the response of the stream, unless it is 2xx
//	accepted          2xx, or nothing at all
//	silent            neither an answer nor an error where there must be one
func (v *peerView) outcome(answer uint32, answered bool) string {
	v.mu.Lock()
	failed := v.failed()
	v.mu.Unlock()
	ended := true
	if failed {
		ended = v.wait(func() bool { return false })
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken != "" {
		return "broken: " + v.broken
	}
	for _, c := range v.goAway {
		if c != http2.ErrCodeNo {
			if !ended {
				return "connection " + name(c) + ", open"
			}
			return "connection " + name(c)
		}
	}
	for _, s := range v.streams {
		for _, c := range s.reset {
			if c != http2.ErrCodeNo {
				return "stream " + name(c)
			}
		}
	}
	switch s := v.stream(answer).status; {
	case v.closed:
		return "closed"
	case !answered:
		return "silent"
	case answer != 0 && !strings.HasPrefix(s, "2"):
		return "answered " + s
	}
	return "accepted"
}

// name is the name of an error code, or its number.
func name(c http2.ErrCode) string { return strings.ReplaceAll(c.String(), " ", "_") }
