// Package site serves the playground's files: dist/site as web/build makes it.
//
// In comes an fs.FS with index.html, files whose names carry a hash of their
// content and, beside them, copies compressed beforehand (.br, .gz). Out goes
// an http.Handler. The headers that every answer carries are in policy.go;
// wasm/edge sends the same ones. The package knows nothing of the relay or of
// HTTP/2 frames and imports nothing of the project.
package site

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Index is the name of the page.
const Index = "index.html"

// Options are what a server can set. The zero value serves any Host.
type Options struct {
	// Hosts are the values of the Host header field that are answered, as
	// they are on the wire: "127.0.0.1:8420". Any other gets 421, so that a
	// name that somebody else's DNS points at this machine opens nothing.
	// LoopbackHosts makes the list. Empty: every Host is answered.
	Hosts []string
	// Connect are origins beside its own that the page may connect to, for
	// connect-src: "wss://relay.example". A WebSocket to a Host of Hosts is
	// allowed without being named.
	Connect []string
}

// Handler serves the files of fsys below "/". It answers GET and HEAD, chooses
// among the compressed copies by Accept-Encoding (RFC 9110, section 12.5.3),
// answers If-None-Match, and sends the headers of Headers. Files are opened at
// each request, so a new build is seen at once. Paths that it doesn't know get
// a page with status 404.
//
// The error says that fsys has no index.html.
func Handler(fsys fs.FS, opts Options) (http.Handler, error) {
	if _, err := fs.Stat(fsys, Index); err != nil {
		return nil, fmt.Errorf("site: no %s in the site's folder (make it with ./build.sh build): %w", Index, err)
	}
	return CheckHost(opts.Hosts, &handler{fsys: fsys, opts: opts}), nil
}

type handler struct {
	fsys fs.FS
	opts Options
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		Refuse(w, r, http.StatusMethodNotAllowed, "Only GET and HEAD work here.", h.opts)
		return
	}
	name, ok := Name(r.URL.Path)
	if !ok {
		Refuse(w, r, http.StatusNotFound, "There is no such page here.", h.opts)
		return
	}
	switch err := h.serve(w, r, name); {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		Refuse(w, r, http.StatusNotFound, "There is no such page here.", h.opts)
	case errors.Is(err, errNotAcceptable):
		Refuse(w, r, http.StatusNotAcceptable, "The request's Accept-Encoding allows no coding that this file has.", h.opts)
	default:
		Refuse(w, r, http.StatusInternalServerError, "The file can't be read.", h.opts)
	}
}

// Name is the file that a request path stands for. It is false for a path that
// can't be one: "..", an empty element, a folder, or a compressed copy, which
// only negotiation hands out.
func Name(urlPath string) (string, bool) {
	name := strings.TrimPrefix(urlPath, "/")
	if name == "" {
		name = Index
	}
	if !fs.ValidPath(name) || name == "." || strings.Contains(name, "\\") {
		return "", false
	}
	if ext := path.Ext(name); ext == ".br" || ext == ".gz" {
		return "", false
	}
	return name, true
}

// errNotAcceptable says that Accept-Encoding excludes every copy of the file.
var errNotAcceptable = errors.New("no acceptable coding")

// serve writes the file, or returns an error before anything was written.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, name string) error {
	if info, err := fs.Stat(h.fsys, name); err != nil {
		return err
	} else if info.IsDir() {
		return fs.ErrNotExist
	}
	file, coding, err := h.open(name, r.Header.Values("Accept-Encoding"))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	tag, body, err := entityTag(name, coding, file)
	if err != nil {
		return err
	}
	head := w.Header()
	Headers(head, r, name, h.opts)
	head.Set("Etag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	head.Set("Content-Type", ContentType(name))
	if coding != "" {
		head.Set("Content-Encoding", coding)
	}
	head.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		// The only error left is the client's going away.
		_, _ = io.Copy(w, body)
	}
	return nil
}

// open opens the copy of name that accept likes best, with its coding.
func (h *handler) open(name string, accept []string) (fs.File, string, error) {
	for _, coding := range codings(accept) {
		suffix := map[string]string{"br": ".br", "gzip": ".gz", "": ""}[coding]
		file, err := h.fsys.Open(name + suffix)
		if err == nil {
			return file, coding, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, "", err
		}
	}
	return nil, "", errNotAcceptable
}

// entityTag is a strong tag for one copy of a file. A name with a hash is its
// own tag; another file, which is small, is read for it and comes back as body.
func entityTag(name, coding string, file fs.File) (tag string, body io.Reader, err error) {
	if coding == "" {
		coding = "id"
	}
	if hash, ok := nameHash(name); ok {
		return `"` + hash + "-" + coding + `"`, file, nil
	}
	octets, err := io.ReadAll(file)
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(octets)
	return `"` + hex.EncodeToString(sum[:8]) + "-" + coding + `"`, strings.NewReader(string(octets)), nil
}

// matches compares weakly, as If-None-Match does (RFC 9110, section 13.1.2).
func matches(fields []string, tag string) bool {
	for _, field := range fields {
		for _, t := range strings.Split(field, ",") {
			t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
			if t == tag || t == "*" {
				return true
			}
		}
	}
	return false
}
