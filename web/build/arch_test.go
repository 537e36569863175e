package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer says what the packages below a folder may import. The longest prefix
// that fits a package holds.
type layer struct {
	prefix string
	// project are the project's own packages, as prefixes, that may be imported.
	project []string
	// std are the packages of the standard library that may be imported; nil
	// means all of them.
	std []string
	// modules are other modules' packages, as prefixes; nil means all.
	modules []string
	reason  string
}

// pure is the standard library without input, output, goroutines or randomness:
// os, net, sync, context, math/rand and unsafe are not in it. time is, for its
// Duration; TestCoreStartsNothing keeps its clock out.
var pure = []string{
	"bytes", "cmp", "encoding/base64", "encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt", "io",
	"iter", "maps", "math", "math/bits", "slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf16", "unicode/utf8",
}

// cryptography is what opening somebody's TLS with its secrets takes: functions
// of their input. crypto/rand and crypto/tls are not in it.
var cryptography = []string{"crypto/aes", "crypto/cipher", "crypto/hkdf", "crypto/hmac", "crypto/sha256", "crypto/sha512", "hash"}

// readers are what reading files from an io.Reader takes beside pure: bufio
// keeps octets, net/netip names addresses, net/url takes addresses apart.
var readers = append([]string{"bufio", "net/netip", "net/url"}, pure...)

var (
	none  = []string{}
	xhpak = []string{"golang.org/x/net/http2/hpack"}
)

// layers are the house: one direction of dependency, from the page and the
// commands inwards to core/frame, which imports nothing of the project.
var layers = []layer{
	{"core/frame", none, pure, none, "octets ↔ frames stand alone"},
	{"core/hpack", []string{"core/frame"}, pure, xhpak, "the coder is x/net's; of the project only error codes are needed"},
	{"core/trace", none, pure, none, "the record knows nothing of frames"},
	{"core/priority", []string{"core/frame"}, pure, none, "who sends next is decided from streams and signals alone"},
	{"core/conn", []string{"core/frame", "core/hpack", "core/priority"}, pure, none, "the state machine has no input, output or clock"},
	{"core/conn/mutate", none, nil, none, "a tool that edits text and runs tests"},
	{"core/session", []string{"core/conn", "core/frame", "core/hpack", "core/priority"}, pure, none, "the API is events as values"},
	{"core/inspect/view", none, none, none, "answers are plain values, which the page reads without the analyser"},
	{"core/compose", []string{"core/frame", "core/hpack"}, pure, none, "a frame by hand: how it looks, not what it means"},
	{"core/inspect/ask", []string{"core/frame", "core/inspect", "core/trace"}, pure, none, "questions and answers as JSON"},
	{"core/inspect", []string{"core/frame", "core/hpack", "core/priority", "core/trace", "core/inspect"}, pure, none, "the analyser is passive: it needs only the record, never core/conn"},
	{"core/redact", []string{"core/frame", "core/hpack", "core/trace"}, pure, xhpak, "redaction understands frames and field blocks, and nothing of connections"},
	{"core/convert/tlsread", none, append(slices.Clone(cryptography), pure...), []string{"golang.org/x/crypto/chacha20poly1305"}, "TLS of others is opened with what a key log tells, nothing is dialled"},
	{"core/convert/capture", []string{"core/frame", "core/trace", "core/convert/tlsread"}, readers, none, "captures become records"},
	{"core/convert/logs", []string{"core/frame", "core/hpack", "core/trace"}, readers, none, "logs become records, whose frames are rebuilt"},
	{"core/convert/pack", none, readers, []string{"github.com/klauspost/compress"}, "compression knows no format"},
	{"core/convert/export", []string{"core/frame", "core/hpack", "core/trace", "core/inspect"}, readers, none, "records become other formats through the analyser"},
	{"core/convert", []string{"core/trace", "core/convert"}, readers, none, "formats are told apart and read; nothing is connected"},
	{"core/script", []string{"core/conn", "core/frame", "core/hpack", "core/script", "core/trace"}, pure, none, "a script drives one connection and keeps its record"},
	{"core/", []string{"core/"}, pure, none, "the core has no input, output, clock, goroutine or randomness"},
	{"transport", []string{"core/", "transport"}, nil, nil, "transports know the core and no page or command"},
	{"playground/model", []string{"playground/model", "core/compose", "core/inspect/view"}, append([]string{"net/url"}, pure...), none, "the model is plain Go that reads answers"},
	{"playground", []string{"playground", "core/inspect/view"}, nil, nil, "the page asks the analyser's Worker and never links it"},
	{"wasm/inspect", []string{"core/trace", "core/inspect", "core/convert"}, nil, none, "the analyser's Worker holds no connection"},
	{"wasm/convert", []string{"core/trace", "core/convert", "wasm/convert"}, nil, none, "what reads files of strangers holds no connection and no analyser"},
	{"wasm/share", []string{"core/trace", "core/frame", "core/redact", "core/inspect", "core/convert/export", "wasm/share"}, nil, nil, "what makes files of records holds no connection and reads no file of strangers"},
	{"wasm/wasmtest", none, nil, none, "tests build a program and run its Worker"},
	{"wasm/h2", []string{"core/", "transport", "wasm/h2"}, nil, nil, "the program's Worker knows no page and no server"},
	{"wasm/edge", []string{"server/site", "server/share"}, nil, nil, "the edge serves files and keeps shares"},
	{"server/site", none, nil, none, "files and headers, shared with the edge"},
	{"server", []string{"core/", "transport", "server"}, nil, nil, "commands know no page"},
	{"e2e", []string{"core/", "transport", "server", "e2e"}, nil, nil, "what judges the whole may look at all of it"},
	{"web/build", []string{"server/site"}, nil, nil, "the build knows the site's headers only"},
}

// imported is one import of one file.
type imported struct{ pkg, file, path string }

// moduleImports lists the imports of every package of the module, without
// those of tests, which may look anywhere.
func moduleImports(t *testing.T) []imported {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	var out []imported
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "dist") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			out = append(out, imported{filepath.ToSlash(rel), name, p})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// under is true when a package lies at or below a prefix.
func under(pkg, prefix string) bool {
	return pkg == strings.TrimSuffix(prefix, "/") || strings.HasPrefix(pkg, strings.TrimSuffix(prefix, "/")+"/")
}

// layerOf is the layer with the longest prefix that fits.
func layerOf(pkg string) (layer, bool) {
	var best layer
	found := false
	for _, l := range layers {
		if under(pkg, l.prefix) && (!found || len(l.prefix) > len(best.prefix)) {
			best, found = l, true
		}
	}
	return best, found
}

// breach says how an import breaks its package's layer, or "".
func breach(i imported) string {
	l, ok := layerOf(i.pkg)
	if !ok {
		return "belongs to no layer: add one to the table in this test"
	}
	own, isOwn := strings.CutPrefix(i.path, "framewise/")
	first, _, _ := strings.Cut(i.path, "/")
	fits := func(path string) func(string) bool {
		return func(prefix string) bool { return under(path, prefix) }
	}
	switch {
	case isOwn && !slices.ContainsFunc(l.project, fits(own)),
		!isOwn && !strings.Contains(first, ".") && l.std != nil && !slices.Contains(l.std, i.path),
		!isOwn && strings.Contains(first, ".") && l.modules != nil && !slices.ContainsFunc(l.modules, fits(i.path)):
		return "imports " + i.path + ", but " + l.reason
	}
	return ""
}

func TestLayers(t *testing.T) {
	imports := moduleImports(t)
	if len(imports) == 0 {
		t.Fatal("no imports were found: the walk is broken")
	}
	for _, i := range imports {
		if text := breach(i); text != "" {
			t.Errorf("%s/%s %s", i.pkg, i.file, text)
		}
	}
}

// TestLayersBite makes sure that the table refuses what it is there for.
func TestLayersBite(t *testing.T) {
	for _, i := range []imported{
		{"core/conn", "", "context"}, {"core/frame", "", "os"}, {"core/frame", "", "framewise/core/hpack"},
		{"core/session", "", "sync"}, {"core/hpack", "", "golang.org/x/net/http2"}, {"core/new", "", "net"},
		{"core/inspect", "", "framewise/core/conn"}, {"core/convert/tlsread", "", "crypto/rand"}, {"core/convert/tlsread", "", "crypto/tls"},
		{"core/convert", "", "net"}, {"core/convert/capture", "", "github.com/gopacket/gopacket"}, {"core/conn", "", "framewise/transport"},
		{"playground/model", "", "github.com/maxence-charriere/go-app/v9/pkg/app"}, {"playground/ui", "", "framewise/core/inspect"},
		{"server/relay", "", "framewise/playground/model"}, {"elsewhere", "", "fmt"},
	} {
		if breach(i) == "" {
			t.Errorf("%s may import %s", i.pkg, i.path)
		}
	}
	for _, i := range []imported{{"core/conn", "", "framewise/core/frame"}, {"core/hpack", "", "golang.org/x/net/http2/hpack"}, {"server", "", "net/http"}} {
		if text := breach(i); text != "" {
			t.Errorf("%s %s", i.pkg, text)
		}
	}
}

// durations are what the core may use of package time: a length, never a clock.
var durations = []string{"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "ParseDuration"}

// instants are what core/convert may use beside: files have dates as text. None
// of them asks what time it is.
var instants = append([]string{"Parse", "RFC3339Nano", "Time", "Unix", "UnixMilli"}, durations...)

// TestCoreStartsNothing looks for goroutines, channels and clocks in the core,
// which imports can't show.
func TestCoreStartsNothing(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(filepath.Join(root, "core"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		seen++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		allowed := durations
		if strings.Contains(filepath.ToSlash(path), "/core/convert/") {
			allowed = instants
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if id, ok := n.X.(*ast.Ident); ok && id.Name == "time" && !slices.Contains(allowed, n.Sel.Name) {
					t.Errorf("%s: time.%s: times come in as arguments", set.Position(n.Pos()), n.Sel.Name)
				}
			case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt:
				t.Errorf("%s: the core starts no goroutine and waits for nothing", set.Position(n.Pos()))
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("the core has no files: the walk is broken")
	}
}
