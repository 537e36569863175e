package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"framewise/core/trace"
)

// answers is everything that can be asked, as one text.
func answers(t testing.TB, a *Analyser) []byte {
	t.Helper()
	out := transcript(t, a)
	s, d := a.Summary(), a.Density(50)
	rows, err := a.Rows(Query{N: MaxRows})
	if err != nil {
		t.Fatal(err)
	}
	s.Version, d.Version, rows.Version = 0, 0, 0
	for _, v := range append(viewAnswers(t, a), s, d, rows) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, b...), '\n')
	}
	return out
}

// cutUp gives the chunks of a record in pieces of random sizes, at the same times.
func cutUp(entries []trace.Entry, rng *rand.Rand, largest int) []trace.Entry {
	var out []trace.Entry
	for _, e := range entries {
		c, ok := e.(*trace.Chunk)
		if !ok || c.Received != nil || len(c.Octets) == 0 {
			out = append(out, e)
			continue
		}
		for b := c.Octets; len(b) > 0; {
			n := min(1+rng.IntN(largest), len(b))
			piece := *c
			piece.Octets = b[:n]
			b = b[n:]
			out = append(out, &piece)
		}
	}
	return out
}

func TestAnyChunkingGivesTheSameAnswers(t *testing.T) {
	for _, rec := range records {
		t.Run(rec.name, func(t *testing.T) {
			entries := makeRecord(rec.make)
			want := answers(t, feed(t, entries))
			for seed := range uint64(8) {
				rng := rand.New(rand.NewPCG(seed, 1))
				largest := []int{1, 3, 20, 200}[seed%4]
				if rec.name == "windows" || rec.name == "violations" {
					largest *= 500 // they are long
				}
				if got := answers(t, feed(t, cutUp(entries, rng, largest))); !bytes.Equal(got, want) {
					t.Fatalf("seed %d, pieces of up to %d octets:\n%s", seed, largest, firstDifference(got, want))
				}
			}
		})
	}
}

func TestAskingInBetweenChangesNothing(t *testing.T) {
	for _, rec := range records {
		t.Run(rec.name, func(t *testing.T) {
			entries := makeRecord(rec.make)
			want := answers(t, feed(t, entries))
			a := New()
			for i, e := range entries {
				if err := a.Feed(e); err != nil {
					t.Fatal(err)
				}
				answers(t, a)
				if _, err := a.Rows(Query{N: 10, Filter: "type:DATA|HEADERS|garbage"}); err != nil {
					t.Fatal(err)
				}
				if got, at := answers(t, a), answers(t, feed(t, entries[:i+1])); !bytes.Equal(got, at) {
					t.Fatalf("after entry %d, against the same entries at once:\n%s", i, firstDifference(got, at))
				}
			}
			if got := answers(t, a); !bytes.Equal(got, want) {
				t.Errorf("at the end:\n%s", firstDifference(got, want))
			}
			checkFiltered(t, a, "type:DATA|HEADERS|garbage")
			checkFiltered(t, a, "error:*")
		})
	}
}

// checkFiltered compares the rows that a filter chooses incrementally with
// those that it chooses at once.
func checkFiltered(t *testing.T, a *Analyser, text string) {
	t.Helper()
	got, err := a.Rows(Query{N: MaxRows, Filter: text})
	if err != nil {
		t.Fatal(err)
	}
	a.selections = nil
	want, _ := a.Rows(Query{N: MaxRows, Filter: text})
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if !bytes.Equal(g, w) {
		t.Errorf("filter %q: kept up to date %s, at once %s", text, g, w)
	}
}

func TestEntriesAtTheWrongPlace(t *testing.T) {
	a := New()
	for _, e := range []trace.Entry{
		&trace.Chunk{Conn: 7, Octets: []byte("x")},
		&trace.Cause{Conn: 7},
		&trace.Close{Conn: 7},
	} {
		if err := a.Feed(e); !errors.Is(err, ErrOrder) {
			t.Errorf("%T of a connection that was not opened: error %v, want ErrOrder", e, err)
		}
	}
	if err := a.Feed(&trace.Conn{ID: 7}); err != nil {
		t.Fatal(err)
	}
	if err := a.Feed(&trace.Conn{ID: 7}); !errors.Is(err, ErrOrder) {
		t.Errorf("a connection opened twice: error %v, want ErrOrder", err)
	}
	if err := a.Feed(&trace.Chunk{Conn: 7, Dir: 2, Octets: []byte("x")}); !errors.Is(err, ErrOrder) {
		t.Errorf("a chunk in no direction: error %v, want ErrOrder", err)
	}
	if _, err := a.Detail(0); err == nil {
		t.Error("the detail of frame 0 of an empty record: no error")
	}
	for _, e := range []trace.Entry{&trace.Header{}, &trace.Note{}, &trace.Fault{}, &trace.Console{}, &trace.Unknown{}, &trace.Close{Conn: 7}} {
		if err := a.Feed(e); err != nil {
			t.Errorf("%T: %v", e, err)
		}
	}
	if s := a.Summary(); s.Frames != 0 || len(s.Conns) != 1 {
		t.Errorf("summary of a record without octets: %d frames, %d connections", s.Frames, len(s.Conns))
	}
	if d := a.Density(0); len(d.Buckets) != 0 {
		t.Errorf("density of a record without octets: %v", d.Buckets)
	}
}

// Two connections in one record keep apart what they know.
func TestTwoConnections(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	recordPush(r)
	one := len(feed(t, r.entries).Summary().Types)
	both := []trace.Entry{}
	for _, e := range r.entries {
		both = append(both, e)
		switch e := e.(type) {
		case *trace.Conn:
			c := *e
			c.ID = 9
			both = append(both, &c)
		case *trace.Chunk:
			c := *e
			c.Conn = 9
			both = append(both, &c)
		}
	}
	a := feed(t, both)
	s := a.Summary()
	if len(s.Conns) != 2 || s.Faults != 0 || len(s.Types) != one {
		t.Fatalf("two equal connections: %d connections, %d problems, %d types", len(s.Conns), s.Faults, len(s.Types))
	}
	x, err := a.Rows(Query{N: 100, Conn: 1})
	if err != nil {
		t.Fatal(err)
	}
	y, err := a.Rows(Query{N: 100, Conn: 9})
	if err != nil {
		t.Fatal(err)
	}
	if x.Total != y.Total || x.Total*2 != s.Frames {
		t.Fatalf("rows of the connections: %d and %d of %d", x.Total, y.Total, s.Frames)
	}
	for i := range x.Rows {
		if p, q := x.Rows[i], y.Rows[i]; p.Text != q.Text || p.Type != q.Type || p.Index == q.Index {
			t.Errorf("row %d: %+v and %+v", i, p, q)
		}
	}
}
