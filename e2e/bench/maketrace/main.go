// Command maketrace prints the benchmark trace of package made as a record:
//
//	maketrace FRAMES SEED > bench.h2trace
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"

	"framewise/core/trace"
	"framewise/e2e/bench/made"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "maketrace:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: maketrace FRAMES SEED")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 || n > 10_000_000 {
		return fmt.Errorf("FRAMES is a number from 1 to 10000000, not %q", args[0])
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return fmt.Errorf("SEED is a number, not %q", args[1])
	}
	w := bufio.NewWriterSize(os.Stdout, 1<<20)
	var line []byte
	for _, e := range made.Record(n, seed) {
		line = trace.AppendEntry(line[:0], e)
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return w.Flush()
}
