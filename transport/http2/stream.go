package http2

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"framewise/core/conn"
	"framewise/core/session"
)

// AnyStream is a *ServerStream or a *ClientStream; what both have is Stream's.
type AnyStream interface{ stream() *Stream }

// Stream is what the streams of both ends have: the seed's Http2Stream. It is an
// io.Reader of what the peer sends, an io.Writer of what we send, and CloseWrite
// ends our side; deadlines are a net.Conn's.
type Stream struct {
	s     *Session
	core  *session.Stream // the connection's lock guards it
	outer AnyStream
	id    atomic.Uint32
	on    events
	idle  idleTimer

	in  inbound
	out outbound

	// The connection's lock guards these.
	ended  bool // our side was ended
	pushed bool // a promise of the peer's
	file   *fileBody
	begun  bool  // the response, or the request, was sent
	noBody bool  // it has no content whatever is written
	broken error // the rule that the peer broke on it

	mu       sync.Mutex
	over     bool // closed
	code     ErrCode
	err      error
	aborted  bool
	reason   error // that Destroy was given
	answer   Headers
	trailers Headers
}

func newStream(s *Session, core *session.Stream) *Stream {
	st := &Stream{s: s, core: core}
	st.id.Store(core.ID())
	core.Owner = st
	st.idle.expired = func() { st.fire(onTimeout, func(f any) { f.(func())() }) }
	return st
}

func (st *Stream) stream() *Stream { return st }

func (st *Stream) fire(k eventKind, call func(f any)) {
	st.s.post(func() { st.on.fire(k, call) })
}

func (st *Stream) fireFields(k eventKind, e *session.Event) {
	h, flags := Headers(slices.Clone(e.Fields)), e.Header.Flags
	st.fire(k, func(f any) { f.(func(Headers, Flags))(h, flags) })
}

// act runs a verb with the connection locked; an error is made one of this
// package's.
func (st *Stream) act(op string, f func() error) error {
	var err error
	st.s.act(func() {
		st.idle.touch()
		err = f()
	})
	return verbError(op, st.ID(), err)
}

// OnReady is called when the stream has its identifier, if it had to wait for
// one: the seed's 'ready'.
func (st *Stream) OnReady(f func()) { listen(st.s, &st.on, onReady, f, f == nil) }

// OnData has f called with what the peer sends, as it comes; b is f's. What f was
// given goes back to the windows when f has returned. Without OnData the stream
// waits for Read. The seed's 'data'.
func (st *Stream) OnData(f func(b []byte)) {
	listen(st.s, &st.on, onData, f, f == nil)
	st.s.post(st.flow)
}

// OnEnd is called when the peer's side is complete and all of it was read: the
// seed's 'end'.
func (st *Stream) OnEnd(f func()) { listen(st.s, &st.on, onEnd, f, f == nil) }

// OnDrain is called when all that was written has left: the seed's 'drain'.
func (st *Stream) OnDrain(f func()) { listen(st.s, &st.on, onDrain, f, f == nil) }

// OnAborted is called when the stream was cut off before our side was ended: the
// seed's 'aborted'.
func (st *Stream) OnAborted(f func()) { listen(st.s, &st.on, onAborted, f, f == nil) }

// OnError is called when the stream failed: the seed's 'error'.
func (st *Stream) OnError(f func(err error)) { listen(st.s, &st.on, onError, f, f == nil) }

// OnFrameError is called when a frame of this stream could not be sent: the
// seed's 'frameError'. The stream is closed.
func (st *Stream) OnFrameError(f func(t FrameType, code ErrCode)) {
	listen(st.s, &st.on, onFrameError, f, f == nil)
}

// OnStreamClosed is called when the stream is closed, as its last event but for
// OnError: the seed's 'streamClosed'.
func (st *Stream) OnStreamClosed(f func(code ErrCode)) {
	listen(st.s, &st.on, onStreamClosed, f, f == nil)
}

// OnTimeout is called when nothing happened for as long as SetTimeout says: the
// seed's 'timeout'.
func (st *Stream) OnTimeout(f func()) { listen(st.s, &st.on, onTimeout, f, f == nil) }

// OnTrailers is called with the peer's trailer section: the seed's 'trailers'.
func (st *Stream) OnTrailers(f func(headers Headers, flags Flags)) {
	listen(st.s, &st.on, onTrailers, f, f == nil)
}

// OnFetchTrailers has f asked for our trailer section when the last octets of the
// body have left: the seed's 'fetchTrailers'. It must be set before CloseWrite
// or End. Pseudo-header fields make an error (RFC 9113, section 8.1).
func (st *Stream) OnFetchTrailers(f func(trailers *Headers)) {
	listen(st.s, &st.on, onFetchTrailers, f, f == nil)
}

// ID is the stream's identifier; 0 while it has none, because the peer allows no
// more streams at a time: the seed's http2stream.id.
func (st *Stream) ID() uint32 { return st.id.Load() }

// Session is the session of the stream: the seed's http2stream.session. It stays
// when the stream is destroyed, which may happen at any moment.
func (st *Stream) Session() *Session { return st.s }

// Destroyed says that the stream is closed: the seed's http2stream.destroyed.
func (st *Stream) Destroyed() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.over
}

// Aborted says that the stream was cut off before our side was ended: the seed's
// http2stream.aborted.
func (st *Stream) Aborted() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.aborted
}

// RstCode is the code that the stream was closed with, and whether it is closed:
// the seed's http2stream.rstCode.
func (st *Stream) RstCode() (code ErrCode, closed bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.code, st.over
}

// Err is why the stream failed; nil: it did not, or not yet.
func (st *Stream) Err() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.err
}

// Trailers are the peer's, once they came: when Read has returned io.EOF they are
// here, if there are any.
func (st *Stream) Trailers() Headers {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.trailers.Clone()
}

// RstStream closes the stream with RST_STREAM: the seed's http2stream.rstStream.
// A stream that is closed is left alone.
func (st *Stream) RstStream(code ErrCode) error {
	return st.act("rstStream", func() error {
		st.dropFile()
		return st.core.Reset(code)
	})
}

// The seed's shortcuts.

// RstWithNoError is RstStream(NoError).
func (st *Stream) RstWithNoError() error { return st.RstStream(NoError) }

// RstWithProtocolError is RstStream(ProtocolError).
func (st *Stream) RstWithProtocolError() error { return st.RstStream(ProtocolError) }

// RstWithCancel is RstStream(Cancel).
func (st *Stream) RstWithCancel() error { return st.RstStream(Cancel) }

// RstWithRefuse is RstStream(RefusedStream).
func (st *Stream) RstWithRefuse() error { return st.RstStream(RefusedStream) }

// RstWithInternalError is RstStream(InternalError).
func (st *Stream) RstWithInternalError() error { return st.RstStream(InternalError) }

// Destroy ends the stream: the seed's http2stream.destroy. With an error it is
// reset with InternalError, and OnError is called with it; without, with NoError.
func (st *Stream) Destroy(err error) {
	code := NoError
	if err != nil {
		code = InternalError
		st.mu.Lock()
		if st.reason == nil && !st.over {
			st.reason = err
		}
		st.mu.Unlock()
	}
	_ = st.RstStream(code) // a stream or session that has ended is destroyed already
}

// Close ends a stream that nobody needs any more: nothing happens when it is
// complete; else it is reset, with Cancel. A server's stream whose response was
// ended is not cut off: what waits of the response is sent, and the rest of the
// request is refused with NoError (RFC 9113, section 8.1) or dropped.
func (st *Stream) Close() error {
	answered, waits := false, false
	st.s.look(func() {
		answered = st.ended && st.s.typ == SessionServer
		waits = st.file != nil || st.core.Queued() > 0
	})
	switch {
	case !answered:
		return st.RstStream(Cancel)
	case waits:
		st.OnData(func([]byte) {})
		return nil
	}
	return st.RstStream(NoError)
}

// PriorityOptions are those of the seed's priority: Weight is 1 to 256, 0 stands
// for 16.
type PriorityOptions struct {
	Parent    uint32
	Weight    int
	Exclusive bool
	// Silent changes it for ourselves and tells the peer nothing.
	Silent bool
}

func (o *PriorityOptions) check(op string) error {
	if o.Weight == 0 {
		o.Weight = 16
	}
	if o.Weight < 1 || o.Weight > 256 {
		return invalid(op, "Weight is %d, it must be from 1 to 256", o.Weight)
	}
	return nil
}

// Priority changes how the stream shares the connection (RFC 7540, section 5.3):
// the seed's http2stream.priority.
func (st *Stream) Priority(o PriorityOptions) error {
	if err := o.check("priority"); err != nil {
		return err
	}
	return st.act("priority", func() error {
		if st.core.ID() == 0 {
			return badState("priority", "the stream has no identifier yet: wait for OnReady")
		}
		if o.Silent {
			return st.core.Prefer(o.Parent, o.Weight, o.Exclusive)
		}
		return st.core.Priority(o.Parent, o.Weight, o.Exclusive)
	})
}

// PriorityUpdate tells the server how urgent the stream is (RFC 9218): field is
// "u=1, i" for instance. Clients only.
func (st *Stream) PriorityUpdate(field string) error {
	return st.act("priorityUpdate", func() error { return st.core.PriorityUpdate(field) })
}

// SetTimeout has f called, which is OnTimeout too, when nothing happened on the
// stream for d: the seed's http2stream.setTimeout. It goes on until d is 0 or the
// stream is closed. f nil: OnTimeout stays as it is.
func (st *Stream) SetTimeout(d time.Duration, f func()) error {
	if d < 0 {
		return invalid("setTimeout", "the time is %v, it must be 0 or more", d)
	}
	if f != nil {
		st.OnTimeout(f)
	}
	st.idle.set(d)
	return nil
}

// StreamState is the seed's http2stream.state: State is one of StateIdle to
// StateClosed, LocalClose and RemoteClose are 1 for a side that has ended.
type StreamState = session.StreamState

// State tells where the stream stands: the seed's http2stream.state.
func (st *Stream) State() (v StreamState) {
	st.s.look(func() { v = st.core.Details() })
	return v
}

// Go runs f on a goroutine of its own: how a handler asks to block. A panic in f
// ends the program, as in any goroutine.
func (st *Stream) Go(f func()) { go f() }

// trailersCame notes the peer's trailer section. Locked.
func (st *Stream) trailersCame(e *session.Event) {
	st.mu.Lock()
	st.trailers = slices.Clone(e.Fields)
	st.mu.Unlock()
	st.fireFields(onTrailers, e)
}

func (st *Stream) frameError(e *session.Event) {
	t, code, id := e.Header.Type, e.Code, e.StreamID
	s := st.s
	s.post(func() {
		s.on.fire(onFrameError, func(f any) { f.(func(FrameType, ErrCode, uint32))(t, code, id) })
		st.on.fire(onFrameError, func(f any) { f.(func(FrameType, ErrCode))(t, code) })
	})
}

// closed is the stream's end. Locked.
func (st *Stream) closed(e *session.Event) {
	s := st.s
	st.idle.stop()
	st.dropFile()
	aborted := e.By != conn.ByEnd && e.By != conn.ByOwner && !st.ended
	st.mu.Lock()
	st.over, st.code, st.aborted = true, e.Code, aborted
	switch {
	case st.reason != nil:
		st.err = st.reason
	case e.By == conn.ByTransport && s.Err() != nil:
		st.err = closedError(st.ID(), e.Code, e.By, s.Err())
	case e.Code != NoError:
		st.err = closedError(st.ID(), e.Code, e.By, st.broken)
	}
	err, code := st.err, e.Code
	st.mu.Unlock()
	st.in.close(e.By == conn.ByEnd, err)
	st.out.close(err)
	s.post(func() {
		if aborted {
			st.on.fire(onAborted, func(f any) { f.(func())() })
		}
		st.flow()
		st.on.fire(onStreamClosed, func(f any) { f.(func(ErrCode))(code) })
		if err != nil {
			st.on.fire(onError, func(f any) { f.(func(error))(err) })
		}
	})
	s.live--
	if s.ending {
		s.endWhenIdle()
	}
}
