package conn

import (
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// attack is what a hostile peer does, again and again, and what an honest twin
// of the same shape does. The peer sends ten times the limit.
type attack struct {
	name  string
	role  Role          // ours: the peer is the other end
	cfg   func(*Config) // of the connection that is attacked, and of the twin's
	limit LimitName     // the option that acts; "": a rule of the RFC's, which no option moves
	ref   string        // what the EvLimit names
	at    int           // the unit at which the effect must come
	want  string        // the effect: what we answer at that unit

	noAck  bool                 // our SETTINGS is not acknowledged
	setup  func(p *peer)        // before the first unit
	unit   func(p *peer, i int) // one more of it; i from 0
	tick   int64                // nanoseconds between units
	unread bool                 // the peer does not read: nothing is polled before a limit acts
	hold   func(p *peer)        // the owner's part of the attack, before the first unit
	check  func(t *testing.T, p *peer)

	twins []twin
}

// twin is an honest peer: it is served to its end, and no frame of it resets a
// stream or ends the connection. Its owner consumes and answers.
type twin struct {
	n     int // units; 0: 500
	pace  int64
	setup func(p *peer)
	unit  func(p *peer, i int)
	after func(p *peer, i int) // what the owner does beside that
	lazy  bool                 // the owner answers nothing by itself
	says  bool                 // the owner resets streams, or says GOAWAY
}

// row is a row of the table of limits, by its words.
type row struct {
	words   string
	attacks []attack
}

// ring is where an attack takes place: the connection, beside it another one
// that must be served all the while, and one Output that both of them use, as
// the connections of a transport do.
type ring struct {
	t      *testing.T
	p      *peer
	out    Output
	near   *neighbour
	octets int
	owner  bool // events are answered
	served int
}

func newRing(t *testing.T, a *attack) *ring {
	cfg := Config{Role: a.role}
	if a.cfg != nil {
		a.cfg(&cfg)
	}
	r := &ring{t: t, p: &peer{t: t, c: New(cfg), enc: hpack.NewEncoder()}, near: newNeighbour(t)}
	if a.role == Server {
		r.p.b = append(r.p.b, frame.Preface...)
	}
	r.p.b = frame.AppendSettings(r.p.b, nil)
	if !a.noAck {
		r.p.b = frame.AppendSettingsAck(r.p.b)
	}
	return r
}

// effect is what a step brought.
type effect struct {
	answer string // RST_STREAM and GOAWAY frames, and "cut"
	told   Event  // the first EvLimit
	events int
	octets int // that we sent
}

// step passes the deadlines up to now, delivers what is scripted, and drains the
// connection if the peer reads or a limit has acted.
func (r *ring) step(now int64, read bool) (e effect) {
	r.t.Helper()
	c := r.p.c
	for at := c.deadline(); at != 0 && at <= now; {
		c.Tick(at)
		next := c.deadline()
		if next != 0 && next <= at {
			r.t.Fatalf("Tick at the deadline %d leaves one of %d", at, next)
		}
		at = next
	}
	c.Lend(&r.out)
	if err := c.Receive(now, r.p.b); err != nil {
		r.t.Fatal(err)
	}
	r.octets += len(r.p.b)
	r.p.b = nil
	for i := range c.events {
		if ev := &c.events[i]; ev.Kind == EvLimit && e.told.Kind == 0 {
			e.told = *ev
		}
	}
	var b []byte
	for more := read || e.told.Kind != 0 || c.fatal != nil; more; {
		c.Poll(now, &r.out, 0)
		for _, s := range r.out.Segments {
			b = append(b, s...)
		}
		e.events += len(r.out.Events)
		more = len(r.out.Segments) > 0 || len(r.out.Events) > 0
		if r.owner {
			r.answer()
		}
		if r.out.Cut {
			e.answer = "cut"
		}
	}
	c.TakeBack(&r.out)
	e.octets = len(b)
	e.answer += answers(r.t, b)
	return e
}

// answer is an owner who reads, and who answers requests that are complete.
func (r *ring) answer() {
	c := r.p.c
	for _, ev := range r.out.Events {
		switch ev.Kind {
		case EvData:
			ok(r.t, c.Consume(ev.StreamID, len(ev.Data)))
		case EvHeaders:
		default:
			continue
		}
		if !ev.End {
			continue
		}
		r.served++
		if s := c.streams[ev.StreamID]; c.cfg.Role == Server && s != nil && !s.out.final && !s.state.Closed() {
			ok(r.t, c.Headers(ev.StreamID, status("200"), HeaderOptions{End: true}))
		}
	}
}

// answers tells which RST_STREAM and GOAWAY frames lie in the octets.
func answers(t *testing.T, b []byte) string {
	t.Helper()
	var sp frame.Splitter
	sp.MaxFrameSize = 1 << 20
	sp.Push([]byte(strings.TrimPrefix(string(b), frame.Preface)))
	var out []string
	for {
		f, ok, err := sp.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return strings.Join(out, ", ")
		}
		switch f.Type {
		case frame.RSTStream:
			code, _ := frame.ParseRSTStream(f)
			out = append(out, fmt.Sprintf("RST_STREAM %d %v", f.StreamID, code))
		case frame.GoAway:
			g, _ := frame.ParseGoAway(f)
			out = append(out, fmt.Sprintf("GOAWAY %v", g.Code))
		}
	}
}

// neighbour is a second connection: a client and a server of ours.
type neighbour struct {
	*pair
	served int
}

func newNeighbour(t *testing.T) *neighbour {
	return &neighbour{pair: newPair(t, Config{}, Config{})}
}

// serve makes an exchange of a thousand octets each way, its server working
// with the Output that the attacked connection works with.
func (n *neighbour) serve(shared *Output) {
	n.t.Helper()
	body := make([]byte, 1000)
	id := must(n.c.Open(post("/"), HeaderOptions{}))(n.t)
	ok(n.t, n.c.Data(id, body, true))
	n.wire, n.got = [2][]byte{}, [2][]string{}
	turn := func() {
		n.move(n.c, n.s, &n.co, 0, 1<<20)
		n.s.Lend(shared)
		n.move(n.s, n.c, shared, 1, 1<<20)
		n.s.TakeBack(shared)
	}
	turn()
	turn()
	ok(n.t, n.s.Headers(id, status("200"), HeaderOptions{}))
	ok(n.t, n.s.Data(id, body, true))
	turn()
	turn()
	n.has(0, fmt.Sprintf("closed %d NO_ERROR by 0", id))
	if got := n.body[0][id]; got == nil || got.Len() != len(body) || n.body[1][id].Len() != len(body) {
		n.t.Errorf("the second connection was not served: %v", got)
	}
	delete(n.body[0], id)
	delete(n.body[1], id)
	n.served++
}

// result is a line of the table.
type result struct {
	at     int
	told   Event
	answer string
	octets int
	held   int64 // octets of live heap
	state  int   // elements of what the connection holds
	growth float64
	second int
	served int
	failed bool
}

// run makes an attack: ten times the limit, then a quarter of it and all of it for
// the costs, then the honest twins.
func (a *attack) run(t *testing.T) (res result) {
	t.Helper()
	before := heap()
	r := a.begin(t)
	for i := range 10 * a.at {
		if i == a.at-1 {
			res.state = elements(r.p.c) // before it is drained
		}
		e := a.do(r, i)
		if i < a.at && i&(i+1) == 0 || i == a.at {
			r.near.serve(&r.out)
		}
		if res.at != 0 {
			a.behind(t, r, e, i)
			continue
		}
		if a.limit != "" && e.told.Kind == EvLimit || a.limit == "" && e.answer != "" {
			res.at, res.told, res.answer, res.octets = i+1, e.told, shortAnswer(e.answer), r.octets
			res.held = heap() - before
			res.state = max(res.state, elements(r.p.c))
			a.effect(t, r, res)
		}
	}
	r.near.serve(&r.out)
	res.held = max(res.held, heap()-before)
	if res.at == 0 {
		t.Errorf("was not stopped by %d", 10*a.at)
	}
	if res.held > 1<<20 {
		t.Errorf("%d octets of heap are held for the connection", res.held)
	}
	if res.state > maxState {
		t.Errorf("the connection holds %d things: a frame may have to look at all of them", res.state)
	}
	if a.check != nil {
		a.check(t, r.p)
	}
	res.second = r.near.served
	res.growth = a.growth(t)
	for i := range a.twins {
		res.served += a.twins[i].run(t, a)
	}
	res.failed = t.Failed()
	runtime.KeepAlive(r)
	return res
}

// maxState bounds what a connection may hold, in things that a loop could visit:
// streams, events, pieces, entries of tables, nodes of the priority tree. With
// it the time that a frame takes is bounded, and that of all frames linear in
// their octets.
const maxState = 16 << 10

func (a *attack) begin(t *testing.T) *ring {
	r := newRing(t, a)
	r.step(1, true)
	if a.setup != nil {
		a.setup(r.p)
		r.step(1, true)
	}
	if a.hold != nil {
		a.hold(r.p)
		r.step(1, true)
	}
	r.octets = 0
	return r
}

func (a *attack) do(r *ring, i int) effect {
	if a.unit != nil {
		a.unit(r.p, i)
	}
	return r.step(int64(i+1)*a.tick+1, !a.unread)
}

// effect checks how the attack was stopped.
func (a *attack) effect(t *testing.T, r *ring, res result) {
	t.Helper()
	if res.at != a.at || res.answer != a.want {
		t.Errorf("stopped at %d with %q, want %q at %d", res.at, res.answer, a.want, a.at)
	}
	ends := strings.Contains(a.want, "GOAWAY")
	c := r.p.c
	if over := c.fatal != nil || c.clock.closed; over != ends && a.want != "cut" {
		t.Errorf("the connection has ended: %v, want %v", over, ends)
	}
	e := res.told
	if a.limit == "" {
		if e.Kind == EvLimit {
			t.Errorf("a rule of the RFC's is told as the limit %s", e.Limit)
		}
		return
	}
	if e.Limit != a.limit || e.Ref != a.ref || e.N < e.Max || e.N == e.Max && !strings.HasSuffix(string(e.Limit), "Timeout") {
		t.Errorf("the event tells %s, %d of %d (%s), want %s (%s)", e.Limit, e.N, e.Max, e.Ref, a.limit, a.ref)
	}
	if _, found := reflect.TypeFor[Limits]().FieldByName(string(e.Limit)); !found {
		t.Errorf("%s is no field of Limits", e.Limit)
	}
	if !refs.MatchString(e.Ref) {
		t.Errorf("%q names neither a CVE nor a section of an RFC", e.Ref)
	}
}

var refs = regexp.MustCompile(`^(CVE-\d{4}-\d{4,5}|RFC \d{4} \d+(\.\d+)*)$`)

// behind checks what comes after the effect: a connection that has ended takes
// nothing and says nothing, one that goes on is either attacked in vain or ended
// by the limit on resets.
func (a *attack) behind(t *testing.T, r *ring, e effect, i int) {
	t.Helper()
	c := r.p.c
	switch {
	case a.at == 1 && strings.HasPrefix(a.want, "RST_STREAM") && !strings.Contains(e.answer, "RST_STREAM"):
		t.Fatalf("unit %d is not refused: %q", i+1, e.answer)
	case c.fatal != nil && e.octets > 0 && strings.Contains(a.want, "GOAWAY"):
		t.Fatalf("unit %d, behind the end: we send %d octets (%s)", i+1, e.octets, e.answer)
	case c.fatal != nil && c.fatal.Code != frame.EnhanceYourCalm && !strings.Contains(a.want, "GOAWAY") && a.want != "cut":
		t.Fatalf("unit %d ends the connection: %v", i+1, c.fatal)
	case strings.Contains(a.want, "GOAWAY") && c.fatal != nil && e.events > 0:
		t.Fatalf("unit %d, behind the end: %d events", i+1, e.events)
	}
}

// growth compares what a quarter of the attack allocates with what four times
// as much does: about 4 when the work is linear in the octets, up to 8 when a
// slice that doubles has just done so, and 16 if it is quadratic.
func (a *attack) growth(t *testing.T) float64 {
	t.Helper()
	n := max(a.at/4, 5)
	spend := func(units int) float64 {
		r := a.begin(t)
		var m, end runtime.MemStats
		runtime.ReadMemStats(&m)
		for i := range units {
			a.do(r, i)
		}
		runtime.ReadMemStats(&end)
		runtime.KeepAlive(r)
		return float64(end.TotalAlloc - m.TotalAlloc)
	}
	one, four := spend(n), spend(4*n)
	if four > 8*one+(64<<10) {
		t.Errorf("%d units allocate %.0f octets, %d units %.0f: that is more than linear", n, one, 4*n, four)
	}
	if one < 4<<10 {
		return 0 // nothing to speak of
	}
	return four / one
}

// run is the honest peer's way. It returns how many units were served.
func (w *twin) run(t *testing.T, a *attack) int {
	t.Helper()
	r := newRing(t, a)
	r.owner = !w.lazy
	r.step(1, true)
	if w.setup != nil {
		w.setup(r.p)
		r.step(1, true)
	}
	n := w.n
	if n == 0 {
		n = 500
	}
	for i := range n {
		if w.unit != nil {
			w.unit(r.p, i)
		}
		now := int64(i+1)*w.pace + 1
		e := r.step(now, true)
		if w.after != nil {
			w.after(r.p, i)
			after := r.step(now, true)
			e.answer += after.answer
		}
		if r.p.c.Failed() != nil || e.answer != "" && !w.says || e.told.Kind == EvLimit {
			t.Fatalf("the honest twin was stopped at %d: %v, %s, %s", i+1, r.p.c.Failed(), e.answer, e.told.Limit)
		}
	}
	return n
}

// elements counts what can be reached from a connection and be gone through:
// entries of slices and maps. Octets are not counted, the heap is for them.
func elements(c *Conn) int {
	seen := map[uintptr]bool{}
	var walk func(v reflect.Value) int
	walk = func(v reflect.Value) (n int) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() || seen[v.Pointer()] {
				return 0
			}
			seen[v.Pointer()] = true
			return walk(v.Elem())
		case reflect.Interface:
			if !v.IsNil() {
				return walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				n += walk(v.Field(i))
			}
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				return 0
			}
			n = v.Len()
			for i := range v.Len() {
				n += walk(v.Index(i))
			}
		case reflect.Map:
			n = v.Len()
			for _, k := range v.MapKeys() {
				n += walk(v.MapIndex(k))
			}
		}
		return n
	}
	return walk(reflect.ValueOf(c))
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // pools let go with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestAttacks makes every attack of the table of limits and prints the table:
// where each was stopped, and what it cost.
func TestAttacks(t *testing.T) {
	var table strings.Builder
	count, units := 0, 0
	fmt.Fprintf(&table, "\n  %-46s %-6s %-18s %6s %8s %5s %6s %5s %4s %6s  %s\n", "attack", "we", "limit", "at",
		"octets", "heap", "state", "4n/n", "2nd", "honest", "effect")
	rows := attackRows()
	for _, w := range rows {
		fmt.Fprintf(&table, "%s\n", w.words)
		for i := range w.attacks {
			a := &w.attacks[i]
			var res result
			t.Run(w.words+"/"+a.role.String()+"/"+a.name, func(t *testing.T) { res = a.run(t) })
			limit, growth, verdict := "—", "—", ""
			if res.growth > 0 {
				growth = fmt.Sprintf("%.1f", res.growth)
			}
			if a.limit != "" {
				limit = string(a.limit)
			}
			if res.failed || res.at == 0 {
				verdict = "  FAILED"
			}
			fmt.Fprintf(&table, "  %-46s %-6s %-18s %6d %8d %4dK %6d %5s %4d %6d  %s%s\n", a.name, a.role, limit, res.at,
				res.octets, (res.held+1023)>>10, res.state, growth, res.second, res.served, res.answer, verdict)
			count++
			units += res.served
			if len(a.twins) == 0 {
				t.Errorf("%s/%s has no honest twin", w.words, a.name)
			}
		}
	}
	fmt.Fprintf(&table, "%d rows, %d attacks; at: the unit that was stopped; heap: live octets for the connection, at most 1 MiB;\n"+
		"state: things that it holds, which bounds the time of a frame; 4n/n: what four times the units allocate;\n"+
		"2nd: exchanges of a second connection meanwhile; honest: units of the twins, %d in all, each served.\n", len(rows), count, units)
	t.Log(table.String())
}

// shortAnswer leaves out what a long list of answers begins with.
func shortAnswer(s string) string {
	parts := strings.Split(s, ", ")
	if len(parts) > 2 {
		return "…, " + parts[len(parts)-1]
	}
	return s
}

// both makes an attack for each role.
func both(attacks ...attack) (out []attack) {
	for _, a := range attacks {
		for _, role := range []Role{Server, Client} {
			a.role = role
			out = append(out, a)
		}
	}
	return out
}

func rowOf(words string, lists ...[]attack) row { return row{words, slices.Concat(lists...)} }
