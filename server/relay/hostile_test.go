package relay

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"framewise/transport"
	"framewise/transport/ws"

	"github.com/coder/websocket"
)

// hostile are addresses that an allowed name must not lead to. Those under private
// may be dialled with --allow-private, as docs/relay.md says; the others never.
var hostile = struct{ private, never []string }{
	private: []string{
		"127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "::1",
		"10.0.0.0", "10.0.0.1", "10.1.2.3", "10.96.0.1", "10.255.255.255",
		"172.16.0.1", "172.17.0.1", "172.20.1.2", "172.31.255.254",
		"192.168.0.1", "192.168.1.1", "192.168.99.100", "192.168.255.255",
		"100.64.0.1", "100.96.1.1", "100.100.1.1", "100.127.255.254",
		"fc00::1", "fd00::1", "fd12:3456:789a::1", "fdff:ffff::1",
	},
	never: []string{
		"0.0.0.0", "0.0.0.1", "0.1.2.3", "0.255.255.255", "::",
		"169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.1", "169.254.1.1", "169.254.255.255",
		"168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::253", "fd20:ce::254", "fd00:42::42",
		"224.0.0.1", "224.0.0.251", "232.1.1.1", "233.252.0.1", "239.255.255.250", "239.255.255.255",
		"240.0.0.1", "250.1.2.3", "255.255.255.254", "255.255.255.255",
		"192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.0.2.255", "198.51.100.1", "203.0.113.7",
		"198.18.0.1", "198.19.255.254", "192.88.99.1", "192.31.196.1", "192.52.193.1", "192.175.48.1",
		"fe80::1", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "ff01::1", "ff02::1", "ff02::fb", "ff05::2", "ff0e::1",
		"2001:db8::1", "2001:db8:ffff::1", "3fff::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
		"2001:2::1", "2001:10::1", "2001:20::1", "2001:30::1", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::",
		"2620:4f:8000::1", "5f00::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::a00:1",
		"::127.0.0.1", "::10.0.0.1", "::ffff:0:7f00:1", "4000::1", "e000::1",
	},
}

// spelling is one way to write an address. Of IPv4 there are twenty, of IPv6 eight.
type spelling struct {
	kind string
	to   string // host, in brackets where that belongs
	way  string // "address": it is the address; "other": it is another one that must never be dialled; "nonsense": no host
}

func spellings(a netip.Addr) []spelling {
	name := spelling{"a name", nameOf(a), "address"}
	if a.Is6() {
		long := a.StringExpanded()
		return []spelling{name,
			{"in brackets", "[" + a.String() + "]", "address"}, {"in full", "[" + long + "]", "address"},
			{"upper case", "[" + strings.ToUpper(long) + "]", "address"}, {"without brackets", a.String(), "nonsense"},
			{"with a zone", "[" + a.String() + "%25eth0]", "nonsense"}, {"final dot", "[" + a.String() + ".]", "nonsense"},
			{"userinfo", "user@[" + a.String() + "]", "nonsense"}}
	}
	b := a.As4()
	n := binary.BigEndian.Uint32(b[:])
	wide := strings.Map(func(r rune) rune {
		if r == '.' {
			return '。'
		}
		return r - '0' + '０'
	}, a.String())
	return []spelling{name,
		{"dotted", a.String(), "address"},
		{"IPv4-mapped", fmt.Sprintf("[::ffff:%s]", a), "address"}, {"IPv4-mapped, hex", fmt.Sprintf("[::FFFF:%X:%X]", n>>16, n&0xffff), "address"},
		{"decimal", fmt.Sprint(n), "nonsense"}, {"hex", fmt.Sprintf("0x%08X", n), "nonsense"}, {"octal", fmt.Sprintf("0%o.0%o.0%o.0%o", b[0], b[1], b[2], b[3]), "nonsense"},
		{"hex parts", fmt.Sprintf("0x%x.0x%x.0x%x.0x%x", b[0], b[1], b[2], b[3]), "nonsense"},
		{"three parts", fmt.Sprintf("%d.%d.%d", b[0], b[1], n&0xffff), "nonsense"},
		{"NAT64", fmt.Sprintf("[64:ff9b::%s]", a), "other"}, {"NAT64, local", fmt.Sprintf("[64:ff9b:1::%s]", a), "other"},
		{"6to4", fmt.Sprintf("[2002:%x:%x::1]", n>>16, n&0xffff), "other"},
		{"Teredo", fmt.Sprintf("[2001:0:4136:e378:8000:63bf:%x:%x]", ^n>>16, ^n&0xffff), "other"},
		{"IPv4-compatible", fmt.Sprintf("[::%s]", a), "other"}, {"IPv4-translated", fmt.Sprintf("[::ffff:0:%s]", a), "other"},
		{"final dot", a.String() + ".", "nonsense"}, {"userinfo", "example.org@" + a.String(), "nonsense"},
		{"fullwidth", wide, "nonsense"}, {"in brackets", "[" + a.String() + "]", "nonsense"}, {"with a path", a.String() + "/", "nonsense"}}
}

// nameOf is the name that the test's resolver has the address under.
func nameOf(a netip.Addr) string {
	return "a" + strings.NewReplacer(".", "-", ":", "-").Replace(a.String()) + "x.hostile.test"
}

// yard is a relay whose dials are counted: by the check, which is asked last before
// the system call, and by listeners at a port of every address of this machine.
type yard struct {
	*lab
	port    string
	passed  atomic.Int32 // addresses that the check let pass
	reached atomic.Int32 // connections that the listeners got
}

// newYard allows every target by name: what is left is the check of the address.
func newYard(t *testing.T, names map[string][][]string, set func(*Options)) *yard {
	y := &yard{}
	ln := listen(t)
	_, y.port, _ = net.SplitHostPort(ln.Addr().String())
	count := func(net.Conn) { y.reached.Add(1) }
	target(t, ln, count)
	for _, a := range own(t) {
		// 127.0.0.1 has the port already; an address may lack it for once.
		if ln, err := net.Listen("tcp", net.JoinHostPort(a.String(), y.port)); err == nil {
			target(t, ln, count)
		}
	}
	y.lab = newLab(t, func(o *Options) {
		o.Resolver = resolver(t, names)
		o.SocketsPerAddress, o.DialsPerMinute, o.ConnsPerPort, o.ListenersPerAddress = 1e6, 1e6, 1e6, 1e6
		o.ListenOn = "127.0.0.1"
		o.Loopback = false
		if set != nil {
			set(o)
		}
	})
	y.relay.checked = func(a netip.Addr, err error) error {
		if err == nil {
			y.passed.Add(1)
			return fmt.Errorf("the test lets nothing out, not even to %s", a)
		}
		return err
	}
	return y
}

// own are this machine's addresses that can be listened on.
func own(t *testing.T) (out []netip.Addr) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && !p.Addr().IsLinkLocalUnicast() {
			out = append(out, p.Addr())
		}
	}
	return out
}

// ask dials a host at the yard's port and gives the refusal back.
func (y *yard) ask(host string) ws.Answer {
	web, a := y.dial(host+":"+y.port, "0")
	web.CloseNow()
	return a
}

// allow adds a target by name, if it has one; whether it has is the answer.
func (y *yard) allow(host string) bool {
	want, err := ParseTarget(host + ":" + y.port)
	if err == nil {
		y.relay.opts.Allow = []Target{want}
	}
	return err == nil
}

// TestHostileAddresses asks for each hostile address in each of its spellings: as
// the relay comes, with the target allowed by name, and with --allow-private.
func TestHostileAddresses(t *testing.T) {
	names := map[string][][]string{}
	type row struct {
		a       netip.Addr
		private bool
	}
	var rows []row
	add := func(private bool, list ...string) {
		for _, s := range list {
			a := netip.MustParseAddr(s)
			rows = append(rows, row{a, private})
			names[nameOf(a)] = [][]string{{s}}
		}
	}
	add(true, hostile.private...)
	add(false, hostile.never...)
	for _, a := range own(t) {
		if !a.IsLoopback() {
			// An own address in a special range is never dialled; see checkAddr.
			add((&Options{Private: true}).checkAddr(Target{Host: "x", Port: 1}, a) == nil, a.String())
		}
	}
	if len(rows) < 100 {
		t.Fatalf("%d addresses; want 100", len(rows))
	}
	modes := []struct {
		name string
		set  func(*Options)
	}{
		{"as it comes", func(o *Options) { o.Loopback = true }},
		{"allowed by name", nil},
		{"with --allow-private", func(o *Options) { o.Private = true }},
	}
	for i, mode := range modes {
		y := newYard(t, names, mode.set)
		asked, refused, let := 0, 0, 0
		for _, r := range rows {
			for _, s := range spellings(r.a) {
				if s.to == "[::0.0.0.1]" {
					continue // this is ::1
				}
				named := true
				if i > 0 {
					named = y.allow(s.to)
				} else if loop := r.a.String(); s.way == "address" && (loop == "127.0.0.1" || loop == "::1") && s.kind != "a name" {
					continue // this is what the relay is for
				}
				if named && s.way == "nonsense" && i > 0 {
					t.Errorf("%s, %s: %q may be allowed by name", r.a, s.kind, s.to)
				}
				before := y.passed.Load()
				a := y.ask(s.to)
				asked++
				may := i == 2 && r.private && s.way == "address"
				passed := y.passed.Load() > before
				if passed != may || a.OK || a.Kind != transport.NotAllowed || a.Message == "" || strings.ContainsAny(a.Message, "\r\n") {
					t.Errorf("%s: %s, %s (%s): passed %v, want %v; answer %+v", mode.name, r.a, s.kind, s.to, passed, may, a)
				}
				if passed {
					let++
				} else {
					refused++
				}
			}
		}
		t.Logf("%-22s %d addresses, %4d spellings asked for: %4d refused before a dial, %3d let through (private ones, as told); connections to this machine: %d",
			mode.name, len(rows), asked, refused, let, y.reached.Load())
		if y.reached.Load() != 0 || i < 2 && let != 0 {
			t.Errorf("%s: %d connections came, %d addresses passed", mode.name, y.reached.Load(), let)
		}
	}
}

// The same addresses behind a tap of the page's: nothing is dialled when a client
// comes to its port.
func TestHostileAddressesBehindATap(t *testing.T) {
	names := map[string][][]string{}
	for _, s := range append(hostile.private, hostile.never...) {
		names[nameOf(netip.MustParseAddr(s))] = [][]string{{s}}
	}
	y := newYard(t, names, nil)
	taps := 0
	for name := range names {
		y.allow(name)
		web, a := y.tap(name+":"+y.port, "0")
		if !a.OK {
			t.Fatalf("%s: %+v", name, a)
		}
		c := call(t, tcpAddr(t, a.Address))
		if _, err := c.Write([]byte("PRI")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: an octet came", name)
		}
		c.Close()
		web.CloseNow()
		taps++
	}
	t.Logf("%d taps, each asked once: %d addresses passed the check, %d connections came", taps, y.passed.Load(), y.reached.Load())
	if y.passed.Load() != 0 || y.reached.Load() != 0 {
		t.Error("a hostile address was dialled")
	}
}

func tcpAddr(t *testing.T, s string) net.Addr {
	t.Helper()
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		t.Fatal(err)
	}
	return net.TCPAddrFromAddrPort(ap)
}

// TestResolversThatLie: answers that change between the look-up and the dial, that
// hide a bad address among good ones, and those of honest names.
func TestResolversThatLie(t *testing.T) {
	const good, good6, bad = "93.184.215.14", "2606:4700::6810:84e5", "127.0.0.1"
	tests := []struct {
		name    string
		answers [][]string
		passes  bool
	}{
		{"honest", [][]string{{good}}, true},
		{"honest, two", [][]string{{good, "1.1.1.1"}}, true},
		{"honest, IPv6", [][]string{{good6}}, true},
		{"honest, both", [][]string{{good, good6}}, true},
		{"honest, moves", [][]string{{good}, {"1.1.1.1"}}, true},
		{"bad", [][]string{{bad}}, false},
		{"good, then bad", [][]string{{good}, {bad}}, false},
		{"good, then metadata", [][]string{{good}, {"169.254.169.254"}}, false},
		{"good, then bad by IPv6", [][]string{{good6}, {"::1"}}, false},
		{"good, then mapped", [][]string{{good}, {"::ffff:127.0.0.1"}}, false},
		{"good, then 0.0.0.0", [][]string{{good}, {"0.0.0.0"}}, false},
		{"bad, then good", [][]string{{bad}, {good}}, false},
		{"good and bad", [][]string{{good, bad}}, false},
		{"bad and good", [][]string{{bad, good}}, false},
		{"four good, one bad", [][]string{{good, "1.1.1.1", "8.8.8.8", "9.9.9.9", "10.0.0.1"}}, false},
		{"good IPv4, bad IPv6", [][]string{{good, "::1"}}, false},
		{"good IPv6, bad IPv4", [][]string{{good6, bad}}, false},
		{"good IPv4, private IPv6", [][]string{{good, "fd00::1"}}, false},
	}
	names := map[string][][]string{}
	for i, tt := range tests {
		names[fmt.Sprintf("n%d.test", i)] = tt.answers
	}
	y := newYard(t, names, nil)
	for i, tt := range tests {
		host := fmt.Sprintf("n%d.test", i)
		y.allow(host)
		// The check of the look-up must pass to see what the dial does.
		looked := 0
		y.relay.checked = func(a netip.Addr, err error) error {
			if looked++; err != nil || looked <= len(tt.answers[0]) {
				return err
			}
			y.passed.Add(1)
			return fmt.Errorf("the test lets nothing out, not even to %s", a)
		}
		before := y.passed.Load()
		a := y.ask(host)
		passed := y.passed.Load() > before
		if passed != tt.passes || a.OK || a.Kind != transport.NotAllowed {
			t.Errorf("%s: passed %v, want %v; %+v", tt.name, passed, tt.passes, a)
		}
		t.Logf("%-26s %-60s dialled: %-5v %s", tt.name, fmt.Sprint(tt.answers), passed, a.Message)
	}
	if y.reached.Load() != 0 {
		t.Errorf("%d connections came", y.reached.Load())
	}
}

// What is no host, or not the one that is allowed, is refused before any look-up.
func TestHostsThatAreNone(t *testing.T) {
	asked := atomic.Int32{}
	y := newYard(t, nil, func(o *Options) {
		o.Allow = []Target{{Host: "example.org"}}
	})
	y.relay.checked = func(_ netip.Addr, err error) error { asked.Add(1); return err }
	for _, to := range []string{"", ":", ":80", "x", "http://example.org:80", "example.org:80/", "example.org:80#", "example.org:80?x", "//example.org:80",
		"example.org\x00.evil.test:80", "example.org%00:80", "example.org\r\nHost: x:80", "example.org :80", " example.org:80", "example.org:80 ", "example.org:+80",
		"example.org:0x50", "example.org:080", "example.org:-1", "example.org:65616", "example.org:80:80", "[example.org]:80", "example..org:80", ".example.org:80",
		"example.org..:80", "example。org:80", "ｅxample.org:80", "exаmple.org:80", "example.org\\@evil.test:80", strings.Repeat("a.", 200) + "org:80"} {
		web, res, err := websocket.Dial(within(t), "ws://"+y.host+"/relay?"+url.Values{"to": {to}}.Encode(),
			&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {y.origin}}})
		if err != nil {
			t.Fatalf("%q: %v, %v", to, res, err)
		}
		a := y.answer(web)
		web.CloseNow()
		if a.OK || a.Kind != transport.NotAllowed {
			t.Errorf("%q: %+v", to, a)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("%d addresses were asked for", asked.Load())
	}
}
