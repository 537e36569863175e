package hpack

import (
	"iter"
	"strings"
)

// Entry is an entry of a table: a field line.
type Entry struct{ Name, Value string }

// Size is what the entry counts in its table, in octets (RFC 7541, section 4.1).
func (e Entry) Size() int { return FieldSize(e.Name, e.Value) }

// Mark is the state of a dynamic table at an instant, of use with the Table
// that it came from only. Everything that was ever inserted is numbered in
// order from 0; the table at the instant is the entries Lo to Hi-1, and Hi-1
// is the newest, with the index 62.
//
// Marks can be kept, compared with == and gone back to at no cost.
type Mark struct {
	Lo, Hi  uint32
	Size    uint32 // of the entries, in octets, at most Max
	Max     uint32 // the maximum size that the encoder chose (RFC 7541, section 4.2)
	Allowed uint32 // the most that it may choose: the receiver's SETTINGS_HEADER_TABLE_SIZE
	Lowest  uint32 // the lowest that Allowed was since the last field block
}

// Len is the number of entries.
func (m Mark) Len() int { return int(m.Hi - m.Lo) }

// Index is the index by which a representation refers to the entry with the
// number seq: 62 for the newest. It is 0 for an entry that is not in the table.
func (m Mark) Index(seq uint32) int {
	if seq < m.Lo || seq >= m.Hi {
		return 0
	}
	return StaticLen + int(m.Hi-seq)
}

// Table mirrors one dynamic table: the encoder's of one end, which is the
// decoder's of the other (RFC 7541, section 2.3.2). It is a log of all entries
// that were inserted, to which Explain appends, and the current Mark. Make one
// with NewTable.
type Table struct {
	log     []Entry
	now     Mark
	text    strings.Builder // where the strings of log lie; never grown, only replaced
	scratch []byte
	late    bool // see StartLate
}

// NewTable is an empty table of DefaultTableSize.
func NewTable() *Table {
	const n = DefaultTableSize
	return &Table{now: Mark{Max: n, Allowed: n, Lowest: n}}
}

// Unknown stands for a name or a value that only somebody can tell who saw the
// connection begin, see StartLate.
const Unknown = "?"

// lateMax is what a table that starts late may hold until a size update tells:
// more than most encoders use, so that no entry that was seen is given up.
const lateMax = 1 << 16

// maxLateIndex bounds the indices that stand for entries from before.
const maxLateIndex = StaticLen + 1<<16

// StartLate says that the connection began before the first field block that t
// is given. Indices count from the newest entry, so entries that are inserted
// from now on are found; an older one is Unknown in name and value. That ends
// when an entry of t itself is evicted: all older ones are gone by then. It must
// be called before anything else.
func (t *Table) StartLate() {
	t.late = true
	t.now = Mark{Max: lateMax, Allowed: 1<<32 - 1, Lowest: 1<<32 - 1}
}

// Partial says whether the table held entries in the state m that are not known.
func (t *Table) Partial(m Mark) bool { return t.late && m.Lo == 0 }

// Mark is the state of the table now.
func (t *Table) Mark() Mark { return t.now }

// Inserted is the number of entries that were ever inserted.
func (t *Table) Inserted() int { return len(t.log) }

// Logged is the entry with the number seq, whether it is still in the table or
// not; seq must be below Inserted.
func (t *Table) Logged(seq uint32) Entry { return t.log[seq] }

// At walks the entries of the state m, newest first, with their index from 62.
// Nothing is copied.
func (t *Table) At(m Mark) iter.Seq2[int, Entry] {
	return func(yield func(int, Entry) bool) {
		for i := m.Hi; i > m.Lo; i-- {
			if !yield(StaticLen+1+int(m.Hi-i), t.log[i-1]) {
				return
			}
		}
	}
}

// Lookup is the entry that an index stands for in the state m: 1 to 61 in the
// static table, from 62 in the dynamic one (RFC 7541, section 2.3.3).
func (t *Table) Lookup(m Mark, index uint64) (e Entry, ok bool) {
	if index == 0 {
		return Entry{}, false
	}
	if index <= StaticLen {
		return staticTable[index-1], true
	}
	if index -= StaticLen; index > uint64(m.Len()) {
		return Entry{}, false
	}
	return t.log[m.Hi-uint32(index)], true
}

// Branch is a table of its own that begins in the state m of t: to explain what
// t was not given, as a field block whose end never came, or what might come
// next. Entries keep their numbers, and neither table sees what is inserted
// into the other.
func (t *Table) Branch(m Mark) *Table {
	return &Table{log: t.log[:m.Hi:m.Hi], now: m, late: t.late}
}

// SetAllowedMax tells that the receiver's SETTINGS_HEADER_TABLE_SIZE is now n
// octets: it was sent by the receiver and acknowledged by the sender. When that
// is below the maximum in force, the next field block must begin with a size
// update (RFC 7541, section 4.2; RFC 9113, section 4.3.1).
func (t *Table) SetAllowedMax(n uint32) {
	t.now.Allowed = n
	t.now.Lowest = min(t.now.Lowest, n)
}

// evict drops the oldest entries until the size is at most max.
func (t *Table) evict(m *Mark, max uint32) (evicted int) {
	for m.Size > max && m.Lo < m.Hi {
		m.Size -= uint32(t.log[m.Lo].Size())
		m.Lo++
		evicted++
	}
	return evicted
}

// insert makes room for an entry and inserts it, unless it is larger than the
// whole table: that empties the table and is no error (RFC 7541, section 4.4).
func (t *Table) insert(m *Mark, name string, value []byte) (e Entry, inserted bool, evicted int) {
	size := uint64(len(name)) + uint64(len(value)) + EntryOverhead
	if size > uint64(m.Max) {
		evicted = t.evict(m, 0)
		return Entry{name, string(value)}, false, evicted
	}
	evicted = t.evict(m, m.Max-uint32(size))
	if int(m.Hi) == len(t.log) {
		t.log = append(t.log, Entry{name, t.hold(value)})
	}
	if e = t.log[m.Hi]; e.Name != name || e.Value != string(value) {
		e = Entry{name, string(value)} // ExplainAt finds the difference
	}
	m.Hi++
	m.Size += uint32(size)
	return e, true, evicted
}

// Sizes of the pieces that the strings of a log are kept in, in octets. They
// grow with the log, so that a table that is hardly used costs little.
const (
	minPiece = 1 << 10
	maxPiece = 1 << 16
)

// hold keeps a copy of b: many strings in one piece of memory.
func (t *Table) hold(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if t.text.Cap()-t.text.Len() < len(b) {
		n := max(min(2*t.text.Cap(), maxPiece), minPiece, len(b))
		t.text = strings.Builder{}
		t.text.Grow(n)
	}
	at := t.text.Len()
	t.text.Write(b)
	return t.text.String()[at:]
}
