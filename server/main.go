// Command framewise shows HTTP/2 frame by frame: a playground with a relay
// (serve), an HTTP/2 server and client on the project's own core (origin, get)
// and a reader of traces (inspect). Package cli holds it all.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"framewise/server/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
