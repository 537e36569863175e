package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

const page = `<!doctype html><meta charset="utf-8"><script src="{{asset "boot.js"}}"></script>`

func settleAll(t *testing.T, source map[string]string) (*output, error) {
	t.Helper()
	files := map[string][]byte{}
	for name, text := range source {
		files[name] = []byte(text)
	}
	return newAssets(files).all()
}

func TestNamesFollowContent(t *testing.T) {
	source := map[string]string{"index.html": page, "boot.js": `load("{{asset "app.wasm"}}")`, "app.wasm": "one", "sw.js": "worker", "icons/a.svg": "<svg/>"}
	first, err := settleAll(t, source)
	if err != nil {
		t.Fatal(err)
	}
	source["app.wasm"] = "two"
	second, err := settleAll(t, source)
	if err != nil {
		t.Fatal(err)
	}
	for name, changes := range map[string]bool{"app.wasm": true, "boot.js": true, "icons/a.svg": false, "index.html": false, "sw.js": false} {
		if changed := first.names[name] != second.names[name]; changed != changes {
			t.Errorf("%s: its name changed: %v, want %v (%s, %s)", name, changed, changes, first.names[name], second.names[name])
		}
	}
	if first.names["index.html"] != "index.html" || first.names["sw.js"] != "sw.js" {
		t.Errorf("the page or the service worker moved: %v", first.names)
	}
	if got := string(first.files["index.html"]); !strings.Contains(got, `src="`+first.names["boot.js"]+`"`) {
		t.Errorf("the page doesn't name %s: %s", first.names["boot.js"], got)
	}
	if got := string(first.files[first.names["boot.js"]]); got != `load("`+first.names["app.wasm"]+`")` {
		t.Errorf("boot.js is %s", got)
	}
}

// The service worker names every other file with the hash of its content, and
// is another one when any of them is.
func TestPrecache(t *testing.T) {
	source := map[string]string{"index.html": page, "boot.js": `load("{{asset "app.wasm"}}")`, "app.wasm": "one", "icons/a.svg": "<svg/>",
		"sw.js": `const files = {{precache}}, version = "{{version}}"`}
	read := func() (files map[string]string, version string, out *output) {
		out, err := settleAll(t, source)
		if err != nil {
			t.Fatal(err)
		}
		list, version, ok := strings.Cut(strings.TrimPrefix(string(out.files["sw.js"]), "const files = "), `, version = "`)
		if err := json.Unmarshal([]byte(list), &files); err != nil || !ok {
			t.Fatalf("%s: %v", out.files["sw.js"], err)
		}
		return files, strings.TrimSuffix(version, `"`), out
	}
	files, version, out := read()
	for name, octets := range out.files {
		if name == "sw.js" {
			continue
		}
		if files[name] != hashOf(octets) {
			t.Errorf("%s stands there with %q, its hash is %s", name, files[name], hashOf(octets))
		}
	}
	if len(files) != len(out.files)-1 || len(version) != 12 {
		t.Errorf("%d of %d files, version %q", len(files), len(out.files), version)
	}
	if _, again, _ := read(); again != version {
		t.Error("the same files are two versions")
	}
	for name, text := range map[string]string{"app.wasm": "two", "index.html": page + " "} {
		source[name] = text
		_, next, _ := read()
		if next == version {
			t.Errorf("a change of %s is no new version", name)
		}
		version = next
	}
}

func TestAddressesAreRelative(t *testing.T) {
	out, err := settleAll(t, map[string]string{"index.html": page, "boot.js": "", "css/a.css": `url({{asset "icons/b.svg"}})`, "icons/b.svg": "<svg/>"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out.files[out.names["css/a.css"]]), "url(../"+out.names["icons/b.svg"]+")"; got != want {
		t.Errorf("the style sheet says %s, want %s", got, want)
	}
}

func TestAssetErrors(t *testing.T) {
	for want, source := range map[string]map[string]string{
		`no asset "boot.js"`: {"index.html": page},
		"circle":             {"a.js": `{{asset "b.js"}}`, "b.js": `{{asset "a.js"}}`},
		"<meta charset":      {"index.html": "<!doctype html>"},
	} {
		if _, err := settleAll(t, source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v gave the error %v, want one with %q", source, err, want)
		}
	}
}

func TestPolicyComesFirst(t *testing.T) {
	out, err := withPolicy([]byte(`<!doctype html><html><head><meta charset="utf-8"><script src="a.js"></script>`))
	if err != nil {
		t.Fatal(err)
	}
	policy, script := bytes.Index(out, []byte("Content-Security-Policy")), bytes.Index(out, []byte("<script"))
	if policy < 0 || policy > script {
		t.Errorf("the policy is not before the first script: %s", out)
	}
	if bytes.Contains(out, []byte("frame-ancestors")) {
		t.Error("frame-ancestors does nothing in a meta element but warn")
	}
}

func TestCompressedCopies(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	want := bytes.Repeat([]byte("frames and octets "), 1000)
	path := filepath.Join(dir, "a.js")
	readers := map[string]func(io.Reader) io.Reader{
		".br": func(r io.Reader) io.Reader { return brotli.NewReader(r) },
		".gz": func(r io.Reader) io.Reader {
			z, err := gzip.NewReader(r)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	}
	for range 2 { // made, then from the cache
		for _, c := range coders {
			if err := compressFile(path, cache, want, c); err != nil {
				t.Fatal(err)
			}
			small, err := os.ReadFile(path + c.suffix)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(readers[c.suffix](bytes.NewReader(small)))
			if err != nil || !bytes.Equal(got, want) || len(small) > len(want)/10 {
				t.Errorf("%s: %d octets that give back %d of %d, error %v", c.suffix, len(small), len(got), len(want), err)
			}
		}
	}
	if kept, err := os.ReadDir(cache); err != nil || len(kept) != len(coders) {
		t.Errorf("the cache holds %d files, want %d (error %v)", len(kept), len(coders), err)
	}
}

func TestSizes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	limits := []budget{{"a.wasm", 10}, {"b.wasm", 10}}
	if err := checkSizes(io.Discard, dir, limits); err == nil {
		t.Error("a folder without a site has no sizes, but passes")
	}
	write("assets.json", `{"a.wasm":"a.1.wasm","b.wasm":"b.1.wasm"}`)
	write("a.1.wasm.br", "1234567890")
	if err := checkSizes(io.Discard, dir, limits); err == nil || !strings.Contains(err.Error(), "b.wasm has no brotli copy") {
		t.Errorf("a missing copy gave %v", err)
	}
	write("b.1.wasm.br", "1234567890")
	if err := checkSizes(io.Discard, dir, limits); err != nil {
		t.Errorf("sizes at the budget gave %v", err)
	}
	write("b.1.wasm.br", "12345678901")
	if err := checkSizes(io.Discard, dir, limits); err == nil || !strings.Contains(err.Error(), "over budget: b.wasm") {
		t.Errorf("one octet too many gave %v", err)
	}
}

func TestSwapKeepsOneFolder(t *testing.T) {
	dir := t.TempDir()
	fresh, place := filepath.Join(dir, "new"), filepath.Join(dir, "site")
	for _, text := range []string{"one", "two"} {
		if err := os.Mkdir(fresh, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(fresh, "f"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := swap(fresh, place); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(place, "f")); err != nil || string(got) != text {
			t.Errorf("after the swap the file holds %q, error %v", got, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d folders are left, want 1", len(entries))
	}
}
