// Package leaktest shows that what a server does, a hundred times over, leaves
// nothing behind: no goroutine, no file descriptor, no memory. Tests import it.
package leaktest

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// State is what this process holds.
type State struct {
	Goroutines int
	FDs        int   // file descriptors, sockets among them
	Heap       int64 // octets that are in use after a collection
	RSS        int64 // octets of memory that the system lent
}

// Now collects garbage and counts.
func Now() State {
	for range 3 { // what pools hold goes with the second
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s := State{Goroutines: runtime.NumGoroutine(), Heap: int64(m.HeapAlloc)}
	if names, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.FDs = len(names)
	}
	s.RSS = RSS(os.Getpid())
	return s
}

// RSS is the memory that a process has, in octets; 0 where the system doesn't say.
func RSS(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// heapNoise is how many octets may be in use after a hundred faults that were not
// before: the tests' own, far below one page of anything a connection.
const heapNoise = 256 << 10

// settleTime is how long what is ending may take to be gone.
const settleTime = 20 * time.Second

// workers do runs side by side.
const workers = 20

// Fault is one way in which a connection goes wrong.
type Fault struct {
	Name string
	// Set up starts what is needed; it is stopped by the test's Cleanup. run does
	// the fault once, for the time i, and may be called from several goroutines.
	SetUp func(t *testing.T) (run func(i int) error)
}

// Table does each fault so often, after a few times that fill pools, and prints a
// row of what was left. Anything left is a failure.
func Table(t *testing.T, runs int, faults []Fault) {
	t.Helper()
	table := fmt.Sprintf("%-34s %5s %7s %11s %4s %9s %9s\n", "fault", "times", "ms", "goroutines", "fds", "heap KiB", "RSS KiB")
	for _, f := range faults {
		once(t, f, min(runs, workers))
		before := Now()
		ignore := goleak.IgnoreCurrent()
		start := time.Now()
		once(t, f, runs)
		took := time.Since(start)
		after, leak := settle(before, ignore)
		row := fmt.Sprintf("%-34s %5d %7d %+11d %+4d %+9d %+9d", f.Name, runs, took.Milliseconds(), after.Goroutines-before.Goroutines,
			after.FDs-before.FDs, (after.Heap-before.Heap)>>10, (after.RSS-before.RSS)>>10)
		table += row + "\n"
		if leak != nil || after.FDs > before.FDs || after.Heap-before.Heap > heapNoise || after.RSS-before.RSS > rssNoise {
			t.Errorf("%s\nleft behind: %v", row, leak)
		}
	}
	t.Logf("%d kinds of fault:\n%s", len(faults), table)
}

// once sets a fault up and does it so often.
func once(t *testing.T, f Fault, runs int) {
	t.Run(f.Name, func(t *testing.T) {
		run := f.SetUp(t)
		todo := make(chan int)
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for i := range todo {
					if err := run(i); err != nil {
						t.Errorf("time %d: %v", i, err)
					}
				}
			})
		}
		for i := range runs {
			todo <- i
		}
		close(todo)
		all.Wait()
	})
}

// settle waits until no more is there than before, or it has taken too long.
func settle(before State, ignore goleak.Option) (after State, leak error) {
	for late := time.Now().Add(settleTime); ; time.Sleep(10 * time.Millisecond) {
		leak = goleak.Find(ignore)
		after = Now()
		if leak == nil && after.FDs <= before.FDs && after.Heap-before.Heap <= heapNoise && after.RSS-before.RSS <= rssNoise || time.Now().After(late) {
			return after, leak
		}
	}
}
