// Package ws reaches servers through a relay (server/relay): octets in the
// binary messages of a WebSocket.
//
// In come a relay's address and a target; out comes a net.Conn that a
// transport.Driver runs like any other, natively and in a browser. It imports
// transport for the kinds of failure.
package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"

	"framewise/transport"

	"github.com/coder/websocket"
)

// MaxMessage is the largest message either way, in octets.
const MaxMessage = 32 << 10

// Answer is the relay's first message, as JSON in a text message.
type Answer struct {
	OK      bool   `json:"ok"`
	TLS     string `json:"tls,omitempty"`     // "TLS 1.3"; "" for cleartext
	ALPN    string `json:"alpn,omitempty"`    // "h2"
	Cipher  string `json:"cipher,omitempty"`  // the suite's name in the IANA registry
	Name    string `json:"name,omitempty"`    // that was asked for
	Names   string `json:"names,omitempty"`   // that the server's certificate is for, with spaces between
	Issuer  string `json:"issuer,omitempty"`  // who signed that certificate
	Address string `json:"address,omitempty"` // of the target, as dialled: "127.0.0.1:443"
	// Kind is transport's kind of the failure; also of one that lies with the
	// relay: a target or a limit that doesn't allow the dial is "not-allowed".
	Kind    transport.Kind `json:"kind,omitempty"`
	Message string         `json:"message,omitempty"` // one line: what failed, with the reason, and what to do
}

// Dialer names a relay.
type Dialer struct {
	Relay  string // "ws://127.0.0.1:8420/relay"
	Origin string // the page that asks; a browser says it by itself
}

// Dial asks the relay for target, "host:port", with TLS if secure. The
// connection is closed with Close; a deadline that passes ends it, in contrast
// to TCP. An error of the relay's is a *transport.DialError.
func (d *Dialer) Dial(ctx context.Context, target string, secure bool) (net.Conn, Answer, error) {
	q := url.Values{"to": {target}, "tls": {"0"}}
	if secure {
		q.Set("tls", "1")
	}
	c, err := d.socket(ctx, "", q)
	if err != nil {
		return nil, Answer{}, err
	}
	a, err := readAnswer(ctx, c)
	if err != nil {
		c.CloseNow()
		return nil, a, err
	}
	// From here on the connection lives as long as its owner wants.
	return &conn{websocket.NetConn(context.Background(), c, websocket.MessageBinary)}, a, nil
}

func readAnswer(ctx context.Context, c *websocket.Conn) (a Answer, err error) {
	typ, b, err := c.Read(ctx)
	if err == nil && typ != websocket.MessageText {
		err = fmt.Errorf("its first message is %v, it must be text", typ)
	}
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err != nil {
		return a, &transport.DialError{Kind: transport.Unreachable, Text: fmt.Sprintf("the relay gave no answer: %v", err)}
	}
	if !a.OK {
		return a, &transport.DialError{Kind: a.Kind, Text: a.Message}
	}
	return a, nil
}

// conn keeps messages within MaxMessage.
type conn struct{ net.Conn }

// Write sends b in as many messages as it takes.
func (c *conn) Write(b []byte) (n int, err error) {
	for {
		k, err := c.Conn.Write(b[n:min(len(b), n+MaxMessage)])
		if n += k; err != nil || n == len(b) {
			return n, err
		}
	}
}
