package http2

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Handler makes a function for Server.OnStream of a net/http handler: each
// request runs on a goroutine of its own, with its body, trailers both ways,
// informational responses, http.Flusher and http.Pusher. The request's context
// ends with the stream.
func Handler(h http.Handler) func(*ServerStream, Headers, Flags) {
	return func(st *ServerStream, headers Headers, _ Flags) {
		ctx, cancel := context.WithCancel(context.Background())
		st.OnStreamClosed(func(ErrCode) { cancel() })
		req, err := httpRequest(ctx, st, headers)
		if err != nil {
			cancel()
			_ = st.Respond(H(":status", "400"), RespondOptions{EndStream: true}) // an error means that nobody waits for it
			return
		}
		st.Go(func() {
			w := &httpWriter{st: st, header: make(http.Header)}
			defer w.recover()
			h.ServeHTTP(w, req)
			w.finish()
		})
	}
}

func sortedNames(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }

// httpRequest makes net/http's request of a stream.
func httpRequest(ctx context.Context, st *ServerStream, headers Headers) (*http.Request, error) {
	target := headers.Get(":path")
	u, err := url.ParseRequestURI(target)
	if headers.Get(":method") == "CONNECT" {
		u, err = &url.URL{Host: headers.Get(":authority")}, nil
	}
	if err != nil {
		return nil, err
	}
	k := st.s.Socket()
	req := (&http.Request{Method: headers.Get(":method"), URL: u, RequestURI: target, Host: headers.Get(":authority"),
		Proto: "HTTP/2.0", ProtoMajor: 2, Header: make(http.Header), RemoteAddr: k.RemoteAddr().String(), TLS: k.TLS(),
		ContentLength: -1}).WithContext(ctx)
	var cookies []string
	for i := range headers {
		f := &headers[i]
		switch {
		case strings.HasPrefix(f.Name, ":"):
		case f.Name == "host" && req.Host == "":
			req.Host = f.Value
		case f.Name == "cookie":
			cookies = append(cookies, f.Value) // crumbs of one (RFC 9113, section 8.2.3)
		default:
			req.Header.Add(f.Name, f.Value)
		}
	}
	if len(cookies) > 0 {
		req.Header.Set("Cookie", strings.Join(cookies, "; "))
	}
	if n, err := strconv.ParseInt(headers.Get("content-length"), 10, 64); err == nil {
		req.ContentLength = n
	}
	if st.requestEnded() {
		req.Body, req.ContentLength = http.NoBody, 0
	} else {
		req.Body = &httpBody{st: st, req: req, expected: strings.EqualFold(headers.Get("expect"), "100-continue")}
	}
	return req, nil
}

// requestEnded says whether a request came without a body.
func (st *Stream) requestEnded() bool {
	st.in.mu.Lock()
	defer st.in.mu.Unlock()
	return st.in.end && st.in.buf.Len() == 0
}

// httpBody is the body of a request, which fills in the trailers at its end.
type httpBody struct {
	st       *ServerStream
	req      *http.Request
	expected bool // 100 (Continue) is, before the body is sent
}

func (b *httpBody) Read(p []byte) (int, error) {
	if b.expected {
		b.expected = false
		_ = b.st.AdditionalHeaders(nil) // an error means that the response was begun
	}
	n, err := b.st.Read(p)
	if err == io.EOF {
		for _, f := range b.st.Trailers() {
			if b.req.Trailer == nil {
				b.req.Trailer = make(http.Header)
			}
			b.req.Trailer.Add(f.Name, f.Value)
		}
	}
	return n, err
}

func (b *httpBody) Close() error { return nil } // finish ends what nobody reads

// httpWriter is net/http's ResponseWriter on a stream.
type httpWriter struct {
	st     *ServerStream
	header http.Header
	wrote  bool
}

func (w *httpWriter) Header() http.Header { return w.header }

// WriteHeader sends the response's header section, or an informational one.
func (w *httpWriter) WriteHeader(status int) {
	if w.wrote {
		return
	}
	h := H(":status", strconv.Itoa(status))
	for _, f := range fromHTTP(w.header) {
		if !connectionSpecific(f.Name) && !strings.HasPrefix(f.Name, strings.ToLower(http.TrailerPrefix)) {
			h = append(h, f)
		}
	}
	if status >= 100 && status < 200 {
		_ = w.st.AdditionalHeaders(h) // http.ResponseWriter has no way to tell
		return
	}
	w.wrote = true
	_ = w.st.Respond(h, RespondOptions{}) // Write tells
}

func (w *httpWriter) Write(p []byte) (int, error) {
	if !w.wrote {
		if w.header.Get("Content-Type") == "" && len(p) > 0 {
			w.header.Set("Content-Type", http.DetectContentType(p))
		}
		w.WriteHeader(http.StatusOK)
	}
	return w.st.Write(p)
}

// Flush sends the header section; octets are never held back.
func (w *httpWriter) Flush() {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
}

// Push is http.Pusher: the pushed request goes to the server like one of the
// client's.
func (w *httpWriter) Push(target string, o *http.PushOptions) error {
	h := H(":path", target)
	if o != nil {
		if o.Method != "" {
			h.Set(":method", o.Method)
		}
		h = append(h, fromHTTP(o.Header)...)
	}
	pushed, err := w.st.PushStream(h, PriorityOptions{})
	if err != nil {
		return err
	}
	all := H(":method", pushed.method, ":scheme", pushed.scheme, ":authority", pushed.authority)
	h.Del(":method")
	all = append(all, h...)
	if s := w.st.s.server; s != nil {
		w.st.s.post(func() { s.stream(pushed, all, 0) })
	}
	return nil
}

// finish ends the response: with trailers, if there are any.
func (w *httpWriter) finish() {
	w.Flush()
	var trailers Headers
	for _, name := range sortedNames(w.header) {
		rest, ok := strings.CutPrefix(name, http.TrailerPrefix)
		if !ok && !w.declared(name) {
			continue
		}
		for _, v := range w.header[name] {
			trailers.Add(rest, v)
		}
	}
	if len(trailers) > 0 {
		w.st.OnFetchTrailers(func(h *Headers) { *h = trailers })
	}
	_ = w.st.CloseWrite() // an error means that nobody waits for it
	if !w.st.requestEnded() {
		w.st.OnData(func([]byte) {}) // what nobody has read must not close the windows
	}
}

// declared says whether the handler has announced a trailer field.
func (w *httpWriter) declared(name string) bool {
	for _, list := range w.header["Trailer"] {
		for _, n := range strings.Split(list, ",") {
			if strings.EqualFold(strings.TrimSpace(n), name) {
				return true
			}
		}
	}
	return false
}

// recover ends the stream of a handler that panicked, as net/http does.
func (w *httpWriter) recover() {
	if v := recover(); v != nil {
		_ = w.st.RstWithInternalError() // an error means that it has ended
		if v != http.ErrAbortHandler {
			panic(v)
		}
	}
}
