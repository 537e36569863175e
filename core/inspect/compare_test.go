package inspect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

func differences(v view.Comparison) (out []string) {
	for _, d := range v.Differences {
		out = append(out, fmt.Sprintf("%d/%d %s %s", d.A, d.B, d.What, d.Text))
	}
	return out
}

// A record is the same as itself, whatever is in it.
func TestCompareWithItself(t *testing.T) {
	for _, rec := range records {
		entries := makeRecord(rec.make)
		v := Compare(feed(t, entries), feed(t, entries))
		if !v.Same || v.Total != 0 || v.Encoded != 0 {
			t.Errorf("%s: %q", rec.name, differences(v))
		}
		for _, c := range v.Counts {
			if c.A != c.B {
				t.Errorf("%s: %+v", rec.name, c)
			}
		}
	}
}

func TestCompareFindsWhatDiffers(t *testing.T) {
	type change func(r *recorder)
	record := func(at int, ch change) []trace.Entry {
		r := newRecord(trace.VantageBoth)
		steps := []change{
			func(r *recorder) { r.at(0).c2s([]byte(frame.Preface), settings(4, 100)) },
			func(r *recorder) { r.at(0).s2c(settings()) },
			func(r *recorder) { r.at(10).c2s(request(1, "/a", true)) },
			func(r *recorder) { r.at(20).s2c(response(1, false)) },
			func(r *recorder) { r.at(20).s2c(data(1, 10, false)) },
			func(r *recorder) { r.at(20).s2c(data(1, 20, true)) },
			func(r *recorder) { r.at(30).c2s(request(3, "/b", true)) },
		}
		for i, s := range steps {
			if i == at {
				ch(r)
			} else {
				s(r)
			}
		}
		return r.entries
	}
	a := feed(t, record(-1, nil))
	for _, c := range []struct {
		at   int
		ch   change
		want string
		n    int
	}{
		{2, func(r *recorder) { r.at(10).c2s(request(1, "/x", true)) }, "3/3 fields HEADERS of the client on stream 1: field 3 is :path: /a and :path: /x.", 1},
		{2, func(r *recorder) { r.at(10).c2s(request(1, "/a", false)) }, "3/3 flags HEADERS of the client on stream 1: END_STREAM|END_HEADERS and END_HEADERS.", 1},
		{4, func(r *recorder) {}, "5/5 flags DATA of the server on stream 1: no flags and END_STREAM.", 2},
		{4, func(r *recorder) { r.at(20).s2c(frame.AppendRSTStream(nil, 1, frame.Cancel)) }, "-1/5 missing RST_STREAM of the server on stream 1: only the second record has it.", 3},
		{5, func(r *recorder) { r.at(20).s2c(data(1, 21, true)) }, "6/6 length DATA of the server on stream 1: 20 octets and 21 octets.", 1},
		{0, func(r *recorder) { r.at(0).c2s([]byte(frame.Preface), settings(4, 101)) },
			"1/1 content SETTINGS of the client on the connection: INITIAL_WINDOW_SIZE=100 and INITIAL_WINDOW_SIZE=101.", 1},
		{6, func(r *recorder) {}, "7/-1 missing HEADERS of the client on stream 3: only the first record has it.", 1},
		{6, func(r *recorder) { r.at(30).c2s(headersOf(3, append([]byte{0x82, 0x86, 0x04, 2}, "/b\x01\x01h"...))) }, "", 0}, // in other octets
	} {
		b := feed(t, record(c.at, c.ch))
		v := Compare(a, b)
		got := differences(v)
		if c.n == 0 {
			if !v.Same || v.Encoded != 1 {
				t.Errorf("other octets for the same fields: %q, %d", got, v.Encoded)
			}
			continue
		}
		if v.Same || v.Total != c.n || len(got) == 0 || !slices.Contains(got, c.want) {
			t.Errorf("%q, want %d with %q", got, c.n, c.want)
		}
		if c.at == 0 && (len(v.Conns[0].Settings) != 1 || v.Conns[0].Settings[0].A != 100 || v.Conns[0].Settings[0].B != 101) {
			t.Errorf("settings that differ: %+v", v.Conns[0].Settings)
		}
	}
	if v := Compare(a, New()); v.Total != 8 || v.Conns[0].B.Conn != 0 {
		t.Errorf("against nothing: %q", differences(v))
	}
}

// Of causes the call and the rule tell which frames belong together.
func TestCompareByCause(t *testing.T) {
	make := func(calls ...string) *Analyser {
		r := newRecord(trace.VantageBoth)
		r.open()
		r.c2s(request(1, "/", false))
		for i, call := range calls {
			r.c2s(data(1, len(call), false))
			r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: uint32(3 + i), Line: uint32(10 + i), Call: call})
		}
		return feed(t, r.entries)
	}
	v := Compare(make("first", "second", "third"), make("first", "third"))
	if got := differences(v); len(got) != 1 || !strings.HasPrefix(got[0], "7/-1 missing DATA") {
		t.Errorf("%q, want the second DATA of the first record alone", got)
	}
}

func TestFingerprint(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	r.at(0).c2s([]byte(frame.Preface), settings(1, 65536, 2, 0, 4, 131072), frame.AppendWindowUpdate(nil, 0, 12517377), priorityFrame(3, 0, 201, true))
	r.c2s(frame.AppendHeaders(nil, 15, getBlock("/"), true, true, &frame.PriorityParam{StreamDep: 13, Weight: 41}, frame.NoPadding))
	r.c2s(frame.AppendWindowUpdate(nil, 0, 1))
	v, err := feed(t, r.entries).Connection(ConnQuery{Frame: -1})
	if err != nil {
		t.Fatal(err)
	}
	f := v.Fingerprint
	if want := "1:65536;2:0;4:131072|12517377|3:1:0:201|m,s,p,a"; f.Text != want || !f.Known || f.Request != "0:13:42" {
		t.Errorf("fingerprint %+v, want %s", f, want)
	}
	if v, err := feed(t, makeRecord(recordMidway)).Connection(ConnQuery{Frame: -1}); err != nil || v.Fingerprint.Known {
		t.Errorf("a record that begins late: %+v", v.Fingerprint)
	}
}
