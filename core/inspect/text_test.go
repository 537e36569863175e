package inspect

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// The JSON lines of a record are golden; those of every record are JSON with
// the documented keys in the documented order.
func TestJSONLines(t *testing.T) {
	keys := []string{"frame", "kind", "conn", "dir", "sent", "recv", "type", "flags", "stream", "length", "text",
		"promised", "payload", "entries", "fields", "effects", "why", "problems"}
	for _, rec := range records {
		a := feed(t, makeRecord(rec.make))
		var lines []byte
		for i := range a.Summary().Frames {
			d, err := a.Detail(i)
			if err != nil {
				t.Fatal(err)
			}
			line := AppendJSON(nil, d)
			lines = append(lines, line...)
			dec := json.NewDecoder(strings.NewReader(string(line)))
			if _, err := dec.Token(); err != nil {
				t.Fatalf("%s, frame %d: %v", rec.name, i, err)
			}
			for k := 0; dec.More(); k++ {
				name, err := dec.Token()
				if err != nil {
					t.Fatalf("%s, frame %d: %v in %s", rec.name, i, err, line)
				}
				for k < len(keys) && keys[k] != name {
					k++
				}
				if k == len(keys) {
					t.Fatalf("%s, frame %d: key %v is not documented or out of order: %s", rec.name, i, name, line)
				}
				var v any
				if err := dec.Decode(&v); err != nil {
					t.Fatalf("%s, frame %d, %v: %v", rec.name, i, name, err)
				}
			}
			if !strings.HasSuffix(string(line), "}\n") || strings.Count(string(line), "\n") != 1 {
				t.Errorf("%s, frame %d is not one line: %q", rec.name, i, line)
			}
		}
		if rec.name == "push" || rec.name == "settings" {
			golden(t, rec.name+".jsonl", lines)
		}
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		row   view.Row
		conns bool
		want  string
	}{
		{view.Row{Index: 6, Kind: "frame", Conn: 2, Dir: "c2s", SentAt: 11_020_000, Type: "HEADERS", Stream: 1, Text: "GET / · END_STREAM"}, false,
			"    7      11.020 → HEADERS       1   GET / · END_STREAM\n"},
		{view.Row{Index: 99999, Kind: "frame", Conn: 2, Dir: "s2c", Type: "DATA", Stream: 12345, Text: "9 B", Error: "STREAM_CLOSED"}, true,
			"100000       0.000 #2 ← DATA          12345 9 B  ! STREAM_CLOSED\n"},
		{view.Row{Kind: "garbage", Dir: "s2c", Text: `"HTTP/1.1 400"`}, false, "    1       0.000 ← garbage       -   \"HTTP/1.1 400\"\n"},
	} {
		if got := string(AppendLine([]byte("x"), c.row, c.conns)); got != "x"+c.want {
			t.Errorf("\n got %q\nwant %q", got, "x"+c.want)
		}
	}
}

func TestWhy(t *testing.T) {
	r := newRecord(trace.VantageBoth).open()
	// causes in any order, also after their frames and for frames that never come
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 9, Line: 99})
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: math.MaxUint32, Line: 98})
	r.c2s(request(1, "/", true), request(3, "/", true), frame.AppendPing(nil, [8]byte{7}, false))
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 3, Line: 5})
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 2, Line: 4, Call: "request"})
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 1, Rule: "settings-ack"})
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 0, Rule: "a rule of tomorrow"})
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 4, Call: "ping"})
	r.at(20).s2c(frame.AppendPing(nil, [8]byte{7}, true), frame.AppendPing(nil, [8]byte{8}, true))
	a := feed(t, r.entries)
	var got []string
	for i := range a.Summary().Frames {
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %d %s", i+1, d.Row.Line, d.Why.Text))
		if d.Row.Line != d.Why.Line {
			t.Errorf("row %d names line %d, the detail %d", i, d.Row.Line, d.Why.Line)
		}
	}
	want := []string{
		"1 0 Every client begins with these 24 octets, so that a server that does not know HTTP/2 fails at once.",
		"2 0 A rule of the protocol: a rule of tomorrow.",
		"3 0 Not known: the record does not say why the server sent it.",
		"4 0 Every SETTINGS frame is acknowledged as soon as its values are in force. It acknowledges frame 3.",
		"5 0 Not known: the record does not say why the server sent it. It acknowledges frame 2.",
		"6 4 Line 4 called request.",
		"7 5 Line 5 of the program.",
		"8 0 The program called ping.",
		"9 0 Not known: the record does not say why the server sent it. It answers frame 8.",
		"10 0 Not known: the record does not say why the server sent it.",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("\n got\n%s\nwant\n%s", g, w)
	}
}

func TestDensity(t *testing.T) {
	r := newRecord(trace.VantageBoth).open()
	r.c2s(request(1, "/", true))
	r.at(15).s2c(response(1, false), data(1, 100, false), data(1, 100, true))
	r.at(95).c2s(data(1, 1, true)) // it breaks a rule
	a := feed(t, r.entries)
	for _, n := range []int{-1, 1, 3, 10, 100, 1 << 20} {
		d := a.Density(n)
		count, octets := 0, 0
		last := int64(-1)
		for _, b := range d.Buckets {
			count, octets = count+b.Count, octets+b.Octets
			if b.At < last || b.Len <= 0 || b.At+b.Len > d.End+2*b.Len {
				t.Errorf("%d buckets: one at %d of %d, the record ends at %d", n, b.At, b.Len, d.End)
			}
			last = b.At
			rows, err := a.Rows(Query{From: b.First, N: 1})
			if err != nil || len(rows.Rows) != 1 {
				t.Fatal(rows, err)
			}
			if x := rows.Rows[0]; x.Dir != b.Dir || x.SentAt < b.At || x.SentAt >= b.At+b.Len {
				t.Errorf("%d buckets: frame %d (%s at %d) is named as one of the bucket %+v", n, b.First, x.Dir, x.SentAt, b)
			}
		}
		if count != a.Summary().Frames || octets != 24+8+27+200+1 {
			t.Errorf("%d buckets count %d frames and %d octets", n, count, octets)
		}
	}
	d := a.Density(10)
	var shown []string
	for _, b := range d.Buckets {
		shown = append(shown, fmt.Sprintf("%d %s %d %s %v", b.At/ms, b.Dir, b.Count, b.Color, b.Error))
	}
	want := "0 c2s 4 settings false\n0 s2c 2 settings false\n10 s2c 3 data false\n90 c2s 1 data true"
	if got := strings.Join(shown, "\n"); got != want {
		t.Errorf("ten buckets:\n got\n%s\nwant\n%s", got, want)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain ~ text":     "plain ~ text",
		"":                 "",
		"ü → 😀":            "ü → 😀",
		"a\x00\n\x7f":      `a\x00\x0a\x7f`,
		"\xff\xc3":         `\xff\xc3`,
		"a\u202eb\u200b":   `a\u{202e}b\u{200b}`,
		"\U000e0001":       `\u{e0001}`,
		"\u2028":           `\u{2028}`,
		"replaced: \ufffd": "replaced: \ufffd",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) is %q, want %q", in, got, want)
		}
	}
}

// Names, values, paths and texts that a stranger chose are shown escaped
// everywhere.
func TestNothingIsShownRaw(t *testing.T) {
	evil := "a\x1b[31m\u202eb"
	r := newRecord(trace.VantageBoth)
	r.entries = nil
	r.add(&trace.Header{Version: 1, Title: evil, Note: evil, Language: evil})
	r.add(&trace.Conn{ID: 1, Client: evil, Server: evil, Vantage: trace.Vantage(evil), Via: evil, TLS: &trace.TLS{Version: evil, ALPN: evil}})
	r.open()
	block := append([]byte{0x82, 0x86, 0x44, byte(len(evil))}, evil...)
	block = append(append(append(block, 0x40, byte(len(evil))), evil...), byte(len(evil)))
	block = append(block, evil...)
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 2, Line: 1, Call: evil, Rule: ""})
	r.c2s(frame.AppendHeaders(nil, 1, block, true, true, nil, frame.NoPadding))
	r.s2c(frame.AppendGoAway(nil, 1, 0, []byte(evil)), raw(frame.AltSvc, 0, 0, "\x00\x01a"+evil), raw(frame.Origin, 0, 0, "\x00\x0b"+evil),
		raw(frame.PriorityUpdate, 0, 0, "abcd"+evil), data(1, 0, false), frame.AppendData(nil, 1, []byte(evil), false, frame.NoPadding))
	r.add(&trace.Console{Level: "log", Text: evil})
	r.add(&trace.Close{Conn: 1, By: evil, Reason: evil})
	a := feed(t, r.entries)
	var all []any
	s := a.Summary()
	all = append(all, s)
	for i := range s.Frames {
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(AppendVerbose(nil, d, true)))
		d.Octets = nil // these are shown as hexadecimal
		all = append(all, d)
	}
	for _, v := range all {
		if text := fmt.Sprintf("%+v", v); strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("control characters are shown: %.600q", text)
		}
	}
}

// A frame with thousands of faults is told by the first few, in linear time.
func TestManyFaultsInOneFrame(t *testing.T) {
	r := newRecord(trace.VantageBoth).open()
	var block []byte
	for range 5000 {
		block = append(block, 0, 1, 'A', 0)
	}
	r.c2s(frame.AppendHeaders(nil, 1, block[:16000], true, false, nil, frame.NoPadding), frame.AppendContinuation(nil, 1, block[16000:], true))
	var list []uint32
	for range 2000 {
		list = append(list, uint32(frame.EnablePush), 7)
	}
	r.c2s(settings(list...))
	a := feed(t, r.entries)
	s := a.Summary()
	if s.Faults != 2*maxSaid || len(s.Problems) != 2*maxSaid {
		t.Errorf("%d problems, %d listed; want %d of each", s.Faults, len(s.Problems), 2*maxSaid)
	}
	d, err := a.Detail(6)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Problems) != maxSaid || len(d.Block.Reps) != 5000 || d.Row.Error != "PROTOCOL_ERROR" {
		t.Errorf("%d problems, %d representations, row error %q", len(d.Problems), len(d.Block.Reps), d.Row.Error)
	}
}
