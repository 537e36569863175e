package conn

import (
	"testing"

	"framewise/core/frame"
)

func ackFloods() []attack {
	ping := func(p *peer, i int) { p.raw(frame.Ping, 0, 0, make([]byte, 8)...) }
	settings := func(p *peer, i int) { p.raw(frame.Settings, 0, 0) }
	return both(
		attack{name: "PING, answers not read", limit: "UnsentAcks", ref: "CVE-2019-9512", at: 1001, want: calm, unread: true,
			unit: ping, twins: []twin{{n: 12_000, unit: ping}}},
		attack{name: "SETTINGS, answers not read", limit: "UnsentAcks", ref: "CVE-2019-9515", at: 1001, want: calm, unread: true,
			unit: settings, twins: []twin{{n: 12_000, unit: settings}}},
	)
}

func settingsEntries() []attack {
	entries := func(n int) func(p *peer, i int) {
		return func(p *peer, i int) { p.raw(frame.Settings, 0, 0, make([]byte, 6*n)...) }
	}
	a := attack{limit: "MaxSettings", ref: "CVE-2020-11080", at: 1, want: calm, twins: []twin{{unit: entries(32)}}}
	least, most := a, a
	least.name, least.unit = "33 entries", entries(33)
	most.name, most.unit = "2,700 entries", entries(2700)
	return both(least, most)
}

func settingFlips() []attack {
	flip := func(id byte, n int) func(p *peer, i int) {
		return func(p *peer, i int) {
			var b []byte
			for k := range n {
				b = append(b, 0, id, 0, 0, 0x10, byte(i+k))
			}
			p.raw(frame.Settings, 0, 0, b...)
		}
	}
	small := func(t *testing.T, p *peer) {
		if n := p.c.enc.TableSize(); n > 4096 {
			t.Errorf("our encoder's table has %d octets", n)
		}
	}
	huge := func(p *peer, i int) { p.raw(frame.Settings, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff) }
	a := attack{limit: "SettingFlips", ref: "CVE-2019-9515", at: 51, want: calm, check: small}
	window, table, packed, grown := a, a, a, a
	window.name, window.unit, window.twins = "INITIAL_WINDOW_SIZE", flip(4, 1), []twin{{n: 2000, pace: 25e6, unit: flip(4, 1)}}
	table.name, table.unit, table.twins = "HEADER_TABLE_SIZE", flip(1, 1), []twin{{n: 2000, pace: 25e6, unit: flip(1, 1)}}
	packed.name, packed.unit, packed.at = "INITIAL_WINDOW_SIZE, 10 times in a frame", flip(4, 10), 6
	packed.twins = []twin{{n: 200, pace: 250e6, unit: flip(4, 10)}}
	grown.name, grown.unit, grown.twins = "HEADER_TABLE_SIZE of 2^31-1", huge, []twin{{n: 2000, pace: 25e6, unit: huge}}
	return both(window, table, packed, grown)
}

// answering has our side answer stream 1 with octets that wait.
func answering(n int) func(p *peer) {
	return func(p *peer) {
		if p.c.cfg.Role == Client {
			id, err := p.c.Open(post("/"), HeaderOptions{})
			ok(p.t, err)
			ok(p.t, p.c.Data(id, make([]byte, n), true))
			return
		}
		ok(p.t, p.c.Headers(1, status("200"), HeaderOptions{}))
		ok(p.t, p.c.Data(1, make([]byte, n), true))
	}
}

// asks makes the request that answering answers.
func asks(p *peer) {
	if p.c.cfg.Role == Server {
		p.get(1, true)
	}
}

func slowReads() []attack {
	second := func(n int, unit func(p *peer, i int)) twin {
		return twin{n: n, pace: 1e9, lazy: true, unit: func(p *peer, i int) {
			if i == 0 {
				asks(p)
				return
			}
			if i == 1 {
				answering(100_000)(p)
			}
			unit(p, i)
		}}
	}
	return append(both(
		attack{name: "windows stay shut, a second a unit", limit: "StallTimeout", ref: "CVE-2019-9517", tick: 1e9, at: 30,
			want: "RST_STREAM 1 CANCEL", setup: asks, hold: answering(100_000),
			twins: []twin{second(200, func(p *peer, i int) { // they open a little each 29 s
				if i%29 == 0 {
					p.b = frame.AppendWindowUpdate(p.b, 1, 1)
					p.b = frame.AppendWindowUpdate(p.b, 0, 1)
				}
			}), {n: 300, pace: 1e9, lazy: true, setup: asks, unit: func(p *peer, i int) { // news each 29 s, the window late by one
				if i == 0 && p.c.cfg.Role == Server {
					ok(p.t, p.c.Headers(1, status("200"), HeaderOptions{}))
				} else if i == 0 {
					_, err := p.c.Open(post("/"), HeaderOptions{})
					ok(p.t, err)
				}
				if i%29 == 0 {
					ok(p.t, p.c.Data(1, make([]byte, 40_000), false))
				}
				if i%29 == 1 {
					p.b = frame.AppendWindowUpdate(p.b, 1, 40_000)
					p.b = frame.AppendWindowUpdate(p.b, 0, 40_000)
				}
			}}}},
		attack{name: "windows open, the transport does not read", limit: "StallTimeout", ref: "CVE-2019-9517", tick: 1e9, at: 30,
			want: "RST_STREAM 1 CANCEL", unread: true, setup: func(p *peer) {
				asks(p)
				p.b = frame.AppendWindowUpdate(p.b, 0, 1<<20)
			}, unit: func(p *peer, i int) {
				if i == 0 {
					answering(1000)(p)
				}
			},
			twins: []twin{second(60, func(p *peer, i int) {
				p.b = frame.AppendWindowUpdate(p.b, 1, 5000)
				p.b = frame.AppendWindowUpdate(p.b, 0, 5000)
			})}},
		attack{name: "dribble: window of 1, opened by 1, unread", limit: "WindowUpdates", ref: "CVE-2019-9511", at: 28, want: calm,
			unread: true, setup: func(p *peer) {
				p.raw(frame.Settings, 0, 0, 0, 4, 0, 0, 0, 1)
				asks(p)
			}, hold: answering(100_000),
			unit: func(p *peer, i int) { p.b = frame.AppendWindowUpdate(p.b, 1, 1) },
			twins: []twin{second(1000, func(p *peer, i int) { // read one by one it costs as much as it costs the peer
				p.b = frame.AppendWindowUpdate(p.b, 1, 1)
				p.b = frame.AppendWindowUpdate(p.b, 0, 1)
			})}},
	), attack{name: "refusals of promises, unread", role: Client, limit: "ForcedFrames", ref: "CVE-2019-9511", at: 5001, want: "…, " + calm,
		unread: true, cfg: func(c *Config) { c.Limits.Resets = 1 << 20 }, setup: begins,
		hold: func(p *peer) { ok(p.t, p.c.GoAway(0, frame.NoError, nil)) },
		unit: func(p *peer, i int) { p.promise(i) },
		twins: []twin{{n: 12_000, says: true, setup: begins, unit: func(p *peer, i int) {
			if i == 0 {
				ok(p.t, p.c.GoAway(0, frame.NoError, nil))
			}
			p.promise(i)
		}}}}, attack{name: "idle, a second a unit", role: Server, limit: "IdleTimeout", ref: "RFC 9113 6.8", tick: 1e9, at: 60,
		want: "GOAWAY NO_ERROR", twins: []twin{{n: 100, pace: 59e9, unit: exchange}}},
		attack{name: "idle and full of PING", role: Server, limit: "IdleTimeout", ref: "RFC 9113 6.8", tick: 1e9, at: 60,
			want: "GOAWAY NO_ERROR", unit: func(p *peer, i int) { p.raw(frame.Ping, 0, 0, make([]byte, 8)...) },
			twins: []twin{{n: 200, pace: 1e9, lazy: true, setup: func(p *peer) { p.get(1, false) }}}}) // a stream is open
}

func tinyFrames() []attack {
	fill := func(flags frame.Flags, payload ...byte) func(p *peer, i int) {
		return func(p *peer, i int) { p.raw(frame.Data, flags, 1, payload...) }
	}
	padded := append([]byte{255}, make([]byte, 255)...)
	empty := attack{limit: "EmptyData", ref: "CVE-2019-9518", at: 101, want: calm, setup: begins}
	none, padding := empty, empty
	none.name, none.unit = "empty DATA", fill(0)
	none.twins = []twin{{n: 2000, pace: 11e6, setup: begins, unit: fill(0)},
		{unit: func(p *peer, i int) { p.end(p.message(i, false)) }}} // one empty frame that ends each stream
	padding.name, padding.unit = "DATA of padding only", fill(frame.FlagPadded, padded...)
	padding.twins = []twin{{n: 2000, pace: 11e6, setup: begins, unit: fill(frame.FlagPadded, padded...)}}

	tiny := attack{limit: "TinyData", ref: "CVE-2019-9518", at: 101, want: calm, setup: begins}
	one, coat := tiny, tiny
	one.name, one.unit = "DATA of 1 octet, not consumed", fill(0, 'x')
	one.twins = []twin{
		{n: 2000, setup: begins, unit: fill(0, []byte("a short message")...)},    // somebody listens
		{n: 2000, pace: 100e6, lazy: true, setup: begins, unit: fill(0, 'x')},    // nobody does, in no hurry
		{n: 200, lazy: true, setup: begins, unit: fill(0, make([]byte, 256)...)}, // frames that are not tiny
		{n: 60, lazy: true, setup: begins, unit: fill(0, make([]byte, 200)...)},  // a few that are
	}
	coat.name, coat.unit = "DATA of 1 octet and 255 of padding", fill(frame.FlagPadded, append(padded, 'x')...)
	coat.twins = []twin{{n: 2000, setup: begins, unit: fill(frame.FlagPadded, append(padded, 'x')...)}}
	out := both(none, padding, one, coat)

	// What our own small window forces is free, and so is a tunnel.
	narrow := attack{name: "DATA of 1 octet below a window of 9", role: Server, limit: "TinyData", ref: "CVE-2019-9518", want: calm, setup: begins,
		cfg: func(c *Config) {
			c.Settings = []frame.Setting{{ID: frame.InitialWindowSize, Value: 9}}
			c.Limits.MaxConcurrent = 2000
		}, at: 101,
		unit: func(p *peer, i int) { p.raw(frame.Data, 0, p.message(i+1, false), 'x') },
		twins: []twin{{lazy: true, unit: func(p *peer, i int) { // nobody reads, but the window took no more
			p.raw(frame.Data, 0, p.message(i, false), make([]byte, 9)...)
		}}}}
	tunnel := func(p *peer) { p.headers(1, false, ":method", "CONNECT", ":authority", "a:1") }
	connect := attack{name: "DATA of 1 octet beside a tunnel", role: Server, limit: "TinyData", ref: "CVE-2019-9518", at: 101, want: calm,
		setup: func(p *peer) { tunnel(p); p.get(3, false) },
		unit:  func(p *peer, i int) { p.raw(frame.Data, 0, 1, 'x'); p.raw(frame.Data, 0, 3, 'x') },
		twins: []twin{{n: 2000, lazy: true, setup: tunnel, unit: fill(0, 'x')}}}
	return append(out, narrow, connect)
}

func windowDrip() []attack {
	drip := attack{limit: "WindowUpdates", ref: "CVE-2019-9511", at: 8, want: calm, setup: begins}
	whole, single := drip, drip
	honest := []twin{{n: 2000, unit: func(p *peer, i int) {
		id := p.message(i, false)
		p.b = frame.AppendWindowUpdate(p.b, id, 1000)
		p.b = frame.AppendWindowUpdate(p.b, 0, 1000)
		p.end(id)
	}}}
	whole.name, whole.unit, whole.twins = "of the connection", func(p *peer, i int) { p.b = frame.AppendWindowUpdate(p.b, 0, 1) }, honest
	single.name, single.unit, single.twins = "of a stream", func(p *peer, i int) { p.b = frame.AppendWindowUpdate(p.b, 1, 1) }, honest
	out := both(whole, single)
	gone := drip
	gone.name, gone.role = "of a stream that is closed", Server
	gone.setup = func(p *peer) { p.get(1, false); p.b = frame.AppendRSTStream(p.b, 1, frame.Cancel) }
	gone.unit, gone.twins = single.unit, honest
	return append(out, gone)
}

func windowOverflow() []attack {
	raise := func(id uint32, n uint32) func(p *peer, i int) {
		return func(p *peer, i int) { p.b = frame.AppendWindowUpdate(p.b, id, n) }
	}
	once := func(f func(p *peer, i int)) []twin {
		return []twin{{n: 1, lazy: true, setup: begins, unit: f}}
	}
	freed := func(t *testing.T, p *peer) {
		for id, s := range p.c.streams {
			if s.queue != nil || s.queued != 0 || s.trailers != nil {
				t.Errorf("stream %d still holds what was to be sent", id)
			}
		}
		if p.c.ready.sched != nil || p.c.ready.byRef != nil {
			t.Error("the scheduler is kept")
		}
	}
	whole := attack{name: "of the connection", at: 2, want: flow, setup: asks, hold: answering(200_000),
		unit: raise(0, frame.MaxWindow), twins: once(raise(0, frame.MaxWindow-defaultWindow)), check: freed}
	single := attack{name: "of a stream", at: 2, want: "RST_STREAM 1 FLOW_CONTROL_ERROR", setup: asks, hold: answering(200_000),
		unit: raise(1, frame.MaxWindow), twins: once(raise(1, frame.MaxWindow-defaultWindow)),
		check: func(t *testing.T, p *peer) {
			if s := p.c.streams[1]; s != nil {
				t.Error("the stream is kept")
			}
		}}
	lift := func(v ...byte) func(p *peer, i int) {
		return func(p *peer, i int) { p.raw(frame.Settings, 0, 0, append([]byte{0, 4}, v...)...) }
	}
	initial := attack{name: "by INITIAL_WINDOW_SIZE", at: 1, want: flow,
		setup: func(p *peer) { begins(p); p.b = frame.AppendWindowUpdate(p.b, 1, frame.MaxWindow-defaultWindow) },
		unit:  lift(0x7f, 0xff, 0xff, 0xff), check: freed,
		twins: once(lift(0x7f, 0xff, 0xff, 0xff))}
	return both(whole, single, initial)
}

// afterGoAway: what comes behind a connection error is dropped, and the
// transport hears after a second that it is enough.
func afterGoAway() []attack {
	return both(attack{name: "all kinds of frames, 100 ms a unit", tick: 100e6, at: 10, want: "cut",
		setup: func(p *peer) { p.raw(frame.Ping, 0, 0, 1) }, // a PING of one octet
		unit: func(p *peer, i int) {
			p.raw(frame.Ping, 0, 0, make([]byte, 8)...)
			p.raw(frame.Settings, 0, 0)
			p.message(i, false)
			p.raw(frame.Data, 0, nth(i), make([]byte, 1000)...)
		},
		check: func(t *testing.T, p *peer) {
			if p.c.Streams() != 0 || p.c.LastStreamID() != 0 || p.c.recvWindow.left != defaultWindow || p.c.Pending() != 0 {
				t.Errorf("something was taken: %d streams, the last is %d", p.c.Streams(), p.c.LastStreamID())
			}
		},
		twins: []twin{{n: 100, pace: 100e6, says: true, setup: begins, unit: func(p *peer, i int) { // GOAWAY without an error: the stream goes on
			if i == 0 {
				ok(p.t, p.c.GoAway(frame.MaxStreamID, frame.NoError, nil))
			}
			p.raw(frame.Data, 0, 1, make([]byte, 1000)...)
		}}}})
}
