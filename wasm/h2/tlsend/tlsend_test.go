package tlsend

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"framewise/wasm/h2/engine"
)

// pair is a certificate for name with its key, in PEM.
func pair(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: epoch.Add(-time.Hour), NotAfter: epoch.Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(nil, c, c, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", pkcs8)
}

// talk carries octets between two ends until both are silent.
func talk(t *testing.T, c, s engine.TLS) (states [2]*engine.TLSState, clear [2]string, errs [2]error) {
	t.Helper()
	ends := [2]engine.TLS{c, s}
	var wire [2][]byte // for each end
	for turns := 0; ; turns++ {
		quiet := true
		for i, e := range ends {
			in := wire[i]
			wire[i] = nil
			out, plain, state, _, err := e.Turn(in)
			clear[i] += string(plain)
			states[i] = state
			if err != nil {
				errs[i] = err
			}
			wire[1-i] = append(wire[1-i], out...)
			quiet = quiet && len(out) == 0
		}
		if quiet {
			return states, clear, errs
		}
		if turns > 20 {
			t.Fatal("the handshake never ends")
		}
	}
}

func ends(t *testing.T, co, so engine.TLSOptions) (c, s engine.TLS) {
	t.Helper()
	now := func() int64 { return 0 }
	c, err := New(co, false, [32]byte{1}, now)
	if err != nil {
		t.Fatal(err)
	}
	s, err = New(so, true, [32]byte{2}, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	t.Cleanup(s.Stop)
	return c, s
}

func TestHandshakeAndOctets(t *testing.T) {
	cert, key := pair(t, "here")
	c, s := ends(t, engine.TLSOptions{ServerName: "here", ALPN: []string{"h2"}, CA: cert}, engine.TLSOptions{Cert: cert, Key: key, ALPN: []string{"http/1.1", "h2"}})
	states, _, errs := talk(t, c, s)
	if errs[0] != nil || errs[1] != nil || states[0] == nil || states[1] == nil {
		t.Fatal(states, errs)
	}
	if x := states[0]; x.Version != "TLS 1.3" || x.ALPN != "h2" || x.Problem != "" || x.Server != "here" {
		t.Errorf("%+v", x)
	}
	out, err := c.Seal([]byte("hello"))
	if err != nil || strings.Contains(string(out), "hello") {
		t.Fatalf("%q, %v", out, err)
	}
	_, plain, _, ended, err := s.Turn(out[:3]) // in pieces
	if len(plain) != 0 || ended || err != nil {
		t.Errorf("%q, %v, %v", plain, ended, err)
	}
	_, plain, _, _, err = s.Turn(out[3:])
	if string(plain) != "hello" || err != nil {
		t.Errorf("%q, %v", plain, err)
	}
	if _, _, _, ended, err = s.Turn(c.Close()); !ended || err != nil {
		t.Errorf("the end of the stream is not seen: %v, %v", ended, err)
	}
}

func TestCertificateThatIsNotTrusted(t *testing.T) {
	cert, key := pair(t, "here")
	for name, o := range map[string]engine.TLSOptions{"another name": {ServerName: "there", CA: cert}, "no roots": {ServerName: "here"}} {
		c, s := ends(t, o, engine.TLSOptions{Cert: cert, Key: key})
		if states, _, _ := talk(t, c, s); states[0] == nil || states[0].Problem == "" {
			t.Errorf("%s: %+v", name, states[0])
		}
	}
}

func TestWhatFails(t *testing.T) {
	cert, key := pair(t, "here")
	c, s := ends(t, engine.TLSOptions{ServerName: "here", ALPN: []string{"x"}}, engine.TLSOptions{Cert: cert, Key: key, ALPN: []string{"h2"}})
	if _, _, errs := talk(t, c, s); errs[0] == nil || errs[1] == nil {
		t.Error("ends without a protocol in common agree:", errs)
	}
	c, _ = ends(t, engine.TLSOptions{ServerName: "here"}, engine.TLSOptions{Cert: cert, Key: key})
	if _, _, _, _, err := c.Turn([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")); err == nil {
		t.Error("what is no TLS is taken")
	}
	for _, o := range []engine.TLSOptions{{}, {Cert: cert}, {Cert: key, Key: cert}, {Cert: cert, Key: key, CA: "none"}} {
		if _, err := New(o, true, [32]byte{}, nil); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
