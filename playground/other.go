//go:build !js || !wasm

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "This is the page's program: build it with GOOS=js GOARCH=wasm (./build.sh build does).")
	os.Exit(1)
}
