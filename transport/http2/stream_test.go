package http2

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"framewise/core/frame"
)

// pattern are n octets that tell where they belong.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8 + i>>16)
	}
	return b
}

// pair is a client's stream and the server's end of it.
func pair(t *testing.T, o ConnectOptions) (*ClientStream, *ServerStream) {
	t.Helper()
	came := make(chan *ServerStream, 1)
	_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) { came <- st })
	s := dial(t, url, o)
	st, err := s.Request(H(":method", "POST"), RequestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	other := wait(t, came, "the request")
	st.SetDeadline(time.Now().Add(bound))
	other.SetDeadline(time.Now().Add(bound))
	return st, other
}

// A stream is an io.Reader and an io.Writer, larger than its windows, both ways
// at a time.
func TestDuplex(t *testing.T) {
	st, other := pair(t, ConnectOptions{})
	up, down := pattern(3<<20), pattern(2<<20+7)
	sums := make(chan [32]byte, 2)
	drain := func(r io.Reader) {
		h := sha256.New()
		if _, err := io.Copy(h, r); err != nil {
			t.Error(err)
		}
		sums <- [32]byte(h.Sum(nil))
	}
	fill := func(s *Stream, b []byte) {
		n, err := io.Copy(s, bytes.NewReader(b))
		if err != nil || n != int64(len(b)) {
			t.Errorf("%d octets were written: %v", n, err)
		}
		ok(t, s.CloseWrite())
		ok(t, s.CloseWrite()) // twice is no error
		_, err = s.Write([]byte("x"))
		want(t, err, ErrState, "ended before")
	}
	st.Go(func() { drain(st) })
	other.Go(func() { drain(other) })
	other.Go(func() { fill(other.Stream, down) })
	fill(st.Stream, up)
	got := [][32]byte{wait(t, sums, "a body"), wait(t, sums, "a body")}
	for _, b := range [][]byte{up, down} {
		if !slices.Contains(got, sha256.Sum256(b)) {
			t.Error("other octets came than were sent")
		}
	}
	if n, err := st.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Error("Read behind the end returns", n, err)
	}
}

// A reader that does not read stops its peer, and nobody else.
func TestBackpressure(t *testing.T) {
	st, other := pair(t, ConnectOptions{Options: Options{ConnectionWindow: 1 << 20}})
	if err := other.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	n, err := other.Write(make([]byte, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(err, ErrState) {
		t.Error("Write returns", err)
	}
	var ne net.Error
	if !errors.As(err, &ne) {
		if e := new(Error); !errors.As(err, &e) || !e.Timeout() {
			t.Error("the error is no timeout")
		}
	}
	if n < 65535 || n > 65535+2*writeBuffer || other.Buffered() == 0 {
		t.Error(n, "octets were taken,", other.Buffered(), "wait; want the window and two buffers at most")
	}
	other.SetWriteDeadline(time.Time{})
	ok(t, other.CloseWrite())
	if b, err := io.ReadAll(st); err != nil || len(b) != n {
		t.Error(len(b), "octets came:", err)
	}
}

// What a handler sends leaves although it does not return; other handlers wait,
// streams don't.
func TestHandlerThatWaits(t *testing.T) {
	answered, other := make(chan struct{}), make(chan string, 1)
	_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
		if h.Get(":path") == "/reader" {
			st.Go(func() {
				b, err := io.ReadAll(st)
				ok(t, err)
				other <- string(b)
			})
			return
		}
		hello(st, h, f)
		wait(t, answered, "the response")
		if body := wait(t, other, "the other stream's body"); body != "read meanwhile" {
			t.Error(body)
		}
	})
	s := dial(t, url, ConnectOptions{})
	reader, err := s.Request(H(":method", "POST", ":path", "/reader"), RequestOptions{})
	ok(t, err)
	if _, body := answer(t, get(t, s, "/first")); body != "/first" {
		t.Error(body)
	}
	close(answered)
	ok(t, reader.End([]byte("read meanwhile")))
	until(t, "the handler's return", func() bool { return len(other) == 0 })
}

// A stream that nobody reads does not stop the others of its session.
func TestUnreadStream(t *testing.T) {
	_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
		if h.Get(":path") == "/much" {
			st.Go(func() {
				st.SetDeadline(time.Now().Add(bound))
				st.Write(make([]byte, 1<<20))
			})
			return
		}
		hello(st, h, f)
	})
	s := dial(t, url, ConnectOptions{})
	unread := get(t, s, "/much")
	until(t, "a full window", func() bool { return unread.State().LocalWindowSize == 0 })
	if _, body := answer(t, get(t, s, "/other")); body != "/other" {
		t.Error(body)
	}
}

// Close sends what waits of a response that was ended.
func TestCloseBehindEnd(t *testing.T) {
	body := pattern(300_000)
	_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
		ok(t, st.End(body))
		ok(t, st.Close())
	})
	s := dial(t, url, ConnectOptions{})
	st, err := s.Request(H(":method", "POST"), RequestOptions{})
	ok(t, err)
	st.SetDeadline(time.Now().Add(bound))
	if _, got := answer(t, st); got != string(body) {
		t.Error(len(got))
	}
	_, url = server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
		ok(t, st.Respond(nil, RespondOptions{EndStream: true}))
		ok(t, st.Close())
	})
	st, err = dial(t, url, ConnectOptions{}).Request(H(":method", "POST"), RequestOptions{})
	ok(t, err)
	st.SetDeadline(time.Now().Add(bound))
	answer(t, st)
	until(t, "the end", st.Destroyed)
	if code, _ := st.RstCode(); code != NoError {
		t.Error(code)
	}
}

func TestReadDeadline(t *testing.T) {
	st, other := pair(t, ConnectOptions{})
	st.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := st.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("Read returns", err)
	}
	if _, err := st.Response(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("Response returns", err)
	}
	st.SetReadDeadline(time.Now().Add(bound))
	ok(t, other.End([]byte("x")))
	if _, body := answer(t, st); body != "x" {
		t.Error(body)
	}
}

// OnData and OnEnd, as 'data' and 'end'; OnDrain.
func TestFlowing(t *testing.T) {
	st, other := pair(t, ConnectOptions{})
	var got []byte
	end, drained := make(chan []byte, 1), make(chan struct{}, 1)
	st.OnData(func(b []byte) { got = append(got, b...) })
	st.OnEnd(func() { end <- got })
	other.OnDrain(func() { drained <- struct{}{} })
	body := pattern(300_000)
	ok(t, other.Queue(body))
	wait(t, drained, "drain")
	ok(t, other.CloseWrite())
	if b := wait(t, end, "the end"); !bytes.Equal(b, body) {
		t.Error(len(b), "octets came")
	}
}

func TestLifecycle(t *testing.T) {
	t.Run("ready", func(t *testing.T) {
		var held []*ServerStream
		asked := make(chan string, 4)
		_, url := server(t, Options{Settings: Settings{MaxConcurrentStreams: V(uint32(1))}}, func(st *ServerStream, h Headers, _ Flags) {
			held = append(held, st)
			st.OnData(func(b []byte) { asked <- h.Get(":path") + " " + string(b) })
			st.OnEnd(func() { st.End([]byte("done")) })
		})
		s := dial(t, url, ConnectOptions{})
		connected := make(chan struct{})
		s.OnRemoteSettings(func(Values) { close(connected) })
		wait(t, connected, "the server's settings")
		first, err := s.Request(H(":method", "POST", ":path", "/1"), RequestOptions{})
		ok(t, err)
		second, err := s.Request(H(":method", "POST", ":path", "/2"), RequestOptions{})
		ok(t, err)
		ready := make(chan uint32, 1)
		second.OnReady(func() { ready <- second.ID() })
		if first.ID() != 1 || second.ID() != 0 {
			t.Error("the identifiers are", first.ID(), second.ID())
		}
		_, err = second.Write([]byte("early")) // buffered
		ok(t, err)
		ok(t, second.CloseWrite())
		ok(t, first.End([]byte("now")))
		if _, body := answer(t, first); body != "done" {
			t.Error(body)
		}
		if id := wait(t, ready, "ready"); id != 3 {
			t.Error("it is ready with", id)
		}
		if _, body := answer(t, second); body != "done" {
			t.Error(body)
		}
		if a, b := wait(t, asked, "a body"), wait(t, asked, "a body"); a != "/1 now" || b != "/2 early" {
			t.Error(a, b)
		}
	})
	t.Run("destroy", func(t *testing.T) {
		st, other := pair(t, ConnectOptions{})
		why := errors.New("no more of this")
		failed, ended := make(chan error, 1), make(chan ErrCode, 1)
		st.OnError(func(err error) { failed <- err })
		other.OnStreamClosed(func(code ErrCode) { ended <- code })
		if st.Destroyed() || st.Session() == nil {
			t.Error("it is destroyed before")
		}
		if _, closed := st.RstCode(); closed {
			t.Error("it has a code before")
		}
		st.Destroy(why)
		if err := wait(t, failed, "the error"); err != why || st.Err() != why {
			t.Error("the error is", err)
		}
		if code := wait(t, ended, "the peer's end"); code != InternalError {
			t.Error("the peer was told", code)
		}
		if code, closed := st.RstCode(); !st.Destroyed() || st.Session() == nil || code != InternalError || !closed {
			t.Error(st.Destroyed(), st.Session(), code, closed)
		}
		_, err := st.Write([]byte("x"))
		want(t, err, ErrState, "closed")
		// Without an error it is NO_ERROR, and no 'error'.
		st, other = pair(t, ConnectOptions{})
		other.OnStreamClosed(func(code ErrCode) { ended <- code })
		st.Destroy(nil)
		if code := wait(t, ended, "the peer's end"); code != NoError {
			t.Error("the peer was told", code)
		}
		until(t, "the end", st.Destroyed)
		if st.Err() != nil {
			t.Error("the error is", st.Err())
		}
	})
}

func TestAborted(t *testing.T) {
	st, other := pair(t, ConnectOptions{})
	aborted := make(chan struct{})
	other.OnAborted(func() { close(aborted) })
	st.OnAborted(func() { t.Error("who resets is not aborted") })
	ok(t, st.RstWithCancel())
	wait(t, aborted, "aborted")
	if !other.Aborted() || st.Aborted() {
		t.Error(other.Aborted(), st.Aborted())
	}
	// Not when our side was ended.
	st, other = pair(t, ConnectOptions{})
	closed := make(chan struct{})
	other.OnAborted(func() { t.Error("it was ended before") })
	other.OnStreamClosed(func(ErrCode) { close(closed) })
	ok(t, other.End([]byte("x")))
	answer(t, st)
	ok(t, st.RstWithCancel())
	wait(t, closed, "the end")
	if other.Aborted() {
		t.Error("it is aborted")
	}
}

func TestStreamClosed(t *testing.T) {
	st, other := pair(t, ConnectOptions{})
	codes, failed := make(chan ErrCode, 2), make(chan error, 1)
	st.OnStreamClosed(func(code ErrCode) { codes <- code })
	st.OnError(func(err error) { failed <- err })
	ok(t, other.RstWithRefuse())
	if code := wait(t, codes, "streamClosed"); code != RefusedStream {
		t.Error(code)
	}
	err := wait(t, failed, "the error")
	want(t, err, ErrProtocol, "closed with error code 7")
	_, err = st.Read(make([]byte, 1))
	want(t, err, ErrProtocol, "closed with error code 7")
	// In order: NO_ERROR and no 'error'.
	st, other = pair(t, ConnectOptions{})
	st.OnStreamClosed(func(code ErrCode) { codes <- code })
	st.OnError(func(err error) { t.Error(err) })
	ok(t, st.CloseWrite())
	ok(t, other.End(nil))
	answer(t, st)
	if code := wait(t, codes, "streamClosed"); code != NoError {
		t.Error(code)
	}
}

func TestRstStream(t *testing.T) {
	reset := func(t *testing.T, f func(st *ClientStream) error, code ErrCode) {
		t.Helper()
		st, other := pair(t, ConnectOptions{})
		ended := make(chan ErrCode, 1)
		other.OnStreamClosed(func(code ErrCode) { ended <- code })
		ok(t, f(st))
		if got := wait(t, ended, "the end"); got != code {
			t.Errorf("the peer was told %v; want %v", got, code)
		}
		until(t, "our end", st.Destroyed)
		if got, _ := st.RstCode(); got != code {
			t.Errorf("RstCode is %v; want %v", got, code)
		}
	}
	t.Run("session", func(t *testing.T) {
		reset(t, func(st *ClientStream) error { return st.Session().RstStream(st, Cancel) }, Cancel)
		st, other := pair(t, ConnectOptions{})
		want(t, other.Session().RstStream(st, Cancel), ErrValidation, "another session")
		want(t, st.Session().RstStream(nil, Cancel), ErrValidation, "one of this session")
	})
	t.Run("stream", func(t *testing.T) {
		reset(t, func(st *ClientStream) error { return st.RstStream(EnhanceYourCalm) }, EnhanceYourCalm)
	})
	t.Run("noError", func(t *testing.T) { reset(t, func(st *ClientStream) error { return st.RstWithNoError() }, NoError) })
	t.Run("protocolError", func(t *testing.T) {
		reset(t, func(st *ClientStream) error { return st.RstWithProtocolError() }, ProtocolError)
	})
	t.Run("cancel", func(t *testing.T) { reset(t, func(st *ClientStream) error { return st.RstWithCancel() }, Cancel) })
	t.Run("refuse", func(t *testing.T) {
		reset(t, func(st *ClientStream) error { return st.RstWithRefuse() }, RefusedStream)
	})
	t.Run("internalError", func(t *testing.T) {
		reset(t, func(st *ClientStream) error { return st.RstWithInternalError() }, InternalError)
	})
}

func TestTrailers(t *testing.T) {
	t.Run("fetch", func(t *testing.T) {
		st, other := pair(t, ConnectOptions{})
		trailers, asked := make(chan Headers, 1), make(chan int, 1)
		st.OnTrailers(func(h Headers, flags Flags) {
			if !flags.Has(frame.FlagEndStream) {
				t.Error("the flags are", flags)
			}
			trailers <- h
		})
		other.OnFetchTrailers(func(h *Headers) {
			h.Set("ABC", "some value to send")
			asked <- other.Buffered()
		})
		ok(t, other.Respond(nil, RespondOptions{}))
		other.Go(func() {
			other.Write(pattern(200_000))
			other.CloseWrite()
		})
		if _, body := answer(t, st); len(body) != 200_000 {
			t.Error(len(body))
		}
		if n := wait(t, asked, "fetchTrailers"); n != 0 {
			t.Error("it was asked while", n, "octets waited")
		}
		if h := wait(t, trailers, "trailers"); h.Get("abc") != "some value to send" || len(h) != 1 || st.Trailers().Get("abc") != "some value to send" {
			t.Error(h, st.Trailers())
		}
	})
	t.Run("pseudo", func(t *testing.T) {
		st, other := pair(t, ConnectOptions{})
		failed := make(chan error, 1)
		other.OnError(func(err error) { failed <- err })
		other.OnFetchTrailers(func(h *Headers) { h.Set(":status", "200") })
		ok(t, other.End([]byte("x")))
		want(t, wait(t, failed, "the error"), ErrValidation, ":status in a trailer section (RFC 9113 8.1)")
		if _, body := answer(t, st); body != "x" || len(st.Trailers()) != 0 {
			t.Error(body, st.Trailers())
		}
	})
}

func TestFrameError(t *testing.T) {
	long := H("x-long", strings.Repeat("x", 500))
	t.Run("stream", func(t *testing.T) {
		came := make(chan *ServerStream, 1)
		_, url := server(t, Options{MaxSendHeaderBlockLength: 400}, func(st *ServerStream, _ Headers, _ Flags) {
			st.OnFrameError(func(typ FrameType, code ErrCode) {
				if typ != frame.Headers || code != FrameSizeError {
					t.Error(typ, code)
				}
				came <- st
			})
			ok(t, st.Respond(long, RespondOptions{}))
		})
		st := get(t, dial(t, url, ConnectOptions{}), "/")
		_, err := st.Response()
		want(t, err, ErrProtocol, "FRAME_SIZE_ERROR")
		if failed := wait(t, came, "frameError"); !failed.Destroyed() {
			t.Error("the stream goes on")
		}
	})
	t.Run("session", func(t *testing.T) {
		_, url := server(t, Options{}, hello)
		s := dial(t, url, ConnectOptions{Options: Options{MaxSendHeaderBlockLength: 400}})
		came := make(chan uint32, 1)
		s.OnFrameError(func(typ FrameType, code ErrCode, id uint32) {
			if typ != frame.Headers || code != FrameSizeError {
				t.Error(typ, code)
			}
			came <- id
		})
		st, err := s.Request(long, RequestOptions{EndStream: true})
		ok(t, err)
		if id := wait(t, came, "frameError"); id != 0 {
			t.Error("the stream has the identifier", id)
		}
		_, err = st.Response()
		want(t, err, ErrProtocol, "FRAME_SIZE_ERROR")
		answer(t, get(t, s, "/")) // the session goes on
	})
}
