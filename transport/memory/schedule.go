package memory

// item is something that happens at an instant. Items of one instant happen in
// the order in which they were added, what arrives before all else: an end that
// sends knows of it, as the record says.
type item struct {
	at    int64
	order int64 // what does not arrive has the bit late
	timer *Timer
}

const late = 1 << 62

func (a *item) before(b *item) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
}

// schedule is a binary heap of items, the next one first.
type schedule []item

func (s *schedule) push(x item) {
	h := append(*s, x)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !x.before(&h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = x
	*s = h
}

func (s *schedule) pop() item {
	h := *s
	first, x := h[0], h[len(h)-1]
	h[len(h)-1] = item{}
	h = h[:len(h)-1]
	for i := 0; len(h) > 0; {
		k := 2*i + 1
		if k+1 < len(h) && h[k+1].before(&h[k]) {
			k++
		}
		if k >= len(h) || !h[k].before(&x) {
			h[i] = x
			break
		}
		h[i] = h[k]
		i = k
	}
	*s = h
	return first
}

func (n *Network) add(at int64, do func()) *Timer { return n.push(at, late, do) }

// deliver adds something that arrives.
func (n *Network) deliver(at int64, do func()) { n.push(at, 0, do) }

func (n *Network) push(at, bit int64, do func()) *Timer {
	n.seq++
	if len(n.timers) == 0 {
		n.timers = make([]Timer, 64) // together: each octet on a bad link is one
	}
	t := &n.timers[0]
	n.timers, t.do = n.timers[1:], do
	n.pending.push(item{max(at, n.now), bit | n.seq, t})
	return t
}

// Timer is something that is to happen. Stop prevents it.
type Timer struct{ do func() } // nil: it happened, or is not to happen

// Stop makes sure that the timer does not fire. It may be called at any time.
func (t *Timer) Stop() {
	if t != nil {
		t.do = nil
	}
}

// prune drops what was stopped, so that the clock does not run to an instant
// at which nothing happens.
func (n *Network) prune() {
	for len(n.pending) > 0 && n.pending[0].timer.do == nil {
		n.pending.pop()
	}
}

// advance jumps to the next instant and does one thing that happens there.
// Whoever it touched is polled before the next thing.
func (n *Network) advance() bool {
	n.prune()
	if len(n.pending) == 0 {
		return false
	}
	it := n.pending.pop()
	n.now = it.at
	do := it.timer.do
	it.timer.do = nil
	do()
	return true
}
