package site

import (
	"html"
	"net"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hashed is a name as web/build gives it: "app.0123456789ab.wasm".
var hashed = regexp.MustCompile(`\.([0-9a-f]{12})\.[a-z0-9]+$`)

// nameHash is the hash in a file's name.
func nameHash(name string) (string, bool) {
	m := hashed.FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// Headers sets what every answer with the file name carries: how long it may
// be kept, and what the page or Worker made of it may do. r is the request;
// only its Host is used, and only when opts lists it.
func Headers(head http.Header, r *http.Request, name string, opts Options) {
	head.Set("Cache-Control", cacheControl(name))
	head.Set("Vary", "Accept-Encoding")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Content-Security-Policy", policyFor(name, connectSources(r, opts), embeds(r, name)))
}

// embeds says whether other sites may frame the answer: the page at ?embed=1,
// where nothing can be edited, and nothing else.
func embeds(r *http.Request, name string) bool {
	return name == Index && r.URL != nil && r.URL.Query().Get("embed") == "1"
}

// cacheControl keeps for ever what has a hash in its name and asks again for
// everything else.
func cacheControl(name string) string {
	if _, ok := nameHash(name); ok {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// connectSources are what the page may connect to: itself, the WebSockets of
// the host that it was asked under, and what opts names. 'self' covers the
// WebSocket in today's browsers; older ones want it spelled out.
func connectSources(r *http.Request, opts Options) string {
	sources := []string{"'self'"}
	if host := strings.ToLower(r.Host); slices.Contains(opts.Hosts, host) {
		scheme := "ws://"
		if r.TLS != nil {
			scheme = "wss://"
		}
		sources = append(sources, scheme+host)
	}
	return strings.Join(append(sources, opts.Connect...), " ")
}

// policyFor is the Content-Security-Policy for a file. A dedicated Worker is
// under the policy of its own script's answer, not the page's.
func policyFor(name, connect string, embed bool) string {
	ancestors := "'none'"
	switch {
	case embed:
		ancestors = "*"
	case strings.HasPrefix(path.Base(name), "sandbox."):
		ancestors = "'self'"
	}
	return filePolicy(name, connect) + "; frame-ancestors " + ancestors
}

func filePolicy(name, connect string) string {
	base := path.Base(name)
	switch {
	case strings.HasPrefix(base, "sandbox."):
		return SealedPolicy
	case strings.HasSuffix(base, ".html"):
		return PagePolicy(connect)
	case strings.HasPrefix(base, "h2-worker."):
		// It runs the visitor's program, which is text: hence unsafe-eval. It
		// has no document, and nothing of the page is within its reach.
		return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'; connect-src " + connect
	case strings.HasSuffix(base, ".js"):
		return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src " + connect
	}
	return "default-src 'none'"
}

// SealedPolicy is that of sandbox.html, in which programs of other people run: an
// origin that is nobody else's, and no connection to anything. Its Worker is made
// of a text and inherits all of this.
const SealedPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; worker-src blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"

// PagePolicy is the page's policy as far as a meta element can carry it too
// (frame-ancestors can't). connect is the list of connect-src. Trusted types
// keep text from becoming markup or a script's address; boot.js makes the one
// policy there is, for the Workers' addresses.
func PagePolicy(connect string) string {
	return "default-src 'none'" +
		"; script-src 'self' 'wasm-unsafe-eval'" +
		"; style-src 'self'" +
		"; img-src 'self' blob:" +
		"; font-src 'self'" +
		"; manifest-src 'self'" +
		"; worker-src 'self'" +
		"; frame-src 'self'" +
		"; connect-src " + connect +
		"; base-uri 'none'; form-action 'none'" +
		"; require-trusted-types-for 'script'; trusted-types framewise"
}

// contentTypes are fixed here, because a machine's own table of types may lack
// application/wasm or call JavaScript something that nosniff refuses.
var contentTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".wasm":        "application/wasm",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
	".txt":         "text/plain; charset=utf-8",
	".h2trace":     "application/x-ndjson",
}

// ContentType is the media type of a file by its name's ending.
func ContentType(name string) string {
	if t, ok := contentTypes[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

// CheckHost answers 421 (RFC 9110, section 15.5.20) to a request whose Host is
// not in hosts and hands the others to next. An empty list lets all through.
func CheckHost(hosts []string, next http.Handler) http.Handler {
	if len(hosts) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(hosts, strings.ToLower(r.Host)) {
			Refuse(w, r, http.StatusMisdirectedRequest, "This server answers only under "+strings.Join(hosts, ", ")+".", Options{})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// LoopbackHosts are the Host values under which a browser on this machine
// reaches a listener: its address as it is and, for a loopback address, the
// name localhost. A listener on all addresses is reached under the loopback
// ones and extra, which are further names with their ports.
func LoopbackHosts(addr net.Addr, extra ...string) []string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return extra
	}
	ip := net.ParseIP(host)
	names := []string{host}
	switch {
	case ip == nil:
	case ip.IsUnspecified():
		names = []string{"127.0.0.1", "::1", "localhost"}
	case ip.IsLoopback():
		names = append(names, "localhost")
	}
	var hosts []string
	for _, name := range names {
		hosts = append(hosts, net.JoinHostPort(name, port))
		if port == "80" { // a browser leaves the default port out
			hosts = append(hosts, strings.TrimSuffix(net.JoinHostPort(name, port), ":80"))
		}
	}
	return append(hosts, extra...)
}

// Refuse answers with a short page that says why. text is plain text.
func Refuse(w http.ResponseWriter, r *http.Request, status int, text string, opts Options) {
	body := "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">" +
		"<title>" + strconv.Itoa(status) + " " + http.StatusText(status) + "</title>" +
		"<h1>" + http.StatusText(status) + "</h1><p>" + html.EscapeString(text) + "</p><p><a href=\"/\">Framewise</a></p></html>\n"
	head := w.Header()
	Headers(head, r, Index, opts)
	head.Set("Content-Security-Policy", policyFor(Index, connectSources(r, opts), false))
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Type", ContentType(Index))
	head.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(body))
	}
}
