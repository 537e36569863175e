package main

import (
	"fmt"
	"time"
)

// table prints the rows as they are measured.
type table struct{ met, short int }

const rowFormat = "%-44s %9s %9s %9s %7s %6s  %-6s %s\n"

func (t *table) begin() {
	fmt.Printf(rowFormat, "work", "ours", "net/http", "nghttpd", "ratio", "bar", "", "")
}

// times prints a row whose bar is a ratio: theirs divided by ours. The costs are
// CPU nanoseconds a request; other is 0 when there is no third.
func (t *table) times(name string, bar, ours, theirs, other float64, note string) {
	third := "-"
	if other > 0 {
		third = duration(other)
	}
	ratio := theirs / ours
	fmt.Printf(rowFormat, name, duration(ours), duration(theirs), third,
		fmt.Sprintf("%.2f", ratio), fmt.Sprintf("%g", bar), t.judge(ratio >= bar), note)
}

// most prints a row whose bar is an upper bound of our own value.
func (t *table) most(name, ours, theirs, other, bar string, ok bool, note string) {
	fmt.Printf(rowFormat, name, ours, theirs, other, "", bar, t.judge(ok), note)
}

func (t *table) judge(ok bool) string {
	if ok {
		t.met++
		return "PASS"
	}
	t.short++
	return "short"
}

func (t *table) end() { fmt.Printf("bars: %d met, %d short\n", t.met, t.short) }

// duration shows nanoseconds.
func duration(ns float64) string {
	switch {
	case ns < 1000:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 100e3:
		return fmt.Sprintf("%.2f us", ns/1e3)
	case ns < 10e6:
		return fmt.Sprintf("%.0f us", ns/1e3)
	}
	return time.Duration(ns).Round(100 * time.Microsecond).String()
}
