package hpack

// held is how much of a dynamic table is in use: x/net's does not tell. It has
// the sizes of the entries, oldest first, and evicts as RFC 7541, section 4.4,
// has it.
type held struct {
	sizes []uint32
	first int // of those in sizes that are still in the table
	used  uint32
}

// insert books an entry of n octets into a table of at most max.
func (h *held) insert(n, max uint64) {
	if n > max {
		h.evict(0)
		return
	}
	h.evict(uint32(max - n))
	h.sizes = append(h.sizes, uint32(n))
	h.used += uint32(n)
}

// evict drops the oldest until at most max octets are left.
func (h *held) evict(max uint32) {
	for h.used > max {
		h.used -= h.sizes[h.first]
		h.first++
	}
	if h.first > len(h.sizes)/2 {
		h.sizes = h.sizes[:copy(h.sizes, h.sizes[h.first:])]
		h.first = 0
	}
}

// Used is the size of the dynamic table: of the entries that it holds (RFC 7541,
// section 4.1).
func (e *Encoder) Used() uint32 { return e.held.used }

// Used is the size of the dynamic table: of the entries that it holds (RFC 7541,
// section 4.1).
func (d *Decoder) Used() uint32 { return d.held.used }

// behindUpdates is the kind of the first representation in b that is no size
// update.
func behindUpdates(b []byte) Kind {
	for i := 0; i < len(b); {
		s, _, _ := scan(b, i)
		if s.kind != TableSizeUpdate {
			return s.kind
		}
		i = s.end
	}
	return TableSizeUpdate
}
