package inspect

import (
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// original is a record as a program in the tab leaves it.
func original() []trace.Entry {
	r := newRecord(trace.VantageBoth).open()
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 2, Line: 3, Col: 5, Call: "request"})
	r.add(&trace.Console{At: 10, Level: "log", Text: "hello"})
	r.add(&trace.Fault{Conn: 1, At: 11, Kind: "drop", Text: "a frame was dropped"})
	r.at(20).c2s(request(1, "/a", true))
	r.at(30).s2c(response(1, false), data(1, 10, true))
	r.add(&trace.Note{At: 40, Text: "by a person"})
	r.add(&trace.Close{Conn: 1, At: 50 * ms, By: "client"})
	return r.entries
}

// find is the nth entry of a kind, as a copy that stands in its place.
func find[T any](entries []trace.Entry, nth int) *T {
	for i, e := range entries {
		if p, ok := any(e).(*T); ok {
			if nth--; nth < 0 {
				c := *p
				entries[i] = any(&c).(trace.Entry)
				return &c
			}
		}
	}
	panic("there is no such entry")
}

// A record that was made again is the same but for what a person wrote.
func TestReproduceSame(t *testing.T) {
	for _, rec := range records {
		entries := makeRecord(rec.make)
		if v := Reproduce(feed(t, entries), feed(t, entries)); !v.Same || v.Ends || v.What != "" || v.A != -1 {
			t.Errorf("%s: %+v", rec.name, v)
		}
	}
	again := original()
	h := find[trace.Header](again, 0)
	h.Title, h.Engine = "another title", "another engine"
	again = append(again, &trace.Note{At: 1, Frame: 2, Text: "a bookmark"})
	v := Reproduce(feed(t, original()), feed(t, again))
	if !v.Same || v.Conns != 1 || v.Chunks != 6 || v.Causes != 1 || v.Console != 1 || v.Faults != 1 || v.Frames != 8 || v.Octets == 0 {
		t.Errorf("%+v", v)
	}
}

// Whatever is changed is found, at its place.
func TestReproduceFinds(t *testing.T) {
	chunk := func(nth int, change func(*trace.Chunk)) func([]trace.Entry) []trace.Entry {
		return func(e []trace.Entry) []trace.Entry { change(find[trace.Chunk](e, nth)); return e }
	}
	cut := func(n int) func([]trace.Entry) []trace.Entry {
		return func(e []trace.Entry) []trace.Entry { return e[:len(e)-n] }
	}
	for _, c := range []struct {
		name   string
		change func([]trace.Entry) []trace.Entry
		what   string
		dir    string
		octet  int64
		a, b   int
		text   string
	}{
		{"a field", chunk(4, func(c *trace.Chunk) { c.Octets = request(1, "/b", true) }), "octets", "c2s", 33 + 9 + 9 + 5, 5, 5,
			"octet 56 of the client on connection 1 is 0x61 and now 0x62. HEADERS of the client on stream 1: field 3 is :path: /a and :path: /b."},
		{"a setting", chunk(1, func(c *trace.Chunk) { c.Octets = settings(4, 100) }), "octets", "s2c", 2, 2, 2, "SETTINGS of the server on the connection: 0 octets and 6 octets."},
		{"content", chunk(5, func(c *trace.Chunk) {
			c.Octets = append(response(1, false), data(1, 10, true)...)
			c.Octets[len(c.Octets)-3]++
		}), "octets", "s2c", 18 + int64(len(response(1, false))) + 9 + 7, 7, 7,
			"DATA of the server on stream 1: octet 16 of the frame."},
		{"the preface", chunk(0, func(c *trace.Chunk) { c.Octets = append([]byte("pri"), c.Octets[3:]...) }), "octets", "c2s", 0, 0, 0, "is 0x50 and now 0x70"},
		{"a later time", chunk(5, func(c *trace.Chunk) { c.SentAt++; c.ReceivedAt++ }), "times", "s2c", 18, 6, 6, "sent after 30000000 ns and received after 35000000 ns, and now"},
		{"a later arrival", chunk(5, func(c *trace.Chunk) { c.ReceivedAt++ }), "times", "s2c", 18, 6, 6, "received after 35000001 ns"},
		{"what arrives", chunk(5, func(c *trace.Chunk) { c.Received = []byte{} }), "times", "s2c", 18, 6, 6, "other octets arrived"},
		{"a cause", func(e []trace.Entry) []trace.Entry { find[trace.Cause](e, 0).Line = 4; return e }, "cause", "c2s", -1, 5, 5,
			"request in line 3, column 5, and now request in line 4, column 5"},
		{"a line of the console", func(e []trace.Entry) []trace.Entry { find[trace.Console](e, 0).Text = "bye"; return e }, "console", "", -1, -1, -1, "console 1 is hello after 10 ns, and now bye"},
		{"a fault", func(e []trace.Entry) []trace.Entry { find[trace.Fault](e, 0).Text = "another"; return e }, "fault", "", -1, -1, -1, "and now another"},
		{"the end", func(e []trace.Entry) []trace.Entry { find[trace.Close](e, 0).By = "server"; return e }, "end", "", -1, -1, -1, "ends otherwise"},
		{"no end", cut(1), "end", "", -1, -1, -1, "ends otherwise"},
		{"a shorter run", cut(3), "octets", "s2c", 18, 6, -1, "and now nothing"},
		{"another end", func(e []trace.Entry) []trace.Entry { find[trace.Conn](e, 0).Via = "tcp"; return e }, "connection", "", -1, -1, -1, "between other ends"},
		{"another connection", func(e []trace.Entry) []trace.Entry { return append(e, &trace.Conn{ID: 2, At: 60}) }, "connection", "", -1, -1, -1, "only the new record has connection 2"},
	} {
		now := c.change(original())
		v := Reproduce(feed(t, original()), feed(t, now))
		if v.Same || v.What != c.what || v.Dir != c.dir || v.Octet != c.octet || v.A != c.a || v.B != c.b || !strings.Contains(v.Text, c.text) {
			t.Errorf("%s: %+v\nwant %s %s %d %d %d %q", c.name, v, c.what, c.dir, c.octet, c.a, c.b, c.text)
		}
		if back := Reproduce(feed(t, now), feed(t, original())); back.Same || back.A != c.b || back.B != c.a {
			t.Errorf("%s, the other way: %+v", c.name, back)
		}
	}
}

// The same octets in other pieces are not the same record.
func TestReproducePieces(t *testing.T) {
	again := original()
	c := find[trace.Chunk](again, 4)
	rest := *c
	c.Octets, rest.Octets = c.Octets[:5:5], c.Octets[5:]
	for i, e := range again {
		if e == trace.Entry(c) {
			again = append(again[:i+1], append([]trace.Entry{&rest}, again[i+1:]...)...)
			break
		}
	}
	if v := Reproduce(feed(t, original()), feed(t, again)); v.What != "pieces" || v.Octet != 42 || v.A != 5 || v.Ends {
		t.Errorf("%+v", v)
	}
}

// Of a record that is cut off, what is there is held against the new one.
func TestReproduceCutRecord(t *testing.T) {
	whole := original()
	for n := 3; n < len(whole); n++ { // behind the preface
		v := Reproduce(feed(t, whole[:n]), feed(t, whole))
		if v.Same || !v.Ends {
			if onlyNote := n == len(whole)-1; !onlyNote || !v.Same {
				t.Errorf("cut after entry %d: %+v", n, v)
			}
		}
		if v := Reproduce(feed(t, whole), feed(t, whole[:n])); v.Ends {
			t.Errorf("the run is cut after entry %d: %+v", n, v)
		}
	}
	other := original()
	find[trace.Chunk](other, 0).Octets = append([]byte(frame.Preface), settings(1, 2)...)
	if v := Reproduce(feed(t, whole[:6]), feed(t, other)); v.Ends {
		t.Errorf("a record that is cut off and differs before: %+v", v)
	}
}
