package tlsread

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"framewise/transport/testcert"
)

// piece is octets that one end wrote.
type piece struct {
	dir int
	b   []byte
}

// tape notes what goes over a connection, in order.
type tape struct {
	mu     sync.Mutex
	pieces []piece
}

// tapped is one end's connection.
type tapped struct {
	net.Conn
	t   *tape
	dir int
}

func (c tapped) Write(b []byte) (int, error) {
	c.t.mu.Lock()
	c.t.pieces = append(c.t.pieces, piece{c.dir, bytes.Clone(b)})
	c.t.mu.Unlock()
	return c.Conn.Write(b)
}

// talk runs one connection in which the client sends up and the server answers
// down, and returns what went over it.
func talk(t *testing.T, client, server *tls.Config, up, down []byte) []piece {
	t.Helper()
	a, b := net.Pipe()
	deadline := time.Now().Add(30 * time.Second)
	a.SetDeadline(deadline)
	b.SetDeadline(deadline)
	tp := &tape{}
	done := make(chan error, 1)
	go func() {
		s := tls.Server(tapped{b, tp, Server}, server)
		got := make([]byte, len(up))
		_, err := io.ReadFull(s, got)
		if err == nil && !bytes.Equal(got, up) {
			err = fmt.Errorf("the server got something else")
		}
		if err == nil {
			_, err = s.Write(down)
		}
		done <- err
	}()
	c := tls.Client(tapped{a, tp, Client}, client)
	if _, err := c.Write(up); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, len(down))); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	a.Close()
	b.Close()
	return tp.pieces
}

// configs are both ends' configurations, with a key log.
func configs(t *testing.T, version, suite uint16, keys io.Writer) (client, server *tls.Config) {
	t.Helper()
	ca := testcert.New(t)
	server = &tls.Config{Certificates: []tls.Certificate{ca.Server(t, time.Time{}, "localhost")}, NextProtos: []string{"h2"},
		MinVersion: version, MaxVersion: version}
	client = &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", NextProtos: []string{"h2", "http/1.1"}, KeyLogWriter: keys,
		MinVersion: version, MaxVersion: version}
	if suite != 0 {
		client.CipherSuites = []uint16{suite}
	}
	return client, server
}

// replay feeds pieces, each in parts of size octets, and returns what was sent
// in each direction.
func replay(c *Conn, pieces []piece, size int) (got [2][]byte, lost int) {
	for _, p := range pieces {
		for b := p.b; len(b) > 0; {
			n := min(size, len(b))
			c.Feed(p.dir, b[:n], func(d Data) {
				got[p.dir] = append(got[p.dir], d.Octets...)
				if d.Lost {
					lost++
				}
			})
			b = b[n:]
		}
	}
	return got, lost
}

func TestDecrypts(t *testing.T) {
	up, down := bytes.Repeat([]byte("PRI * HTTP/2.0 "), 3000), bytes.Repeat([]byte("answer "), 9000)
	for _, tt := range []struct {
		version, suite uint16
	}{
		{tls.VersionTLS13, 0},
		{tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		{tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
		{tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
	} {
		t.Run(fmt.Sprintf("%x %s", tt.version, tls.CipherSuiteName(tt.suite)), func(t *testing.T) {
			var keys bytes.Buffer
			client, server := configs(t, tt.version, tt.suite, &keys)
			client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
			log := &KeyLog{}
			for round := range 3 { // the later ones resume the first
				pieces := talk(t, client, server, up, down)
				if log.Add(keys.Bytes()); log.Len() == 0 {
					t.Fatal("the key log is empty")
				}
				for _, size := range []int{1, 7, 1 << 20} {
					c := New(log)
					got, lost := replay(c, pieces, size)
					if c.Unreadable() != "" || lost != 0 {
						t.Fatalf("round %d, pieces of %d: %q, %d gaps", round, size, c.Unreadable(), lost)
					}
					if !bytes.Equal(got[Client], up) || !bytes.Equal(got[Server], down) {
						t.Fatalf("round %d, pieces of %d: %d and %d octets, want %d and %d", round, size, len(got[0]), len(got[1]), len(up), len(down))
					}
					if c.Info.ALPN != "h2" || c.Info.Name != "localhost" || c.Info.Cipher == "" {
						t.Errorf("the handshake says %+v", c.Info)
					}
				}
			}
		})
	}
}

// Without secrets, from the middle on, or with other octets in it a connection
// says why it can't be read.
func TestSaysWhy(t *testing.T) {
	var keys bytes.Buffer
	client, server := configs(t, tls.VersionTLS13, 0, &keys)
	pieces := talk(t, client, server, []byte("up"), []byte("down"))
	log := &KeyLog{}
	log.Add(keys.Bytes())
	for _, tt := range []struct {
		name   string
		log    *KeyLog
		pieces []piece
		want   string
	}{
		{"no key log", nil, pieces, "the key log has no secrets of it"},
		{"late", log, pieces[len(pieces)-1:], "the capture begins after its handshake"},
		{"server only", log, only(pieces, Server), "its ClientHello is missing in the capture"},
		{"no TLS", log, []piece{{Client, []byte("GET / HTTP/1.1\r\n\r\n")}}, "octets that are no TLS record stand in it"},
	} {
		c := New(tt.log)
		if got, _ := replay(c, tt.pieces, 1<<20); c.Unreadable() != tt.want || len(got[0])+len(got[1]) > 0 {
			t.Errorf("%s: %q, want %q", tt.name, c.Unreadable(), tt.want)
		}
	}
}

func only(pieces []piece, dir int) (out []piece) {
	for _, p := range pieces {
		if p.dir == dir {
			out = append(out, p)
		}
	}
	return out
}

// Behind a gap reading goes on with the next record that is whole.
func TestGoesOnBehindAGap(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var keys bytes.Buffer
		client, server := configs(t, version, 0, &keys)
		up := make([]byte, 200_000)
		for i := range up {
			up[i] = byte(i >> 8)
		}
		pieces := talk(t, client, server, up, []byte("ok"))
		log := &KeyLog{}
		log.Add(keys.Bytes())
		c := New(log)
		var got []byte
		lost := 0
		large := 0
		for _, p := range pieces {
			feed := func(b []byte) {
				c.Feed(p.dir, b, func(d Data) {
					if p.dir == Client {
						got = append(got, d.Octets...)
					}
					if d.Lost {
						lost++
					}
				})
			}
			if p.dir == Client && len(p.b) > 4000 {
				large++
			}
			if p.dir == Client && len(p.b) > 4000 && large == 3 {
				feed(p.b[:100])
				c.Gap(Client)
				feed(p.b[1500:]) // the rest of a record, and what follows
				continue
			}
			feed(p.b)
		}
		if c.Unreadable() != "" || lost != 1 {
			t.Fatalf("%x: %q, %d gaps told, want 1", version, c.Unreadable(), lost)
		}
		if missing := len(up) - len(got); missing <= 0 || missing > 2*16384 {
			t.Errorf("%x: %d octets are missing, want those of one record or two", version, missing)
		}
		if !bytes.HasSuffix(up, got[len(got)-50_000:]) {
			t.Errorf("%x: what follows the gap is not what was sent", version)
		}
	}
}

// TestKeyUpdate makes records by hand: crypto/tls does not begin an update.
func TestKeyUpdate(t *testing.T) {
	s := suites[0x1301]
	secret := bytes.Repeat([]byte{7}, 32)
	c := New(&KeyLog{})
	c.begun = true
	c.dirs[Client].next = []*keys{keys13(s, secret)}
	enc := keys13(s, secret)
	seal := func(kind byte, content []byte) []byte {
		plain := append(append([]byte(nil), content...), kind, 0, 0) // padded
		header := binary.BigEndian.AppendUint16([]byte{typeData, 3, 3}, uint16(len(plain)+overhead))
		nonce := bytes.Clone(enc.iv)
		binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^enc.seq)
		enc.seq++
		return append(header, enc.aead.Seal(nil, nonce, plain, header)...)
	}
	in := append(seal(typeData, []byte("one ")), seal(typeHandshake, []byte{msgKeyUpdate, 0, 0, 1, 0})...)
	enc = enc.update()
	in = append(in, seal(typeData, []byte("two"))...)
	var got []byte
	c.Feed(Client, in, func(d Data) { got = append(got, d.Octets...) })
	if string(got) != "one two" {
		t.Errorf("got %q", got)
	}
}

func TestKeyLogForm(t *testing.T) {
	k := &KeyLog{}
	random, secret := fmt.Sprintf("%064x", 1), fmt.Sprintf("%096x", 2)
	text := "# comment\r\n\nCLIENT_RANDOM " + random + " " + secret + "\r\nCLIENT_RANDOM " + random + " " + secret +
		"\nRSA 12 34\nCLIENT_RANDOM " + random[1:] + " " + secret + "\nEXPORTER_SECRET " + random + " " + secret + "\nSERVER_TRAFFIC_SECRET_0 " + random + " xx"
	if n := k.Add([]byte(text)); n != 1 || k.Len() != 1 {
		t.Errorf("%d secrets were added, %d are there, want 1", n, k.Len())
	}
	if (*KeyLog)(nil).Len() != 0 {
		t.Error("a KeyLog that is nil has secrets")
	}
}

func FuzzConn(f *testing.F) {
	f.Add([]byte{22, 3, 1, 0, 4, 1, 0, 0, 0}, []byte{22, 3, 3, 0, 4, 2, 0, 0, 0})
	log := &KeyLog{}
	log.Add([]byte("CLIENT_RANDOM " + fmt.Sprintf("%064x", 0) + " " + fmt.Sprintf("%096x", 2)))
	f.Fuzz(func(t *testing.T, up, down []byte) {
		c := New(log)
		n := 0
		count := func(d Data) { n += len(d.Octets) }
		for len(up)+len(down) > 0 {
			k := min(100, len(up))
			c.Feed(Client, up[:k], count)
			up = up[k:]
			if len(down)%7 == 3 {
				c.Gap(Server)
			}
			k = min(100, len(down))
			c.Feed(Server, down[:k], count)
			down = down[k:]
		}
		if n > 0 {
			t.Error("octets were decrypted whose secrets nobody knows")
		}
		for i := range c.dirs {
			if len(c.dirs[i].buf) > headerLen+maxRecord+100 || len(c.dirs[i].shake) > maxHandshake+maxRecord {
				t.Error("more than a record is kept")
			}
		}
	})
}
