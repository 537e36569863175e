package relay

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"framewise/transport/ws"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bound is how long a single step of a test may take before it counts as hung.
const bound = 20 * time.Second

// lab is a relay on a loopback port.
type lab struct {
	t      *testing.T
	relay  *Relay
	origin string // of the page that may use it
	host   string
}

// newLab starts a relay; set changes the options, which allow loopback targets
// and have no log.
func newLab(t *testing.T, set func(*Options)) *lab {
	t.Helper()
	ln := listen(t)
	l := &lab{t: t, host: ln.Addr().String(), origin: "http://" + ln.Addr().String()}
	o := Options{Origins: []string{l.origin}, Allow: LoopbackTargets, Loopback: true, DialTimeout: bound,
		Log: slog.New(slog.DiscardHandler)}
	if set != nil {
		set(&o)
	}
	var err error
	if l.relay, err = New(o); err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: l.relay}
	go srv.Serve(ln)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		if err := l.relay.Shutdown(ctx); err != nil {
			t.Errorf("the relay did not stop: %v", err)
		}
		srv.Close()
	})
	return l
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// within is a context for one step.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	t.Cleanup(cancel)
	return ctx
}

// open makes the WebSocket as a page at origin would, with the default Host.
func (l *lab) open(to, tls, origin string) (*websocket.Conn, *http.Response, error) {
	q := url.Values{"to": {to}, "tls": {tls}}
	web, res, err := websocket.Dial(within(l.t), "ws://"+l.host+"/relay?"+q.Encode(), &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {origin}},
	})
	if err == nil {
		web.SetReadLimit(ws.MaxMessage)
		l.t.Cleanup(func() { web.CloseNow() })
	}
	return web, res, err
}

// dial opens the WebSocket and reads the relay's first message.
func (l *lab) dial(to, tls string) (*websocket.Conn, ws.Answer) {
	l.t.Helper()
	web, _, err := l.open(to, tls, l.origin)
	if err != nil {
		l.t.Fatalf("the WebSocket was refused: %v", err)
	}
	return web, l.answer(web)
}

func (l *lab) answer(web *websocket.Conn) ws.Answer {
	l.t.Helper()
	typ, b, err := web.Read(within(l.t))
	if err != nil || typ != websocket.MessageText {
		l.t.Fatalf("the first message: type %v, error %v; want a text message", typ, err)
	}
	var a ws.Answer
	if err := json.Unmarshal(b, &a); err != nil {
		l.t.Fatalf("the first message %q: %v", b, err)
	}
	return a
}

// wantClose reads until the relay closes, and checks code and reason. What was
// read before is returned.
func (l *lab) wantClose(web *websocket.Conn, code websocket.StatusCode, reason string) (got []byte) {
	l.t.Helper()
	for {
		_, b, err := web.Read(within(l.t))
		got = append(got, b...)
		if err == nil {
			continue
		}
		var ce websocket.CloseError
		if !errorsAs(err, &ce) {
			l.t.Fatalf("the connection ended with %v; want close %d %q", err, code, reason)
		}
		if ce.Code != code || ce.Reason != reason {
			l.t.Fatalf("closed with %d %q; want %d %q", ce.Code, ce.Reason, code, reason)
		}
		return got
	}
}

// target runs a server that gives each connection to serve and closes it
// afterwards. Its address is returned.
func target(t *testing.T, ln net.Listener, serve func(net.Conn)) string {
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		wg.Wait()
	})
	return ln.Addr().String()
}

func echo(c net.Conn) { io.Copy(c, c) }

// resolver answers look-ups from names: for each look-up of a name the next
// list of addresses, the last one for ever. A name that it lacks doesn't exist.
func resolver(t *testing.T, names map[string][][]string) *net.Resolver {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		asked := map[string]int{}
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			if b := answerDNS(buf[:n], names, asked); b != nil {
				pc.WriteTo(b, from)
			}
		}
	}()
	t.Cleanup(func() {
		pc.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func answerDNS(query []byte, names map[string][][]string, asked map[string]int) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	name := q.Name.String()
	name = name[:len(name)-1]
	lists, ok := names[name]
	m.Response, m.Additionals = true, nil
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
	} else if q.Type == dnsmessage.TypeA || q.Type == dnsmessage.TypeAAAA {
		count := name + q.Type.String()
		i := min(asked[count], len(lists)-1)
		asked[count]++
		for _, s := range lists[i] {
			a := netip.MustParseAddr(s)
			r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}}
			switch {
			case a.Is4() && q.Type == dnsmessage.TypeA:
				r.Body = &dnsmessage.AResource{A: a.As4()}
			case a.Is6() && q.Type == dnsmessage.TypeAAAA:
				r.Body = &dnsmessage.AAAAResource{AAAA: a.As16()}
			default:
				continue
			}
			m.Answers = append(m.Answers, r)
		}
	}
	b, err := m.Pack()
	if err != nil {
		return nil
	}
	return b
}
