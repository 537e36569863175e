package http2

import (
	"os"
	"sync"
	"time"
)

// deadline is when waiting ends, as net.Conn has it.
type deadline struct {
	at    time.Time // zero: never
	timer *time.Timer
}

// waiter is one direction of a stream as those see it who wait for it. mu guards
// it and what embeds it.
type waiter struct {
	mu     sync.Mutex
	change chan struct{} // closed at the next change; nil: nobody waits
	until  deadline
	over   bool // the stream is closed, or this direction is
	err    error
}

// changed wakes all who wait. Called with mu held.
func (w *waiter) changed() {
	if w.change != nil {
		close(w.change)
		w.change = nil
	}
}

// wait waits for a change, with mu held before and after. before is called
// without it, when there is something to wait for: it sends what may bring the
// change about. The error is os.ErrDeadlineExceeded.
func (w *waiter) wait(before func()) error {
	if w.expired() {
		return os.ErrDeadlineExceeded
	}
	if w.change == nil {
		w.change = make(chan struct{})
	}
	c := w.change
	w.mu.Unlock()
	before()
	<-c
	w.mu.Lock()
	return nil
}

func (w *waiter) expired() bool { return !w.until.at.IsZero() && !time.Now().Before(w.until.at) }

// setDeadline sets when waiting ends; the zero Time: never.
func (w *waiter) setDeadline(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until.at = at
	if w.until.timer != nil {
		w.until.timer.Stop()
		w.until.timer = nil
	}
	if !at.IsZero() && !w.over {
		w.until.timer = time.AfterFunc(time.Until(at), func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changed()
		})
	}
	w.changed()
}

// finish ends it: nobody waits any more. Called with mu held.
func (w *waiter) finish(err error) {
	w.over, w.err = true, err
	if w.until.timer != nil {
		w.until.timer.Stop()
		w.until.timer = nil
	}
	w.changed()
}
