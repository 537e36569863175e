// Package gate decides who may use what a server offers beside its pages: by the
// exact Host and Origin of a request, and by how often a client came.
//
// In come requests, out go a status and a line of text, or that it is well.
package gate

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Gate is the addresses of a page: its own requests pass, those of other pages
// do not.
type Gate struct {
	Origins []string // as a browser writes them in Origin: "http://127.0.0.1:8420"
	Hosts   []string // values of Host, in lower case: "127.0.0.1:8420"
}

// Write checks a request that changes something, or a WebSocket: Host and
// exactly one Origin must be the page's. Status 0 means yes; what names the
// service in the text.
func (g *Gate) Write(req *http.Request, what string) (status int, why string) {
	if status, why = g.host(req, what); status != 0 {
		return status, why
	}
	origin := req.Header["Origin"]
	if len(origin) != 1 {
		return http.StatusForbidden, "the " + what + " needs exactly one Origin: it serves pages only"
	}
	return g.origin(origin[0], what)
}

// Read checks a request that only reads. Browsers send no Origin with those of
// the same origin; one that is sent must be the page's.
func (g *Gate) Read(req *http.Request, what string) (status int, why string) {
	if status, why = g.host(req, what); status != 0 {
		return status, why
	}
	switch origin := req.Header["Origin"]; {
	case len(origin) > 1:
		return http.StatusForbidden, "the " + what + " takes one Origin at most"
	case len(origin) == 1:
		return g.origin(origin[0], what)
	}
	if site := req.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return http.StatusForbidden, "the " + what + " serves its own page only"
	}
	return 0, ""
}

func (g *Gate) host(req *http.Request, what string) (int, string) {
	if !slices.Contains(g.Hosts, strings.ToLower(req.Host)) {
		return http.StatusForbidden, fmt.Sprintf("Host %q is not one of this %s's addresses: %s", req.Host, what, strings.Join(g.Hosts, ", "))
	}
	return 0, ""
}

func (g *Gate) origin(origin, what string) (int, string) {
	if !slices.Contains(g.Origins, origin) {
		return http.StatusForbidden, fmt.Sprintf("Origin %q may not use this %s: allowed are %s", origin, what, strings.Join(g.Origins, ", "))
	}
	return 0, ""
}

// ClientKey is what limits count by: the IPv4 address, or the /64 network of an
// IPv6 address, which one client owns whole. remote is an address with or
// without a port.
func ClientKey(remote string) string {
	a, err := netip.ParseAddr(remote)
	if err != nil {
		ap, err := netip.ParseAddrPort(remote)
		if err != nil {
			return remote
		}
		a = ap.Addr()
	}
	a = a.Unmap().WithZone("")
	if a.Is6() && !a.IsLoopback() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// Rate lets each key through so often a minute, and as often at once. Make one
// with NewRate. It holds only keys that came within the last minute or two.
type Rate struct {
	mu     sync.Mutex
	minute int
	by     map[string]*bucket
	swept  time.Time
}

type bucket struct {
	level float64 // how many it has taken, less what time gave back
	at    time.Time
}

// NewRate is a Rate of n a minute; n must be above 0.
func NewRate(n int) *Rate { return &Rate{minute: n, by: map[string]*bucket{}} }

// Take counts a request at now. wait is 0, or how long the key must wait.
func (r *Rate) Take(key string, now time.Time) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.swept) >= time.Minute {
		r.swept = now
		for k, b := range r.by {
			if now.Sub(b.at) >= time.Minute {
				delete(r.by, k)
			}
		}
	}
	b := r.by[key]
	if b == nil {
		b = &bucket{at: now}
		r.by[key] = b
	}
	each := time.Minute / time.Duration(r.minute)
	b.level = max(0, b.level-float64(now.Sub(b.at))/float64(each))
	b.at = now
	if b.level > float64(r.minute-1) {
		return time.Duration((b.level - float64(r.minute-1)) * float64(each))
	}
	b.level++
	return 0
}
