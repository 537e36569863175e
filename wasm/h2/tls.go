//go:build js && wasm && h2tls

// Keys and nonces are drawn from the seed: see package tlsend.
//
//go:debug cryptocustomrand=1
package main

import "framewise/wasm/h2/tlsend"

func init() { e.NewTLS = tlsend.New }
