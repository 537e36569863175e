package interop

import (
	"fmt"
	"strings"
)

// request1 is a complete request on stream 1 with exactly these field lines.
func request1(pairs ...string) []byte { return raw(tHeaders, fEnd|fBlock, 1, lines(pairs...)...) }

func fieldRules() []sequence {
	with := func(name, field, value string) sequence {
		return sequence{name: name, send: getWith(1, field, value), ends: 1}
	}
	return []sequence{
		with("8.2.1 a name in upper case", "X-Upper", "1"),
		with("8.2.1 a name with a space", "x y", "1"),
		with("8.2.1 a name with a colon in it", "x:y", "1"),
		with("8.2.1 a name with an octet above 0x7f", "x\xff", "1"),
		with("8.2.1 an empty name", "", "1"),
		with("8.2.1 a value with CR", "x-v", "a\rb"),
		with("8.2.1 a value with LF", "x-v", "a\nb"),
		with("8.2.1 a value with NUL", "x-v", "a\x00b"),
		with("8.2.1 a value that begins with a space", "x-v", " a"),
		with("8.2.1 a value that ends with a tab", "x-v", "a\t"),
		with("8.2.1 a value with octets above 0x7f", "x-v", "\xc3\xa9"),
		with("8.2.1 a value with DEL", "x-v", "a\x7fb"),
		with("8.2.1 an empty value", "x-v", ""),
		with("8.2.2 connection", "connection", "close"),
		with("8.2.2 keep-alive", "keep-alive", "1"),
		with("8.2.2 proxy-connection", "proxy-connection", "close"),
		with("8.2.2 transfer-encoding", "transfer-encoding", "chunked"),
		with("8.2.2 upgrade", "upgrade", "h2c"),
		with("8.2.2 te: gzip", "te", "gzip"),
		with("8.2.2 te: trailers", "te", "trailers"),
		with("8.2.2 te: Trailers", "te", "Trailers"),
		{name: "8.2.3 cookie in crumbs", send: getWith(1, "cookie", "a=1", "cookie", "b=2"), ends: 1},
		{name: "8.2 three hundred fields", send: getWith(1, strings.Split(strings.TrimSuffix(strings.Repeat("x,1,", 300), ","), ",")...), ends: 1},
		{name: "8.2 fields of 100 KiB", send: large(100 << 10), ends: 1},
	}
}

// large is a GET whose fields have about n octets, in as many frames as needed.
func large(n int) (b []byte) {
	block := append([]byte(nil), getBlock...)
	for i := 0; len(block) < n; i++ {
		block = append(block, lines(fmt.Sprint("x-", i), strings.Repeat("v", 8000))...)
	}
	typ, flags := byte(tHeaders), byte(fEnd)
	for len(block) > 16384 {
		b = append(b, raw(typ, flags, 1, block[:16384]...)...)
		typ, flags, block = tContinuation, 0, block[16384:]
	}
	return append(b, raw(typ, flags|fBlock, 1, block...)...)
}

func pseudoFields() []sequence {
	r := func(name string, pairs ...string) sequence {
		return sequence{name: name, send: request1(pairs...), ends: 1}
	}
	return []sequence{
		r("8.3 a pseudo-header field behind a field", ":method", "GET", ":scheme", "http", ":path", "/hello", "x", "1", ":authority", "localhost"),
		r("8.3 an unknown pseudo-header field", ":method", "GET", ":scheme", "http", ":path", "/hello", ":authority", "localhost", ":what", "1"),
		r("8.3 :status in a request", ":method", "GET", ":scheme", "http", ":path", "/hello", ":authority", "localhost", ":status", "200"),
		r("8.3.1 :path twice", ":method", "GET", ":scheme", "http", ":path", "/hello", ":path", "/hello", ":authority", "localhost"),
		r("8.3.1 :method twice", ":method", "GET", ":method", "GET", ":scheme", "http", ":path", "/hello", ":authority", "localhost"),
		r("8.3.1 :authority twice", ":method", "GET", ":scheme", "http", ":path", "/hello", ":authority", "localhost", ":authority", "localhost"),
		r("8.3.1 no :method", ":scheme", "http", ":path", "/hello", ":authority", "localhost"),
		r("8.3.1 no :scheme", ":method", "GET", ":path", "/hello", ":authority", "localhost"),
		r("8.3.1 no :path", ":method", "GET", ":scheme", "http", ":authority", "localhost"),
		r("8.3.1 an empty :path", ":method", "GET", ":scheme", "http", ":path", "", ":authority", "localhost"),
		r("8.3.1 an empty :method", ":method", "", ":scheme", "http", ":path", "/hello", ":authority", "localhost"),
		r("8.3.1 a :path without a slash", ":method", "GET", ":scheme", "http", ":path", "hello", ":authority", "localhost"),
		r("8.3.1 :path * for GET", ":method", "GET", ":scheme", "http", ":path", "*", ":authority", "localhost"),
		r("8.3.1 no :authority and no host", ":method", "GET", ":scheme", "http", ":path", "/hello"),
		r("8.3.1 host in place of :authority", ":method", "GET", ":scheme", "http", ":path", "/hello", "host", "localhost"),
		r("8.3.1 host as :authority", ":method", "GET", ":scheme", "http", ":path", "/hello", ":authority", "localhost", "host", "localhost"),
		r("8.3.1 host unlike :authority", ":method", "GET", ":scheme", "http", ":path", "/hello", ":authority", "localhost", "host", "elsewhere"),
		r("8.3.1 user information in :authority", ":method", "GET", ":scheme", "http", ":path", "/hello", ":authority", "user@localhost"),
		r("8.3.1 a method with a space", ":method", "GE T", ":scheme", "http", ":path", "/hello", ":authority", "localhost"),
		r("8.3.1 another scheme", ":method", "GET", ":scheme", "ftp", ":path", "/hello", ":authority", "localhost"),
		r("8.5 CONNECT with :path", ":method", "CONNECT", ":scheme", "http", ":path", "/", ":authority", "localhost:80"),
		r("8.5 CONNECT without :authority", ":method", "CONNECT"),
		r("8.5 :protocol that was not allowed (RFC 8441)", ":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":path", "/", ":authority", "localhost"),
	}
}

func messages() []sequence {
	trailers := func(flags byte, pairs ...string) []byte { return raw(tHeaders, flags|fBlock, 1, lines(pairs...)...) }
	post := func(name string, parts ...[]byte) sequence {
		return sequence{name: name, send: cat(parts...), ends: 1}
	}
	return []sequence{
		post("8.1 content and trailers", open1(1), data(1, 0, "x"), trailers(fEnd, "x-sum", "1")),
		post("8.1 trailers without content", open1(1), trailers(fEnd, "x-sum", "1")),
		post("8.1 empty trailers", open1(1), data(1, 0, "x"), raw(tHeaders, fEnd|fBlock, 1)),
		post("8.1 a second HEADERS without END_STREAM", open1(1), data(1, 0, "x"), trailers(0, "x-sum", "1")),
		post("8.1 a pseudo-header field in trailers", open1(1), data(1, 0, "x"), trailers(fEnd, ":path", "/")),
		post("8.1 connection in trailers", open1(1), data(1, 0, "x"), trailers(fEnd, "connection", "close")),
		post("8.1 content-length in trailers", open1(1), data(1, 0, "x"), trailers(fEnd, "content-length", "1")),
		post("8.1.1 content-length as DATA", postWith(1, "content-length", "3"), data(1, 0, "ab"), data(1, fEnd, "c")),
		post("8.1.1 content-length above DATA", postWith(1, "content-length", "4"), data(1, fEnd, "abc")),
		post("8.1.1 content-length below DATA", postWith(1, "content-length", "2"), data(1, fEnd, "abc")),
		post("8.1.1 content-length 1 on a request without DATA", getWith(1, "content-length", "1")),
		post("8.1.1 content-length that is no number", postWith(1, "content-length", "three"), data(1, fEnd, "abc")),
		post("8.1.1 content-length with a sign", postWith(1, "content-length", "+3"), data(1, fEnd, "abc")),
		post("8.1.1 content-length twice, the same", postWith(1, "content-length", "3", "content-length", "3"), data(1, fEnd, "abc")),
		post("8.1.1 content-length twice, different", postWith(1, "content-length", "3", "content-length", "4"), data(1, fEnd, "abc")),
		post("8.1.1 content-length 0 and empty DATA", postWith(1, "content-length", "0"), data(1, fEnd, "")),
		post("8.1.1 a GET with content", raw(tHeaders, fBlock, 1, getBlock...), data(1, fEnd, "abc")),
		{name: "8.1 the client is done with the response before its end", send: cat(open1(1), raw(tReset, 0, 1, u32s(0)...))},
		{name: "8.6 a response from the client's side", send: raw(tHeaders, fEnd|fBlock, 1, lines(":status", "200")...), ends: 1},
	}
}
