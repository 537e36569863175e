package http2

import (
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/transport"
)

// Session is one connection to a peer: the seed's Http2Session. Servers make
// one for each client, Connect and NewClient make a client's.
type Session struct {
	core      *session.Session // the connection's lock guards it
	d         *transport.Driver
	nc        net.Conn
	server    *Server // nil: a client's, or of NewServer
	authority string  // of a client's requests
	scheme    string
	typ       SessionType

	loop   loop
	on     events
	corked atomic.Bool // handlers run: what they send leaves when they have returned
	dirty  atomic.Bool // they have sent something
	cork   *time.Timer // or after corkTime
	idle   idleTimer

	// The connection's lock guards these.
	live      int  // streams that are not closed
	stopping  bool // Shutdown was called
	ending    bool // it ends with its last stream
	connected bool
	shutdowns []func()
	pings     map[[8]byte][]func(time.Duration, error)

	mu  sync.Mutex
	err error // why it ended
}

// corkTime is how long what a handler sends may wait for its return.
const corkTime = time.Millisecond

func newSession(nc net.Conn, typ SessionType, cfg session.Config) *Session {
	s := &Session{nc: nc, typ: typ, pings: make(map[[8]byte][]func(time.Duration, error))}
	if typ == SessionServer {
		s.core = session.NewServer(cfg)
	} else {
		s.core = session.NewClient(cfg)
	}
	s.loop.before = func() { s.corked.Store(true) }
	s.loop.after = s.uncork
	s.cork = time.AfterFunc(time.Hour, s.flush)
	s.cork.Stop()
	s.idle.expired = func() { s.post(func() { s.on.fire(onTimeout, func(f any) { f.(func())() }) }) }
	return s
}

// start begins the connection: first runs on the loop before any event.
func (s *Session) start(o *Options, id uint32, state *tls.ConnectionState, first func()) {
	own, other := s.nc.LocalAddr().String(), s.nc.RemoteAddr().String()
	if s.typ == SessionServer {
		own, other = other, own
	}
	s.d = transport.New(s.nc, transport.Options{
		Engine: transport.ForSession(s.core, s.handle), Role: s.core.Type(),
		Recorder: o.Recorder, Conn: o.record(id, own, other, s.nc.LocalAddr().Network(), state),
	})
	s.loop.hold(first)
	s.d.Start()
	go s.loop.run()
}

func (s *Session) post(f func()) { s.loop.post(f) }

// fire posts an event of the session's.
func (s *Session) fire(k eventKind, call func(f any)) {
	s.post(func() { s.on.fire(k, call) })
}

// act runs f with the connection locked and sees to it that what it queued is
// sent: at once, or when the handlers that run now have returned.
func (s *Session) act(f func()) {
	s.idle.touch()
	if !s.corked.Load() {
		s.d.Act(f, true)
		return
	}
	s.d.Act(f, false)
	if !s.dirty.Swap(true) {
		s.cork.Reset(corkTime)
	}
	if !s.corked.Load() { // they returned meanwhile, perhaps before they saw it
		s.flush()
	}
}

// look runs f with the connection locked, for what sends nothing.
func (s *Session) look(f func()) { s.d.Act(f, false) }

// flush sends what handlers have queued.
func (s *Session) flush() {
	if s.dirty.Swap(false) {
		s.d.Act(func() {}, true)
	}
}

func (s *Session) uncork() {
	s.corked.Store(false)
	if s.dirty.Load() {
		s.cork.Stop()
		s.flush()
	}
}

// listen sets a handler, and has it called with what it has missed.
func listen[F any](s *Session, e *events, k eventKind, f F, none bool) {
	if none {
		e.set(k, nil)
		return
	}
	e.set(k, f)
	if e.waits(k) {
		s.post(func() { e.fire(k, nil) })
	}
}

// OnConnect is called when the peer's first SETTINGS came: the seed's 'connect'.
func (s *Session) OnConnect(f func()) { listen(s, &s.on, onConnect, f, f == nil) }

// OnClose is called when the session has ended, as its last event: the seed's
// 'close'.
func (s *Session) OnClose(f func()) { listen(s, &s.on, onClose, f, f == nil) }

// OnError is called when the session fails: the seed's 'error'. The error
// matches ErrProtocol or ErrInternal.
func (s *Session) OnError(f func(err error)) { listen(s, &s.on, onError, f, f == nil) }

// OnSocketError is called when the connection below fails: the seed's
// 'socketError'. OnError follows when there is no handler.
func (s *Session) OnSocketError(f func(err error)) { listen(s, &s.on, onSocketError, f, f == nil) }

// OnFrameError is called when a frame of ours could not be sent: the seed's
// 'frameError'. streamID is 0 for a stream that never got an identifier.
func (s *Session) OnFrameError(f func(t FrameType, code ErrCode, streamID uint32)) {
	listen(s, &s.on, onFrameError, f, f == nil)
}

// OnGoAway is called when the peer will take no more streams: the seed's
// 'goaway'. The session shuts down by itself then, and ends when its streams
// have ended.
func (s *Session) OnGoAway(f func(code ErrCode, lastStreamID uint32, opaqueData []byte)) {
	listen(s, &s.on, onGoAway, f, f == nil)
}

// OnLocalSettings is called when settings of ours are in force, took after they
// were announced: the seed's 'localSettings'.
func (s *Session) OnLocalSettings(f func(v Values, took time.Duration)) {
	listen(s, &s.on, onLocalSettings, f, f == nil)
}

// OnRemoteSettings is called when the peer's settings came: the seed's
// 'remoteSettings'.
func (s *Session) OnRemoteSettings(f func(v Values)) {
	listen(s, &s.on, onRemoteSettings, f, f == nil)
}

// OnStream is called for each new stream of the peer's: the seed's 'stream'. On
// a server st is a *ServerStream, the request; on a client it is a *ClientStream,
// one that was pushed: headers are the promised request then.
func (s *Session) OnStream(f func(st AnyStream, headers Headers, flags Flags)) {
	listen(s, &s.on, onStream, f, f == nil)
}

// OnTimeout is called when nothing happened for as long as SetTimeout says: the
// seed's 'timeout'.
func (s *Session) OnTimeout(f func()) { listen(s, &s.on, onTimeout, f, f == nil) }

// OnPing is called for a PING of the peer's, which is answered by itself.
func (s *Session) OnPing(f func(data [8]byte)) { listen(s, &s.on, onPing, f, f == nil) }

// OnAltSvc is called when the server has an alternative service (RFC 7838): for
// an origin, or for a stream's own.
func (s *Session) OnAltSvc(f func(value, origin string, streamID uint32)) {
	listen(s, &s.on, onAltSvc, f, f == nil)
}

// OnOrigin is called when the server says what else it is authoritative for
// (RFC 8336).
func (s *Session) OnOrigin(f func(origins []string)) { listen(s, &s.on, onOrigin, f, f == nil) }

// Limit is something that the peer did in excess: which field of Options.Limits
// it went beyond, on which stream (0: it costs the connection), with what of how
// much, and the attack or rule that the limit is for.
type Limit struct {
	Name     string
	StreamID uint32
	N, Max   int64
	Ref      string
}

// OnLimit is called when the peer goes beyond a limit.
func (s *Session) OnLimit(f func(l Limit)) { listen(s, &s.on, onLimit, f, f == nil) }

// Type says which end this is: the seed's http2session.type.
func (s *Session) Type() SessionType { return s.typ }

// Done is closed when the session has ended and its last event was queued.
func (s *Session) Done() <-chan struct{} { return s.d.Done() }

// Err is why the session ended; nil before, and after an end in order.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Destroyed says that the session has ended: the seed's http2session.destroyed.
func (s *Session) Destroyed() (yes bool) {
	s.look(func() { yes = s.core.Destroyed() })
	return yes
}

// Destroy ends the session and its connection at once: the seed's
// http2session.destroy. Streams that are open end with Cancel; what was queued
// on them is dropped, but for a GOAWAY.
func (s *Session) Destroy() { s.act(func() { s.core.Destroy(NoError) }) }

// Close takes no more streams and ends the session when the open ones have ended.
func (s *Session) Close() error {
	var err error
	s.act(func() {
		s.stopping = true
		err = s.core.Shutdown(session.ShutdownOptions{})
		s.endWhenIdle()
	})
	return verbError("close", 0, err)
}

// closeGracefully is Close that gives requests under way their chance.
func (s *Session) closeGracefully() {
	s.act(func() {
		if s.ending {
			return
		}
		if s.stopping || s.core.Shutdown(session.ShutdownOptions{Graceful: true}) != nil {
			s.endWhenIdle() // it has said so before, or has ended
			return
		}
		s.stopping = true
		s.shutdowns = append(s.shutdowns, func() { s.act(s.endWhenIdle) })
	})
}

// endWhenIdle ends the session when no stream is left. Locked.
func (s *Session) endWhenIdle() {
	s.ending = true
	if s.live == 0 && !s.core.Destroyed() {
		s.post(func() { s.act(s.endIfIdle) }) // behind the handlers of what came
	}
}

func (s *Session) endIfIdle() {
	if s.ending && s.live == 0 {
		s.core.Destroy(NoError)
	}
}

// LocalSettings are ours that are in force: the seed's http2session.localSettings.
func (s *Session) LocalSettings() (v Values) {
	s.look(func() { v = s.core.LocalSettings() })
	return v
}

// RemoteSettings are the peer's: the seed's http2session.remoteSettings.
func (s *Session) RemoteSettings() (v Values) {
	s.look(func() { v = s.core.RemoteSettings() })
	return v
}

// PendingSettingsAck says whether settings of ours wait for their
// acknowledgement: the seed's http2session.pendingSettingsAck.
func (s *Session) PendingSettingsAck() (yes bool) {
	s.look(func() { yes = s.core.PendingSettingsAck() })
	return yes
}

// Settings announces settings: the seed's http2session.settings. They are in
// force with OnLocalSettings. Errors: validation; state, when the session has
// ended.
func (s *Session) Settings(v Settings) error {
	const op = "settings"
	if err := checkSettings(op, v); err != nil {
		return err
	}
	var err error
	s.act(func() { err = s.core.Settings(v) })
	return verbError(op, 0, err)
}

// SetTimeout has f called, which is OnTimeout too, when nothing was sent or
// received for d: the seed's http2session.setTimeout. It goes on until d is 0 or
// the session has ended. f nil: OnTimeout stays as it is.
func (s *Session) SetTimeout(d time.Duration, f func()) error {
	if d < 0 {
		return invalid("setTimeout", "the time is %v, it must be 0 or more", d)
	}
	if f != nil {
		s.OnTimeout(f)
	}
	s.idle.set(d)
	return nil
}

// RstStream ends a stream of this session with RST_STREAM: the seed's
// http2session.rstStream.
func (s *Session) RstStream(st AnyStream, code ErrCode) error {
	b, err := s.own("rstStream", st)
	if err != nil {
		return err
	}
	return b.RstStream(code)
}

// Priority changes how a stream of this session shares the connection: the
// seed's http2session.priority.
func (s *Session) Priority(st AnyStream, o PriorityOptions) error {
	b, err := s.own("priority", st)
	if err != nil {
		return err
	}
	return b.Priority(o)
}

func (s *Session) own(op string, st AnyStream) (*Stream, error) {
	if st == nil || st.stream() == nil {
		return nil, invalid(op, "there is no stream: it must be one of this session")
	}
	if b := st.stream(); b.s == s {
		return b, nil
	}
	return nil, invalid(op, "stream %d is of another session", st.stream().ID())
}

// ShutdownOptions are those of the seed's http2session.shutdown.
type ShutdownOptions = session.ShutdownOptions

// Shutdown tells the peer to begin no more streams: the seed's
// http2session.shutdown. The open ones go on; the connection stays, Destroy ends
// it. done is called when all GOAWAYs have been queued; it may be nil.
//
// A LastStreamID above the last stream that was seen stays as it is; one above
// 2^31-1 is 2^31-1.
func (s *Session) Shutdown(o ShutdownOptions, done func()) error {
	o.LastStreamID = min(o.LastStreamID, frame.MaxStreamID)
	var err error
	s.act(func() {
		if err = s.core.Shutdown(o); err != nil {
			return
		}
		if s.stopping && done != nil && len(s.shutdowns) == 0 {
			s.post(done) // it has been done before
			return
		}
		s.stopping = true
		if done != nil {
			s.shutdowns = append(s.shutdowns, done)
		}
	})
	return verbError("shutdown", 0, err)
}

// GoAway sends one GOAWAY and changes nothing else. lastStreamID 0: the last
// stream that was handed out.
func (s *Session) GoAway(code ErrCode, lastStreamID uint32, opaqueData []byte) error {
	var err error
	s.act(func() { err = s.core.GoAway(min(lastStreamID, frame.MaxStreamID), code, opaqueData) })
	return verbError("goaway", 0, err)
}

// Ping asks the peer for an answer and has f called with how long it took, or
// with the error when the session ends first.
func (s *Session) Ping(data [8]byte, f func(took time.Duration, err error)) error {
	var err error
	s.act(func() {
		if err = s.core.Ping(data); err == nil {
			s.pings[data] = append(s.pings[data], f)
		}
	})
	return verbError("ping", 0, err)
}

// AltSvc tells the client of an alternative service (RFC 7838): for an origin, or
// for the origin of a stream. Servers only.
func (s *Session) AltSvc(value, origin string, streamID uint32) error {
	var err error
	s.act(func() { err = s.core.AltSvc(streamID, origin, value) })
	return verbError("altsvc", streamID, err)
}

// Origin tells the client what else the server is authoritative for (RFC 8336).
// Servers only.
func (s *Session) Origin(origins ...string) error {
	var err error
	s.act(func() { err = s.core.Origin(origins) })
	return verbError("origin", 0, err)
}

// SetLocalWindowSize resizes the receive window of the connection, in octets.
func (s *Session) SetLocalWindowSize(size uint32) error {
	var err error
	s.act(func() { err = s.core.SetLocalWindowSize(size) })
	return verbError("setLocalWindowSize", 0, err)
}

// SessionState is the seed's http2session.state: windows and lengths in octets.
type SessionState = session.State

// State tells where the session stands: the seed's http2session.state.
func (s *Session) State() (v SessionState) {
	s.look(func() { v = s.core.State() })
	return v
}

// Socket is what may be seen of the connection below a session: the seed's
// http2session.socket without what would break the session.
type Socket struct {
	local, remote net.Addr
	state         *tls.ConnectionState
}

// LocalAddr is our address.
func (k Socket) LocalAddr() net.Addr { return k.local }

// RemoteAddr is the peer's address.
func (k Socket) RemoteAddr() net.Addr { return k.remote }

// TLS tells of the TLS connection; nil: there is none.
func (k Socket) TLS() *tls.ConnectionState { return k.state }

// Socket returns the connection below, to look at: the seed's
// http2session.socket.
func (s *Session) Socket() Socket {
	k := Socket{local: s.nc.LocalAddr(), remote: s.nc.RemoteAddr()}
	if c, ok := s.nc.(*tls.Conn); ok {
		state := c.ConnectionState()
		k.state = &state
	}
	return k
}
