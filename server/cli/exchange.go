package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
	"framewise/transport"
)

// exchange is the requests of one connection and their responses. Its handler
// runs on the connection; contents are printed in the order of the URLs, and
// those that come before their turn wait in their windows.
type exchange struct {
	f    *getFlags
	g    *group
	c    *conn.Conn
	d    *transport.Driver
	asks []*ask
	next int // the first that was not sent
	turn int // the first whose content was not printed whole
	byID map[uint32]*ask

	first    []byte // the first octets that came
	goAway   string // what the server's GOAWAY said
	outErr   error  // printing failed
	leaving  bool
	finished chan struct{}
}

// ask is one request.
type ask struct {
	url   *url.URL
	id    uint32
	early []byte // content that came before its turn
	done  bool
	err   error

	sent   int64 // octets of our content that were queued
	pieces [2][]byte
}

// Windows, in octets. Every stream may fill its own without stopping another:
// the connection's is as large as all of them.
const (
	getWindow = 1 << 20
	pieceSize = 128 << 10
)

func newExchange(f *getFlags, g *group) *exchange {
	x := &exchange{f: f, g: g, byID: make(map[uint32]*ask), finished: make(chan struct{})}
	for _, u := range g.urls {
		x.asks = append(x.asks, &ask{url: u})
	}
	settings := []frame.Setting{{ID: frame.InitialWindowSize, Value: getWindow}}
	if f.noPush {
		settings = append([]frame.Setting{{ID: frame.EnablePush, Value: 0}}, settings...)
	}
	x.c = conn.New(conn.Config{
		Role: conn.Client, Settings: settings, Causes: f.rec != nil,
		ConnWindow: uint32(min(int64(len(x.asks)+1)*getWindow, frame.MaxWindow)),
	})
	return x
}

// begin starts the connection and sends what may be sent.
func (x *exchange) begin(nc net.Conn, o transport.Options) {
	o.Engine, o.Role, o.Recorder = transport.ForConn(x.c, x.handle), conn.Client, recorder{x}
	x.d = transport.New(nc, o)
	x.openNext() // before the start, so that the requests leave with the preface
	x.d.Start()
}

// recorder notes the first octets that come, for the message about a server
// that speaks something else, and hands on.
type recorder struct{ x *exchange }

func (r recorder) Append(e trace.Entry) {
	const enough = 48
	if c, ok := e.(*trace.Chunk); ok && c.Dir == trace.ToClient && len(r.x.first) < enough {
		r.x.first = append(r.x.first, c.Octets[:min(len(c.Octets), enough-len(r.x.first))]...)
	}
	if r.x.f.rec != nil {
		r.x.f.rec.Append(e)
	}
}

// openNext sends requests as long as the server takes more.
func (x *exchange) openNext() {
	for x.next < len(x.asks) {
		a := x.asks[x.next]
		id, err := x.c.Open(x.request(a.url), conn.HeaderOptions{End: !x.f.body.has})
		if errors.Is(err, conn.ErrTooMany) {
			return
		}
		x.next++
		if err != nil {
			x.complete(a, fmt.Errorf("the request was not sent: %w", err))
			continue
		}
		a.id = id
		x.byID[id] = a
		if x.f.body.has {
			x.sendPiece(a)
		}
	}
}

// request makes the fields; those of --header replace ours.
func (x *exchange) request(u *url.URL) []hpack.Field {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" || u.ForceQuery {
		path += "?" + u.RawQuery
	}
	fields := []hpack.Field{
		{Name: ":method", Value: x.f.method}, {Name: ":scheme", Value: x.g.scheme},
		{Name: ":authority", Value: u.Host}, {Name: ":path", Value: path},
		{Name: "user-agent", Value: "framewise"}, {Name: "accept", Value: "*/*"},
	}
	if x.f.body.has {
		fields = append(fields, hpack.Field{Name: "content-length", Value: strconv.FormatInt(x.f.body.size, 10)})
	}
	for _, own := range x.f.fields {
		replaced := false
		for i := range fields {
			if fields[i].Name == own.Name && i < 7 {
				fields[i], replaced = own, true
			}
		}
		if !replaced {
			fields = append(fields, own)
		}
	}
	return fields
}

// sendPiece queues the next piece of our content. Two pieces take turns: one is
// framed only when the other has been written.
func (x *exchange) sendPiece(a *ask) {
	n := min(x.f.body.size-a.sent, pieceSize)
	if a.pieces[0] == nil {
		a.pieces = [2][]byte{make([]byte, min(pieceSize, x.f.body.size)), make([]byte, min(pieceSize, x.f.body.size))}
	}
	a.pieces[0], a.pieces[1] = a.pieces[1], a.pieces[0]
	p := a.pieces[0][:n]
	if err := x.f.body.read(p, a.sent); err != nil {
		x.complete(a, err)
		x.c.Reset(a.id, frame.Cancel)
		return
	}
	a.sent += n
	x.c.Data(a.id, p, a.sent == x.f.body.size) // an error means that the stream has ended
}

// handle acts on what happened.
func (x *exchange) handle(events []conn.Event) {
	for i := range events {
		e := &events[i]
		a := x.byID[e.StreamID]
		switch e.Kind {
		case conn.EvData:
			x.data(e, a)
		case conn.EvWritable:
			if a != nil && !a.done && a.sent < x.f.body.size {
				x.sendPiece(a)
			}
		case conn.EvStreamClosed:
			if a != nil {
				x.complete(a, streamEnd(e))
			}
		case conn.EvStreamError:
			if a != nil {
				x.complete(a, fmt.Errorf("the server broke a rule: %w", e.Err))
			}
		case conn.EvGoAway:
			if e.Code != frame.NoError {
				x.goAway = fmt.Sprintf("the server ended the connection with %s", e.Code)
				if len(e.Data) > 0 {
					x.goAway += fmt.Sprintf(": %q", e.Data[:min(len(e.Data), 200)])
				}
			}
		case conn.EvSettings:
			x.openNext()
		case conn.EvEnd:
			close(x.finished)
			return
		}
	}
	x.openNext()
	if !x.leaving && x.turn == len(x.asks) {
		x.leaving = true
		x.c.GoAway(x.c.LastStreamID(), frame.NoError, nil) // the last push that was taken
		x.d.CloseLocked()
	}
}

// data prints content whose turn it is, and keeps other content unread, which
// its window bounds. Of a pushed stream nobody reads the content.
func (x *exchange) data(e *conn.Event, a *ask) {
	if a == nil || x.f.verbose || x.f.json {
		x.c.Consume(e.StreamID, len(e.Data))
		return
	}
	if a != x.asks[x.turn] {
		a.early = append(a.early, e.Data...)
		return
	}
	x.write(e.Data)
	x.c.Consume(e.StreamID, len(e.Data))
}

func (x *exchange) write(b []byte) {
	if x.outErr == nil {
		_, x.outErr = x.f.out.Write(b)
	}
}

// complete ends a request; the first reason counts.
func (x *exchange) complete(a *ask, err error) {
	if a.done {
		return
	}
	a.done, a.err = true, err
	a.pieces = [2][]byte{}
	for x.turn < len(x.asks) && x.asks[x.turn].done {
		if x.turn++; x.turn < len(x.asks) {
			n := x.asks[x.turn]
			x.write(n.early)
			x.c.Consume(n.id, len(n.early))
			n.early = nil
		}
	}
}

// streamEnd says what was wrong with the end of a stream; nil: nothing.
func streamEnd(e *conn.Event) error {
	switch {
	case e.By == conn.ByEnd:
		return nil
	case e.By == conn.ByTransport:
		return errCut
	case e.By == conn.ByGoAway:
		return errors.New("the server did not process the request (GOAWAY): ask again")
	}
	return fmt.Errorf("the server reset the stream with %s", e.Code)
}

// errCut stands for what wait says of the connection.
var errCut = errors.New("the connection ended before the response was complete")

// wait waits for the end and tells what went wrong.
func (x *exchange) wait(ctx context.Context) []error {
	stop := context.AfterFunc(ctx, func() { x.d.Abort(context.Cause(ctx)) })
	defer stop()
	<-x.finished
	<-x.d.Done()
	var out []error
	whole := x.connectionError(x.d.Err())
	for _, a := range x.asks {
		switch {
		case !a.done || errors.Is(a.err, errCut):
			err := errCut
			if whole != nil {
				err = whole
			}
			out = append(out, fmt.Errorf("%s: %w", a.url, err))
		case a.err != nil:
			out = append(out, fmt.Errorf("%s: %w", a.url, a.err))
		}
	}
	if x.outErr != nil {
		out = append(out, fmt.Errorf("the content can't be printed: %w", x.outErr))
	}
	return out
}

// connectionError says in a line what was wrong with the connection.
func (x *exchange) connectionError(err error) error {
	to := net.JoinHostPort(x.g.host, x.g.port)
	switch f := x.c.Failed(); {
	case f != nil && !x.c.RemoteSettingsSeen():
		return x.noHTTP2(to)
	case f != nil && f.Code == frame.SettingsTimeout:
		return fmt.Errorf("%s did not acknowledge our SETTINGS in time (%w)", to, f)
	case f != nil:
		return fmt.Errorf("%s broke the protocol: %w", to, f)
	case x.goAway != "":
		return errors.New(x.goAway)
	case errors.Is(err, transport.ErrIdle) && len(x.first) == 0:
		return fmt.Errorf("%s accepted the connection but sent nothing within %s: perhaps it speaks no HTTP/2 at this port", to, x.f.timeout)
	case errors.Is(err, transport.ErrIdle):
		return fmt.Errorf("%s has been silent for %s: raise --timeout to wait longer", to, x.f.timeout)
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	case err != nil && len(x.first) > 0 && !x.c.RemoteSettingsSeen():
		return x.noHTTP2(to)
	case err != nil:
		return fmt.Errorf("the connection to %s failed: %w", to, transport.Cause(err))
	case len(x.first) == 0:
		return fmt.Errorf("%s closed the connection without a word: perhaps it speaks no HTTP/2 at this port", to)
	case !x.c.RemoteSettingsSeen():
		return x.noHTTP2(to)
	}
	return nil
}

// noHTTP2 is about a server whose first octets are no HTTP/2.
func (x *exchange) noHTTP2(to string) error {
	line, _, _ := bytes.Cut(x.first, []byte("\r\n"))
	switch {
	case bytes.HasPrefix(x.first, []byte("HTTP/1.")):
		return fmt.Errorf("%s speaks HTTP/1.1, not HTTP/2 (it answered %q)", to, line)
	case x.g.scheme == "http" && len(x.first) > 2 && (x.first[0] == 0x15 || x.first[0] == 0x16) && x.first[1] == 3:
		return fmt.Errorf("%s speaks TLS: ask for https://%s", to, to)
	}
	return fmt.Errorf("%s doesn't speak HTTP/2: its first octets are %q", to, x.first)
}
