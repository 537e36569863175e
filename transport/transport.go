// Package transport drives an HTTP/2 connection without I/O of its own
// (core/conn, core/session) over a real one: TCP, TLS, or anything that is a
// net.Conn. It is the only place with sockets, clocks and goroutines.
//
// In come an Engine and a connection; out go, through the Engine's handler,
// events, and, when asked for, the record of every octet with its time
// (Recorder).
//
// # How a connection runs
//
// One goroutine a connection, the reader. It reads as many octets as the socket
// has into a pooled buffer, gives them to the engine, lets the handler act on all
// events that they made, and writes all octets that came of it at once, large
// DATA from where it lies. There is no goroutine a stream.
//
// A connection that waits holds no buffer and, on Linux, no goroutine: it is
// parked (park.go), and a new reader is started when something comes.
//
// The write does not block: what the socket does not take at once is left to a
// writer goroutine, which is started for it and ends with it. Until then the
// reader goes on reading, so that two ends that both write much can't wait for
// each other for ever; no DATA is framed meanwhile. What gathers beyond 64 KiB
// stops the reading: the peer asks for answers that it does not read.
//
// Handlers run with the connection locked, one at a time. Other goroutines act
// through Driver.Do.
//
// The package imports core/conn, core/session and core/trace.
package transport

import (
	"errors"
	"time"

	"framewise/core/conn"
	"framewise/core/trace"
)

// Engine is one end of a connection as a state machine. ForConn and ForSession
// make one. Its methods are called one at a time. now is nanoseconds from the connection's
// start and never goes back.
type Engine interface {
	// Receive takes octets from the peer. They stay as they are until Handle
	// has returned.
	Receive(now int64, b []byte) error
	// Tick lets time pass; it is called when the deadline is reached.
	Tick(now int64)
	// Poll drains what there is to write. keep: the octets of the last Poll that
	// had any are still being written and must stay as they are. maxData bounds
	// the DATA that is framed, in octets; 0: the engine's choice, below 0: none.
	Poll(now int64, keep bool, maxData int) Out
	// Handle acts on the events of the last Poll and returns how many there
	// were.
	Handle() int
	// Release lets go of buffers while there is nothing to read and nothing is
	// being written: what Poll gave is not used any more.
	Release()
	// Shrink lets go, beyond Release, of what only saves work: nothing may come
	// for long. It is called in the same state as Release.
	Shrink()
	// End says that the transport is gone, with the reason (nil: in order).
	End(now int64, err error)
}

// Out is what a Poll of an Engine drains.
type Out struct {
	Segments [][]byte
	Octets   int
	Causes   []conn.Cause // one for each frame, or none
	Deadline int64        // when Tick is due; 0: never
	More     bool         // DATA is left that may be sent
	Close    bool         // write these, then close
	Cut      bool         // the time for that is over: close, written or not
}

// Recorder takes the entries of a record, one at a time. The octets of a chunk
// are the Recorder's to keep.
type Recorder interface{ Append(trace.Entry) }

// Options are what a Driver is started with.
type Options struct {
	Engine Engine
	// Role is the engine's end.
	Role conn.Role

	// IdleTimeout ends a connection on which nothing came for that long; 0:
	// never.
	IdleTimeout time.Duration
	// OnIdle is called, locked, instead of the end that IdleTimeout makes; when
	// it returns true the connection goes on for another IdleTimeout. It is not
	// called again when the connection is to end and its writes wait since then:
	// it ends with ErrUnread.
	OnIdle func() bool

	// Recorder gets the record of this connection: Conn, Chunks, Causes and
	// Close. nil: none is made.
	Recorder Recorder
	// Conn describes the connection in the record. ID must be set; Vantage and
	// At are filled in.
	Conn trace.Conn
	// Zero is instant 0 of the record, for one that holds several connections;
	// the zero Time stands for the start of this one.
	Zero time.Time
}

// Errors of a Driver.
var (
	// ErrClosed: the connection has ended, or is being ended by our side.
	ErrClosed = errors.New("the connection is closed")
	// ErrIdle: nothing came for Options.IdleTimeout.
	ErrIdle = errors.New("nothing came for too long")
	// ErrUnread: the last octets were not written in conn.Limits.CloseTimeout; or,
	// behind a Close, a write waited for Options.IdleTimeout while nothing came.
	ErrUnread = errors.New("the peer did not read our last octets in time")
)

const (
	// unsentLimit is how much may wait behind a write that blocks before
	// reading stops, in octets.
	unsentLimit = 64 << 10
	// gatherBelow is up to which size the octets of a Poll are copied behind
	// those before, to leave with one write.
	gatherBelow = 16 << 10
	// keepFront is the most that a connection's buffer for writes may have to be
	// used again, in octets.
	keepFront = 2 * gatherBelow
	// minBatch and maxBatch bound how much DATA is framed for one write, in
	// octets: the least is what a slow peer may have to wait for behind a frame
	// that is more urgent, the most is where larger writes no longer cost less.
	minBatch = 64 << 10
	maxBatch = 1 << 20
	// maxSealed is the most with TLS, which copies it twice.
	maxSealed = 256 << 10
	// lingerTime is how long the peer's last octets are read and dropped after
	// our side has said its last, so that they don't make the kernel reset the
	// connection before the peer has read ours.
	lingerTime = time.Second
)

// Temporary says whether a listener that failed to accept a connection, with
// err, may go on: the system was out of descriptors, say, or the client had left
// before its turn came. A server that ended with it could be ended by anybody.
func Temporary(err error) bool {
	var n interface{ Temporary() bool }
	return errors.As(err, &n) && n.Temporary()
}
