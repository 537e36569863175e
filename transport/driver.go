package transport

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Driver runs one connection. Make one with New.
type Driver struct {
	engine Engine
	idle   time.Duration // Options.IdleTimeout
	onIdle func() bool
	begin  *Options // until Start, if a record is made

	sock socket
	zero time.Time  // of the engine's clock: when the connection was started
	rec  *recording // nil: nothing is recorded

	mu      sync.Mutex
	drained *sync.Cond // the writer has caught up, or the connection ended; nil: nobody waits for that
	writer  bool       // the writer goroutine runs
	cut     bool       // the time to write the last octets is over
	writing bool       // a write is under way: it has the socket
	front   []byte     // gathered for the next write
	box     *[]byte    // where front came from; nil: it is the connection's own
	busy    []byte     // what was front, while it is being written
	tail    []byte     // to be written behind the write that is under way
	iov     [][]byte
	batch   int // how much DATA is framed for one write, in octets
	most    int // what batch may grow to

	pumping bool
	last    bool // nothing may follow what is queued
	ending  bool // our last octets are out: waiting for the peer's end
	ended   bool
	mute    error // why nothing can be written any more
	err     error // why it ended

	timer    *time.Timer
	due      int64 // what timer is set to; 0: not set
	deadline int64 // of the engine
	heard    int64 // when octets last came
	blocked  int64 // since when the write that is under way waits

	parking

	done atomic.Pointer[chan struct{}] // nil: nobody has asked for it
}

// New makes a Driver of a connection, which is the Driver's from now on. Nothing
// happens before Start.
//
// A *tls.Conn must come from SecureClient or SecureServer, or it is treated as
// any net.Conn whose writes block.
func New(nc net.Conn, o Options) *Driver {
	d := &Driver{engine: o.Engine, idle: o.IdleTimeout, onIdle: o.OnIdle, sock: newSocket(nc), batch: minBatch, most: maxBatch}
	if o.Recorder != nil {
		begin := o
		d.begin = &begin
	}
	if _, ok := nc.(*tls.Conn); ok {
		d.most = maxSealed
	}
	return d
}

// Start runs the engine until either end closes the connection. It returns at
// once; the first octets are on their way. Call it once.
func (d *Driver) Start() {
	d.zero = time.Now()
	d.rec = newRecording(d.begin, d.zero)
	d.begin = nil
	go d.greet()
}

func (d *Driver) now() int64 { return int64(time.Since(d.zero)) }

// Do runs f with the connection locked, then sends what it queued. From within
// the handler it must not be called: there the verbs can be used as they are.
// The error is ErrClosed when the connection has ended; f is not called then.
func (d *Driver) Do(f func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return ErrClosed
	}
	f()
	d.pump()
	return nil
}

// Close sends what is queued and then ends the connection. It may be called
// from the handler too, through CloseLocked.
func (d *Driver) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.CloseLocked()
	d.pump()
}

// CloseLocked is Close for the handler: the connection ends when what is queued
// by then has been written.
func (d *Driver) CloseLocked() { d.last = true }

// Abort ends the connection at once, with err as its reason. Not for the
// handler.
func (d *Driver) Abort(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.end(err)
}

// Done is closed when the connection has ended and its handler has seen the
// last event.
func (d *Driver) Done() <-chan struct{} {
	if c := d.done.Load(); c != nil {
		return *c
	}
	c := make(chan struct{})
	d.done.CompareAndSwap(nil, &c)
	return *d.done.Load()
}

// closed is Done of a connection that has ended before anybody asked.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Err is why the connection ended; nil before, and after an end in order.
func (d *Driver) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// greet is the first reader goroutine: it sends the preface.
func (d *Driver) greet() {
	d.mu.Lock()
	d.pump()
	stay := d.stay
	d.mu.Unlock()
	d.read(stay)
}

// read is the reader goroutine. stay: it waits for octets; else it ends when
// there are none and the connection can be parked.
func (d *Driver) read(stay bool) {
	for {
		b, buf, err := d.sock.read(stay)
		d.mu.Lock()
		if len(b) > 0 && !d.ended {
			d.take(b)
		}
		over := false
		switch {
		case err == nil:
		case err == errAgain:
			over = !d.ended && d.park()
		case !d.expired(err):
			d.end(d.readEnd(err))
		}
		for len(d.tail) > unsentLimit && !d.ended && !over {
			d.waitDrained()
		}
		over = over || d.ended
		stay = d.stay
		d.mu.Unlock()
		putBuffer(buf)
		if over {
			return
		}
	}
}

// waitDrained waits until the writer has caught up or the connection has ended.
func (d *Driver) waitDrained() {
	if d.drained == nil {
		d.drained = sync.NewCond(&d.mu)
	}
	d.drained.Wait()
}

func (d *Driver) tellDrained() {
	if d.drained != nil {
		d.drained.Broadcast()
	}
}

// readEnd is the reason of an end that the reader saw. nil: in order, which is
// also TCP's end without TLS's, because frames tell where they end.
func (d *Driver) readEnd(err error) error {
	switch {
	case d.mute != nil:
		return d.mute
	case err == io.EOF || err == io.ErrUnexpectedEOF || d.ending:
		return nil
	}
	return err
}

// take gives octets that came to the engine.
func (d *Driver) take(b []byte) {
	now := d.now()
	d.heard = now
	if d.rec != nil {
		d.rec.received(now, b)
	}
	if d.ending {
		return // our side has said its last
	}
	if err := d.engine.Receive(now, b); err != nil {
		d.end(err)
		return
	}
	d.pump()
}

// pump lets the engine and its handler run until they have nothing more to do,
// and writes what came of it at once. It is called locked, after anything that
// may have queued octets or made events; from within the handler it does
// nothing.
func (d *Driver) pump() {
	if d.pumping || d.ended || d.ending {
		return
	}
	d.pumping = true
	defer func() { d.pumping = false }()
	now := d.now()
	for first := true; ; first = false {
		// The handler acts before DATA is framed, so that what it answers leaves
		// with it; and no DATA is framed behind a write that blocks.
		maxData := d.batch
		if first || d.writing {
			maxData = -1
		}
		out := d.engine.Poll(now, d.writing, maxData)
		d.queue(&out)
		handled := d.engine.Handle()
		if out.Close {
			d.last = true
		}
		d.cut = out.Cut
		if !first && handled == 0 && (!out.More || d.writing) {
			d.schedule(out.Deadline)
			break
		}
	}
	if len(d.front) > 0 {
		d.startWrite(nil)
	}
	if d.last && !d.writing {
		d.linger()
	}
	if !d.writing {
		d.release()
	}
}

// fronts are buffers for writes that no connection holds.
var fronts = sync.Pool{New: func() any { return new([]byte) }}

// release lets go of what a connection that waits does not need.
func (d *Driver) release() {
	d.engine.Release()
	d.busy = nil
	if d.box != nil && len(d.front) == 0 {
		*d.box = d.front
		fronts.Put(d.box)
		d.box, d.front = nil, nil
	}
	if d.parked {
		d.engine.Shrink()
		d.sock.shrink()
		d.iov, d.tail = nil, nil
		if len(d.front) == 0 {
			d.front = nil
		}
	}
}

// queue takes what a Poll gave: a little is gathered, so that one wake-up makes
// one write; much is written from where it lies.
func (d *Driver) queue(out *Out) {
	if out.Octets == 0 {
		return
	}
	if d.rec != nil {
		d.rec.causes(out.Causes)
	}
	switch {
	case d.writing:
		d.tail = appendAll(d.tail, out.Segments)
	case out.Octets <= gatherBelow:
		if d.front == nil && d.box == nil {
			d.box = fronts.Get().(*[]byte)
			d.front = (*d.box)[:0]
		}
		d.front = appendAll(d.front, out.Segments)
	default:
		d.startWrite(out.Segments)
	}
}

func appendAll(dst []byte, segments [][]byte) []byte {
	for _, s := range segments {
		dst = append(dst, s...)
	}
	return dst
}

// startWrite writes what was gathered and the segments behind it; what the
// socket does not take is left to the writer.
func (d *Driver) startWrite(segments [][]byte) {
	if d.mute != nil {
		d.front = d.front[:0]
		return
	}
	if len(d.front) > 0 {
		d.iov = append(append(d.iov[:0], d.front), segments...)
		segments = d.iov
	}
	if d.rec != nil {
		d.rec.sent(d.now(), segments)
	}
	done, err := d.sock.start(segments)
	d.adapt(segments, done)
	clear(d.iov)
	if err != nil {
		d.silence(err)
	}
	if done || err != nil {
		d.front = d.front[:0]
		if cap(d.front) > keepFront {
			d.front = nil
		}
		return
	}
	// The segments stay as they are until the writer is done: the next octets
	// gather elsewhere.
	d.front, d.busy = d.busy[:0], d.front
	d.writing, d.blocked = true, d.now()
	if !d.writer {
		d.writer = true
		go d.write()
	}
}

// adapt makes the next batch of DATA larger when the socket took a full one at
// once: few large writes cost less than many. When it did not, less is framed
// ahead, because what is framed can't be overtaken by what is more urgent.
func (d *Driver) adapt(segments [][]byte, done bool) {
	if !done {
		d.batch = max(d.batch/2, minBatch)
		return
	}
	if len(segments) == 1 || d.batch >= d.most {
		return
	}
	n := 0
	for _, s := range segments {
		n += len(s)
	}
	if n >= d.batch {
		d.batch = min(2*d.batch, d.most)
	}
}

// silence notes that nothing can be written any more. What the peer has said
// before, and why, is still read.
func (d *Driver) silence(err error) {
	if d.mute == nil {
		d.mute = err
		d.wane()
	}
}

// write is the writer goroutine: it lives while the socket takes octets slower
// than they are made.
func (d *Driver) write() {
	for {
		err := d.sock.finish()
		d.mu.Lock()
		d.writing = false
		if err != nil {
			d.silence(err)
		}
		if !d.ended && len(d.tail) > 0 {
			d.front, d.tail = d.tail, d.front[:0]
			d.tellDrained()
			d.startWrite(nil)
		}
		if !d.writing {
			d.pump()
		}
		if !d.writing {
			d.writer = false
			d.mu.Unlock()
			return
		}
		d.mu.Unlock()
	}
}

// schedule sets the timer for the engine's deadline and for idleness. A timer
// that is set for an earlier instant is left alone: it looks again then.
func (d *Driver) schedule(deadline int64) {
	d.deadline = deadline
	due := deadline
	if d.idle > 0 {
		if idle := d.heard + int64(d.idle); due == 0 || idle < due {
			due = idle
		}
	}
	if due == 0 || d.due != 0 && d.due <= due {
		return
	}
	d.due = due
	wait := time.Duration(max(due-d.now(), 0))
	if d.timer == nil {
		d.timer = time.AfterFunc(wait, d.fire)
		return
	}
	d.timer.Reset(wait)
}

// fire is called by the timer.
func (d *Driver) fire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due = 0
	if d.ended || d.ending {
		return
	}
	now := d.now()
	if d.deadline != 0 && now >= d.deadline {
		d.engine.Tick(now)
	}
	if d.idle > 0 && now-d.heard >= int64(d.idle) {
		if d.last && d.writing && now-d.blocked >= int64(d.idle) {
			d.end(ErrUnread) // it was to end, and the peer neither speaks nor reads
			return
		}
		if d.onIdle == nil || !d.onIdle() {
			d.end(ErrIdle)
			return
		}
		d.heard = now
	}
	d.pump()
	if d.cut && !d.ended {
		d.end(ErrUnread)
		return
	}
	d.schedule(d.deadline)
}

// linger ends our direction and leaves the reader to wait a little for the
// peer's end.
func (d *Driver) linger() {
	d.ending = true
	d.wane()
	d.sock.closeWrite()
}

// end ends everything: the engine learns of it, the handler sees its last
// events. It is called locked and may be called again.
func (d *Driver) end(err error) {
	if d.ended {
		return
	}
	d.ended, d.err = true, err
	now := d.now()
	d.engine.End(now, err)
	for handled := 1; handled > 0; {
		d.engine.Poll(now, true, -1)
		handled = d.engine.Handle()
	}
	if d.timer != nil {
		d.timer.Stop()
	}
	if d.rec != nil {
		d.rec.close(now, d.ending, err)
	}
	d.tellDrained()
	d.spot.leave()
	d.sock.close()
	if c := d.done.Swap(&closed); c != nil {
		close(*c)
	}
}

// Writing says, to the handler, whether octets that the engine has handed out
// are still being written. When not, slices that were queued and have left the
// engine belong to their owner again.
func (d *Driver) Writing() bool { return d.writing }
