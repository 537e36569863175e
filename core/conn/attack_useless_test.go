package conn

import (
	"testing"

	"framewise/core/frame"
)

func uselessFrames() []attack {
	flood := func(role Role, name string, unit func(p *peer, i int), twins ...twin) attack {
		return attack{name: name, role: role, limit: "UselessFrames", ref: "RFC 9113 10.5", at: 10_001, want: calm, unit: unit, twins: twins}
	}
	between := func(unit func(p *peer, i int)) twin { // what the flood sends, with an exchange each 5,000
		return twin{n: 12_000, unit: func(p *peer, i int) {
			unit(p, i)
			if i%5000 == 0 {
				exchange(p, i/5000)
			}
		}}
	}
	unknown := func(p *peer, i int) { p.raw(0xab, 0, 0, 1, 2, 3) }
	origin := func(p *peer, i int) { p.b = frame.AppendOrigin(p.b, []string{"https://a.example"}) }
	altSvc := func(p *peer, i int) { p.b = frame.AppendAltSvc(p.b, 0, "https://a.example", `h3=":443"`) }
	unasked := func(p *peer, i int) { p.raw(frame.Ping, frame.FlagAck, 0, make([]byte, 8)...) }
	farewell := func(p *peer, i int) { p.b = frame.AppendGoAway(p.b, 1, frame.NoError, nil) }
	pings := twin{n: 12_000, unit: func(p *peer, i int) {
		if i > 0 {
			unasked(p, i)
		}
	}, after: func(p *peer, i int) { ok(p.t, p.c.Ping([8]byte{})) }}
	leaves := twin{n: 2, setup: begins, unit: func(p *peer, i int) { p.b = frame.AppendGoAway(p.b, []uint32{frame.MaxStreamID, 1}[i], 0, nil) }}

	var out []attack
	for _, role := range []Role{Server, Client} {
		goAway := flood(role, "GOAWAY again", farewell, leaves)
		goAway.at++ // the first one says something
		out = append(out, flood(role, "unknown types", unknown, between(unknown)),
			flood(role, "answers to PINGs that nobody sent", unasked, pings), goAway,
			flood(role, "ORIGIN", origin, between(origin)), flood(role, "ALTSVC", altSvc, between(altSvc)))
	}
	gone := func(name string, setup func(p *peer), unit func(p *peer, i int)) attack {
		a := flood(Server, name, unit, twin{n: 500, unit: func(p *peer, i int) { // what was under way when we reset
			p.message(i, false)
			p.end(nth(i))
		}})
		a.setup = setup
		return a
	}
	out = append(out,
		gone("RST_STREAM again", func(p *peer) { p.get(1, false); p.b = frame.AppendRSTStream(p.b, 1, frame.Cancel) },
			func(p *peer, i int) { p.b = frame.AppendRSTStream(p.b, 1, frame.Cancel) }),
		gone("DATA on a stream that we reset", func(p *peer) { p.get(1, false, "connection", "close") },
			func(p *peer, i int) { p.raw(frame.Data, 0, 1, 'x') }),
		gone("HEADERS on a stream that we reset", func(p *peer) { p.get(1, false, "connection", "close") },
			func(p *peer, i int) { p.headers(1, true, "a", "b") }))
	late := flood(Server, "requests above our GOAWAY", exchange, twin{n: 200, says: true, unit: func(p *peer, i int) {
		exchange(p, i)
		if i == 100 { // the other half crosses it
			ok(p.t, p.c.GoAway(nth(100), frame.NoError, nil))
		}
	}})
	late.hold = func(p *peer) { ok(p.t, p.c.GoAway(0, frame.NoError, nil)) }
	update := func(id func(i int) uint32) func(p *peer, i int) {
		return func(p *peer, i int) { p.b = frame.AppendPriorityUpdate(p.b, id(i), []byte("u=1")) }
	}
	mind := twin{n: 500, unit: func(p *peer, i int) {
		update(nth)(p, i)
		exchange(p, i)
		update(nth)(p, i)
	}}
	updates := attack{name: "PRIORITY_UPDATE", role: Server, limit: "Priorities", ref: "CVE-2019-9513", at: 101, want: calm,
		unit: update(func(int) uint32 { return 1 }), twins: []twin{mind}}
	idle := attack{name: "PRIORITY_UPDATE for idle streams", role: Server, at: 100, want: protocol, setup: begins,
		unit: update(func(i int) uint32 { return nth(i + 1) }), twins: []twin{mind}}
	return append(out, late, updates, idle)
}

func priorityChurn() []attack {
	set := func(p *peer, id, dep uint32, exclusive bool) {
		p.b = frame.AppendPriority(p.b, id, frame.PriorityParam{StreamDep: dep, Exclusive: exclusive})
	}
	bounded := func(t *testing.T, p *peer) {
		if n := len(p.c.Priorities(nil)); n > 250 {
			t.Errorf("the tree holds %d streams", n)
		}
	}
	moves := []twin{{n: 2000, unit: func(p *peer, i int) { // a request, moved twice
		id := p.message(i, false)
		set(p, id, 0, true)
		set(p, id, id-1, false)
		p.end(id)
	}}}
	a := attack{limit: "Priorities", ref: "CVE-2019-9513", at: 101, want: calm, twins: moves, check: bounded}
	idle, chain, cycle, same := a, a, a, a
	idle.name, idle.unit = "idle streams", func(p *peer, i int) { set(p, nth(i+1), 0, false) }
	chain.name, chain.unit = "a chain, each below the last", func(p *peer, i int) { set(p, nth(i+1), nth(i), true) }
	same.name, same.unit = "one stream, again and again", func(p *peer, i int) { set(p, 1, 0, i%2 == 0) }
	same.setup, same.at = begins, 201
	cycle.name, cycle.role, cycle.at = "two streams, each below the other", Server, 301
	cycle.setup = func(p *peer) { p.get(1, true); p.get(3, true) }
	cycle.unit = func(p *peer, i int) { set(p, nth(i%2), nth(1-i%2), i%3 == 0) }
	return append(both(idle, chain, same), cycle)
}

// refunds: a peer that goes on as if more had been given back than it took. Its
// twins send many windows' worth in every way in which octets come back.
func refunds() []attack {
	padded := append([]byte{255}, make([]byte, 1255)...) // 1,000 octets and 255 of padding
	stays := func(p *peer, _ int) { auditCredits(p.t, p.c) }
	send := func(p *peer, id uint32) { p.raw(frame.Data, frame.FlagPadded, id, padded...) }
	single := func(p *peer, i int) { send(p, 1) }
	a := attack{name: "padded DATA beyond the window", at: 53, want: flow, setup: begins, unit: single}
	a.twins = []twin{
		{n: 1000, setup: begins, unit: single, after: stays},
		{n: 1000, says: true, setup: begins, unit: func(p *peer, i int) {
			if i == 100 {
				ok(p.t, p.c.GoAway(frame.MaxStreamID, frame.NoError, nil))
			}
			single(p, i)
		}, after: stays},
		{n: 500, pace: 40e6, unit: func(p *peer, i int) { // the peer resets
			id := p.message(i, false)
			send(p, id)
			p.b = frame.AppendRSTStream(p.b, id, frame.Cancel)
		}, after: stays},
		{n: 500, pace: 40e6, unit: func(p *peer, i int) { send(p, p.message(i, false)) }, after: func(p *peer, i int) { // we reset
			ok(p.t, p.c.Reset(nth(i), frame.NoError))
			send(p, nth(i)) // under way
			stays(p, i)
		}, says: true},
	}
	return both(a)
}

// auditCredits: the octets that came are held by the streams, or were given
// back, or wait to be given back; nothing is lost and nothing is made.
func auditCredits(t *testing.T, c *Conn) {
	t.Helper()
	held := int64(0)
	for _, s := range c.streams {
		held += s.recv.held
		if n := s.recv.size(); n != int64(c.own.InitialWindowSize) {
			t.Errorf("stream %d: the window has become %d, it was %d", s.id, n, c.own.InitialWindowSize)
		}
	}
	if c.recvWindow.size() != defaultWindow || c.recvWindow.held != held {
		t.Errorf("the connection's window has become %d and %d octets are held, the streams hold %d",
			c.recvWindow.size(), c.recvWindow.held, held)
	}
}
