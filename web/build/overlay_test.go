package main

import (
	nethttp "net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	pagehttp "framewise/web/build/pagehttp"
)

// What stands in for net/http has the shapes of net/http, so that go-app's code
// means the same with either. The package's name is the same, so types that
// agree have the same text.
func TestPageHTTP(t *testing.T) {
	for _, pair := range []struct{ stand, real any }{
		{pagehttp.Get, nethttp.Get},
		{pagehttp.NotFound, nethttp.NotFound},
		{pagehttp.FileServer, nethttp.FileServer},
		{pagehttp.Header.Get, nethttp.Header.Get},
		{pagehttp.Header.Set, nethttp.Header.Set},
		{pagehttp.Dir.Open, nethttp.Dir.Open},
		{pagehttp.Handler.ServeHTTP, nethttp.Handler.ServeHTTP},
		{pagehttp.ResponseWriter.Header, nethttp.ResponseWriter.Header},
		{pagehttp.ResponseWriter.Write, nethttp.ResponseWriter.Write},
		{pagehttp.ResponseWriter.WriteHeader, nethttp.ResponseWriter.WriteHeader},
	} {
		if stand, real := reflect.TypeOf(pair.stand).String(), reflect.TypeOf(pair.real).String(); stand != real {
			t.Errorf("the stand-in has %s, net/http %s", stand, real)
		}
	}
	same := [][2]int{
		{pagehttp.StatusOK, nethttp.StatusOK},
		{pagehttp.StatusNotModified, nethttp.StatusNotModified},
		{pagehttp.StatusNotFound, nethttp.StatusNotFound},
		{pagehttp.StatusInternalServerError, nethttp.StatusInternalServerError},
	}
	for _, pair := range same {
		if pair[0] != pair[1] {
			t.Errorf("a status is %d in the stand-in and %d in net/http", pair[0], pair[1])
		}
	}
	members(t, reflect.TypeFor[pagehttp.Request](), reflect.TypeFor[nethttp.Request](), "TLS")
	members(t, reflect.TypeFor[pagehttp.Response](), reflect.TypeFor[nethttp.Response]())
	if _, err := pagehttp.Get("http://127.0.0.1/"); err == nil {
		t.Error("the stand-in claims to have fetched something")
	}
}

// members demands that every member of the struct stand is one of the struct real,
// of the same type unless it is excused.
func members(t *testing.T, stand, real reflect.Type, excused ...string) {
	t.Helper()
	for i := range stand.NumField() {
		field := stand.Field(i)
		theirs, ok := real.FieldByName(field.Name)
		if !ok || theirs.Type.String() != field.Type.String() && !slices.Contains(excused, field.Name) {
			t.Errorf("%v.%s is %v here and %v in net/http", stand, field.Name, field.Type, theirs.Type)
		}
	}
}

// The page's program links nothing that dials, serves or encrypts connections,
// and go-app is the module's own.
func TestPageLinksNoServer(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := pageCompiler(root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := page("list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{.Path}} {{.Replace}}{{end}}", "./playground")
	cmd.Stderr = os.Stderr
	said, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	for _, unwanted := range []string{"net", "crypto/tls", "crypto/x509", "net/http/internal"} {
		if slices.Contains(lines, unwanted) {
			t.Errorf("app.wasm links %s", unwanted)
		}
	}
	const goapp = "github.com/maxence-charriere/go-app/v9"
	for _, wanted := range []string{"net/http", goapp + "/pkg/app " + goapp + " <nil>"} {
		if !slices.Contains(lines, wanted) {
			t.Errorf("app.wasm doesn't link %q: %d packages", wanted, len(lines))
		}
	}
}
