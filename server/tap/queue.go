package tap

import (
	"sync"
	"sync/atomic"

	"framewise/core/trace"
)

// buffer is what one read takes. It is shared by the pump that writes it and by
// the queue, and goes back to the pool with the last of them.
type buffer struct {
	octets [64 << 10]byte
	users  atomic.Int32
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func getBuffer() *buffer {
	b := buffers.Get().(*buffer)
	b.users.Store(1)
	return b
}

func (b *buffer) hold() { b.users.Add(1) }

func (b *buffer) release() {
	if b.users.Add(-1) == 0 {
		buffers.Put(b)
	}
}

// queue hands entries to a recorder in order, from a goroutine of its own. Who
// puts waits when more octets than the limit are in it.
type queue struct {
	to    Recorder
	limit int

	mu     sync.Mutex
	change sync.Cond
	items  []item
	held   int // cost of items
	closed bool
	done   chan struct{}
}

type item struct {
	e    trace.Entry
	b    *buffer // that e's octets lie in, or nil
	cost int     // octets of memory
}

// entryCost is what an entry costs beside its octets.
const entryCost = 256

// newQueue makes a queue; run empties it.
func newQueue(to Recorder, limit int) *queue {
	q := &queue{to: to, limit: limit, done: make(chan struct{})}
	q.change.L = &q.mu
	return q
}

// put adds an entry; the buffer's hold is the queue's then. A held buffer counts
// whole, however little is in it: that is the memory that it takes.
func (q *queue) put(e trace.Entry, b *buffer) {
	it := item{e, b, entryCost}
	if b != nil {
		it.cost += len(b.octets)
	} else if c, ok := e.(*trace.Chunk); ok {
		it.cost += len(c.Octets)
	}
	q.mu.Lock()
	for q.held >= q.limit && !q.closed {
		q.change.Wait()
	}
	q.held += it.cost
	q.items = append(q.items, it)
	q.mu.Unlock()
	q.change.Broadcast()
}

// run hands entries on until close.
func (q *queue) run() {
	defer close(q.done)
	var batch []item
	for {
		q.mu.Lock()
		for len(q.items) == 0 && !q.closed {
			q.change.Wait()
		}
		if len(q.items) == 0 {
			q.mu.Unlock()
			return
		}
		batch, q.items = q.items, batch[:0]
		q.mu.Unlock()
		for i := range batch {
			q.to.Append(batch[i].e)
			if b := batch[i].b; b != nil {
				b.release()
			}
			q.mu.Lock()
			full := q.held >= q.limit
			q.held -= batch[i].cost
			q.mu.Unlock()
			if full {
				q.change.Broadcast()
			}
			batch[i] = item{}
		}
	}
}

// close waits until the recorder has everything. Nobody may put any more.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.change.Broadcast()
	<-q.done
}
