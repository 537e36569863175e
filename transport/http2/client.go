package http2

import (
	"io"
	"slices"

	"framewise/core/session"
)

// ClientStream is a client's stream: a request of its own, or one that the server
// pushed. The seed's ClientHttp2Stream.
type ClientStream struct{ *Stream }

// OnHeaders is called for each informational (1xx) response: the seed's
// 'headers'.
func (st *ClientStream) OnHeaders(f func(headers Headers, flags Flags)) {
	listen(st.s, &st.on, onHeaders, f, f == nil)
}

// OnPush is called with the response of a stream that the server pushed: the
// seed's 'push'. The stream itself came with Session.OnStream.
func (st *ClientStream) OnPush(f func(headers Headers, flags Flags)) {
	listen(st.s, &st.on, onPush, f, f == nil)
}

// OnResponse is called with the response: the seed's 'response'.
func (st *ClientStream) OnResponse(f func(headers Headers, flags Flags)) {
	listen(st.s, &st.on, onResponse, f, f == nil)
}

// Response waits for the response, until it comes, the stream fails, or the read
// deadline passes.
func (st *ClientStream) Response() (Headers, error) {
	in := &st.in
	in.mu.Lock()
	defer in.mu.Unlock()
	for {
		if h := st.answerNow(); h != nil {
			return h, nil
		}
		if in.over {
			err := in.err
			if err == nil {
				err = badState("response", "the stream was closed without a response")
			}
			return nil, err
		}
		if err := in.wait(st.s.flush); err != nil {
			return nil, st.late("response", err)
		}
	}
}

func (st *ClientStream) answerNow() Headers {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.answer.Clone()
}

// response takes in the final response. Locked.
func (st *Stream) response(e *session.Event) {
	h := Headers(slices.Clone(e.Fields))
	st.mu.Lock()
	st.answer = h
	st.mu.Unlock()
	st.in.mu.Lock()
	st.in.changed()
	st.in.mu.Unlock()
	k := onResponse
	if st.pushed {
		k = onPush
	}
	flags := e.Header.Flags
	st.fire(k, func(f any) { f.(func(Headers, Flags))(h.Clone(), flags) })
}

// RequestOptions are those of the seed's http2session.request.
type RequestOptions struct {
	// EndStream ends our side with the request: it has no body.
	EndStream bool
	// Parent, Weight (1 to 256) and Exclusive are sent as the stream's priority
	// (RFC 7540, section 5.3). Weight 0: none is sent.
	Parent    uint32
	Weight    int
	Exclusive bool
}

// Request begins a request: the seed's http2session.request. What headers leave
// out is :method GET, :scheme and :authority of the session, :path /; CONNECT
// takes :authority alone. While the server allows no more streams the request
// waits, and so does what is written to it; OnReady tells when it is sent.
//
// Errors: validation, for headers that HTTP/2 does not allow and options out of
// range; state, on a server, and when the session takes no more requests.
func (s *Session) Request(headers Headers, o RequestOptions) (*ClientStream, error) {
	const op = "request"
	if s.typ != SessionClient {
		return nil, badState(op, "this is a server's session, only a client's makes requests")
	}
	if o.Weight != 0 || o.Parent != 0 || o.Exclusive {
		p := PriorityOptions{Parent: o.Parent, Weight: o.Weight, Exclusive: o.Exclusive}
		if err := p.check(op); err != nil {
			return nil, err
		}
		o.Weight = p.Weight
	}
	h := headers.Clone()
	if err := s.complete(&h); err != nil {
		return nil, err
	}
	fields := h.wire()
	var st *Stream
	var err error
	s.act(func() {
		var core *session.Stream
		core, err = s.core.Request(fields, session.RequestOptions{EndStream: o.EndStream, Parent: o.Parent, Weight: o.Weight, Exclusive: o.Exclusive})
		if err != nil {
			return
		}
		s.live++
		st = newStream(s, core)
		st.on.keep, st.begun, st.ended = true, true, o.EndStream
		st.outer = &ClientStream{st}
	})
	if err != nil {
		return nil, verbError(op, 0, err)
	}
	s.idle.touch()
	return st.outer.(*ClientStream), nil
}

// complete fills in what a request leaves out.
func (s *Session) complete(h *Headers) error {
	if h.Get(":method") == "CONNECT" && !h.Has(":protocol") {
		for _, name := range []string{":scheme", ":path"} {
			if h.Has(name) {
				return invalid("request", "CONNECT must not have %s, only :authority (RFC 9113 8.5)", name)
			}
		}
		if h.Get(":authority") == "" {
			return invalid("request", "CONNECT needs :authority, the host and port to connect to (RFC 9113 8.5)")
		}
		return nil
	}
	h.def(":method", "GET")
	h.def(":scheme", s.scheme)
	if !h.Has("host") {
		h.def(":authority", s.authority)
	}
	h.def(":path", "/")
	return nil
}

// interfaces that streams keep.
var (
	_ io.ReadWriteCloser = (*Stream)(nil)
	_ io.ReaderFrom      = (*Stream)(nil)
)
