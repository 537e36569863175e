package view

// Bits is one representation of a field block bit by bit (RFC 7541, sections 5
// and 6).
type Bits struct {
	Frame   int
	Rep     int // index in Block.Reps
	Parts   []BitPart
	More    int // parts that are left out
	Version int
}

// BitPart is bits that mean one thing.
type BitPart struct {
	Kind  string // "pattern", "number", "huffman", "length", "symbol", "padding" or "octet"
	Of    string // "index", "size", "name" or "value"
	Bits  string // "01"
	Value string // "a", "Indexed", "12"
	Ref   string
}
