//go:build js && wasm && h2tls

// Keys and nonces are drawn from the seed: see package tlsend.
//
//go:debug cryptocustomrand=1
package main

import "framewise/wasm/h2/tlsend"

func init() { e.NewTLS = tlsend.New }

var dialer tlsend.Dialer

// tls is TLS to a real server, beside the engine: it runs the command in the
// buffer and returns how long the answer at events() is. See tlsend.Dialer.Run.
//
//go:wasmexport tls
func runTLS(n int32) int32 {
	events = dialer.Run(in[:n])
	return int32(len(events))
}
