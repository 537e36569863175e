package redact

import (
	"slices"
	"strings"

	"framewise/core/hpack"
)

// keptFields are the fields whose values say how something is carried, not what
// or for whom. Where the value can be checked by its form, see valueForm.
var keptFields = set(`:method :scheme :status :protocol :path
	accept accept-charset accept-encoding accept-language accept-ranges
	access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-max-age
	age allow cache-control connection content-encoding content-language content-length content-range content-type
	cross-origin-embedder-policy cross-origin-opener-policy cross-origin-resource-policy
	date dnt early-data expect expires grpc-accept-encoding grpc-encoding grpc-status grpc-timeout http2-settings
	keep-alive last-modified max-forwards priority range retry-after
	sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc
	sec-websocket-version server strict-transport-security te trailer transfer-encoding upgrade
	upgrade-insecure-requests user-agent vary x-content-type-options x-frame-options x-xss-protection`)

// knownFields are further fields whose names stay while their values go, beside
// those of the static table.
var knownFields = set(`:authority
	access-control-expose-headers access-control-request-headers access-control-request-method alt-svc alt-used
	content-disposition content-location content-md5 content-security-policy cookie2 digest etag
	forwarded grpc-message if-modified-since if-none-match link nel origin permissions-policy pragma proxy-connection
	referrer-policy report-to reporting-endpoints sec-websocket-accept sec-websocket-extensions sec-websocket-key
	sec-websocket-protocol server-timing service-worker-navigation-preload set-cookie2 signature source-map
	timing-allow-origin traceparent tracestate warning x-amz-cf-id x-amzn-trace-id x-api-key x-auth-token x-cache
	x-correlation-id x-csrf-token x-forwarded-for x-forwarded-host x-forwarded-proto x-powered-by x-real-ip
	x-request-id x-requested-with x-xsrf-token`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var staticNames = func() map[string]bool {
	m := map[string]bool{}
	for i := 1; i <= hpack.StaticLen; i++ {
		name, _, _ := hpack.Static(i)
		m[name] = true
	}
	return m
}()

// Kept lists the names of the fields whose values stay always, in order.
func Kept() []string {
	out := make([]string, 0, len(keptFields))
	for name := range keptFields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (r *Redactor) knownName(name string) bool {
	return keptFields[name] || knownFields[name] || staticNames[name] || r.keep[name]
}

// methods of RFC 9110, section 9.3, RFC 5789 and WebDAV.
var methods = set("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH PRI")

// keepValue is how many octets of a field line's value stay, from its start.
func (r *Redactor) keepValue(rep *hpack.Rep) int {
	if rep.Unknown {
		if rep.Kind == hpack.Indexed || rep.Name == hpack.Unknown {
			return 0
		}
	}
	return r.keepOf(rep.Name, rep.Value, rep.Sensitive())
}

// keepOf decides by name and form. What its sender marks as sensitive goes,
// unless the form leaves no room for a secret.
func (r *Redactor) keepOf(name, value string, sensitive bool) int {
	if r.keep[name] {
		return len(value)
	}
	if !keptFields[name] && name != ":authority" && name != "host" {
		return 0
	}
	if kept, strict := valueForm(name, value); strict {
		return kept
	}
	if sensitive {
		return 0
	}
	return len(value)
}

// valueForm is how much of a value stays where its name says what form it has.
// strict is false for other names.
func valueForm(name, value string) (kept int, strict bool) {
	fits := false
	switch name {
	case ":path":
		return keepPath(value), true
	case ":authority", "host":
		fits = isLocal(value)
	case ":method":
		fits = methods[value]
	case ":scheme":
		fits = value == "http" || value == "https"
	case ":status":
		fits = len(value) == 3 && isDigits(value)
	case ":protocol":
		fits = value == "websocket" || value == "connect-udp" || value == "connect-ip" || value == "webtransport"
	case "content-length", "age", "max-forwards", "grpc-status", "access-control-max-age":
		fits = len(value) <= 19 && isDigits(value)
	case "priority":
		fits = isPriority(value)
	default:
		return 0, false
	}
	if fits {
		return len(value), true
	}
	return 0, true
}

// keepPath is the path without its query, and without what follows a ";": up to
// and with that octet.
func keepPath(path string) int {
	if path == "*" {
		return 1
	}
	if path == "" || path[0] != '/' {
		return 0 // a whole URI, which names its host
	}
	if i := strings.IndexAny(path, "?;#"); i >= 0 {
		return i + 1
	}
	return len(path)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isLocal says whether a host, with or without a port, is this machine for
// everybody, or one of the names that our own records use.
func isLocal(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") && (s[0] == '[' || strings.Count(s, ":") == 1) {
		host, port = s[:i], s[i+1:]
	}
	if port != "" && (len(port) > 5 || !isDigits(port)) {
		return false
	}
	switch host {
	case "localhost", "127.0.0.1", "[::1]", "::1", "client", "server", "example.com", "example.org", "example.net":
		return true
	}
	return false
}
