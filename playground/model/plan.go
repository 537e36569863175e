package model

// Plan is what is done to a session on purpose: what the network between the
// two ends is like, and single interventions. The same program, seed and plan
// give the same record, which is what makes a fork possible: a session up to
// a frame, and from there on another.
type Plan struct {
	Latency   int64  // nanoseconds each way
	Jitter    int64  // nanoseconds that a piece may take beyond that
	Bandwidth int64  // octets a second, 0: unlimited
	Chunk     int    // octets that arrive at once at most, 0: as they were sent
	Seed      uint64 // of everything that is left to chance
	Steps     []Step
}

// Step is one intervention. Its place is a frame of one direction of one
// connection, as the sender wrote it.
type Step struct {
	Kind   string // "corrupt", "stall", "half-close", "cut", "drop" or "inject"
	Conn   uint32 // of the record, from 1
	Dir    string // "c2s" or "s2c": of the octets that it is done to
	Frame  int    // the frame of this direction, from 0; the client's preface is none
	Offset int64  // corrupt: octet within the frame, its header included
	Mask   byte   // corrupt: what the octet is XORed with, 0: the seed chooses
	For    int64  // stall: nanoseconds, below 0: for ever
	Octets []byte // inject: what follows the frame, as if its sender had sent it
}

// usualPlan is a network with nothing wrong.
func usualPlan() Plan { return Plan{Latency: 5_000_000, Seed: 1} }
