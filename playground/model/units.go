package model

import (
	"math"
	"strconv"
	"strings"
)

// unit is a name of a unit, and how many of the smallest it is.
type unit struct {
	name string
	n    float64
}

var (
	timeUnits = []unit{{"ns", 1}, {"µs", 1e3}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}}
	rateUnits = []unit{{"B/s", 1}, {"kB/s", 1e3}, {"KiB/s", 1 << 10}, {"MB/s", 1e6}, {"MiB/s", 1 << 20},
		{"bit/s", 1. / 8}, {"kbit/s", 1e3 / 8}, {"Mbit/s", 1e6 / 8}, {"Gbit/s", 1e9 / 8}}
	sizeUnits = []unit{{"B", 1}, {"octet", 1}, {"octets", 1}, {"kB", 1e3}, {"KiB", 1 << 10}}
)

// quantity reads a number with its unit: "1.5 Mbit/s". What is wrong with it is a
// sentence; example shows what would be right. Without a unit only 0 is taken,
// unless plain says that a bare number has the first unit.
func quantity(text string, units []unit, plain bool, most int64, example string) (int64, string) {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.') {
		end++
	}
	f, err := strconv.ParseFloat(text[:end], 64)
	if err != nil {
		return 0, "Write a number with its unit: " + example + "."
	}
	name, factor := strings.TrimSpace(text[end:]), 0.0
	for _, u := range units {
		if strings.EqualFold(u.name, name) && (factor == 0 || u.name == name) {
			factor = u.n
		}
	}
	switch {
	case name == "" && (f == 0 || plain):
		factor = units[0].n
	case name == "":
		return 0, "Write the unit as well: " + example + "."
	case factor == 0:
		return 0, strconv.Quote(name) + " is no unit that is known here. Write " + example + "."
	}
	n := math.Round(f * factor)
	if n > float64(most) {
		return 0, "That is more than the largest value, " + strings.TrimSpace(shortest(most, units)) + "."
	}
	if n == 0 && f > 0 {
		return 0, "That is less than the smallest value, 1 " + units[0].name + "."
	}
	return int64(n), ""
}

// shortest writes a quantity with the unit that makes it shortest and exact.
func shortest(n int64, units []unit) string {
	best := ""
	for i, u := range units {
		if u.name == "us" || u.name == "octet" || u.name == "octets" || u.name == "min" {
			continue
		}
		s := strconv.FormatFloat(float64(n)/u.n, 'f', -1, 64)
		if f, _ := strconv.ParseFloat(s, 64); math.Round(f*u.n) != float64(n) || len(s) > 9 && i > 0 {
			continue
		}
		if s += " " + u.name; best == "" || len(s) < len(best) || len(s) == len(best) && !strings.HasPrefix(s, "0.") {
			best = s
		}
	}
	return best
}

// duration is a length of time in nanoseconds as the form writes it.
func duration(ns int64) string {
	if ns == 0 {
		return "0 ms"
	}
	for _, u := range []unit{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if ns%int64(u.n/1000) == 0 && ns >= int64(u.n) {
			return strconv.FormatFloat(float64(ns)/u.n, 'f', -1, 64) + " " + u.name
		}
	}
	return shortest(ns, timeUnits)
}

// rate is a number of octets a second as the form writes it; 0 is no limit.
func rate(n int64) string {
	if n == 0 {
		return "unlimited"
	}
	return shortest(n, rateUnits)
}

// pieces is a number of octets that arrive at once; 0: as they were sent.
func pieces(n int) string {
	if n == 0 {
		return "as sent"
	}
	return strconv.Itoa(n) + " B"
}
