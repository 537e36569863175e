package bolt

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

	"framewise/server/share"
)

var start = time.Unix(1_800_000_000, 0)

const small = `{"k":"h2trace","version":1,"title":"a record"}` + "\n"

// shop is a Handler over a new store, and its clock.
type shop struct {
	t     *testing.T
	file  string
	o     share.Options
	store *Store
	h     *share.Handler
	now   time.Time
}

func newShop(t *testing.T, o share.Options) *shop {
	t.Helper()
	s := &shop{t: t, file: filepath.Join(t.TempDir(), "shares.db"), o: o, now: start}
	s.restart()
	t.Cleanup(func() { s.store.Close() })
	return s
}

// restart closes the store, if it is open, and opens it.
func (s *shop) restart() {
	s.t.Helper()
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			s.t.Fatal(err)
		}
	}
	store, err := Open(s.file, s.o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.store = store
	s.serve(1000)
}

// serve makes the handler, with a limit a minute.
func (s *shop) serve(rate int) {
	s.h = share.NewHandler(share.HandlerOptions{Store: s.store, Origins: []string{"http://here"}, Hosts: []string{"here"}, Uploads: 100,
		Puts: share.Rate(rate), Gets: share.Rate(rate), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.now }})
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

func (s *shop) share(body []byte) share.Shared {
	s.t.Helper()
	res := s.ask("POST", share.Path, body)
	if res.StatusCode != http.StatusCreated {
		b, _ := io.ReadAll(res.Body)
		s.t.Fatalf("POST: %d %s", res.StatusCode, b)
	}
	var out share.Shared
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

func refusal(t *testing.T, res *http.Response) string {
	t.Helper()
	var r share.Refusal
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

// TestNoGzip: who does not take gzip gets the record as it is. At the edge the
// platform sees to that.
func TestNoGzip(t *testing.T) {
	s := newShop(t, share.Options{})
	path := share.Path + "/" + s.share([]byte(small)).ID
	for accept, want := range map[string]string{"": "", "gzip;q=0": "", "br": "", "br, GZIP ; q=0.1": "gzip", "gzip": "gzip"} {
		res := s.ask("GET", path, nil, "Accept-Encoding", accept)
		b, _ := io.ReadAll(res.Body)
		if got := res.Header.Get("Content-Encoding"); got != want || (string(b) == small) != (want == "") {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, %d octets", accept, got, len(b))
		}
	}
}

func TestRates(t *testing.T) {
	s := newShop(t, share.Options{})
	s.serve(3)
	for range 3 {
		s.share([]byte(small))
	}
	res := s.ask("POST", share.Path, []byte(small))
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "20" && res.Header.Get("Retry-After") != "21" || refusal(t, res) != "too-many" {
		t.Errorf("the fourth: %d, again after %s", res.StatusCode, res.Header.Get("Retry-After"))
	}
	s.now = s.now.Add(21 * time.Second)
	s.share([]byte(small))
}

// TestBackup: a copy that is made while others share is a whole store.
func TestBackup(t *testing.T) {
	s := newShop(t, share.Options{})
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
	copied, err := Open(file, share.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if err := copied.Check(); err != nil {
		t.Error(err)
	}
	id, _ := share.ParseID(kept.ID)
	if _, err := copied.Get(t.Context(), id, start); err != nil {
		t.Error(err)
	}
}

func TestTokenIsNotInTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shares.db")
	store, err := Open(file, share.Options{})
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
	s := newShop(t, share.Options{})
	if _, err := Open(s.store.db.Path(), share.Options{}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second process opens it: %v", err)
	}
}
