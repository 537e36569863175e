package share

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"framewise/server/internal/gate"
)

var start = time.Unix(1_800_000_000, 0)

const small = `{"k":"h2trace","version":1,"title":"a record"}` + "\n"

// shop is a Handler over a new store, and its clock.
type shop struct {
	t     *testing.T
	store *Bolt
	h     *Handler
	now   time.Time
}

func newShop(t *testing.T, o Options) *shop {
	t.Helper()
	store, err := Open(filepath.Join(t.TempDir(), "shares.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	s := &shop{t: t, store: store, now: start}
	s.h = NewHandler(HandlerOptions{Store: store, Gate: gate.Gate{Origins: []string{"http://here"}, Hosts: []string{"here"}},
		PutRate: 1000, GetRate: 1000, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.now }})
	return s
}

// ask sends a request as the page would; fields are pairs that replace.
func (s *shop) ask(method, path string, body []byte, fields ...string) *http.Response {
	r := httptest.NewRequest(method, "http://here"+path, bytes.NewReader(body))
	if method != http.MethodGet {
		r.Header.Set("Origin", "http://here")
	}
	for i := 0; i < len(fields); i += 2 {
		switch {
		case fields[i] == "Host":
			r.Host = fields[i+1]
		case fields[i+1] == "":
			r.Header.Del(fields[i])
		default:
			r.Header.Set(fields[i], fields[i+1])
		}
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w.Result()
}

func (s *shop) share(body []byte) Shared {
	s.t.Helper()
	res := s.ask("POST", Path, body)
	if res.StatusCode != http.StatusCreated {
		b, _ := io.ReadAll(res.Body)
		s.t.Fatalf("POST: %d %s", res.StatusCode, b)
	}
	var out Shared
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

func refusal(t *testing.T, res *http.Response) string {
	t.Helper()
	var r Refusal
	if err := json.NewDecoder(res.Body).Decode(&r); err != nil || r.Message == "" {
		t.Fatalf("status %d says no without a reason: %+v, %v", res.StatusCode, r, err)
	}
	return r.Kind
}

func packed(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLifeOfAShare(t *testing.T) {
	s := newShop(t, Options{})
	for _, body := range [][]byte{[]byte(small), packed(t, []byte(small))} {
		got := s.share(body)
		if len(got.ID) != 22 || len(got.Token) != 22 || got.Expires != start.Add(DefaultLifetime).UTC().Format(time.RFC3339) || !strings.HasSuffix(got.Path, got.ID) {
			t.Fatalf("the receipt is %+v", got)
		}
		plain := s.ask("GET", Path+"/"+got.ID, nil)
		if b, _ := io.ReadAll(plain.Body); plain.StatusCode != 200 || string(b) != small {
			t.Errorf("plain: %d %q", plain.StatusCode, b)
		}
		zipped := s.ask("GET", Path+"/"+got.ID, nil, "Accept-Encoding", "br, gzip;q=0.5")
		z, err := gzip.NewReader(zipped.Body)
		if err != nil || zipped.Header.Get("Content-Encoding") != "gzip" {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(z); string(b) != small {
			t.Errorf("in gzip: %q", b)
		}
		if v := zipped.Header.Get("Access-Control-Allow-Origin"); v != "" {
			t.Errorf("other pages may read it: %q", v)
		}
		wrong, _ := ParseToken(got.ID)
		if res := s.ask("DELETE", Path+"/"+got.ID, nil, "Authorization", "Bearer "+wrong.String()); res.StatusCode != 403 || refusal(t, res) != "token" {
			t.Errorf("another token: %d", res.StatusCode)
		}
		if res := s.ask("DELETE", Path+"/"+got.ID, nil); res.StatusCode != 401 {
			t.Errorf("no token: %d", res.StatusCode)
		}
		if res := s.ask("DELETE", Path+"/"+got.ID, nil, "Authorization", "Bearer "+got.Token); res.StatusCode != 204 {
			t.Errorf("delete: %d", res.StatusCode)
		}
		if res := s.ask("GET", Path+"/"+got.ID, nil); res.StatusCode != 410 || refusal(t, res) != "deleted" {
			t.Errorf("after delete: %d", res.StatusCode)
		}
	}
	if err := s.store.Check(); err != nil {
		t.Error(err)
	}
}

func TestExpiry(t *testing.T) {
	s := newShop(t, Options{Lifetime: time.Hour})
	old := s.share([]byte(small))
	s.now = start.Add(30 * time.Minute)
	young := s.share([]byte(small))
	s.now = start.Add(time.Hour)
	if res := s.ask("GET", Path+"/"+old.ID, nil); res.StatusCode != 410 || refusal(t, res) != "expired" {
		t.Errorf("before the sweep: %d", res.StatusCode)
	}
	if n, err := s.store.Sweep(t.Context(), s.now); n != 1 || err != nil {
		t.Errorf("the sweep dropped %d, %v", n, err)
	}
	if res := s.ask("GET", Path+"/"+old.ID, nil); res.StatusCode != 410 || refusal(t, res) != "expired" {
		t.Errorf("after the sweep: %d", res.StatusCode)
	}
	if res := s.ask("GET", Path+"/"+young.ID, nil); res.StatusCode != 200 {
		t.Errorf("the younger one: %d", res.StatusCode)
	}
	if u, _ := s.store.Usage(t.Context()); u.Shares != 1 || u.ExpiredEver != 1 {
		t.Errorf("usage: %+v", u)
	}
	s.now = start.Add(3 * time.Hour)
	if _, err := s.store.Sweep(t.Context(), s.now); err != nil {
		t.Error(err)
	}
	if res := s.ask("GET", Path+"/"+old.ID, nil); res.StatusCode != 404 || refusal(t, res) != "unknown" {
		t.Errorf("long after: %d", res.StatusCode)
	}
	if err := s.store.Check(); err != nil {
		t.Error(err)
	}
}

func TestQuota(t *testing.T) {
	s := newShop(t, Options{Shares: 2})
	s.share([]byte(small))
	first := s.share([]byte(small))
	if res := s.ask("POST", Path, []byte(small)); res.StatusCode != 507 || refusal(t, res) != "full" {
		t.Errorf("a third share: %d", res.StatusCode)
	}
	s.ask("DELETE", Path+"/"+first.ID, nil, "Authorization", "Bearer "+first.Token)
	s.share([]byte(small))
	o := newShop(t, Options{Quota: int64(len(packed(t, []byte(small)))) + 20})
	o.share([]byte(small))
	if res := o.ask("POST", Path, []byte(small)); res.StatusCode != 507 {
		t.Errorf("beyond the octets: %d", res.StatusCode)
	}
}

func TestRefusals(t *testing.T) {
	s := newShop(t, Options{})
	bomb := packed(t, append([]byte(small), bytes.Repeat([]byte("\n"), 20<<20)...))
	long := packed(t, append([]byte(small), bytes.Repeat([]byte(`{"k":"console","text":"`+strings.Repeat("abcdefghij", 20)+`"}`+"\n"), 1000)...))
	if len(bomb) > MaxStored || len(long) > MaxStored {
		t.Fatal("the test's bodies are too long")
	}
	noise := make([]byte, MaxStored+1)
	id := s.share([]byte(small)).ID
	tests := []struct {
		name   string
		res    *http.Response
		status int
		kind   string
	}{
		{"too long", s.ask("POST", Path, noise), 413, "too-large"},
		{"a bomb", s.ask("POST", Path, bomb), 413, "too-large"},
		{"no record", s.ask("POST", Path, []byte("hello")), 422, "no-record"},
		{"a record cut off", s.ask("POST", Path, []byte(small+`{"k":"conn","id`)), 422, "no-record"},
		{"gzip cut off", s.ask("POST", Path, packed(t, []byte(small))[:20]), 422, "no-record"},
		{"gzip of something else", s.ask("POST", Path, packed(t, []byte("hello"))), 422, "no-record"},
		{"empty", s.ask("POST", Path, nil), 422, "no-record"},
		{"another page", s.ask("POST", Path, []byte(small), "Origin", "http://there"), 403, "not-allowed"},
		{"no page", s.ask("POST", Path, []byte(small), "Origin", ""), 403, "not-allowed"},
		{"another host", s.ask("POST", Path, []byte(small), "Host", "there"), 403, "not-allowed"},
		{"read by another page", s.ask("GET", Path+"/"+id, nil, "Origin", "http://there"), 403, "not-allowed"},
		{"read across sites", s.ask("GET", Path+"/"+id, nil, "Sec-Fetch-Site", "cross-site"), 403, "not-allowed"},
		{"read at another host", s.ask("GET", Path+"/"+id, nil, "Host", "there"), 403, "not-allowed"},
		{"delete by another page", s.ask("DELETE", Path+"/"+id, nil, "Origin", "http://there"), 403, "not-allowed"},
		{"unknown", s.ask("GET", Path+"/"+strings.Repeat("A", 22), nil), 404, "unknown"},
		{"no identifier", s.ask("GET", Path+"/../../etc/passwd", nil), 404, "unknown"},
		{"a list", s.ask("GET", Path, nil), 405, "not-allowed"},
		{"another method", s.ask("PUT", Path+"/"+id, []byte(small)), 405, "not-allowed"},
	}
	for _, tt := range tests {
		if kind := refusal(t, tt.res); tt.res.StatusCode != tt.status || kind != tt.kind {
			t.Errorf("%s: %d %s; want %d %s", tt.name, tt.res.StatusCode, kind, tt.status, tt.kind)
		}
	}
	if res := s.ask("POST", Path, long); res.StatusCode != 201 {
		t.Errorf("a long record that compresses well: %d %s", res.StatusCode, refusal(t, res))
	}
}

func TestRates(t *testing.T) {
	s := newShop(t, Options{})
	s.h.put = gate.NewRate(3)
	for range 3 {
		s.share([]byte(small))
	}
	res := s.ask("POST", Path, []byte(small))
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "20" && res.Header.Get("Retry-After") != "21" || refusal(t, res) != "too-many" {
		t.Errorf("the fourth: %d, again after %s", res.StatusCode, res.Header.Get("Retry-After"))
	}
	s.now = s.now.Add(21 * time.Second)
	s.share([]byte(small))
}

// TestBackup: a copy that is made while others share is a whole store.
func TestBackup(t *testing.T) {
	s := newShop(t, Options{})
	kept := s.share([]byte(small))
	stop := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := s.store.Put(t.Context(), packed(t, []byte(small)), start); err != nil {
				done <- err
				return
			}
		}
	}()
	file := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.store.Backup(t.Context(), f), f.Close()); err != nil {
		t.Fatal(err)
	}
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	copied, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if err := copied.Check(); err != nil {
		t.Error(err)
	}
	id, _ := ParseID(kept.ID)
	if _, err := copied.Get(t.Context(), id, start); err != nil {
		t.Error(err)
	}
}

func TestTokenIsNotInTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shares.db")
	store, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.Put(t.Context(), packed(t, []byte(small)), start)
	if err != nil || store.Close() != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, r.ID[:]) {
		t.Error("the identifier is not in the file: the test looks at the wrong one")
	}
	if bytes.Contains(b, r.Token[:]) || bytes.Contains(b, []byte(r.Token.String())) {
		t.Error("the token is in the file")
	}
}

func TestFileInUse(t *testing.T) {
	s := newShop(t, Options{})
	if _, err := Open(s.store.db.Path(), Options{}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second process opens it: %v", err)
	}
}
