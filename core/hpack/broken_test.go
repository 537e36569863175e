package hpack

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// noLimits is for tests that compare with decoders that have none.
var noLimits = Limits{MaxListSize: math.MaxUint32, MaxFields: math.MaxInt, MaxString: math.MaxUint32, MaxBlock: math.MaxUint32}

// decodeIn decodes a block that comes in fragments of the given sizes, again
// and again from the first; no sizes: in one piece.
func decodeIn(d *Decoder, block []byte, sizes ...int) ([]Field, error) {
	for i := 0; len(block) > 0; i++ {
		n := len(block)
		if len(sizes) > 0 {
			n = min(n, max(1, sizes[i%len(sizes)]))
		}
		if err := d.Write(block[:n]); err != nil {
			return nil, err
		}
		block = block[n:]
	}
	return d.Close(nil)
}

// TestBroken gives blocks that break RFC 7541 to the explainer and the Decoder,
// in one piece and octet by octet: each must tell the same place and section.
// x/net must refuse them too, but where lax says that it does not.
func TestBroken(t *testing.T) {
	for _, c := range []struct {
		name    string
		allowed int // HEADER_TABLE_SIZE before the last block, -1: as it was
		before  string
		block   string
		at      int
		section string
		reason  string
		reps    int // sound representations before
		lax     bool
	}{
		{"index 0", -1, "", "82 80", 1, "6.1", "index 0", 1, false},
		{"index behind the static table", -1, "", "be", 0, "2.3.3", "index 62 is in no table", 0, false},
		{"index behind the dynamic table", -1, "40 01 61 01 62", "be bf", 1, "2.3.3", "index 63 is in no table", 1, false},
		{"name index behind the tables", -1, "", "7f 00 01 62", 0, "2.3.3", "index 63 is in no table", 0, false},
		{"huge index", -1, "", "ff ff ff ff ff ff ff ff ff 7f", 0, "2.3.3", "is in no table", 0, false},
		{"integer without end", -1, "", "82 ff ff ff ff ff ff ff ff ff ff 01", 1, "5.1", "goes on after 10 octets", 1, false},
		{"zeros without end", -1, "", "1f 80 80 80 80 80 80 80 80 80 00 00", 0, "5.1", "goes on after 10 octets", 0, false},
		{"length without end", -1, "", "00 7f ff ff ff ff ff ff ff ff ff 01", 1, "5.1", "goes on after 10 octets", 0, false},
		{"cut in an index", -1, "", "82 ff", 2, "6.1", "begins at octet 1", 1, false},
		{"cut before the name", -1, "", "40", 1, "6.2.1", "ends within", 0, false},
		{"cut in the name", -1, "", "00 05 61 62", 4, "6.2.2", "ends within", 0, false},
		{"cut before the value", -1, "", "10 01 61", 3, "6.2.3", "ends within", 0, false},
		{"cut in the value", -1, "", "41 83 61 62", 4, "6.2.1", "ends within", 0, false},
		{"cut in a size", -1, "", "3f 80", 2, "6.3", "ends within", 0, false},
		{"EOS in a value", -1, "", "82 41 84 ff ff ff ff", 3, "5.2", "contains EOS", 1, false},
		{"a whole octet of padding in a name", -1, "", "00 82 1f ff 01 61", 2, "5.2", "11 bits of padding", 0, false},
		{"padding of zeros", -1, "", "00 01 61 81 18", 4, "5.2", "all ones", 0, false},
		{"update above the setting", -1, "", "3f e2 1f 82", 0, "6.3", "update to 4097 octets", 0, false},
		{"update above a lower setting", 100, "", "20 3f 46 82", 1, "6.3", "update to 101 octets", 1, false},
		{"huge update", -1, "", "3f ff ff ff ff ff ff ff 7f", 0, "6.3", "HEADER_TABLE_SIZE allows 4096", 0, false},
		{"update behind a field line", -1, "40 01 61 01 62", "82 20", 1, "4.2", "behind a field line", 1, false},
		// x/net asks only whether the table has entries.
		{"update behind a field line, table empty", -1, "", "82 20", 1, "4.2", "behind a field line", 1, true},
		// x/net does not know of settings that went down.
		{"no update after the setting went down", 100, "", "82", 0, "4.2", "must start with a dynamic table size update", 0, true},
		{"empty block after the setting went down", 100, "", "", 0, "4.2", "it is empty", 0, true},
		{"update only to the size before", 0, "", "3f 01 82", 0, "4.2", "an update to 32", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, x := NewTable(), newX()
			decs := []*Decoder{NewDecoder(noLimits), NewDecoder(noLimits)}
			before, block := unhex(t, c.before), unhex(t, c.block)
			if _, err := tab.Explain(before, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := x.block(before); err != nil {
				t.Fatal(err)
			}
			for _, d := range decs {
				if _, err := decodeIn(d, before); err != nil {
					t.Fatal(err)
				}
				if c.allowed >= 0 {
					d.SetMaxTableSize(uint32(c.allowed))
				}
			}
			if c.allowed >= 0 {
				tab.SetAllowedMax(uint32(c.allowed))
				x.SetAllowedMaxDynamicTableSize(uint32(c.allowed))
			}
			check := func(who string, err error) {
				t.Helper()
				var e *Error
				if !errors.As(err, &e) || !errors.Is(err, ErrCompression) || errors.Is(err, ErrLimit) || !e.Fatal {
					t.Fatalf("%s: %v, want a compression error", who, err)
				}
				if e.Offset != c.at || e.Section != "RFC 7541 "+c.section || !strings.Contains(e.Reason, c.reason) {
					t.Errorf("%s: %v\nwant octet %d, %s, %q", who, err, c.at, c.section, c.reason)
				}
			}
			reps, err := tab.Explain(block, nil)
			check("explained", err)
			if len(reps) != c.reps {
				t.Errorf("%d representations before the error, want %d", len(reps), c.reps)
			}
			checkReps(t, block, Mark{Hi: uint32(tab.Inserted()), Lo: 0}, nil)
			_, err = decodeIn(decs[0], block)
			check("in one piece", err)
			_, err = decodeIn(decs[1], block, 1)
			check("octet by octet", err)
			if _, again := decs[1].Close(nil); again != err {
				t.Errorf("afterwards the Decoder says %v", again)
			}
			if _, err := x.block(block); (err == nil) != c.lax {
				t.Errorf("x/net says %v", err)
			}
		})
	}
}

// TestSizeUpdates: RFC 7541, section 4.2, where it is kept.
func TestSizeUpdates(t *testing.T) {
	for _, c := range []struct {
		name    string
		allowed []uint32
		block   string
		max     uint32
		entries int // of the two that there were, 34 octets each
	}{
		{"none is needed when the setting goes up", []uint32{65536}, "82", 4096, 2},
		{"it may go up", []uint32{65536}, "3f e1 ff 03 82", 65536, 2},
		{"it may go down by itself", nil, "3f 0f 82", 46, 1},
		{"down as asked", []uint32{34}, "3f 03 82", 34, 1},
		{"lower than asked", []uint32{34}, "21 82", 1, 0},
		{"down and up: both", []uint32{34, 4096}, "3f 03 3f e1 1f 82", 4096, 1},
		{"down and up: zero will do", []uint32{34, 4096}, "20 3f e1 1f 82", 4096, 0},
		{"down and up, but never below the size", []uint32{5000, 4096, 5000}, "82", 4096, 2},
		{"a block of updates only", []uint32{0}, "20", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, d := NewTable(), NewDecoder(Limits{})
			before := unhex(t, "40 01 61 01 62 40 01 63 01 64")
			tab.Explain(before, nil)
			decodeIn(d, before)
			for _, n := range c.allowed {
				tab.SetAllowedMax(n)
				d.SetMaxTableSize(n)
			}
			reps, err := tab.Explain(unhex(t, c.block), nil)
			if m := tab.Mark(); err != nil || m.Max != c.max || m.Len() != c.entries {
				t.Errorf("%v, maximum %d with %d entries, want %d with %d", err, m.Max, m.Len(), c.max, c.entries)
			}
			evicted := 0
			for _, r := range reps {
				evicted += r.Evicted
			}
			if evicted != 2-c.entries {
				t.Errorf("%d entries are told as evicted, want %d", evicted, 2-c.entries)
			}
			fields, err := decodeIn(d, unhex(t, c.block), 1)
			if err != nil || d.TableSize() != c.max || !slices.Equal(fields, repFields(reps)) {
				t.Errorf("decoded: %v, %v, size %d", fields, err, d.TableSize())
			}
			// What is left in the Decoder's table is what the mirror has.
			for i, e := range tab.At(tab.Mark()) {
				got, err := decodeIn(d, appendIndex(nil, i))
				if err != nil || len(got) != 1 || got[0].Name != e.Name || got[0].Value != e.Value {
					t.Errorf("index %d: %v, %v, want %v", i, got, err, e)
				}
			}
			if _, err := decodeIn(d, appendIndex(nil, StaticLen+1+c.entries)); err == nil {
				t.Errorf("the Decoder has more than %d entries", c.entries)
			}
		})
	}
}

// TestExplainAtWrongMark: a block that was not explained there is told.
func TestExplainAtWrongMark(t *testing.T) {
	tab := NewTable()
	start := tab.Mark()
	a, b := unhex(t, "40 01 61 01 62"), unhex(t, "40 01 63 01 64")
	for _, block := range [][]byte{a, b} {
		if _, err := tab.Explain(block, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := tab.Mark()
	for name, m := range map[string]Mark{"an earlier block's": start, "the one after it": tab.Mark()} {
		if _, _, err := tab.ExplainAt(m, b, nil); !errors.Is(err, ErrNotExplained) {
			t.Errorf("%s mark: %v", name, err)
		}
	}
	if tab.Mark() != want || tab.Inserted() != 2 {
		t.Errorf("looking back changed the table: %+v with %d insertions", tab.Mark(), tab.Inserted())
	}
	if i := want.Index(0); i != 63 {
		t.Errorf("the first entry has the index %d", i)
	}
	if i := want.Index(2); i != 0 {
		t.Errorf("an entry that is not there has the index %d", i)
	}
}

// TestLargeEntry: an entry that is larger than the table empties it and is a
// field line all the same (RFC 7541, section 4.4).
func TestLargeEntry(t *testing.T) {
	tab := NewTable()
	before := unhex(t, "3f 25 40 01 61 01 62") // 68 octets: two entries of 34
	if _, err := tab.Explain(before, nil); err != nil {
		t.Fatal(err)
	}
	value := strings.Repeat("x", 60)
	reps, err := tab.Explain(append(unhex(t, "40 01 63 3c"), value...), nil)
	if err != nil || len(reps) != 1 {
		t.Fatal(reps, err)
	}
	r := reps[0]
	if r.Inserted || r.Evicted != 1 || r.Size != 0 || r.Name != "c" || r.Value != value || tab.Mark().Len() != 0 {
		t.Errorf("%+v with %d entries left", r, tab.Mark().Len())
	}
	// The name of an entry may be used by the insertion that evicts it.
	tab.Explain(before[2:], nil)
	reps, err = tab.Explain(append(unhex(t, "7e 20"), value[:32]...), nil)
	if err != nil || len(reps) != 1 || reps[0].Name != "a" || reps[0].Evicted != 1 || !reps[0].Inserted {
		t.Errorf("%+v, %v", reps, err)
	}
}

// TestDownAndUp: after a setting that went down and up again the update is due
// all the same, at the lowest value or below (RFC 7541, section 4.2).
func TestDownAndUp(t *testing.T) {
	for block, reason := range map[string]string{
		"82":                "starts with another representation",
		"3f e1 1f 82":       "starts with an update to 4096",
		"3f 04 3f e1 1f 82": "starts with an update to 35",
		"3f 03 3f e1 1f 82": "",
	} {
		tab, d := NewTable(), NewDecoder(Limits{})
		for _, n := range []uint32{34, 4096} {
			tab.SetAllowedMax(n)
			d.SetMaxTableSize(n)
		}
		_, err := tab.Explain(unhex(t, block), nil)
		_, derr := decodeIn(d, unhex(t, block))
		for who, err := range map[string]error{"explained": err, "decoded": derr} {
			if (err == nil) != (reason == "") || err != nil && (!errors.Is(err, ErrCompression) || !strings.Contains(err.Error(), reason)) {
				t.Errorf("%s %s: %v, want %q", block, who, err, reason)
			}
		}
	}
}

// TestExactEntry: an entry as large as the table fits (RFC 7541, section 4.4).
func TestExactEntry(t *testing.T) {
	tab := NewTable()
	reps, err := tab.Explain(unhex(t, "3f 03 40 01 61 01 62"), nil) // 34 octets in 34
	if err != nil || !reps[1].Inserted || tab.Mark().Len() != 1 || tab.Mark().Size != 34 {
		t.Errorf("%+v, %v", reps, err)
	}
}

// TestBranch: a branch goes its own way, with the same numbers, and so does the
// table that it came from.
func TestBranch(t *testing.T) {
	tab := NewTable()
	a, b, c := unhex(t, "40 01 61 01 62"), unhex(t, "40 01 63 01 64"), unhex(t, "40 01 65 01 66 be bf c0 c1")
	tab.Explain(a, nil)
	m := tab.Mark()
	tab.Explain(b, nil)
	br := tab.Branch(m)
	reps, err := br.Explain(c, nil)
	if err == nil || len(reps) != 3 || reps[0].Seq != 1 || reps[1].Name != "e" || reps[2].Name != "a" {
		t.Errorf("the branch reads %+v, %v", reps, err)
	}
	tab.Explain(b, nil)
	if got := joinTable(tab); got != "c=d|c=d|a=b" {
		t.Errorf("the table is %s", got)
	}
	if got := joinTable(br); got != "e=f|a=b" {
		t.Errorf("the branch is %s", got)
	}
	if got, _, err := tab.ExplainAt(m, b, nil); err != nil || got[0].Seq != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
