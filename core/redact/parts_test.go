package redact

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/trace"

	xhpack "golang.org/x/net/http2/hpack"
)

// TestPlaceholders: for any octets, what takes their place has the same length,
// decoded and encoded, and depends on nothing else.
func TestPlaceholders(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabets := []string{"aeiost", "abcdefghijklmnopqrstuvwxyz0123456789-", "XZ&*;", "{}<>`\\^|", "\x00\x01\x16\n\r", "", "\x16\n\r"}
	for range 20000 {
		letters := alphabets[rng.IntN(len(alphabets))]
		b := make([]byte, rng.IntN(70))
		for i := range b {
			if b[i] = byte(rng.UintN(256)); letters != "" {
				b[i] = letters[rng.IntN(len(letters))]
			}
		}
		keep := rng.IntN(len(b) + 1)
		want := xhpack.AppendHuffmanString(nil, string(b))
		got := bytes.Clone(want)
		replaceString(got, hpack.Span{Len: len(got), Huffman: true}, string(b), keep)
		text, err := xhpack.HuffmanDecodeToString(got)
		if err != nil || len(text) != len(b) || text[:keep] != string(b[:keep]) {
			t.Fatalf("%q (keep %d) became %q, %v", b, keep, text, err)
		}
		if keep == 0 {
			other := placeholder("", len(b), len(want))
			if text != other {
				t.Fatalf("%q became %q, by its lengths alone it is %q", b, text, other)
			}
		}
	}
	for _, m := range marks {
		if got := bitsOf(string([]byte{m.c})); got != m.bits {
			t.Errorf("the code of %q has %d bits, the table says %d", m.c, got, m.bits)
		}
	}
}

// TestAnyPieces: the same octets in pieces of any size give the same octets.
func TestAnyPieces(t *testing.T) {
	entries := newPlanter(9).record()
	want := joined(first(Record(entries, Options{})))
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var cut []trace.Entry
		for _, e := range entries {
			c, ok := e.(*trace.Chunk)
			if !ok {
				cut = append(cut, e)
				continue
			}
			for b := c.Octets; len(b) > 0; {
				n := min(len(b), 1+rng.IntN(30))
				cut = append(cut, &trace.Chunk{Conn: c.Conn, Dir: c.Dir, SentAt: c.SentAt, ReceivedAt: c.ReceivedAt, Octets: b[:n]})
				b = b[n:]
			}
		}
		if got := joined(first(Record(cut, Options{}))); got != want {
			t.Fatalf("seed %d: other octets", seed)
		}
	}
}

func first(entries []trace.Entry, _ Report) []trace.Entry { return entries }

func joined(entries []trace.Entry) (both [2]string) {
	for _, e := range entries {
		if c, ok := e.(*trace.Chunk); ok {
			both[c.Dir] += string(c.Octets)
		}
	}
	return both
}

// open is a record of one connection that has begun.
func open(octets ...[]byte) []trace.Entry {
	out := []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 1}, &trace.Chunk{Conn: 1, Octets: []byte(frame.Preface)}}
	for _, b := range octets {
		out = append(out, &trace.Chunk{Conn: 1, Octets: b})
	}
	return out
}

// TestWaitsForLittle: a frame whose end never comes holds up a bounded part of
// the record.
func TestWaitsForLittle(t *testing.T) {
	r := New(Options{})
	block := frame.AppendHeaders(nil, 1, []byte{0x82, 0x40, 1, 'a', 20}, false, false, nil, frame.NoPadding)
	for _, e := range open(block, []byte("\x00\x40\x00\x09\x04\x00\x00\x00\x01secret")) {
		r.Push(e)
	}
	data := &trace.Chunk{Conn: 1, Dir: trace.ToClient, Octets: frame.AppendSettings(nil, nil)}
	r.Push(data)
	big := &trace.Chunk{Conn: 1, Dir: trace.ToClient, Octets: frame.AppendData(nil, 1, make([]byte, 16000), false, frame.NoPadding)}
	got := 0
	for range 5000 { // 80 MB
		r.Push(big)
		for e, ok := r.Next(); ok; e, ok = r.Next() {
			got++
			if c, ok := e.(*trace.Chunk); ok && bytes.Contains(c.Octets, []byte("secret")) {
				t.Fatal("what was given up shows the octets")
			}
		}
		if r.held > 2*maxHeld || len(r.queue) > 2*maxEntries {
			t.Fatalf("%d octets in %d entries wait", r.held, len(r.queue))
		}
	}
	if got < 4000 {
		t.Fatalf("%d entries of 5000 came", got)
	}
}

// TestTransit: octets that were changed, cut or lost on their way are so
// afterwards, and say nothing more than before.
func TestTransit(t *testing.T) {
	sent := frame.AppendData(nil, 1, []byte("a secret of the sender"), false, frame.NoPadding)
	changed := bytes.Clone(sent)
	changed[12] ^= 0x20
	entries := append(open(), &trace.Chunk{Conn: 1, Octets: sent, Received: changed},
		&trace.Chunk{Conn: 1, Octets: sent, Received: sent[:14]}, &trace.Chunk{Conn: 1, Octets: sent, Received: []byte("quite another secret")},
		&trace.Chunk{Conn: 1, Octets: sent, Received: []byte{}, ReceivedAt: -1})
	out, _ := Record(entries, Options{})
	var chunks []*trace.Chunk
	for _, e := range out {
		if c, ok := e.(*trace.Chunk); ok {
			chunks = append(chunks, c)
		}
	}
	if len(chunks) != 5 {
		t.Fatalf("%d chunks", len(chunks))
	}
	for i, c := range chunks {
		if bytes.Contains(c.Octets, []byte("secret")) || bytes.Contains(c.Received, []byte("secret")) {
			t.Errorf("chunk %d: %q %q", i, c.Octets, c.Received)
		}
	}
	a := chunks[1]
	if len(a.Received) != len(a.Octets) || a.Received[12] == a.Octets[12] || !bytes.Equal(a.Received[:12], a.Octets[:12]) {
		t.Errorf("changed: %q %q", a.Octets, a.Received)
	}
	if b := chunks[2]; !bytes.Equal(b.Received, b.Octets[:14]) {
		t.Errorf("cut: %q %q", b.Octets, b.Received)
	}
	if c := chunks[3]; len(c.Received) != len("quite another secret") {
		t.Errorf("replaced: %q", c.Received)
	}
	if d := chunks[4]; d.Received == nil || len(d.Received) != 0 || d.ReceivedAt != -1 {
		t.Errorf("lost: %+v", d)
	}
}

func TestUpgrade(t *testing.T) {
	request := "GET /a/b?token=SECRET1 HTTP/1.1\r\nHost: SECRET2.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
		"HTTP2-Settings: AAMAAABkAAQAAP__\r\nAuthorization: Basic SECRET3\r\nX-SECRET4: SECRET5\r\nContent-Length: 7\r\n\r\nSECRET6"
	answer := "HTTP/1.1 101 SECRET7\r\nConnection: Upgrade\r\nSet-Cookie: SECRET8\r\nUpgrade: h2c\r\n\r\n"
	entries := []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 1},
		&trace.Chunk{Conn: 1, Octets: []byte(request)}, &trace.Chunk{Conn: 1, Dir: 1, SentAt: 1, Octets: []byte(answer)},
		&trace.Chunk{Conn: 1, Dir: 1, SentAt: 2, Octets: frame.AppendSettings(nil, nil)},
		&trace.Chunk{Conn: 1, SentAt: 3, Octets: frame.AppendSettings([]byte(frame.Preface), nil)}}
	out, _ := Record(entries, Options{})
	same(t, entries, out, true)
	both := joined(out)
	if all := both[0] + both[1]; strings.Contains(strings.ToUpper(all), "SECRET") {
		t.Errorf("secrets are left:\n%s", all)
	}
	for _, want := range []string{"GET /a/b?", " HTTP/1.1\r\n", "Upgrade: h2c\r\n", "HTTP2-Settings: AAMAAABkAAQAAP__\r\n", "Content-Length: 7\r\n"} {
		if !strings.Contains(both[0], want) {
			t.Errorf("%q is gone:\n%s", want, both[0])
		}
	}
}

func TestProgram(t *testing.T) {
	tests := []struct{ in, want string }{
		{`const a = require("node:http2"), b = 'my token'`, `const a = require("node:http2"), b = 'xx xxxxx'`},
		{"f(`a ${g('tok', `b${1}`)} c`) // done", "f(`x ${g('xxx', `x${1}`)} x`) //xxxxx"},
		{"x = a / b / 'c d'", "x = a / b / 'x x'"},
		{"if (x) return /it's [/'] a/g.test('y z')", "if (x) return /xxxx xxxx x/g.test('x x')"},
		{`s.on('data', () => 0) /* "pass */ + "word"`, `s.on('data', () => 0) /* xxxxx */ + "xxxx"`},
		{`a = 'it\'s' + "\\" + 'q'`, `a = 'xxxxx' + "xx" + 'q'`},
		{"a = 'open string\nb", "x x xxxxx xxxxxx\nx"},
		{"if (a) /'/.test('secret')", "xx xxx xxxxxxxxxxxxxxxxxx"},
		{"a = `never ends ${b}", "x x xxxxxx xxxx xxxx"},
	}
	for _, tt := range tests {
		if got := New(Options{}).program(tt.in, "js"); veilComment(got) != veilComment(tt.want) {
			t.Errorf("%s\nbecame %s\nwant   %s", tt.in, got, tt.want)
		}
	}
	if got := New(Options{}).program("print 'x y'", "python"); got != "xxxxx xx xx" {
		t.Errorf("another language: %q", got)
	}
	if got := New(Options{Program: true}).program("'a b'", "js"); got != "'a b'" {
		t.Errorf("kept: %q", got)
	}
}

// veilComment makes the count of spaces in comments no matter.
func veilComment(s string) string { return strings.ReplaceAll(s, "// ", "//x") }

func TestOptionsKeep(t *testing.T) {
	var buf bytes.Buffer
	enc := xhpack.NewEncoder(&buf)
	enc.WriteField(hpack.Field{Name: "x-trace", Value: "abc-def"})
	enc.WriteField(hpack.Field{Name: "x-other", Value: "abc-def"})
	entries := open(frame.AppendHeaders(nil, 1, buf.Bytes(), true, true, nil, frame.NoPadding))
	entries[0].(*trace.Header).Title = "my title"
	out, report := Record(append(entries, &trace.Note{Text: "my remark"}), Options{Fields: []string{"x-trace"}, Notes: true})
	if h := out[0].(*trace.Header); h.Title != "my title" {
		t.Errorf("the title is %q", h.Title)
	}
	if n := out[len(out)-1].(*trace.Note); n.Text != "my remark" {
		t.Errorf("the remark is %q", n.Text)
	}
	var dec []hpack.Field
	d := xhpack.NewDecoder(4096, func(f hpack.Field) { dec = append(dec, f) })
	if _, err := d.Write([]byte(joined(out)[0][len(frame.Preface)+frame.HeaderLen:])); err != nil {
		t.Fatal(err)
	}
	if len(dec) != 2 || dec[0].Name != "x-trace" || dec[0].Value != "abc-def" || dec[1].Name == "x-other" || dec[1].Value == "abc-def" || len(dec[1].Value) != 7 {
		t.Errorf("the fields are %v", dec)
	}
	if Count(report.Kept, KindField) != 1 || Count(report.Gone, KindField) != 1 {
		t.Errorf("the report: %+v", report)
	}
}

func TestPingsKeepTheirAnswers(t *testing.T) {
	ping := func(s string, ack bool) []byte { return frame.AppendPing(nil, [8]byte([]byte(s)), ack) }
	entries := append(open(ping("aaaaaaaa", false), ping("bbbbbbbb", false)),
		&trace.Chunk{Conn: 1, Dir: 1, Octets: append(append(frame.AppendSettings(nil, nil), ping("bbbbbbbb", true)...), ping("aaaaaaaa", true)...)})
	both := joined(first(Record(entries, Options{})))
	p := len(frame.Preface) + 9
	a, b := both[0][p:p+8], both[0][p+17:p+25]
	if a == b || both[1][18:26] != b || both[1][35:43] != a {
		t.Errorf("%q %q, answers %q", a, b, both[1])
	}
}

func FuzzRedact(f *testing.F) {
	for seed := range uint64(3) {
		both := joined(newPlanter(seed).record())
		f.Add([]byte(both[0][:800]), []byte(both[1][:800]), seed)
	}
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), []byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"), uint64(1))
	f.Fuzz(func(t *testing.T, up, down []byte, seed uint64) {
		if len(up)+len(down) > 1<<13 {
			t.Skip("too long to compare every frame")
		}
		twice(t, chunked(rand.New(rand.NewPCG(seed, 3)), [2][]byte{up, down}, 200))
	})
}

func rows(t *testing.T, entries []trace.Entry) []view.Row {
	t.Helper()
	a := inspect.New()
	for _, e := range entries {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	r, err := a.Rows(inspect.Query{N: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return r.Rows
}

// framesKept compares where frames begin, whatever is wrong with them.
func framesKept(t *testing.T, before, after []trace.Entry) {
	t.Helper()
	a, b := rows(t, before), rows(t, after)
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x.Kind != y.Kind || x.Kind == "frame" && (x.Type != y.Type || x.Length != y.Length || x.Flags != y.Flags || x.Stream != y.Stream) {
			t.Fatalf("frame %d: %+v became %+v", i, x, y)
		}
	}
	if len(a) != len(b) {
		t.Fatalf("%d frames became %d", len(a), len(b))
	}
}
