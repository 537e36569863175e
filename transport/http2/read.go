package http2

import (
	"bytes"
	"io"
	"time"
)

// inbound is what the peer sent on a stream and nobody has taken yet. The
// stream's window bounds it.
type inbound struct {
	waiter
	buf     bytes.Buffer
	owed    int  // octets that were taken and not given back to the windows
	end     bool // END_STREAM came
	told    bool // OnEnd was called
	flowing bool // flow is on the loop
}

// giveBack is how many octets are taken before they go back to the windows,
// unless nothing is left.
const giveBack = 8 << 10

// dataCame takes in DATA. Locked.
func (st *Stream) dataCame(b []byte) {
	in := &st.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.over {
		_ = st.s.core.Consume(st.core, len(b)) // nobody will read it
		return
	}
	in.buf.Write(b)
	in.changed()
	st.wantFlow()
}

// endCame notes that the peer's side is complete. Locked.
func (st *Stream) endCame() {
	in := &st.in
	in.mu.Lock()
	defer in.mu.Unlock()
	in.end = true
	in.changed()
	st.wantFlow()
}

// wantFlow puts flow on the loop. in.mu is held.
func (st *Stream) wantFlow() {
	if !st.in.flowing {
		st.in.flowing = true
		st.s.post(st.flow)
	}
}

// flow gives what came to OnData, and tells the end. It runs on the loop.
func (st *Stream) flow() {
	in := &st.in
	in.mu.Lock()
	in.flowing = false
	in.mu.Unlock()
	if f, ok := st.on.get(onData).(func([]byte)); ok {
		for {
			in.mu.Lock()
			b := bytes.Clone(in.buf.Bytes())
			in.buf.Reset()
			in.mu.Unlock()
			if len(b) == 0 {
				break
			}
			f(b)
			st.consumed(len(b), true)
		}
	}
	st.tellEnd()
}

// tellEnd calls OnEnd when all was read. It runs on the loop.
func (st *Stream) tellEnd() {
	in := &st.in
	in.mu.Lock()
	due := in.end && in.buf.Len() == 0 && !in.told
	in.told = in.told || due
	in.mu.Unlock()
	if due {
		st.on.fire(onEnd, func(f any) { f.(func())() })
	}
}

// consumed gives octets back to the windows: soon, or when nothing is left at
// once.
func (st *Stream) consumed(n int, empty bool) {
	in := &st.in
	in.mu.Lock()
	in.owed += n
	n = in.owed
	if n < giveBack && !empty {
		in.mu.Unlock()
		return
	}
	in.owed = 0
	in.mu.Unlock()
	st.s.act(func() {
		st.idle.touch()
		_ = st.s.core.Consume(st.core, n) // an error means that the connection has ended
	})
}

// Read reads what the peer sends on the stream and gives it back to the windows,
// so that a slow reader slows its peer down. It waits for octets: until they
// come, the peer ends its side (io.EOF), the stream is closed (an *Error with the
// code), or the deadline passes. In a handler it keeps the session's other
// handlers waiting, though not its streams: see Go.
func (st *Stream) Read(p []byte) (int, error) {
	in := &st.in
	in.mu.Lock()
	for {
		if n, _ := in.buf.Read(p); n > 0 {
			empty := in.buf.Len() == 0
			end := in.end
			in.mu.Unlock()
			st.consumed(n, empty)
			if empty && end {
				st.s.post(st.tellEnd)
			}
			return n, nil
		}
		err := in.err
		switch {
		case len(p) == 0:
			in.mu.Unlock()
			return 0, nil
		case in.end:
			in.mu.Unlock()
			return 0, io.EOF
		case in.over:
			in.mu.Unlock()
			if err == nil {
				err = badState("read", "the stream is closed")
			}
			return 0, err
		}
		if err := in.wait(st.s.flush); err != nil {
			in.mu.Unlock()
			return 0, st.late("read", err)
		}
	}
}

// close is the end of the stream. inOrder: what came may still be read.
func (in *inbound) close(inOrder bool, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !inOrder && !in.end && err == nil {
		err = errReadClosed
	}
	in.finish(err)
}

func (st *Stream) late(op string, err error) error {
	return &Error{Kind: ErrState, Op: op, Reason: "the deadline has passed", StreamID: st.ID(), Err: err}
}

// SetDeadline sets the deadlines of Read and Write; the zero Time: none.
func (st *Stream) SetDeadline(at time.Time) error {
	st.in.setDeadline(at)
	st.out.setDeadline(at)
	return nil
}

// SetReadDeadline is when Read and Response stop waiting; the zero Time: never.
func (st *Stream) SetReadDeadline(at time.Time) error {
	st.in.setDeadline(at)
	return nil
}

// SetWriteDeadline is when Write stops waiting; the zero Time: never.
func (st *Stream) SetWriteDeadline(at time.Time) error {
	st.out.setDeadline(at)
	return nil
}
