package conn

import (
	"framewise/core/frame"
	"framewise/core/hpack"
)

// smuggling are messages that two readers could take for two things. Each is a
// stream error, on each stream anew; its twin is the nearest one that is right.
func smuggling() []attack {
	return append(append(badFields(), badPseudo()...), badContent()...)
}

// part is a place where fields stand.
type part struct {
	role Role
	name string
	send func(p *peer, i int, f []hpack.Field) // a whole message that has f there
}

var parts = []part{
	{Server, "request", func(p *peer, i int, f []hpack.Field) { p.section(nth(i), append(get("/"), f...), true) }},
	{Server, "trailers", func(p *peer, i int, f []hpack.Field) { p.section(p.message(i, false), f, true) }},
	{Client, "response", func(p *peer, i int, f []hpack.Field) {
		id, head := p.head(i)
		p.section(id, append(head, f...), true)
	}},
	{Client, "trailers", func(p *peer, i int, f []hpack.Field) { p.section(p.message(i, false), f, true) }},
}

// lines makes fields of name, value, name, value.
func lines(kv ...string) (f []hpack.Field) {
	for i := 0; i < len(kv); i += 2 {
		f = append(f, hpack.Field{Name: kv[i], Value: kv[i+1]})
	}
	return f
}

// badFields stand in every part of a message.
func badFields() (out []attack) {
	for _, x := range []struct {
		name      string
		bad, good []hpack.Field
	}{
		{"CR in a value", lines("a", "b\rc"), lines("a", "b\tc")},
		{"LF in a value", lines("a", "b\nhost: c"), lines("a", "b host: c")},
		{"NUL in a value", lines("a", "b\x00"), lines("a", "b\xff")},
		{"DEL in a value", lines("a", "b\x7f"), lines("a", "b~")},
		{"CR in a name", lines("a\r", "b"), lines("a", "b")},
		{"LF in a name", lines("a\nb", "c"), lines("a-b", "c")},
		{"NUL in a name", lines("\x00a", "b"), lines("a", "b")},
		{"space in a name", lines("a b", "c"), lines("a_b", "c")},
		{"colon in a name", lines("a:b", "c"), lines("a.b", "c")},
		{"an empty name", lines("", "a"), lines("a", "")},
		{"space before a value", lines("a", " b"), lines("a", "b")},
		{"space behind a value", lines("a", "b "), lines("a", "b c")},
		{"tab before a value", lines("a", "\tb"), lines("a", "b\tc")},
		{"tab behind a value", lines("a", "b\t"), lines("a", "b")},
		{"uppercase", lines("Transfer-encoding", "chunked"), lines("x-transfer-encoding", "chunked")},
		{"connection", lines("connection", "close"), lines("x-connection", "close")},
		{"proxy-connection", lines("proxy-connection", "close"), lines("x-proxy-connection", "close")},
		{"keep-alive", lines("keep-alive", "5"), lines("x-keep-alive", "5")},
		{"transfer-encoding", lines("transfer-encoding", "chunked"), lines("content-encoding", "gzip")},
		{"upgrade", lines("upgrade", "h2c"), lines("x-upgrade", "h2c")},
		{"TE other than trailers", lines("te", "trailers, chunked"), lines("te", "trailers")},
		{"pseudo-header field that is unknown", lines(":x", "y"), lines("x", "y")},
		{"pseudo-header field of the other kind", nil, nil},
		{"pseudo-header field, late", lines("a", "b", ":path", "/"), lines("a", "b", "path", "/")},
		{"pseudo-header field in trailers", lines(":status", "200"), lines("status", "200")},
	} {
		for _, w := range parts {
			bad := x.bad
			switch x.name {
			case "pseudo-header field of the other kind":
				bad = lines(":status", "200")
				if w.role == Client {
					bad = lines(":path", "/")
				}
				x.good = lines("status", "200", "path", "/")
			case "pseudo-header field in trailers":
				if w.name != "trailers" {
					continue
				}
			}
			send, good := w.send, x.good
			out = append(out, attack{name: x.name + " (" + w.name + ")", role: w.role, at: 1, want: bad1,
				unit:  func(p *peer, i int) { send(p, i, bad) },
				twins: []twin{{n: 50, unit: func(p *peer, i int) { send(p, i, good) }}}})
		}
	}
	return out
}

// badPseudo are pseudo-header fields, and Host.
func badPseudo() (out []attack) {
	request := func(kv ...string) []hpack.Field {
		return append(lines(":method", "GET", ":scheme", "https", ":path", "/"), lines(kv...)...)
	}
	connect := func(kv ...string) []hpack.Field {
		return append(lines(":method", "CONNECT", ":authority", "a:443"), lines(kv...)...)
	}
	named := append(request(":authority", "a"), lines()...)
	for _, x := range []struct {
		name      string
		role      Role
		bad, good []hpack.Field
	}{
		{":method twice", Server, request(":authority", "a", ":method", "GET"), named},
		{":scheme twice", Server, request(":authority", "a", ":scheme", "https"), named},
		{":path twice", Server, request(":authority", "a", ":path", "/b"), named},
		{":authority twice", Server, request(":authority", "a", ":authority", "b"), named},
		{":status twice", Client, lines(":status", "200", ":status", "200"), status("200")},
		{"Host other than :authority", Server, request(":authority", "a", "host", "b"), request(":authority", "a", "host", "a")},
		{"Host empty, :authority not", Server, request(":authority", "a", "host", ""), request("host", "a")},
		{"Host twice", Server, request(":authority", "a", "host", "a", "host", "a"), request(":authority", "a", "host", "a")},
		{"Host twice, no :authority", Server, request("host", "a", "host", "b"), request("host", "a")},
		{"Host other than :authority, CONNECT", Server, connect("host", "b"), connect("host", "a:443")},
	} {
		send := func(f []hpack.Field) func(p *peer, i int) {
			return func(p *peer, i int) {
				id, _ := p.head(i)
				p.section(id, f, true)
			}
		}
		out = append(out, attack{name: x.name, role: x.role, at: 1, want: bad1, unit: send(x.bad),
			twins: []twin{{n: 50, unit: send(x.good)}}})
	}
	return out
}

// badContent is content-length against DATA.
func badContent() (out []attack) {
	for _, x := range []struct {
		name      string
		bad, good []string // values of content-length
		data      int      // octets in two frames; below 0: END_STREAM on HEADERS
		goodData  int
	}{
		{"DATA beyond content-length", []string{"5"}, []string{"6"}, 6, 6},
		{"DATA below content-length", []string{"7"}, []string{"6"}, 6, 6},
		{"no DATA, content-length is not 0", []string{"1"}, []string{"0"}, -1, -1},
		{"content-length twice, not the same", []string{"6", "7"}, []string{"6", "6"}, 6, 6},
		{"content-length is a list", []string{"6, 6"}, []string{"6"}, 6, 6},
		{"content-length with a sign", []string{"+6"}, []string{"06"}, 6, 6},
		{"content-length below 0", []string{"-1"}, []string{"0"}, -1, -1},
		{"content-length is empty", []string{""}, nil, 6, 6},
		{"content-length beyond 2^63", []string{"9223372036854775814"}, []string{"6"}, 6, 6},
	} {
		send := func(values []string, n int) func(p *peer, i int) {
			return func(p *peer, i int) {
				var kv []string
				for _, v := range values {
					kv = append(kv, "content-length", v)
				}
				id := p.message(i, n < 0, kv...)
				if n > 0 {
					p.raw(frame.Data, 0, id, make([]byte, n/2)...)
					p.raw(frame.Data, frame.FlagEndStream, id, make([]byte, n-n/2)...)
				}
			}
		}
		out = append(out, both(attack{name: x.name, at: 1, want: bad1, unit: send(x.bad, x.data),
			twins: []twin{{n: 50, unit: send(x.good, x.goodData)}}})...)
	}
	return out
}
