package conn

import (
	"fmt"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// attackRows is the table of limits: its rows, in its order, by its words.
func attackRows() []row {
	return []row{
		rowOf("rapid reset (CVE-2023-44487)", rapidReset()),
		rowOf("the peer makes us reset (CVE-2025-8671)", madeToReset()),
		rowOf("streams beyond the limit before our SETTINGS is acknowledged", tooManyStreams()),
		rowOf("CONTINUATION flood (CVE-2024-27316, CVE-2023-45288)", continuations()),
		rowOf("HPACK bomb (CVE-2016-6581), many tiny fields (CVE-2026-49975)", fieldBombs()),
		rowOf("blocks and bodies held outside the books (CVE-2026-56846)", ledger()),
		rowOf("PING and SETTINGS floods (CVE-2019-9512, -9515)", ackFloods()),
		rowOf("SETTINGS with thousands of entries (CVE-2020-11080)", settingsEntries()),
		rowOf("INITIAL_WINDOW_SIZE or HEADER_TABLE_SIZE flipped without end", settingFlips()),
		rowOf("data dribble, slow read (CVE-2019-9511, -9517)", slowReads()),
		rowOf("empty and tiny frames (CVE-2019-9518; 1-byte DATA)", tinyFrames()),
		rowOf("WINDOW_UPDATE drip", windowDrip()),
		rowOf("WINDOW_UPDATE overflow", windowOverflow()),
		rowOf("input after a fatal GOAWAY", afterGoAway()),
		rowOf("unknown types, ORIGIN, ALTSVC, PRIORITY_UPDATE floods", uselessFrames()),
		rowOf("PRIORITY churn, dependency cycles", priorityChurn()),
		rowOf("padding and refunds that drift", refunds()),
		rowOf("smuggling", smuggling()),
	}
}

func nth(i int) uint32 { return uint32(2*i + 1) }

func promised(i int) uint32 { return uint32(2*i + 2) }

// head is the head of the peer's i-th message and its stream: a request, or a
// response to a request that our side makes for it.
func (p *peer) head(i int) (uint32, []hpack.Field) {
	if p.c.cfg.Role == Server {
		return nth(i), get("/")
	}
	id, err := p.c.Open(get("/"), HeaderOptions{End: true})
	if err != nil { // the connection has ended
		id = nth(i)
	}
	return id, status("200")
}

// message sends the head of the peer's i-th message, with more fields.
func (p *peer) message(i int, end bool, more ...string) uint32 {
	id, f := p.head(i)
	for k := 0; k < len(more); k += 2 {
		f = append(f, hpack.Field{Name: more[k], Value: more[k+1]})
	}
	p.section(id, f, end)
	return id
}

// section sends a field section, in as many frames as it needs.
func (p *peer) section(id uint32, f []hpack.Field, end bool) {
	block := p.enc.AppendBlock(nil, f)
	first := block[:min(16000, len(block))]
	p.b = frame.AppendHeaders(p.b, id, first, end, len(first) == len(block), nil, frame.NoPadding)
	p.goOn(id, block[len(first):])
}

// goOn sends the rest of a field block.
func (p *peer) goOn(id uint32, block []byte) {
	for n := 0; len(block) > 0; block = block[n:] {
		n = min(16000, len(block))
		p.b = frame.AppendContinuation(p.b, id, block[:n], n == len(block))
	}
}

// begins has the peer's first message begun on stream 1.
func begins(p *peer) { p.message(0, false) }

// exchange is an honest message that ends.
func exchange(p *peer, i int) { p.message(i, true) }

func (p *peer) end(id uint32) { p.raw(frame.Data, frame.FlagEndStream, id) }

// promise promises the i-th stream on stream 1.
func (p *peer) promise(i int, more ...hpack.Field) uint32 {
	block := p.enc.AppendBlock(nil, append(get("/pushed"), more...))
	first := block[:min(16000, len(block))]
	p.b = frame.AppendPushPromise(p.b, 1, promised(i), first, len(first) == len(block), frame.NoPadding)
	p.goOn(1, block[len(first):])
	return promised(i)
}

func rapidReset() []attack {
	cancel := func(p *peer, i int) { p.b = frame.AppendRSTStream(p.b, p.message(i, false), frame.Cancel) }
	pushed := func(p *peer, i int) { p.b = frame.AppendRSTStream(p.b, p.promise(i), frame.Cancel) }
	a := attack{limit: "Resets", ref: "CVE-2023-44487", at: 1001, want: calm}
	server, client := a, a
	server.name, server.role = "requests, reset at once", Server
	server.unit, server.twins = cancel, []twin{
		{n: 2000, pace: 40e6, unit: cancel},
		{n: 1000, unit: cancel}, // a page that is left: all at once
	}
	server.check = func(t *testing.T, p *peer) {
		if p.c.activeRemote > 1 { // the one whose reset was too much
			t.Errorf("%d streams count as open", p.c.activeRemote)
		}
	}
	client.name, client.role = "promises, reset at once", Client
	client.setup, client.unit = begins, pushed
	client.twins = []twin{{n: 2000, pace: 40e6, setup: begins, unit: pushed}}
	return []attack{server, client}
}

// madeToReset are rules broken on a stream of its own each time.
func madeToReset() []attack {
	var out []attack
	add := func(role Role, name string, code frame.ErrCode, bad, good func(p *peer, id uint32)) {
		out = append(out, attack{name: name, role: role, limit: "Resets", ref: "CVE-2025-8671", at: 1001,
			want: fmt.Sprintf("RST_STREAM 2001 %v, %s", code, calm),
			unit: func(p *peer, i int) { bad(p, p.message(i, false)) },
			twins: []twin{{n: 2000, unit: func(p *peer, i int) {
				id := p.message(i, false)
				good(p, id)
				p.end(id)
			}}}})
	}
	nothing := func(*peer, uint32) {}
	for _, role := range []Role{Server, Client} {
		add(role, "WINDOW_UPDATE of 0", frame.ProtocolError,
			func(p *peer, id uint32) { p.raw(frame.WindowUpdate, 0, id, 0, 0, 0, 0) },
			func(p *peer, id uint32) { p.raw(frame.WindowUpdate, 0, id, 0, 0, 0, 1) })
		add(role, "WINDOW_UPDATE beyond 2^31-1", frame.FlowControlError,
			func(p *peer, id uint32) { p.b = frame.AppendWindowUpdate(p.b, id, frame.MaxWindow) },
			func(p *peer, id uint32) { p.b = frame.AppendWindowUpdate(p.b, id, frame.MaxWindow-defaultWindow) })
		add(role, "PRIORITY of 6 octets", frame.FrameSizeError,
			func(p *peer, id uint32) { p.raw(frame.Priority, 0, id, make([]byte, 6)...) },
			func(p *peer, id uint32) { p.raw(frame.Priority, 0, id, make([]byte, 5)...) })
		add(role, "PRIORITY on itself", frame.ProtocolError,
			func(p *peer, id uint32) { p.b = frame.AppendPriority(p.b, id, frame.PriorityParam{StreamDep: id}) },
			func(p *peer, id uint32) { p.b = frame.AppendPriority(p.b, id, frame.PriorityParam{StreamDep: id + 2}) })
		add(role, "a trailer section that is malformed", frame.ProtocolError,
			func(p *peer, id uint32) { p.headers(id, true, "a", "b", ":late", "x") }, nothing)
	}
	add(Server, "DATA behind END_STREAM", frame.StreamClosed,
		func(p *peer, id uint32) { p.end(id); p.raw(frame.Data, 0, id, 'x') }, nothing)
	add(Server, "HEADERS behind END_STREAM", frame.StreamClosed,
		func(p *peer, id uint32) { p.end(id); p.headers(id, true, "a", "b") }, nothing)
	closedWhole := func(name string, late func(p *peer)) attack {
		return attack{name: name, role: Client, at: 1, want: closed, setup: func(p *peer) { p.message(0, true) },
			unit: func(p *peer, i int) { late(p) }, twins: []twin{{unit: exchange}}}
	}
	return append(out,
		closedWhole("DATA behind both ends", func(p *peer) { p.raw(frame.Data, 0, 1, 'x') }),
		closedWhole("HEADERS behind both ends", func(p *peer) { p.headers(1, true, ":status", "200") }))
}

func tooManyStreams() []attack {
	streams := attack{name: "requests", role: Server, noAck: true, limit: "MaxConcurrent", ref: "RFC 9113 5.1.2", at: 101,
		cfg:  func(c *Config) { c.Settings = []frame.Setting{{ID: frame.MaxConcurrentStreams, Value: 100}} },
		want: "RST_STREAM 201 REFUSED_STREAM", unit: exchange,
		check: func(t *testing.T, p *peer) {
			if p.c.activeRemote > 100 {
				t.Errorf("%d streams are open", p.c.activeRemote)
			}
		},
		twins: []twin{{n: 2000, unit: exchange}, {n: 100, lazy: true, unit: exchange}}}
	promises := attack{name: "promises", role: Client, noAck: true, limit: "MaxReserved", ref: "RFC 9113 8.4", at: 201,
		want: "RST_STREAM 402 REFUSED_STREAM", setup: begins, unit: func(p *peer, i int) { p.promise(i) },
		twins: []twin{{n: 2000, setup: begins, unit: func(p *peer, i int) { p.headers(p.promise(i), true, ":status", "200") }},
			{n: 200, setup: begins, unit: func(p *peer, i int) { p.promise(i) }}}}
	pushes := attack{name: "pushed responses", role: Client, noAck: true, limit: "MaxConcurrent", ref: "RFC 9113 5.1.2", at: 101,
		want: "RST_STREAM 202 REFUSED_STREAM", setup: begins,
		unit: func(p *peer, i int) { p.headers(p.promise(i), false, ":status", "200") },
		twins: []twin{{n: 2000, setup: begins, unit: func(p *peer, i int) {
			id := p.promise(i)
			p.headers(id, false, ":status", "200")
			p.end(id)
		}}}}
	late := both(attack{name: "SETTINGS never acknowledged, a second a unit", noAck: true, tick: 1e9, limit: "SettingsTimeout",
		ref: "RFC 9113 6.5.3", at: 10, want: "GOAWAY SETTINGS_TIMEOUT",
		twins: []twin{{n: 30, pace: 1e9, unit: func(p *peer, i int) {
			if i == 8 {
				p.b = frame.AppendSettingsAck(p.b)
			}
		}}}})
	return append([]attack{streams, promises, pushes}, late...)
}

// begun begins a field block on stream 1, or on the stream that is promised.
func begun(push bool) func(p *peer) {
	return func(p *peer) {
		if push {
			begins(p)
			p.raw(frame.PushPromise, 0, 1, 0, 0, 0, 2, 0x82)
			return
		}
		id, f := p.head(0)
		p.b = frame.AppendHeaders(p.b, id, p.enc.AppendBlock(nil, f[:1]), true, false, nil, frame.NoPadding)
	}
}

// split sends the peer's i-th message in a block of n CONTINUATIONs.
func split(p *peer, i, n int) {
	id, f := p.head(i)
	block := p.enc.AppendBlock(nil, append(f, hpack.Field{Name: "n", Value: fmt.Sprintf("%0100d", i)}))
	p.b = frame.AppendHeaders(p.b, id, block[:1], true, false, nil, frame.NoPadding)
	for k := 1; k < n; k++ {
		p.b = frame.AppendContinuation(p.b, id, block[k:k+1], false)
	}
	p.b = frame.AppendContinuation(p.b, id, block[n:], true)
}

func continuations() []attack {
	var out []attack
	for _, x := range []struct {
		role Role
		push bool
		of   string
	}{{Server, false, ""}, {Client, false, ""}, {Client, true, " of a promise"}} {
		id := uint32(1)
		more := func(n int) func(p *peer, i int) {
			return func(p *peer, i int) { p.raw(frame.Continuation, 0, id, []byte(strings.Repeat("\x90", n))...) }
		}
		out = append(out,
			attack{name: "CONTINUATIONs" + x.of, role: x.role, limit: "MaxContinuations", ref: "CVE-2024-27316", at: 9, want: calm,
				setup: begun(x.push), unit: more(1), twins: []twin{{unit: func(p *peer, i int) { split(p, i, 8) }}}},
			attack{name: "octets of the block" + x.of, role: x.role, limit: "MaxBlock", ref: "CVE-2024-27316", at: 4, want: calm,
				setup: begun(x.push), unit: more(16384), twins: []twin{{n: 70, unit: func(p *peer, i int) {
					p.message(i, true, "n", strings.Repeat("\xff", 61_000)) // nothing that Huffman makes shorter
				}}}},
			attack{name: "an empty one that is not the last" + x.of, role: x.role, limit: "EmptyContinuations", ref: "CVE-2024-27316", at: 1,
				want: calm, setup: begun(x.push), unit: more(0),
				twins: []twin{{unit: func(p *peer, i int) { // an empty one that is the last
					id, f := p.head(i)
					p.b = frame.AppendHeaders(p.b, id, p.enc.AppendBlock(nil, f), true, false, nil, frame.NoPadding)
					p.b = frame.AppendContinuation(p.b, id, nil, true)
				}}}})
	}
	return out
}

// blown sends the peer's i-th message with octets behind its field block.
func blown(p *peer, i int, more hpack.Field, octets string) {
	id, f := p.head(i)
	if more.Name != "" {
		f = append(f, more)
	}
	p.b = frame.AppendHeaders(p.b, id, append(p.enc.AppendBlock(nil, f), octets...), true, true, nil, frame.NoPadding)
}

func fieldBombs() []attack {
	entry := hpack.Field{Name: "a", Value: strings.Repeat("x", 3900)}
	reset := "RST_STREAM 1 ENHANCE_YOUR_CALM"
	crumb := "\x0f\x11\x03a=b" // cookie: a=b, without indexing
	bomb := func(name string, limit LimitName, ref string, bad, good func(p *peer, i int)) attack {
		return attack{name: name, limit: limit, ref: ref, at: 1, want: reset, unit: bad, twins: []twin{{unit: good}}}
	}
	return both(
		bomb("one octet for 3,900, 100 times", "MaxFieldList", "CVE-2016-6581",
			func(p *peer, i int) { blown(p, i, entry, strings.Repeat("\xbe", 100)) },
			func(p *peer, i int) { blown(p, i, entry, strings.Repeat("\xbe", 14)) }),
		bomb("one field of 70,000", "MaxFieldList", "CVE-2016-6581",
			func(p *peer, i int) {
				p.message(i, true, "a", strings.Repeat("0", 70_000))
			},
			func(p *peer, i int) { p.message(i, true, "a", strings.Repeat("0", 20_000)) }),
		bomb("300 fields of an octet each", "MaxFields", "CVE-2026-49975",
			func(p *peer, i int) { blown(p, i, hpack.Field{}, strings.Repeat("\x90", 300)) },
			func(p *peer, i int) { blown(p, i, hpack.Field{}, strings.Repeat("\x90", 250)) }),
		bomb("300 crumbs of a cookie", "MaxFields", "CVE-2026-49975",
			func(p *peer, i int) { blown(p, i, hpack.Field{}, strings.Repeat(crumb, 300)) },
			func(p *peer, i int) { blown(p, i, hpack.Field{}, strings.Repeat(crumb, 250)) }),
	)
}

func ledger() []attack {
	large := func(i int) string { return fmt.Sprintf("%015000d", i) }
	a := attack{limit: "Ledger", ref: "CVE-2026-56846", want: calm}
	requests, early, promises := a, a, a
	requests.name, requests.role, requests.at = "requests that stay open, 60,000 octets each", Server, 70
	requests.unit = func(p *peer, i int) { p.message(i, false, "a", large(i), "b", large(i), "c", large(i), "d", large(i)) }
	requests.twins = []twin{{n: 100, unit: func(p *peer, i int) {
		p.message(i, true, "a", large(i), "b", large(i), "c", large(i), "d", large(i))
	}}}
	early.name, early.role, early.at = "1xx responses without end", Client, 4194304/(7+3+32+1+15000+32)+1
	early.setup = func(p *peer) { p.head(0) }
	early.unit = func(p *peer, i int) { p.headers(1, false, ":status", "103", "a", large(i)) }
	early.twins = []twin{{n: 500, unit: func(p *peer, i int) {
		id, _ := p.head(i)
		for range 5 {
			p.headers(id, false, ":status", "103", "link", "</a.css>; rel=preload")
		}
		p.headers(id, true, ":status", "200")
	}}}
	promises.name, promises.role, promises.at = "promises, 60,000 octets each", Client, 70
	promises.setup = begins
	promises.unit = func(p *peer, i int) {
		f := func(n string) hpack.Field { return hpack.Field{Name: n, Value: large(i)} }
		p.promise(i, f("a"), f("b"), f("c"), f("d"))
	}
	promises.twins = []twin{{n: 100, setup: begins, unit: func(p *peer, i int) {
		p.headers(p.promise(i, hpack.Field{Name: "a", Value: large(i)}), true, ":status", "200")
	}}}
	bodies := both(attack{name: "DATA beyond the connection's window", at: 4, want: flow, setup: begins,
		unit:  func(p *peer, i int) { p.raw(frame.Data, 0, 1, make([]byte, 16384)...) },
		twins: []twin{{setup: begins, unit: func(p *peer, i int) { p.raw(frame.Data, 0, 1, make([]byte, 16384)...) }}}})
	return append([]attack{requests, early, promises}, bodies...)
}
