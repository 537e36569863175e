package session

import (
	"errors"

	"framewise/core/conn"
	"framewise/core/frame"
)

// Stream is one stream of a session: the seed's Http2Stream.
type Stream struct {
	// Owner is whatever the owner wants to find again with the stream.
	Owner any

	s       *Session
	id      uint32 // 0: not ready
	started bool   // handed to the connection
	closed  bool
	code    frame.ErrCode
	queued  int

	// of a request that waits for its identifier
	fields   []Field
	opts     conn.HeaderOptions
	early    [][]byte
	earlyEnd bool

	wantTrailers bool
	asked        bool // EvFetchTrailers is out
	ended        bool // End was called
	HeadersSent  bool // a final response, or the request, was sent
	pushed       bool
}

// ErrDestroyed is returned by the verbs of a stream or session that has ended.
var ErrDestroyed = errors.New("the stream or its session is destroyed")

// ID is the stream's identifier, 0 while the stream is not ready: the seed's
// http2stream.id.
func (st *Stream) ID() uint32 { return st.id }

// Session is the session that the stream belongs to.
func (st *Stream) Session() *Session { return st.s }

// Destroyed says that the stream is closed: the seed's http2stream.destroyed.
func (st *Stream) Destroyed() bool { return st.closed }

// RstCode is the code that the stream was closed with: the seed's
// http2stream.rstCode. It means something once the stream is Destroyed.
func (st *Stream) RstCode() frame.ErrCode { return st.code }

// State is the stream's state.
func (st *Stream) State() conn.State {
	if st.id == 0 {
		return conn.Idle
	}
	return st.s.c.StreamState(st.id)
}

// Window returns the stream's windows.
func (st *Stream) Window() conn.Window {
	w, _ := st.s.c.StreamWindow(st.id)
	return w
}

// Queued is the number of octets that were written and have not left yet.
func (st *Stream) Queued() int { return st.queued }

// RequestOptions are the options of the seed's http2session.request.
type RequestOptions struct {
	EndStream bool
	// Parent, Weight (1 to 256) and Exclusive are RFC 7540's priority; with
	// Weight 0 none is sent.
	Parent    uint32
	Weight    int
	Exclusive bool
}

// Request begins a request: the seed's http2session.request. While the peer
// allows no more streams the request waits, and what is written to the stream
// waits with it; EvReady tells when it has its identifier.
//
// The fields are sent in the given order. Errors are *conn.Misuse.
func (s *Session) Request(fields []Field, o RequestOptions) (*Stream, error) {
	if s.closed {
		return nil, ErrDestroyed
	}
	st := &Stream{s: s, HeadersSent: true, ended: o.EndStream}
	st.opts = conn.HeaderOptions{End: o.EndStream}
	if o.Weight != 0 {
		if o.Weight < 1 || o.Weight > 256 || o.Parent > frame.MaxStreamID {
			return nil, &conn.Misuse{Op: "Request", Reason: "weight must be 1 to 256, parent a stream identifier", Ref: "RFC 7540 5.3", Err: conn.ErrArgument}
		}
		st.opts.Priority = &frame.PriorityParam{StreamDep: o.Parent, Weight: uint8(o.Weight - 1), Exclusive: o.Exclusive}
	}
	if len(s.waiting) > 0 {
		if err := s.c.CheckRequest(fields); err != nil {
			return nil, err // later nobody hears it
		}
	}
	if !s.fits(fields) {
		st.refuse(frame.Headers)
		return st, nil
	}
	if len(s.waiting) == 0 {
		err := st.open(fields)
		if err == nil {
			return st, nil
		}
		if !errors.Is(err, conn.ErrTooMany) {
			return nil, err
		}
	}
	st.fields = append([]Field(nil), fields...)
	s.waiting = append(s.waiting, st)
	return st, nil
}

func (st *Stream) open(fields []Field) error {
	id, err := st.s.c.Open(fields, st.opts)
	if err != nil {
		return err
	}
	st.id, st.started = id, true
	st.s.streams[id] = st
	return nil
}

// openWaiting gives the requests that wait their identifiers, in order, behind
// the events that made room for them. It returns whether it did anything.
func (s *Session) openWaiting() (any bool) {
	for len(s.waiting) > 0 && !s.closed {
		st := s.waiting[0]
		err := st.open(st.fields)
		if errors.Is(err, conn.ErrTooMany) {
			return any
		}
		any = true
		s.waiting = s.waiting[1:]
		switch {
		case errors.Is(err, conn.ErrBlockTooLarge): // the peer has lowered its limit meanwhile
			st.refuse(frame.Headers)
			continue
		case err != nil: // going away: it can be asked again on another connection
			st.closeWith(frame.RefusedStream, conn.ByGoAway)
			continue
		}
		s.events = append(s.events, Event{Kind: EvReady, Stream: st})
		st.flushEarly()
	}
	return any
}

// flushEarly sends what was written while the stream was not ready.
func (st *Stream) flushEarly() {
	early, end := st.early, st.earlyEnd
	st.early, st.fields = nil, nil
	for _, b := range early {
		_ = st.s.c.Data(st.id, b, false) // the stream was opened just now
	}
	if end {
		_ = st.finish()
	}
}

// Write queues octets: the seed's http2stream.write. The slice is kept until
// EvDrain (or the end of the stream) and must not change until then.
func (st *Stream) Write(b []byte) error {
	if st.closed {
		return ErrDestroyed
	}
	if st.ended {
		return &conn.Misuse{Op: "Write", Reason: "the stream was ended before", Ref: "RFC 9113 5.1", Err: conn.ErrState}
	}
	st.queued += len(b)
	if !st.started {
		st.early = append(st.early, b)
		return nil
	}
	if err := st.s.c.Data(st.id, b, false); err != nil {
		st.queued -= len(b)
		return err
	}
	return nil
}

// End queues the last octets, which may be none, and the end of our side: the
// seed's http2stream.end. After WantTrailers the trailer section comes first.
func (st *Stream) End(b []byte) error {
	if st.closed {
		return ErrDestroyed
	}
	if st.ended {
		return nil
	}
	if len(b) > 0 {
		if err := st.Write(b); err != nil {
			return err
		}
	}
	st.ended = true
	if !st.started {
		st.earlyEnd = true
		return nil
	}
	return st.finish()
}

// finish ends our side, or asks for the trailer section once the body has left.
func (st *Stream) finish() error {
	if !st.wantTrailers {
		return st.s.c.Data(st.id, nil, true)
	}
	if st.queued == 0 {
		st.fetchTrailers()
	}
	return nil
}

func (st *Stream) fetchTrailers() {
	if !st.asked {
		st.asked = true
		st.s.events = append(st.s.events, Event{Kind: EvFetchTrailers, Stream: st})
	}
}

// WantTrailers makes EvFetchTrailers come when the body has left; Trailers
// must answer it. Call it before End.
func (st *Stream) WantTrailers() { st.wantTrailers = true }

// Trailers sends the trailer section and ends our side. No fields: END_STREAM
// alone. It may be called instead of End.
func (st *Stream) Trailers(fields []Field) error {
	if st.closed {
		return ErrDestroyed
	}
	st.ended, st.asked = true, true
	if len(fields) == 0 {
		return st.s.c.Data(st.id, nil, true)
	}
	_, err := st.headers(fields, true)
	return err
}

// Respond sends the response's header section: the seed's http2stream.respond.
// The fields must have :status first.
func (st *Stream) Respond(fields []Field, end bool) error {
	if st.closed {
		return ErrDestroyed
	}
	if st.HeadersSent {
		return &conn.Misuse{Op: "Respond", Reason: "the response was begun before", Err: conn.ErrState}
	}
	if sent, err := st.headers(fields, end); !sent || err != nil {
		return err
	}
	st.HeadersSent = true
	st.ended = st.ended || end
	return nil
}

// AdditionalHeaders sends an informational (1xx) response: the seed's
// http2stream.additionalHeaders.
func (st *Stream) AdditionalHeaders(fields []Field) error {
	if st.closed {
		return ErrDestroyed
	}
	if st.HeadersSent {
		return &conn.Misuse{Op: "AdditionalHeaders", Reason: "the response was begun before", Ref: "RFC 9113 8.1", Err: conn.ErrState}
	}
	_, err := st.headers(fields, false)
	return err
}

// PushAllowed is the seed's http2stream.pushAllowed.
func (st *Stream) PushAllowed() bool { return !st.closed && st.s.c.RemoteSettings().EnablePush }

// PushStream promises a stream: the seed's http2stream.pushStream. The request
// fields need :method (GET or HEAD), :scheme, :authority and :path.
func (st *Stream) PushStream(fields []Field) (*Stream, error) {
	if st.closed {
		return nil, ErrDestroyed
	}
	if !st.s.fits(fields) {
		return nil, &conn.Misuse{Op: "PushStream", Reason: "the field block is longer than MaxSendHeaderBlockLength", Err: conn.ErrBlockTooLarge}
	}
	id, err := st.s.c.Push(st.id, fields)
	if err != nil {
		return nil, err
	}
	p := &Stream{s: st.s, id: id, started: true, pushed: true}
	st.s.streams[id] = p
	return p, nil
}

// Reset ends the stream with RST_STREAM: the seed's http2stream.rstStream.
func (st *Stream) Reset(code frame.ErrCode) error {
	if st.closed {
		return nil
	}
	if !st.started {
		st.s.dropWaiting(st)
		st.closeWith(code, conn.ByOwner)
		return nil
	}
	return st.s.c.Reset(st.id, code)
}

// Priority is the seed's http2stream.priority: weight is 1 to 256.
func (st *Stream) Priority(parent uint32, weight int, exclusive bool) error {
	if weight < 1 || weight > 256 {
		return &conn.Misuse{Op: "Priority", Reason: "weight must be 1 to 256", Ref: "RFC 7540 5.3.2", Err: conn.ErrArgument}
	}
	return st.s.c.Priority(st.id, frame.PriorityParam{StreamDep: parent, Weight: uint8(weight - 1), Exclusive: exclusive})
}

// PriorityUpdate tells the server how urgent the stream is (RFC 9218, section
// 7): field is a priority field value, "u=1, i". Client only.
func (st *Stream) PriorityUpdate(field string) error {
	if st.closed {
		return ErrDestroyed
	}
	return st.s.c.PriorityUpdate(st.id, field)
}

func (s *Session) dropWaiting(st *Stream) {
	for i, w := range s.waiting {
		if w == st {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			return
		}
	}
}

func (st *Stream) closeWith(code frame.ErrCode, by conn.By) {
	if st.closed {
		return
	}
	st.closed, st.code = true, code
	delete(st.s.streams, st.id)
	st.s.events = append(st.s.events, Event{Kind: EvClosed, Stream: st, Code: code, By: by})
}
