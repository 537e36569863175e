package http2

import (
	"sync"
	"time"
)

// idleTimer tells when nothing happened for a while. touch costs a moment only:
// the timer looks for itself when it fires.
type idleTimer struct {
	expired func()

	mu    sync.Mutex
	d     time.Duration
	last  time.Time
	timer *time.Timer
	over  bool
}

// set begins anew with a time; 0: it tells nothing any more.
func (t *idleTimer) set(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return
	}
	t.d, t.last = d, time.Now()
	switch {
	case d == 0 && t.timer != nil:
		t.timer.Stop()
	case d > 0 && t.timer == nil:
		t.timer = time.AfterFunc(d, t.fire)
	case d > 0:
		t.timer.Reset(d)
	}
}

// touch notes that something happened.
func (t *idleTimer) touch() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.d > 0 {
		t.last = time.Now()
	}
}

// stop ends it for good.
func (t *idleTimer) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over, t.d = true, 0
	if t.timer != nil {
		t.timer.Stop()
	}
}

func (t *idleTimer) fire() {
	t.mu.Lock()
	if t.d == 0 {
		t.mu.Unlock()
		return
	}
	left := t.d - time.Since(t.last)
	if left > 0 {
		t.timer.Reset(left)
		t.mu.Unlock()
		return
	}
	t.last = time.Now()
	t.timer.Reset(t.d)
	t.mu.Unlock()
	t.expired()
}
