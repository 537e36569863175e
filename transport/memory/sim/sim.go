// Package sim runs sessions of ours against each other over a bad network in
// virtual time, and holds them to what must be true whatever the network does.
//
// In comes a seed; out come figures, the record of all that was sent, and the
// first thing that was wrong. A seed is a few connections, one after the other,
// each with its own settings, faults and verbs, until there were at least 20
// streams, 200 frames and a fault. The same seed gives the same record.
//
// What is checked:
//   - at each instant at which nothing is under way: what an end may send is what
//     the other takes, for the connection and each stream; both ends hold the
//     same settings and see a stream in matching states;
//   - at each WINDOW_UPDATE of ours: credits given are octets taken;
//   - while octets come: each body is what was sent, in order, and so are fields;
//   - at the end: streams ended in ways that fit, bodies came whole, an end that
//     failed has told the other why, and nothing is kept;
//   - from the record alone: the analyser takes it, and finds no fault with what
//     the ends sent as long as the network changed nothing.
//
// It imports core/session, core/inspect and transport/memory.
package sim

import (
	"fmt"
	"hash/maphash"
	"runtime/debug"

	"framewise/core/frame"
	"framewise/core/inspect"
	"framewise/core/trace"
	"framewise/transport/memory"
)

// What a seed has at least.
const (
	MinStreams = 20
	MinFrames  = 200
	MinFaults  = 1
	maxRounds  = 40
)

// Kinds of things that a seed may have; a run of many seeds has all of them.
const (
	Tunnels    = iota // CONNECT and extended CONNECT
	Upgrades          // connections that came from HTTP/1.1
	Updates           // PRIORITY_UPDATE
	Extensions        // ORIGIN, ALTSVC, frames of unknown types
	Hints             // informational responses
	kinds
)

var kindNames = [kinds]string{"tunnels", "upgrades", "PRIORITY_UPDATEs", "extension frames", "informational responses"}

// Result is what came of a seed.
type Result struct {
	Seed    uint64
	Rounds  int // connections
	Streams int // that a client opened or a server promised
	Frames  int
	Octets  int64
	Faults  int // entries of the record
	Quiet   int // instants at which the books of both ends were compared
	Kinds   [kinds]int
	// Errors counts connection errors by code.
	Errors map[frame.ErrCode]int
	// Entries is the record, if it was asked for.
	Entries []trace.Entry
	// Hash tells records apart, within a process.
	Hash uint64
	// Err is the first thing that was wrong, or nil.
	Err error
}

// Run runs a seed. explain lets the analyser look at the record, and keeps it.
func Run(seed uint64, explain bool) (res Result) {
	mixed := dice(seed) // seeds that are neighbours must not share what follows
	w := &world{dice: dice(mixed.next()), keep: explain}
	w.res = Result{Seed: seed, Errors: map[frame.ErrCode]int{}}
	w.hash.SetSeed(hashSeed)
	defer func() {
		if p := recover(); p != nil {
			w.failf("panic: %v\n%s", p, debug.Stack())
		}
		w.res.Hash = w.hash.Sum64()
		res = w.res
	}()
	w.note(&trace.Header{Version: trace.Version, Title: fmt.Sprintf("simulation, seed %d", seed), Generator: "framewise sim", Seed: seed})
	w.net = memory.New(w.note)
	for w.res.Rounds < maxRounds && w.res.Err == nil &&
		(w.res.Rounds == 0 || w.res.Streams < MinStreams || w.res.Frames < MinFrames || w.res.Faults < MinFaults) {
		w.res.Rounds++
		w.round()
	}
	if explain && w.res.Err == nil {
		w.explain()
	}
	if w.res.Err == nil && (w.res.Streams < MinStreams || w.res.Frames < MinFrames || w.res.Faults < MinFaults) {
		w.failf("only %d streams, %d frames, %d faults in %d rounds", w.res.Streams, w.res.Frames, w.res.Faults, w.res.Rounds)
	}
	return w.res
}

var hashSeed = maphash.MakeSeed()

// world is a seed that runs.
type world struct {
	dice   dice
	net    *memory.Network
	keep   bool
	hash   maphash.Hash
	frames [2]counter
	rounds []*round // all of them, by number of their connection from 1
	res    Result
}

// failf notes what was wrong first.
func (w *world) failf(format string, args ...any) {
	if w.res.Err == nil {
		w.res.Err = fmt.Errorf("seed %d, connection %d, at %d ns: %w", w.res.Seed, w.res.Rounds, w.now(), fmt.Errorf(format, args...))
	}
}

func (w *world) now() int64 {
	if w.net == nil {
		return 0
	}
	return w.net.Now()
}

// note takes an entry of the record.
func (w *world) note(e trace.Entry) {
	if w.keep {
		w.res.Entries = append(w.res.Entries, e)
	}
	switch e := e.(type) {
	case *trace.Conn:
		w.frames = [2]counter{{rest: len(frame.Preface)}, {}}
	case *trace.Chunk:
		w.res.Frames += w.frames[e.Dir].count(e.Octets)
		w.res.Octets += int64(len(e.Octets))
		maphash.WriteComparable(&w.hash, [3]int64{int64(e.Dir), e.SentAt, e.ReceivedAt})
		w.hash.Write(e.Octets)
		w.hash.Write(e.Received)
	case *trace.Fault:
		w.res.Faults++
		w.current().fault(e)
		w.hash.WriteString(e.Text)
	case *trace.Close:
		maphash.WriteComparable(&w.hash, e.At)
		w.hash.WriteString(e.By)
		w.hash.WriteString(e.Reason)
	}
}

func (w *world) current() *round { return w.rounds[len(w.rounds)-1] }

// counter counts the frames of a direction.
type counter struct {
	rest, head, length int
}

func (k *counter) count(b []byte) (n int) {
	for len(b) > 0 {
		if k.rest > 0 {
			took := min(k.rest, len(b))
			k.rest -= took
			b = b[took:]
			continue
		}
		if k.head < 3 {
			k.length = k.length<<8 | int(b[0])
		}
		b = b[1:]
		if k.head++; k.head == frame.HeaderLen {
			n++
			k.rest, k.head, k.length = k.length, 0, 0
		}
	}
	return n
}

// explain gives the record to the analyser, which knows nothing else.
func (w *world) explain() {
	a := inspect.New()
	for _, e := range w.res.Entries {
		if err := a.Feed(e); err != nil {
			w.failf("the analyser refuses the record: %v", err)
			return
		}
	}
	s := a.Summary()
	for _, p := range s.Problems {
		// Without a code it is the network's or the record's doing.
		if r := w.rounds[p.Conn-1]; p.Code != "" && !r.altered {
			w.failf("the analyser finds fault on connection %d, frame %d: %s %s (%s)", p.Conn, p.Frame, p.Code, p.Text, p.Ref)
		}
	}
	for range min(s.Frames, 3) {
		if _, err := a.Detail(w.dice.below(s.Frames)); err != nil {
			w.failf("the analyser can't show a frame: %v", err)
		}
	}
	if w.dice.chance(8) {
		if _, err := a.Rows(inspect.Query{From: w.dice.below(s.Frames), N: 60}); err != nil {
			w.failf("the analyser can't list the frames: %v", err)
		}
		a.Density(50)
	}
}
