// Package session is the seed's Core API without I/O: Http2Session and
// Http2Stream on top of core/conn, with events as values.
//
// In come the peer's octets, the owner's calls and the time; out come octets,
// events and a deadline, by one Poll. What it adds to a connection: streams as
// objects that may be used before they are ready, bodies that are queued and
// trailers that are asked for when the body has left, settings by name, and a
// shutdown in two steps.
//
// It imports core/conn, core/frame and core/hpack. A Session and its Streams
// are not safe for concurrent use: transport/ puts a lock around them.
package session

import (
	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
)

// Field is a field line of a header or trailer section.
type Field = hpack.Field

// Config is what a session starts with: the options of the seed's connect,
// createServer and createSecureServer.
type Config struct {
	// Settings are the initial settings, "settings" in the seed.
	Settings Settings
	// MaxDeflateDynamicTableSize bounds our encoder's table, in octets. 0: 4,096.
	MaxDeflateDynamicTableSize uint32
	// MaxSendHeaderBlockLength bounds a field block that we send, in octets as
	// encoded at most (the decoded size is measured). 0: no bound.
	MaxSendHeaderBlockLength uint32
	// PeerMaxConcurrentStreams holds until the peer announces its own. 0: 100.
	PeerMaxConcurrentStreams uint32
	// MaxReservedRemoteStreams bounds pushed streams that a client holds. 0: 200.
	MaxReservedRemoteStreams uint32
	// SelectPadding is the seed's options.selectPadding. nil: none.
	SelectPadding func(frameLen, maxFrameLen int) int
	// ConnWindow is the connection's receive window, in octets. 0: 65,535.
	ConnWindow uint32
	// CreditAtOnce and EndIsWritable are conn.Config's; with the latter EvDrain
	// comes for streams that were ended, too.
	CreditAtOnce  bool
	EndIsWritable bool
	// Causes makes Poll report why each frame was sent.
	Causes bool
	// Limits protect against the peer.
	Limits conn.Limits
}

// Session is one connection: the seed's Http2Session.
type Session struct {
	cfg     Config
	c       *conn.Conn
	streams map[uint32]*Stream
	waiting []*Stream // requests that have no identifier yet
	events  []Event
	spare   []Event
	stop    shutdown
	pings   []ping // of ours that wait for an answer
	now     int64
	closed  bool
	err     error // why the session ended, nil for an orderly end
}

// NewClient begins a client's session.
func NewClient(cfg Config) *Session { return newSession(cfg, conn.Client) }

// NewServer begins a server's session.
func NewServer(cfg Config) *Session { return newSession(cfg, conn.Server) }

func newSession(cfg Config, role conn.Role) *Session {
	return &Session{cfg: cfg, streams: make(map[uint32]*Stream), c: conn.New(conn.Config{
		Role:              role,
		Settings:          cfg.Settings.list(role),
		ConnWindow:        cfg.ConnWindow,
		CreditAtOnce:      cfg.CreditAtOnce,
		EndIsWritable:     cfg.EndIsWritable,
		TableLimit:        cfg.MaxDeflateDynamicTableSize,
		PeerMaxConcurrent: cfg.PeerMaxConcurrentStreams,
		SelectPadding:     cfg.SelectPadding,
		Causes:            cfg.Causes,
		Limits:            cfg.limits(),
	})}
}

// limits are those of the connection, with the bound that has a name of the
// seed's.
func (cfg *Config) limits() conn.Limits {
	l := cfg.Limits
	if cfg.MaxReservedRemoteStreams != 0 {
		l.MaxReserved = cfg.MaxReservedRemoteStreams
	}
	return l
}

// Type says which end this is: the seed's http2session.type.
func (s *Session) Type() conn.Role { return s.c.Role() }

// Receive takes octets from the peer, in pieces of any size; now is nanoseconds
// from any fixed instant. The slice must stay as it is until the events of the
// next Poll were handled. The error is for misuse only (conn.ErrEnded).
func (s *Session) Receive(now int64, b []byte) error {
	s.now = now
	return s.c.Receive(now, b)
}

// End says that the transport has ended, with err when it failed.
func (s *Session) End(now int64, err error) {
	if s.err == nil {
		s.err = err
	}
	s.c.End(now)
}

// Tick lets time pass; due at the Deadline of the last Output.
func (s *Session) Tick(now int64) { s.c.Tick(now) }

// Release lets go of buffers while there is nothing to read.
func (s *Session) Release() { s.c.Release() }

// Err is why the session ended: the peer's error, ours or the transport's. nil
// while it is alive and after an orderly end.
func (s *Session) Err() error {
	if f := s.c.Failed(); f != nil {
		return f
	}
	return s.err
}

// Destroyed says that the session must no longer be used: the seed's
// http2session.destroyed.
func (s *Session) Destroyed() bool { return s.closed }

// Output is what a Poll hands out. Its octets are valid until the next Poll into
// the same Output: a transport that writes while it polls has two. Its events
// are valid until the next Poll.
type Output struct {
	Segments [][]byte     // octets to write, in order
	Octets   int          // their sum
	Causes   []conn.Cause // one for each frame, if Config.Causes
	Events   []Event
	Deadline int64 // when Tick is due; 0: never
	More     bool  // DATA is left that could go at once: Poll again after writing
	Close    bool  // write, then close the transport
	Cut      bool  // the time for that is over: close, written or not

	own conn.Output

	events, spare []Event // what Lend gives
}

// Poll drains octets, events and the deadline. maxData bounds the DATA that is
// framed at once, in octets; 0 means 256 KiB, less than 0 none.
//
// The owner handles the events, which may call any verb, writes the octets, and
// polls again until there is neither.
func (s *Session) Poll(now int64, o *Output, maxData int) {
	s.now = now
	s.stepShutdown()
	s.c.Poll(now, &o.own, maxData)
	for i := range o.own.Events {
		s.translate(&o.own.Events[i])
	}
	opened := s.openWaiting()
	o.Segments, o.Octets, o.Causes = o.own.Segments, o.own.Octets, o.own.Causes
	o.Events, o.Deadline, o.More = s.events, o.own.Deadline, o.own.More
	s.events, s.spare = s.spare[:0], s.events
	o.Close, o.Cut = o.own.Close || s.closed, o.own.Cut
	if opened || s.stop.due() {
		o.More = true // it leaves with the next Poll
	}
}

// SetCause tags the frames that the next calls cause. 0 ends it.
func (s *Session) SetCause(tag uint32) { s.c.SetCause(tag) }

// Raw sends octets made by hand, which the session does not look at.
func (s *Session) Raw(b []byte) error { return s.c.Raw(b) }

// Consume gives n octets of a stream's data back to the windows, so that the
// peer may send more.
func (s *Session) Consume(st *Stream, n int) error { return s.c.Consume(st.id, n) }

// Settings announces new settings: the seed's http2session.settings. They are
// in force with EvLocalSettings.
func (s *Session) Settings(v Settings) error { return s.c.Settings(v.list(s.Type())) }

// PendingSettingsAck says whether a SETTINGS of ours waits for its
// acknowledgement: the seed's http2session.pendingSettingsAck.
func (s *Session) PendingSettingsAck() bool { return s.c.SettingsPending() > 0 }

// LocalSettings are ours that are in force: the seed's http2session.localSettings.
func (s *Session) LocalSettings() conn.Values { return s.c.LocalSettings() }

// RemoteSettings are the peer's: the seed's http2session.remoteSettings.
func (s *Session) RemoteSettings() conn.Values { return s.c.RemoteSettings() }

// Window returns the windows of the connection.
func (s *Session) Window() conn.Window { return s.c.ConnWindow() }

// Destroy ends the session at once: the seed's http2session.destroy. What is
// queued is not sent, but for a GOAWAY with the code; Output.Close follows.
// Every stream that is not closed ends with EvClosed.
func (s *Session) Destroy(code frame.ErrCode) {
	if s.closed {
		return
	}
	s.closed = true
	for _, st := range s.waiting {
		st.closeWith(frame.Cancel, conn.ByOwner)
	}
	s.waiting = nil
	if s.c.Failed() == nil {
		_ = s.c.GoAway(min(s.c.LastStreamID(), s.stop.last()), code, nil) // a Misuse means that the connection has ended
	}
	s.c.End(s.now)
}

// Upgrade takes the connection over from HTTP/1.1: see conn.Upgrade. A server's
// request comes as EvStream with the next Poll; a client gets the stream on
// which the response will come.
func (s *Session) Upgrade(settings []byte, fields []Field) (*Stream, error) {
	if err := s.c.Upgrade(settings, fields); err != nil || s.Type() == conn.Server {
		return nil, err
	}
	st := &Stream{s: s, id: 1, started: true, HeadersSent: true, ended: true}
	s.streams[1] = st
	return st, nil
}
