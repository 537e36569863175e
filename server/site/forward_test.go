package site

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// store answers as a platform's store of files does: it sets headers of its
// own, which must not come through.
func store(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Accept-Encoding") != "" {
		return nil, errors.New("the store was asked for a coding")
	}
	answer := func(status int, text string) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(text)),
			Header: http.Header{"Etag": {`"t"`}, "Cache-Control": {"public, max-age=1"}, "X-Store": {"yes"}},
		}, nil
	}
	data, ok := files()[strings.TrimPrefix(r.URL.Path, "/")]
	switch {
	case r.URL.Path == "/moved.js":
		return answer(307, "")
	case r.URL.Path == "/down.js":
		return nil, errors.New("down")
	case !ok:
		return answer(404, "store's own page")
	case r.Header.Get("If-None-Match") == `"t"`:
		return answer(304, "")
	}
	return answer(200, string(data.Data))
}

func TestForward(t *testing.T) {
	h := Forward(store, Options{})
	for _, tt := range []struct {
		method, path, tag string
		status            int
		body, cache       string
	}{
		{"GET", "/", "", 200, "<!doctype html>page", "no-cache"},
		{"GET", "/?frame=4", "", 200, "<!doctype html>page", "no-cache"},
		{"GET", "/" + wasmName, "", 200, "plain wasm octets", "public, max-age=31536000, immutable"},
		{"HEAD", "/" + wasmName, "", 200, "", "public, max-age=31536000, immutable"},
		{"GET", "/", `"t"`, 304, "", "no-cache"},
		{"GET", "/none", "", 404, "no such page", "no-store"},
		{"GET", "/../x", "", 404, "no such page", "no-store"},
		{"GET", "/moved.js", "", 502, "store", "no-store"},
		{"GET", "/down.js", "", 502, "store", "no-store"},
		{"PUT", "/", "", 405, "Only GET", "no-store"},
	} {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Accept-Encoding", "br")
		if tt.tag != "" {
			r.Header.Set("If-None-Match", tt.tag)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Result()
		if text := body(t, got); got.StatusCode != tt.status || !strings.Contains(text, tt.body) || (tt.body == "" && text != "") {
			t.Errorf("%s %s got %d %q, want %d with %q", tt.method, tt.path, got.StatusCode, text, tt.status, tt.body)
		}
		if cache := got.Header.Get("Cache-Control"); cache != tt.cache {
			t.Errorf("%s %s has Cache-Control %q, want %q", tt.method, tt.path, cache, tt.cache)
		}
		if got.Header.Get("X-Store") != "" || got.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s doesn't carry exactly our headers: %v", tt.method, tt.path, got.Header)
		}
	}
}
