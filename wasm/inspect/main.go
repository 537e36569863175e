//go:build js && wasm

// Command inspect is inspect.wasm: the analyser behind exports that
// web/static/inspect-worker.js calls directly, with octets in memory that both
// sides see.
//
// The Worker writes at buffer(n), then calls feed(n) with octets of the record,
// or query(n) with a request in JSON (core/inspect/ask). feed returns 0, or the
// length of a line at out() that says why the record can't be read any further;
// the summary says it too. query returns the length of the answer at out().
// Either returns a negative length when the analyser itself failed: out() then
// says how, the record so far can still be asked. reset begins a new record.
// choose(1) makes feed and reset work on a second record, to compare with, until
// choose(0); requests name the record that they are about.
// Every view of the memory is void after a call: it may have grown.
package main

import (
	"fmt"
	"unsafe"

	"framewise/core/inspect/ask"
)

// keptIn is how large an input buffer may be to be kept for the next call.
const keptIn = 4 << 20

var (
	session = ask.New()
	in      []byte
	answer  []byte
	second  bool // feed and reset are about the second record
)

//go:wasmexport buffer
func buffer(n int32) unsafe.Pointer {
	if int(n) > len(in) || len(in) > keptIn && int(n) < keptIn {
		in = make([]byte, max(int(n), 64<<10))
	}
	return unsafe.Pointer(unsafe.SliceData(in))
}

//go:wasmexport feed
func feed(n int32) (length int32) {
	defer guard(&length)
	answer = nil
	s := session
	if second {
		s = session.Other()
	}
	if err := s.Feed(in[:n]); err != nil {
		answer = []byte(err.Error())
	}
	return int32(len(answer))
}

//go:wasmexport query
func query(n int32) (length int32) {
	defer guard(&length)
	answer = session.Answer(in[:n])
	return int32(len(answer))
}

// guard turns a panic into a negative length: a fault in the analyser must not
// take the page's other answers with it.
func guard(length *int32) {
	if r := recover(); r != nil {
		answer = fmt.Append(nil, r)
		*length = -int32(len(answer))
	}
}

//go:wasmexport out
func out() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(answer)) }

//go:wasmexport reset
func reset() {
	answer = nil
	if second {
		session.DropOther()
		return
	}
	session = ask.New()
}

//go:wasmexport choose
func choose(record int32) { second = record == 1 }

// main stays, so that the exports can be called.
func main() { select {} }
