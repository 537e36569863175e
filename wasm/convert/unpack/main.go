//go:build js && wasm

// Command unpack is unpack.wasm: what was packed with zstd is unpacked
// (core/convert/pack), behind the exports that convert.wasm has, so that
// web/static/convert-worker.js drives both. It is a program of its own because
// few files are packed so, and a tenth more is a lot for those that are not.
//
// begin(n) starts a file, feed(n) hands over its next octets at buffer(n), end()
// says that there are no more. Both return the length of unpacked octets at
// out(); more() gives the next ones, until it returns 0. After end() and that,
// report() is the length of convert.wasm's report at out(), of which only the
// error has a meaning; held() is 0. A negative length means that the program
// itself failed: out() then says how.
package main

import (
	"fmt"
	"io"
	"strings"
	"unsafe"

	"framewise/core/convert/pack"
	"framewise/wasm/convert/pieces"
)

// limits of a file in a tab: the ratio ends what was made to blow up, the size
// what no tab can hold.
var limits = pack.Limits{Out: 2 << 30, Ratio: 100}

// most is how many octets are given at once.
const most = 256 << 10

var (
	file   *pieces.Pieces // made by begin: a coroutine of main's thread could not be called
	in     []byte
	room   []byte
	given  []byte // of room, what was unpacked and not given yet
	failed error
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
func begin(int32) {
	if file != nil {
		file.Stop()
	}
	room, given, failed = make([]byte, most), nil, nil
	file = pieces.New(run)
}

// run is the coroutine.
func run(p *pieces.Pieces) {
	r, err := pack.NewZstdReader(p, limits)
	for err == nil {
		var n int
		n, err = r.Read(room)
		if given = room[:n]; n > 0 && !p.Pause() {
			return
		}
	}
	if err != io.EOF { // one that is wrapped is of a file that ends too early
		failed = err
	}
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
	given = nil
	file.Resume()
	answer = given
	return int32(len(answer))
}

//go:wasmexport report
func report() int32 {
	text := ""
	if failed != nil {
		text = strings.ReplaceAll(failed.Error(), "\x00", "\ufffd")
	}
	answer = []byte("\x000\x000\x00" + text)
	return int32(len(answer))
}

//go:wasmexport held
func held() int32 {
	answer = nil
	return 0
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
