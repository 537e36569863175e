package http2

import (
	"net/http"
	"strconv"
	"time"

	"framewise/core/session"
)

// ServerStream is a server's stream: a request of the client's, or one that the
// server pushes. The seed's ServerHttp2Stream.
type ServerStream struct {
	*Stream
	method, scheme, authority string // of the request
	promised                  bool
}

// RespondOptions are those of the seed's respond.
type RespondOptions struct {
	// EndStream ends our side with the response: it has no body.
	EndStream bool
}

// Respond begins the response: the seed's http2stream.respond. What headers
// leave out is :status 200, and the date. A response to HEAD, and one with status
// 204, 205 or 304, ends the stream at once, and what is written is dropped.
//
// Errors: validation, for a status that is not from 200 to 599 and for fields
// that HTTP/2 does not allow; state, when the response was begun before or the
// stream is closed.
func (st *ServerStream) Respond(headers Headers, o RespondOptions) error {
	return st.act("respond", func() error { return st.respond(headers, o) })
}

// respond is Respond. Locked.
func (st *ServerStream) respond(headers Headers, o RespondOptions) error {
	return st.respondWith(headers, o, true)
}

func (st *ServerStream) respondWith(headers Headers, o RespondOptions, date bool) error {
	const op = "respond"
	if st.core.Destroyed() {
		return st.deadError(op)
	}
	if st.begun {
		return badState(op, "the response was begun before, it can't be begun twice")
	}
	h := headers.Clone()
	h.def(":status", "200")
	status, err := strconv.Atoi(h.Get(":status"))
	if err != nil || status < 200 || status > 599 {
		return invalid(op, ":status is %q, it must be from 200 to 599; AdditionalHeaders sends 1xx", h.Get(":status"))
	}
	if date {
		h.def("date", time.Now().UTC().Format(http.TimeFormat))
	}
	empty := st.method == "HEAD" || status == 204 || status == 205 || status == 304
	end := o.EndStream || empty
	if err := st.core.Respond(h.wire(), end); err != nil {
		return err
	}
	st.begun, st.noBody, st.ended = true, empty, st.ended || end
	return nil
}

// AdditionalHeaders sends an informational response, before the final one: the
// seed's http2stream.additionalHeaders. :status is 100 unless it is given.
// Errors: validation, for a status that is not 100 or 102 to 199; state, behind
// the response.
func (st *ServerStream) AdditionalHeaders(headers Headers) error {
	const op = "additionalHeaders"
	h := headers.Clone()
	h.def(":status", "100")
	return st.act(op, func() error {
		if st.core.Destroyed() {
			return st.deadError(op)
		}
		if st.begun {
			return badState(op, "informational headers must come before the response, which was begun")
		}
		status, err := strconv.Atoi(h.Get(":status"))
		if err != nil || status < 100 || status > 199 || status == 101 {
			return invalid(op, ":status is %q, it must be 100 or from 102 to 199", h.Get(":status"))
		}
		return st.core.AdditionalHeaders(h.wire())
	})
}

// HeadersSent says whether the response was begun: the seed's
// http2stream.headersSent.
func (st *ServerStream) HeadersSent() (yes bool) {
	st.s.look(func() { yes = st.begun })
	return yes
}

// PushAllowed says whether the client takes pushed streams: the seed's
// http2stream.pushAllowed.
func (st *ServerStream) PushAllowed() (yes bool) {
	st.s.look(func() { yes = !st.promised && st.core.PushAllowed() })
	return yes
}

// PushStream promises the response to a request that the client has not made:
// the seed's http2stream.pushStream. What headers leave out is :method GET, and
// :scheme and :authority of this request. The result is the stream on which to
// respond; o says how it shares the connection, which the client is not told,
// PUSH_PROMISE having no place for it. The zero o leaves it to depend on this
// stream.
//
// Errors: validation, for a method other than GET and HEAD and for fields that
// HTTP/2 does not allow; state, when the client takes no pushed streams or no
// more of them, and on a stream that is closed or was pushed.
func (st *ServerStream) PushStream(headers Headers, o PriorityOptions) (*ServerStream, error) {
	const op = "pushStream"
	prefer := o != PriorityOptions{}
	if err := o.check(op); err != nil {
		return nil, err
	}
	h := headers.Clone()
	h.def(":method", "GET")
	h.def(":scheme", st.scheme)
	h.def(":authority", st.authority)
	h.def(":path", "/")
	var pushed *ServerStream
	err := st.act(op, func() error {
		if st.promised {
			return badState(op, "stream %d was pushed itself, a promise belongs to a request of the client's", st.ID())
		}
		core, err := st.core.PushStream(h.wire())
		if err != nil {
			return err
		}
		pushed = st.promise(core, h)
		if prefer {
			return core.Prefer(o.Parent, o.Weight, o.Exclusive)
		}
		return nil
	})
	return pushed, err
}

func (st *ServerStream) promise(core *session.Stream, h Headers) *ServerStream {
	st.s.live++
	b := newStream(st.s, core)
	b.on.keep = true
	pushed := &ServerStream{Stream: b, method: h.Get(":method"), scheme: h.Get(":scheme"), authority: h.Get(":authority"), promised: true}
	b.outer = pushed
	b.in.end = true // the request of a promise has no body
	return pushed
}
