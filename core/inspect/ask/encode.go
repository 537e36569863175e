package ask

import (
	"encoding/base64"
	"strconv"

	"framewise/core/inspect"
)

// encoder writes answers as encoding/json would, without reflection: the WASM
// program that holds this must stay small and answers must be quick. A test
// holds the two equal. What the answers hold is in encode_view.go, which is made
// from their types.
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

// pointer writes what v points to, null for nil.
func pointer[T any](e *encoder, k string, v *T, one func(*encoder, *T)) {
	e.key(k)
	if v == nil {
		e.null()
		return
	}
	one(e, v)
}

func putText(e *encoder, v *string) { e.b = inspect.AppendJSONString(e.b, *v) }

func putNumber[T ~int | ~int64 | ~uint32 | ~uint64](e *encoder, v *T) { appendNum(e, *v) }
