package hpack

import (
	xhpack "golang.org/x/net/http2/hpack"
)

// Encoder codes field sections into field blocks, for one direction of one
// connection. Make one with NewEncoder.
type Encoder struct {
	x     *xhpack.Encoder
	out   appender
	limit uint32 // the most that we choose to use
	peer  uint32 // the most that the peer takes: its SETTINGS_HEADER_TABLE_SIZE

	// What is due at the beginning of the next field block (RFC 7541, section
	// 4.2): the maximum changed, and lowest is the lowest it was meanwhile.
	pending bool
	lowest  uint32

	memos memos
	held  held
}

// appender is the io.Writer that x/net's encoder wants; it can't fail.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// NewEncoder makes an Encoder with a dynamic table of DefaultTableSize, which
// is the most that it uses until SetTableLimit allows more.
func NewEncoder() *Encoder {
	e := &Encoder{limit: DefaultTableSize, peer: DefaultTableSize}
	e.x = xhpack.NewEncoder(&e.out)
	return e
}

// SetMaxTableSize tells the peer's SETTINGS_HEADER_TABLE_SIZE, in octets, when
// it is acknowledged. It costs the same however often it is called: what
// follows from it is sent with the next field block.
func (e *Encoder) SetMaxTableSize(n uint32) {
	e.peer = n
	e.resize()
}

// SetTableLimit sets the most octets that the dynamic table may take, whatever
// the peer allows; DefaultTableSize at first.
func (e *Encoder) SetTableLimit(n uint32) {
	e.limit = n
	e.resize()
}

func (e *Encoder) resize() {
	size := min(e.peer, e.limit)
	if size == e.TableSize() {
		return
	}
	e.memos.forget()
	if !e.pending {
		e.pending, e.lowest = true, size
	}
	e.lowest = min(e.lowest, size)
	e.x.SetMaxDynamicTableSizeLimit(e.limit)
	if e.lowest < size {
		// The lowest and the final size are both due. We signal 0 for the
		// lowest, which any lowest allows: x/net's decoder, and so every Go
		// peer, refuses the second of two updates unless the first one emptied
		// the table.
		e.lowest = 0
		e.x.SetMaxDynamicTableSize(0)
		e.held.evict(0)
	}
	e.x.SetMaxDynamicTableSize(size)
	e.held.evict(size)
}

// TableSize is the maximum size of the dynamic table, in octets, that the next
// field block is coded with.
func (e *Encoder) TableSize() uint32 { return e.x.MaxDynamicTableSize() }

// Shrink lets go of what only saves work. The table stays.
func (e *Encoder) Shrink() { e.memos = memos{} }

// AppendBlock appends the field block of a field section to dst, with the size
// updates that are due before it. Names must be in lower case; nothing is
// checked here. What it allocates beyond dst are new entries of the table.
func (e *Encoder) AppendBlock(dst []byte, fields []Field) []byte {
	if m := e.memos.ofFields(fields); m != nil {
		return append(dst, m.block...)
	}
	start := len(dst)
	e.out.b = dst
	if len(fields) == 0 && e.pending {
		e.appendUpdates()
	}
	indexed, inserted := !e.pending, e.pending
	for i := range fields {
		at := len(e.out.b)
		e.x.WriteField(fields[i]) // the appender can't fail
		kind, _ := kindOf(e.out.b[at])
		if e.pending {
			e.pending, kind = false, behindUpdates(e.out.b[at:])
		}
		switch kind {
		case Indexed:
		case LiteralIncremental:
			inserted = true
			e.held.insert(uint64(FieldSize(fields[i].Name, fields[i].Value)), uint64(e.TableSize()))
			fallthrough
		default:
			indexed = false
		}
	}
	dst, e.out.b = e.out.b, nil
	switch {
	case inserted:
		e.memos.forget()
	case indexed:
		e.memos.remember(dst[start:], fields, 0)
	}
	return dst
}

// appendUpdates puts the due updates into a block without fields, which x/net
// would leave empty: the peer may insist that the next block has them (RFC
// 9113, section 4.3.1). x/net sends them once more with the next field, which
// is harmless.
func (e *Encoder) appendUpdates() {
	if size := e.TableSize(); e.lowest < size {
		e.out.b = AppendSizeUpdate(e.out.b, uint64(e.lowest))
		e.out.b = AppendSizeUpdate(e.out.b, uint64(size))
	} else {
		e.out.b = AppendSizeUpdate(e.out.b, uint64(size))
	}
}
