package origin

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/transport"
)

// door is the engine of a cleartext connection. It waits for the client's first
// octets: HTTP/2's preface opens the connection as it is; an HTTP/1.1 request
// with Upgrade: h2c becomes its first stream (RFC 7540, section 3.2); any other
// HTTP/1.1 request is told what is spoken here.
type door struct {
	transport.Engine
	c *client

	open  bool   // the engine has the connection
	held  []byte // what came before that was decided
	reply []byte // to be written before anything of the engine's
	over  bool   // nothing follows the reply
	ours  bool   // the last Poll was answered here

	upgraded bool // 101 is out; the client's preface must follow

	request *http.Request // whose content is being read
	left    int64         // octets of it
}

// maxHead bounds the head of an HTTP/1.1 request, maxContent its content, in
// octets.
const (
	maxHead    = 16 << 10
	maxContent = 64 << 20
)

// Receive decides, or passes on.
func (d *door) Receive(now int64, b []byte) error {
	if d.open {
		return d.Engine.Receive(now, b)
	}
	if d.over {
		return nil
	}
	if d.request != nil {
		return d.content(now, b)
	}
	d.held = append(d.held, b...)
	n := min(len(d.held), len(frame.Preface))
	if string(d.held[:n]) == frame.Preface[:n] {
		if n < len(frame.Preface) {
			return nil
		}
		return d.enter(now, d.held)
	}
	if d.upgraded {
		return d.enter(now, d.held) // which says what is wrong
	}
	end := bytes.Index(d.held, []byte("\r\n\r\n"))
	switch {
	case end >= 0 && end <= maxHead:
		return d.http1(now, d.held, end+4)
	case len(d.held) > maxHead || !looksLikeHTTP1(d.held):
		return d.enter(now, d.held) // which says what is wrong
	}
	return nil
}

// enter gives the connection to the engine.
func (d *door) enter(now int64, b []byte) error {
	d.open, d.held = true, nil
	if len(b) == 0 {
		return nil
	}
	return d.Engine.Receive(now, b)
}

// looksLikeHTTP1 says whether the octets can be the start of a request line: a
// method of capital letters, and a space.
func looksLikeHTTP1(b []byte) bool {
	for i, c := range b {
		if c == ' ' {
			return i > 0
		}
		if (c < 'A' || c > 'Z') && c != '-' || i > 20 {
			return false
		}
	}
	return true
}

// http1 answers a request, whose head ends before octet end of b.
func (d *door) http1(now int64, b []byte, end int) error {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b[:end])))
	if err != nil {
		return d.enter(now, b) // which says what is wrong
	}
	rest := b[end:]
	d.held = nil
	switch {
	case !wantsUpgrade(r):
		d.refuse("426 Upgrade Required", "This server speaks HTTP/2 in clear. Try: curl --http2-prior-knowledge http://"+d.c.local+"/\n")
	case len(r.TransferEncoding) > 0:
		d.refuse("411 Length Required", "The content of a request that upgrades needs a content-length.\n")
	case r.ContentLength > maxContent:
		d.refuse("413 Content Too Large", "Send large content by HTTP/2 from the start.\n")
	default:
		if r.ContentLength > int64(len(rest)) && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
			d.reply = append(d.reply, "HTTP/1.1 100 Continue\r\n\r\n"...)
		}
		d.request, d.left = r, r.ContentLength
		return d.content(now, rest)
	}
	return nil
}

// content counts the content of the request, and upgrades behind its end.
func (d *door) content(now int64, b []byte) error {
	n := min(d.left, int64(len(b)))
	if d.left -= n; d.left > 0 {
		return nil
	}
	return d.upgrade(now, b[n:])
}

// upgrade makes the request the first stream.
func (d *door) upgrade(now int64, rest []byte) error {
	r := d.request
	d.request = nil
	settings, err := decodeSettings(r.Header.Values("Http2-Settings"))
	if err == nil {
		d.c.before = r.ContentLength
		err = d.c.c.Upgrade(settings, http1Fields(r))
	}
	if err != nil {
		d.refuse("400 Bad Request", err.Error()+"\n")
		return nil
	}
	d.reply = append(d.reply, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"...)
	// The response waits for the client's preface, which 101 makes it send: some
	// clients can't take much behind a 101.
	d.upgraded = true
	if len(rest) > 0 {
		return d.Receive(now, rest)
	}
	return nil
}

func (d *door) refuse(status, text string) {
	d.over = true
	d.reply = append(d.reply, "HTTP/1.1 "+status+"\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Upgrade: h2c\r\nConnection: Upgrade, close\r\nContent-Length: "+itoa(len(text))+"\r\n\r\n"+text...)
}

// wantsUpgrade says whether the request asks for h2c and says all that it needs.
func wantsUpgrade(r *http.Request) bool {
	return hasToken(r.Header.Values("Upgrade"), "h2c") && hasToken(r.Header.Values("Connection"), "upgrade") &&
		hasToken(r.Header.Values("Connection"), "http2-settings") && len(r.Header.Values("Http2-Settings")) > 0
}

func hasToken(lists []string, token string) bool {
	for _, l := range lists {
		for t := range strings.SplitSeq(l, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// decodeSettings is RFC 7540, section 3.2.1: exactly one field, base64url.
func decodeSettings(values []string) ([]byte, error) {
	if len(values) != 1 {
		return nil, errors.New("HTTP2-Settings must occur once")
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(values[0], "="))
	if err != nil {
		return nil, errors.New("HTTP2-Settings is no base64url")
	}
	return b, nil
}

// http1Fields are the fields of a request without those that belong to its
// connection or its framing (RFC 9113, section 8.2.2).
func http1Fields(r *http.Request) []hpack.Field {
	fields := []hpack.Field{{Name: ":method", Value: r.Method}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: r.Host}, {Name: ":path", Value: r.RequestURI}}
	var names []string
	for name := range r.Header {
		switch name {
		case "Connection", "Upgrade", "Http2-Settings", "Keep-Alive", "Proxy-Connection", "Te", "Content-Length", "Expect":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range r.Header[name] {
			fields = append(fields, hpack.Field{Name: strings.ToLower(name), Value: v})
		}
	}
	return fields
}

// Poll gives the reply first, and nothing of the engine's before the door is
// open: a client of HTTP/1.1 could not read it.
func (d *door) Poll(now int64, keep bool, maxData int) transport.Out {
	d.ours = true
	switch {
	case len(d.reply) > 0:
		b := d.reply
		d.reply = nil
		return transport.Out{Segments: [][]byte{b}, Octets: len(b), More: true, Close: d.over}
	case d.over:
		return transport.Out{Close: true}
	case !d.open:
		return transport.Out{Deadline: int64(handshakeTimeout)}
	}
	d.ours = false
	return d.Engine.Poll(now, keep, maxData)
}

// Handle passes the engine's events on.
func (d *door) Handle() int {
	if d.ours {
		return 0
	}
	return d.Engine.Handle()
}

// Tick ends a connection whose client has not said what it speaks.
func (d *door) Tick(now int64) {
	if !d.open {
		d.over = true
		return
	}
	d.Engine.Tick(now)
}

// End lets the engine say its last.
func (d *door) End(now int64, err error) {
	d.open, d.over, d.reply = true, false, nil
	d.Engine.End(now, err)
}
