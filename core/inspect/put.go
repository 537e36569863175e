package inspect

import "framewise/core/trace"

// maxPut is how many times octets can be put into a direction.
const maxPut = 1000

// takesIn notes where octets were put into the direction.
func (d *direction) takesIn(e *trace.Fault) {
	if e.Length > 0 && len(d.put) < maxPut {
		d.put = append(d.put, run{from: e.Offset, to: e.Offset + min(e.Length, 1<<63-1-e.Offset)})
	}
}

// until is how many frames of a direction begin before an octet of it.
func (c *connection) until(dir int, off int64) int {
	return c.dirs[dir].rows.search(func(row *uint32) bool { return c.a.rows.at(int(*row)).off < off })
}

// own is how many of the first n frames of a direction were not put in.
func (c *connection) own(dir, n int) int {
	put := 0
	for _, p := range c.dirs[dir].put {
		put += min(n, c.until(dir, p.to)) - min(n, c.until(dir, p.from))
	}
	return max(0, n-put)
}

// putFrom is the first frame from number seq of a direction on that was put in,
// -1: none is. A record that tells of none has it at seq.
func (c *connection) putFrom(dir, seq int) int {
	found := seq
	if len(c.dirs[dir].put) > 0 {
		found = -1
	}
	for _, p := range c.dirs[dir].put {
		first := c.until(dir, p.from)
		// Octets that are no frame make no row: first is the one behind them.
		if n := max(seq, first); (n == first || n < c.until(dir, p.to)) && (found < 0 || n < found) {
			found = n
		}
	}
	return found
}
