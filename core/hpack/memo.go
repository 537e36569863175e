package hpack

// memos are the last field blocks that left the table as it was. Such a block and
// its section stand for each other until an entry is inserted or the table is
// resized: then all are forgotten. x/net's coder, which walks both field by
// field, is asked once for each; what repeats costs a comparison.
type memos struct {
	kept []memo
	next int // to be replaced when all are in use
}

// memo is a block and its section. Neither is shared with anybody.
type memo struct {
	block  []byte
	fields []Field
	list   uint64 // size of the field list (decoder)
}

// Bounds of what is remembered: of each connection and direction, a few blocks
// as messages have them.
const (
	keptMemos  = 4
	memoFields = 64
	memoBlock  = 192 // octets
)

// forget drops all, and keeps the space.
func (m *memos) forget() {
	for i := range m.kept {
		k := &m.kept[i]
		clear(k.fields)
		k.block, k.fields = k.block[:0], k.fields[:0]
	}
	m.kept, m.next = m.kept[:0], 0
}

// remember keeps copies, unless the block is larger than what is worth it.
func (m *memos) remember(block []byte, fields []Field, list uint64) {
	if len(block) == 0 || len(block) > memoBlock || len(fields) > memoFields {
		return
	}
	n := len(m.kept)
	switch {
	case n == keptMemos:
		n = m.next
		m.next = (m.next + 1) % keptMemos
	case n < cap(m.kept):
		m.kept = m.kept[:n+1]
	default:
		m.kept = append(m.kept, memo{})
	}
	to := &m.kept[n]
	to.block = append(to.block[:0], block...)
	to.fields = append(to.fields[:0], fields...)
	to.list = list
}

// ofFields finds the memo of a section, or nil.
func (m *memos) ofFields(fields []Field) *memo {
	for i := range m.kept {
		if k := &m.kept[i]; sameFields(k.fields, fields) {
			return k
		}
	}
	return nil
}

// ofBlock finds the memo of a block, or nil.
func (m *memos) ofBlock(b []byte) *memo {
	for i := range m.kept {
		if k := &m.kept[i]; string(k.block) == string(b) {
			return k
		}
	}
	return nil
}

func sameFields(a, b []Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := len(a) - 1; i >= 0; i-- { // sections differ at the end sooner
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
