package view

// Aligned is a window of two records side by side, in the order of the first;
// what only the second has stands behind what it has before.
type Aligned struct {
	From        int
	Total       int
	Rows        []AlignedRow
	At          int          // the row of the frame that was asked for, -1: none
	Nth         int          // the difference in that row, from 1; 0: they are equal there
	Before      AlignedPlace // the nearest difference before the frame, and behind it
	Next        AlignedPlace
	Differences int
	Version     int
}

// AlignedRow is a frame of each record that stand at the same place.
type AlignedRow struct {
	A, B *Row   // of the first and the second record; null: it has none here
	What string // "": equal; "encoded": the same fields in other octets; else as in Difference
	Text string // what differs, in words
}

// AlignedPlace is a row in which two records differ.
type AlignedPlace struct {
	Row  int // -1: there is none
	A, B int // frames, -1: none here
}
