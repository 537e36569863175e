package relay

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"framewise/core/trace"
	"framewise/transport"
	"framewise/transport/ws"

	"github.com/coder/websocket"
)

func (l *lab) tap(to, port string) (*websocket.Conn, ws.Answer) {
	l.t.Helper()
	web, _, err := websocket.Dial(within(l.t), "ws://"+l.host+"/relay/tap?"+url.Values{"to": {to}, "port": {port}}.Encode(),
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {l.origin}}})
	if err != nil {
		l.t.Fatal(err)
	}
	web.SetReadLimit(ws.MaxMessage)
	l.t.Cleanup(func() { web.CloseNow() })
	return web, l.answer(web)
}

func TestThePageSeesWhatPasses(t *testing.T) {
	l := newLab(t, listening)
	web, a := l.tap(target(t, listen(t), echo), "0")
	if !a.OK {
		t.Fatalf("%+v", a)
	}
	c, err := net.Dial("tcp", a.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(bound))
	want := pattern(300_000)
	go func() {
		c.Write(want)
		c.(*net.TCPConn).CloseWrite()
	}()
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d octets came back, %v", len(got), err)
	}
	var d trace.Decoder
	var passed [2][]byte
	kinds := ""
	for !strings.HasSuffix(kinds, "close") {
		typ, b, err := web.Read(within(t))
		if err != nil || typ != websocket.MessageText {
			t.Fatalf("after %q: %v", kinds, err)
		}
		d.Push(b)
		e, ok, err := d.Next()
		if err != nil || !ok {
			t.Fatalf("%s: %v", b, err)
		}
		switch e := e.(type) {
		case *trace.Header:
			kinds += "header "
		case *trace.Conn:
			kinds += "conn "
		case *trace.Chunk:
			passed[e.Dir] = append(passed[e.Dir], e.Octets...)
		case *trace.Close:
			kinds += "close"
		}
	}
	if kinds != "header conn close" || !bytes.Equal(passed[0], want) || !bytes.Equal(passed[1], want) {
		t.Errorf("the page got %q, %d and %d octets", kinds, len(passed[0]), len(passed[1]))
	}
}

func TestTapsThatAreRefused(t *testing.T) {
	l := newLab(t, listening)
	closed := newLab(t, nil)
	to := target(t, listen(t), echo)
	for _, tt := range []struct {
		at       *lab
		to, port string
		says     string
	}{
		{closed, to, "0", "--relay-listen"}, {l, to, "80", "1024"}, {l, "192.0.2.1:80", "0", "--allow"}, {l, "nonsense", "0", "host:port"},
	} {
		if _, a := tt.at.tap(tt.to, tt.port); a.OK || a.Kind != transport.NotAllowed || !strings.Contains(a.Message, tt.says) {
			t.Errorf("%s at %s: %+v", tt.to, tt.port, a)
		}
	}
}

// A name that is allowed and points into a private network is not tapped either.
func TestTapChecksTheAddress(t *testing.T) {
	l := newLab(t, func(o *Options) {
		listening(o)
		o.Allow = []Target{{Host: "inside.example"}}
		o.Resolver = resolver(t, map[string][][]string{"inside.example": {{"127.0.0.1"}}})
	})
	var reached bool
	_, port, _ := net.SplitHostPort(target(t, listen(t), func(net.Conn) { reached = true }))
	_, a := l.tap("inside.example:"+port, "0")
	if !a.OK {
		t.Fatalf("%+v", a)
	}
	c, err := net.Dial("tcp", a.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(bound))
	c.Write([]byte("x"))
	if _, err := c.Read(make([]byte, 1)); err == nil || reached {
		t.Errorf("the target was reached: %v, %v", reached, err)
	}
}

func TestTapEndsWithItsPage(t *testing.T) {
	l := newLab(t, listening)
	web, a := l.tap(target(t, listen(t), echo), "0")
	c, err := net.Dial("tcp", a.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(bound))
	c.Write([]byte("x"))
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	web.Close(websocket.StatusNormalClosure, "")
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection outlives the page")
	}
}
