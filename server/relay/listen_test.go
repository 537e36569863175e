package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"framewise/transport"
	"framewise/transport/ws"

	"github.com/coder/websocket"
)

func listening(o *Options) { o.ListenOn = "127.0.0.1" }

// listen asks for a port as the page does.
func (l *lab) listen(port int) (*ws.Listener, error) {
	d := ws.Dialer{Relay: "ws://" + l.host + "/relay", Origin: l.origin}
	ln, err := d.Listen(within(l.t), port)
	if err == nil {
		l.t.Cleanup(func() { ln.Close() })
	}
	return ln, err
}

func kindOf(t *testing.T, err error) (transport.Kind, string) {
	t.Helper()
	var f *transport.DialError
	if !errors.As(err, &f) {
		t.Fatalf("the error is %v; want one with a kind", err)
	}
	return f.Kind, f.Text
}

func call(t *testing.T, addr net.Addr) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(bound))
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func TestAProgramCallsThePage(t *testing.T) {
	l := newLab(t, listening)
	ln, err := l.listen(0)
	if err != nil {
		t.Fatal(err)
	}
	if host, _, _ := net.SplitHostPort(ln.Addr().String()); host != "127.0.0.1" {
		t.Errorf("the port is at %s", ln.Addr())
	}
	want := pattern(1<<20 + 3)
	for range 3 {
		c := call(t, ln.Addr())
		go c.Write(want)
		page, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if page.RemoteAddr().String() != c.LocalAddr().String() {
			t.Errorf("the page is told that %s calls, it is %s", page.RemoteAddr(), c.LocalAddr())
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(page, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("other octets came, %v", err)
		}
		if _, err := page.Write([]byte("answer")); err != nil {
			t.Fatal(err)
		}
		page.Close()
		if back, err := io.ReadAll(c); err != nil || string(back) != "answer" {
			t.Errorf("%q came back, %v", back, err)
		}
	}
	ln.Close()
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
}

func TestPortsThatMayNotBeOpened(t *testing.T) {
	taken := listen(t)
	l := newLab(t, listening)
	closed := newLab(t, nil)
	_, takenPort, _ := net.SplitHostPort(taken.Addr().String())
	tests := []struct {
		name, port string
		at         *lab
		kind       transport.Kind
		says       string
	}{
		{"by default", "0", closed, transport.NotAllowed, "--relay-listen"},
		{"a system's port", "80", l, transport.NotAllowed, "1024"},
		{"no number", "http", l, transport.NotAllowed, "1024"},
		{"too high", "65536", l, transport.NotAllowed, "65535"},
		{"none", "", l, transport.NotAllowed, "1024"},
		{"one in use", takenPort, l, transport.InUse, "in use"},
	}
	for _, tt := range tests {
		web, _, err := websocket.Dial(within(t), "ws://"+tt.at.host+"/relay/listen?"+url.Values{"port": {tt.port}}.Encode(),
			&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {tt.at.origin}}})
		if err != nil {
			t.Fatal(err)
		}
		a := tt.at.answer(web)
		if a.OK || a.Kind != tt.kind || !strings.Contains(a.Message, tt.says) {
			t.Errorf("%s: %+v", tt.name, a)
		}
		web.CloseNow()
	}
	for _, path := range []string{"/relay/listen?port=0", "/relay/accept?token=x"} {
		_, res, err := websocket.Dial(within(t), "ws://"+l.host+path, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"http://elsewhere"}}})
		if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("%s by another page: %v", path, err)
		}
	}
}

func TestLimitsOfPorts(t *testing.T) {
	l := newLab(t, func(o *Options) { listening(o); o.ListenersPerAddress = 1; o.ConnsPerPort = 1 })
	ln, err := l.listen(0)
	if err != nil {
		t.Fatal(err)
	}
	if kind, text := kindOf(t, second(l.listen(0))); kind != transport.NotAllowed || !strings.Contains(text, "1 ports") {
		t.Errorf("a second port: %s %s", kind, text)
	}
	call(t, ln.Addr())
	page, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	refused := call(t, ln.Addr())
	if _, err := refused.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("one connection too many ends with %v", err)
	}
	ln.Close()
	for ctx := within(t); ; time.Sleep(time.Millisecond) { // the relay hears of it
		again, err := l.listen(0)
		if err == nil {
			again.Close()
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("after the first was closed: %v", err)
		}
	}
}

func second(_ *ws.Listener, err error) error { return err }

func TestCallsThatNobodyFetches(t *testing.T) {
	l := newLab(t, func(o *Options) { listening(o); o.DialTimeout = 50 * time.Millisecond })
	web, _, err := websocket.Dial(within(t), "ws://"+l.host+"/relay/listen?port=0", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {l.origin}}})
	if err != nil {
		t.Fatal(err)
	}
	defer web.CloseNow()
	a := l.answer(web)
	c, err := net.Dial("tcp", a.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(bound))
	_, b, err := web.Read(within(t))
	var arrival ws.Arrival
	if err != nil || json.Unmarshal(b, &arrival) != nil || len(arrival.Accept) != 22 || arrival.From != c.LocalAddr().String() {
		t.Fatalf("%s, %v", b, err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the call ends with %v", err)
	}
	late, _, err := websocket.Dial(within(t), "ws://"+l.host+"/relay/accept?token="+arrival.Accept, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {l.origin}}})
	if err != nil {
		t.Fatal(err)
	}
	defer late.CloseNow()
	if a := l.answer(late); a.OK || a.Kind != transport.NotAllowed || !strings.Contains(a.Message, "token") {
		t.Errorf("fetched too late: %+v", a)
	}
}

func TestPortEndsWithItsPage(t *testing.T) {
	l := newLab(t, listening)
	ln, err := l.listen(0)
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	for ctx := within(t); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("tcp", ln.Addr().String())
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			c.Close()
		}
		if ctx.Err() != nil {
			t.Fatal("the port is open although its page is gone")
		}
	}
}

func TestPortIsHeldForATime(t *testing.T) {
	l := newLab(t, func(o *Options) { listening(o); o.MaxListen = 50 * time.Millisecond })
	ln, err := l.listen(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ln.Accept(); err == nil || err.Error() != "the relay keeps a port open for 50ms at most" {
		t.Errorf("it ends with %v", err)
	}
}

func TestShutdownEndsPorts(t *testing.T) {
	l := newLab(t, listening)
	ln, err := l.listen(0)
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- l.relay.Shutdown(within(t)) }()
	if _, err := ln.Accept(); err == nil || err.Error() != "the relay is stopping" {
		t.Errorf("it ends with %v", err)
	}
	ln.Close()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if _, err := net.DialTimeout("tcp", ln.Addr().String(), bound); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the port afterwards: %v", err)
	}
}
