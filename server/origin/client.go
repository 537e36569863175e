package origin

import (
	"os"
	"strconv"
	"sync"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/transport"
)

// client is one connection. All but goAway runs in its handler.
type client struct {
	s       *Server
	c       *conn.Conn
	streams map[uint32]*stream // those that wait for more: content, or room for a file; nil: none ever did
	leaving farewell
	before  int64  // octets of content of stream 1 that came by HTTP/1.1
	local   string // our address

	now   time.Time // of the events that are handled
	d     *transport.Driver
	held  int      // octets of the pieces that are queued
	spare [][]byte // pieces whose octets may still be in a write
	out   []hpack.Field
}

// stream is a request whose content is being read, or whose file is being sent.
type stream struct {
	received int64 // octets of content

	file *os.File // nil: the content is what we wait for
	left int64    // octets of the file to be sent
	sent []byte   // the piece that is queued
}

const (
	// pieceSize is how much of a large file is read at once, in octets, and
	// pieceLeast how much where the client takes little, or many files are
	// under way.
	pieceSize  = 256 << 10
	pieceLeast = 4 << 10
	// heldMost is about how much a connection may hold of files that its client
	// does not take, in octets: it asks for many and opens no window.
	heldMost = 1 << 20
)

var pieces = sync.Pool{New: func() any { b := make([]byte, pieceSize); return &b }}

// handle acts on what happened.
func (c *client) handle(events []conn.Event) {
	c.recycle()
	c.now = time.Now()
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case conn.EvHeaders:
			c.headers(e)
		case conn.EvData:
			c.c.Consume(e.StreamID, len(e.Data))
			if st := c.streams[e.StreamID]; st != nil && st.file == nil {
				st.received += int64(len(e.Data))
				c.endOfContent(e, st)
			}
		case conn.EvWritable:
			if st := c.streams[e.StreamID]; st != nil && st.file != nil {
				c.sendPiece(e.StreamID, st, int(e.N))
			}
		case conn.EvPingAck:
			if c.leaving == warned && e.Ping == farewellPing {
				c.leave()
			}
		case conn.EvStreamClosed:
			c.forget(e.StreamID)
		case conn.EvConnError:
			c.s.o.Log.Info("connection error", "error", e.Err.Error())
		case conn.EvEnd:
			c.end()
			return
		}
	}
	c.leaveIfDone()
}

// headers answers a request, or waits for its content.
func (c *client) headers(e *conn.Event) {
	if e.Section == conn.Trailers {
		if st := c.streams[e.StreamID]; st != nil && st.file == nil {
			c.endOfContent(e, st)
		}
		return
	}
	q := parseRequest(e.Fields)
	switch q.method {
	case "GET", "HEAD":
		c.serveFile(e.StreamID, q)
	case "POST", "PUT":
		st := &stream{}
		if e.StreamID == 1 {
			st.received = c.before
		}
		c.keep(e.StreamID, st)
		if q.expect {
			c.c.Headers(e.StreamID, []hpack.Field{{Name: ":status", Value: "100"}}, conn.HeaderOptions{})
		}
		c.endOfContent(e, st)
	default:
		c.text(e.StreamID, false, "405", "This server answers GET, HEAD, POST and PUT.\n",
			hpack.Field{Name: "allow", Value: "GET, HEAD, POST, PUT"})
	}
}

// keep remembers a stream that waits for more.
func (c *client) keep(id uint32, st *stream) {
	if c.streams == nil {
		c.streams = make(map[uint32]*stream)
	}
	c.streams[id] = st
}

// endOfContent answers a POST or PUT when its content is complete.
func (c *client) endOfContent(e *conn.Event, st *stream) {
	if !e.End {
		return
	}
	delete(c.streams, e.StreamID)
	c.text(e.StreamID, false, "200", strconv.FormatInt(st.received, 10))
}

// text answers with a line.
func (c *client) text(id uint32, head bool, status, body string, more ...hpack.Field) {
	f := append(c.out[:0],
		hpack.Field{Name: ":status", Value: status},
		hpack.Field{Name: "content-type", Value: "text/plain; charset=utf-8"},
		hpack.Field{Name: "content-length", Value: strconv.Itoa(len(body))},
		hpack.Field{Name: "date", Value: c.s.at(c.now).text})
	f = append(append(f, more...), c.s.o.Fields...)
	c.out = f[:0]
	if c.respond(id, f, head) && !head {
		c.c.Data(id, []byte(body), true)
	}
}

// respond sends the head of a response. One that can't be sent, because the
// client's MAX_HEADER_LIST_SIZE is too small for it, say, ends the stream: no
// client must wait for ever.
func (c *client) respond(id uint32, fields []hpack.Field, end bool) bool {
	err := c.c.Headers(id, fields, conn.HeaderOptions{End: end})
	if err != nil {
		c.s.o.Log.Info("a response can't be sent", "stream", id, "error", err.Error())
		c.c.Reset(id, frame.InternalError) // no news when the stream has ended
	}
	return err == nil
}

// serveFile answers GET and HEAD.
func (c *client) serveFile(id uint32, q request) {
	head := q.method == "HEAD"
	name, ok := fileName(q.path)
	if !ok {
		c.text(id, head, "404", "There is no such file.\n")
		return
	}
	f, err := c.s.files.get(name, c.now.UnixNano())
	switch {
	case err == errDirectory:
		c.text(id, head, "308", "This is a folder: its address ends in a slash.\n",
			hpack.Field{Name: "location", Value: withSlash(q.path)})
		return
	case err != nil:
		c.text(id, head, "404", "There is no such file.\n")
		return
	}
	p := plan(q, f)
	fields := f.render(c.s.at(c.now), c.s.o.Fields)
	if p.status != "200" {
		fields = p.fields(f, c.s.at(c.now), c.s.o.Fields)
	}
	body := p.length > 0 && !head
	if !c.respond(id, fields, !body) || !body {
		return
	}
	if f.content != nil {
		c.c.Data(id, f.content[p.from:p.from+p.length], true)
		return
	}
	c.sendFile(id, name, p)
}

// sendFile begins a file that is too large to be kept in memory. If it was
// changed meanwhile the length that was told is not to be had, and the stream
// ends with INTERNAL_ERROR.
func (c *client) sendFile(id uint32, name string, p answer) {
	file, err := c.s.files.root.Open(name)
	if err == nil {
		_, err = file.Seek(p.from, 0)
	}
	if err != nil {
		if file != nil {
			file.Close()
		}
		c.s.o.Log.Warn("a file can't be read", "name", name, "error", err.Error())
		c.c.Reset(id, frame.InternalError)
		return
	}
	st := &stream{file: file, left: p.length}
	c.keep(id, st)
	c.sendPiece(id, st, pieceSize/4)
}

// pieceFor is how much to read of a file for a stream with that much window:
// half of what the connection may still hold, so that others find room too.
func (c *client) pieceFor(window int) int {
	return max(pieceLeast, min(window, (heldMost-c.held)/2, pieceSize))
}

// release takes the piece of a stream out of the books.
func (c *client) release(st *stream) {
	if st.sent != nil {
		c.held -= len(st.sent)
		c.spare = append(c.spare, st.sent)
		st.sent = nil
	}
}

// newPiece is a buffer of n octets, a large one from the pool.
func newPiece(n int) []byte {
	if n < pieceSize/2 {
		return make([]byte, n)
	}
	return (*pieces.Get().(*[]byte))[:n]
}

// sendPiece queues the next piece of a file. The one before has been framed but
// perhaps not been written: it is kept until it has.
func (c *client) sendPiece(id uint32, st *stream, window int) {
	c.release(st)
	b := newPiece(int(min(int64(c.pieceFor(window)), st.left)))
	st.sent = b
	c.held += len(b)
	n, err := readFull(st.file, b)
	if err != nil {
		c.s.o.Log.Warn("a file can't be read to its end", "error", err.Error())
		c.c.Reset(id, frame.InternalError)
		return
	}
	st.left -= int64(n)
	c.c.Data(id, b[:n], st.left == 0)
}

// forget lets go of a stream that has ended.
func (c *client) forget(id uint32) {
	st := c.streams[id]
	if st == nil {
		return
	}
	delete(c.streams, id)
	if st.file != nil {
		st.file.Close()
		c.release(st)
	}
}

// recycle gives pieces back once no write holds them.
func (c *client) recycle() {
	if len(c.spare) == 0 || c.d.Writing() {
		return
	}
	for i := range c.spare {
		if b := c.spare[i][:cap(c.spare[i])]; len(b) == pieceSize {
			pieces.Put(&b)
		}
		c.spare[i] = nil
	}
	c.spare = c.spare[:0]
}

// end is the last event.
func (c *client) end() {
	for _, st := range c.streams {
		if st.file != nil {
			st.file.Close()
		}
	}
	clear(c.streams)
	c.spare = nil // a write may still hold them
	c.s.ended(c)
}

// farewell is how far the end of a connection has come (RFC 9113, section 6.8).
type farewell uint8

const (
	staying farewell = iota
	warned           // GOAWAY named 2^31-1: no new requests, those under way still count
	leaving          // GOAWAY named the last stream that was taken
)

// warnedFor is how long a client may take to answer the PING behind the first
// GOAWAY. It is a round trip; who needs longer may lose a request to a retry.
const warnedFor = time.Second

// farewellPing tells our PING from those that keep a connection alive.
var farewellPing = [8]byte{'f', 'a', 'r', 'e', 'w', 'e', 'l', 'l'}

// goAway ends the connection when its streams have ended. A first GOAWAY only
// warns: requests that crossed it are taken until the client has answered
// a PING, and therefore read it (RFC 9113, section 6.8).
func (c *client) goAway() {
	c.d.Do(func() { // an error means that the connection has ended
		if c.leaving != staying || c.c.GoAway(frame.MaxStreamID, frame.NoError, nil) != nil {
			return
		}
		if c.c.Ping(farewellPing) != nil {
			c.leave()
			return
		}
		c.leaving = warned
		time.AfterFunc(warnedFor, func() { c.d.Do(c.leave) })
	})
}

// leave names the last stream that was taken.
func (c *client) leave() {
	if c.leaving != leaving {
		c.leaving = leaving
		c.c.GoAway(c.c.LastStreamID(), frame.NoError, nil)
		c.leaveIfDone()
	}
}

// leaveIfDone closes a connection that was left and has no stream any more.
func (c *client) leaveIfDone() {
	if c.leaving == leaving && c.c.Streams() == 0 {
		c.d.CloseLocked()
	}
}

// idle says farewell to a client that has been silent.
func (c *client) idle() bool {
	c.leave()
	c.d.CloseLocked()
	return true
}
