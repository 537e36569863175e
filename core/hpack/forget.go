package hpack

import "slices"

// Forget drops what is no longer in the table from the log, so that a table
// that only follows along needs no more memory than its entries. Marks from
// before mean nothing any more, and entries are numbered anew from 0.
func (t *Table) Forget() {
	if t.now.Lo == 0 {
		return
	}
	t.log = slices.Clone(t.log[t.now.Lo:])
	for i := range t.log { // the entries may lie in pieces of memory with dropped ones
		t.log[i] = Entry{string([]byte(t.log[i].Name)), string([]byte(t.log[i].Value))}
	}
	t.now.Hi -= t.now.Lo
	t.now.Lo = 0
	t.late = false // an entry was dropped: all from before are gone
}
