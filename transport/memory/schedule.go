package memory

import "container/heap"

// item is something that happens at an instant. Items of one instant happen in
// the order in which they were added.
type item struct {
	at    int64
	seq   int64
	do    func()
	timer *Timer
}

type schedule []item

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	return s[i].at < s[j].at || s[i].at == s[j].at && s[i].seq < s[j].seq
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)   { *s = append(*s, x.(item)) }
func (s *schedule) Pop() any {
	old := *s
	x := old[len(old)-1]
	old[len(old)-1] = item{}
	*s = old[:len(old)-1]
	return x
}

func (n *Network) add(at int64, do func()) *Timer {
	n.seq++
	t := &Timer{}
	heap.Push(&n.pending, item{max(at, n.now), n.seq, do, t})
	return t
}

// Timer is something that is to happen. Stop prevents it.
type Timer struct{ stopped bool }

// Stop makes sure that the timer does not fire. It may be called at any time.
func (t *Timer) Stop() {
	if t != nil {
		t.stopped = true
	}
}

// prune drops what was stopped, so that the clock does not run to an instant
// at which nothing happens.
func (n *Network) prune() {
	for len(n.pending) > 0 && n.pending[0].timer.stopped {
		heap.Pop(&n.pending)
	}
}

// advance jumps to the next instant and does one thing that happens there.
// Whoever it touched is polled before the next thing.
func (n *Network) advance() bool {
	n.prune()
	if len(n.pending) == 0 {
		return false
	}
	it := heap.Pop(&n.pending).(item)
	n.now = it.at
	it.timer.stopped = true
	it.do()
	return true
}
