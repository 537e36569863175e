package http2

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"framewise/core/frame"

	xhttp2 "golang.org/x/net/http2"
	xhpack "golang.org/x/net/http2/hpack"
)

// rawPeer speaks frames by hand: x/net's framer on a socket.
type rawPeer struct {
	t   *testing.T
	nc  net.Conn
	fr  *xhttp2.Framer
	buf bytes.Buffer
	enc *xhpack.Encoder
}

func newRawPeer(t *testing.T, nc net.Conn) *rawPeer {
	t.Helper()
	nc.SetDeadline(time.Now().Add(bound))
	p := &rawPeer{t: t, nc: nc, fr: xhttp2.NewFramer(nc, nc)}
	p.fr.SetMaxReadFrameSize(1 << 20)
	p.enc = xhpack.NewEncoder(&p.buf)
	p.fr.ReadMetaHeaders = xhpack.NewDecoder(4096, nil)
	t.Cleanup(func() { nc.Close() })
	return p
}

// rawClient connects to a server and sends the preface and its SETTINGS.
func rawClient(t *testing.T, url string, settings ...xhttp2.Setting) *rawPeer {
	t.Helper()
	nc, err := net.Dial("tcp", url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	p := newRawPeer(t, nc)
	if _, err := nc.Write([]byte(frame.Preface)); err != nil {
		t.Fatal(err)
	}
	ok(t, p.fr.WriteSettings(settings...))
	return p
}

// rawServer lets a client of ours connect to frames written by hand; the
// server's SETTINGS are sent, the client's preface and SETTINGS are read.
func rawServer(t *testing.T, o ConnectOptions, settings ...xhttp2.Setting) (*Session, *rawPeer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := dial(t, "http://"+l.Addr().String(), o)
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	p := newRawPeer(t, nc)
	preface := make([]byte, len(frame.Preface))
	if _, err := io.ReadFull(nc, preface); err != nil || string(preface) != frame.Preface {
		t.Fatalf("the preface is %q: %v", preface, err)
	}
	ok(t, p.fr.WriteSettings(settings...))
	return s, p
}

func (p *rawPeer) block(pairs ...string) []byte {
	p.buf.Reset()
	for i := 0; i < len(pairs); i += 2 {
		p.enc.WriteField(xhpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return bytes.Clone(p.buf.Bytes())
}

// headers sends HEADERS.
func (p *rawPeer) headers(id uint32, end bool, pairs ...string) {
	p.t.Helper()
	ok(p.t, p.fr.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: id, BlockFragment: p.block(pairs...), EndHeaders: true, EndStream: end}))
}

// get sends a GET request.
func (p *rawPeer) get(id uint32, path string) {
	p.t.Helper()
	p.headers(id, true, ":method", "GET", ":scheme", "http", ":authority", "localhost", ":path", path)
}

// next reads frames until one of the type comes; SETTINGS are acknowledged.
func next[F xhttp2.Frame](p *rawPeer) F {
	p.t.Helper()
	for {
		f, err := p.fr.ReadFrame()
		if err != nil {
			var want F
			p.t.Fatalf("no %T came: %v", want, err)
		}
		if s, isSettings := f.(*xhttp2.SettingsFrame); isSettings && !s.IsAck() {
			ok(p.t, p.fr.WriteSettingsAck())
		}
		if want, is := f.(F); is {
			return want
		}
	}
}

// over reads until the connection ends.
func (p *rawPeer) over() {
	p.t.Helper()
	for {
		if _, err := p.fr.ReadFrame(); err != nil {
			if n, timeout := err.(net.Error); timeout && n.Timeout() {
				p.t.Error("the connection does not end")
			}
			return
		}
	}
}
