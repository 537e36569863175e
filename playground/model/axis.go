package model

import (
	"math"
	"strconv"
)

// axis is a span of time as it is drawn from left to right. Places on it are in
// thousandths of the chart's width; a margin keeps what lies at the ends whole.
type axis struct{ since, until int64 }

const axisMargin = 15 // thousandths of the width at either end

// x is where a time is, also beyond the ends.
func (a axis) x(t int64) float64 {
	return axisMargin + (1000-2*axisMargin)*float64(t-a.since)/float64(max(a.until-a.since, 1))
}

// inside is x, kept on the chart.
func (a axis) inside(t int64) float64 { return max(0, min(a.x(t), 1000)) }

// holds says whether a time is between the ends.
func (a axis) holds(t int64) bool { return t >= a.since && t <= a.until }

// time is the time at a share of the width, from 0 to 1.
func (a axis) time(share float64) int64 {
	part := (max(0, min(share, 1))*1000 - axisMargin) / (1000 - 2*axisMargin)
	return a.since + int64(math.Round(part*float64(a.until-a.since)))
}

// AxisTick is a place on an axis with its name. At is in thousandths of the
// axis' length.
type AxisTick struct {
	At     float64
	Text   string
	Anchor string // SVG's text-anchor
}

// ticks are at most about n round times.
func (a axis) ticks(n int) []AxisTick {
	step := roundStep(float64(a.until-a.since) / float64(max(n, 1)))
	var out []AxisTick
	for t := (a.since + step - 1) / step * step; t <= a.until; t += step {
		x := a.x(t)
		anchor := "middle"
		switch {
		case x < 30:
			anchor = "start"
		case x > 960:
			anchor = "end"
		}
		out = append(out, AxisTick{x, timeText(t, step), anchor})
	}
	return out
}

// roundStep is the least of 1, 2, 5, 10, 20, … that is not below x, and at least 1.
func roundStep(x float64) int64 {
	for p := int64(1); ; p *= 10 {
		for _, k := range []int64{1, 2, 5} {
			if float64(p*k) >= x || p > 1e17 {
				return p * k
			}
		}
	}
}

// timeText is a time with as many digits as its step needs: "0", "12.5 ms".
func timeText(t, step int64) string {
	unit, name := int64(1_000_000), " ms"
	switch {
	case t == 0:
		return "0"
	case step >= 500_000_000:
		unit, name = 1_000_000_000, " s"
	case step < 1000 && t < 1_000_000:
		unit, name = 1_000, " µs"
	}
	digits := 0
	for s := step; s%unit != 0 && digits < 6; digits++ {
		s *= 10
	}
	return strconv.FormatFloat(float64(t)/float64(unit), 'f', digits, 64) + name
}

// scale is the range of octets of a chart from its bottom to its top. Places on
// it are in thousandths of the height, from the top.
type scale struct {
	lo, hi int64
	broken bool // it does not begin at 0
	log    bool // logarithmic
}

// scaleOf is a scale for values between lo and hi, three quarters of which are at
// most usual. Small changes of a large number would look like none: unless whole
// is asked for, the scale then begins above 0. Where most values are small beside
// the highest, it is logarithmic.
func scaleOf(lo, hi, usual int64, whole bool) scale {
	span := hi - lo
	if !whole && usual < hi/50 {
		return scale{lo: min(lo, 0), hi: hi * 2, log: true}
	}
	if !whole && lo > 0 && span > 0 && span < hi/4 {
		pad := max(span/8, 1)
		return scale{lo: lo - pad, hi: hi + pad, broken: true}
	}
	lo, hi = min(lo, 0), max(hi, 1)
	s := scale{lo: lo, hi: hi + max((hi-lo)/12, 1)}
	if lo < 0 {
		s.lo -= max((hi-lo)/12, 1)
	}
	return s
}

func (s scale) y(v int64) float64 {
	if s.log {
		lo, hi := logOf(s.lo), logOf(s.hi)
		return max(0, min(1000*(hi-logOf(v))/(hi-lo), 1000))
	}
	return max(0, min(1000*float64(s.hi-v)/float64(max(s.hi-s.lo, 1)), 1000))
}

// logOf is a logarithm that is 0 at 0 and goes on below it.
func logOf(v int64) float64 {
	if v < 0 {
		return -math.Log1p(float64(-v))
	}
	return math.Log1p(float64(v))
}

// logTicks are 0 and powers of ten, not closer than a line of text.
func (s scale) logTicks() []AxisTick {
	out := []AxisTick{{s.y(0), "0", "end"}}
	for v := int64(1); v <= s.hi; v *= 10 {
		if y := s.y(v); out[len(out)-1].At-y > 150 {
			out = append(out, AxisTick{y, Count(v), "end"})
		}
	}
	return out
}

// ticks are round numbers of octets. Where numbers are long and the scale does
// not begin at 0, they count from the highest one.
func (s scale) ticks() []AxisTick {
	if s.log {
		return s.logTicks()
	}
	span := s.hi - s.lo
	step := roundStep(float64(span) / 4)
	if !s.broken && span > 4096 {
		step = 1024
		for float64(step) < float64(span)/4 {
			step *= 2
		}
	}
	var out []AxisTick
	if s.broken && s.hi >= 100_000_000 {
		top := s.hi - (s.hi-s.lo)/10
		for v := top; v > s.lo; v -= step {
			text := "−" + octetText(top-v)
			if v == top {
				text = shortOctets(top)
			}
			out = append(out, AxisTick{s.y(v), text, "end"})
		}
		return out
	}
	for v := floorDiv(s.lo+step-1, step) * step; v <= s.hi; v += step {
		text := Count(v)
		if !s.broken {
			text = octetText(v)
		}
		out = append(out, AxisTick{s.y(v), text, "end"})
	}
	return out
}

func floorDiv(a, b int64) int64 {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// octetText is a round number of octets: "0", "100", "16 KiB".
func octetText(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, " GiB"}, {1 << 20, " MiB"}, {1 << 10, " KiB"}} {
		if n != 0 && n%u.size == 0 {
			return Count(n/u.size) + u.name
		}
	}
	return Count(n)
}

// shortOctets is a number of octets with four digits: "2.000 GiB".
func shortOctets(n int64) string {
	return strconv.FormatFloat(float64(n)/(1<<30), 'f', 3, 64) + " GiB"
}
