package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// coreRow is a benchmark of the core in memory.
type coreRow struct {
	bench string
	name  string
	bar   float64 // nanoseconds
}

var coreRows = []coreRow{
	{"BenchmarkRequest/small", "core in memory: small request", 500},
	{"BenchmarkRequest/15in30out", "core in memory: 15 fields in, 30 out", 3000},
	{"BenchmarkFrame", "core in memory: frame parsed", 15},
}

// wasmBar is how many times slower the core may be in WASM.
const wasmBar = 6.5

// core measures the core natively and in WASM.
func (s *suite) core() error {
	if !s.wanted("core in memory") {
		return nil
	}
	native, err := s.goBench()
	if err != nil {
		return err
	}
	wasm, err := s.goBench("GOOS=js", "GOARCH=wasm")
	if err != nil {
		return err
	}
	for _, r := range coreRows {
		n, w := native[r.bench], wasm[r.bench]
		s.table.most(r.name, duration(n.ns), "", "", duration(r.bar), n.ns <= r.bar && n.allocs == 0, fmt.Sprintf("%g allocations", n.allocs))
		if n.ns > 0 {
			s.table.most(r.name+", WASM", duration(w.ns), "", "", fmt.Sprintf("%gx", wasmBar), w.ns/n.ns <= wasmBar && w.allocs == 0,
				fmt.Sprintf("%.1f times native, %g allocations", w.ns/n.ns, w.allocs))
		}
	}
	return nil
}

// benchResult is the median of a benchmark's runs.
type benchResult struct{ ns, allocs float64 }

var benchLine = regexp.MustCompile(`(?m)^(Benchmark[^\s-]+)\S*\s+\d+\s+([0-9.]+) ns/op.*?([0-9.]+) allocs/op`)

// goBench runs the benchmarks of package core with additions to the environment.
func (s *suite) goBench(env ...string) (map[string]benchResult, error) {
	args := []string{"-c", measured, "go", "test", "-run", "^$", "-bench", ".", "-benchtime", "300ms", "-count", strconv.Itoa(max(s.rounds, 3))}
	keep := os.Environ()
	if len(env) > 0 {
		root, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return nil, err
		}
		args = append(args, "-exec", filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec"))
		keep = nil // the whole environment does not fit into what wasm_exec has for it
		for _, name := range []string{"PATH", "HOME", "GOTOOLCHAIN", "GOPROXY", "GOFLAGS", "GOCACHE", "GOMODCACHE", "GOPATH", "TMPDIR"} {
			if v, ok := os.LookupEnv(name); ok {
				keep = append(keep, name+"="+v)
			}
		}
	}
	cmd := exec.Command("taskset", append(args, "framewise/e2e/bench/core")...)
	cmd.Env = append(keep, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test %s: %w: %s", strings.Join(env, " "), err, out)
	}
	ns, allocs := map[string][]float64{}, map[string][]float64{}
	for _, m := range benchLine.FindAllStringSubmatch(string(out), -1) {
		n, err1 := strconv.ParseFloat(m[2], 64)
		a, err2 := strconv.ParseFloat(m[3], 64)
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("go test: %s", m[0])
		}
		ns[m[1]], allocs[m[1]] = append(ns[m[1]], n), append(allocs[m[1]], a)
	}
	res := map[string]benchResult{}
	for _, r := range coreRows {
		if len(ns[r.bench]) == 0 {
			return nil, fmt.Errorf("go test did not run %s: %s", r.bench, out)
		}
		res[r.bench] = benchResult{median(ns[r.bench]), median(allocs[r.bench])}
	}
	return res, nil
}
