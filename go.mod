module framewise

go 1.26.0

toolchain go1.27.4

require (
	github.com/andybalholm/brotli v1.2.8 // indirect
	github.com/coder/websocket v1.8.15 // indirect
	github.com/maxence-charriere/go-app/v9 v9.8.0 // indirect
	github.com/syumai/workers v0.33.0 // indirect
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
