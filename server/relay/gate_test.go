package relay

import (
	"crypto/tls"
	"fmt"
	"framewise/server/internal/gate"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"framewise/transport"
	"framewise/transport/testcert"
)

func TestOriginAndHostAreExact(t *testing.T) {
	const good, host = "http://127.0.0.1:8420", "127.0.0.1:8420"
	r, err := New(Options{Origins: []string{good, "http://localhost:8420"}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		host   string
		origin []string
		pass   bool
	}{
		{host, []string{good}, true},
		{"localhost:8420", []string{"http://localhost:8420"}, true},
		{"LOCALHOST:8420", []string{"http://localhost:8420"}, true}, // names have no case
		{"localhost:8420", []string{good}, true},
		{host, nil, false},
		{host, []string{""}, false},
		{host, []string{"null"}, false},
		{host, []string{good, good}, false},
		{host, []string{"https://127.0.0.1:8420"}, false},
		{host, []string{"http://127.0.0.1"}, false},
		{host, []string{"http://127.0.0.1:8421"}, false},
		{host, []string{"http://127.0.0.1:8420/"}, false},
		{host, []string{"http://127.0.0.1:8420.evil.example"}, false},
		{host, []string{"http://evil.example"}, false},
		{host, []string{"http://evil.example:8420"}, false},
		{host, []string{"HTTP://127.0.0.1:8420"}, false},
		{host, []string{" " + good}, false},
		{host, []string{"http://user@127.0.0.1:8420"}, false},
		{host, []string{"http://[::1]:8420"}, false},
		{host, []string{"http://2130706433:8420"}, false},
		// A name of the attacker's that points here: Origin equals Host.
		{"evil.example:8420", []string{"http://evil.example:8420"}, false},
		{"evil.example:8420", []string{good}, false},
		{"127.0.0.1", []string{good}, false},
		{"127.0.0.1:80", []string{good}, false},
		{"", []string{good}, false},
		{"127.0.0.1:8420.", []string{good}, false},
		{"localhost.:8420", []string{"http://localhost.:8420"}, false},
		{"[::1]:8420", []string{"http://[::1]:8420"}, false},
		{"127.0.0.1:8420, evil.example", []string{good}, false},
		{"localhost:8420", []string{"http://LOCALHOST:8420"}, false},
	}
	for _, tt := range tests {
		req := httptest.NewRequest("GET", "/relay?to=127.0.0.1:9000", nil)
		req.Host, req.Header["Origin"] = tt.host, tt.origin
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		// One that passes the gate fails after it, for want of an upgrade.
		if pass := w.Code == http.StatusUpgradeRequired; pass != tt.pass {
			t.Errorf("Host %q, Origin %q: status %d, passed = %v; want %v", tt.host, tt.origin, w.Code, pass, tt.pass)
		} else if !pass && w.Code != http.StatusForbidden {
			t.Errorf("Host %q, Origin %q: status %d; want 403", tt.host, tt.origin, w.Code)
		}
	}
}

func TestOriginsAreChecked(t *testing.T) {
	for _, o := range []string{"", "*", "null", "127.0.0.1:8420", "http://h/", "http://h/p", "ftp://h", "http://"} {
		if _, err := New(Options{Origins: []string{o}}); err == nil {
			t.Errorf("origin %q was accepted", o)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("a relay without any origin was made")
	}
}

func TestParseTarget(t *testing.T) {
	good := map[string]Target{
		"127.0.0.1:9000":      {"127.0.0.1", 9000},
		"[::1]:443":           {"::1", 443},
		"[0:0::1]:443":        {"::1", 443},
		"[::ffff:1.2.3.4]:80": {"1.2.3.4", 80},
		"Example.ORG.:443":    {"example.org", 443},
		"localhost:*":         {"localhost", 0},
		"xn--bcher-kva.ch:1":  {"xn--bcher-kva.ch", 1},
	}
	for s, want := range good {
		if got, err := ParseTarget(s); err != nil || got != want {
			t.Errorf("ParseTarget(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "host", "host:", "host:0", "host:65536", "host:http", ":80", "::1:80",
		"[fe80::1%eth0]:80", "bücher.ch:80", "a b:80", "user@host:80", "host:80/path", strings.Repeat("a", 254) + ":80", "*:80"} {
		if got, err := ParseTarget(s); err == nil {
			t.Errorf("ParseTarget(%q) = %v; want an error", s, got)
		}
	}
}

func TestWildcardPortLeavesOutMail(t *testing.T) {
	o := Options{Allow: []Target{{"mail.example", 0}}}
	if o.check(Target{"mail.example", 443}) != nil {
		t.Error("port 443 was refused")
	}
	if o.check(Target{"mail.example", 25}) == nil {
		t.Error("port 25 was allowed by *")
	}
}

func TestCheckAddr(t *testing.T) {
	const name, here = "example.org", "localhost"
	tests := []struct {
		host, addr        string
		plain, loop, priv bool // allowed without options, with Loopback, with Private
	}{
		{name, "93.184.216.34", true, true, true},
		{name, "2606:2800:220:1::1", true, true, true},
		{name, "127.0.0.1", false, false, true},
		{name, "127.8.9.10", false, false, true},
		{name, "::1", false, false, true},
		{name, "::ffff:127.0.0.1", false, false, true},
		{here, "127.0.0.1", false, true, true},
		{here, "::1", false, true, true},
		{"127.0.0.1", "127.0.0.1", false, true, true},
		{"::1", "::1", false, true, true},
		{here, "10.0.0.1", false, false, true},
		{name, "10.1.2.3", false, false, true},
		{name, "172.16.0.1", false, false, true},
		{name, "192.168.1.1", false, false, true},
		{name, "100.64.0.1", false, false, true},
		{name, "fd00::1", false, false, true},
		{name, "169.254.169.254", false, false, false},
		{name, "fe80::1", false, false, false},
		{name, "168.63.129.16", false, false, false},
		{name, "0.0.0.0", false, false, false},
		{here, "0.0.0.0", false, false, false},
		{name, "::", false, false, false},
		{name, "224.0.0.1", false, false, false},
		{name, "ff02::1", false, false, false},
		{name, "255.255.255.255", false, false, false},
		{name, "198.18.0.1", false, false, false},
		{name, "2002:7f00:1::", false, false, false},
		{name, "64:ff9b::7f00:1", false, false, false},
		{name, "64:ff9b::a00:1", false, false, false},
	}
	for _, tt := range tests {
		for _, o := range []struct {
			opts Options
			want bool
		}{{Options{}, tt.plain}, {Options{Loopback: true}, tt.loop}, {Options{Private: true}, tt.priv}} {
			err := o.opts.checkAddr(Target{tt.host, 443}, netip.MustParseAddr(tt.addr))
			if (err == nil) != o.want {
				t.Errorf("%s at %s with loopback %v, private %v: %v; want allowed = %v",
					tt.host, tt.addr, o.opts.Loopback, o.opts.Private, err, o.want)
			}
		}
	}
}

// fails dials and checks kind and message of the refusal.
func fails(t *testing.T, l *lab, to, tls string, kind transport.Kind, message string) {
	t.Helper()
	web, a := l.dial(to, tls)
	if a.OK || a.Kind != kind || !strings.Contains(a.Message, message) {
		t.Fatalf("dial %s: %+v; want kind %q with %q", to, a, kind, message)
	}
	if strings.ContainsAny(a.Message, "\r\n") {
		t.Fatalf("the message has more than one line: %q", a.Message)
	}
	if _, _, err := web.Read(within(t)); err == nil {
		t.Fatal("a message came after the refusal; want the close")
	}
}

func TestFailuresAreTold(t *testing.T) {
	ca, other := testcert.New(t), testcert.New(t)
	day := 24 * time.Hour
	serve := func(t *testing.T, cert tls.Certificate, protos ...string) string {
		ln := tls.NewListener(listen(t), &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: protos})
		return target(t, ln, func(c net.Conn) { c.(*tls.Conn).Handshake() })
	}
	good := ca.Server(t, time.Time{}, "127.0.0.1")
	closed := listen(t)
	closed.Close()
	tests := []struct {
		name    string
		to      func(*testing.T) string
		tls     string
		kind    transport.Kind
		message string
	}{
		{"no listener", func(*testing.T) string { return closed.Addr().String() }, "0", transport.Refused, "no server listens there"},
		{"not on the list", func(*testing.T) string { return "example.org:443" }, "1", transport.NotAllowed, "--allow example.org:443"},
		{"no target", func(*testing.T) string { return "" }, "0", transport.NotAllowed, "not host:port"},
		{"every port", func(*testing.T) string { return "localhost:*" }, "0", transport.NotAllowed, "has no port"},
		{"strange tls", func(*testing.T) string { return "localhost:1" }, "yes", transport.NotAllowed, `tls="yes"`},
		{"unknown name", func(*testing.T) string { return "nowhere.test:80" }, "0", transport.DNS, "nowhere.test"},
		{"only HTTP/1.1", func(t *testing.T) string { return serve(t, good, "http/1.1") }, "1", transport.NoH2, "ALPN says http/1.1"},
		{"no ALPN", func(t *testing.T) string { return serve(t, good) }, "1", transport.NoH2, "no ALPN"},
		{"other protocols", func(t *testing.T) string { return serve(t, good, "acme") }, "1", transport.NoH2, "no HTTP/2"},
		{"cleartext", func(t *testing.T) string {
			return target(t, listen(t), func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
		}, "1", transport.NoH2, "doesn't speak TLS"},
		{"hangs up", func(t *testing.T) string { return target(t, listen(t), func(net.Conn) {}) }, "1", transport.Refused, "during the TLS handshake"},
		{"own authority", func(t *testing.T) string { return serve(t, other.Server(t, time.Time{}, "127.0.0.1"), "h2") }, "1", transport.Certificate, "--ca FILE"},
		{"other name", func(t *testing.T) string { return serve(t, ca.Server(t, time.Time{}, "example.org"), "h2") }, "1", transport.Certificate, "not for the name 127.0.0.1"},
		{"expired", func(t *testing.T) string { return serve(t, ca.Server(t, time.Now().Add(-day), "127.0.0.1"), "h2") }, "1", transport.Certificate, "it is valid from"},
		{"silent", func(t *testing.T) string { return listen(t).Addr().String() }, "1", transport.Timeout, "did not finish the TLS handshake in time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, func(o *Options) {
				o.RootCAs, o.DialTimeout = ca.Pool, bound
				if tt.kind == transport.Timeout {
					o.DialTimeout = 300 * time.Millisecond
				}
				o.Resolver = resolver(t, nil)
				o.Allow = append(o.Allow, Target{"nowhere.test", 80})
			})
			fails(t, l, tt.to(t), tt.tls, tt.kind, tt.message)
		})
	}
}

// A name that is allowed is of no use to reach this machine, whatever its
// owner makes it point to, at the first look-up or at a later one.
func TestAllowedNameThatPointsHere(t *testing.T) {
	reached := make(chan struct{}, 8)
	to := target(t, listen(t), func(net.Conn) { reached <- struct{}{} })
	_, port, _ := net.SplitHostPort(to)
	l := newLab(t, func(o *Options) {
		o.Resolver = resolver(t, map[string][][]string{
			"rebind.test": {{"127.0.0.1"}, {"127.0.0.2", "127.0.0.1"}, {"0.0.0.0"}, {"169.254.169.254"}},
		})
		tt, err := ParseTarget("rebind.test:*")
		if err != nil {
			t.Fatal(err)
		}
		o.Allow = append(o.Allow, tt)
	})
	for range 4 {
		fails(t, l, "rebind.test:"+port, "0", transport.NotAllowed, "rebind.test")
	}
	if len(reached) != 0 {
		t.Fatal("the target was reached")
	}
}

func TestSocketsOfOneAddress(t *testing.T) {
	l := newLab(t, func(o *Options) { o.SocketsPerAddress = 2 })
	to := target(t, listen(t), echo)
	first, a := l.dial(to, "0")
	_, b := l.dial(to, "0")
	if !a.OK || !b.OK {
		t.Fatalf("answers %+v, %+v; want both ok", a, b)
	}
	fails(t, l, to, "0", transport.NotAllowed, "2 connections for one address at once")
	first.Close(1000, "")
	// The place is free as soon as the relay has noticed the end.
	for deadline := time.Now().Add(bound); ; time.Sleep(10 * time.Millisecond) {
		if _, c := l.dial(to, "0"); c.OK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the place of a closed socket was never given back")
		}
		l.relay.clients.mu.Lock()
		l.relay.clients.by["127.0.0.1"].dials = nil // the test is not of the dials
		l.relay.clients.mu.Unlock()
	}
}

func TestDialsAMinute(t *testing.T) {
	cs := newClients(100, 3)
	now := time.Unix(1000, 0)
	for i := range 3 {
		done, why := cs.take("a", now.Add(time.Duration(i)*10*time.Second))
		if why != "" {
			t.Fatalf("dial %d was refused: %s", i+1, why)
		}
		done()
		done() // a second call changes nothing
	}
	if _, why := cs.take("a", now.Add(30*time.Second)); !strings.HasSuffix(why, "dial again in 31 s") {
		t.Errorf("the fourth dial in a minute: %q; want a refusal that says 31 s", why)
	}
	if _, why := cs.take("b", now.Add(30*time.Second)); why != "" {
		t.Errorf("another address was refused: %s", why)
	}
	if _, why := cs.take("a", now.Add(60*time.Second)); why != "" {
		t.Errorf("a minute after the first dial: refused, %s", why)
	}
	if cs.by["a"].open != 1 {
		t.Errorf("%d sockets are counted open; want 1", cs.by["a"].open)
	}
	cs.take("c", now.Add(10*time.Minute))
	if len(cs.by) != 3 { // a and b still have a socket
		t.Errorf("%d clients are remembered after ten minutes; want 3", len(cs.by))
	}
}

func TestClientKey(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1":           "192.0.2.7",
		"[::ffff:192.0.2.7]:1":  "192.0.2.7",
		"[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64",
		"[::1]:1":               "::1",
	} {
		if got := gate.ClientKey(remote); got != want {
			t.Errorf("ClientKey(%s) = %s; want %s", remote, got, want)
		}
	}
}
