package inspect

import (
	"strconv"

	"framewise/core/frame"
)

// line is what stands in front of a row's text.
type line struct {
	index  int
	sentAt int64
	conn   uint32 // 0: it is not shown
	arrow  string
	name   string
	stream uint32
	has    bool // a stream identifier
}

func (l *line) appendTo(dst []byte) []byte {
	dst = appendInt(dst, int64(l.index)+1, indexWidth)
	dst = append(dst, ' ')
	dst = appendMillis(dst, l.sentAt, timeWidth)
	if l.conn != 0 {
		dst = strconv.AppendUint(append(dst, " #"...), uint64(l.conn), 10)
	}
	dst = append(append(dst, ' '), l.arrow...)
	dst = append(dst, ' ')
	dst = appendPadRight(dst, l.name, typeWidth)
	dst = append(dst, ' ')
	if !l.has {
		return append(dst, "-  "...)
	}
	from := len(dst)
	dst = strconv.AppendUint(dst, uint64(l.stream), 10)
	for len(dst)-from < 3 {
		dst = append(dst, ' ')
	}
	return dst
}

// appendInt appends a number that is not negative, with spaces before it.
func appendInt(dst []byte, v int64, width int) []byte {
	var b [20]byte
	at := len(b)
	for u := uint64(v); ; u /= 10 {
		at--
		b[at] = byte('0' + u%10)
		if u < 10 {
			break
		}
	}
	for n := len(b) - at; n < width; n++ {
		dst = append(dst, ' ')
	}
	return append(dst, b[at:]...)
}

// appendMillis shows nanoseconds as milliseconds with three digits behind the
// point, with spaces before them.
func appendMillis(dst []byte, ns int64, width int) []byte {
	from := ns % 1000
	if ns < 0 || from == 500 { // half-way it is the nearest binary number that decides
		var b [32]byte
		s := strconv.AppendFloat(b[:0], float64(ns)/1e6, 'f', 3, 64)
		for n := len(s); n < width; n++ {
			dst = append(dst, ' ')
		}
		return append(dst, s...)
	}
	us := ns / 1000
	if from > 500 {
		us++
	}
	dst = appendInt(dst, us/1000, width-4)
	us %= 1000
	return append(dst, '.', byte('0'+us/100), byte('0'+us/10%10), byte('0'+us%10))
}

func appendPadRight(dst []byte, s string, n int) []byte {
	dst = append(dst, s...)
	for i := len(s); i < n; i++ {
		dst = append(dst, ' ')
	}
	return dst
}

// AppendLines appends the lines (see AppendLine) of the rows that a query asks
// for, without making the rows: it is how a long record is printed. The query's
// runs are not collapsed. n is how many lines there were; the errors are those of
// Rows.
func (a *Analyser) AppendLines(dst []byte, q Query, conns bool) (out []byte, n int, err error) {
	q.Collapse = false
	a.settle()
	l, err := a.list(q)
	if err != nil {
		return dst, 0, err
	}
	most := min(max(q.N, 0), MaxRows)
	for i := max(q.From, 0); i < l.total() && n < most; i++ {
		dst = a.appendRow(dst, l.index(l.unit(i).at), l.tail, conns)
		n++
	}
	return dst, n, nil
}

// appendRow appends the line of row i. What is frequent and sound is written as it
// is; the others go by way of a view.Row.
func (a *Analyser) appendRow(dst []byte, i int, tail []cutRow, conns bool) []byte {
	p := a.pick(i, tail)
	typ := p.r.typ()
	if p.r.kind() != kindFrame || p.r.is(bitProblem) || typ != frame.Headers && !p.plainData() {
		return AppendLine(dst, a.row(i, tail), conns)
	}
	sent, _ := p.c.dirs[p.r.dir()].times(p.last())
	l := line{i, sent, 0, arrow(dirNames[p.r.dir()]), typ.String(), p.r.id, true}
	if conns {
		l.conn = p.c.info.ID
	}
	dst = append(l.appendTo(dst), ' ')
	from := len(dst)
	if typ == frame.Headers {
		dst = append(dst, p.blockText()...)
	} else {
		dst = append(strconv.AppendInt(dst, int64(p.r.length()), 10), " B"...)
	}
	for _, flag := range p.flagWords() {
		if len(dst) > from {
			dst = append(dst, sep...)
		}
		dst = append(dst, flag...)
	}
	if len(dst) == from {
		dst = dst[:from-1]
	}
	return append(dst, '\n')
}
