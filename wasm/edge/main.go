//go:build js && wasm

// Command edge is the playground's Cloudflare Worker.
//
// In come the runtime's requests; out go the files of dist/site with the
// headers of server/site, /healthz, and shared records at /api/shares, by the
// handler of server/share over D1 and R2. It imports server/site, server/share
// and github.com/syumai/workers.
//
// The files are in the Worker's asset binding, not in the program: the
// platform stores them once for each location, compresses them on the way out
// and hands a body through without a copy in Go, while embedded files would be
// loaded into memory with the program at each start and count against its
// size limit. miniflare has the same bindings without a network.
package main

import (
	"context"
	"io"
	"net/http"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/cron"
	"github.com/syumai/workers/cloudflare/fetch"

	"framewise/server/share"
	"framewise/server/site"
)

func main() {
	log := console{}
	store := fetch.NewClient(fetch.WithBinding(cloudflare.GetBinding("ASSETS")))
	files := site.Forward(func(r *http.Request) (*http.Response, error) {
		// A redirect of the store's is ours to judge, not to follow.
		return store.Do(&fetch.Request{Request: r}, &fetch.RequestInit{Redirect: fetch.RedirectModeManual})
	}, site.Options{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		site.Headers(w.Header(), r, "healthz", site.Options{})
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, "ok\n")
	})
	api := shares(log)
	mux.Handle(share.Path, api)
	mux.Handle(share.Path+"/", api)
	mux.Handle("/", files)
	workers.ServeNonBlock(mux)
	cron.ScheduleTaskNonBlock(func(ctx context.Context) error {
		if err := sweep(ctx, log); err != nil {
			log.Error("share", "sweep", err) // an error that is returned ends the instance with a panic
		}
		return nil
	})
	workers.Ready()
	<-workers.Done()
}
