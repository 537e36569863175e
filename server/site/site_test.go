package site

import (
	"crypto/tls"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const wasmName = "app.0123456789ab.wasm"

func files() fstest.MapFS {
	return fstest.MapFS{
		Index:                            {Data: []byte("<!doctype html>page")},
		wasmName:                         {Data: []byte("plain wasm octets")},
		wasmName + ".br":                 {Data: []byte("brotli")},
		wasmName + ".gz":                 {Data: []byte("gzipped")},
		"h2-worker.0123456789ab.js":      {Data: []byte("worker")},
		"inspect-worker.00112233aabb.js": {Data: []byte("worker")},
		"icons/icon.svg":                 {Data: []byte("<svg/>")},
	}
}

// ask sends one request to a handler over files. header is "Name: value" lines.
func ask(t *testing.T, opts Options, method, target string, header ...string) *http.Response {
	t.Helper()
	h, err := Handler(files(), opts)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, target, nil)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHandlerNeedsIndex(t *testing.T) {
	_, err := Handler(fstest.MapFS{}, Options{})
	if err == nil || !strings.Contains(err.Error(), "build.sh build") {
		t.Fatalf("an empty folder gave %v, want an error that says how to make it", err)
	}
}

func TestNegotiation(t *testing.T) {
	for _, tt := range []struct{ accept, coding, body string }{
		{"", "", "plain wasm octets"},
		{"gzip, deflate, br, zstd", "br", "brotli"},
		{"gzip, deflate", "gzip", "gzipped"},
		{"GZIP", "gzip", "gzipped"},
		{"br;q=0.5, gzip;q=0.8", "gzip", "gzipped"},
		{"br;q=0, gzip", "gzip", "gzipped"},
		{"br;q=0, gzip;q=0", "", "plain wasm octets"},
		{"*", "br", "brotli"},
		{"*;q=0.3, br;q=0", "gzip", "gzipped"},
		{"identity, br;q=0.2", "", "plain wasm octets"},
		{"br;q=2", "", "plain wasm octets"},
		{"zstd", "", "plain wasm octets"},
	} {
		r := ask(t, Options{}, "GET", "/"+wasmName, "Accept-Encoding: "+tt.accept)
		if r.StatusCode != 200 || r.Header.Get("Content-Encoding") != tt.coding || body(t, r) != tt.body {
			t.Errorf("Accept-Encoding %q gave %d and coding %q, want 200 and %q", tt.accept, r.StatusCode, r.Header.Get("Content-Encoding"), tt.coding)
		}
		if got := r.Header.Get("Content-Type"); got != "application/wasm" {
			t.Errorf("Accept-Encoding %q gave type %q", tt.accept, got)
		}
		if got := r.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("Vary is %q, a shared cache would hand out the wrong copy", got)
		}
	}
	if r := ask(t, Options{}, "GET", "/"+wasmName, "Accept-Encoding: identity;q=0, br;q=0, gzip;q=0"); r.StatusCode != 406 {
		t.Errorf("a request that takes no copy got %d, want 406", r.StatusCode)
	}
	if r := ask(t, Options{}, "GET", "/icons/icon.svg", "Accept-Encoding: br"); body(t, r) != "<svg/>" || r.Header.Get("Content-Encoding") != "" {
		t.Errorf("a file without copies was not sent as it is")
	}
}

func TestCaching(t *testing.T) {
	if got := ask(t, Options{}, "GET", "/"+wasmName).Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("a hashed name has Cache-Control %q", got)
	}
	for _, name := range []string{"/", "/index.html", "/icons/icon.svg"} {
		r := ask(t, Options{}, "GET", name)
		tag := r.Header.Get("Etag")
		if r.Header.Get("Cache-Control") != "no-cache" || tag == "" {
			t.Fatalf("%s has Cache-Control %q and ETag %q", name, r.Header.Get("Cache-Control"), tag)
		}
		for _, field := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			again := ask(t, Options{}, "GET", name, "If-None-Match: "+field)
			if again.StatusCode != 304 || body(t, again) != "" {
				t.Errorf("%s with If-None-Match %s got %d, want 304 without a body", name, field, again.StatusCode)
			}
		}
		if r := ask(t, Options{}, "GET", name, `If-None-Match: "other"`); r.StatusCode != 200 {
			t.Errorf("%s with another tag got %d", name, r.StatusCode)
		}
	}
	plain := ask(t, Options{}, "GET", "/"+wasmName).Header.Get("Etag")
	br := ask(t, Options{}, "GET", "/"+wasmName, "Accept-Encoding: br").Header.Get("Etag")
	if plain == br {
		t.Errorf("two codings share the strong tag %s", br)
	}
}

func TestNewBuildIsSeen(t *testing.T) {
	fsys := files()
	h, err := Handler(fsys, Options{})
	if err != nil {
		t.Fatal(err)
	}
	get := func() (string, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Body.String(), w.Header().Get("Etag")
	}
	_, before := get()
	fsys[Index] = &fstest.MapFile{Data: []byte("another page")}
	if text, after := get(); text != "another page" || after == before {
		t.Errorf("after a new build the page is %q with the tag %s", text, after)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	r := ask(t, Options{}, "HEAD", "/"+wasmName, "Accept-Encoding: br")
	if r.StatusCode != 200 || r.Header.Get("Content-Length") != "6" || body(t, r) != "" {
		t.Errorf("HEAD got %d with Content-Length %s", r.StatusCode, r.Header.Get("Content-Length"))
	}
	r = ask(t, Options{}, "POST", "/")
	if r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST got %d, Allow %q", r.StatusCode, r.Header.Get("Allow"))
	}
	for _, p := range []string{"/none", "/icons", "/icons/", "/../site.go", "/%2e%2e/site.go", "/a//b", "/" + wasmName + ".br", "/" + wasmName + ".gz", "/a%00b", `/..\site.go`} {
		r := ask(t, Options{}, "GET", p)
		if r.StatusCode != 404 || !strings.Contains(body(t, r), "no such page") {
			t.Errorf("%s got %d, want 404 with a page", p, r.StatusCode)
		}
		if r.Header.Get("Content-Security-Policy") == "" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the answer to %s lacks the headers that every answer has", p)
		}
	}
}

// directives reads a policy as a map from directive to its sources.
func directives(policy string) map[string][]string {
	out := map[string][]string{}
	for _, d := range strings.Split(policy, ";") {
		if f := strings.Fields(d); len(f) > 0 {
			out[f[0]] = f[1:]
		}
	}
	return out
}

func TestPolicies(t *testing.T) {
	opts := Options{Hosts: []string{"127.0.0.1:8420"}, Connect: []string{"wss://relay.example"}}
	get := func(path string) map[string][]string {
		return directives(ask(t, opts, "GET", path, "Host: 127.0.0.1:8420").Header.Get("Content-Security-Policy"))
	}
	page := get("/")
	if slices.Contains(page["script-src"], "'unsafe-eval'") || slices.Contains(page["script-src"], "'unsafe-inline'") {
		t.Errorf("the page may run text as a program: %v", page["script-src"])
	}
	for directive, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "worker-src": "'self'",
		"require-trusted-types-for": "'script'", "trusted-types": "framewise",
		"frame-ancestors": "'none'", "base-uri": "'none'",
		"connect-src": "'self' ws://127.0.0.1:8420 wss://relay.example",
	} {
		if got := strings.Join(page[directive], " "); got != want {
			t.Errorf("the page's %s is %q, want %q", directive, got, want)
		}
	}
	if p := get("/h2-worker.0123456789ab.js"); !slices.Contains(p["script-src"], "'unsafe-eval'") {
		t.Errorf("the program's Worker can't run the program: %v", p)
	}
	if p := get("/inspect-worker.00112233aabb.js"); slices.Contains(p["script-src"], "'unsafe-eval'") {
		t.Errorf("the analyser's Worker may run text as a program: %v", p)
	}
	if p := get("/icons/icon.svg"); len(p["script-src"]) != 0 || strings.Join(p["default-src"], "") != "'none'" {
		t.Errorf("an image opened by itself may do something: %v", p)
	}
}

// Other sites may frame the page at ?embed=1, and nothing else of the site.
func TestOnlyTheEmbeddedPageIsFramed(t *testing.T) {
	for path, want := range map[string]string{
		"/?embed=1": "*", "/index.html?embed=1": "*", "/?x=2&embed=1": "*",
		"/": "'none'", "/?embed=0": "'none'", "/?embed": "'none'", "/?embed=11": "'none'", "/index.html": "'none'",
		"/h2-worker.0123456789ab.js?embed=1": "'none'", "/inspect-worker.00112233aabb.js?embed=1": "'none'", "/none?embed=1": "'none'",
	} {
		got := directives(ask(t, Options{}, "GET", path).Header.Get("Content-Security-Policy"))["frame-ancestors"]
		if strings.Join(got, " ") != want {
			t.Errorf("%s may be framed by %q, want %q", path, got, want)
		}
	}
	if got := directives(ask(t, Options{}, "POST", "/?embed=1").Header.Get("Content-Security-Policy"))["frame-ancestors"]; strings.Join(got, "") != "'none'" {
		t.Errorf("a refusal may be framed by %q", got)
	}
}

func TestSecureHostGetsSecureSockets(t *testing.T) {
	h, err := Handler(files(), Options{Hosts: []string{"frames.example"}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Host, r.TLS = "frames.example", &tls.ConnectionState{}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := directives(w.Header().Get("Content-Security-Policy"))["connect-src"]; !slices.Contains(got, "wss://frames.example") {
		t.Errorf("connect-src over TLS is %v", got)
	}
}

func TestHostList(t *testing.T) {
	hosts := LoopbackHosts(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8420})
	for host, want := range map[string]int{
		"127.0.0.1:8420": 200, "localhost:8420": 200, "LocalHost:8420": 200,
		"127.0.0.1": 421, "127.0.0.1:8421": 421, "evil.example": 421, "evil.example:8420": 421,
		"127.0.0.1:8420.evil.example": 421, "localhost:8420@evil.example": 421, "": 421,
	} {
		if r := ask(t, Options{Hosts: hosts}, "GET", "/", "Host: "+host); r.StatusCode != want {
			t.Errorf("Host %q got %d, want %d", host, r.StatusCode, want)
		}
	}
	for _, tt := range []struct {
		addr *net.TCPAddr
		want string
	}{
		{&net.TCPAddr{IP: net.IPv6loopback, Port: 1}, "[::1]:1 localhost:1 more:1"},
		{&net.TCPAddr{IP: net.IPv4zero, Port: 2}, "127.0.0.1:2 [::1]:2 localhost:2 more:1"},
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 80}, "192.0.2.7:80 192.0.2.7 more:1"},
	} {
		if got := strings.Join(LoopbackHosts(tt.addr, "more:1"), " "); got != tt.want {
			t.Errorf("hosts for %v are %s, want %s", tt.addr, got, tt.want)
		}
	}
}

func TestHostIsNotCopiedIntoThePolicy(t *testing.T) {
	r := ask(t, Options{}, "GET", "/", "Host: a; script-src *")
	if strings.Contains(r.Header.Get("Content-Security-Policy"), "script-src *") {
		t.Error("a Host that nobody listed stands in the policy")
	}
}

func FuzzName(f *testing.F) {
	for _, p := range []string{"/", "/a/../b", "/icons/icon.svg", "//", "/x.br", "/\x00", `/a\b`} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		name, ok := Name(p)
		if ok && (!fs.ValidPath(name) || strings.Contains(name, "..") && slices.Contains(strings.Split(name, "/"), "..")) {
			t.Errorf("%q became the file name %q", p, name)
		}
		if _, err := url.PathUnescape(p); err == nil && ok && name == "." {
			t.Errorf("%q became the folder itself", p)
		}
	})
}
