// Package inspect explains a record of HTTP/2 connections: every frame, octet
// by octet, with what it did to the streams, the windows, the dynamic tables
// and the settings of both ends.
//
// In come the entries of a record (core/trace), one by one, as they arise or as
// they are read from a file; out go the answers of core/inspect/view, at any
// time, for any frame, at the cost of a binary search.
//
//	a := inspect.New()
//	err := a.Feed(entry)                        // for each entry
//	s := a.Summary()                            // connections, counts, problems, console
//	rows, err := a.Rows(inspect.Query{From: 0, N: 60, Filter: "type:DATA size>100"})
//	d, err := a.Detail(5)                       // everything about frame 5
//	m := a.Density(400)                         // frames by time, for the scrubber
//	p, err := a.Position(5, q)                  // where a frame stands in a list
//	f, err := a.Find(inspect.Search{From: 5, Filter: "window<1024"})
//
// and for the views, over time or at an instant:
//
//	a.Stalls, a.Flow       // senders that wait for a window; a window as both ends know it
//	a.Lanes                // streams, their states, frames and stalls
//	a.Connection           // settings, limits, PING, GOAWAY, problems, the client's fingerprint
//	a.HPACK, a.Predict     // what field blocks did; the choices of an encoder
//	a.Priority             // RFC 7540's tree, RFC 9218's urgency, who was served when
//	inspect.Compare(a, b)  // two records side by side
//
// As text, for the command line:
//
//	out = inspect.AppendLine(out, row, false)   // one line a frame
//	out = inspect.AppendVerbose(out, d, false)  // with fields and effects, as nghttp -v
//	out = inspect.AppendJSON(out, d)            // one JSON object a line
//
// The package is passive: it looks at octets and their times only, so that it
// explains any two implementations. It imports core/frame, core/hpack,
// core/trace and its own view and filter; never core/conn. It has no I/O, no
// clock and starts no goroutine; one goroutine at a time may use an Analyser.
//
// # Time
//
// Each end has its own time. A frame acts on its sender when it is sent and on
// its receiver when it arrives. Sends are taken in the order of the record, and
// before a send at the time t all arrivals due by t. What an end knows at any
// moment is therefore two numbers: frames it has sent and frames it has
// received. A frame is sent and received with its last octet.
//
// An answer about a frame shows its sender just after it was sent and its
// receiver just after it arrived (view.Detail.At has both times).
//
// # What is kept
//
// Series that only grow: rows, changes of stream states, sums of DATA and
// WINDOW_UPDATE for each direction and stream, settings, marks of the dynamic
// tables, where stalls begin. No snapshots and no replay, but for two answers that
// sums can't give: counts of field blocks and the tree of priorities are carried
// on when somebody asks, and put aside every so often. What is under way when somebody asks is
// taken to arrive; the next chunk takes that back, so that answers depend on the
// record alone.
package inspect
