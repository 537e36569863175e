package logs

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// exchange is a request with its response, of a log that knows no frames.
type exchange struct {
	conn     string // what distinguishes connections
	server   string
	secure   bool
	request  []hpack.Field
	response []hpack.Field // none: there was no response
	sent     int64         // octets of content of the request
	received int64
	at       [3]int64 // of the request, the response and its end
}

// exchanges makes connections of exchanges: a stream each, in order of time.
type exchanges struct {
	b    builder
	err  error
	done int
}

// hop are the fields that HTTP/2 has no place for (RFC 9113, section 8.2.2).
var hop = []string{"connection", "host", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"}

// plain drops pseudo-header fields and those of HTTP/1.1's connections.
func plain(fields []hpack.Field) []hpack.Field {
	return slices.DeleteFunc(fields, func(f hpack.Field) bool {
		return f.Name == "" || strings.HasPrefix(f.Name, ":") || slices.Contains(hop, f.Name)
	})
}

// part is a frame, or several, of an exchange.
type part struct {
	at   int64
	what int // 0: request, 1: response, 2: its content
	x    *exchange
	l    *link
	id   uint32
}

// rebuild makes the record: each connection announces windows that never close,
// since no log of this kind tells of them.
func (e *exchanges) rebuild(list []exchange, what, client, epoch string) {
	e.b.header(what, epoch)
	e.done = len(list)
	slices.SortStableFunc(list, func(a, b exchange) int { return cmp.Compare(a.at[0], b.at[0]) })
	links, next := map[string]*link{}, map[string]uint32{}
	var parts []part
	for i := range list {
		x := &list[i]
		l := links[x.conn]
		if l == nil {
			if len(links) == maxLinks {
				break
			}
			l = e.begin(x, what, client)
			links[x.conn], next[x.conn] = l, 1
		}
		id := next[x.conn]
		next[x.conn] += 2
		for k, at := range x.at {
			if k == 0 || len(x.response) > 0 && (k == 1 || x.received > 0) {
				parts = append(parts, part{at, k, x, l, id})
			}
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.at, b.at) })
	for _, p := range parts {
		p.send()
	}
}

func (e *exchanges) begin(x *exchange, what, client string) *link {
	c := &trace.Conn{Client: client, Server: x.server, Vantage: trace.VantageClient, At: x.at[0], Via: "rebuilt from " + what}
	if x.secure {
		c.TLS = &trace.TLS{Version: "TLS", ALPN: "h2"}
	}
	l := e.b.open(c)
	wide := []frame.Setting{{ID: frame.InitialWindowSize, Value: frame.MaxWindow}}
	for dir := range 2 {
		l.settings(dir, x.at[0], wide)
		l.send(dir, x.at[0], frame.AppendWindowUpdate(nil, 0, frame.MaxWindow-65535))
	}
	l.send(0, x.at[0], frame.AppendSettingsAck(nil))
	l.send(1, x.at[0], frame.AppendSettingsAck(nil))
	return l
}

func (p *part) send() {
	x := p.x
	switch p.what {
	case 0:
		p.l.headers(0, p.at, p.id, x.request, x.sent == 0, nil)
		if x.sent > 0 {
			p.l.content(0, p.at, p.id, x.sent, true, false)
		}
	case 1:
		p.l.headers(1, p.at, p.id, x.response, x.received == 0, nil)
	case 2:
		p.l.content(1, p.at, p.id, x.received, true, false)
	}
}

// Next is the next entry; io.EOF at the end.
func (e *exchanges) Next() (trace.Entry, error) {
	if entry := e.b.pop(); entry != nil {
		return entry, nil
	}
	if e.err != nil {
		return nil, e.err
	}
	return nil, io.EOF
}

// Lines says what was read.
func (e *exchanges) Lines() []string { return e.b.lines(e.done, "exchange") }
