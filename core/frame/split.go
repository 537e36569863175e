package frame

// Splitter cuts a sequence of octets into frames, whatever the sizes of the
// pieces it comes in. The zero value is ready and takes frames of up to
// MinMaxFrameSize octets.
//
// Use: Push a piece, call Next until it has no frame, Push the next piece. A
// frame that lies whole in one piece is a window on that piece; only one that
// spans pieces is put together in a buffer of the Splitter's. Either way it is
// valid until the next Push.
type Splitter struct {
	// MaxFrameSize is the largest payload that is taken, in octets; 0 means
	// MinMaxFrameSize. It may change between frames (SETTINGS_MAX_FRAME_SIZE).
	MaxFrameSize uint32

	in   []byte // what is left of the last piece
	part []byte // the start of a frame whose end has not come
	done bool   // part was handed out and is to be dropped
	old  []byte // the other buffer: a handed-out frame must outlive the tail of its piece
	off  int64  // octets handed out in whole frames so far
}

// Push hands over the next octets. They are not copied and must stay as they
// are until Next has returned no frame.
func (s *Splitter) Push(b []byte) {
	s.turn()
	if len(s.in) > 0 { // the caller did not drain: keep order, at the price of a copy
		b = append(append(make([]byte, 0, len(s.in)+len(b)), s.in...), b...)
	}
	s.in = b
}

// Next returns the next whole frame. ok is false when more octets are needed;
// what came of the unfinished frame is kept. err is a connection error
// FRAME_SIZE_ERROR for a frame that is longer than MaxFrameSize: it comes as
// soon as the header is there and leaves the Splitter where it stands
// (RFC 9113, section 4.2).
func (s *Splitter) Next() (f Raw, ok bool, err error) {
	s.turn()
	if len(s.part) > 0 {
		return s.nextJoined()
	}
	if len(s.in) < HeaderLen {
		s.keep()
		return Raw{}, false, nil
	}
	h := ParseHeader(s.in)
	if err := s.check(h); err != nil {
		return Raw{Header: h}, false, err
	}
	n := HeaderLen + int(h.Length)
	if len(s.in) < n {
		s.keep()
		return Raw{}, false, nil
	}
	f = Raw{h, s.in[HeaderLen:n:n]}
	s.in = s.in[n:]
	s.off += int64(n)
	return f, true, nil
}

// nextJoined completes the frame that an earlier piece began.
func (s *Splitter) nextJoined() (Raw, bool, error) {
	if !s.fill(HeaderLen) {
		return Raw{}, false, nil
	}
	h := ParseHeader(s.part)
	if err := s.check(h); err != nil {
		return Raw{Header: h}, false, err
	}
	n := HeaderLen + int(h.Length)
	if !s.fill(n) {
		return Raw{}, false, nil
	}
	s.done = true
	s.off += int64(n)
	return Raw{h, s.part[HeaderLen:n:n]}, true, nil
}

// turn puts a frame that was handed out aside. At most one frame of a piece is
// joined, so that two buffers in turn keep it whole until the next Push.
func (s *Splitter) turn() {
	if s.done {
		s.part, s.old, s.done = s.old[:0], s.part, false
	}
}

// fill moves octets from in to part until part has n of them.
func (s *Splitter) fill(n int) bool {
	if want := n - len(s.part); want > 0 {
		take := min(want, len(s.in))
		s.part = append(s.part, s.in[:take]...)
		s.in = s.in[take:]
	}
	return len(s.part) >= n
}

// keep copies an unfinished frame, because the piece it came in is the caller's.
func (s *Splitter) keep() {
	s.part = append(s.part, s.in...)
	s.in = nil
}

func (s *Splitter) check(h Header) error {
	limit := s.MaxFrameSize
	if limit == 0 {
		limit = MinMaxFrameSize
	}
	if h.Length > limit {
		return connErr(FrameSizeError, "4.2", h.Type.String()+" of "+utoa(h.Length)+" octets, MAX_FRAME_SIZE is "+utoa(limit))
	}
	return nil
}

// Offset counts the octets of all frames that Next has returned.
func (s *Splitter) Offset() int64 { return s.off }

// Rest returns the octets that are held and belong to no whole frame yet. They
// are valid until the next Push or Next.
func (s *Splitter) Rest() []byte {
	if s.done {
		return s.in
	}
	if len(s.in) == 0 {
		return s.part
	}
	return append(append([]byte(nil), s.part...), s.in...)
}

// Buffers are what a Splitter puts frames together in, empty.
type Buffers [2][]byte

// keptBuffer is the most that a buffer may have to be lent again, in octets.
const keptBuffer = 64 << 10

// Lend gives the Splitter buffers, as far as it has none; TakeBack gets them
// back. So Splitters that mostly wait can share a few.
func (s *Splitter) Lend(b *Buffers) {
	if s.part == nil {
		s.part, b[0] = b[0], nil
	}
	if s.old == nil {
		s.old, b[1] = b[1], nil
	}
}

// TakeBack takes the buffers that hold no unfinished frame. The frames that Next
// has returned must not be used any more.
func (s *Splitter) TakeBack(b *Buffers) {
	s.turn()
	if len(s.part) == 0 {
		if s.part != nil && cap(s.part) <= keptBuffer {
			b[0] = s.part[:0]
		}
		s.part = nil
	}
	if s.old != nil && cap(s.old) <= keptBuffer {
		b[1] = s.old[:0]
	}
	s.old = nil
}

// Release lets go of the buffer when it holds nothing, so that an idle
// connection costs no memory.
func (s *Splitter) Release() {
	if s.done || len(s.part) == 0 {
		s.part, s.old, s.done = nil, nil, false
	}
}
