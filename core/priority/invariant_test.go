package priority

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"framewise/core/frame"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// check holds the links of a scheduler to what they must be.
func check(t failer, s *Scheduler) {
	t.Helper()
	open, kept, free := 0, 0, 0
	for i := reserved; i < len(s.n); i++ {
		switch s.n[i].state {
		case stateFree:
			free++
			continue
		case stateOpen:
			open++
		default:
			kept++
			if s.n[i].ready {
				t.Fatalf("stream %d is kept and ready", s.n[i].id)
			}
		}
		if s.byID != nil && s.byID[s.n[i].id] != int32(i) {
			t.Fatalf("stream %d is not in the index", s.n[i].id)
		}
	}
	if open != s.open || kept != s.kept || s.byID != nil && len(s.byID) != open+kept {
		t.Fatalf("%d open and %d kept nodes, counted %d and %d, %d in the index", open, kept, s.open, s.kept, len(s.byID))
	}
	for i := s.free; i != 0; i = s.n[i].next {
		if free--; s.n[i].state != stateFree {
			t.Fatalf("node %d is in the free list and %d", i, s.n[i].state)
		}
	}
	if free != 0 {
		t.Fatalf("%d free nodes are not in the free list", free)
	}
	checkKept(t, s)
	if len(s.n) > 0 && s.scheme == Tree {
		if n := checkKids(t, s, 0); n != open+kept {
			t.Fatalf("%d of %d nodes hang on the root", n, open+kept)
		}
	}
	if len(s.n) > 0 && s.scheme == Urgency {
		checkLines(t, s)
	}
}

func checkKept(t failer, s *Scheduler) {
	t.Helper()
	n, last := 0, int32(0)
	for i := s.oldest; i != 0; i = s.n[i].newer {
		if s.n[i].older != last {
			t.Fatalf("kept stream %d: wrong way back", s.n[i].id)
		}
		last = i
		n++
	}
	if n != s.kept || last != s.newest {
		t.Fatalf("%d in the list of kept streams, %d counted", n, s.kept)
	}
}

// checkKids looks at everything below node p and counts it.
func checkKids(t failer, s *Scheduler, p int32) int {
	t.Helper()
	n, waiting, last := 0, 0, int32(0)
	for i := s.n[p].kids; i != 0; i = s.n[i].next {
		k := &s.n[i]
		if k.parent != p || last != 0 && k.prev != last {
			t.Fatalf("stream %d: parent %d instead of %d, or a wrong way back", k.id, k.parent, p)
		}
		if k.queued != s.active(i) {
			t.Fatalf("stream %d: queued %v, active %v", k.id, k.queued, s.active(i))
		}
		if k.weight < 1 || k.weight > 256*weightUnit {
			t.Fatalf("stream %d: weight %d", k.id, k.weight)
		}
		if k.queued {
			waiting++
			if d := k.v - s.n[p].clock; d > maxDebt {
				t.Fatalf("stream %d is %d behind the clock", k.id, -int64(d))
			}
		}
		last = i
		n += 1 + checkKids(t, s, i)
	}
	if first := s.n[p].kids; first != 0 && s.n[first].prev != last {
		t.Fatalf("node %d: the list of dependents ends elsewhere", p)
	}
	if q := checkHeap(t, s, s.n[p].queue, 0); q != waiting {
		t.Fatalf("node %d: %d in the queue, %d dependents wait", p, q, waiting)
	}
	return n
}

func checkHeap(t failer, s *Scheduler, root, from int32) int {
	t.Helper()
	if root == 0 {
		return 0
	}
	n, prev := 1, root
	if s.n[root].qprev != from {
		t.Fatalf("stream %d: wrong way back in the queue", s.n[root].id)
	}
	for i := s.n[root].qkid; i != 0; {
		if s.before(i, root) {
			t.Fatalf("stream %d waits above %d, which comes first", s.n[root].id, s.n[i].id)
		}
		next := s.n[i].qnext
		n += checkHeap(t, s, i, prev)
		prev, i = i, next
	}
	return n
}

func checkLines(t failer, s *Scheduler) {
	t.Helper()
	seen := map[int32]bool{}
	for u, head := range s.ring {
		if (head != 0) != (s.busy&(1<<u) != 0) {
			t.Fatalf("urgency %d: busy %v, ring %d", u, s.busy, head)
		}
		for i := head; i != 0; {
			if i < reserved && (int(i) != 1+u || s.n[i].queue == 0) {
				t.Fatalf("urgency %d: node %d in the ring", u, i)
			}
			seen[i] = true
			if s.n[s.n[i].qnext].qprev != i {
				t.Fatalf("urgency %d: node %d: wrong way back", u, i)
			}
			if i = s.n[i].qnext; i == head {
				break
			}
		}
		if q := s.n[1+u].queue; q != 0 {
			checkHeap(t, s, q, 0)
			if !seen[int32(1+u)] {
				t.Fatalf("urgency %d: the line has no place in the ring", u)
			}
		}
	}
	for i := int32(reserved); int(i) < len(s.n); i++ {
		if n := &s.n[i]; n.state == stateOpen && n.incremental && n.ready != seen[i] {
			t.Fatalf("stream %d: ready %v, in the ring %v", n.id, n.ready, seen[i])
		}
	}
}

// show writes the tree as "1:16(3:8 5:8)": identifier, weight, dependents.
func show(s *Scheduler) string {
	var b strings.Builder
	depth := 0
	for i, n := range s.Snapshot(nil) {
		switch {
		case n.Depth > depth:
			b.WriteByte('(')
		case i > 0:
			b.WriteString(strings.Repeat(")", depth-n.Depth) + " ")
		}
		depth = n.Depth
		fmt.Fprintf(&b, "%d:%s", n.ID, strconv.FormatFloat(n.Weight, 'g', 6, 64))
	}
	return b.String() + strings.Repeat(")", depth)
}

// dep is a priority with the weight as it is meant, 1 to 256.
func dep(on uint32, weight int, exclusive bool) frame.PriorityParam {
	return frame.PriorityParam{StreamDep: on, Weight: uint8(weight - 1), Exclusive: exclusive}
}

func prioritize(t failer, s *Scheduler, id uint32, p frame.PriorityParam) {
	t.Helper()
	if err := s.Prioritize(id, p); err != nil {
		t.Fatalf("Prioritize(%d, %+v): %v", id, p, err)
	}
	check(t, s)
}

// want compares the tree.
func want(t *testing.T, s *Scheduler, tree string) {
	t.Helper()
	if got := show(s); got != tree {
		t.Fatalf("the tree is %s, want %s", got, tree)
	}
}
