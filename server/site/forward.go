package site

import (
	"io"
	"net/http"
)

// Forward serves the same files with the same headers as Handler, but asks
// fetch for the octets: a platform that stores and compresses files by itself,
// as Cloudflare's asset binding does. fetch gets a GET or HEAD for "/name",
// with If-None-Match, and answers 200, 304 or 404; anything else, and an
// error, becomes 502.
func Forward(fetch func(*http.Request) (*http.Response, error), opts Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			Refuse(w, r, http.StatusMethodNotAllowed, "Only GET and HEAD work here.", opts)
			return
		}
		name, ok := Name(r.URL.Path)
		if !ok {
			Refuse(w, r, http.StatusNotFound, "There is no such page here.", opts)
			return
		}
		answer, err := fetch(fileRequest(r, name))
		if err != nil {
			Refuse(w, r, http.StatusBadGateway, "The store of files doesn't answer.", opts)
			return
		}
		if answer.Body != nil {
			defer answer.Body.Close()
		}
		switch answer.StatusCode {
		case http.StatusOK, http.StatusNotModified:
			forward(w, r, name, answer, opts)
		case http.StatusNotFound:
			Refuse(w, r, http.StatusNotFound, "There is no such page here.", opts)
		default:
			Refuse(w, r, http.StatusBadGateway, "The store of files answers "+answer.Status+".", opts)
		}
	})
}

// fileRequest asks for one file. Accept-Encoding stays away: what the visitor's
// side of the platform compresses must come out of the store as it is.
func fileRequest(r *http.Request, name string) *http.Request {
	url := *r.URL
	url.Path, url.RawPath, url.RawQuery = "/"+name, "", ""
	ask := &http.Request{Method: r.Method, URL: &url, Host: r.Host, Header: http.Header{}}
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		ask.Header["If-None-Match"] = tags
	}
	return ask.WithContext(r.Context())
}

func forward(w http.ResponseWriter, r *http.Request, name string, answer *http.Response, opts Options) {
	head := w.Header()
	Headers(head, r, name, opts)
	if tag := answer.Header.Get("Etag"); tag != "" {
		head.Set("Etag", tag)
	}
	if answer.StatusCode == http.StatusNotModified {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Type", ContentType(name))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead && answer.Body != nil {
		// The only error left is the client's going away.
		_, _ = io.Copy(w, answer.Body)
	}
}
