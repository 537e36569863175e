//go:build js && wasm

// Command convert is convert.wasm: captures and logs become records
// (core/convert), behind exports that web/static/convert-worker.js calls
// directly, with octets in memory that both sides see.
//
// The Worker writes at buffer(n). begin(n) starts a file; the n octets are a TLS
// key log, 0: none. feed(n) hands over the file's next octets, end() says that
// there are no more. Both return the length of record lines at out(); more()
// gives the next ones, until it returns 0. After end() and that, report() is the
// length of a stream.Report at out(): Format, Conns, Locked, Error and each of
// Lines, with U+0000 between them; held() is that of the lines of a record
// without any connection. A negative length means that the program itself
// failed: out() then says how.
// Every view of the memory is void after a call: it may have grown.
package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"framewise/wasm/convert/stream"
)

var (
	file   *stream.Stream // made by begin: a coroutine of main's thread could not be called
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
func begin(n int32) {
	if file != nil {
		file.Stop()
	}
	file = stream.New(bytes.Clone(in[:n]))
}

//go:wasmexport feed
func feed(n int32) int32 {
	file.Feed(in[:n])
	return more()
}

//go:wasmexport end
func end() int32 {
	file.End()
	return more()
}

//go:wasmexport more
func more() (length int32) {
	defer guard(&length)
	answer = file.Next()
	return int32(len(answer))
}

//go:wasmexport report
func report() (length int32) {
	defer guard(&length)
	r := file.Report()
	fields := append([]string{string(r.Format), strconv.Itoa(r.Conns), strconv.Itoa(r.Locked), r.Error}, r.Lines...)
	for i, f := range fields {
		fields[i] = strings.ReplaceAll(f, "\x00", "\ufffd")
	}
	answer = []byte(strings.Join(fields, "\x00"))
	return int32(len(answer))
}

//go:wasmexport held
func held() int32 {
	answer = file.Held()
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
