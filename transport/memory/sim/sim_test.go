package sim

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
)

// number reads a number from the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q must be a whole number from 0", name, v)
	}
	return n
}

// TestSimulation runs seeds: FRAMEWISE_SIM_SEEDS of them (defaultSeeds), from
// FRAMEWISE_SIM_FIRST (1). SEED=n runs that one alone and saves its record,
// which framewise inspect and the playground show.
func TestSimulation(t *testing.T) {
	if os.Getenv("SEED") != "" {
		seed := number(t, "SEED", 0)
		res := run(seed, true)
		t.Logf("%+v; record: %s", figures(res), save(t, res))
		if res.Err != nil {
			t.Error(res.Err)
		}
		return
	}
	first, n := number(t, "FRAMEWISE_SIM_FIRST", 1), number(t, "FRAMEWISE_SIM_SEEDS", defaultSeeds)
	// A seed is short and leaves much behind: the heap may grow, up to a bound.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(384 << 20))
	sum := total{errors: map[frame.ErrCode]int{}}
	start := time.Now()
	var next atomic.Uint64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < n && !sum.full(); i = next.Add(1) - 1 {
				sum.add(t, run(first+i, n <= manySeeds || i%8 == 0))
			}
		})
	}
	wait.Wait()
	for i, n := range sum.kinds {
		if n == 0 && sum.seeds >= 500 {
			t.Errorf("no seed had %s", kindNames[i])
		}
	}
	fmt.Printf("simulation: %s; %.0f seeds a second\n", &sum, float64(sum.seeds)/time.Since(start).Seconds())
}

// manySeeds is from how many on only every eighth seed runs twice.
const manySeeds = 20_000

// run runs a seed and looks at the record. again runs it a second time: the
// record must be the same.
func run(seed uint64, again bool) Result {
	res := Run(seed, true)
	if again && res.Err == nil && Run(seed, false).Hash != res.Hash {
		res.Err = fmt.Errorf("seed %d: a second run gives another record", seed)
	}
	return res
}

// maxFailures is how many seeds may fail before the rest is left.
const maxFailures = 5

// total is the sum of all results.
type total struct {
	sync.Mutex
	seeds, failures, rounds, streams, frames, faults, quiet int
	octets                                                  int64
	kinds                                                   [kinds]int
	errors                                                  map[frame.ErrCode]int
}

func (s *total) full() bool {
	s.Lock()
	defer s.Unlock()
	return s.failures >= maxFailures
}

func (s *total) add(t *testing.T, r Result) {
	s.Lock()
	defer s.Unlock()
	s.seeds++
	s.rounds += r.Rounds
	s.streams += r.Streams
	s.frames += r.Frames
	s.faults += r.Faults
	s.quiet += r.Quiet
	s.octets += r.Octets
	for i, n := range r.Kinds {
		s.kinds[i] += n
	}
	for code, n := range r.Errors {
		s.errors[code] += n
	}
	if r.Err != nil {
		s.failures++
		t.Errorf("%v\n  again: SEED=%d go test ./transport/memory/sim -run TestSimulation -v\n  record: %s", r.Err, r.Seed, save(t, r))
	}
}

func (s *total) String() string {
	var codes []string
	for code, n := range s.errors {
		codes = append(codes, fmt.Sprintf("%v %d", code, n))
	}
	slices.Sort(codes)
	some := ""
	for i, n := range s.kinds {
		some += fmt.Sprintf("%d %s, ", n, kindNames[i])
	}
	return fmt.Sprintf("%d seeds, %d failed, %d connections, %d streams, %d frames, %d octets, %d faults, %sbooks compared %d times, connection errors: %s",
		s.seeds, s.failures, s.rounds, s.streams, s.frames, s.octets, s.faults, some, s.quiet, strings.Join(codes, ", "))
}

func figures(r Result) string {
	s := total{errors: r.Errors, seeds: 1, rounds: r.Rounds, streams: r.Streams, frames: r.Frames, faults: r.Faults, quiet: r.Quiet, octets: r.Octets, kinds: r.Kinds}
	return s.String()
}

// save keeps a record where framewise inspect and the playground can read it.
func save(t *testing.T, r Result) string {
	name := filepath.Join(os.TempDir(), fmt.Sprintf("framewise-sim-%d.h2trace", r.Seed))
	f, err := os.Create(name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if err := trace.Write(f, r.Entries); err != nil {
		return err.Error()
	}
	return name
}
