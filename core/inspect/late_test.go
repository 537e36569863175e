package inspect

import (
	"fmt"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// A record that begins in the middle of a connection: what it says of fields is
// true or "?", most of it is known after a while, and nobody is blamed.
func TestLateRecordAgainstTheWhole(t *testing.T) {
	entries := benchRecord(9000, 5)
	whole := feed(t, entries)
	for _, from := range []int{40, 500, 1200} {
		late := New()
		for i, e := range entries {
			if _, chunk := e.(*trace.Chunk); chunk && i < from {
				continue
			}
			if err := late.Feed(e); err != nil {
				t.Fatal(err)
			}
		}
		s := late.Summary()
		if s.Faults > 4 {
			t.Fatalf("from entry %d: %d problems, %+v", from, s.Faults, s.Problems)
		}
		for _, p := range s.Problems {
			if p.Code != "" {
				t.Errorf("from entry %d: somebody is blamed: %+v", from, p)
			}
		}
		skip := whole.rows.len() - late.rows.len()
		unknown, fields := [4]int{}, [4]int{}
		for i := range late.rows.len() {
			p, q := late.pick(i, nil), whole.pick(i+skip, nil)
			if p.r.typ() != q.r.typ() || p.r.length() != q.r.length() {
				t.Fatalf("from entry %d: frame %d is %v, the whole record has %v", from, i, p.r.typ(), q.r.typ())
			}
			quarter := i * 4 / late.rows.len()
			want := append([][2]string(nil), q.Fields()...)
			got := p.Fields()
			if len(got) != len(want) {
				t.Fatalf("from entry %d: frame %d has %d fields, want %d", from, i, len(got), len(want))
			}
			for k, f := range got {
				fields[quarter]++
				if f[0] == hpack.Unknown || f[1] == hpack.Unknown {
					unknown[quarter]++
				}
				if f[0] != hpack.Unknown && f[0] != want[k][0] || f[1] != hpack.Unknown && f[1] != want[k][1] {
					t.Fatalf("from entry %d: frame %d says %q, the whole record %q", from, i, f, want[k])
				}
			}
		}
		t.Logf("from entry %d: of %v fields %v are not known", from, fields, unknown)
		if unknown[0] == 0 || unknown[3]*4 > fields[3] {
			t.Errorf("from entry %d: of %v fields %v are not known", from, fields, unknown)
		}
	}
}

// The server's frames can be the first that a late record shows.
func TestLateRecordThatTheServerBegins(t *testing.T) {
	r := newRecord(trace.VantageMiddle)
	r.at(0).s2c(data(7, 100, false), frame.AppendHeaders(nil, 7, []byte{0xbe, 0xbf}, true, true, nil, frame.NoPadding)) // trailers, perhaps
	r.s2c(frame.AppendHeaders(nil, 5, []byte{0x40, 1, 'a', 1, 'b'}, true, true, nil, frame.NoPadding))                  // trailers, surely
	r.s2c(frame.AppendHeaders(nil, 9, []byte{0x88, 0xbe, 0xbf}, true, true, nil, frame.NoPadding))
	r.at(5).c2s(headersOf(11, []byte{0xc0, 0xc1, 0xc2}))
	a := feed(t, r.entries)
	s := a.Summary()
	var texts []string
	for _, p := range s.Problems {
		if p.Code != "" {
			t.Errorf("somebody is blamed: %+v", p)
		}
		texts = append(texts, fmt.Sprint(p.Frame, " ", p.Ref))
	}
	if got := fmt.Sprint(texts); got != "[0 RFC 9113 3.4 1 RFC 7541 2.3.2 4 RFC 7541 2.3.2]" {
		t.Errorf("problems %s", got)
	}
	d, err := a.Detail(3)
	if err != nil {
		t.Fatal(err)
	}
	reps := d.Block.Reps
	if len(reps) != 3 || reps[1].Name != "a" || reps[1].Value != "b" || reps[1].Unknown || !reps[2].Unknown || reps[2].Name != "?" || !d.Tables[1].Unknown {
		t.Errorf("the block of frame 3: %+v, table %+v", reps, d.Tables[1])
	}
}

func TestMarksStandAtTheirFrames(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	r.open()
	r.add(&trace.Note{At: 9 * ms, Text: "look \u202ehere"})
	r.c2s(request(1, "/", true))
	r.add(&trace.Fault{Conn: 1, At: 30 * ms, Kind: "drop", Text: "the next chunk"})
	r.add(&trace.Note{At: -5, Text: "before"})
	r.at(40).s2c(response(1, true))
	a := feed(t, r.entries)
	s := a.Summary()
	if len(s.Marks) != 3 || s.MarksTotal != 3 {
		t.Fatalf("marks %+v of %d", s.Marks, s.MarksTotal)
	}
	if m := s.Marks[1]; m.Kind != "note" || m.Frame != 4 || m.Text != `look \u{202e}here` {
		t.Errorf("the note is %+v", m)
	}
	rows, err := a.Rows(Query{N: 100})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int][]view.Mark{}
	for _, v := range rows.Rows {
		if v.Marks != nil {
			got[v.Index] = v.Marks
		}
	}
	if len(got) != 2 || len(got[4]) != 1 || len(got[5]) != 1 || got[5][0].What != "drop" || s.Marks[0].Frame != -1 {
		t.Errorf("rows with marks: %+v; all: %+v", got, s.Marks)
	}
}
