package hpack

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	xhpack "golang.org/x/net/http2/hpack"
)

// story is a file of http2jp/hpack-test-case: field blocks of one connection.
type story struct {
	name  string
	Cases []struct {
		Seqno     int
		Wire      string
		TableSize *uint32 `json:"header_table_size"`
		Headers   []map[string]string
		octets    []byte
		fields    []Field
	}
}

// stories reads ../shared/vectors/hpack. It skips the test when the folder is
// not there, unless CI says that it must be.
func stories(t *testing.T) []story {
	t.Helper()
	dir := os.Getenv("FRAMEWISE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "vectors", "hpack", "*", "story_*.json"))
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no stories in %s/vectors/hpack: set FRAMEWISE_SHARED to the shared folder", dir)
		}
		t.Skipf("no stories in %s/vectors/hpack (FRAMEWISE_SHARED names the shared folder)", dir)
	}
	var all []story
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := story{name: filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file))}
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i := range s.Cases {
			c := &s.Cases[i]
			if c.octets, err = hex.DecodeString(c.Wire); err != nil {
				t.Fatalf("%s, case %d: %v", file, i, err)
			}
			for _, h := range c.Headers {
				for name, value := range h {
					c.fields = append(c.fields, Field{Name: name, Value: value})
				}
			}
		}
		all = append(all, s)
	}
	return all
}

// encoded leaves out the stories that have fields only (raw-data).
func encoded(t *testing.T) []story {
	return slices.DeleteFunc(stories(t), func(s story) bool { return strings.HasPrefix(s.name, "raw-data") })
}

// xTable is the dynamic table of an x/net decoder, newest first. It has no
// accessor, so it is asked with indexed representations from 62 on.
func xTable(d *xhpack.Decoder) (entries []Entry) {
	var last Field
	d.SetEmitFunc(func(f Field) { last = f })
	for i := StaticLen + 1; ; i++ {
		_, err := d.Write(appendIndex(nil, i))
		d.Close() // else it believes itself behind the first field line
		if err != nil {
			return entries
		}
		entries = append(entries, Entry{last.Name, last.Value})
	}
}

// appendIndex appends an indexed field line.
func appendIndex(dst []byte, i int) []byte {
	if i < 0x7f {
		return append(dst, 0x80|byte(i))
	}
	dst = append(dst, 0xff)
	for i -= 0x7f; i >= 0x80; i >>= 7 {
		dst = append(dst, byte(i)|0x80)
	}
	return append(dst, byte(i))
}

func repFields(reps []Rep) (fields []Field) {
	for _, r := range reps {
		if r.IsField() {
			fields = append(fields, Field{Name: r.Name, Value: r.Value, Sensitive: r.Sensitive()})
		}
	}
	return fields
}

func tableEntries(t *Table, m Mark) (entries []Entry) {
	for _, e := range t.At(m) {
		entries = append(entries, e)
	}
	return entries
}

// plain drops the sensitivity, which the stories do not tell.
func plain(fields []Field) []Field {
	out := slices.Clone(fields)
	for i := range out {
		out[i].Sensitive = false
	}
	return out
}

// xDecoder is x/net's decoder, with what it does otherwise than the RFC mended:
// it takes no second size update at the beginning of a block while the table
// has entries, so those are fed one by one.
type xDecoder struct {
	*xhpack.Decoder
	fields []Field
}

func newX() *xDecoder {
	x := &xDecoder{}
	x.Decoder = xhpack.NewDecoder(DefaultTableSize, nil)
	return x
}

func (x *xDecoder) block(b []byte) ([]Field, error) {
	x.fields = nil
	x.SetEmitFunc(func(f Field) { x.fields = append(x.fields, f) })
	for len(b) > 0 && b[0]&0xe0 == 0x20 {
		s, more, err := scan(b, 0)
		if more || err != nil {
			break
		}
		if _, err := x.Write(b[:s.end]); err != nil {
			return nil, err
		}
		if err := x.Close(); err != nil {
			return nil, err
		}
		b = b[s.end:]
	}
	if _, err := x.Write(b); err != nil {
		return x.fields, err
	}
	return x.fields, x.Close()
}

// TestStoriesExplained holds the explainer and the Decoder equal to x/net's
// decoder on every story: fields, and the table after each case. Then it looks
// back: every block explained again at its mark is what it was, and the table
// at every mark is what it was.
func TestStoriesExplained(t *testing.T) {
	sized := 0
	for _, s := range encoded(t) {
		tab, x, dec := NewTable(), newX(), NewDecoder(Limits{MaxListSize: 1 << 20, MaxFields: 1 << 10, MaxBlock: 1 << 20})
		type past struct {
			before, after Mark
			reps          []Rep
			table         []Entry
		}
		var pasts []past
		for i, c := range s.Cases {
			if c.TableSize != nil {
				sized++
				tab.SetAllowedMax(*c.TableSize)
				dec.SetMaxTableSize(*c.TableSize)
				x.SetAllowedMaxDynamicTableSize(*c.TableSize)
			}
			p := past{before: tab.Mark()}
			var err error
			if p.reps, err = tab.Explain(c.octets, nil); err != nil {
				t.Fatalf("%s, case %d: %v", s.name, i, err)
			}
			p.after = tab.Mark()
			want, err := x.block(c.octets)
			if err != nil {
				t.Fatalf("%s, case %d: x/net: %v", s.name, i, err)
			}
			if got := repFields(p.reps); !slices.Equal(got, want) || !slices.Equal(plain(got), c.fields) {
				t.Fatalf("%s, case %d: explained as\n%v, x/net has\n%v, the story has\n%v", s.name, i, got, want, c.fields)
			}
			checkReps(t, c.octets, p.before, p.reps)
			p.table = tableEntries(tab, p.after)
			if want := xTable(x.Decoder); !slices.Equal(p.table, want) {
				t.Fatalf("%s, case %d: the table is\n%v, x/net's is\n%v", s.name, i, p.table, want)
			}
			if err := dec.Write(c.octets); err != nil {
				t.Fatalf("%s, case %d: Decoder: %v", s.name, i, err)
			}
			if got, err := dec.Close(nil); err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s, case %d: decoded to %v, %v, want %v", s.name, i, got, err, want)
			}
			if dec.TableSize() != p.after.Max {
				t.Fatalf("%s, case %d: Decoder's table may have %d octets, the explainer's %d", s.name, i, dec.TableSize(), p.after.Max)
			}
			pasts = append(pasts, p)
		}
		for i, p := range slices.Backward(pasts) {
			reps, after, err := tab.ExplainAt(p.before, s.Cases[i].octets, nil)
			if err != nil || after != p.after || !slices.Equal(reps, p.reps) {
				t.Fatalf("%s, case %d again: %v, mark %+v, want %+v", s.name, i, err, after, p.after)
			}
			if got := tableEntries(tab, p.after); !slices.Equal(got, p.table) {
				t.Fatalf("%s, after case %d, looked back: %v, was %v", s.name, i, got, p.table)
			}
		}
	}
	if sized == 0 {
		t.Error("no story changed the table size: nothing of that was tested")
	}
}

// checkReps checks what the numbers of representations must hold together:
// they cover the block in order, sizes and insertions add up.
func checkReps(t testing.TB, block []byte, before Mark, reps []Rep) {
	t.Helper()
	off, m := 0, before
	for i, r := range reps {
		if r.Off != off || r.Len <= 0 {
			t.Fatalf("representation %d covers %d+%d, the last one ended at %d", i, r.Off, r.Len, off)
		}
		inner := r.Off + r.IndexLen
		for _, at := range []Span{r.NameAt, r.ValueAt} {
			if !at.Present() {
				continue
			}
			if at.LenOff != inner || at.Off != at.LenOff+at.LenLen {
				t.Fatalf("representation %d: a string at %+v, the octets before it end at %d", i, at, inner)
			}
			inner = at.Off + at.Len
		}
		if off += r.Len; inner != off {
			t.Fatalf("representation %d ends at %d, its parts at %d", i, off, inner)
		}
		if r.Evicted > 0 && r.EvictedFrom != m.Lo {
			t.Fatalf("representation %d evicts from %d, the oldest is %d", i, r.EvictedFrom, m.Lo)
		}
		m.Lo += uint32(r.Evicted)
		if r.Inserted {
			if r.Seq != m.Hi {
				t.Fatalf("representation %d inserts number %d, the next is %d", i, r.Seq, m.Hi)
			}
			m.Hi++
		}
		if r.Size > r.Max || (r.Size == 0) != (m.Lo == m.Hi) {
			t.Fatalf("representation %d: size %d of at most %d with %d entries", i, r.Size, r.Max, m.Len())
		}
	}
	if off > len(block) {
		t.Fatalf("the representations cover %d octets of %d", off, len(block))
	}
}

// TestStoriesReencoded codes the fields of every story, sensitive ones too, with
// its table size changes, and reads the result with all three decoders.
func TestStoriesReencoded(t *testing.T) {
	for _, s := range stories(t) {
		enc, dec := NewEncoder(), NewDecoder(Limits{MaxListSize: 1 << 20, MaxFields: 1 << 10, MaxBlock: 1 << 20})
		tab, x := NewTable(), newX()
		for i, c := range s.Cases {
			if c.TableSize != nil {
				enc.SetTableLimit(*c.TableSize)
				enc.SetMaxTableSize(*c.TableSize)
				dec.SetMaxTableSize(*c.TableSize)
				tab.SetAllowedMax(*c.TableSize)
				x.SetAllowedMaxDynamicTableSize(*c.TableSize)
			}
			fields := slices.Clone(c.fields)
			for k := range fields {
				fields[k].Sensitive = fields[k].Name == "cookie" && i%2 == 1
			}
			block := enc.AppendBlock(nil, fields)
			if err := dec.Write(block); err != nil {
				t.Fatalf("%s, case %d: %v", s.name, i, err)
			}
			got, err := dec.Close(nil)
			if err != nil || !slices.Equal(got, fields) {
				t.Fatalf("%s, case %d: decoded to %v, %v, want %v", s.name, i, got, err, fields)
			}
			reps, err := tab.Explain(block, nil)
			if err != nil || !slices.Equal(repFields(reps), fields) {
				t.Fatalf("%s, case %d: explained as %v, %v, want %v", s.name, i, repFields(reps), err, fields)
			}
			if got, err := x.block(block); err != nil || !slices.Equal(got, fields) {
				t.Fatalf("%s, case %d: x/net has %v, %v, want %v", s.name, i, got, err, fields)
			}
			if want := xTable(x.Decoder); !slices.Equal(tableEntries(tab, tab.Mark()), want) {
				t.Fatalf("%s, case %d: the table is %v, x/net's is %v", s.name, i, tableEntries(tab, tab.Mark()), want)
			}
		}
	}
}
