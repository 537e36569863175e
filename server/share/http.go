package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"framewise/core/trace"
	"framewise/server/internal/gate"
)

// Path is where the API is: POST Path, GET and DELETE Path/ID.
const Path = "/api/shares"

// Limit lets a client do something, at now. wait is 0, or how long the client
// has to wait.
type Limit func(ctx context.Context, client string, now time.Time) (wait time.Duration)

// Rate is a Limit of n a minute for a client, kept in memory.
func Rate(n int) Limit {
	r := gate.NewRate(n)
	return func(_ context.Context, client string, now time.Time) time.Duration { return r.Take(client, now) }
}

// Logger is what a Handler needs of a *slog.Logger. (The edge has a smaller one:
// log/slog would make its program a quarter longer.)
type Logger interface {
	Info(msg string, args ...any)
	Error(msg string, args ...any)
}

// silent logs nothing.
type silent struct{}

func (silent) Info(string, ...any)  {}
func (silent) Error(string, ...any) {}

// HandlerOptions configure a Handler. Zeros stand for the defaults.
type HandlerOptions struct {
	Store   Store
	Origins []string // of the page that may use it, as a browser writes them: "http://127.0.0.1:8420"
	Hosts   []string // that requests may name, in lower case: "127.0.0.1:8420"
	Puts    Limit    // shares and deletions of one client address, default Rate(10)
	Gets    Limit    // looks of one client address, default Rate(120)
	Uploads int      // that are checked at once, default 2
	// Packs is true where the platform compresses an answer that says
	// Content-Encoding: gzip by itself.
	Packs bool
	Log   Logger           // default: nothing is logged
	Now   func() time.Time // default time.Now
}

// Handler is the HTTP API of a Store.
type Handler struct {
	o    HandlerOptions
	gate gate.Gate
	busy chan struct{}

	mu     sync.Mutex
	counts map[string]int64 // answers by what happened
}

// NewHandler makes a Handler. Its Store must be set.
func NewHandler(o HandlerOptions) *Handler {
	if o.Puts == nil {
		o.Puts = Rate(10)
	}
	if o.Gets == nil {
		o.Gets = Rate(120)
	}
	if o.Uploads == 0 {
		o.Uploads = 2
	}
	if o.Log == nil {
		o.Log = silent{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Handler{o: o, gate: gate.Gate{Origins: o.Origins, Hosts: o.Hosts}, busy: make(chan struct{}, o.Uploads), counts: map[string]int64{}}
}

// Counts is how often each kind of answer was given, for metrics.
func (h *Handler) Counts() map[string]int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(map[string]int64, len(h.counts))
	for k, v := range h.counts {
		out[k] = v
	}
	return out
}

func (h *Handler) count(kind string) {
	h.mu.Lock()
	h.counts[kind]++
	h.mu.Unlock()
}

// Shared is the answer to POST, as JSON.
type Shared struct {
	ID      string `json:"id"`
	Token   string `json:"token"`   // to delete it; it is told once
	Expires string `json:"expires"` // RFC 3339
	Path    string `json:"path"`    // of the page that shows it, on this server
}

// Refusal is what says no, as JSON. Kinds: "unknown", "expired", "deleted",
// "token", "full", "too-large", "no-record", "not-allowed", "too-many",
// "no-such-page", "failed".
type Refusal struct {
	Kind    string `json:"kind"`
	Message string `json:"message"` // one line: what is wrong and what to do
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	name, single := strings.CutPrefix(r.URL.Path, Path+"/")
	switch {
	case r.URL.Path == Path && r.Method == http.MethodPost:
		h.create(w, r)
	case single && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		h.show(w, r, name)
	case single && r.Method == http.MethodDelete:
		h.remove(w, r, name)
	case single:
		w.Header().Set("Allow", "GET, HEAD, DELETE")
		h.refuse(w, http.StatusMethodNotAllowed, "not-allowed", "a share can be asked for with GET and deleted with DELETE")
	case r.URL.Path == Path:
		w.Header().Set("Allow", "POST")
		h.refuse(w, http.StatusMethodNotAllowed, "not-allowed", "POST a record here to share it; there is no list of shares")
	default:
		h.refuse(w, http.StatusNotFound, "no-such-page", "there is no such page here")
	}
}

func (h *Handler) refuse(w http.ResponseWriter, status int, kind, message string) {
	h.count(kind)
	Refuse(w, status, Refusal{kind, message})
}

// Refuse answers with a refusal.
func Refuse(w http.ResponseWriter, status int, r Refusal) {
	w.Header().Set("Cache-Control", "no-store")
	answer(w, status, "kind", r.Kind, "message", r.Message)
}

// answer sends an object of names and texts, which alternate. By hand, since
// encoding/json would make the edge's program a quarter longer.
func answer(w http.ResponseWriter, status int, pairs ...string) {
	b := []byte{'{'}
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(trace.AppendQuoted(b, pairs[i]), ':')
		b = trace.AppendQuoted(b, pairs[i+1])
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, "}\n"...)) // the client may be gone
}

// allow checks who asks and how often.
func (h *Handler) allow(w http.ResponseWriter, r *http.Request, limit Limit, check func(*http.Request, string) (int, string)) bool {
	if status, why := check(r, "share store"); status != 0 {
		h.refuse(w, status, "not-allowed", why)
		return false
	}
	if wait := limit(r.Context(), gate.ClientKey(r.RemoteAddr), h.o.Now()); wait > 0 {
		seconds := int(wait/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		h.refuse(w, http.StatusTooManyRequests, "too-many", fmt.Sprintf("too many requests from one address: try again in %d s", seconds))
		return false
	}
	return true
}

func (h *Handler) create(w http.ResponseWriter, r *http.Request) {
	if !h.allow(w, r, h.o.Puts, h.gate.Write) {
		return
	}
	select {
	case h.busy <- struct{}{}:
		defer func() { <-h.busy }()
	default:
		w.Header().Set("Retry-After", "2")
		h.refuse(w, http.StatusServiceUnavailable, "too-many", "other records are being shared at this moment: try again in 2 s")
		return
	}
	came, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxStored))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		h.refuse(w, http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("a record of at most %d octets can be shared, compressed with gzip: leave out a part of it, or send the file", MaxStored))
		return
	}
	if err != nil {
		h.refuse(w, http.StatusBadRequest, "no-record", "the record did not come whole")
		return
	}
	body, err := Prepare(came)
	if err != nil {
		h.refusePrepare(w, err)
		return
	}
	receipt, err := h.o.Store.Put(r.Context(), body, h.o.Now())
	switch {
	case errors.Is(err, ErrFull):
		h.refuse(w, http.StatusInsufficientStorage, "full", "the store is full: try again when older shares have expired, or send the file")
		return
	case err != nil:
		h.o.Log.Error("share", "put", err)
		h.refuse(w, http.StatusInternalServerError, "failed", "the share can't be kept: the server's log says why")
		return
	}
	h.count("shared")
	h.o.Log.Info("share", "put", len(body), "expires", receipt.Expires.UTC().Format(time.RFC3339))
	answer(w, http.StatusCreated, "id", receipt.ID.String(), "token", receipt.Token.String(),
		"expires", receipt.Expires.UTC().Format(time.RFC3339), "path", "/#share="+receipt.ID.String())
}

func (h *Handler) refusePrepare(w http.ResponseWriter, err error) {
	var large *TooLarge
	var syntax *trace.SyntaxError
	switch {
	case errors.As(err, &large):
		h.refuse(w, http.StatusRequestEntityTooLarge, "too-large", large.Text)
	case errors.As(err, &syntax):
		h.refuse(w, http.StatusUnprocessableEntity, "no-record", "this is no record: "+syntax.Error())
	default:
		h.refuse(w, http.StatusUnprocessableEntity, "no-record", err.Error())
	}
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request, name string) {
	if !h.allow(w, r, h.o.Gets, h.gate.Read) {
		return
	}
	id, ok := ParseID(name)
	if !ok {
		h.refuse(w, http.StatusNotFound, "unknown", "this is no address of a share: it may have been cut off when it was copied")
		return
	}
	body, err := h.o.Store.Get(r.Context(), id, h.o.Now())
	if err != nil {
		h.refuseStore(w, err)
		return
	}
	head := w.Header()
	var out io.Reader = bytes.NewReader(body)
	packed := takesGzip(r)
	if packed {
		head.Set("Content-Encoding", "gzip")
	}
	if packed && !h.o.Packs {
		head.Set("Content-Length", strconv.Itoa(len(body)))
	} else if out, err = Inflate(body); err != nil {
		head.Del("Content-Encoding")
		h.refuseStore(w, err)
		return
	}
	h.count("shown")
	head.Set("Content-Type", "application/x-ndjson")
	head.Set("Content-Disposition", `attachment; filename="share.h2trace"`)
	head.Set("Vary", "Accept-Encoding")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, out) // the client may be gone
	}
}

// takesGzip looks for gzip in Accept-Encoding with a weight that is not 0.
func takesGzip(r *http.Request) bool {
	for _, f := range r.Header.Values("Accept-Encoding") {
		for _, part := range strings.Split(f, ",") {
			coding, weight, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				q, found := strings.CutPrefix(strings.TrimSpace(weight), "q=")
				v, err := strconv.ParseFloat(q, 64)
				return !found || err == nil && v > 0
			}
		}
	}
	return false
}

func (h *Handler) remove(w http.ResponseWriter, r *http.Request, name string) {
	if !h.allow(w, r, h.o.Puts, h.gate.Write) {
		return
	}
	id, ok := ParseID(name)
	if !ok {
		h.refuse(w, http.StatusNotFound, "unknown", "this is no address of a share: it may have been cut off when it was copied")
		return
	}
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, ok := ParseToken(bearer)
	if !ok {
		h.refuse(w, http.StatusUnauthorized, "token", "to delete a share, send its token: Authorization: Bearer TOKEN")
		return
	}
	if err := h.o.Store.Delete(r.Context(), id, token, h.o.Now()); err != nil {
		h.refuseStore(w, err)
		return
	}
	h.count("removed")
	w.WriteHeader(http.StatusNoContent)
}

func (h *Handler) refuseStore(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrUnknown):
		h.refuse(w, http.StatusNotFound, "unknown", "there is no such share here: check the address")
	case errors.Is(err, ErrExpired):
		h.refuse(w, http.StatusGone, "expired", "this share has expired: ask whoever sent it to share it again")
	case errors.Is(err, ErrDeleted):
		h.refuse(w, http.StatusGone, "deleted", "this share was deleted by whoever shared it")
	case errors.Is(err, ErrToken):
		h.refuse(w, http.StatusForbidden, "token", "the token does not belong to this share")
	default:
		h.o.Log.Error("share", "store", err)
		h.refuse(w, http.StatusInternalServerError, "failed", "the store failed: the server's log says why")
	}
}

// SweepEvery sweeps the store now and each time d has passed, until ctx ends.
func (h *Handler) SweepEvery(ctx context.Context, d time.Duration) {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		n, err := h.o.Store.Sweep(ctx, h.o.Now())
		if err != nil && ctx.Err() == nil {
			h.o.Log.Error("share", "sweep", err)
		} else if n > 0 {
			h.o.Log.Info("share", "expired", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}
