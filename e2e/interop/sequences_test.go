package interop

import (
	"bytes"
	"testing"
)

// sequences are legal oddities and violations, in the order of RFC 9113.
func sequences() []sequence {
	return join(connectionStart(), framing(), streamStates(), streamRules(),
		smallFrames(), settingsFrames(), windows(), continuations(), fieldRules(), pseudoFields(), messages())
}

func join(lists ...[]sequence) (all []sequence) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// Requests in octets. get is complete, open waits for content.
var (
	getBlock  = lines(":method", "GET", ":scheme", "http", ":authority", "localhost", ":path", "/hello")
	postBlock = lines(":method", "POST", ":scheme", "http", ":authority", "localhost", ":path", "/up")
)

func get1(id uint32) []byte  { return raw(tHeaders, fEnd|fBlock, id, getBlock...) }
func open1(id uint32) []byte { return raw(tHeaders, fBlock, id, postBlock...) }

// getWith is a GET with more field lines; post the same for a POST without its
// end.
func getWith(id uint32, pairs ...string) []byte {
	return raw(tHeaders, fEnd|fBlock, id, append(bytes.Clone(getBlock), lines(pairs...)...)...)
}

func postWith(id uint32, pairs ...string) []byte {
	return raw(tHeaders, fBlock, id, append(bytes.Clone(postBlock), lines(pairs...)...)...)
}

func data(id uint32, flags byte, s string) []byte { return raw(tData, flags, id, []byte(s)...) }

func connectionStart() []sequence {
	first := func(f []byte) []byte { return cat([]byte(preface), f) }
	return []sequence{
		{name: "3.4 nothing but the preface and SETTINGS"},
		{name: "3.4 a wrong octet in the preface", bare: true, send: []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX")},
		{name: "3.4 the first frame is PING", bare: true, send: first(raw(tPing, 0, 0, make([]byte, 8)...))},
		{name: "3.4 the first frame is a request", bare: true, send: first(get1(1))},
		{name: "3.4 the first frame is SETTINGS with ACK", bare: true, send: first(raw(tSettings, fAck, 0))},
		{name: "3.4 the preface twice", send: []byte(preface)},
	}
}

func framing() []sequence {
	huge := make([]byte, 16385)
	return []sequence{
		{name: "4.1 a frame of an unknown type on the connection", send: cat(raw(0x77, 0xff, 0, 1, 2, 3), get1(1)), ends: 1},
		{name: "4.1 a frame of an unknown type on an idle stream", send: cat(raw(0x77, 0xff, 1, 1, 2, 3), get1(1)), ends: 1},
		{name: "4.1 a frame of an unknown type on an open stream", send: cat(open1(1), raw(0x77, 0xff, 1, 1), data(1, fEnd, "x")), ends: 1},
		{name: "4.1 flags of PING that have no meaning", send: raw(tPing, 0xfe, 0, make([]byte, 8)...)},
		{name: "4.1 flags of SETTINGS that have no meaning", send: raw(tSettings, 0xfe, 0)},
		{name: "4.1 the reserved bit of a stream identifier", send: get1(1 | 1<<31), ends: 1},
		{name: "4.2 DATA longer than MAX_FRAME_SIZE", send: cat(open1(1), raw(tData, 0, 1, huge...))},
		{name: "4.2 HEADERS longer than MAX_FRAME_SIZE", send: raw(tHeaders, fEnd|fBlock, 1, huge...)},
		{name: "4.2 an unknown type longer than MAX_FRAME_SIZE", send: raw(0x77, 0, 0, huge...)},
		{name: "4.2 DATA as long as MAX_FRAME_SIZE", send: cat(open1(1), raw(tData, fEnd, 1, huge[1:]...)), ends: 1},
		{name: "4.3 index 0", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0x80)...), ends: 1},
		{name: "4.3 an index beyond both tables", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0xbe)...), ends: 1},
		{name: "4.3 a table size update above the limit", send: raw(tHeaders, fEnd|fBlock, 1, append(hpackUpdate(4097), getBlock...)...), ends: 1},
		{name: "4.3 a table size update at the limit", send: raw(tHeaders, fEnd|fBlock, 1, append(hpackUpdate(4096), getBlock...)...), ends: 1},
		{name: "4.3 a table size update behind a field", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0x20)...), ends: 1},
		{name: "4.3 three table size updates", send: raw(tHeaders, fEnd|fBlock, 1, append([]byte{0x20, 0x20, 0x20}, getBlock...)...), ends: 1},
		{name: "4.3 a literal that is cut off", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0, 5, 'a')...), ends: 1},
		{name: "4.3 an integer that never ends", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)...), ends: 1},
		{name: "4.3 Huffman padding with zeros", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0, 1, 'x', 0x81, 0x00)...), ends: 1},
		{name: "4.3 Huffman padding of more than 7 bits", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0, 1, 'x', 0x82, 0x1f, 0xff)...), ends: 1},
		{name: "4.3 a never-indexed field", send: raw(tHeaders, fEnd|fBlock, 1, append(bytes.Clone(getBlock), 0x10, 1, 'x', 1, 'y')...), ends: 1},
		{name: "4.3 an empty field block", send: raw(tHeaders, fEnd|fBlock, 1), ends: 1},
	}
}

// hpackUpdate is a dynamic table size update (RFC 7541, section 6.3).
func hpackUpdate(n uint64) []byte {
	b := hpackInt(nil, 5, n)
	b[0] |= 0x20
	return b
}

func streamStates() []sequence {
	reset := raw(tReset, 0, 1, u32s(8)...)
	return []sequence{
		{name: "5.1 DATA on an idle stream", send: data(1, fEnd, "x")},
		{name: "5.1 RST_STREAM on an idle stream", send: reset},
		{name: "5.1 WINDOW_UPDATE on an idle stream", send: raw(tWindow, 0, 1, u32s(1)...)},
		{name: "5.1 PRIORITY on an idle stream", send: cat(raw(tPriority, 0, 3, 0, 0, 0, 0, 9), get1(1)), ends: 1},
		{name: "5.1 CONTINUATION on an idle stream", send: raw(tContinuation, fBlock, 1)},
		{name: "5.1 DATA on a closed stream", send: get1(1), ends: 1, then: data(1, fEnd, "x")},
		{name: "5.1 HEADERS on a closed stream", send: get1(1), ends: 1, then: get1(1)},
		{name: "5.1 WINDOW_UPDATE on a closed stream", send: get1(1), ends: 1, then: raw(tWindow, 0, 1, u32s(1)...)},
		{name: "5.1 RST_STREAM on a closed stream", send: get1(1), ends: 1, then: reset},
		{name: "5.1 PRIORITY on a closed stream", send: get1(1), ends: 1, then: raw(tPriority, 0, 1, 0, 0, 0, 0, 9)},
		{name: "5.1 DATA behind our RST_STREAM", send: cat(open1(1), reset), then: data(1, fEnd, "x")},
		{name: "5.1 HEADERS behind our RST_STREAM", send: cat(open1(1), reset), then: raw(tHeaders, fEnd|fBlock, 1, getBlock...)},
		{name: "5.1 WINDOW_UPDATE behind our RST_STREAM", send: cat(open1(1), reset), then: raw(tWindow, 0, 1, u32s(1)...)},
		{name: "5.1 RST_STREAM twice", send: cat(open1(1), reset), then: reset},
		{name: "5.1 PRIORITY behind our RST_STREAM", send: cat(open1(1), reset), then: raw(tPriority, 0, 1, 0, 0, 0, 0, 9)},
		{name: "5.1 DATA on a stream that was skipped", send: get1(5), ends: 5, then: data(3, fEnd, "x")},
		{name: "5.1 DATA on a stream of the server's", send: data(2, fEnd, "x")},
		{name: "5.1.1 a request on an even identifier", send: get1(2), ends: 2},
		{name: "5.1.1 a request on stream 0", send: get1(0)},
		{name: "5.1.1 identifiers with gaps", send: cat(get1(1), get1(9)), ends: 9},
		{name: "5.1.1 a lower identifier than before", send: get1(5), ends: 5, then: get1(3), thenEnds: 3},
		{name: "5.1.1 the highest identifier", send: get1(1<<31 - 1), ends: 1<<31 - 1},
		{name: "5.1.2 five hundred streams at once", send: many(500)},
	}
}

// many opens n streams and ends none.
func many(n uint32) (b []byte) {
	for i := range n {
		b = append(b, open1(2*i+1)...)
	}
	return b
}

func streamRules() []sequence {
	withPriority := func(dep uint32) []byte {
		return raw(tHeaders, fEnd|fBlock|fPriority, 1, cat(u32s(dep), []byte{7}, getBlock)...)
	}
	return []sequence{
		{name: "5.3.1 HEADERS with a priority", send: withPriority(0), ends: 1},
		{name: "5.3.1 HEADERS that depends on a stream nobody knows", send: withPriority(99), ends: 1},
		{name: "5.3.1 HEADERS that depends on itself", send: withPriority(1), ends: 1},
		{name: "5.3.1 PRIORITY that depends on itself", send: raw(tPriority, 0, 1, 0, 0, 0, 1, 9)},
		{name: "5.4.2 the client resets twice with different codes", send: cat(open1(1), raw(tReset, 0, 1, u32s(8)...), raw(tReset, 0, 1, u32s(1)...))},
		{name: "5.5 a frame of an unknown type within a field block", send: cat(raw(tHeaders, fEnd, 1, getBlock...), raw(0x77, 0, 1), raw(tContinuation, fBlock, 1))},
		{name: "5.5 an unknown setting", send: raw(tSettings, 0, 0, setting(0x7777, 1)...)},
	}
}

func smallFrames() []sequence {
	ping := make([]byte, 8)
	return []sequence{
		{name: "6.1 DATA on stream 0", send: data(0, 0, "x")},
		{name: "6.1 padding as long as the payload", send: cat(open1(1), raw(tData, fEnd|fPadded, 1, 3, 0, 0))},
		{name: "6.1 a padding length without an octet", send: cat(open1(1), raw(tData, fEnd|fPadded, 1))},
		{name: "6.1 DATA of padding alone", send: cat(open1(1), raw(tData, fEnd|fPadded, 1, 2, 0, 0)), ends: 1},
		{name: "6.1 padding that is not zero", send: cat(open1(1), raw(tData, fEnd|fPadded, 1, 2, 7, 7)), ends: 1},
		{name: "6.1 empty DATA", send: cat(open1(1), data(1, 0, ""), data(1, fEnd, "")), ends: 1},
		{name: "6.2 HEADERS with padding and priority", send: raw(tHeaders, fEnd|fBlock|fPadded|fPriority, 1, cat([]byte{3, 0, 0, 0, 0, 9}, getBlock, []byte{0, 0, 0})...), ends: 1},
		{name: "6.2 padding longer than HEADERS", send: raw(tHeaders, fEnd|fBlock|fPadded, 1, append([]byte{255}, getBlock...)...)},
		{name: "6.2 HEADERS too short for its priority", send: raw(tHeaders, fEnd|fBlock|fPriority, 1, 0, 0, 0, 0)},
		{name: "6.3 PRIORITY on stream 0", send: raw(tPriority, 0, 0, 0, 0, 0, 1, 9)},
		{name: "6.3 PRIORITY of 4 octets", send: cat(open1(1), raw(tPriority, 0, 1, 0, 0, 0, 0))},
		{name: "6.4 RST_STREAM on stream 0", send: raw(tReset, 0, 0, u32s(8)...)},
		{name: "6.4 RST_STREAM of 3 octets", send: cat(open1(1), raw(tReset, 0, 1, 0, 0, 8))},
		{name: "6.4 RST_STREAM with an unknown code", send: cat(open1(1), raw(tReset, 0, 1, u32s(0x7777)...))},
		{name: "6.6 PUSH_PROMISE from a client", send: cat(open1(1), raw(tPush, fBlock, 1, cat(u32s(2), getBlock)...))},
		{name: "6.7 PING of 7 octets", send: raw(tPing, 0, 0, ping[1:]...)},
		{name: "6.7 PING on a stream", send: raw(tPing, 0, 1, ping...)},
		{name: "6.7 an answer to no PING", send: raw(tPing, fAck, 0, ping...)},
		{name: "6.8 GOAWAY on a stream", send: raw(tGoAway, 0, 1, u32s(0, 0)...)},
		{name: "6.8 GOAWAY of 7 octets", send: raw(tGoAway, 0, 0, make([]byte, 7)...)},
		{name: "6.8 GOAWAY behind a request", send: cat(open1(1), raw(tGoAway, 0, 0, u32s(0, 0)...), data(1, fEnd, "x")), ends: 1},
		{name: "6.8 a request behind our GOAWAY", send: cat(open1(1), raw(tGoAway, 0, 0, u32s(0, 0)...), get1(3)), ends: 3},
	}
}

func settingsFrames() []sequence {
	settings := func(id uint16, v uint32) []byte { return raw(tSettings, 0, 0, setting(id, v)...) }
	return []sequence{
		{name: "6.5 SETTINGS on a stream", send: raw(tSettings, 0, 1)},
		{name: "6.5 SETTINGS of 5 octets", send: raw(tSettings, 0, 0, 0, 1, 0, 0, 0)},
		{name: "6.5 an acknowledgement with entries", send: raw(tSettings, fAck, 0, setting(1, 1)...)},
		{name: "6.5.3 an acknowledgement too many", send: cat(raw(tSettings, fAck, 0), raw(tSettings, fAck, 0))},
		{name: "6.5 the same setting twice", send: raw(tSettings, 0, 0, cat(setting(4, 1), setting(4, 70000))...)},
		{name: "6.5.2 ENABLE_PUSH 2", send: settings(2, 2)},
		{name: "6.5.2 INITIAL_WINDOW_SIZE 2^31", send: settings(4, 1<<31)},
		{name: "6.5.2 MAX_FRAME_SIZE 16383", send: settings(5, 16383)},
		{name: "6.5.2 MAX_FRAME_SIZE 2^24", send: settings(5, 1<<24)},
		{name: "6.5.2 MAX_FRAME_SIZE 2^24-1", send: cat(settings(5, 1<<24-1), get1(1)), ends: 1},
		{name: "6.5.2 HEADER_TABLE_SIZE 2^32-1", send: cat(settings(1, 1<<32-1), get1(1)), ends: 1},
		{name: "6.5.2 HEADER_TABLE_SIZE 0", send: cat(settings(1, 0), get1(1)), ends: 1},
		{name: "6.5.2 MAX_HEADER_LIST_SIZE 1", send: cat(settings(6, 1), get1(1)), ends: 1},
		{name: "6.5.2 ENABLE_CONNECT_PROTOCOL 2 (RFC 8441)", send: settings(8, 2)},
		{name: "6.5.2 NO_RFC7540_PRIORITIES 2 (RFC 9218)", send: settings(9, 2)},
	}
}

func windows() []sequence {
	update := func(id, n uint32) []byte { return raw(tWindow, 0, id, u32s(n)...) }
	return []sequence{
		{name: "6.9 WINDOW_UPDATE of 0 on the connection", send: update(0, 0)},
		{name: "6.9 WINDOW_UPDATE of 0 on a stream", send: cat(open1(1), update(1, 0))},
		{name: "6.9 WINDOW_UPDATE of 3 octets", send: raw(tWindow, 0, 0, 0, 0, 1)},
		{name: "6.9 the reserved bit of WINDOW_UPDATE", send: update(0, 1|1<<31)},
		{name: "6.9.1 a window of the connection over 2^31-1", send: update(0, 1<<31-1)},
		{name: "6.9.1 a window of a stream over 2^31-1", send: cat(open1(1), update(1, 1<<31-1))},
		{name: "6.9.1 a window of the connection of 2^31-1", send: update(0, 1<<31-1-65535)},
		{name: "6.9.2 INITIAL_WINDOW_SIZE that brings a window over 2^31-1", send: cat(open1(1), update(1, 1), raw(tSettings, 0, 0, setting(4, 1<<31-1)...))},
		{name: "6.9.2 INITIAL_WINDOW_SIZE 0 and back", send: cat(raw(tSettings, 0, 0, setting(4, 0)...), get1(1)), then: raw(tSettings, 0, 0, setting(4, 100)...), thenEnds: 1},
	}
}

func continuations() []sequence {
	start, rest := getBlock[:20], getBlock[20:]
	head := raw(tHeaders, fEnd, 1, start...)
	var single []byte
	for _, b := range rest[:6] {
		single = append(single, raw(tContinuation, 0, 1, b)...)
	}
	return []sequence{
		{name: "6.10 a block in two frames", send: cat(head, raw(tContinuation, fBlock, 1, rest...)), ends: 1},
		{name: "6.10 a block in octets", send: cat(head, single, raw(tContinuation, fBlock, 1, rest[6:]...)), ends: 1},
		{name: "6.10 an empty HEADERS before the block", send: cat(raw(tHeaders, fEnd, 1), raw(tContinuation, fBlock, 1, getBlock...)), ends: 1},
		{name: "6.10 an empty CONTINUATION at the end", send: cat(raw(tHeaders, fEnd, 1, getBlock...), raw(tContinuation, fBlock, 1)), ends: 1},
		{name: "6.10 an empty CONTINUATION in the middle", send: cat(head, raw(tContinuation, 0, 1), raw(tContinuation, fBlock, 1, rest...)), ends: 1},
		{name: "6.10 fifty empty CONTINUATIONs", send: cat(head, bytes.Repeat(raw(tContinuation, 0, 1), 50), raw(tContinuation, fBlock, 1, rest...)), ends: 1},
		{name: "6.10 CONTINUATION on stream 0", send: cat(head, raw(tContinuation, fBlock, 0, rest...))},
		{name: "6.10 CONTINUATION on another stream", send: cat(head, raw(tContinuation, fBlock, 3, rest...))},
		{name: "6.10 DATA within a block", send: cat(head, data(1, 0, "x"), raw(tContinuation, fBlock, 1, rest...))},
		{name: "6.10 PING within a block", send: cat(head, raw(tPing, 0, 0, make([]byte, 8)...), raw(tContinuation, fBlock, 1, rest...))},
		{name: "6.10 HEADERS within a block", send: cat(head, get1(3))},
		{name: "6.10 CONTINUATION behind the end of a block", send: cat(open1(1), raw(tContinuation, fBlock, 1))},
	}
}

// The names say which section of RFC 9113 a sequence is about, and are unique.
func TestSequences(t *testing.T) {
	seen := map[string]bool{}
	for _, q := range sequences() {
		if seen[q.name] || q.name[0] < '3' || q.name[0] > '8' {
			t.Errorf("the name %q stands twice or begins with no section from 3 to 8", q.name)
		}
		seen[q.name] = true
	}
	if len(seen) < 60 {
		t.Errorf("there are %d sequences; want 60 at least", len(seen))
	}
}
