package origin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"framewise/core/hpack"
)

// request is what is looked at of a request.
type request struct {
	method, path                string
	rng, ifRange                string
	ifNoneMatch, ifModified     string
	expect, hasMatch, hasModify bool
}

func parseRequest(fields []hpack.Field) (q request) {
	for i := range fields {
		f := &fields[i]
		switch f.Name {
		case ":method":
			q.method = f.Value
		case ":path":
			q.path = f.Value
		case "range":
			q.rng = f.Value
		case "if-range":
			q.ifRange = f.Value
		case "if-none-match":
			if q.hasMatch {
				q.ifNoneMatch += ", "
			}
			q.ifNoneMatch, q.hasMatch = q.ifNoneMatch+f.Value, true
		case "if-modified-since":
			q.ifModified, q.hasModify = f.Value, true
		case "expect":
			q.expect = strings.EqualFold(f.Value, "100-continue")
		}
	}
	return q
}

// fileName makes the name of a file in the folder of a request's path. False:
// the path can't name one. An element ".." is not resolved but refused.
func fileName(path string) (string, bool) {
	path, _, _ = strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/") {
		return "", false
	}
	if strings.Contains(path, "%") {
		var err error
		if path, err = url.PathUnescape(path); err != nil {
			return "", false
		}
	}
	if strings.ContainsAny(path, "\x00\\") {
		return "", false
	}
	if strings.HasSuffix(path, "/") {
		path += indexName
	}
	name := path[1:]
	for el := range strings.SplitSeq(name, "/") {
		if el == "" || el == "." || el == ".." {
			return "", false
		}
	}
	return name, true
}

const indexName = "index.html"

// withSlash is the path of a folder, with its query.
func withSlash(path string) string {
	p, query, has := strings.Cut(path, "?")
	// Two slashes at the start would name another host.
	p = "/" + strings.TrimLeft(p, "/") + "/"
	if has {
		p += "?" + query
	}
	return p
}

// answer is what a request for a file gets.
type answer struct {
	status       string
	from, length int64 // of the file's octets; length 0: no content
}

// plan decides on conditions and ranges (RFC 9110, sections 13 and 14).
func plan(q request, f *file) answer {
	if q.hasMatch {
		if matches(q.ifNoneMatch, f.etag) {
			return answer{status: "304"}
		}
	} else if q.hasModify {
		if t, err := http.ParseTime(q.ifModified); err == nil && !f.modified.Truncate(time.Second).After(t) {
			return answer{status: "304"}
		}
	}
	whole := answer{"200", 0, f.size}
	if q.rng == "" || q.method != "GET" || q.ifRange != "" && q.ifRange != f.etag {
		return whole
	}
	from, length, ok := parseRange(q.rng, f.size)
	switch {
	case !ok:
		return whole
	case length <= 0:
		return answer{status: "416"}
	}
	return answer{"206", from, length}
}

// matches is If-None-Match (RFC 9110, section 13.1.2).
func matches(list, etag string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == etag {
			return true
		}
	}
	return false
}

// parseRange reads one range of octets (RFC 9110, section 14.1.2). ok is false
// for what is no single range, which is then ignored; length 0 is a range that
// the file can't satisfy.
func parseRange(s string, size int64) (from, length int64, ok bool) {
	s, found := strings.CutPrefix(s, "bytes=")
	first, last, dash := strings.Cut(s, "-")
	if !found || !dash {
		return 0, 0, false
	}
	if first == "" {
		n, err := strconv.ParseUint(last, 10, 63)
		if err != nil {
			return 0, 0, false
		}
		n = min(n, uint64(size))
		return size - int64(n), int64(n), true
	}
	a, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return 0, 0, false
	}
	b := uint64(max(size-1, 0))
	if last != "" {
		if b, err = strconv.ParseUint(last, 10, 63); err != nil || b < a {
			return 0, 0, false
		}
		b = min(b, uint64(max(size-1, 0)))
	}
	if a >= uint64(size) {
		return 0, 0, true
	}
	return int64(a), int64(b-a) + 1, true
}

// fields are those of an answer other than 200.
func (p answer) fields(f *file, d *date, more []hpack.Field) []hpack.Field {
	out := []hpack.Field{{Name: ":status", Value: p.status}}
	switch p.status {
	case "206":
		out = append(out, hpack.Field{Name: "content-type", Value: f.kind},
			hpack.Field{Name: "content-length", Value: strconv.FormatInt(p.length, 10)},
			hpack.Field{Name: "content-range", Value: "bytes " + strconv.FormatInt(p.from, 10) + "-" +
				strconv.FormatInt(p.from+p.length-1, 10) + "/" + strconv.FormatInt(f.size, 10)})
	case "416":
		out = append(out, hpack.Field{Name: "content-range", Value: "bytes */" + strconv.FormatInt(f.size, 10)},
			hpack.Field{Name: "content-length", Value: "0"})
	}
	out = append(out, hpack.Field{Name: "last-modified", Value: f.modifiedText},
		hpack.Field{Name: "etag", Value: f.etag}, hpack.Field{Name: "date", Value: d.text})
	return append(out, more...)
}

func itoa(n int) string { return strconv.Itoa(n) }

func httpTime(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
