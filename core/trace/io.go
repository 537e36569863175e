package trace

import "io"

// pieceSize is how many octets Read and Write move at once.
const pieceSize = 64 << 10

// Write writes a record, in pieces of some 64 KiB. The first entry should be a
// *Header. The error is w's.
func Write(w io.Writer, entries []Entry) error {
	buf := make([]byte, 0, pieceSize+pieceSize/4)
	for _, e := range entries {
		buf = AppendEntry(buf, e)
		if len(buf) >= pieceSize {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	if len(buf) == 0 {
		return nil
	}
	_, err := w.Write(buf)
	return err
}

// Read reads a whole record. With an error, a *SyntaxError or r's, it returns
// the entries before it too: a file that is cut off is readable up to the cut.
func Read(r io.Reader) ([]Entry, error) {
	var d Decoder
	var entries []Entry
	drain := func() error {
		for {
			e, ok, err := d.Next()
			if err != nil || !ok {
				return err
			}
			entries = append(entries, e)
		}
	}
	buf := make([]byte, pieceSize)
	for {
		n, err := r.Read(buf)
		d.Push(buf[:n])
		if bad := drain(); bad != nil {
			return entries, bad
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return entries, err
		}
	}
	if err := d.Finish(); err != nil {
		return entries, err
	}
	return entries, drain()
}
