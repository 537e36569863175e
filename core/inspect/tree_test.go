package inspect

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

func priorityFrame(id, dep uint32, weight uint8, exclusive bool) []byte {
	return frame.AppendPriority(nil, id, frame.PriorityParam{StreamDep: dep, Exclusive: exclusive, Weight: weight - 1})
}

// recordPriority: groups, exclusive insertion, a cycle, a stream that is closed
// while others depend on it, and the scheme of RFC 9218.
func recordPriority(r *recorder) {
	r.open()
	get := func(id uint32, field string) []byte {
		b := getBlock("/" + utoa(id))
		if field != "" {
			b = append(append(b, 0, 8), "priority"...)
			b = append(append(b, byte(len(field))), field...)
		}
		return headersOf(id, b)
	}
	r.c2s(priorityFrame(101, 0, 201, false), priorityFrame(103, 0, 101, false)) // groups that are idle
	r.c2s(get(1, ""), priorityFrame(1, 101, 32, false), get(3, ""), priorityFrame(3, 1, 8, false), get(5, ""))
	r.at(20).c2s(priorityFrame(5, 101, 16, true)) // above 1
	r.c2s(priorityFrame(5, 3, 64, false))         // which depends on it: 3 is moved first
	r.c2s(priorityFrame(7, 99, 200, true))        // no such stream: default
	r.c2s(priorityFrame(7, 7, 16, false))         // on itself
	r.at(30).s2c(response(1, false), data(1, 10, false), data(1, 10, false), response(3, false), data(3, 30, false), data(1, 5, true))
	r.at(31).s2c(data(3, 1, true))
	r.at(40).c2s(get(9, "u=1"), get(11, "u=5, i"), raw(frame.PriorityUpdate, 0, 0, "\x00\x00\x00\x0bu=0"))
	r.at(50).s2c(frame.AppendHeaders(nil, 9, append([]byte{0x88, 0, 8}, "priority\x03u=7"...), false, true, nil, frame.NoPadding), data(9, 8, false))
	r.at(60).c2s(settings(9, 1))
	r.at(70).s2c(ack)
}

func prioritiesText(t testing.TB, a *Analyser) []byte {
	t.Helper()
	var out []byte
	last := ""
	for i := range a.rows.len() {
		v, err := a.Priority(PriorityQuery{Frame: i})
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s: %s\n", v.Scheme, v.Text)
		for _, n := range v.Nodes {
			text += fmt.Sprintf("  %*s%d weight %d (%d %%) %s %q; u=%d i=%v by %s %q; %d octets\n", 2*n.Depth, "", n.Stream, n.Weight, n.Share, n.State, n.Request,
				n.Urgency, n.Incremental, n.From, n.Field, n.Octets)
		}
		for _, x := range v.Turns {
			text += fmt.Sprintf("  turn of %d: frames %d to %d, %d, %d octets\n", x.Stream, x.First+1, x.Last+1, x.Count, x.Octets)
		}
		if text != last {
			out = fmt.Appendf(out, "at frame %d\n%s", i+1, text)
		}
		last = text
	}
	return out
}

// naiveTree replays all events from the start.
func naiveTree(c *connection, event uint32) map[uint32]node {
	t := newTree()
	for c.grow(&t, event) {
	}
	return t.nodes
}

// checkTree: every stream hangs at its parent, once, and from the root.
func checkTree(t *testing.T, nodes map[uint32]node) {
	t.Helper()
	reached := 0
	var walk func(id uint32, depth int)
	walk = func(id uint32, depth int) {
		reached++
		if depth > len(nodes) {
			t.Fatalf("a cycle at stream %d", id)
		}
		for _, child := range nodes[id].children {
			if n, ok := nodes[child]; !ok || n.parent != id {
				t.Fatalf("stream %d is a child of %d, but has the parent %d (%v)", child, id, n.parent, ok)
			}
			walk(child, depth+1)
		}
		if n := nodes[id]; id != 0 && n.closed && len(n.children) == 0 {
			t.Fatalf("stream %d is closed and nothing depends on it", id)
		}
	}
	walk(0, 0)
	if reached != len(nodes) {
		t.Fatalf("%d of %d streams hang from the root", reached, len(nodes))
	}
}

func prioRecord(rng *rand.Rand, n int) []trace.Entry {
	r := newRecord(trace.VantageBoth)
	r.open()
	next := uint32(1)
	for range n {
		r.now += rng.Int64N(3) * ms
		id, dep := uint32(rng.IntN(12))*2+1, uint32(rng.IntN(12))*2+1
		if rng.IntN(5) == 0 {
			dep = 0
		}
		switch rng.IntN(5) {
		case 0:
			r.c2s(request(next, "/", true))
			next += 2
		case 1:
			if next > 1 {
				r.s2c(response(1+2*uint32(rng.IntN(int(next/2))), true))
			}
		default:
			r.c2s(priorityFrame(id, dep, uint8(1+rng.IntN(255)), rng.IntN(3) == 0))
		}
	}
	return r.entries
}

// Trees that are carried on and put aside equal those that are made from the
// start, whatever the order in which they are asked for, also while the record
// grows.
func TestTreeAgainstReplay(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 71))
		n := 120
		if seed == 0 {
			n = 6000
		}
		entries := prioRecord(rng, n)
		a := New()
		for i, e := range entries {
			if err := a.Feed(e); err != nil {
				t.Fatal(err)
			}
			if i < 3 || i < len(entries)-1 && rng.IntN(1+n/40) > 0 {
				continue
			}
			a.settle()
			c := a.conns[0]
			for range 6 {
				event := uint32(rng.IntN(int(c.ends[server].events) + 1))
				tree, whole := c.treeAt(event)
				got, want := tree.nodes, naiveTree(c, event)
				if !whole {
					t.Fatalf("seed %d: event %d was too much work", seed, event)
				}
				checkTree(t, want)
				if len(got) != len(want) || !slices.Equal(slices.Sorted(keysOf(got)), slices.Sorted(keysOf(want))) {
					t.Fatalf("seed %d, event %d: %v, replayed %v", seed, event, got, want)
				}
				for id := range want {
					g, w := got[id], want[id]
					if len(g.children) == 0 && len(w.children) == 0 {
						g.children, w.children = nil, nil
					}
					if !reflect.DeepEqual(g, w) {
						t.Fatalf("seed %d, event %d, stream %d: %+v, replayed %+v", seed, event, id, g, w)
					}
				}
			}
		}
		if n > 1000 && len(a.conns[0].treeCache.aside) < 3 {
			t.Errorf("trees were put aside %d times", len(a.conns[0].treeCache.aside))
		}
	}
}

func keysOf(m map[uint32]node) func(func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// The examples of RFC 7540, sections 5.3.1 and 5.3.3.
func TestTreeOfTheRFC(t *testing.T) {
	tree := newTree()
	say := func(id, dep uint32, exclusive bool) {
		tree.prioritise(&prioAt{id: id, dep: dep, weight: 15, exclusive: exclusive})
	}
	text := func(id uint32) string {
		var walk func(id uint32) string
		walk = func(id uint32) string {
			children := slices.Clone(tree.nodes[id].children)
			slices.Sort(children)
			s := fmt.Sprint(id)
			for i, c := range children {
				s += string("( "[min(i, 1)]) + walk(c)
			}
			if len(children) > 0 {
				s += ")"
			}
			return s
		}
		return walk(id)
	}
	const a, b, c, d, e, f = 1, 2, 3, 4, 5, 6
	for _, x := range []uint32{a} {
		say(x, 0, false)
	}
	say(b, a, false)
	say(c, a, false)
	say(d, a, true) // section 5.3.1: exclusive
	if got := text(0); got != "0(1(4(2 3)))" {
		t.Errorf("an exclusive dependency: %s", got)
	}
	tree = newTree()
	say(a, 0, false)
	say(b, a, false)
	say(c, a, false)
	say(d, c, false)
	say(e, c, false)
	say(f, d, false)
	say(a, d, false) // section 5.3.3: reprioritisation
	if got := text(0); got != "0(4(1(2 3(5)) 6))" {
		t.Errorf("A depends on D: %s", got)
	}
	say(a, d, true)
	if got := text(0); got != "0(4(1(2 3(5) 6)))" {
		t.Errorf("A depends on D exclusively: %s", got)
	}
}

// A tree that is moved about without end is worked out in several questions,
// none of which takes long.
func TestTreeIsWorkedOutInParts(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	r.open()
	var b []byte
	const group = 900
	for i := range uint32(group) {
		b = append(b, priorityFrame(2*i+1, 0, 16, false)...)
	}
	for i := range uint32(1000) { // each takes over all others
		b = append(b, priorityFrame(2*(i%group)+1, 0, 16, true)...)
		b = append(b, priorityFrame(2*((i+1)%group)+1, 2*(i%group)+1, 16, true)...)
	}
	r.c2s(b)
	a := feed(t, r.entries)
	r.s2c(frame.AppendPing(nil, [8]byte{}, false))
	if err := a.Feed(&trace.Chunk{Conn: 1, Dir: trace.ToClient, SentAt: 30 * ms, ReceivedAt: 35 * ms, Octets: frame.AppendPing(nil, [8]byte{}, false)}); err != nil {
		t.Fatal(err)
	}
	a.settle()
	c := a.conns[0]
	asked := 0
	for whole := false; !whole; asked++ {
		v, err := a.Priority(PriorityQuery{Frame: -1})
		if err != nil {
			t.Fatal(err)
		}
		if whole = !v.Partial; !whole && c.treeCache.now.work > maxTreeWork+maxTree+1 {
			t.Fatalf("one question moved %d streams", c.treeCache.now.work)
		}
		if asked > 100 {
			t.Fatal("it does not come to an end")
		}
	}
	tree, _ := c.treeAt(c.ends[server].events)
	checkTree(t, tree.nodes)
	if asked < 3 || len(tree.nodes) != group+1 {
		t.Errorf("%d questions, %d streams; want several, and %d", asked, len(tree.nodes), group+1)
	}
}
