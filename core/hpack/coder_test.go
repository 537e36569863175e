package hpack

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"framewise/core/frame"

	xhpack "golang.org/x/net/http2/hpack"
)

// TestLimits: a block over a limit is told with the limit's name, and the
// Decoder stays in step: what the block inserted is there afterwards.
func TestLimits(t *testing.T) {
	crumbs := slices.Repeat([]Field{{Name: "cookie", Value: "a=1"}}, 4)
	for _, c := range []struct {
		name   string
		limits Limits
		fields []Field
		limit  string
		count  uint64
	}{
		{"fields", Limits{MaxFields: 3}, crumbs, "MaxFields", 5},
		{"list", Limits{MaxListSize: 4*41 - 1}, crumbs, "MaxListSize", 4 * 41},
		{"value", Limits{MaxString: 9}, []Field{{Name: "a", Value: "0123456789"}}, "MaxString", 10},
		{"name", Limits{MaxString: 9}, []Field{{Name: "abcdefghij", Value: ""}}, "MaxString", 10},
		{"default fields", Limits{}, slices.Repeat([]Field{{Name: ":method", Value: "GET"}}, 256), "MaxFields", 257},
		{"default list", Limits{}, slices.Repeat([]Field{{Name: "a", Value: strings.Repeat("x", 4000)}}, 17), "MaxListSize", 17 * 4033},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1 << 20, 1} {
				enc, dec := NewEncoder(), NewDecoder(c.limits)
				last := Field{Name: "last", Value: "inserted"}
				block := enc.AppendBlock(nil, append(slices.Clone(c.fields), last))
				dst := []Field{{Name: "kept"}}
				var err error
				for b := range slices.Chunk(block, size) {
					if err := dec.Write(b); err != nil {
						t.Fatal(err)
					}
				}
				dst, err = dec.Close(dst)
				var e *Error
				if !errors.As(err, &e) || !errors.Is(err, ErrLimit) || errors.Is(err, ErrCompression) || e.Fatal {
					t.Fatalf("%v, want a limit that is not fatal", err)
				}
				if e.Limit != c.limit || e.Count != c.count || e.Count <= e.Max || e.Code != frame.EnhanceYourCalm {
					t.Errorf("limit %s, %d over %d, want %s, %d: %v", e.Limit, e.Count, e.Max, c.limit, c.count, e)
				}
				if len(dst) != 1 {
					t.Errorf("fields were handed over: %v", dst)
				}
				if got, err := decodeIn(dec, enc.AppendBlock(nil, []Field{last})); err != nil || !slices.Equal(got, []Field{last}) {
					t.Errorf("the next block: %v, %v", got, err)
				}
			}
		})
	}
}

// TestWithinLimits: the honest twins, each exactly at its limit.
func TestWithinLimits(t *testing.T) {
	fields := slices.Repeat([]Field{{Name: "cookie", Value: "a=1"}}, 4)
	block := NewEncoder().AppendBlock(nil, fields)
	dec := NewDecoder(Limits{MaxFields: 4, MaxListSize: 4 * 41, MaxString: 6, MaxBlock: uint32(len(block))})
	if got, err := decodeIn(dec, block, 3); err != nil || !slices.Equal(got, fields) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestMaxBlock: an endless block ends the Decoder, at the limit and not later.
func TestMaxBlock(t *testing.T) {
	dec := NewDecoder(Limits{MaxBlock: 1000})
	var err error
	n := 0
	for ; err == nil && n < 10000; n++ {
		err = dec.Write([]byte{0x82})
	}
	var e *Error
	if !errors.As(err, &e) || e.Limit != "MaxBlock" || !e.Fatal || !errors.Is(err, ErrLimit) || n != 1001 {
		t.Errorf("after %d octets: %v", n, err)
	}
	if _, again := dec.Close(nil); again != err {
		t.Errorf("Close says %v", again)
	}
}

// TestBombIsCheap: 60,000 references to an entry of 4,000 octets are 240 MB of
// field section (CVE-2016-6581). They are read to the end, and next to nothing
// is made of them.
func TestBombIsCheap(t *testing.T) {
	big := Field{Name: "a", Value: strings.Repeat("x", 4000)}
	enc := NewEncoder()
	block := enc.AppendBlock(nil, []Field{big})
	block = append(block, bytes.Repeat([]byte{0xbe}, 60000)...)
	dec := NewDecoder(Limits{})
	res := testing.AllocsPerRun(1, func() {
		if _, err := decodeIn(dec, block); !errors.Is(err, ErrLimit) {
			t.Errorf("%v", err)
		}
	})
	if res > 100 {
		t.Errorf("%v allocations", res)
	}
	if got, err := decodeIn(dec, enc.AppendBlock(nil, []Field{big})); err != nil || len(got) != 1 {
		t.Errorf("the next block: %d fields, %v", len(got), err)
	}
}

// TestEncoderSizes: which updates the encoder sends for which settings, and
// that x/net's decoder, unmended, follows: it stands for every Go peer.
func TestEncoderSizes(t *testing.T) {
	type set struct{ limit, peer int } // -1: not called
	for _, c := range []struct {
		name string
		sets []set
		want string // the updates
		size uint32
	}{
		{"nothing", nil, "", 4096},
		{"the default again", []set{{-1, 4096}}, "", 4096},
		{"more than we use", []set{{-1, 65536}}, "", 4096},
		{"less", []set{{-1, 100}}, "3f45", 100},
		{"zero", []set{{-1, 0}}, "20", 0},
		{"less, then more", []set{{-1, 100}, {-1, 4096}}, "203fe11f", 4096},
		{"less, then less", []set{{-1, 200}, {-1, 100}}, "3f45", 100},
		{"less, then in between", []set{{-1, 100}, {-1, 200}}, "203fa901", 200},
		{"a larger table", []set{{65536, 65536}}, "3fe1ff03", 65536},
		{"a larger table, in the other order", []set{{-1, 65536}, {65536, -1}}, "3fe1ff03", 65536},
		{"our own limit", []set{{1000, -1}}, "3fc907", 1000},
		{"our own limit, then back", []set{{1000, -1}, {4096, -1}}, "203fe11f", 4096},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := []Field{{Name: "a", Value: "b"}, {Name: "c", Value: strings.Repeat("d", 20)}}
			next := []Field{{Name: ":method", Value: "GET"}, {Name: "a", Value: "b"}}
			for _, first := range [][]Field{next, nil} {
				var got []Field
				enc, tab, dec := NewEncoder(), NewTable(), NewDecoder(Limits{})
				x := xhpack.NewDecoder(DefaultTableSize, func(f Field) { got = append(got, f) })
				feed := func(fields []Field) []byte {
					t.Helper()
					block := enc.AppendBlock(nil, fields)
					got = nil
					if _, err := x.Write(block); err != nil {
						t.Fatalf("x/net on %x: %v", block, err)
					}
					x.Close()
					if _, err := tab.Explain(block, nil); err != nil {
						t.Fatalf("%x: %v", block, err)
					}
					mine, err := decodeIn(dec, block)
					if err != nil || !slices.Equal(got, fields) || !slices.Equal(mine, fields) {
						t.Fatalf("%x is %v, x/net has %v, want %v (%v)", block, mine, got, fields, err)
					}
					return block
				}
				feed(old)
				for _, s := range c.sets {
					if s.limit >= 0 {
						enc.SetTableLimit(uint32(s.limit))
					}
					if s.peer >= 0 {
						enc.SetMaxTableSize(uint32(s.peer))
						dec.SetMaxTableSize(uint32(s.peer))
						tab.SetAllowedMax(uint32(s.peer))
						x.SetAllowedMaxDynamicTableSize(uint32(s.peer))
					}
				}
				if enc.TableSize() != c.size {
					t.Errorf("the table may have %d octets, want %d", enc.TableSize(), c.size)
				}
				if got := fmt.Sprintf("%x", feed(first)); !strings.HasPrefix(got, c.want) || len(first) == 0 && got != c.want {
					t.Errorf("the block is %s, want %s first", got, c.want)
				}
				feed(next)
				feed(next)
				if m := tab.Mark(); m.Max != c.size {
					t.Errorf("the peer's table may have %d octets, want %d", m.Max, c.size)
				}
				if block := feed(next[:1]); fmt.Sprintf("%x", block) != "82" {
					t.Errorf("updates are sent again: %x", block)
				}
			}
		})
	}
}

// TestSensitive: a sensitive field is never indexed, by anybody.
func TestSensitive(t *testing.T) {
	f := []Field{{Name: "authorization", Value: "secret", Sensitive: true}}
	tab, enc := NewTable(), NewEncoder()
	for range 2 {
		reps, err := tab.Explain(enc.AppendBlock(nil, f), nil)
		if err != nil || len(reps) != 1 || reps[0].Kind != LiteralNeverIndexed || !reps[0].Sensitive() || tab.Inserted() != 0 {
			t.Fatalf("%+v, %v", reps, err)
		}
	}
}

// TestSteadyStateAllocates: a block whose fields are in the table costs the
// encoder nothing and the Decoder nothing once its slices have grown.
func TestSteadyStateAllocates(t *testing.T) {
	fields := []Field{{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/a/b"}, {Name: "accept", Value: "*/*"}, {Name: "x-own", Value: "something"}}
	enc, dec, tab := NewEncoder(), NewDecoder(Limits{}), NewTable()
	var block []byte
	var out []Field
	var reps []Rep
	round := func() {
		var err error
		block = enc.AppendBlock(block[:0], fields)
		if err = dec.Write(block); err != nil {
			t.Fatal(err)
		}
		if out, err = dec.Close(out[:0]); err != nil {
			t.Fatal(err)
		}
		if reps, err = tab.Explain(block, reps[:0]); err != nil {
			t.Fatal(err)
		}
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
	if !slices.Equal(out, fields) || !slices.Equal(repFields(reps), fields) {
		t.Errorf("%v and %v, want %v", out, repFields(reps), fields)
	}
}

// TestEncoderForgets: what a size was before the last block is of no account.
func TestEncoderForgets(t *testing.T) {
	enc, f := NewEncoder(), []Field{{Name: ":method", Value: "GET"}}
	for _, c := range []struct {
		size uint32
		want string
	}{{100, "3f4582"}, {4096, "3fe11f82"}, {200, "3fa90182"}, {200, "82"}} {
		enc.SetMaxTableSize(c.size)
		if got := fmt.Sprintf("%x", enc.AppendBlock(nil, f)); got != c.want {
			t.Errorf("after a setting of %d the block is %s, want %s", c.size, got, c.want)
		}
	}
}
