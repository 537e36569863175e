package http2

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Request is the request of the Compatibility API: what Node.js 8 first shipped
// as Http2ServerRequest, with the fields that its http has. It is an io.Reader
// of the body.
type Request struct {
	Method    string
	URL       string // path and query, or the authority of CONNECT
	Scheme    string
	Authority string
	Headers   Headers // all of them, pseudo-header fields too
	// HTTPVersion is "2.0", or "1.1" for a client without HTTP/2.
	HTTPVersion string

	stream *ServerStream
	body   io.Reader
	h1     *http.Request // of HTTP/1.1
}

// Read reads the body: see Stream.Read.
func (r *Request) Read(p []byte) (int, error) { return r.body.Read(p) }

// Stream is the stream below; nil for HTTP/1.1.
func (r *Request) Stream() *ServerStream { return r.stream }

// Trailers are the request's, once Read has returned io.EOF.
func (r *Request) Trailers() Headers {
	if r.stream != nil {
		return r.stream.Trailers()
	}
	return fromHTTP(r.h1.Trailer)
}

// Socket is the connection below, to look at; of HTTP/1.1 it has nothing.
func (r *Request) Socket() Socket {
	if r.stream != nil {
		return r.stream.s.Socket()
	}
	return Socket{}
}

// Aborted says whether the client has given the request up.
func (r *Request) Aborted() bool {
	if r.stream != nil {
		return r.stream.Aborted()
	}
	return r.h1.Context().Err() != nil
}

// OnAborted is called when the client gives the request up: 'aborted'.
func (r *Request) OnAborted(f func()) {
	if r.stream != nil {
		r.stream.OnAborted(f)
	}
}

// OnData and OnEnd are the stream's; for HTTP/1.1 there is Read alone.
func (r *Request) OnData(f func(b []byte)) {
	if r.stream != nil {
		r.stream.OnData(f)
	}
}

// OnEnd is called when the body was read to its end: 'end'.
func (r *Request) OnEnd(f func()) {
	if r.stream != nil {
		r.stream.OnEnd(f)
	}
}

// SetTimeout is the stream's.
func (r *Request) SetTimeout(d time.Duration, f func()) error {
	if r.stream == nil {
		return badState("setTimeout", "HTTP/1.1 has no timeout of a stream")
	}
	return r.stream.SetTimeout(d, f)
}

// newCompat makes the two objects of a request.
func newCompat(st *ServerStream, h Headers, s *Server) (*Request, *Response) {
	req := &Request{Method: h.Get(":method"), URL: h.Get(":path"), Scheme: h.Get(":scheme"), Authority: h.Get(":authority"),
		Headers: h, HTTPVersion: "2.0", stream: st, body: st}
	if req.Authority == "" {
		req.Authority = h.Get("host")
	}
	if req.URL == "" {
		req.URL = req.Authority
	}
	return req, newResponse(&streamReply{st}, s)
}

// compatHTTP1 is the http.Handler of clients without HTTP/2.
func (s *Server) compatHTTP1(w http.ResponseWriter, r *http.Request) {
	if s.OnRequest == nil {
		http.Error(w, "this server answers HTTP/2 only", http.StatusHTTPVersionNotSupported)
		return
	}
	h := H(":method", r.Method, ":scheme", "https", ":authority", r.Host, ":path", r.RequestURI)
	req := &Request{Method: r.Method, URL: r.RequestURI, Scheme: "https", Authority: r.Host,
		Headers: append(h, fromHTTP(r.Header)...), HTTPVersion: "1.1", body: r.Body, h1: r}
	reply := &httpReply{w: w, done: make(chan struct{})}
	s.OnRequest(req, newResponse(reply, s))
	select { // net/http ends the response when its handler returns
	case <-reply.done:
	case <-r.Context().Done():
	}
}

// fromHTTP makes Headers of net/http's, by name.
func fromHTTP(in http.Header) (h Headers) {
	for _, name := range sortedNames(in) {
		for _, v := range in[name] {
			h = append(h, Field{Name: strings.ToLower(name), Value: v})
		}
	}
	return h
}
