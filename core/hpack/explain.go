package hpack

import (
	"errors"
	"strconv"
	"strings"
)

// Rep is one representation of a field block, explained (RFC 7541, section 6).
type Rep struct {
	Off, Len int // its octets in the field block
	Kind     Kind

	Index    uint32 // as on the wire: 0 for a name that stands there itself, and in a size update
	IndexLen int    // octets of the index or, in a size update, of the size; from Off

	Name, Value string // the field line, "" in a size update
	Unknown     bool   // name or value is that of an entry from before, see StartLate
	NameAt      Span   // where the name stands, if it does
	ValueAt     Span   // where the value stands, if it does

	Inserted    bool   // into the dynamic table
	Seq         uint32 // number of the inserted entry, see Mark
	Evicted     int    // entries that it drove out: the oldest ones, EvictedFrom and following
	EvictedFrom uint32 // number of the first of them

	Size uint32 // of the table after it, in octets
	Max  uint32 // of the table after it: for a size update the new maximum
}

// Static says whether the index is one of the static table.
func (r *Rep) Static() bool { return r.Index >= 1 && r.Index <= StaticLen }

// Dynamic says whether the index is one of the dynamic table.
func (r *Rep) Dynamic() bool { return r.Index > StaticLen }

// IsField says whether the representation is a field line, not a size update.
func (r *Rep) IsField() bool { return r.Kind != TableSizeUpdate }

// Sensitive says whether the field line must never be indexed by anybody who
// passes it on (RFC 7541, section 7.1.3).
func (r *Rep) Sensitive() bool { return r.Kind == LiteralNeverIndexed }

// ErrNotExplained is what ExplainAt returns for a field block that Explain has
// not been given at that mark.
var ErrNotExplained = errors.New("hpack: this field block was not explained at this mark")

// Explain reads a whole field block, moves the table on and appends what each
// representation is to dst. The strings it returns stay valid; block is not
// kept.
//
// An error is an *Error that matches ErrCompression. The representations before
// it are returned, and the table is left as it was after them.
func (t *Table) Explain(block []byte, dst []Rep) ([]Rep, error) {
	return t.explain(&t.now, block, dst)
}

// ExplainAt explains a field block once more, as it was in the state before:
// the Mark that was current when Explain was given the same block. The table
// stays as it is. It returns the state after the block too.
func (t *Table) ExplainAt(before Mark, block []byte, dst []Rep) ([]Rep, Mark, error) {
	m, n, from := before, len(t.log), len(dst)
	dst, err := t.explain(&m, block, dst)
	if len(t.log) > n {
		t.log = t.log[:n]
		return dst[:from], before, ErrNotExplained
	}
	for i := range dst[from:] {
		r := &dst[from+i]
		if r.Inserted && t.log[r.Seq] != (Entry{r.Name, r.Value}) {
			return dst[:from], before, ErrNotExplained
		}
	}
	return dst, m, err
}

func (t *Table) explain(m *Mark, block []byte, dst []Rep) ([]Rep, error) {
	if !t.late || m.Max != lateMax { // else the maximum in force is not known
		if err := checkStart(block, m.Max, m.Lowest); err != nil {
			return dst, err
		}
	}
	m.Lowest = m.Allowed
	off, atStart := 0, true
	for off < len(block) {
		s, more, err := scan(block, off)
		if err != nil {
			return dst, err
		}
		if more {
			return dst, cutOff(len(block), s)
		}
		dst = append(dst, Rep{Off: off, Len: s.end - off, Kind: s.kind, IndexLen: s.nLen, NameAt: s.name, ValueAt: s.value})
		r := &dst[len(dst)-1] // made where it stays: it is large
		if s.kind == TableSizeUpdate {
			err = t.update(m, r, s, atStart)
		} else {
			atStart = false
			err = t.field(m, r, s, block)
		}
		if err != nil {
			return dst[:len(dst)-1], err
		}
		r.Size, r.Max = m.Size, m.Max
		off = s.end
	}
	return dst, nil
}

// checkStart: once the receiver allows less than the maximum in force, the next
// field block starts with an update to at most the lowest that was allowed
// meanwhile (RFC 7541, section 4.2; RFC 9113, section 4.3.1).
func checkStart(block []byte, max, lowest uint32) *Error {
	if max <= lowest {
		return nil
	}
	got := "it is empty"
	if len(block) > 0 {
		s, more, err := scan(block, 0)
		switch {
		case err != nil || more && s.kind == TableSizeUpdate:
			return nil // told when it is read
		case s.kind != TableSizeUpdate:
			got = "it starts with another representation"
		case s.n > uint64(lowest):
			got = "it starts with an update to " + strconv.FormatUint(s.n, 10)
		default:
			return nil
		}
	}
	return broken(0, "4.2", "HEADER_TABLE_SIZE went down to "+utoa(lowest)+", so the field block must start with a dynamic table size update to at most that: "+got)
}

// update is a dynamic table size update (RFC 7541, section 6.3).
func (t *Table) update(m *Mark, r *Rep, s shape, atStart bool) *Error {
	if err := checkUpdate(s, m.Allowed, atStart); err != nil {
		return err
	}
	m.Max = uint32(s.n)
	r.EvictedFrom = m.Lo
	r.Evicted = t.evict(m, m.Max)
	return nil
}

// checkUpdate: an update stands at the beginning of a field block (RFC 7541,
// section 4.2) and is no larger than the receiver allows (section 6.3). x/net's
// decoder takes one anywhere while the table is empty, and refuses the second
// of two at the beginning while it is not.
func checkUpdate(s shape, allowed uint32, atStart bool) *Error {
	if !atStart {
		return broken(s.off, "4.2", "a dynamic table size update stands behind a field line, it must be at the beginning of the field block")
	}
	if s.n > uint64(allowed) {
		return broken(s.off, "6.3", "a dynamic table size update to "+strconv.FormatUint(s.n, 10)+" octets, HEADER_TABLE_SIZE allows "+utoa(allowed))
	}
	return nil
}

// field is any of the other representations.
func (t *Table) field(m *Mark, r *Rep, s shape, block []byte) *Error {
	if s.kind == Indexed || s.n > 0 {
		e, ok := t.Lookup(*m, s.n)
		if !ok {
			if !t.Partial(*m) || s.n <= StaticLen || s.n > maxLateIndex {
				return badIndex(s, m.Len())
			}
			e = Entry{Unknown, Unknown}
		}
		r.Index, r.Name = uint32(s.n), e.Name
		r.Unknown = t.late && (e.Name == Unknown || s.kind == Indexed && e.Value == Unknown)
		if s.kind == Indexed {
			r.Value = e.Value
			return nil
		}
	} else {
		b, err := t.literal(block, s.name)
		if err != nil {
			return err
		}
		r.Name = t.newName(m, s.kind, b)
	}
	b, err := t.literal(block, s.value)
	if err != nil {
		return err
	}
	if s.kind != LiteralIncremental {
		r.Value = string(b)
		return nil
	}
	r.Seq, r.EvictedFrom = m.Hi, m.Lo
	var e Entry
	e, r.Inserted, r.Evicted = t.insert(m, r.Name, b)
	r.Value = e.Value
	return nil
}

// literal is the octets that a string literal stands for. They are valid until
// the next call.
func (t *Table) literal(block []byte, at Span) ([]byte, *Error) {
	b := block[at.Off : at.Off+at.Len]
	if !at.Huffman {
		return b, nil
	}
	out, off, bad := appendHuffman(t.scratch[:0], b)
	t.scratch = out
	if bad != "" {
		return nil, broken(at.Off+off, "5.2", bad)
	}
	return out, nil
}

// newName makes a string of a name that stands in the octets, with those that
// are to be inserted, unless a block is read again.
func (t *Table) newName(m *Mark, kind Kind, b []byte) string {
	if kind != LiteralIncremental {
		return string(b)
	}
	if int(m.Hi) < len(t.log) {
		if name := t.log[m.Hi].Name; name == string(b) {
			return name
		}
		return string(b)
	}
	return t.hold(b)
}

// badIndex is the error of an index that stands for nothing; n is the number of
// entries of the dynamic table, -1 when it is not known.
func badIndex(s shape, n int) *Error {
	if s.n == 0 {
		return broken(s.off, "6.1", "an indexed field line with the index 0")
	}
	reason := "index " + strconv.FormatUint(s.n, 10) + " is in no table"
	if n >= 0 {
		reason += ": the dynamic table ends at " + strconv.Itoa(StaticLen+n)
	}
	return broken(s.off, "2.3.3", reason)
}

// cutOff is the error of a field block that ends, at the octet end, within s.
func cutOff(end int, s shape) *Error {
	_, section, _ := strings.Cut(s.kind.Ref(), " 7541 ")
	return broken(end, section, "the field block ends within a representation ("+s.kind.String()+") that begins at octet "+strconv.Itoa(s.off))
}

func utoa(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
