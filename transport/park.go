package transport

import (
	"errors"
	"os"
	"time"
)

// A connection on which nothing comes needs no goroutine: the stack would be
// half of what it costs. So the reader parks it, where the system allows that
// (watch_linux.go): it asks a watcher, which all connections share, to start a
// reader again when octets or an end come, and ends. Verbs, timers and the
// writer go on as ever: they don't need the reader.
//
// To park and to be woken costs more than to wait. A connection that is woken
// quickMax times in a row, each time after a moment, is busy: its reader stays
// until nothing has come for a while.
const (
	// quickly is up to which silence, in nanoseconds, a connection that was
	// parked counts as busy.
	quickly  = int64(20 * time.Millisecond)
	quickMax = 2
	// stayFor is after which time, in nanoseconds, a reader that stays looks
	// whether anything has come meanwhile.
	stayFor = int64(250 * time.Millisecond)
)

// parking is what a Driver knows of its reader. Driver.mu locks it.
type parking struct {
	spot   spot
	at     int64 // when it was parked, or decided to stay; 0: it stays for good
	until  int64 // when lingering ends; 0: it has not begun
	parked bool  // there is no reader
	stay   bool  // the reader waits by itself
	quick  uint8 // how often in a row it was woken after a moment
}

// park is called by the reader when there is nothing to read. True: the reader
// has to end, the watcher starts another one. False: it has to wait by itself.
func (d *Driver) park() bool {
	if d.stay {
		return false
	}
	d.parked, d.at = true, d.now()
	if err := d.sock.watch(&d.spot, d); err != nil {
		d.parked, d.stay, d.at = false, true, 0
		return false
	}
	if !d.writing {
		d.release()
	}
	return true
}

// wake is the reader of a connection that was parked, from when something came.
func (d *Driver) wake() {
	d.mu.Lock()
	if !d.parked || d.ended { // its end was faster
		d.mu.Unlock()
		return
	}
	d.parked = false
	switch now := d.now(); {
	case now-d.at > quickly:
		d.quick = 0
	case d.quick == quickMax-1:
		d.remain(now)
	default:
		d.quick++
	}
	stay := d.stay
	d.mu.Unlock()
	d.read(stay)
}

// remain lets the reader stay for a while.
func (d *Driver) remain(now int64) {
	d.stay, d.at = true, now
	d.sock.readUntil(d.zero.Add(time.Duration(now + stayFor)))
}

// expired says whether a read failed only because its time is over while the
// connection goes on.
func (d *Driver) expired(err error) bool {
	if !d.stay || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	now := d.now()
	switch {
	case d.until != 0:
		return now < d.until // the time was set before that of lingering
	case d.at == 0:
		return false // it is not ours
	case d.heard > d.at:
		d.remain(now)
	default:
		d.stay, d.quick = false, 0
		d.sock.readUntil(time.Time{})
	}
	return true
}

// wane lets the reader go on for lingerTime at most; there must be one for that.
func (d *Driver) wane() {
	d.until = d.now() + int64(lingerTime)
	d.stay = true
	d.sock.readUntil(d.zero.Add(time.Duration(d.until)))
	if d.parked {
		d.parked = false
		go d.read(true)
	}
}
