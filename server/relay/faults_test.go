package relay

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"framewise/server/internal/leaktest"
	"framewise/transport"
	"framewise/transport/ws"
)

// raw is a WebSocket client that may break every rule.
type raw struct {
	*net.TCPConn
	r *bufio.Reader
}

// raw opens a WebSocket at a path below the relay.
func (l *lab) raw(path string) (*raw, error) {
	c, err := net.Dial("tcp", l.host)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(bound))
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", path, l.host, l.origin)
	w := &raw{c.(*net.TCPConn), bufio.NewReader(c)}
	res, err := http.ReadResponse(w.r, nil)
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return w, nil
}

// rawDial opens a WebSocket to a target and reads the answer, which must be ok.
func (l *lab) rawDial(to string) (*raw, error) {
	w, err := l.raw("/relay?" + url.Values{"to": {to}}.Encode())
	if err != nil {
		return nil, err
	}
	if _, err := w.answer(); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// WebSocket's opcodes (RFC 6455, section 5.2).
const (
	opText, opBinary, opClose, opPing = 1, 2, 8, 9
	final                             = 0x80
)

// appendFrame is a client's frame with a mask of zeros, whose header says that the
// payload has size octets.
func appendFrame(b []byte, first byte, size uint64, payload []byte) []byte {
	b = append(b, first)
	switch {
	case size < 126:
		b = append(b, 0x80|byte(size))
	case size < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(size))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), size)
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func (w *raw) send(op byte, payload []byte) error {
	_, err := w.Write(appendFrame(nil, final|op, uint64(len(payload)), payload))
	return err
}

// next reads a frame of the relay's.
func (w *raw) next() (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(w.r, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	more := map[uint64]int{126: 2, 127: 8}[n]
	var long [8]byte
	if _, err := io.ReadFull(w.r, long[8-more:]); err != nil {
		return 0, nil, err
	}
	if more > 0 {
		n = binary.BigEndian.Uint64(long[:])
	}
	payload = make([]byte, min(n, 1<<20))
	_, err = io.ReadFull(w.r, payload)
	return head[0] & 15, payload, err
}

func (w *raw) answer() (a ws.Answer, err error) {
	op, b, err := w.next()
	if err == nil && op != opText {
		err = fmt.Errorf("the first message has opcode %d", op)
	}
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err == nil && !a.OK {
		err = &transport.DialError{Kind: a.Kind, Text: a.Message}
	}
	return a, err
}

// closed reads until the relay closes, which must be with one of the codes; 0
// stands for an end without a close.
func (w *raw) closed(codes ...int) error {
	defer w.Close()
	for {
		op, b, err := w.next()
		code := 0
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			return errors.New("the relay did not end the connection")
		case err == nil && op != opClose:
			continue
		case err == nil && len(b) >= 2:
			code = int(binary.BigEndian.Uint16(b))
			w.send(opClose, b)
		}
		for _, want := range codes {
			if code == want {
				return nil
			}
		}
		return fmt.Errorf("closed with %d %q, %v; want one of %v", code, b[min(2, len(b)):], err, codes)
	}
}

// cut is closed for a client that never answers: the relay must end the connection
// all the same.
func (w *raw) cut(code int) error {
	defer w.Close()
	told := 0
	for {
		op, b, err := w.next()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			return errors.New("the relay did not end the connection")
		case err != nil && told != code:
			return fmt.Errorf("closed with %d, %v; want %d", told, err, code)
		case err != nil:
			return nil
		case op == opClose && len(b) >= 2:
			told = int(binary.BigEndian.Uint16(b))
		}
	}
}

// abort ends the connection with a reset.
func (w *raw) abort() {
	w.SetLinger(0)
	w.Close()
}

// faultLab is a relay without limits of number, whose times are short.
func faultLab(t *testing.T, set func(*Options)) *lab {
	l := newLab(t, func(o *Options) {
		o.SocketsPerAddress, o.DialsPerMinute, o.ListenersPerAddress, o.ConnsPerPort = 1e6, 1e6, 1e6, 1e6
		o.ListenOn = "127.0.0.1"
		if set != nil {
			set(o)
		}
	})
	l.relay.grace = 200 * time.Millisecond
	t.Cleanup(func() { l.counts() }) // before the relay ends
	return l
}

// counts checks that the relay's own books say that nothing is open.
func (l *lab) counts() {
	for late := time.Now().Add(bound); ; time.Sleep(time.Millisecond) {
		r := l.relay
		r.hall.mu.Lock()
		ports, waiting := len(r.hall.open), len(r.hall.waiting)
		r.hall.mu.Unlock()
		sockets := 0
		r.clients.mu.Lock()
		for _, c := range r.clients.by {
			sockets += c.open
		}
		r.clients.mu.Unlock()
		open := r.Stats().Open
		if ports == 0 && waiting == 0 && sockets == 0 && open == 0 {
			return
		}
		if time.Now().After(late) {
			l.t.Errorf("the relay counts %d sockets, %d WebSockets, %d ports, %d that wait; want none", sockets, open, ports, waiting)
			return
		}
	}
}

// dialFault is a fault of a dialled connection: act gets the client's end after the
// relay's answer.
func dialFault(name string, serve func(net.Conn), set func(*Options), act func(w *raw, i int) error) leaktest.Fault {
	return leaktest.Fault{Name: name, SetUp: func(t *testing.T) func(int) error {
		l := faultLab(t, set)
		to := target(t, listen(t), serve)
		return func(i int) error {
			w, err := l.rawDial(to)
			if err != nil {
				return err
			}
			defer w.Close()
			return act(w, i)
		}
	}}
}

func sink(c net.Conn) { io.Copy(io.Discard, c) }

func flood(c net.Conn) {
	for b := make([]byte, 32<<10); ; {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

func hold(c net.Conn) { // it reads nothing, and leaves when the relay does
	c.SetReadDeadline(time.Now().Add(bound))
	time.Sleep(150 * time.Millisecond)
	io.Copy(io.Discard, c)
}

func idleAfter(d time.Duration) func(*Options) {
	return func(o *Options) { o.IdleTimeout = d; o.MaxOctets = 1 << 40 }
}

// pass sends octets and reads as many back.
func (w *raw) pass(n int) error {
	if err := w.send(opBinary, make([]byte, n)); err != nil {
		return err
	}
	for got := 0; got < n; {
		op, b, err := w.next()
		if err != nil || op != opBinary {
			return fmt.Errorf("after %d of %d octets: opcode %d, %q, %v", got, n, op, b, err)
		}
		got += len(b)
	}
	return nil
}

// badFrames are frames that RFC 6455 forbids.
var badFrames = [][]byte{
	{final | opBinary, 3, 1, 2, 3},                                             // without a mask
	appendFrame(nil, final|0x40|opBinary, 1, []byte{1}),                        // a reserved bit
	appendFrame(nil, final|0x20|opBinary, 1, []byte{1}),                        //
	appendFrame(nil, final|3, 1, []byte{1}),                                    // opcodes of nothing
	appendFrame(nil, final|11, 1, []byte{1}),                                   //
	appendFrame(nil, final, 1, []byte{1}),                                      // goes on with nothing
	appendFrame(nil, opPing, 1, []byte{1}),                                     // a control frame in pieces
	appendFrame(nil, final|opPing, 126, make([]byte, 126)),                     // a long one
	append(appendFrame(nil, opBinary, 1, []byte{1}), 0x82, 0x80, 0, 0),         // a message within a message, cut
	append(appendFrame(nil, opBinary, 0, nil), final|opText, 0x80, 0, 0, 0, 0), //
}

// badCloses are close frames that RFC 6455 forbids, or that are cut.
var badCloses = [][]byte{
	appendFrame(nil, final|opClose, 1, []byte{3}),
	appendFrame(nil, final|opClose, 2, []byte{0, 0}),
	appendFrame(nil, final|opClose, 2, []byte{3, 0xed}), // 1005 may not travel
	appendFrame(nil, final|opClose, 2, []byte{0xff, 0xff}),
	appendFrame(nil, final|opClose, 6, []byte{3, 0xe8, 0xff, 0xfe, 0xc0, 0x80}), // no UTF-8
	appendFrame(nil, final|opClose, 126, make([]byte, 126)),
	appendFrame(nil, opClose, 2, []byte{3, 0xe8}),         // in pieces
	appendFrame(nil, final|opClose, 100, []byte{3, 0xe8}), // cut
	append(appendFrame(nil, final|opClose, 2, []byte{3, 0xe8}), "and more, after the end"...),
	{final | opClose, 2, 3, 0xe8},
}

// clientFaults are those of the client, once it is let in.
func clientFaults() []leaktest.Fault {
	return []leaktest.Fault{
		dialFault("client vanishes", echo, nil, func(w *raw, _ int) error { defer w.Close(); return w.pass(1000) }),
		dialFault("client resets while data flows", flood, nil, func(w *raw, _ int) error { _, _, err := w.next(); w.abort(); return err }),
		dialFault("client resets while it sends", sink, nil, func(w *raw, _ int) error {
			err := w.send(opBinary, make([]byte, 30000))
			w.abort()
			return err
		}),
		dialFault("client half-closes", echo, nil, func(w *raw, _ int) error {
			if err := w.pass(10); err != nil {
				return err
			}
			w.CloseWrite()
			return w.closed(0, 1000)
		}),
		dialFault("client reads nothing (slow reader)", flood, func(o *Options) { o.MaxDuration, o.MaxOctets = 100*time.Millisecond, 1<<40 }, func(w *raw, _ int) error {
			time.Sleep(200 * time.Millisecond)
			return w.closed(0, 1008)
		}),
		dialFault("client stops within a frame", echo, idleAfter(50*time.Millisecond), func(w *raw, _ int) error {
			if _, err := w.Write(appendFrame(nil, final|opBinary, 30000, make([]byte, 100))); err != nil {
				return err
			}
			return w.cut(1008)
		}),
		dialFault("client stops within a header", echo, idleAfter(50*time.Millisecond), func(w *raw, _ int) error {
			if _, err := w.Write([]byte{final | opBinary, 0x80 | 126, 1}); err != nil {
				return err
			}
			return w.cut(1008)
		}),
		dialFault("oversized message", echo, nil, func(w *raw, i int) error {
			if i%2 == 0 {
				w.send(opBinary, make([]byte, ws.MaxMessage+1))
			} else { // a length of 2⁶² and nothing of it
				w.Write(appendFrame(nil, final|opBinary, 1<<62, make([]byte, 100)))
				w.Write(make([]byte, ws.MaxMessage))
			}
			return w.closed(1009)
		}),
		dialFault("text in place of binary", echo, nil, func(w *raw, _ int) error { w.send(opText, []byte("x")); return w.closed(1003) }),
		dialFault("text, and stops within it", echo, nil, func(w *raw, _ int) error {
			if _, err := w.Write(appendFrame(nil, final|opText, 100, []byte("half"))); err != nil {
				return err
			}
			return w.cut(1003)
		}),
		dialFault("ping flood, pongs unread", echo, nil, func(w *raw, _ int) error {
			pings := []byte{}
			for range 500 {
				pings = appendFrame(pings, final|opPing, 125, make([]byte, 125))
			}
			for range 4 {
				w.Write(pings)
			}
			return w.passAmid(10)
		}),
		dialFault("close frame garbage", echo, nil, func(w *raw, i int) error {
			w.Write(badCloses[i%len(badCloses)])
			return w.closed(0, 1000, 1002)
		}),
		dialFault("frames that RFC 6455 forbids", echo, nil, func(w *raw, i int) error {
			w.Write(badFrames[i%len(badFrames)])
			w.CloseWrite()
			return w.closed(0, 1000, 1002, 1003)
		}),
	}
}

// passAmid is pass between pongs.
func (w *raw) passAmid(n int) error {
	if err := w.send(opBinary, make([]byte, n)); err != nil {
		return err
	}
	for {
		op, b, err := w.next()
		if err != nil {
			return err
		}
		if op == opBinary && len(b) == n {
			return nil
		}
	}
}

func targetFaults() []leaktest.Fault {
	return []leaktest.Fault{
		dialFault("target closes at once", func(net.Conn) {}, nil, func(w *raw, _ int) error { return w.closed(1000) }),
		dialFault("target half-closes", func(c net.Conn) { c.(*net.TCPConn).CloseWrite(); io.Copy(io.Discard, c) }, nil,
			func(w *raw, _ int) error { w.send(opBinary, make([]byte, 1000)); return w.closed(1000) }),
		dialFault("target resets mid-stream", func(c net.Conn) {
			io.CopyN(io.Discard, c, 10)
			c.Write(make([]byte, 5000))
			c.(*net.TCPConn).SetLinger(0)
		}, nil, func(w *raw, _ int) error { w.send(opBinary, make([]byte, 30000)); return w.closed(1000) }),
		dialFault("target never answers", sink, idleAfter(50*time.Millisecond), func(w *raw, _ int) error {
			w.send(opBinary, make([]byte, 10))
			return w.closed(1008)
		}),
		dialFault("target reads nothing (slow writer)", hold, idleAfter(50*time.Millisecond), func(w *raw, _ int) error {
			w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			for w.send(opBinary, make([]byte, ws.MaxMessage)) == nil {
			}
			return w.closed(0, 1008)
		}),
		{Name: "target silent in the TLS handshake", SetUp: func(t *testing.T) func(int) error {
			l := faultLab(t, func(o *Options) { o.DialTimeout = 50 * time.Millisecond })
			to := target(t, listen(t), sink)
			return func(int) error { return l.refused(to, "1", transport.Timeout) }
		}},
		{Name: "dial timeout", SetUp: func(t *testing.T) func(int) error {
			l := faultLab(t, func(o *Options) { o.DialTimeout = 50 * time.Millisecond })
			to := deaf(t)
			return func(int) error { return l.refused(to, "0", transport.Timeout) }
		}},
		{Name: "client leaves while it dials", SetUp: func(t *testing.T) func(int) error {
			l := faultLab(t, nil)
			to := target(t, listen(t), sink)
			return func(i int) error {
				w, err := l.raw("/relay?" + url.Values{"to": {to}, "tls": {"1"}}.Encode())
				if err != nil {
					return err
				}
				if i%2 == 0 {
					w.abort()
				} else {
					w.Close()
				}
				return nil
			}
		}},
		{Name: "message before the answer", SetUp: func(t *testing.T) func(int) error {
			l := faultLab(t, nil)
			to := target(t, listen(t), sink)
			return func(int) error {
				w, err := l.raw("/relay?" + url.Values{"to": {to}, "tls": {"1"}}.Encode())
				if err != nil {
					return err
				}
				w.send(opBinary, []byte("PRI"))
				return w.closed(1008)
			}
		}},
		{Name: "shutdown in the middle", SetUp: func(t *testing.T) func(int) error {
			to := target(t, listen(t), flood)
			return func(i int) error { return shutAmid(t, to, i) }
		}},
	}
}

// refused dials and wants to be told a kind of failure.
func (l *lab) refused(to, tls string, want transport.Kind) error {
	w, err := l.raw("/relay?" + url.Values{"to": {to}, "tls": {tls}}.Encode())
	if err != nil {
		return err
	}
	var f *transport.DialError
	if _, err := w.answer(); !errors.As(err, &f) || f.Kind != want {
		w.Close()
		return fmt.Errorf("the answer is %v; want kind %q", err, want)
	}
	return w.closed(1000)
}

// deaf is the address of a listener that takes no more connections: its queue is
// full, so the system answers none.
func deaf(t *testing.T) string {
	t.Helper()
	ln := listen(t)
	shrink(t, ln)
	for range 64 { // until one is left without an answer
		c, err := net.DialTimeout("tcp", ln.Addr().String(), 50*time.Millisecond)
		if err != nil {
			return ln.Addr().String()
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the listener's queue is never full")
	return ""
}

// shrink makes a listener's queue as short as it gets.
func shrink(t *testing.T, ln net.Listener) {
	t.Helper()
	c, err := ln.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if cerr := c.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) }); cerr != nil || err != nil {
		t.Fatal(cerr, err)
	}
}

// shutAmid stops a relay that carries data; of two clients one takes what comes.
func shutAmid(t *testing.T, to string, i int) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	l := &lab{t: t, host: ln.Addr().String(), origin: "http://" + ln.Addr().String()}
	if l.relay, err = New(Options{Origins: []string{l.origin}, Allow: LoopbackTargets, Loopback: true, MaxOctets: 1 << 40, Log: slog.New(slog.DiscardHandler)}); err != nil {
		return err
	}
	if l.relay.grace = 100 * time.Millisecond; i%2 == 0 {
		l.relay.grace = bound
	}
	srv := &http.Server{Handler: l.relay}
	go srv.Serve(ln)
	defer srv.Close()
	w, err := l.rawDial(to)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, _, err := w.next(); err != nil {
		return err
	}
	stopped := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	go func() { stopped <- l.relay.Shutdown(ctx) }()
	if i%2 == 0 {
		if err := w.closed(1001); err != nil {
			return err
		}
	}
	return <-stopped
}

func TestFaultsOfDials(t *testing.T) {
	leaktest.Table(t, 100, append(clientFaults(), targetFaults()...))
}
