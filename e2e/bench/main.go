// Command bench compares Framewise's server, client and core with peers: the
// server CPU that a request costs, requests a second, memory a connection.
//
// Each row is measured in interleaved rounds, ours, net/http's HTTP/2 and
// nghttpd in turn, with the load on one core and what is measured on another.
// What counts is the median of CPU time a request (the run time of all threads,
// from /proc): on a busy machine it is steadier than any rate. A row's ratio is
// net/http's median divided by ours; the bar says how large it must be.
//
// It needs h2load and nghttpd (Debian: nghttp2), taskset, two cores and, for
// the core in WASM, node. Run it through ./build.sh bench; by hand:
//
//	go run ./e2e/bench -rounds 7 -only GET
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "serve":
			serveNetHTTP(os.Args[2:])
			return
		case "load":
			loadClient(os.Args[2:])
			return
		}
	}
	rounds := flag.Int("rounds", envInt("ROUNDS", 7), "interleaved rounds of each row (default: the environment's ROUNDS, or 7)")
	only := flag.String("only", "", "measure only rows whose name matches this `expression`")
	scale := flag.Float64("scale", 1, "multiply the number of requests of each row")
	server := flag.String("framewise", "", "the framewise `program` to measure (default: it is built)")
	flag.Parse()
	match, err := regexp.Compile(*only)
	if err == nil {
		err = run(&suite{rounds: max(*rounds, 1), only: match, scale: *scale, framewise: *server})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func envInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// suite is one run of the benchmarks.
type suite struct {
	rounds    int
	only      *regexp.Regexp
	scale     float64
	framewise string
	self      string // this program, which is also the peers
	dir       string // what the servers serve, and the certificate beside it
	table     table
}

func run(s *suite) error {
	if err := s.prepare(); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	fmt.Printf("%d rounds, %s, net/http of %s; the load on core 1, what is measured on core 0\n", s.rounds, s.peers(), runtime.Version())
	s.table.begin()
	for _, part := range []func() error{s.servers, s.idle, s.clients, s.core, s.facade} {
		if err := part(); err != nil {
			return err
		}
	}
	s.table.end()
	return nil
}

func (s *suite) peers() string {
	out, err := exec.Command("nghttpd", "--version").Output()
	if err != nil {
		return "nghttpd of unknown version"
	}
	return "peer " + string(out[:len(out)-1])
}

// wanted says whether a row is to be measured.
func (s *suite) wanted(name string) bool { return s.only.MatchString(name) }
