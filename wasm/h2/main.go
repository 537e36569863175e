//go:build js && wasm

// Command h2 is h2.wasm: the engine behind exports that JavaScript calls
// directly, with batches in memory that both sides see. A call costs about ten
// nanoseconds that way, and several microseconds through syscall/js.
//
// The host writes commands at buffer(n), calls step(n) and reads as many octets
// as that returned at events(); then traceLen() octets of the record at trace().
// call(n) is step(n) without anything happening by itself. Every view of the
// memory is void after a call: it may have grown.
//
// The host gives framewise.selectPadding, which must not call back.
package main

import (
	"unsafe"

	"framewise/wasm/h2/engine"
)

var (
	e      = engine.New()
	in     []byte
	events []byte
	lines  []byte
)

//go:wasmexport buffer
func buffer(n int32) unsafe.Pointer {
	if int(n) > len(in) {
		in = make([]byte, max(int(n), 2*len(in), 64<<10))
	}
	return unsafe.Pointer(unsafe.SliceData(in))
}

//go:wasmexport step
func step(n int32) int32 {
	events = e.Run(in[:n])
	return int32(len(events))
}

//go:wasmexport call
func call(n int32) int32 {
	events = e.Call(in[:n])
	return int32(len(events))
}

//go:wasmexport events
func eventsAt() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(events)) }

//go:wasmexport traceLen
func traceLen() int32 {
	lines = e.TakeTrace()
	return int32(len(lines))
}

//go:wasmexport trace
func traceAt() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(lines)) }

//go:wasmimport framewise selectPadding
func selectPadding(session, frameLen, maxFrameLen int32) int32

// main stays, so that the exports can be called.
func main() {
	e.SelectPadding = func(session uint32, frameLen, maxFrameLen int) int {
		return int(selectPadding(int32(session), int32(frameLen), int32(maxFrameLen)))
	}
	select {}
}
