// Package conn is one HTTP/2 connection as a state machine (RFC 9113).
//
// In come the peer's octets (Receive), the owner's wishes (Open, Headers,
// Data, Reset, …) and the time, as an argument. Out come, by one Poll, the
// octets to write, the events that happened and the next deadline. There is no
// I/O, no clock, no goroutine and no callback but SelectPadding: the same input
// gives the same octets everywhere.
//
// What the peer does wrong is never a Go error: it becomes an event, and the
// RST_STREAM or GOAWAY that the RFC asks for. Errors are for misuse by the
// owner, and they are typed (Misuse).
//
// The package imports core/frame, core/hpack and core/priority only. A Conn is not safe for
// concurrent use.
package conn

import (
	"framewise/core/frame"
	"framewise/core/hpack"
)

// Role is which end of the connection this is.
type Role uint8

// The two roles (RFC 9113, section 2.2).
const (
	Client Role = iota
	Server
)

func (r Role) String() string {
	if r == Client {
		return "client"
	}
	return "server"
}

// Config is what a connection starts with. The zero value is a client with
// the defaults of RFC 9113 and of Limits.
type Config struct {
	Role Role

	// Settings are announced in the first SETTINGS frame, in this order. They
	// must be valid (frame.Setting.Valid).
	Settings []frame.Setting

	// ConnWindow is the receive window of the connection, in octets. Above the
	// protocol's 65,535 it is announced by a WINDOW_UPDATE behind the first
	// SETTINGS; lower values are ignored.
	ConnWindow uint32

	// CreditAtOnce gives the connection's window back as DATA comes, and leaves
	// it to the streams' windows to bound what is held: then a stream that nobody
	// reads does not stop the others, as people know it from Node.
	CreditAtOnce bool

	// EndIsWritable makes EvWritable come also when the queue of a stream that was
	// ended has left, for an owner that tells of each write when it is done.
	EndIsWritable bool

	// TableLimit is the largest dynamic table that our encoder uses even when
	// the peer allows more, in octets. 0 means 4,096.
	TableLimit uint32

	// PeerMaxConcurrent is how many streams we may have open before the peer
	// has said how many it allows. 0 means 100.
	PeerMaxConcurrent uint32

	// SelectPadding chooses the length of the payload of HEADERS and DATA:
	// from frameLen, what it needs, to maxFrameLen. nil: no padding.
	SelectPadding func(frameLen, maxFrameLen int) int

	// Grease, when it is not 0, makes the connection begin with a setting and a
	// frame that have no meaning; the number chooses which.
	Grease uint32

	// Causes makes Poll report for each frame why it was sent.
	Causes bool

	Limits Limits
}

// Conn is a connection. Make one with New.
type Conn struct {
	cfg Config

	// receiving
	split      frame.Splitter
	preface    int // octets of the client's preface seen so far (server)
	started    bool
	dec        *hpack.Decoder
	block      block
	fields     []hpack.Field // arena for the field sections of one Receive
	recvWindow recvWindow
	peer       peerSettings
	own        ownSettings

	// streams
	streams      map[uint32]*stream
	nextLocal    uint32 // identifier of the next stream that we open
	lastRemote   uint32 // highest identifier that the peer has opened or promised
	activeLocal  int    // streams that count against the peer's limit (section 5.1.2)
	activeRemote int
	reserved     int // promised streams: a server's own, or those that a client was promised
	closed       closedLog
	skipped      gaps
	free         []*stream
	handled      uint32 // highest of the peer's streams that was handed to the owner

	// sending
	enc        *hpack.Encoder
	out        outbox
	sendWindow int64
	ready      readyList
	cause      Cause

	events  []Event
	now     int64
	goAway  goAwayState
	guard   guard
	clock   clock
	fatal   *frame.Error
	ended   bool // the transport is gone
	inside  bool // guards against re-entry from SelectPadding
	scratch []byte
}

// New makes a connection and queues what it must send first: for a client the
// preface, then for both SETTINGS (RFC 9113, section 3.4).
func New(cfg Config) *Conn {
	cfg.Limits.setDefaults(cfg.Role)
	if cfg.PeerMaxConcurrent == 0 {
		cfg.PeerMaxConcurrent = 100
	}
	c := &Conn{
		cfg:        cfg,
		enc:        hpack.NewEncoder(),
		sendWindow: defaultWindow,
		nextLocal:  1,
		started:    false,
	}
	if cfg.TableLimit != 0 {
		c.enc.SetTableLimit(cfg.TableLimit)
	}
	if cfg.Role == Server {
		c.nextLocal = 2
	}
	c.peer.init(cfg)
	c.own.init()
	c.dec = hpack.NewDecoder(cfg.Limits.fields())
	c.recvWindow.init(defaultWindow)
	c.begin()
	return c
}

// begin queues the first octets of our side.
func (c *Conn) begin() {
	if c.cfg.Role == Client {
		c.out.buf = append(c.out.buf, frame.Preface...)
	}
	settings := c.cfg.Settings
	if c.cfg.Grease != 0 {
		extra, _ := grease(c.cfg.Grease)
		settings = append(settings[:len(settings):len(settings)], extra)
	}
	c.sendSettings(settings, Cause{Rule: RulePreface})
	if w := int64(c.cfg.ConnWindow); w > defaultWindow {
		c.recvWindow.grow(w - defaultWindow)
		c.out.buf = frame.AppendWindowUpdate(c.out.buf, 0, uint32(w-defaultWindow))
		c.sentBy(RulePreface)
	}
	c.sendGrease()
}

// Role says which end this is.
func (c *Conn) Role() Role { return c.cfg.Role }

// Receive takes the next octets from the peer, in pieces of any size. They must
// stay as they are until Poll has handed out the events that show them. now is
// nanoseconds from any fixed instant and never goes back.
//
// The error is for misuse only: ErrEnded after End. Octets that come after a
// connection error are dropped (RFC 9113, section 5.4.1).
func (c *Conn) Receive(now int64, b []byte) error {
	if err := c.enter(); err != nil {
		return err
	}
	c.at(now)
	c.clock.heard = now
	if c.fatal != nil {
		return nil
	}
	if b = c.takePreface(b); len(b) == 0 || c.fatal != nil {
		return nil
	}
	c.split.Push(b)
	for c.fatal == nil {
		f, ok, err := c.split.Next()
		if err != nil {
			if !c.started && f.Type != frame.Settings {
				err = &frame.Error{Code: frame.ProtocolError, Section: "3.4",
					Reason: "the first octets are no SETTINGS frame: " + quote(frame.AppendHeader(nil, f.Header))}
			}
			c.fail(err)
			return nil
		}
		if !ok {
			return nil
		}
		c.recvFrame(f)
	}
	return nil
}

// takePreface checks the 24 octets that a client sends first, as they come
// (RFC 9113, section 3.4).
func (c *Conn) takePreface(b []byte) []byte {
	if c.cfg.Role == Client || c.preface == len(frame.Preface) {
		return b
	}
	want := frame.Preface[c.preface:]
	n := min(len(want), len(b))
	for i := range n {
		if b[i] == want[i] {
			continue
		}
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "3.4",
			Reason: "octet " + u32(uint32(c.preface+i)) + " of the connection preface is " + quote(b[i:i+1]) + ", it must be " + quote([]byte(want[i:i+1]))})
		return nil
	}
	c.preface += n
	return b[n:]
}

// End says that the transport has ended: no octet will come or leave any more.
// Every stream that is not closed ends with an event. It may be called twice.
func (c *Conn) End(now int64) {
	if c.ended {
		return
	}
	c.at(now)
	c.ended = true
	for _, id := range c.sortedStreams() {
		s := c.streams[id]
		if !s.state.Closed() {
			c.emit(Event{Kind: EvStreamClosed, StreamID: id, Code: frame.Cancel, By: ByTransport})
			c.closeStream(s, ClosedByReset)
			continue
		}
		// Nobody can consume any more, and no window is left to give back to.
		c.recvWindow.consume(s.recv.held)
		s.recv.held = 0
		c.forget(s)
	}
	c.emit(Event{Kind: EvEnd})
}

// Failed returns the connection error that ended the connection, or nil.
func (c *Conn) Failed() *frame.Error { return c.fatal }

// fail ends the connection with a connection error: an event, GOAWAY, nothing
// more (RFC 9113, section 5.4.1). An error that names a stream is only that
// stream's end.
func (c *Conn) fail(err error) {
	e := asFrameError(err)
	if e.StreamID != 0 {
		c.failStream(e)
		return
	}
	if c.fatal != nil {
		return
	}
	c.fatal = e
	c.mustClose()
	c.emit(Event{Kind: EvConnError, Code: e.Code, Err: e})
	c.out.buf = frame.AppendGoAway(c.out.buf, c.lastForGoAway(), e.Code, []byte(e.Reason))
	c.sentBy(RuleConnectionError)
	c.dropQueued()
}

// lastForGoAway is the stream that a GOAWAY of ours names: never a higher one
// than before (RFC 9113, section 6.8).
func (c *Conn) lastForGoAway() uint32 {
	if c.goAway.sent {
		return min(c.handled, c.goAway.sentLast)
	}
	return c.handled
}

// failStream ends one stream with RST_STREAM (RFC 9113, section 5.4.2).
func (c *Conn) failStream(e *frame.Error) {
	s := c.streams[e.StreamID]
	if c.stateOf(e.StreamID) == Idle {
		// RST_STREAM must not be sent for an idle stream (section 6.4).
		whole := *e
		whole.StreamID = 0
		c.fail(&whole)
		return
	}
	c.emit(Event{Kind: EvStreamError, StreamID: e.StreamID, Code: e.Code, Err: e})
	c.out.buf = frame.AppendRSTStream(c.out.buf, e.StreamID, e.Code)
	c.sentBy(RuleStreamError)
	c.guardOwnReset()
	if c.fatal != nil {
		return
	}
	if s == nil {
		c.closed.add(e.StreamID, ClosedBySentReset)
		return
	}
	if s.state.Closed() {
		return
	}
	c.emit(Event{Kind: EvStreamClosed, StreamID: s.id, Code: e.Code, By: ByError})
	c.closeStream(s, ClosedBySentReset)
}

func (c *Conn) enter() error {
	if c.ended {
		return ErrEnded
	}
	if c.inside {
		return ErrReentry
	}
	return nil
}
