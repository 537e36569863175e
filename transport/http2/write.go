package http2

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// outbound is what was written to a stream and has not left.
type outbound struct {
	waiter
	queued int      // octets that wait for windows
	lent   []*chunk // what they lie in
}

// chunk is what one Write can take.
type chunk [writeBuffer]byte

// writeBuffer is how many octets wait on a stream before Write does.
const writeBuffer = 64 << 10

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// Write sends octets, as the windows allow. It returns when they are taken over,
// and waits while more than 64 KiB are: until the peer opens its windows, the
// stream is closed, or the deadline passes; n tells how many were taken. A
// server's stream without a response gets one as of Respond(nil). In a handler
// it keeps the session's other handlers waiting: see Go, Queue and End.
func (st *Stream) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if err := st.room(); err != nil {
			return n, err
		}
		var c *chunk
		var b []byte
		if len(p) <= 4<<10 {
			b = append([]byte(nil), p...)
		} else {
			c = chunks.Get().(*chunk)
			b = c[:copy(c[:], p)]
		}
		err := st.act("write", func() error { return st.send(b, c) })
		if err != nil {
			return n, err
		}
		n += len(b)
		p = p[len(b):]
	}
	return n, nil
}

// room waits until there is room for more.
func (st *Stream) room() error {
	out := &st.out
	out.mu.Lock()
	defer out.mu.Unlock()
	for !out.over && out.queued >= writeBuffer {
		if err := out.wait(st.s.flush); err != nil {
			return st.late("write", err)
		}
	}
	if out.expired() {
		return st.late("write", os.ErrDeadlineExceeded)
	}
	return nil
}

// send queues octets, which lie in a chunk or in their owner's slice. Locked.
func (st *Stream) send(b []byte, c *chunk) error {
	err := st.mayWrite()
	if err == nil && !st.noBody {
		err = st.core.Write(b)
	}
	if err != nil {
		if c != nil {
			chunks.Put(c)
		}
		return err
	}
	out := &st.out
	out.mu.Lock()
	defer out.mu.Unlock()
	if c != nil {
		out.lent = append(out.lent, c)
	}
	if !st.noBody {
		out.queued += len(b)
	}
	return nil
}

// mayWrite says whether the stream takes octets, and begins the response of a
// server's. Locked.
func (st *Stream) mayWrite() error {
	if st.ended && !st.noBody {
		return badState("write", "the stream was ended before, nothing can be written behind the end")
	}
	if st.core.Destroyed() {
		return st.deadError("write")
	}
	if server, ok := st.outer.(*ServerStream); ok && !st.begun {
		return server.respond(nil, RespondOptions{})
	}
	return nil
}

// deadError is why a stream that was closed takes no more.
func (st *Stream) deadError(op string) error {
	if err := st.Err(); err != nil {
		code, _ := st.RstCode()
		return &Error{Kind: ErrState, Op: op, Reason: "the stream is closed: " + err.Error(), Code: code, StreamID: st.ID(), Err: err}
	}
	return badState(op, "the stream is closed")
}

// drained is called when all that was queued has left. Locked.
func (st *Stream) drained() {
	out := &st.out
	out.mu.Lock()
	if !st.s.d.Writing() { // else the octets are still being written from there
		for _, c := range out.lent {
			chunks.Put(c)
		}
	}
	clear(out.lent)
	out.lent, out.queued = out.lent[:0], 0
	out.changed()
	out.mu.Unlock()
	if st.file != nil {
		st.file.drained(st)
		return
	}
	st.fire(onDrain, func(f any) { f.(func())() })
}

func (out *outbound) close(err error) {
	out.mu.Lock()
	defer out.mu.Unlock()
	out.queued, out.lent = 0, nil
	if err == nil {
		err = errWriteClosed
	}
	out.finish(err)
}

// Queue sends a copy of octets without waiting, however many wait before them.
// Buffered tells how much has gathered, and OnDrain when it has left.
func (st *Stream) Queue(b []byte) error {
	b = bytes.Clone(b)
	return st.act("write", func() error { return st.send(b, nil) })
}

// Buffered is how many octets were written and have not left yet, for want of a
// window or of a turn.
func (st *Stream) Buffered() int {
	st.out.mu.Lock()
	defer st.out.mu.Unlock()
	return st.out.queued
}

// End sends the last octets, which may be none, without waiting, and ends our
// side: the seed's end(chunk). b is the stream's from then on.
func (st *Stream) End(b []byte) error {
	return st.act("end", func() error {
		if len(b) > 0 {
			if err := st.send(b, nil); err != nil {
				return err
			}
		}
		return st.endWrite()
	})
}

// CloseWrite ends our side of the stream; the trailer section follows if there is
// a handler for OnFetchTrailers. It does not wait. To end twice is no error.
func (st *Stream) CloseWrite() error { return st.End(nil) }

// endWrite ends our side. Locked.
func (st *Stream) endWrite() error {
	if st.ended {
		return nil
	}
	if err := st.mayWrite(); err != nil {
		return err
	}
	if st.ended { // the response that mayWrite made has no body
		return nil
	}
	if st.on.get(onFetchTrailers) != nil {
		st.core.WantTrailers()
	}
	if err := st.core.End(nil); err != nil {
		return err
	}
	st.ended = true
	return nil
}

// fetchTrailers asks the handler for the trailer section. It runs on the loop.
func (st *Stream) fetchTrailers() {
	var h Headers
	st.on.fire(onFetchTrailers, func(f any) { f.(func(*Headers))(&h) })
	err := st.act("trailers", func() error { return st.core.Trailers(h.wire()) })
	if err == nil || st.Destroyed() {
		return
	}
	_ = st.act("trailers", func() error { return st.core.Trailers(nil) }) // END_STREAM alone can't fail where the stream is there
	st.on.fire(onError, func(f any) { f.(func(error))(err) })
}

// ReadFrom sends what r has until its end, for io.Copy. It does not end our side.
func (st *Stream) ReadFrom(r io.Reader) (n int64, err error) {
	c := chunks.Get().(*chunk)
	defer chunks.Put(c)
	for {
		k, err := r.Read(c[:])
		if k > 0 {
			w, err := st.Write(c[:k])
			n += int64(w)
			if err != nil {
				return n, err
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
