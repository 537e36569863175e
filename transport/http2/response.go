package http2

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Response is the response of the Compatibility API: what Node.js 8 first shipped
// as Http2ServerResponse. It is an io.Writer of the body; the first Write, or End,
// sends the headers. Its methods may be called from any goroutine, but not two at
// a time.
type Response struct {
	// StatusCode is sent unless WriteHead gives another. 0: 200.
	StatusCode int
	// OmitDate leaves the date field out: Node's sendDate, the other way round.
	OmitDate bool

	to       reply
	server   *Server
	headers  Headers
	trailers Headers
	sent     bool
	finished bool
	onFinish func()
}

// reply is where a response goes.
type reply interface {
	head(status int, h Headers, end bool) error
	write(b []byte) (int, error)
	end(b []byte, trailers Headers) error
	info(status int) error
	stream() *ServerStream
}

func newResponse(to reply, s *Server) *Response { return &Response{to: to, server: s} }

// Stream is the stream below; nil for HTTP/1.1.
func (r *Response) Stream() *ServerStream { return r.to.stream() }

// HeadersSent says whether the headers were sent.
func (r *Response) HeadersSent() bool { return r.sent }

// Finished says whether End was called.
func (r *Response) Finished() bool { return r.finished }

// SetHeader sets a field of the response, before it is sent. A field that HTTP/2
// does not have, "connection" and its like, is dropped with a warning.
func (r *Response) SetHeader(name string, values ...string) error {
	const op = "setHeader"
	name = strings.ToLower(strings.TrimSpace(name))
	switch {
	case name == "":
		return invalid(op, "the name is empty, it must be that of a field")
	case strings.HasPrefix(name, ":"):
		return invalid(op, "%s is a pseudo-header field, StatusCode or WriteHead sets the status", name)
	case r.sent:
		return badState(op, "the headers were sent before, %s can't be set any more", name)
	case connectionSpecific(name):
		r.server.warn("the field " + name + " is specific to a connection, which HTTP/2 does not have (RFC 9113 8.2.2): it is dropped")
		return nil
	}
	r.headers.Set(name, values...)
	return nil
}

func connectionSpecific(name string) bool {
	return slices.Contains([]string{"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"}, name)
}

// SetStatusMessage has no effect but a warning: HTTP/2 has no reason phrase.
func (r *Response) SetStatusMessage(string) {
	r.server.warn("HTTP/2 has no status message (RFC 9113 8.3.1): it is dropped")
}

// warn tells of what HTTP/2 has not.
func (s *Server) warn(text string) {
	if s.OnWarning != nil {
		s.OnWarning(text)
	}
}

// RemoveHeader takes a field back, before the headers are sent.
func (r *Response) RemoveHeader(name string) error {
	if r.sent {
		return badState("removeHeader", "the headers were sent before")
	}
	r.headers.Del(name)
	return nil
}

// GetHeader returns the values of a field that was set.
func (r *Response) GetHeader(name string) []string { return r.headers.Values(name) }

// HasHeader says whether a field was set.
func (r *Response) HasHeader(name string) bool { return r.headers.Has(name) }

// GetHeaders returns a copy of the fields that were set.
func (r *Response) GetHeaders() Headers { return r.headers.Clone() }

// GetHeaderNames returns their names, each once.
func (r *Response) GetHeaderNames() (names []string) {
	for i := range r.headers {
		if n := r.headers[i].Name; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// AddTrailers adds fields of the trailer section, before End.
func (r *Response) AddTrailers(h Headers) error {
	if r.finished {
		return badState("addTrailers", "the response was ended before")
	}
	r.trailers = append(r.trailers, h...)
	return nil
}

// WriteHead sends the headers: those that were set, with these in their place.
// status 0: StatusCode.
func (r *Response) WriteHead(status int, h Headers) error {
	if r.sent {
		return badState("writeHead", "the headers were sent before")
	}
	if status != 0 {
		r.StatusCode = status
	}
	for _, name := range (&Response{headers: h}).GetHeaderNames() {
		if err := r.SetHeader(name, h.Values(name)...); err != nil {
			return err
		}
	}
	return r.flushHead(false)
}

func (r *Response) flushHead(end bool) error {
	if r.sent {
		return nil
	}
	if r.StatusCode == 0 {
		r.StatusCode = 200
	}
	if !r.OmitDate {
		r.headers.def("date", time.Now().UTC().Format(http.TimeFormat))
	}
	if err := r.to.head(r.StatusCode, r.headers, end); err != nil {
		return err
	}
	r.sent = true
	return nil
}

// WriteContinue sends 100 (Continue).
func (r *Response) WriteContinue() error {
	if r.sent {
		return badState("writeContinue", "the headers were sent before")
	}
	return r.to.info(100)
}

// Write sends octets of the body: see Stream.Write.
func (r *Response) Write(p []byte) (int, error) {
	if r.finished {
		return 0, badState("write", "the response was ended before")
	}
	if err := r.flushHead(false); err != nil {
		return 0, err
	}
	return r.to.write(p)
}

// End sends the last octets, which may be none, and ends the response. It does
// not wait. b is the response's from then on.
func (r *Response) End(b []byte) error {
	if r.finished {
		return badState("end", "the response was ended before")
	}
	if err := r.flushHead(len(b) == 0 && len(r.trailers) == 0); err != nil {
		return err
	}
	r.finished = true
	if err := r.to.end(b, r.trailers); err != nil {
		return err
	}
	if r.onFinish != nil {
		r.onFinish()
	}
	return nil
}

// OnFinish is called by End: 'finish'. Set it before.
func (r *Response) OnFinish(f func()) { r.onFinish = f }

// OnClose is called when the stream is closed: 'close'. HTTP/1.1 has none.
func (r *Response) OnClose(f func()) {
	if st := r.Stream(); st != nil {
		st.OnStreamClosed(func(ErrCode) { f() })
	}
}

// SetTimeout is the stream's.
func (r *Response) SetTimeout(d time.Duration, f func()) error {
	st := r.Stream()
	if st == nil {
		return badState("setTimeout", "HTTP/1.1 has no timeout of a stream")
	}
	return st.SetTimeout(d, f)
}

// CreatePushResponse promises the response to another request and returns where
// to write it: Node's createPushResponse. See ServerStream.PushStream.
func (r *Response) CreatePushResponse(h Headers) (*Response, error) {
	st := r.Stream()
	if st == nil {
		return nil, badState("createPushResponse", "HTTP/1.1 has no server push")
	}
	pushed, err := st.PushStream(h, PriorityOptions{})
	if err != nil {
		return nil, err
	}
	return newResponse(&streamReply{pushed}, r.server), nil
}

// streamReply answers on a stream.
type streamReply struct{ st *ServerStream }

func (s *streamReply) stream() *ServerStream { return s.st }

func (s *streamReply) head(status int, h Headers, end bool) error {
	h = append(H(":status", strconv.Itoa(status)), h...)
	return s.st.act("writeHead", func() error { return s.st.respondWith(h, RespondOptions{EndStream: end}, false) })
}

func (s *streamReply) write(b []byte) (int, error) { return s.st.Write(b) }

func (s *streamReply) info(status int) error {
	return s.st.AdditionalHeaders(H(":status", strconv.Itoa(status)))
}

func (s *streamReply) end(b []byte, trailers Headers) error {
	if len(trailers) > 0 {
		s.st.OnFetchTrailers(func(h *Headers) { *h = append(*h, trailers...) })
	}
	return s.st.End(b)
}

// httpReply answers by HTTP/1.1.
type httpReply struct {
	w    http.ResponseWriter
	once sync.Once
	done chan struct{}
}

func (*httpReply) stream() *ServerStream { return nil }

func (r *httpReply) head(status int, h Headers, _ bool) error {
	for i := range h {
		r.w.Header().Add(h[i].Name, h[i].Value)
	}
	r.w.WriteHeader(status)
	return nil
}

func (r *httpReply) write(b []byte) (int, error) { return r.w.Write(b) }
func (r *httpReply) info(status int) error       { r.w.WriteHeader(status); return nil }

func (r *httpReply) end(b []byte, trailers Headers) error {
	var err error
	if len(b) > 0 {
		_, err = r.w.Write(b)
	}
	if f, ok := r.w.(http.Flusher); ok && len(trailers) > 0 {
		f.Flush() // a body of known length has no place for trailers
	}
	for i := range trailers {
		r.w.Header().Add(http.TrailerPrefix+trailers[i].Name, trailers[i].Value)
	}
	r.once.Do(func() { close(r.done) })
	return err
}
