package capture

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"framewise/core/convert/tlsread"
	"framewise/core/frame"
	"framewise/core/trace"
)

// kind is what a stream of octets is taken for.
type kind uint8

const (
	isUnknown kind = iota
	isTLS
	isH2
	isOtherStream
)

// maxHead is how many octets of a direction are looked at before a connection
// is given up.
const maxHead = 64 << 10

// stream is the octets of a connection, both directions: of TCP, or of TLS
// within.
type stream struct {
	r       *Reader
	f       *flow
	what    kind
	name    string // of isOtherStream: what it is
	client  int    // which end is the client; -1: not known
	held    []piece
	head    [2][]byte // the first octets of each direction
	broken  bool      // octets are missing in what is held
	tls     *tlsread.Conn
	inner   *stream       // within tls
	secure  *tlsread.Conn // not nil: this is the stream within it
	h2      *h2
	packets int
	octets  int64
	ended   bool
}

// piece is octets that wait until it is known what they are; a gap without any.
type piece struct {
	side int
	at   int64
	b    []byte
	gap  int
}

// data takes in octets; own says that nobody else will change them.
func (s *stream) data(side int, at int64, b []byte, own bool) {
	s.octets += int64(len(b))
	switch s.what {
	case isH2:
		if !own {
			b = slices.Clone(b)
		}
		s.h2.data(s.dir(side), at, b)
	case isTLS:
		s.open(side, at, b)
	case isUnknown:
		if !own {
			b = slices.Clone(b)
		}
		s.held = append(s.held, piece{side, at, b, 0})
		if n := min(len(b), maxHead-len(s.head[side])); n > 0 {
			s.head[side] = append(s.head[side], b[:n]...)
		}
		s.decide()
	}
}

// gap tells that n octets are missing; n is 0 where nobody knows how many.
func (s *stream) gap(side int, at int64, n int) {
	switch s.what {
	case isH2:
		s.h2.gap(s.dir(side), at, n)
	case isTLS:
		s.tls.Gap(s.dir(side))
		s.unreadable()
	case isUnknown:
		s.broken = true
		s.held = append(s.held, piece{side, at, nil, max(n, 1)})
		if len(s.held) > maxHead {
			s.become("TCP with many gaps")
		}
	}
}

func (s *stream) dir(side int) int {
	if side == s.client {
		return int(trace.ToServer)
	}
	return int(trace.ToClient)
}

// mark notes what happened to a segment on the way, once it is known that the
// connection is HTTP/2.
func (s *stream) mark(side int, at int64, kind, text string) {
	for in := s; in != nil; in = in.inner {
		if in.what == isH2 {
			in.h2.mark(in.dir(side), at, kind, text)
		}
	}
}

// become gives the stream up as something else.
func (s *stream) become(name string) {
	s.what, s.name = isOtherStream, name
	s.held, s.head, s.tls = nil, [2][]byte{}, nil
	for i := range s.f.halves {
		if s.secure == nil {
			h := &s.f.halves[i]
			s.r.held -= h.size
			h.held, h.size = nil, 0
		}
	}
}

// open decrypts octets of TLS.
func (s *stream) open(side int, at int64, b []byte) {
	s.tls.Feed(s.dir(side), b, func(d tlsread.Data) {
		if s.inner.what == isUnknown && s.inner.secure.Info.ALPN == "h2" {
			s.inner.client = s.client
			s.inner.begin(false)
		}
		if d.Lost {
			s.inner.gap(side, at, 0)
		}
		s.inner.data(side, at, d.Octets, true)
	})
	s.unreadable()
}

// unreadable gives a TLS connection up that can't be read or is not HTTP/2.
func (s *stream) unreadable() {
	in := s.inner
	switch reason := s.tls.Unreadable(); {
	case reason != "" && in.what == isH2: // shown as far as it could be read
		in.h2.close(s.f.s.lastAt(), "network", "the rest can't be decrypted: "+reason)
		s.become("TLS: " + reason)
	case reason != "":
		s.become("TLS" + s.to() + ": " + reason)
	case in.what == isOtherStream:
		s.become("TLS" + s.to() + " with " + in.name)
	case s.tls.Info.ALPN != "" && s.tls.Info.ALPN != "h2":
		s.become("TLS" + s.to() + ", ALPN " + strconv.Quote(s.tls.Info.ALPN))
	}
}

// to names the server of a TLS connection.
func (s *stream) to() string {
	if s.tls.Info.Name == "" {
		return ""
	}
	return " to " + strconv.Quote(s.tls.Info.Name)
}

func (s *stream) lastAt() int64 { return s.r.now }

// decide looks at the first octets of both directions.
func (s *stream) decide() {
	for side, h := range s.head {
		if len(h) == 0 {
			continue
		}
		n := min(len(h), len(frame.Preface))
		switch {
		case string(h[:n]) == frame.Preface[:n]:
			if n == len(frame.Preface) {
				s.client = side
				s.begin(false)
			}
			return
		case s.secure == nil && tlsread.Looks(h):
			s.beginTLS(side, h)
			return
		case s.secure == nil && h[0] == 22 && len(h) < 6:
			return
		case http1(h):
			s.upgrade(side, h)
			return
		}
	}
	if s.f.opener < 0 && s.secure == nil || s.broken {
		s.late()
		return
	}
	opener := s.f.opener
	if s.secure != nil {
		opener = s.client
	}
	if len(s.head[opener]) > 0 || len(s.head[1-opener]) >= maxHead/4 {
		s.become(s.guess())
	}
}

// guess names what a connection may be.
func (s *stream) guess() string {
	for _, h := range s.head {
		if bytes.HasPrefix(h, []byte("SSH-")) {
			return "SSH"
		}
		if bytes.HasPrefix(h, []byte("HTTP/1.")) {
			return "HTTP/1.1"
		}
	}
	if s.secure != nil {
		return "something that is no HTTP/2 within"
	}
	return "TCP that is no HTTP/2"
}

// http1 says whether octets may begin a request or a response of HTTP/1.1.
func http1(h []byte) bool {
	for _, m := range []string{"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "DELETE ", "PATCH ", "CONNECT ", "TRACE ", "HTTP/1."} {
		n := min(len(m), len(h))
		if n >= 3 && string(h[:n]) == m[:n] {
			return true
		}
	}
	return false
}

// upgrade looks for a change to h2c (RFC 7540, section 3.2) in a connection
// whose one end speaks HTTP/1.1.
func (s *stream) upgrade(side int, h []byte) {
	if bytes.HasPrefix(h, []byte("HTTP/1.")) {
		side, h = 1-side, s.head[1-side]
	}
	head, _, whole := bytes.Cut(h, []byte("\r\n\r\n"))
	if !whole {
		if len(h) >= maxHead || len(s.head[1-side]) >= maxHead {
			s.become("HTTP/1.1")
		}
		return
	}
	asks := false
	for line := range strings.SplitSeq(strings.ToLower(string(head)), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		asks = asks || name == "upgrade" && strings.Contains(value, "h2c")
	}
	answer, yes := s.head[1-side], "HTTP/1.1 101"
	switch {
	case !asks || s.broken:
		s.become("HTTP/1.1")
	case len(answer) < len(yes):
	case string(answer[:len(yes)]) == yes:
		s.client = side
		s.begin(false)
		s.h2.via += ", h2c by Upgrade"
	default:
		s.become("HTTP/1.1")
	}
}

// beginTLS goes over to TLS.
func (s *stream) beginTLS(side int, h []byte) {
	const hello, shake = 1, 22
	switch {
	case h[0] == shake && len(h) < 6:
		return
	case h[0] == shake && h[5] == hello:
		s.client = side
	case h[0] == shake && h[5] == hello+1:
		s.client = 1 - side
	default:
		s.become("TLS: the capture begins after its handshake")
		return
	}
	s.what = isTLS
	s.tls = tlsread.New(s.r.keys)
	s.inner = &stream{r: s.r, f: s.f, client: s.client, secure: s.tls}
	held := s.held
	s.held, s.head = nil, [2][]byte{}
	for _, p := range held {
		switch {
		case s.what != isTLS:
		case p.gap > 0:
			s.gap(p.side, p.at, p.gap)
		default:
			s.open(p.side, p.at, p.b)
		}
	}
}

// late looks for frames in a connection whose beginning the capture lacks.
func (s *stream) late() {
	for side, h := range s.head {
		if _, ok := findFrames(h, nil, 4); ok {
			s.client = 1 - side
			if s.clientByPorts(side) {
				s.client = side
			}
			s.begin(true)
			return
		}
	}
	if len(s.head[0]) >= maxHead || len(s.head[1]) >= maxHead {
		s.become(s.guess())
	}
}

// clientByPorts says whether the end looks like the client: its port is the
// higher one.
func (s *stream) clientByPorts(side int) bool {
	switch {
	case s.f.opener >= 0:
		return side == s.f.opener
	case s.client >= 0 && s.secure != nil:
		return side == s.client
	}
	return s.f.ends[side].Port() > s.f.ends[1-side].Port()
}

// begin goes over to HTTP/2; late if the capture lacks the beginning.
func (s *stream) begin(late bool) {
	s.what = isH2
	s.h2 = newH2(s, late)
	held := s.held
	s.held, s.head = nil, [2][]byte{}
	for _, p := range held {
		if p.gap > 0 {
			s.h2.gap(s.dir(p.side), p.at, p.gap)
		} else {
			s.h2.data(s.dir(p.side), p.at, p.b)
		}
	}
}

// end tells that the connection ended, by which end.
func (s *stream) end(side int, at int64, reason string) {
	in := s
	for in.inner != nil {
		in = in.inner
	}
	if in.what == isH2 {
		in.h2.close(at, [2]string{"client", "server"}[in.dir(side)], reason)
	}
}

// finish says what became of the stream: that it was not HTTP/2, if so.
func (s *stream) finish(int64) {
	if s.ended {
		return
	}
	s.ended = true
	in := s
	for in.inner != nil && in.what != isOtherStream {
		in = in.inner
	}
	name := s.name
	switch {
	case s.inner != nil && s.inner.what == isH2, in.what == isH2:
		s.r.report.HTTP2++
		return
	case in.what == isUnknown && s.octets == 0 && s.inner == nil:
		name = "TCP without data"
	case in.what == isUnknown && s.inner != nil:
		name = "TLS" + s.to() + " without data that could be read"
	case in.what == isUnknown:
		name = "TCP of which there is too little to tell"
	}
	s.r.other(s, name)
}
