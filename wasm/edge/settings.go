//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/syumai/workers/cloudflare"

	"framewise/server/share"
)

// Names of the bindings and variables in wrangler.toml.
const (
	bindDB     = "SHARES_DB"
	bindBodies = "SHARES"
	bindPuts   = "SHARE_PUTS"
	bindGets   = "SHARE_GETS"

	varOrigins = "ORIGINS"
	varSeconds = "SHARE_SECONDS"
	varQuota   = "SHARE_QUOTA"
	varCount   = "SHARE_COUNT"
)

// openStore is the store of shares, or nil where the Worker has no bindings for one.
func openStore(log share.Logger) (*store, error) {
	db, bodies := cloudflare.GetBinding(bindDB), cloudflare.GetBinding(bindBodies)
	if !db.Truthy() || !bodies.Truthy() {
		return nil, nil
	}
	s := &store{db: database{db}, bucket: bucket{bodies}, log: log}
	var seconds int64
	for _, v := range []struct {
		name string
		to   *int64
	}{{varSeconds, &seconds}, {varQuota, &s.o.Quota}, {varCount, &s.o.Shares}} {
		text := cloudflare.Getenv(v.name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || n > 1<<40 {
			return nil, fmt.Errorf("the variable %s of the Worker is %q: it must be a number above 0", v.name, text)
		}
		*v.to = n
	}
	s.o.Lifetime = time.Duration(seconds) * time.Second
	s.o = s.o.WithDefaults()
	return s, nil
}

// period is that of the limits in wrangler.toml.
const period = time.Minute

// limit is the platform's own rate limit: a Worker's memory ends with the
// request. The platform counts at each of its places by itself, and not exactly.
func limit(name string, log share.Logger) share.Limit {
	binding := cloudflare.GetBinding(name)
	if !binding.Truthy() {
		return func(context.Context, string, time.Time) time.Duration { return 0 }
	}
	return func(_ context.Context, client string, _ time.Time) time.Duration {
		got, err := call(binding, "limit", map[string]any{"key": client})
		if err != nil {
			log.Error("share", "limit", err) // better shares without a limit than none
			return 0
		}
		if got.Get("success").Bool() {
			return 0
		}
		return period - time.Second
	}
}

// page is where the page is that may use the store: the addresses of ORIGINS, or
// the one that was asked for. The platform passes on only requests for names that
// are routed to the Worker.
func page(r *http.Request) (origins, hosts []string) {
	origins = strings.Fields(cloudflare.Getenv(varOrigins))
	if len(origins) == 0 {
		origins = []string{r.URL.Scheme + "://" + r.URL.Host}
	}
	for _, o := range origins {
		_, host, _ := strings.Cut(o, "://")
		hosts = append(hosts, strings.ToLower(host))
	}
	return origins, hosts
}

// shares answers share.Path and what is below.
func shares(log share.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := openStore(log)
		if err != nil || s == nil {
			no := share.Refusal{Kind: "no-store", Message: "this Worker keeps nothing: its bindings " + bindDB + " and " + bindBodies + " are not set (see wrangler.toml)"}
			status := http.StatusNotImplemented
			if err != nil {
				log.Error("share", "settings", err)
				no, status = share.Refusal{Kind: "failed", Message: "the store's settings are wrong: the Worker's log says how"}, http.StatusInternalServerError
			}
			share.Refuse(w, status, no)
			return
		}
		if r.Body == nil { // the runtime's word for no content
			r.Body = http.NoBody
		}
		origins, hosts := page(r)
		share.NewHandler(share.HandlerOptions{Store: s, Origins: origins, Hosts: hosts, Packs: true, Log: log,
			Puts: limit(bindPuts, log), Gets: limit(bindGets, log)}).ServeHTTP(w, r)
	})
}

// sweep is what the Worker does by the clock.
func sweep(ctx context.Context, log share.Logger) error {
	s, err := openStore(log)
	if err != nil || s == nil {
		return err
	}
	n, err := s.Sweep(ctx, time.Now())
	if err != nil {
		return err
	}
	log.Info("share", "expired", n)
	return nil
}
