// Package priority decides which stream of a connection sends next.
//
// In come the streams as they open and close, which of them have something to
// send, how many octets each sent, and what the peer says about their priority.
// Out comes the stream whose turn it is. A Scheduler serves by one of three
// schemes:
//
//   - RoundRobin: one frame each, in turn. It is in force until anybody
//     prioritises.
//   - Tree: the dependency tree of RFC 7540, section 5.3. A stream that can send
//     comes before those that depend on it; siblings share in proportion to
//     their weights.
//   - Urgency: RFC 9218. The most urgent streams first; of one urgency those
//     that are not incremental one after the other, the incremental ones in turn.
//
// The package also reads and writes the priority field of RFC 9218 (ParseField,
// AppendField).
//
// # Cost
//
// A pick or a booking in RoundRobin and Urgency is O(1), but O(log n) amortised
// when a stream that is not incremental comes or goes. In the tree it is
// O(log n) amortised for each level between the stream and the root; a stream
// that can send ends the descent, so levels count only where somebody waits.
// None of them allocates.
//
// # Bounds
//
// A scheduler holds the open streams, and of those that are idle or closed at
// most Options.MaxKept; the one that was named longest ago gives way (RFC 7540,
// section 5.3.4). Its memory is one slice of nodes, which grows to the most that
// were held at a time, and an index by identifier.
//
// An update of the tree is O(log n) amortised in its queues. Beside that it
// changes one link for each stream that gets another parent, and follows one for
// each ancestor of the two places; the rest is not visited. Random updates take 7
// such steps on average with 200 streams; the worst that a peer can make of them
// is about one a stream, which BenchmarkUpdate measures.
//
// The package has no clock, no randomness and no map order in what it does: the
// same calls give the same picks. It imports core/frame only, for the types of
// the wire. A Scheduler is not safe for concurrent use.
package priority
