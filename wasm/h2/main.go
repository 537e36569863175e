//go:build js && wasm

// Command h2 is h2.wasm: the engine behind exports that JavaScript calls
// directly, with batches in memory that both sides see. A call costs about ten
// nanoseconds that way, and several microseconds through syscall/js.
//
// The host writes commands at buffer(n), calls step(n) and reads as many octets
// as that returned at events(); then traceLen() octets of the record at trace().
// Every view of the memory is void after a call: it may have grown.
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

//go:wasmexport events
func eventsAt() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(events)) }

//go:wasmexport traceLen
func traceLen() int32 {
	lines = e.TakeTrace()
	return int32(len(lines))
}

//go:wasmexport trace
func traceAt() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(lines)) }

// main stays, so that the exports can be called.
func main() { select {} }
