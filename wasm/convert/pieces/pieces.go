// Package pieces turns a program that reads when it likes into one that is fed:
// for a caller who can't be asked for the next octets, as a browser can't.
//
// The reading side runs as a coroutine, which stands still until there is a
// piece: no goroutine, and the same octets however they are cut.
package pieces

import (
	"errors"
	"io"
	"iter"
)

// ErrStopped is what Read answers when nobody wants the rest.
var ErrStopped = errors.New("stopped")

// Pieces is what is fed, and read by a coroutine. Make one with New; Stop when
// it is not read to its end.
type Pieces struct {
	in    []byte // of the piece, what was not read
	ended bool
	done  bool
	yield func(struct{}) bool
	next  func() (struct{}, bool)
	stop  func()
}

// New makes the coroutine of run, which begins with the first Resume. run reads
// from p, and may call p.Pause.
func New(run func(p *Pieces)) *Pieces {
	p := &Pieces{}
	p.next, p.stop = iter.Pull(func(yield func(struct{}) bool) {
		p.yield = yield
		run(p)
		p.done = true
	})
	return p
}

// Feed hands over the next octets. They must not change until Resume has made
// the coroutine wait for more.
func (p *Pieces) Feed(piece []byte) { p.in = piece }

// End says that there are no more octets.
func (p *Pieces) End() { p.in, p.ended = nil, true }

// Resume runs the coroutine until it pauses, lacks octets, or ends.
func (p *Pieces) Resume() {
	if !p.done {
		p.next()
	}
}

// Done says whether the coroutine has ended.
func (p *Pieces) Done() bool { return p.done }

// Stop ends the coroutine.
func (p *Pieces) Stop() { p.stop() }

// Pause gives the turn back, in the coroutine; false: it was stopped.
func (p *Pieces) Pause() bool { return p.yield(struct{}{}) }

// Read is the coroutine's way to the octets.
func (p *Pieces) Read(to []byte) (int, error) {
	for len(p.in) == 0 {
		if p.ended {
			return 0, io.EOF
		}
		if !p.Pause() {
			return 0, ErrStopped
		}
	}
	n := copy(to, p.in)
	p.in = p.in[n:]
	return n, nil
}
