package tlsend

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// issued is a certificate with its key and the authority that signed it, in PEM.
type issued struct {
	pair tls.Certificate
	ca   string
	root []byte // the authority in DER
}

// issue makes a certificate for name that is valid around now, signed by an
// authority of its own.
func issue(t *testing.T, name string, from, to time.Time) issued {
	t.Helper()
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	sign := func(c, by *x509.Certificate, pub, priv any) []byte {
		der, err := x509.CreateCertificate(rand.Reader, c, by, pub, priv)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	caKey, leafKey := key(), key()
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority"}, NotBefore: time.Unix(0, 0),
		NotAfter: to.AddDate(50, 0, 0), IsCA: true, BasicConstraintsValid: true}
	root := sign(ca, ca, &caKey.PublicKey, caKey)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to, DNSNames: []string{name, "*." + name}}
	der := sign(leaf, ca, &leafKey.PublicKey, caKey)
	return issued{pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: leafKey}, root: root,
		ca: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}))}
}

// said is an answer of Dialer.Run.
type said struct {
	flags                                            byte
	out, clear                                       []byte
	keys, kind, text                                 string
	version, alpn, cipher, name, names, issuer, rest string
}

func run(d *Dialer, cmd byte, b []byte) said {
	a := d.Run(append([]byte{cmd}, b...))
	s := said{flags: a[0]}
	a = a[1:]
	take := func() (v string) { v, a = str(a); return v }
	s.out, s.clear = []byte(take()), []byte(take())
	for _, to := range []*string{&s.keys, &s.kind, &s.text, &s.version, &s.alpn, &s.cipher, &s.name, &s.names, &s.issuer} {
		*to = take()
	}
	s.rest = string(a)
	return s
}

func begin(d *Dialer, to, own string) said {
	var b []byte
	for _, s := range []string{to, own} {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	return run(d, cmdBegin, b)
}

// shake dials over a connection whose other end serve has, until the handshake is
// done or has failed. The answers' keys are added up.
func shake(t *testing.T, d *Dialer, to, own string, serve func(net.Conn)) (said, net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ours, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	go serve(theirs)
	t.Cleanup(func() { ours.Close() })
	if err := ours.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	a := begin(d, to, own)
	keys := a.keys
	b := make([]byte, 64<<10)
	for a.flags&flagSecured == 0 && a.kind == "" {
		if len(a.out) > 0 {
			if _, err := ours.Write(a.out); err != nil {
				a = run(d, cmdCut, nil)
				continue
			}
		}
		n, err := ours.Read(b)
		if err != nil {
			a = run(d, cmdCut, nil)
		} else {
			a = run(d, cmdTurn, b[:n])
		}
		keys += a.keys
	}
	a.keys = keys
	if len(a.out) > 0 {
		_, _ = ours.Write(a.out) // an alert, which the server may not wait for
	}
	return a, ours
}

// server answers the handshake with a config, then says hello.
func server(config *tls.Config) func(net.Conn) {
	return func(nc net.Conn) {
		defer nc.Close()
		c := tls.Server(nc, config)
		if c.Handshake() == nil {
			_, _ = c.Write([]byte("hello"))
			_, _ = io.Copy(io.Discard, c)
		}
	}
}

func TestDialer(t *testing.T) {
	now := time.Now()
	good := issue(t, "example.test", now.Add(-time.Hour), now.Add(time.Hour))
	h2 := func(set func(*tls.Config)) func(net.Conn) {
		c := &tls.Config{Certificates: []tls.Certificate{good.pair}, NextProtos: []string{"h2"}}
		if set != nil {
			set(c)
		}
		return server(c)
	}
	var d Dialer
	if a := begin(&d, "example.test:443", ""); a.kind == "" {
		t.Error("a dialer without roots dials")
	}
	if a := run(&d, cmdRoots, good.root); a.kind != "" {
		t.Fatal(a.text)
	}
	for name, set := range map[string]func(*tls.Config){
		"TLS 1.3":             nil,
		"TLS 1.2":             func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		"a HelloRetryRequest": func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP384} },
	} {
		a, _ := shake(t, &d, "example.test:443", "", h2(set))
		version := "TLS 1.3"
		if name == "TLS 1.2" {
			version = name
		}
		if a.kind != "" || a.version != version || a.alpn != "h2" || a.cipher == "" || a.name != "example.test" ||
			a.names != "example.test *.example.test" || a.issuer != "an authority" || a.rest != "" {
			t.Errorf("%s: %+v", name, a)
		}
		if want := map[string]string{"TLS 1.3": "CLIENT_TRAFFIC_SECRET_0 ", "TLS 1.2": "CLIENT_RANDOM "}[version]; !strings.Contains(a.keys, want) {
			t.Errorf("%s: the key log is %q", name, a.keys)
		}
	}
	stranger := issue(t, "example.test", now.Add(-time.Hour), now.Add(time.Hour))
	expired := issue(t, "example.test", now.AddDate(0, 0, -9), now.AddDate(0, 0, -2))
	for name, c := range map[string]struct {
		to, own string
		serve   func(net.Conn)
		kind    string
		says    string
	}{
		"another name":      {"elsewhere.test:443", "", h2(nil), "certificate", "not for the name elsewhere.test"},
		"nobody's":          {"example.test:443", "", server(&tls.Config{Certificates: []tls.Certificate{stranger.pair}}), "certificate", "Trusted certificates"},
		"expired":           {"example.test:443", expired.ca, server(&tls.Config{Certificates: []tls.Certificate{expired.pair}}), "certificate", "valid from"},
		"no h2":             {"example.test:443", "", h2(func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }), "no-h2", "ALPN says http/1.1"},
		"no ALPN":           {"example.test:443", "", h2(func(c *tls.Config) { c.NextProtos = nil }), "no-h2", "no ALPN"},
		"none of both":      {"example.test:443", "", h2(func(c *tls.Config) { c.NextProtos = []string{"other"} }), "no-h2", "neither"},
		"no TLS":            {"example.test:443", "", func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)); _, _ = c.Write([]byte("HTTP/1.1 400\r\n\r\n")) }, "no-h2", "doesn't speak TLS"},
		"closes":            {"example.test:443", "", func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)); c.Close() }, "refused", "closed the connection during"},
		"own text":          {"example.test:443", "hello", nil, "certificate", "no PEM"},
		"own key":           {"example.test:443", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", nil, "certificate", "only certificates"},
		"own is cut off":    {"example.test:443", good.ca + expired.ca[:len(expired.ca)-40], nil, "certificate", "cut off"},
		"own is no such":    {"example.test:443", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", nil, "certificate", "can't be read"},
		"target is no such": {"example.test", "", nil, "certificate", "host:port"},
	} {
		if c.serve == nil {
			c.serve = func(c net.Conn) { c.Close() }
		}
		if a, _ := shake(t, &d, c.to, c.own, c.serve); a.kind != c.kind || !strings.Contains(a.text, c.says) {
			t.Errorf("%s: %s: %q; want %s with %q", name, a.kind, a.text, c.kind, c.says)
		}
	}
}

// TestDialerOctets carries octets both ways, and takes the session up again: for
// the same target, with the same certificates, only.
func TestDialerOctets(t *testing.T) {
	now := time.Now()
	c := issue(t, "example.test", now.Add(-time.Hour), now.Add(time.Hour))
	serve := server(&tls.Config{Certificates: []tls.Certificate{c.pair}, NextProtos: []string{"h2"}})
	other := issue(t, "other.test", now.Add(-time.Hour), now.Add(time.Hour))
	var d Dialer
	run(&d, cmdRoots, other.root)
	talk := func(to, own string) bool {
		a, wire := shake(t, &d, to, own, serve)
		if a.kind != "" {
			t.Fatal(a.text)
		}
		resumed := a.flags&flagResumed != 0
		got := a.clear
		for b := make([]byte, 64<<10); string(got) != "hello"; {
			n, err := wire.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, run(&d, cmdTurn, b[:n]).clear...)
		}
		out := run(&d, cmdSeal, []byte("a secret")).out
		if len(out) == 0 || bytes.Contains(out, []byte("secret")) {
			t.Errorf("sealed is %q", out)
		}
		if out := run(&d, cmdClose, nil).out; len(out) == 0 {
			t.Error("the end is not told")
		}
		return resumed
	}
	for i, step := range []struct {
		to, own string
		resumed bool
	}{{"example.test:443", c.ca, false}, {"example.test:443", c.ca, true}, {"example.test:444", c.ca, false},
		{"example.test:443", c.ca + other.ca, false}} {
		if got := talk(step.to, step.own); got != step.resumed {
			t.Errorf("dial %d took up an earlier session: %v", i+1, got)
		}
	}
}

func TestDialerMisuse(t *testing.T) {
	c := issue(t, "example.test", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	var d Dialer
	if a := run(&d, cmdTurn, []byte("x")); a.kind == "" {
		t.Error("octets without a dial are taken")
	}
	for _, bad := range [][]byte{nil, []byte("no certificate")} {
		if a := run(&d, cmdRoots, bad); a.kind == "" {
			t.Errorf("roots %q are taken", bad)
		}
	}
	run(&d, cmdRoots, c.root)
	begin(&d, "example.test:443", "")
	if a := run(&d, cmdSeal, []byte("early")); a.kind == "" || bytes.Contains(a.out, []byte("early")) {
		t.Errorf("octets before the handshake are sent: %+v", a)
	}
	if a := run(&d, cmdClose, nil); a.flags != 0 {
		t.Errorf("%+v", a)
	}
	if b := d.Run(nil); len(b) == 0 {
		t.Error("an empty command has no answer")
	}
}
