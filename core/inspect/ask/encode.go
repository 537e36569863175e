package ask

import (
	"encoding/base64"
	"strconv"

	"framewise/core/inspect"
	"framewise/core/inspect/view"
)

// encoder writes answers as encoding/json would, without reflection: the WASM
// program that holds this must stay small and answers must be quick. A test
// holds the two equal.
type encoder struct{ b []byte }

// open begins an object or array, close ends it.
func (e *encoder) open(c byte)  { e.b = append(e.b, c) }
func (e *encoder) close(c byte) { e.b = append(e.b, c) }

// next puts a comma, unless it is the first.
func (e *encoder) next() {
	if c := e.b[len(e.b)-1]; c != '{' && c != '[' {
		e.b = append(e.b, ',')
	}
}

func (e *encoder) key(k string) {
	e.next()
	e.b = append(e.b, '"')
	e.b = append(e.b, k...)
	e.b = append(e.b, '"', ':')
}

func (e *encoder) str(k, v string) {
	e.key(k)
	e.b = inspect.AppendJSONString(e.b, v)
}

// text writes an element of an array.
func (e *encoder) text(v string) { e.b = inspect.AppendJSONString(e.b, v) }

func (e *encoder) bool(k string, v bool) {
	e.key(k)
	e.b = strconv.AppendBool(e.b, v)
}

func (e *encoder) octets(k string, v []byte) {
	e.key(k)
	if v == nil {
		e.null()
		return
	}
	e.b = append(e.b, '"')
	e.b = base64.StdEncoding.AppendEncode(e.b, v)
	e.b = append(e.b, '"')
}

func (e *encoder) null() { e.b = append(e.b, "null"...) }

func num[T ~int | ~int64 | ~uint32 | ~uint64](e *encoder, k string, v T) {
	e.key(k)
	appendNum(e, v)
}

func appendNum[T ~int | ~int64 | ~uint32 | ~uint64](e *encoder, v T) {
	if v < 0 {
		e.b = strconv.AppendInt(e.b, int64(v), 10)
	} else {
		e.b = strconv.AppendUint(e.b, uint64(v), 10)
	}
}

// list writes an array, null for nil; one writes an element.
func list[T any](e *encoder, k string, v []T, one func(*encoder, *T)) {
	e.key(k)
	if v == nil {
		e.null()
		return
	}
	e.open('[')
	for i := range v {
		e.next()
		one(e, &v[i])
	}
	e.close(']')
}

func summary(e *encoder, v *view.Summary) {
	e.open('{')
	e.str("Title", v.Title)
	e.str("Note", v.Note)
	e.str("Program", v.Program)
	e.str("Language", v.Language)
	num(e, "Seed", v.Seed)
	list(e, "Conns", v.Conns, conn)
	num(e, "Frames", v.Frames)
	num(e, "End", v.End)
	list(e, "Types", v.Types, typeCount)
	list(e, "Console", v.Console, console)
	list(e, "Problems", v.Problems, problem)
	num(e, "Faults", v.Faults)
	num(e, "Version", v.Version)
	e.close('}')
}

func conn(e *encoder, v *view.Conn) {
	e.open('{')
	num(e, "ID", v.ID)
	e.str("Client", v.Client)
	e.str("Server", v.Server)
	e.str("Vantage", v.Vantage)
	e.str("Via", v.Via)
	e.str("TLS", v.TLS)
	num(e, "At", v.At)
	num(e, "Frames", v.Frames)
	e.str("Closed", v.Closed)
	e.close('}')
}

func typeCount(e *encoder, v *view.TypeCount) {
	e.open('{')
	e.str("Type", v.Type)
	e.str("Color", v.Color)
	num(e, "Count", v.Count)
	e.close('}')
}

func console(e *encoder, v *view.Console) {
	e.open('{')
	num(e, "At", v.At)
	e.str("Level", v.Level)
	e.str("Text", v.Text)
	e.close('}')
}

func problem(e *encoder, v *view.Problem) {
	e.open('{')
	num(e, "Frame", v.Frame)
	num(e, "Conn", v.Conn)
	e.str("Code", v.Code)
	e.str("Text", v.Text)
	e.str("Ref", v.Ref)
	e.close('}')
}

func rows(e *encoder, v *view.Rows) {
	e.open('{')
	num(e, "From", v.From)
	num(e, "Total", v.Total)
	list(e, "Rows", v.Rows, row)
	num(e, "Version", v.Version)
	e.close('}')
}

func row(e *encoder, v *view.Row) {
	e.open('{')
	num(e, "Index", v.Index)
	e.str("Kind", v.Kind)
	num(e, "Conn", v.Conn)
	e.str("Dir", v.Dir)
	num(e, "SentAt", v.SentAt)
	num(e, "RecvAt", v.RecvAt)
	e.str("Type", v.Type)
	e.str("Color", v.Color)
	e.str("Flags", v.Flags)
	num(e, "Stream", v.Stream)
	num(e, "Promised", v.Promised)
	num(e, "Length", v.Length)
	e.str("Text", v.Text)
	e.str("Error", v.Error)
	num(e, "Line", v.Line)
	e.close('}')
}

func density(e *encoder, v *view.Density) {
	e.open('{')
	num(e, "End", v.End)
	list(e, "Buckets", v.Buckets, bucket)
	num(e, "Version", v.Version)
	e.close('}')
}

func bucket(e *encoder, v *view.Bucket) {
	e.open('{')
	num(e, "At", v.At)
	num(e, "Len", v.Len)
	e.str("Dir", v.Dir)
	num(e, "First", v.First)
	num(e, "Count", v.Count)
	num(e, "Octets", v.Octets)
	e.str("Color", v.Color)
	e.bool("Error", v.Error)
	e.close('}')
}
