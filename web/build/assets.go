package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"framewise/server/site"
)

// fixed are the files whose addresses must not change with their content: the
// page itself, and a service worker, which browsers know by its address.
var fixed = []string{site.Index, "sw.js"}

// assets turns logical names into names with a hash of the content. A text
// file may name another one by {{asset "name"}}; that one's hash is settled
// first, so a change in it changes the names of all that mention it.
type assets struct {
	source map[string][]byte
	done   output
	open   []string // the files that are being worked on, outermost first
}

// output is a site: octets by name on disk, and name on disk by logical name.
type output struct {
	files map[string][]byte
	names map[string]string
}

func newAssets(source map[string][]byte) *assets {
	return &assets{source: source, done: output{files: map[string][]byte{}, names: map[string]string{}}}
}

// all settles every file.
func (a *assets) all() (*output, error) {
	for name := range a.source {
		if _, err := a.settle(name); err != nil {
			return nil, err
		}
	}
	return &a.done, nil
}

// settle makes the file's final octets and name, and returns the name.
func (a *assets) settle(name string) (string, error) {
	if final, ok := a.done.names[name]; ok {
		return final, nil
	}
	octets, ok := a.source[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q; it must be in web/static or one of the programs", name)
	}
	if slices.Contains(a.open, name) {
		return "", fmt.Errorf("assets name each other in a circle: %s → %s", strings.Join(a.open, " → "), name)
	}
	a.open = append(a.open, name)
	defer func() { a.open = a.open[:len(a.open)-1] }()

	octets, err := a.fill(name, octets)
	if err != nil {
		return "", err
	}
	final := name
	if !slices.Contains(fixed, name) {
		final = hashName(name, octets)
	}
	a.done.files[final] = octets
	a.done.names[name] = final
	return final, nil
}

// placeholder marks a file that is a template.
var placeholder = regexp.MustCompile(`\{\{\s*(asset\s|precache)`)

// fill executes a text file as a template, if it is one, and gives the page
// its policy.
func (a *assets) fill(name string, octets []byte) ([]byte, error) {
	if slices.Contains([]string{".html", ".js", ".css", ".webmanifest", ".svg"}, path.Ext(name)) && placeholder.Match(octets) {
		t, err := template.New(name).Funcs(template.FuncMap{
			"asset": func(want string) (string, error) {
				final, err := a.settle(want)
				return relative(name, final), err
			},
			"precache": func() (string, error) { return a.precache(name) },
			"sealed":   func() string { return strconv.Quote(site.SealedPolicy) },
			"version": func() (string, error) {
				list, err := a.precache(name)
				return hashOf([]byte(list)), err
			},
		}).Parse(string(octets))
		if err != nil {
			return nil, fmt.Errorf("web/static: %w", err)
		}
		var out bytes.Buffer
		if err := t.Execute(&out, nil); err != nil {
			return nil, fmt.Errorf("web/static: %w", err)
		}
		octets = out.Bytes()
	}
	if name == site.Index {
		return withPolicy(octets)
	}
	return octets, nil
}

// precache is every file of the site but the one that asks, as JSON: its final
// name and the hash of its content. The service worker keeps these.
func (a *assets) precache(asking string) (string, error) {
	list := map[string]string{}
	for name := range a.source {
		if name == asking {
			continue
		}
		final, err := a.settle(name)
		if err != nil {
			return "", err
		}
		list[final] = hashOf(a.done.files[final])
	}
	octets, err := json.Marshal(list) // in the order of the names
	return string(octets), err
}

// hashOf is the beginning of the octets' SHA-256: 12 hexadecimal digits.
func hashOf(octets []byte) string {
	sum := sha256.Sum256(octets)
	return hex.EncodeToString(sum[:6])
}

// hashName puts the hash before the ending: app.wasm → app.0123456789ab.wasm.
func hashName(name string, octets []byte) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hashOf(octets) + ext
}

// relative is the address of one file as another one writes it; addresses are
// relative so that the site works below any path.
func relative(from, to string) string {
	up := strings.Repeat("../", strings.Count(from, "/"))
	return up + to
}

// charset is the element after which the policy goes: the first in the page,
// so that the policy holds for everything that follows.
var charset = regexp.MustCompile(`(?i)<meta charset=[^>]*>`)

// staticConnect is what a page on a host without our headers may connect to:
// its own host, and a relay on this machine at the usual address.
const staticConnect = "'self' ws://127.0.0.1:8420 ws://localhost:8420"

// withPolicy writes the Content-Security-Policy into the page, for hosts that
// send no such header. Where one is sent too, both hold.
func withPolicy(page []byte) ([]byte, error) {
	at := charset.FindIndex(page)
	if at == nil {
		return nil, fmt.Errorf("web/static/%s has no <meta charset=…> after which the policy could go", site.Index)
	}
	meta := "\n<meta http-equiv=\"Content-Security-Policy\" content=\"" + html.EscapeString(site.PagePolicy(staticConnect)) + "\">"
	return slices.Concat(page[:at[1]], []byte(meta), page[at[1]:]), nil
}
