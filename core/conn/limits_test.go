package conn

import (
	"fmt"
	"runtime"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// attack is a row of the table of defences: a peer goes ten times over a limit,
// and an honest twin of the same shape is served.
type attack struct {
	row    string
	limit  LimitName
	role   Role
	at     int                  // the unit at which the effect must come
	want   string               // the answer, as deliver tells it
	setup  func(p *peer)        // before the first unit
	unit   func(p *peer, i int) // one more of it; i from 0
	tick   int64                // nanoseconds between units
	drain  bool                 // the peer reads what we send
	honest func(p *peer, i int) // one unit of the twin, 2,000 of them
	pace   int64                // nanoseconds between the twin's units
	after  func(p *peer, i int) // of the twin: what the owner does with it
}

func openUpload(p *peer) {
	p.headers(1, false, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/")
}

// consumeAll is an owner who reads: everything that came is consumed.
func consumeAll(p *peer, _ int) {
	for id, s := range p.c.streams {
		ok(p.t, p.c.Consume(id, int(s.recv.held)))
	}
}

func nth(i int) uint32 { return uint32(2*i + 1) }

var attacks = []attack{
	{row: "rapid reset (CVE-2023-44487)", limit: "Resets", role: Server, at: 1001, want: calm, drain: true,
		unit: func(p *peer, i int) {
			p.get(nth(i), true)
			p.b = frame.AppendRSTStream(p.b, nth(i), frame.Cancel)
		},
		honest: func(p *peer, i int) {
			p.get(nth(i), true)
			p.b = frame.AppendRSTStream(p.b, nth(i), frame.Cancel)
		}, pace: 40e6},
	{row: "the peer makes us reset (CVE-2025-8671)", limit: "Resets", role: Server, at: 1001, want: "RST_STREAM 2001 PROTOCOL_ERROR, " + calm, drain: true,
		unit:   func(p *peer, i int) { p.get(nth(i), false); p.raw(frame.WindowUpdate, 0, nth(i), 0, 0, 0, 0) },
		honest: func(p *peer, i int) { p.get(nth(i), true, "connection", "close") }, pace: 40e6},
	{row: "streams beyond the limit", limit: "MaxConcurrent", role: Server, at: 101, want: "RST_STREAM 201 REFUSED_STREAM", drain: true,
		unit:   func(p *peer, i int) { p.get(nth(i), true) },
		honest: func(p *peer, i int) { p.get(nth(i), true) },
		after: func(p *peer, i int) {
			ok(p.t, p.c.Headers(nth(i), status("200"), HeaderOptions{End: true}))
		}},
	{row: "CONTINUATION flood (CVE-2024-27316)", limit: "MaxContinuations", role: Server, at: 9, want: calm,
		setup: func(p *peer) { p.raw(frame.Headers, 0, 1, 0x82) },
		unit:  func(p *peer, i int) { p.raw(frame.Continuation, 0, 1, 0x86) },
		honest: func(p *peer, i int) {
			if i < 50 {
				split(p, nth(i), 8)
			}
		}},
	{row: "HPACK bomb (CVE-2016-6581)", limit: "MaxFieldList", role: Server, at: 1, want: "RST_STREAM 1 ENHANCE_YOUR_CALM",
		unit: func(p *peer, i int) {
			// One entry of 4,000 octets in the table, then an octet for each copy.
			big := make([]byte, 4000)
			for k := range big {
				big[k] = 'x'
			}
			block := p.enc.AppendBlock(nil, append(get("/"), hpack.Field{Name: "a", Value: string(big)}))
			for range 100 {
				block = append(block, 0xbe)
			}
			p.b = frame.AppendHeaders(p.b, nth(i), block, true, true, nil, frame.NoPadding)
		},
		honest: func(p *peer, i int) {
			if i < 50 {
				p.get(nth(i), true, "cookie", fmt.Sprintf("%01000d", i))
			}
		}},
	{row: "many tiny fields (CVE-2026-49975)", limit: "MaxFields", role: Server, at: 1, want: "RST_STREAM 1 ENHANCE_YOUR_CALM",
		unit: func(p *peer, i int) {
			block := p.enc.AppendBlock(nil, get("/"))
			for range 300 {
				block = append(block, 0x90) // accept-encoding: gzip, deflate, an octet each
			}
			p.b = frame.AppendHeaders(p.b, nth(i), block, true, true, nil, frame.NoPadding)
		},
		honest: func(p *peer, i int) {
			if i < 50 {
				var many []string
				for k := range 100 {
					many = append(many, fmt.Sprint("f", k), "v")
				}
				p.get(nth(i), true, many...)
			}
		}},
	{row: "field sections outside the books (CVE-2026-56846)", limit: "Ledger", role: Server, at: 167, want: calm, drain: true,
		setup: func(p *peer) { p.c.cfg.Limits.MaxConcurrent = 1000 },
		unit:  func(p *peer, i int) { p.get(nth(i), false, "a", fmt.Sprintf("%025000d", i)) },
		honest: func(p *peer, i int) {
			if i < 100 {
				p.get(nth(i), false, "a", fmt.Sprintf("%025000d", i))
			}
		}},
	{row: "PING flood (CVE-2019-9512)", limit: "UnsentAcks", role: Server, at: 1001, want: calm,
		unit:   func(p *peer, i int) { p.raw(frame.Ping, 0, 0, make([]byte, 8)...) },
		honest: func(p *peer, i int) { p.raw(frame.Ping, 0, 0, make([]byte, 8)...) }},
	{row: "SETTINGS flood (CVE-2019-9515)", limit: "UnsentAcks", role: Server, at: 1001, want: calm,
		setup:  func(p *peer) { p.deliver() },
		unit:   func(p *peer, i int) { p.raw(frame.Settings, 0, 0) },
		honest: func(p *peer, i int) { p.raw(frame.Settings, 0, 0) }},
	{row: "SETTINGS with thousands of entries (CVE-2020-11080)", limit: "MaxSettings", role: Server, at: 1, want: calm,
		unit:   func(p *peer, i int) { p.raw(frame.Settings, 0, 0, make([]byte, 6*2000)...) },
		honest: func(p *peer, i int) { p.raw(frame.Settings, 0, 0, make([]byte, 6*32)...) }},
	{row: "INITIAL_WINDOW_SIZE flipped without end", limit: "SettingFlips", role: Server, at: 51, want: calm, drain: true,
		unit:   func(p *peer, i int) { p.raw(frame.Settings, 0, 0, 0, 4, 0, 0, 0, byte(i)) },
		honest: func(p *peer, i int) { p.raw(frame.Settings, 0, 0, 0, 4, 0, 0, 0, byte(i)) }, pace: 25e6},
	{row: "HEADER_TABLE_SIZE flipped without end", limit: "SettingFlips", role: Server, at: 51, want: calm, drain: true,
		unit:   func(p *peer, i int) { p.raw(frame.Settings, 0, 0, 0, 1, 0, 0, 0, byte(i)) },
		honest: func(p *peer, i int) { p.raw(frame.Settings, 0, 0, 0, 1, 0, 0, 0, byte(i)) }, pace: 25e6},
	{row: "empty DATA (CVE-2019-9518)", limit: "EmptyData", role: Server, at: 101, want: calm, drain: true,
		setup: openUpload, unit: func(p *peer, i int) { p.raw(frame.Data, 0, 1) },
		honest: func(p *peer, i int) {
			if i == 0 {
				openUpload(p)
			}
			p.raw(frame.Data, 0, 1)
		}, pace: 11e6},
	{row: "tiny DATA (CVE-2019-9518)", limit: "TinyData", role: Server, at: 101, want: calm, drain: true,
		setup: openUpload, unit: func(p *peer, i int) { p.raw(frame.Data, 0, 1, 'x') },
		honest: func(p *peer, i int) {
			if i == 0 {
				openUpload(p)
			}
			p.raw(frame.Data, 0, 1, []byte("a short message")...)
		}, after: consumeAll},
	{row: "WINDOW_UPDATE drip (CVE-2019-9511)", limit: "WindowUpdates", role: Server, at: 8, want: calm, drain: true,
		setup: openUpload, unit: func(p *peer, i int) { p.b = frame.AppendWindowUpdate(p.b, 0, 1) },
		honest: func(p *peer, i int) {
			p.get(nth(i), true)
			p.b = frame.AppendWindowUpdate(p.b, nth(i), 1000)
			p.b = frame.AppendWindowUpdate(p.b, 0, 1000)
		},
		after: func(p *peer, i int) {
			ok(p.t, p.c.Headers(nth(i), status("200"), HeaderOptions{}))
			ok(p.t, p.c.Data(nth(i), []byte("x"), true))
		}},
	{row: "unknown types (RFC 9113 10.5)", limit: "UselessFrames", role: Server, at: 10001, want: calm, drain: true,
		unit:   func(p *peer, i int) { p.raw(0xab, 0, 0) },
		honest: func(p *peer, i int) { p.raw(0xab, 0, 0, 1, 2, 3) }},
	{row: "PRIORITY churn (CVE-2019-9513)", limit: "Priorities", role: Server, at: 101, want: calm, drain: true,
		unit: func(p *peer, i int) { p.b = frame.AppendPriority(p.b, nth(i), frame.PriorityParam{StreamDep: 0}) },
		honest: func(p *peer, i int) {
			p.get(nth(i), true)
			p.b = frame.AppendPriority(p.b, nth(i), frame.PriorityParam{StreamDep: 0})
			p.b = frame.AppendRSTStream(p.b, nth(i), frame.Cancel)
		}, pace: 40e6},
}

// split sends a request whose block takes n CONTINUATIONs.
func split(p *peer, id uint32, n int) {
	block := p.enc.AppendBlock(nil, append(get("/"), hpack.Field{Name: "n", Value: fmt.Sprintf("%0100d", id)}))
	p.b = frame.AppendHeaders(p.b, id, block[:1], true, false, nil, frame.NoPadding)
	for i := 1; i <= n; i++ {
		if i == n {
			p.b = frame.AppendContinuation(p.b, id, block[i:], true)
		} else {
			p.b = frame.AppendContinuation(p.b, id, block[i:i+1], false)
		}
	}
}

// TestAttacks prints the table of defences. Each attack must end at its limit
// and hold little; its twin must be served.
func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.row, func(t *testing.T) {
			p := newPeer(t, a.role)
			if a.setup != nil {
				a.setup(p)
			}
			p.deliver()
			stopped, answer, told, octets := 0, "", Event{}, 0
			before := heap()
			for i := range 10 * a.at {
				a.unit(p, i)
				octets += len(p.b)
				answer, told = p.step(int64(i+2)*a.tick+1, a.drain || i == 10*a.at-1)
				if told.Kind == EvLimit {
					stopped = i + 1
					break
				}
			}
			held := heap() - before
			if stopped != a.at || told.Limit != a.limit || told.Ref == "" || told.N <= told.Max && told.Limit != "MaxContinuations" {
				t.Errorf("stopped at %d by %q (%d of %d, %s), want at %d by %q", stopped, told.Limit, told.N, told.Max, told.Ref, a.at, a.limit)
			}
			if answer != a.want {
				t.Errorf("answered %q, want %q", answer, a.want)
			}
			if a.limit != "Ledger" && held > 1<<20 {
				t.Errorf("%d octets of heap are held for the connection", held)
			}
			a.twin(t)
			t.Logf("%-55s %-17s at %6d after %8d octets, %s", a.row, a.limit, stopped, octets, told.Ref)
			runtime.KeepAlive(p)
		})
	}
}

// twin runs the honest peer: nothing of it may end the connection.
func (a *attack) twin(t *testing.T) {
	p := newPeer(t, a.role)
	p.deliver()
	for i := range 2000 {
		a.honest(p, i)
		now := int64(i+2)*a.pace + 1
		answer, _ := p.step(now, true)
		if p.c.Failed() != nil {
			t.Fatalf("the honest twin was stopped at %d: %v, %s", i+1, p.c.Failed(), answer)
		}
		if a.after != nil {
			a.after(p, i)
			p.step(now, true)
		}
	}
}

// step delivers what is scripted at an instant. Unless the peer reads, the
// answers stay until a limit is told. It returns them and the first EvLimit.
func (p *peer) step(now int64, drain bool) (answer string, told Event) {
	if err := p.c.Receive(now, p.b); err != nil {
		p.t.Fatal(err)
	}
	p.b = nil
	for _, e := range p.c.events {
		if e.Kind == EvLimit {
			told, drain = e, true
		}
	}
	if drain {
		answer = p.answerAt(now)
	}
	return answer, told
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestStall(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true)
	p.get(3, true)
	p.deliver()
	for _, id := range []uint32{1, 3} {
		ok(t, p.c.Headers(id, status("200"), HeaderOptions{}))
		ok(t, p.c.Data(id, make([]byte, 100_000), true))
	}
	p.answerAt(2)
	p.b = frame.AppendWindowUpdate(nil, 0, 100_000) // stream 1 and 3 have 32 KiB left each
	if got := p.deliver(); got != "" {
		t.Fatal(got)
	}
	var o Output
	p.c.Poll(10, &o, 0)
	for o.Deadline != 0 && p.c.StreamState(1) != ClosedBySentReset {
		p.b = frame.AppendWindowUpdate(nil, 3, 1) // stream 3 makes progress, an octet at a time
		if err := p.c.Receive(o.Deadline-1, p.b); err != nil {
			t.Fatal(err)
		}
		now := o.Deadline
		p.c.Poll(now-1, &o, 0)
		p.c.Tick(now)
		p.c.Poll(now, &o, 0)
	}
	if p.c.StreamState(1) != ClosedBySentReset || p.c.StreamState(3).Closed() || p.c.Failed() != nil {
		t.Error(p.c.StreamState(1), p.c.StreamState(3), p.c.Failed())
	}
}

func TestIdle(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true)
	p.deliver()
	var o Output
	p.c.Poll(1, &o, 0)
	if o.Deadline != 0 {
		t.Fatal("a stream is open, yet there is a deadline:", o.Deadline)
	}
	ok(t, p.c.Headers(1, status("200"), HeaderOptions{End: true}))
	p.c.Poll(5, &o, 0)
	if o.Deadline != 60e9+5 {
		t.Fatal("deadline", o.Deadline)
	}
	p.c.Tick(o.Deadline)
	if got := p.answerAt(60e9 + 6); got != "GOAWAY NO_ERROR" {
		t.Error(got)
	}
	p.c.Poll(60e9+7, &o, 0)
	if !o.Close {
		t.Error("the connection stays open")
	}
}

func TestKeepAlive(t *testing.T) {
	c := New(Config{Limits: Limits{KeepAlive: 5e9, SettingsTimeout: -1}})
	ok(t, c.Receive(100, frame.AppendSettings(nil, nil)))
	var o Output
	c.Poll(100, &o, 0)
	if o.Deadline != 5e9+100 {
		t.Fatal("deadline", o.Deadline)
	}
	c.Tick(o.Deadline)
	c.Poll(o.Deadline, &o, 0)
	var sp frame.Splitter
	sp.Push(o.Segments[0])
	f, _, _ := sp.Next()
	data, err := frame.ParsePing(f)
	if err != nil {
		t.Fatal(err)
	}
	ok(t, c.Receive(6e9, frame.AppendPing(nil, data, true)))
	c.Poll(6e9, &o, 0)
	for _, e := range o.Events {
		if e.Kind == EvPingAck {
			t.Error("the owner is told of an answer that it did not ask for")
		}
	}
	c.Tick(11e9)
	c.Poll(11e9, &o, 0)
	if o.Deadline != 31e9 {
		t.Fatal("deadline", o.Deadline)
	}
	c.Tick(31e9)
	if c.Failed() == nil || c.Failed().Section != "6.7" {
		t.Error(c.Failed())
	}
}

// TestTimeBegins is a connection whose first instant is not 0.
func TestTimeBegins(t *testing.T) {
	c := New(Config{})
	var o Output
	c.Poll(500e9, &o, 0)
	if o.Deadline != 510e9 {
		t.Error("deadline", o.Deadline)
	}
}
