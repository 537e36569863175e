package inspect_test

import (
	"fmt"
	"strings"
	"testing"

	"framewise/core/compose"
	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect"
	"framewise/core/trace"
)

// wire is two connections that talk, and the record of it. What somebody puts in
// follows frame number nth of a direction, as if its sender had sent it.
type wire struct {
	t       *testing.T
	ends    [2]*conn.Conn
	now     int64
	entries []trace.Entry
	sent    [2]int    // frames by direction
	under   [2][]byte // octets under way

	dir, nth int // where octets are put in; nth -1: nowhere
	put      []byte
	reaction string // what the receiver did with them
}

const delay = 1000

func newWire(t *testing.T) *wire {
	w := &wire{t: t, nth: -1}
	w.ends[0] = conn.New(conn.Config{Role: conn.Client})
	w.ends[1] = conn.New(conn.Config{Role: conn.Server})
	w.note(&trace.Header{Version: 1})
	w.note(&trace.Conn{ID: 1, Client: "a", Server: "b", Vantage: trace.VantageBoth})
	return w
}

func (w *wire) note(e trace.Entry) { w.entries = append(w.entries, e) }

// poll takes what an end wants to send, and says what happened there.
func (w *wire) poll(e int) (events []conn.Event, octets []byte) {
	var o conn.Output
	for {
		w.ends[e].Poll(w.now, &o, 0)
		for _, s := range o.Segments {
			octets = append(octets, s...)
		}
		events = append(events, o.Events...)
		if len(o.Events) == 0 && o.Octets == 0 {
			return events, octets
		}
	}
}

// talk lets both ends send and receive until nobody has anything to say.
func (w *wire) talk() {
	for range 100 {
		w.now += delay
		quiet := true
		for e := range w.ends {
			_, b := w.poll(e)
			w.under[e] = append(w.under[e], b...)
		}
		for e := range w.ends {
			if b := w.under[e]; len(b) > 0 {
				w.under[e] = nil
				w.note(&trace.Chunk{Conn: 1, Dir: trace.Dir(e), SentAt: w.now, ReceivedAt: w.now + delay/2, Octets: b})
				w.deliver(e, b)
				quiet = false
			}
		}
		if quiet {
			return
		}
	}
	w.t.Fatal("the two never stop talking")
}

// deliver gives the other end what an end has sent, a frame at a time.
func (w *wire) deliver(e int, b []byte) {
	if e == 0 && w.sent[0] == 0 {
		w.receive(1, b[:len(frame.Preface)])
		b = b[len(frame.Preface):]
	}
	for len(b) > 0 {
		n := frame.HeaderLen + int(frame.ParseHeader(b).Length)
		w.receive(1-e, b[:n])
		b = b[n:]
		if w.dir == e && w.nth == w.sent[e] {
			w.inject()
		}
		w.sent[e]++
	}
}

func (w *wire) receive(e int, b []byte) []conn.Event {
	if err := w.ends[e].Receive(w.now+delay/2, b); err != nil && w.reaction == "" {
		w.t.Fatal(err)
	}
	var o conn.Output
	w.ends[e].Poll(w.now+delay/2, &o, 0)
	for _, s := range o.Segments {
		w.under[e] = append(w.under[e], s...)
	}
	return append([]conn.Event(nil), o.Events...)
}

// inject puts the octets in and keeps what their receiver makes of them.
func (w *wire) inject() {
	w.reaction = "none"
	for _, ev := range w.receive(1-w.dir, w.put) {
		switch ev.Kind {
		case conn.EvConnError:
			w.reaction = "connection " + ev.Code.String()
		case conn.EvStreamError:
			if w.reaction == "none" {
				w.reaction = "stream " + ev.Code.String()
			}
		}
	}
}

func fields(pairs ...string) (out []hpack.Field) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, hpack.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

func get(method, path string, more ...string) []hpack.Field {
	return append(fields(":method", method, ":scheme", "http", ":authority", "a", ":path", path), fields(more...)...)
}

// session is what the table is about: stream 1 is over, and promised stream 2,
// which is reserved; 3 is open both ways, with 6 of 10 octets to come; 5 was
// reset by the client, 7 by the server; 9 waits for its response; 11 was ended
// by the client and is answered without an end.
func session(t *testing.T, w *wire) {
	c, s := w.ends[0], w.ends[1]
	must := func(err error) {
		t.Helper()
		if err != nil && w.reaction == "" {
			t.Fatal(err)
		}
	}
	open := func(end bool, f []hpack.Field) {
		t.Helper()
		_, err := c.Open(f, conn.HeaderOptions{End: end})
		must(err)
	}
	ok := fields(":status", "200")
	w.talk()
	open(true, get("GET", "/1"))
	open(false, get("POST", "/3", "content-length", "10"))
	open(false, get("POST", "/5"))
	open(false, get("POST", "/7"))
	open(false, get("POST", "/9"))
	open(true, get("GET", "/11"))
	w.talk()
	must(c.Data(3, []byte("four"), false))
	_, err := s.Push(1, get("GET", "/2"))
	must(err)
	must(s.Headers(1, ok, conn.HeaderOptions{}))
	must(s.Data(1, []byte("done"), true))
	must(s.Headers(3, ok, conn.HeaderOptions{}))
	must(s.Headers(11, ok, conn.HeaderOptions{}))
	w.talk()
	must(c.Reset(5, frame.Cancel))
	must(s.Reset(7, frame.RefusedStream))
	w.talk()
	must(c.Ping([8]byte{1}))
	must(s.Ping([8]byte{2}))
	w.talk()
}

// tries are octets that are put in behind the last frame of an end.
var tries = []struct {
	name string
	from string // "c2s" or "s2c"
	form string // lines of a form, or hex
	want string // what both must say: none, stream CODE, connection CODE
}{
	{"PING", "c2s", "type PING|ping 12345678", "none"},
	{"PING", "s2c", "type PING|ping 12345678", "none"},
	{"PING ACK that nobody asked for", "c2s", "type PING|flag0 1|ping 12345678", "none"},
	{"PING of 7 octets", "c2s", "type PING|ping 1234567", "connection FRAME_SIZE_ERROR"},
	{"PING on stream 1", "s2c", "type PING|stream 1|ping 12345678", "connection PROTOCOL_ERROR"},
	{"SETTINGS", "c2s", "type SETTINGS|settings MAX_CONCURRENT_STREAMS 5", "none"},
	{"SETTINGS", "s2c", "type SETTINGS|settings INITIAL_WINDOW_SIZE 5", "none"},
	{"SETTINGS of 5 octets", "c2s", "type SETTINGS|extra 0102030405", "connection FRAME_SIZE_ERROR"},
	{"SETTINGS on stream 3", "c2s", "type SETTINGS|stream 3", "connection PROTOCOL_ERROR"},
	{"SETTINGS ACK with a payload", "s2c", "type SETTINGS|flag0 1|settings ENABLE_PUSH 0", "connection FRAME_SIZE_ERROR"},
	{"SETTINGS ACK that nobody waits for", "c2s", "type SETTINGS|flag0 1", "connection PROTOCOL_ERROR"},
	{"SETTINGS with a window above the limit", "c2s", "type SETTINGS|settings INITIAL_WINDOW_SIZE 2147483648", "connection FLOW_CONTROL_ERROR"},
	{"SETTINGS with a small MAX_FRAME_SIZE", "s2c", "type SETTINGS|settings MAX_FRAME_SIZE 100", "connection PROTOCOL_ERROR"},
	{"SETTINGS with ENABLE_PUSH 2", "c2s", "type SETTINGS|settings ENABLE_PUSH 2", "connection PROTOCOL_ERROR"},
	{"SETTINGS with ENABLE_PUSH 1 from a server", "s2c", "type SETTINGS|settings ENABLE_PUSH 1", "connection PROTOCOL_ERROR"},
	{"SETTINGS with an unknown one", "c2s", "type SETTINGS|settings 0x99 1", "none"},
	{"SETTINGS with 33 entries", "c2s", "type SETTINGS|settings " + strings.Repeat(`0x99 1\n`, 33), "connection ENHANCE_YOUR_CALM"},
	{"SETTINGS with 32 entries", "c2s", "type SETTINGS|settings " + strings.Repeat(`0x99 1\n`, 32), "none"},
	{"NO_RFC7540_PRIORITIES late", "c2s", "type SETTINGS|settings NO_RFC7540_PRIORITIES 1", "connection PROTOCOL_ERROR"},

	{"DATA", "c2s", "type DATA|stream 3|data sixsix", "none"},
	{"DATA", "s2c", "type DATA|stream 3|data anything", "none"},
	{"DATA that ends short of content-length", "c2s", "type DATA|stream 3|data abc|flag0 1", "stream PROTOCOL_ERROR"},
	{"DATA beyond content-length", "c2s", "type DATA|stream 3|data sevenoc", "stream PROTOCOL_ERROR"},
	{"DATA on stream 0", "c2s", "type DATA|data x", "connection PROTOCOL_ERROR"},
	{"DATA on stream 0", "s2c", "type DATA|data x", "connection PROTOCOL_ERROR"},
	{"DATA on an idle stream", "c2s", "type DATA|stream 99|data x", "connection PROTOCOL_ERROR"},
	{"DATA on an idle stream", "s2c", "type DATA|stream 99|data x", "connection PROTOCOL_ERROR"},
	{"DATA on a stream that was left out", "c2s", "type DATA|stream 4|data x", "connection PROTOCOL_ERROR"},
	{"DATA on a closed stream", "c2s", "type DATA|stream 1|data x", "connection STREAM_CLOSED"},
	{"DATA on a closed stream", "s2c", "type DATA|stream 1|data x", "connection STREAM_CLOSED"},
	{"DATA after END_STREAM", "c2s", "type DATA|stream 11|data x", "stream STREAM_CLOSED"},
	{"DATA on a stream that its sender reset", "c2s", "type DATA|stream 5|data x", "stream STREAM_CLOSED"},
	{"DATA on a stream that its receiver reset", "c2s", "type DATA|stream 7|data x", "none"},
	{"DATA on a stream that the client reset", "s2c", "type DATA|stream 5|data x", "none"},
	{"DATA before the response's head", "s2c", "type DATA|stream 9|data x", "stream PROTOCOL_ERROR"},
	{"DATA on a reserved stream", "s2c", "type DATA|stream 2|data x", "connection PROTOCOL_ERROR"},
	{"DATA with bad padding", "c2s", "type DATA|stream 3|data x|flag3 1|padlen 200", "connection PROTOCOL_ERROR"},
	{"DATA with padding", "c2s", "type DATA|stream 3|data x|flag3 1|pad 20", "none"},
	{"DATA that is too large", "c2s", "type DATA|stream 3|length 16385", "connection FRAME_SIZE_ERROR"},
	{"DATA beyond the connection's window", "s2c", "many", "connection FLOW_CONTROL_ERROR"},

	{"a request", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a`, "none"},
	{"a request with an uppercase name", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a\nX-A: b`, "stream PROTOCOL_ERROR"},
	{"a request with connection", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a\nconnection: close`, "stream PROTOCOL_ERROR"},
	{"a request with a line end in a value", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a\na: b\\r\\nc`, "stream PROTOCOL_ERROR"},
	{"a request with a control octet in a value", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a\na: b\\x01`, "stream PROTOCOL_ERROR"},
	{"a request without :path", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:authority: a`, "stream PROTOCOL_ERROR"},
	{"a request with an empty :path", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:authority: a\n:path: `, "stream PROTOCOL_ERROR"},
	{"a request whose path has no slash", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:authority: a\n:path: x`, "stream PROTOCOL_ERROR"},
	{"a request with another host", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:authority: a\n:path: /\nhost: b`, "stream PROTOCOL_ERROR"},
	{"a request for nobody", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /`, "stream PROTOCOL_ERROR"},
	{"a request with a user", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: me@a`, "stream PROTOCOL_ERROR"},
	{"a request whose method is no token", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: G T\n:scheme: http\n:path: /\n:authority: a`, "stream PROTOCOL_ERROR"},
	{"a request with a pseudo-header field behind", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\na: b\n:path: /\n:authority: a`, "stream PROTOCOL_ERROR"},
	{"a request with :status", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a\n:status: 200`, "stream PROTOCOL_ERROR"},
	{"a CONNECT with :path", "c2s", `type HEADERS|stream 13|flag2 1|fields :method: CONNECT\n:path: /\n:authority: a`, "stream PROTOCOL_ERROR"},
	{"a WebSocket that was not allowed", "c2s", `type HEADERS|stream 13|flag2 1|fields :method: CONNECT\n:scheme: http\n:path: /\n:authority: a\n:protocol: websocket`, "stream PROTOCOL_ERROR"},
	{"a request whose content-length is no number", "c2s", `type HEADERS|stream 13|flag2 1|fields :method: POST\n:scheme: http\n:path: /\n:authority: a\ncontent-length: x`, "stream PROTOCOL_ERROR"},
	{"te: gzip", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a\nte: gzip`, "stream PROTOCOL_ERROR"},
	{"te: Trailers", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a\nte: Trailers`, "none"},
	{"HEADERS on an even stream", "c2s", `type HEADERS|stream 14|flag2 1|fields :method: GET`, "connection PROTOCOL_ERROR"},
	{"HEADERS on a stream that was left out", "c2s", `type HEADERS|stream 1|flag2 1|fields :method: GET`, "connection STREAM_CLOSED"},
	{"HEADERS on stream 0", "c2s", `type HEADERS|flag2 1|fields :method: GET`, "connection PROTOCOL_ERROR"},
	{"HEADERS with index 0", "c2s", `type HEADERS|stream 13|flag2 1|fields # 0`, "connection COMPRESSION_ERROR"},
	{"HEADERS with index 200", "c2s", `type HEADERS|stream 13|flag2 1|fields # 200`, "connection COMPRESSION_ERROR"},
	{"HEADERS with a broken string", "c2s", `type HEADERS|stream 13|flag2 1|fields x 00 05 61`, "connection COMPRESSION_ERROR"},
	{"HEADERS with a late size update", "c2s", `type HEADERS|stream 13|flag2 1|fields # 2\n= 0`, "connection COMPRESSION_ERROR"},
	{"HEADERS that depend on themselves", "c2s", `type HEADERS|stream 13|flag0 1|flag2 1|flag5 1|dep 13|fields :method: GET\n:scheme: http\n:path: /\n:authority: a`, "stream PROTOCOL_ERROR"},
	{"HEADERS that go on", "c2s", `type HEADERS|stream 13|fields :method: GET`, "none"},
	{"HEADERS that are cut off by PING", "c2s", "cut", "connection PROTOCOL_ERROR"},
	{"trailers", "c2s", `type HEADERS|stream 9|flag0 1|flag2 1|fields a: b`, "none"},
	{"trailers without an end", "c2s", `type HEADERS|stream 9|flag2 1|fields a: b`, "stream PROTOCOL_ERROR"},
	{"trailers with a pseudo-header field", "c2s", `type HEADERS|stream 9|flag0 1|flag2 1|fields :path: /`, "stream PROTOCOL_ERROR"},
	{"a response", "s2c", `type HEADERS|stream 9|flag2 1|fields :status: 200`, "none"},
	{"100", "s2c", `type HEADERS|stream 9|flag2 1|fields :status: 100`, "none"},
	{"100 with END_STREAM", "s2c", `type HEADERS|stream 9|flag0 1|flag2 1|fields :status: 100`, "stream PROTOCOL_ERROR"},
	{"101", "s2c", `type HEADERS|stream 9|flag2 1|fields :status: 101`, "stream PROTOCOL_ERROR"},
	{"a response without :status", "s2c", `type HEADERS|stream 9|flag2 1|fields a: b`, "stream PROTOCOL_ERROR"},
	{"a response on an idle stream", "s2c", `type HEADERS|stream 99|flag2 1|fields :status: 200`, "connection PROTOCOL_ERROR"},
	{"a response on the promised stream", "s2c", `type HEADERS|stream 2|flag0 1|flag2 1|fields :status: 200`, "none"},
	{"a response on a stream that was never promised", "s2c", `type HEADERS|stream 4|flag2 1|fields :status: 200`, "connection PROTOCOL_ERROR"},

	{"CONTINUATION of nothing", "c2s", "type CONTINUATION|stream 3|flag2 1", "connection PROTOCOL_ERROR"},
	{"CONTINUATION on stream 0", "s2c", "type CONTINUATION|flag2 1", "connection PROTOCOL_ERROR"},
	{"an empty CONTINUATION", "c2s", "empty", "connection ENHANCE_YOUR_CALM"},

	{"PUSH_PROMISE", "s2c", `type PUSH_PROMISE|stream 3|promised 4|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a`, "none"},
	{"PUSH_PROMISE by a client", "c2s", `type PUSH_PROMISE|stream 3|promised 4|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a`, "connection PROTOCOL_ERROR"},
	{"PUSH_PROMISE of a stream that is used", "s2c", `type PUSH_PROMISE|stream 3|promised 2|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a`, "connection PROTOCOL_ERROR"},
	{"PUSH_PROMISE of an odd stream", "s2c", `type PUSH_PROMISE|stream 3|promised 21|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a`, "connection PROTOCOL_ERROR"},
	{"PUSH_PROMISE on a closed stream", "s2c", `type PUSH_PROMISE|stream 1|promised 4|flag2 1|fields :method: GET\n:scheme: http\n:path: /\n:authority: a`, "connection PROTOCOL_ERROR"},
	{"PUSH_PROMISE of a POST", "s2c", `type PUSH_PROMISE|stream 3|promised 4|flag2 1|fields :method: POST\n:scheme: http\n:path: /\n:authority: a`, "stream PROTOCOL_ERROR"},

	{"WINDOW_UPDATE", "c2s", "type WINDOW_UPDATE|increment 10", "none"},
	{"WINDOW_UPDATE 0", "c2s", "type WINDOW_UPDATE|increment 0", "connection PROTOCOL_ERROR"},
	{"WINDOW_UPDATE 0", "s2c", "type WINDOW_UPDATE|increment 0", "connection PROTOCOL_ERROR"},
	{"WINDOW_UPDATE 0 on a stream", "c2s", "type WINDOW_UPDATE|stream 3|increment 0", "stream PROTOCOL_ERROR"},
	{"WINDOW_UPDATE 0 on a closed stream", "c2s", "type WINDOW_UPDATE|stream 1|increment 0", "none"},
	{"WINDOW_UPDATE 0 on an idle stream", "c2s", "type WINDOW_UPDATE|stream 99|increment 0", "connection PROTOCOL_ERROR"},
	{"WINDOW_UPDATE on an idle stream", "c2s", "type WINDOW_UPDATE|stream 99|increment 1", "connection PROTOCOL_ERROR"},
	{"WINDOW_UPDATE on a closed stream", "s2c", "type WINDOW_UPDATE|stream 1|increment 1", "none"},
	{"WINDOW_UPDATE beyond the limit", "c2s", "type WINDOW_UPDATE|increment 2147483647", "connection FLOW_CONTROL_ERROR"},
	{"WINDOW_UPDATE beyond the limit of a stream", "s2c", "type WINDOW_UPDATE|stream 3|increment 2147483647", "stream FLOW_CONTROL_ERROR"},
	{"WINDOW_UPDATE of 3 octets", "c2s", "type WINDOW_UPDATE|raw 1|payload 000001", "connection FRAME_SIZE_ERROR"},
	{"WINDOW_UPDATE on a reserved stream", "c2s", "type WINDOW_UPDATE|stream 2|increment 1", "none"},

	{"RST_STREAM", "c2s", "type RST_STREAM|stream 3|code CANCEL", "none"},
	{"RST_STREAM on stream 0", "c2s", "type RST_STREAM|code CANCEL", "connection PROTOCOL_ERROR"},
	{"RST_STREAM on an idle stream", "s2c", "type RST_STREAM|stream 99", "connection PROTOCOL_ERROR"},
	{"RST_STREAM on a closed stream", "c2s", "type RST_STREAM|stream 1", "none"},
	{"RST_STREAM of 5 octets", "c2s", "type RST_STREAM|stream 3|extra 00", "connection FRAME_SIZE_ERROR"},
	{"PRIORITY", "c2s", "type PRIORITY|stream 3|dep 1", "none"},
	{"PRIORITY on an idle stream", "c2s", "type PRIORITY|stream 99|dep 1", "none"},
	{"PRIORITY of itself", "c2s", "type PRIORITY|stream 3|dep 3", "stream PROTOCOL_ERROR"},
	{"PRIORITY of itself on an idle stream", "c2s", "type PRIORITY|stream 99|dep 99", "connection PROTOCOL_ERROR"},
	{"PRIORITY of 4 octets", "c2s", "type PRIORITY|stream 3|raw 1|payload 00000001", "stream FRAME_SIZE_ERROR"},
	{"PRIORITY on stream 0", "c2s", "type PRIORITY|dep 1", "connection PROTOCOL_ERROR"},
	{"GOAWAY", "s2c", "type GOAWAY|last 11", "none"},
	{"GOAWAY on stream 1", "c2s", "type GOAWAY|stream 1", "connection PROTOCOL_ERROR"},
	{"GOAWAY of 4 octets", "s2c", "type GOAWAY|raw 1|payload 00000000", "connection FRAME_SIZE_ERROR"},
	{"GOAWAY that rises", "s2c", "rises", "connection PROTOCOL_ERROR"},
	{"PRIORITY_UPDATE", "c2s", "type PRIORITY_UPDATE|prioritized 3|priority u=1", "none"},
	{"PRIORITY_UPDATE by a server", "s2c", "type PRIORITY_UPDATE|prioritized 3|priority u=1", "connection PROTOCOL_ERROR"},
	{"PRIORITY_UPDATE of stream 0", "c2s", "type PRIORITY_UPDATE|priority u=1", "connection PROTOCOL_ERROR"},
	{"PRIORITY_UPDATE on stream 3", "c2s", "type PRIORITY_UPDATE|stream 3|prioritized 3", "connection PROTOCOL_ERROR"},
	{"PRIORITY_UPDATE of 2 octets", "c2s", "type PRIORITY_UPDATE|raw 1|payload 0000", "connection FRAME_SIZE_ERROR"},
	{"PRIORITY_UPDATE of a stream that was not promised", "c2s", "type PRIORITY_UPDATE|prioritized 40|priority u=1", "connection PROTOCOL_ERROR"},
	{"ALTSVC", "s2c", "type ALTSVC|origin https://a|altsvc h2", "none"},
	{"ORIGIN", "s2c", "type ORIGIN|origins https://a", "none"},
	{"an unknown type", "c2s", "type other|number 0x77|payload 0102", "none"},
	{"an unknown type on an idle stream", "s2c", "type other|number 0x77|stream 99", "none"},
	{"text", "c2s", "hex 474554202f20485454502f312e310d0a", "connection FRAME_SIZE_ERROR"},
	{"half a header", "c2s", "hex 000008", "none"},
	{"two frames, the first fatal", "c2s", "hex 000000000000000000 000000040100000000", "connection PROTOCOL_ERROR"},
	{"a frame that is cut off", "c2s", "hex 000008060000000000 01", "none"},
}

// octetsOf makes the octets of a try.
func octetsOf(t *testing.T, text string) []byte {
	t.Helper()
	block := []byte{0x82}
	switch text {
	case "many":
		return append(data(3, 65535), data(11, 65535)...)
	case "cut":
		return frame.AppendPing(frame.AppendHeaders(nil, 13, block, true, false, nil, frame.NoPadding), [8]byte{}, false)
	case "empty":
		return frame.AppendContinuation(frame.AppendHeaders(nil, 13, block, true, false, nil, frame.NoPadding), 13, nil, false)
	case "rises":
		return frame.AppendGoAway(frame.AppendGoAway(nil, 1, 0, nil), 3, 0, nil)
	}
	if rest, ok := strings.CutPrefix(text, "hex "); ok {
		b, err := compose.ParseHex(rest)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	form := "form\n"
	for pair := range strings.SplitSeq(text, "|") {
		key, value, _ := strings.Cut(pair, " ")
		form += key + ` "` + value + "\"\n"
	}
	b, _, err := compose.Parse(form)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func data(id uint32, n int) (b []byte) {
	for n > 0 {
		k := min(n, frame.MinMaxFrameSize)
		b = frame.AppendData(b, id, make([]byte, k), false, frame.NoPadding)
		n -= k
	}
	return b
}

// TestTryAgreesWithTheCore: what the explainer says of a frame before it is sent
// is what core/conn does with it. Each frame goes into the same session, at its
// end and from the end that the table names.
func TestTryAgreesWithTheCore(t *testing.T) {
	plain := newWire(t)
	session(t, plain)
	a := inspect.New()
	for _, e := range plain.entries {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range a.Summary().Problems {
		t.Fatalf("the session itself is not sound: %+v", p)
	}
	for i, x := range tries {
		t.Run(fmt.Sprintf("%s %s", x.from, x.name), func(t *testing.T) {
			dir := map[string]int{"c2s": 0, "s2c": 1}[x.from]
			octets := octetsOf(t, x.form)
			v := a.Try(inspect.TryQuery{Frame: -1, Dir: x.from, Octets: octets})
			w := newWire(t)
			w.dir, w.nth, w.put = dir, v.Place.Own, octets
			session(t, w)
			if w.reaction == "" {
				t.Fatalf("try %d was never put in: %+v", i, v.Place)
			}
			said, text := "none", v.Rest
			for _, f := range v.Frames {
				text += f.Outcome + ": " + f.Text + " (" + f.Rule + ") "
				if said == "none" && (f.Outcome == "stream" || f.Outcome == "connection") {
					said = f.Outcome + " " + f.Code
				}
			}
			if said != x.want || w.reaction != x.want {
				t.Errorf("want %s\n the explainer says %s: %s\n the core did    %s", x.want, said, text, w.reaction)
			}
		})
	}
}
