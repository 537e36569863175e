package priority

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"framewise/core/frame"
)

// model is the tree in the words of RFC 7540, without a care for speed: a map of
// parents and exact weights.
type model struct {
	parent map[uint32]uint32
	weight map[uint32]*big.Rat
	open   map[uint32]bool
	kept   []uint32 // oldest first
	most   int
}

func (m *model) has(id uint32) bool { _, ok := m.parent[id]; return ok || id == 0 }

func (m *model) add(id, parent uint32) {
	m.parent[id], m.weight[id] = parent, big.NewRat(16, 1)
}

func (m *model) keep(id uint32) {
	m.kept = slices.DeleteFunc(m.kept, func(k uint32) bool { return k == id })
	if !m.open[id] && id != 0 {
		m.kept = append(m.kept, id)
	}
}

func (m *model) kids(p uint32) []uint32 {
	var ids []uint32
	for id, q := range m.parent {
		if q == p {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (m *model) below(id, top uint32) bool {
	for id != 0 {
		if id = m.parent[id]; id == top {
			return top != 0
		}
	}
	return false
}

func (m *model) prioritize(id uint32, p frame.PriorityParam) {
	for _, named := range []uint32{p.StreamDep, id} {
		if !m.has(named) {
			m.add(named, 0)
		}
		m.keep(named)
	}
	if m.below(p.StreamDep, id) {
		m.parent[p.StreamDep] = m.parent[id]
	}
	m.parent[id] = p.StreamDep
	m.weight[id] = big.NewRat(int64(p.Weight)+1, 1)
	if p.Exclusive {
		for _, k := range m.kids(p.StreamDep) {
			if k != id {
				m.parent[k] = id
			}
		}
	}
	m.trim()
}

func (m *model) trim() {
	for len(m.kept) > m.most {
		id := m.kept[0]
		m.kept = m.kept[1:]
		sum := new(big.Rat)
		for _, k := range m.kids(id) {
			sum.Add(sum, m.weight[k])
		}
		for _, k := range m.kids(id) {
			w := new(big.Rat).Mul(m.weight[id], m.weight[k])
			m.weight[k] = w.Quo(w, sum)
			m.parent[k] = m.parent[id]
		}
		delete(m.parent, id)
		delete(m.weight, id)
	}
}

// same compares the tree with the model. Weights that were inherited are equal
// within what their fixed point cuts off, which adds up by generations.
func (m *model) same(t *rapid.T, s *Scheduler) {
	t.Helper()
	nodes := s.Snapshot(nil)
	if len(nodes) != len(m.parent) {
		t.Fatalf("%d nodes, want %d: %s", len(nodes), len(m.parent), show(s))
	}
	above := map[uint32]int{0: -1}
	for _, n := range nodes {
		if p, ok := m.parent[n.ID]; !ok || p != n.Parent || n.Open != m.open[n.ID] {
			t.Fatalf("stream %d (open %v) depends on %d, want %d: %s", n.ID, n.Open, n.Parent, p, show(s))
		}
		if up, ok := above[n.Parent]; !ok || n.Depth != up+1 {
			t.Fatalf("stream %d stands before its parent, or at the wrong depth %d: %s", n.ID, n.Depth, show(s))
		}
		above[n.ID] = n.Depth
		w, _ := m.weight[n.ID].Float64()
		if m.weight[n.ID].IsInt() && n.Weight != w || !m.weight[n.ID].IsInt() && (n.Weight < w*0.9-0.01 || n.Weight > w*1.1+0.01) {
			t.Fatalf("stream %d has weight %v, want %v", n.ID, n.Weight, w)
		}
	}
}

// The tree does what the model does, whatever comes, and what it serves is
// always ready and waits for nobody.
func TestTreeModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(0, 6).Draw(t, "kept")
		s := New(Options{Scheme: Tree, MaxKept: most})
		if most == 0 {
			s = New(Options{Scheme: Tree, MaxKept: -1})
		}
		m := &model{parent: map[uint32]uint32{}, weight: map[uint32]*big.Rat{}, open: map[uint32]bool{}, most: most}
		refs := map[uint32]Ref{}
		id := func(t *rapid.T, what string) uint32 { return rapid.Uint32Range(0, 20).Draw(t, what) }
		pick := func(t *rapid.T) (uint32, bool) {
			n := id(t, "id")
			return n, m.open[n]
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				check(t, s)
				m.same(t, s)
				if s.kept > most {
					t.Fatalf("%d are kept, the bound is %d", s.kept, most)
				}
			},
			"open": func(t *rapid.T) {
				n := rapid.Uint32Range(1, 20).Draw(t, "id")
				if m.open[n] {
					return
				}
				parent := id(t, "parent")
				refs[n] = s.Open(n, parent)
				m.open[n] = true
				if !m.has(n) {
					if !m.has(parent) || n%2 == 1 || parent%2 == 0 {
						parent = 0
					}
					m.add(n, parent)
				}
				m.keep(n)
			},
			"close": func(t *rapid.T) {
				if n, ok := pick(t); ok {
					s.Close(refs[n])
					delete(m.open, n)
					m.keep(n)
					m.trim()
				}
			},
			"ready": func(t *rapid.T) {
				if n, ok := pick(t); ok {
					s.Ready(refs[n])
				}
			},
			"unready": func(t *rapid.T) {
				if n, ok := pick(t); ok {
					s.Unready(refs[n])
				}
			},
			"prioritize": func(t *rapid.T) {
				n := id(t, "id")
				p := frame.PriorityParam{StreamDep: id(t, "on"), Weight: rapid.Uint8().Draw(t, "weight"), Exclusive: rapid.Bool().Draw(t, "exclusive")}
				if n == 0 || n == p.StreamDep {
					return
				}
				if err := s.Prioritize(n, p); err != nil {
					t.Fatal(err)
				}
				m.prioritize(n, p)
			},
			"send": func(t *rapid.T) {
				r, ok := s.Next()
				any := false
				for _, n := range s.Snapshot(nil) {
					any = any || n.Ready
					if n.ID == s.ID(r) && (!n.Ready || n.Share <= 0) {
						t.Fatalf("next is %+v: %s", n, show(s))
					}
				}
				if ok != any {
					t.Fatalf("somebody is ready: %v, somebody is next: %v", any, ok)
				}
				if ok {
					s.Sent(r, rapid.IntRange(0, 1<<24).Draw(t, "octets"))
				}
			},
		})
	})
}

// Who is next is decided by virtual times and identifiers alone: another order
// of events that leads to the same gives the same.
func TestQueueHasNoMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "streams")
		run := func(order []int) string {
			s := New(Options{Scheme: Tree})
			var refs []Ref
			for i := range n {
				refs = append(refs, s.Open(uint32(2*i+1), 0))
			}
			for _, i := range order {
				s.Ready(refs[i])
			}
			out := ""
			for range 100 {
				out += fmt.Sprint(s.ID(send(t, s, 100)), " ")
			}
			return out
		}
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		one := run(order)
		if two := run(rapid.Permutation(order).Draw(t, "order")); one != two {
			t.Fatalf("%s\n%s", one, two)
		}
	})
}
