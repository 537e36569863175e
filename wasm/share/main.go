//go:build js && wasm

// Command share is share.wasm: it makes what leaves the page of a record
// (wasm/share/job), behind exports that web/static/share-worker.js calls
// directly, with octets in memory that both sides see.
//
// The Worker writes at buffer(n). begin(n) starts a file; the n octets are
// job.Options as JSON. feed(n) hands over the record's next octets, end() says
// that there are no more; step() writes a part of the file, and more() says
// whether it was not the last one. All three return the length of the file's next
// octets at out(). done() and of() are the job's progress. At the end result() is
// the length of a job.Result as JSON at out(). A negative length means that the
// program itself failed: out() then says how.
// Every view of the memory is void after a call: it may have grown.
package main

import (
	"encoding/json"
	"fmt"
	"unsafe"

	"framewise/wasm/share/job"
)

var (
	file   *job.Job
	again  bool // the last step was not the last one
	in     []byte
	answer []byte
)

//go:wasmexport buffer
func buffer(n int32) unsafe.Pointer {
	if int(n) > len(in) {
		in = make([]byte, max(int(n), 64<<10))
	}
	return unsafe.Pointer(unsafe.SliceData(in))
}

//go:wasmexport begin
func begin(n int32) (length int32) {
	defer guard(&length)
	var o job.Options
	if err := json.Unmarshal(in[:n], &o); err != nil {
		panic("what is asked for can't be read: " + err.Error())
	}
	file = job.New(o)
	return 0
}

//go:wasmexport feed
func feed(n int32) (length int32) {
	defer guard(&length)
	file.Feed(in[:n])
	return taken()
}

//go:wasmexport end
func end() (length int32) {
	defer guard(&length)
	file.End()
	return taken()
}

//go:wasmexport step
func step() (length int32) {
	defer guard(&length)
	again = file.Step()
	return taken()
}

//go:wasmexport more
func more() int32 {
	if again {
		return 1
	}
	return 0
}

//go:wasmexport done
func done() int32 {
	n, _ := file.Progress()
	return int32(n)
}

//go:wasmexport of
func of() int32 {
	_, n := file.Progress()
	return int32(n)
}

//go:wasmexport result
func result() (length int32) {
	defer guard(&length)
	text, err := json.Marshal(file.Result())
	if err != nil {
		panic(err)
	}
	answer = text
	file = nil
	return int32(len(answer))
}

func taken() int32 {
	answer = file.Take()
	return int32(len(answer))
}

// guard turns a panic into a negative length: the Worker says what happened.
func guard(length *int32) {
	if r := recover(); r != nil {
		answer = fmt.Append(nil, r)
		*length = -int32(len(answer))
	}
}

//go:wasmexport out
func out() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(answer)) }

// main stays, so that the exports can be called.
func main() { select {} }
