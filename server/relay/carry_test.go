package relay

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"framewise/transport/testcert"

	"framewise/transport/ws"

	"github.com/coder/websocket"
)

func errorsAs(err error, target any) bool { return errors.As(err, target) }

func wantOK(t *testing.T, a ws.Answer) {
	t.Helper()
	if !a.OK {
		t.Fatalf("the relay answered %+v; want ok", a)
	}
}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>8) ^ byte(i)*31
	}
	return b
}

// send writes b in messages of the largest size.
func send(ctx context.Context, web *websocket.Conn, b []byte) error {
	for len(b) > 0 {
		n := min(len(b), ws.MaxMessage)
		if err := web.Write(ctx, websocket.MessageBinary, b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// receive reads n octets of binary messages.
func receive(t *testing.T, web *websocket.Conn, n int) []byte {
	t.Helper()
	var got []byte
	for len(got) < n {
		typ, b, err := web.Read(within(t))
		if err != nil {
			t.Fatalf("after %d of %d octets: %v", len(got), n, err)
		}
		if typ != websocket.MessageBinary || len(b) > ws.MaxMessage {
			t.Fatalf("a message of type %v with %d octets; want binary, at most %d", typ, len(b), ws.MaxMessage)
		}
		got = append(got, b...)
	}
	return got
}

func TestOctetsPassUnchangedBothWays(t *testing.T) {
	l := newLab(t, nil)
	to := target(t, listen(t), echo)
	web, a := l.dial(to, "0")
	if !a.OK || a.Address != to || a.TLS != "" {
		t.Fatalf("answer %+v; want ok, address %s and no TLS", a, to)
	}
	want := pattern(3<<20 + 17)
	sent := make(chan error, 1)
	go func() { sent <- send(within(t), web, want) }()
	got := receive(t, web, len(want))
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("the octets that came back differ from those sent")
	}
}

func TestTargetEndClosesWithReason(t *testing.T) {
	l := newLab(t, nil)
	to := target(t, listen(t), func(c net.Conn) { io.WriteString(c, "last words") })
	web, a := l.dial(to, "0")
	wantOK(t, a)
	got := l.wantClose(web, websocket.StatusNormalClosure, "the target closed the connection")
	if string(got) != "last words" {
		t.Fatalf("read %q before the end; want all that the target sent", got)
	}
}

// A target that says why it closes while the client still sends must be heard.
func TestLastWordsSurviveAFailedWrite(t *testing.T) {
	l := newLab(t, nil)
	to := target(t, listen(t), func(c net.Conn) {
		io.WriteString(c, "GOAWAY")
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
	})
	web, a := l.dial(to, "0")
	wantOK(t, a)
	if err := send(within(t), web, pattern(1000)); err != nil {
		t.Fatal(err)
	}
	got := l.wantClose(web, websocket.StatusNormalClosure, "the target closed the connection")
	if string(got) != "GOAWAY" {
		t.Fatalf("read %q; want GOAWAY", got)
	}
}

func TestClientEndClosesTarget(t *testing.T) {
	l := newLab(t, nil)
	ended := make(chan error, 1)
	to := target(t, listen(t), func(c net.Conn) {
		_, err := io.Copy(io.Discard, c)
		ended <- err
	})
	web, a := l.dial(to, "0")
	wantOK(t, a)
	web.Close(websocket.StatusNormalClosure, "")
	select {
	case <-ended:
	case <-time.After(bound):
		t.Fatal("the target's connection stayed open after the client left")
	}
}

func TestTLS(t *testing.T) {
	ca := testcert.New(t)
	l := newLab(t, func(o *Options) { o.RootCAs = ca.Pool })
	var name atomic.Value
	ln := tls.NewListener(listen(t), &tls.Config{
		Certificates: []tls.Certificate{ca.Server(t, time.Time{}, "localhost")},
		NextProtos:   []string{"h2"},
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			name.Store(h.ServerName)
			return nil, nil
		},
	})
	to := target(t, ln, echo)
	_, port, _ := net.SplitHostPort(to)
	web, a := l.dial("localhost:"+port, "1")
	if !a.OK || a.TLS != "TLS 1.3" || a.ALPN != "h2" || !strings.HasPrefix(a.Cipher, "TLS_") || a.Address != to {
		t.Fatalf("answer %+v; want ok, TLS 1.3, h2, a cipher, %s", a, to)
	}
	if got := name.Load(); got != "localhost" {
		t.Fatalf("the server name asked for was %q; want localhost", got)
	}
	want := pattern(100_000)
	go send(within(t), web, want)
	if got := receive(t, web, len(want)); !bytes.Equal(got, want) {
		t.Fatal("the octets that came back differ from those sent")
	}
}

// A target that doesn't read stops the client, and nothing is lost.
func TestBackpressure(t *testing.T) {
	const size = 48 << 20
	l := newLab(t, func(o *Options) { o.MaxOctets = 2 * size })
	start := make(chan struct{})
	sum := make(chan [32]byte, 1)
	to := target(t, listen(t), func(c net.Conn) {
		select {
		case <-start:
		case <-time.After(bound):
		}
		h := sha256.New()
		c.SetReadDeadline(time.Now().Add(bound))
		io.CopyN(h, c, size)
		sum <- [32]byte(h.Sum(nil))
	})
	web, a := l.dial(to, "0")
	if !a.OK {
		t.Fatalf("answer %+v", a)
	}
	data := pattern(size)
	var wrote atomic.Int64
	var sender sync.WaitGroup
	within := within(t)
	sender.Go(func() {
		for at := 0; at < size; at += ws.MaxMessage {
			if web.Write(within, websocket.MessageBinary, data[at:at+ws.MaxMessage]) != nil {
				return
			}
			wrote.Add(ws.MaxMessage)
		}
	})
	before := int64(-1)
	for now := wrote.Load(); now != before || now == 0; now = wrote.Load() {
		before = now
		time.Sleep(200 * time.Millisecond)
		if within.Err() != nil {
			t.Fatal("the client could send nothing at all")
		}
	}
	if before == size {
		t.Errorf("all %d octets were taken although the target read none", size)
	}
	close(start)
	if got := <-sum; got != sha256.Sum256(data) {
		t.Error("the octets that the target read differ from those sent")
	}
	sender.Wait()
}

func TestLimitsOfAConnection(t *testing.T) {
	endless := func(c net.Conn) {
		for b := make([]byte, 4096); ; {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}
	sink := func(c net.Conn) { io.Copy(io.Discard, c) }
	tests := []struct {
		name   string
		set    func(*Options)
		serve  func(net.Conn)
		act    func(context.Context, *websocket.Conn)
		code   websocket.StatusCode
		reason string
	}{
		{"octets to the target", func(o *Options) { o.MaxOctets = 50_000 }, sink,
			func(ctx context.Context, web *websocket.Conn) { send(ctx, web, pattern(50_001)) },
			websocket.StatusPolicyViolation, "the relay carries 50000 octets each way in a connection at most"},
		{"octets from the target", func(o *Options) { o.MaxOctets = 50_000 }, endless, nil,
			websocket.StatusPolicyViolation, "the relay carries 50000 octets each way in a connection at most"},
		{"idle", func(o *Options) { o.IdleTimeout = 30 * time.Millisecond }, sink, nil,
			websocket.StatusPolicyViolation, "nothing was sent either way for 30ms"},
		{"duration", func(o *Options) { o.MaxDuration, o.MaxOctets = 50*time.Millisecond, 1<<40 }, endless, nil,
			websocket.StatusPolicyViolation, "the relay carries a connection for 50ms at most"},
		{"text message", nil, sink,
			func(ctx context.Context, web *websocket.Conn) { web.Write(ctx, websocket.MessageText, []byte("x")) },
			websocket.StatusUnsupportedData, "the relay carries binary messages only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, tt.set)
			web, a := l.dial(target(t, listen(t), tt.serve), "0")
			if !a.OK {
				t.Fatalf("answer %+v", a)
			}
			if tt.act != nil {
				tt.act(within(t), web)
			}
			got := l.wantClose(web, tt.code, tt.reason)
			if len(got) > 50_000 && tt.name == "octets from the target" {
				t.Fatalf("%d octets came, the limit is 50000", len(got))
			}
		})
	}
}

func TestLongMessageIsRefused(t *testing.T) {
	l := newLab(t, nil)
	web, a := l.dial(target(t, listen(t), func(c net.Conn) { io.Copy(io.Discard, c) }), "0")
	wantOK(t, a)
	web.Write(within(t), websocket.MessageBinary, pattern(ws.MaxMessage)) // the largest that is taken
	web.Write(within(t), websocket.MessageBinary, pattern(ws.MaxMessage+1))
	_, _, err := web.Read(within(t))
	if websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Fatalf("ended with %v; want close 1009", err)
	}
}

func TestNothingBeforeTheAnswer(t *testing.T) {
	l := newLab(t, func(o *Options) { o.Resolver = resolver(t, nil) })
	// A listener whose queue is never emptied accepts TCP but no TLS: the dial
	// stays under way while the client breaks the rule.
	ln := listen(t)
	web, _, err := l.open(ln.Addr().String(), "1", l.origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := web.Write(within(t), websocket.MessageBinary, []byte("PRI * HTTP/2.0")); err != nil {
		t.Fatal(err)
	}
	l.wantClose(web, websocket.StatusPolicyViolation, "a message came before the relay's first: wait for it")
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(bound))
	got, _ := io.ReadAll(c)
	if bytes.Contains(got, []byte("PRI")) {
		t.Fatalf("the target was sent %q", got)
	}
}

func TestShutdownClosesWithGoingAway(t *testing.T) {
	l := newLab(t, nil)
	to := target(t, listen(t), echo)
	web, a := l.dial(to, "0")
	if !a.OK {
		t.Fatalf("answer %+v", a)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- l.relay.Shutdown(within(t)) }()
	l.wantClose(web, websocket.StatusGoingAway, "the relay is stopping")
	if err := <-stopped; err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	_, res, err := l.open(to, "0", l.origin)
	if err == nil || res == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("a dial after the stop gave %v, %v; want status 503", res, err)
	}
}

func TestAuditLineHasFactsAndNoPayload(t *testing.T) {
	var mu sync.Mutex
	var out bytes.Buffer
	l := newLab(t, func(o *Options) {
		o.Log = slog.New(slog.NewJSONHandler(writer(func(b []byte) { mu.Lock(); out.Write(b); mu.Unlock() }), nil))
	})
	to := target(t, listen(t), echo)
	web, a := l.dial(to, "0")
	wantOK(t, a)
	send(within(t), web, []byte("a secret of 25 octets ..."))
	receive(t, web, 25)
	web.Close(websocket.StatusNormalClosure, "")
	line := ""
	for ctx := within(t); line == "" && ctx.Err() == nil; time.Sleep(time.Millisecond) {
		mu.Lock()
		line = out.String()
		mu.Unlock()
	}
	for _, want := range []string{`"to":"` + to + `"`, `"address":"` + to + `"`, `"up":25`, `"down":25`, `"end":"the client closed`} {
		if !strings.Contains(line, want) {
			t.Errorf("the line lacks %s: %s", want, line)
		}
	}
	if strings.Contains(line, "secret") {
		t.Errorf("the line holds payload: %s", line)
	}
	if strings.Contains(line, `"client":"127.0.0.1`) {
		t.Errorf("the line holds the client's address: %s", line)
	}
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }
