package http2

import "sync"

// loop runs the handlers of one session, one after the other in the order of
// their events, and not under the connection's lock. Its goroutine lives as long
// as there is something to run.
type loop struct {
	mu      sync.Mutex
	queue   []func()
	spare   []func()
	running bool
	before  func() // a batch of handlers begins
	after   func() // it has ended
}

// post has f run behind all that was posted before. It may be called with the
// connection locked.
func (l *loop) post(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	start := !l.running
	l.running = true
	l.mu.Unlock()
	if start {
		go l.run()
	}
}

// hold has first run before all else, when run is called: until then the
// handlers wait.
func (l *loop) hold(first func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = true
	if first != nil {
		l.queue = append(l.queue, first)
	}
}

func (l *loop) run() {
	for {
		l.mu.Lock()
		batch := l.queue
		if len(batch) == 0 {
			l.running = false
			l.queue, l.spare = nil, nil
			l.mu.Unlock()
			return
		}
		l.queue, l.spare = l.spare[:0], nil
		l.mu.Unlock()
		l.before()
		for i, f := range batch {
			batch[i] = nil
			f()
		}
		l.after()
		l.mu.Lock()
		l.spare = batch[:0]
		l.mu.Unlock()
	}
}

// eventKind is a slot for a handler.
type eventKind uint8

const (
	onConnect eventKind = iota
	onClose
	onError
	onFrameError
	onGoAway
	onLocalSettings
	onRemoteSettings
	onStream
	onSocketError
	onTimeout
	onPing
	onAltSvc
	onOrigin
	onLimit
	onReady
	onHeaders
	onResponse
	onPush
	onTrailers
	onData
	onEnd
	onDrain
	onFetchTrailers
	onAborted
	onStreamClosed
)

// events are the handlers of a session or a stream. Those of what a caller
// made, and not a handler was given, may be set after the first events came: what
// came before its handler is kept for it, within bounds.
type events struct {
	mu    sync.Mutex
	f     []slot // few of an object: a search is cheaper than a map
	keep  bool
	early []earlyEvent
}

// slot has the handler of a kind of event.
type slot struct {
	kind eventKind
	f    any
}

// earlyEvent is an event that came before its handler.
type earlyEvent struct {
	kind eventKind
	call func(f any)
}

// earlyKept is how many of them are kept.
const earlyKept = 16

// set sets a handler.
func (e *events) set(k eventKind, f any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.f {
		if e.f[i].kind == k {
			e.f[i].f = f
			return
		}
	}
	e.f = append(e.f, slot{k, f})
}

// of returns a handler, nil when there is none. mu is held.
func (e *events) of(k eventKind) any {
	for i := range e.f {
		if e.f[i].kind == k {
			return e.f[i].f
		}
	}
	return nil
}

// get returns a handler, nil when there is none.
func (e *events) get(k eventKind) any {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.of(k)
}

// fire calls the handler of a kind, behind the calls that wait for it. It runs
// on the loop. False: there is no handler.
func (e *events) fire(k eventKind, call func(f any)) bool {
	e.mu.Lock()
	f := e.of(k)
	if f == nil {
		if e.keep && k != onStream && len(e.early) < earlyKept {
			e.early = append(e.early, earlyEvent{k, call})
		}
		e.mu.Unlock()
		return false
	}
	due := e.take(k)
	e.mu.Unlock()
	for _, d := range due {
		d(f)
	}
	if call != nil {
		call(f)
	}
	return true
}

// take takes the early events of a kind.
func (e *events) take(k eventKind) (due []func(any)) {
	rest := e.early[:0]
	for _, x := range e.early {
		if x.kind == k {
			due = append(due, x.call)
		} else {
			rest = append(rest, x)
		}
	}
	clear(e.early[len(rest):])
	e.early = rest
	return due
}

// waits says whether an early event waits for a handler of this kind.
func (e *events) waits(k eventKind) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.early {
		if x.kind == k {
			return true
		}
	}
	return false
}
