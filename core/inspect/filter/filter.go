// Package filter is the language in which frames are chosen: on the page, on
// the command line and in links.
//
//	stream:1 type:DATA|HEADERS dir:s2c flag:END_STREAM size>100 error:* header:":path=/x"
//
// Terms are separated by spaces; a frame must match all of them. Within a term
// "|" separates alternatives.
//
//	stream:1|3        on one of these streams; a PUSH_PROMISE also belongs to the stream it promises
//	type:DATA         of this type, as RFC 9113 names it; a number (type:0x1f) for a type without a name;
//	                  preface, garbage and cut choose what is no whole frame
//	dir:c2s, dir:s2c  from the client, from the server
//	flag:END_STREAM   with this flag
//	error:CANCEL      carries this error code (RST_STREAM, GOAWAY) or breaks a rule with it; error:* any
//	size>100          octets of payload; also < <= >= =
//	header:cookie     its field block has a field line of this name
//	header:"a=b c"    ... and with this value; * stands for anything
//	window<1024       what its sender may still send of DATA after it: the smaller window of its stream and the connection
//	stall:begin       its sender, or its receiver, can't send DATA from here on: a window is used up;
//	                  stall:end no longer, stall:* either
//	time>5ms          sent later than this after the record's start; units ns us ms s m
//	line:12           caused by this line of the program
//	conn:2            of this connection
//	text:GET          what its row says contains this
//	-type:PING        not so: any term can be turned around
//
// Names of types, flags, error codes and fields, and texts, are the same in upper
// and lower case. A term in double quotes may hold spaces and "|"; in it \" is a quote.
//
// In comes a text, out goes a *Filter that is asked frame by frame. The package
// imports core/frame for the names, and nothing else of the project.
package filter

import (
	"strconv"
	"strings"

	"framewise/core/frame"
)

// Frame is what a filter asks a frame.
type Frame interface {
	Kind() string             // "frame", "preface", "garbage", "cut"
	Type() frame.Type         // of kinds frame and cut
	Stream() uint32           // 0: the connection
	Promised() uint32         // by a PUSH_PROMISE, else 0
	Dir() int                 // 0: to the server, 1: to the client
	HasFlag(name string) bool // by its name in the RFC
	Size() int64              // octets of payload
	Error(code string) bool   // it carries or makes this error; "*": any but NO_ERROR
	Fields() [][2]string      // names and values of the field block that ends in it
	Conn() uint32             // identifier of its connection
	SentAt() int64            // nanoseconds from the start of the record
	Line() uint32             // of the program, 0: not known
	Window() (int64, bool)    // what its sender may still send after it; false for what is no frame
	Stall() string            // "begin", "end", "both" or ""
	Text() string             // what its row says
}

// Error is a filter that can't be read.
type Error struct {
	Pos    int    // characters before the place, from 0
	Reason string // what is wrong and what could stand there
}

// Error names the character from 1.
func (e *Error) Error() string {
	return "filter, character " + strconv.Itoa(e.Pos+1) + ": " + e.Reason
}

// Filter is a filter that was read. The zero value matches every frame.
type Filter struct{ terms []term }

// term matches when one of its alternatives does.
type term struct {
	name string
	not  bool
	alts []alt
}

type alt struct {
	num   uint64 // stream, type, dir, line, conn
	n     int64  // size, window, time in nanoseconds
	op    string // of these
	text  string // flag, error, stall, text, name of a field
	value string // of a field
	any   bool   // error:*, a field of any value
}

// Volatile says whether what a frame matches can change when more of the record
// is known: stalls end later, causes come in any order, and a field block that
// goes on says more.
func (f *Filter) Volatile() bool {
	for i := range f.terms {
		if n := f.terms[i].name; n == "stall" || n == "line" || n == "text" {
			return true
		}
	}
	return false
}

// Match says whether a frame matches all terms.
func (f *Filter) Match(x Frame) bool {
	for i := range f.terms {
		if f.terms[i].match(x) == f.terms[i].not {
			return false
		}
	}
	return true
}

func (t *term) match(x Frame) bool {
	for i := range t.alts {
		if t.alts[i].match(t.name, x) {
			return true
		}
	}
	return false
}

func (a *alt) match(name string, x Frame) bool {
	switch name {
	case "stream":
		if x.Kind() == "preface" || x.Kind() == "garbage" {
			return false
		}
		return uint64(x.Stream()) == a.num || a.num != 0 && uint64(x.Promised()) == a.num
	case "type":
		if a.text != "" {
			return x.Kind() == a.text
		}
		return (x.Kind() == "frame" || x.Kind() == "cut") && uint64(x.Type()) == a.num
	case "dir":
		return uint64(x.Dir()) == a.num
	case "flag":
		return x.HasFlag(a.text)
	case "error":
		return x.Error(a.text)
	case "size":
		return compare(x.Size(), a.op, a.n)
	case "window":
		w, ok := x.Window()
		return ok && compare(w, a.op, a.n)
	case "time":
		return compare(x.SentAt(), a.op, a.n)
	case "line":
		return uint64(x.Line()) == a.num
	case "conn":
		return uint64(x.Conn()) == a.num
	case "stall":
		s := x.Stall()
		return s != "" && (a.text == "*" || s == "both" || s == a.text)
	case "text":
		return strings.Contains(strings.ToLower(x.Text()), a.text)
	}
	return a.field(x)
}

func compare(n int64, op string, m int64) bool {
	switch op {
	case "<":
		return n < m
	case "<=":
		return n <= m
	case ">":
		return n > m
	case ">=":
		return n >= m
	}
	return n == m
}

func (a *alt) field(x Frame) bool {
	for _, f := range x.Fields() {
		if strings.EqualFold(f[0], a.text) && (a.any || glob(a.value, f[1])) {
			return true
		}
	}
	return false
}

// glob matches a value against a pattern in which * stands for anything. It is
// linear in the product of both at worst.
func glob(pattern, s string) bool {
	star, from := -1, 0
	i, k := 0, 0
	for i < len(s) {
		switch {
		case k < len(pattern) && pattern[k] == '*':
			star, from = k, i
			k++
		case k < len(pattern) && pattern[k] == s[i]:
			i++
			k++
		case star >= 0:
			from++
			i, k = from, star+1
		default:
			return false
		}
	}
	for k < len(pattern) && pattern[k] == '*' {
		k++
	}
	return k == len(pattern)
}
