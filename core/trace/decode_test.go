package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// anyEntry draws an entry of any kind, unknown members and kinds included.
func anyEntry() *rapid.Generator[Entry] {
	text := rapid.String()
	at := rapid.Int64Range(0, math.MaxInt64)
	id := rapid.Uint32()
	dir := rapid.Map(rapid.Bool(), func(b bool) Dir {
		if b {
			return ToClient
		}
		return ToServer
	})
	extra := rapid.SampledFrom([]Extra{"", "", `"x":1`, `"x":"\u0041","y":{"z":[null,-1.5e-3]}`, `"":[]`})
	octets := rapid.SliceOfN(rapid.Byte(), 0, 300)
	return rapid.Custom(func(t *rapid.T) Entry {
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			c := &Conn{ID: id.Draw(t, "id"), Client: text.Draw(t, "client"), Server: text.Draw(t, "server"), Vantage: Vantage(text.Draw(t, "vantage")),
				At: at.Draw(t, "at"), Via: text.Draw(t, "via"), Extra: extra.Draw(t, "extra")}
			if rapid.Bool().Draw(t, "tls") {
				c.TLS = &TLS{Version: text.Draw(t, "version"), ALPN: text.Draw(t, "alpn"), Cipher: text.Draw(t, "cipher"), Name: text.Draw(t, "name"),
					Names: text.Draw(t, "names"), Issuer: text.Draw(t, "issuer"), Resumed: rapid.Bool().Draw(t, "resumed"), Extra: extra.Draw(t, "tls extra")}
			}
			return c
		case 1:
			c := &Chunk{Conn: id.Draw(t, "conn"), Dir: dir.Draw(t, "dir"), SentAt: at.Draw(t, "at"), ReceivedAt: rapid.Int64Range(-1, math.MaxInt64).Draw(t, "rx"),
				Octets: octets.Draw(t, "octets"), Extra: extra.Draw(t, "extra")}
			if rapid.Bool().Draw(t, "differs") {
				c.Received = octets.Draw(t, "received")
			}
			return c
		case 2:
			return &Cause{Conn: id.Draw(t, "conn"), Dir: dir.Draw(t, "dir"), Frame: id.Draw(t, "frame"), Line: id.Draw(t, "line"), Col: id.Draw(t, "col"),
				Call: text.Draw(t, "call"), Rule: text.Draw(t, "rule"), Extra: extra.Draw(t, "extra")}
		case 3:
			return &Close{Conn: id.Draw(t, "conn"), At: at.Draw(t, "at"), By: text.Draw(t, "by"), Reason: text.Draw(t, "reason"), Extra: extra.Draw(t, "extra")}
		case 4:
			return &Console{At: at.Draw(t, "at"), Level: text.Draw(t, "level"), Text: text.Draw(t, "text"), Extra: extra.Draw(t, "extra")}
		case 5:
			return &Fault{Conn: id.Draw(t, "conn"), At: at.Draw(t, "at"), Kind: text.Draw(t, "kind"), Text: text.Draw(t, "text"),
				Dir: dir.Draw(t, "dir"), Offset: at.Draw(t, "offset"), Length: at.Draw(t, "length"), Extra: extra.Draw(t, "extra")}
		case 6:
			return &Unknown{Line: []byte(`{"k":"later",` + string(rapid.SampledFrom([]Extra{`"a":1`, `"b":["\n",{}]`}).Draw(t, "line")) + `}`)}
		}
		return &Note{At: at.Draw(t, "at"), Frame: rapid.Uint32().Draw(t, "frame"), Text: text.Draw(t, "text"), Extra: extra.Draw(t, "extra")}
	})
}

// anyRecord draws a record with its header.
func anyRecord(t *rapid.T) []Entry {
	h := &Header{Version: Version, Title: rapid.String().Draw(t, "title"), Seed: rapid.Uint64().Draw(t, "seed"), Program: rapid.String().Draw(t, "program")}
	return append([]Entry{h}, rapid.SliceOfN(anyEntry(), 0, 12).Draw(t, "entries")...)
}

func encode(entries []Entry) (b []byte) {
	for _, e := range entries {
		b = AppendEntry(b, e)
	}
	return b
}

// decodeAll reads pieces, whose memory is spoilt once each has been read.
func decodeAll(pieces [][]byte) (entries []Entry, err error) {
	var d Decoder
	drain := func() error {
		for {
			e, ok, err := d.Next()
			if err != nil || !ok {
				return err
			}
			entries = append(entries, e)
		}
	}
	for _, p := range pieces {
		p = bytes.Clone(p)
		d.Push(p)
		if err := drain(); err != nil {
			return entries, err
		}
		for i := range p {
			p[i] = '#'
		}
	}
	if err := d.Finish(); err != nil {
		return entries, err
	}
	return entries, drain()
}

// TestRoundTrip: what is written is read back, in pieces of any size.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyRecord(t)
		b := encode(want)
		var pieces [][]byte
		for rest := b; len(rest) > 0; {
			n := rapid.IntRange(0, len(rest)).Draw(t, "piece")
			if n == 0 {
				n = 1
			}
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		got, err := decodeAll(pieces)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n%v, read back as\n%s", b, err, encode(got))
		}
		if again := encode(got); !bytes.Equal(again, b) {
			t.Fatalf("written again as\n%s\nwas\n%s", again, b)
		}
	})
}

// TestCutOff: a record that is cut off at any octet is readable up to the last
// whole line, and the error names the line and the octet where it ends.
func TestCutOff(t *testing.T) {
	want := everything()
	b := encode(want)
	starts := []int{0}
	for i, c := range b {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	for cut := 1; cut < len(b); cut++ {
		whole := 0
		for whole+1 < len(starts) && starts[whole+1] <= cut {
			whole++
		}
		got, err := Read(iotest.OneByteReader(bytes.NewReader(b[:cut])))
		last := bytes.TrimSpace(b[starts[whole]:cut])
		switch {
		case len(last) == 0 || b[cut] == '\n': // at the end of a line, with or without its newline
			if len(last) > 0 {
				whole++
			}
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
		default:
			var e *SyntaxError
			if !errors.As(err, &e) || e.Line != whole+1 || e.Offset < int64(starts[whole]) || e.Offset > int64(cut) || !strings.Contains(e.Reason, "cut off") {
				t.Fatalf("cut at %d: %v, want line %d, octet %d to %d", cut, err, whole+1, starts[whole], cut)
			}
		}
		if len(got) != whole || whole > 0 && !reflect.DeepEqual(got, want[:whole]) {
			t.Fatalf("cut at %d: %d entries, want %d", cut, len(got), whole)
		}
	}
}

// TestErrors: each says the line, the octet and what was expected; the entries
// before are returned.
func TestErrors(t *testing.T) {
	const head = `{"k":"h2trace","version":1}` + "\n" // 28 octets
	long := `"` + strings.Repeat("x", 100) + `"`
	for _, c := range []struct {
		name, record string
		line         int
		off          int64
		reason       string
		entries      int
	}{
		{"empty", "", 1, 0, "the record is empty", 0},
		{"blank", " \n\n", 3, 3, "the record is empty", 0},
		{"only a mark", "\ufeff", 1, 0, "the record is empty", 0},
		{"no header", `{"k":"note","at":0}` + "\n", 1, 0, "no .h2trace file", 0},
		{"a second header", head + head, 2, 28, "a second header", 1},
		{"no version", `{"k":"h2trace"}` + "\n", 1, 0, `"version" is missing`, 0},
		{"version 0", `{"k":"h2trace","version":0}` + "\n", 1, 25, `"version" must be a whole number from 1`, 0},
		{"version 2", `{"k":"h2trace","version":2}` + "\n", 1, 0, "version 2, this program knows up to 1", 0},
		{"not JSON", "GET / HTTP/1.1\r\n", 1, 0, "an object should begin here", 0},
		{"an array", head + "[]\n", 2, 28, "an object should begin here", 1},
		{"two objects", head + "{\"k\":\"note\"} {}\n", 2, 28 + 13, "something follows the object", 1},
		{"no k", head + `{"a":1}` + "\n", 2, 28, `"k", which tells the kind`, 1},
		{"k is a number", head + `{"k":1}` + "\n", 2, 28 + 5, `"k" must be a string`, 1},
		{"no colon", head + `{"k" "note"}` + "\n", 2, 28 + 5, `":" is missing`, 1},
		{"no comma", head + `{"k":"note" "at":1}` + "\n", 2, 28 + 12, `"," or "}" is missing`, 1},
		{"comma at the end", head + `{"k":"note",}` + "\n", 2, 28 + 12, "a string should begin here", 1},
		{"string without end", head + `{"k":"note` + "\n", 2, 28 + 5, "a string has no end", 1},
		{"bad escape", head + `{"k":"no\te\x"}` + "\n", 2, 28 + 11, "no escape of JSON", 1},
		{"bad hexadecimal", head + `{"k":"\u12g4"}` + "\n", 2, 28 + 6, "no escape of JSON", 1},
		{"raw control character", head + "{\"k\":\"no\tte\"}\n", 2, 28 + 8, "control character", 1},
		{"not UTF-8", head + "{\"k\":\"note\",\"text\":\"é\xff\"}\n", 2, 28 + 22, "not UTF-8", 1},
		{"leading zero", head + `{"k":"note","at":01}` + "\n", 2, 28 + 17, "no number", 1},
		{"only a sign", head + `{"k":"x","y":-}` + "\n", 2, 28 + 13, "no number", 1},
		{"no digits after the point", head + `{"k":"x","y":[1.]}` + "\n", 2, 28 + 14, "no number", 1},
		{"no exponent", head + `{"k":"x","y":1e+}` + "\n", 2, 28 + 13, "no number", 1},
		{"a word", head + `{"k":"x","y":nil}` + "\n", 2, 28 + 13, "no value of JSON", 1},
		{"array without end", head + `{"k":"x","y":[1 2]}` + "\n", 2, 28 + 16, `"," or "]"`, 1},
		{"too deep", head + `{"k":"x","y":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}\n", 2, 28 + 13 + 31, "too deep", 1},
		{"a fraction", head + `{"k":"note","at":1.0}` + "\n", 2, 28 + 17, `"at" must be a whole number`, 1},
		{"a negative time", head + `{"k":"note","at":-1}` + "\n", 2, 28 + 17, `"at" must be a whole number from 0`, 1},
		{"received before never", head + `{"k":"chunk","conn":1,"dir":"c2s","at":0,"rx":-2,"octets":""}` + "\n", 2, 28 + 46, `"rx" must be a whole number from -1`, 1},
		{"a large identifier", head + `{"k":"conn","id":4294967296}` + "\n", 2, 28 + 17, "from 0 to 4294967295", 1},
		{"a large seed", `{"k":"h2trace","version":1,"seed":18446744073709551616}` + "\n", 1, 34, "from 0 to 18446744073709551615", 0},
		{"a time as text", head + `{"k":"note","at":"1"}` + "\n", 2, 28 + 17, `"at" must be a whole number`, 1},
		{"a direction", head + `{"k":"cause","conn":1,"dir":"up","frame":1}` + "\n", 2, 28 + 28, `"dir" must be "c2s" or "s2c"`, 1},
		{"no direction", head + `{"k":"cause","conn":1,"frame":1}` + "\n", 2, 28, `"dir" is missing`, 1},
		{"no octets", head + `{"k":"chunk","conn":1,"dir":"c2s","octets":null}` + "\n", 2, 28, `"octets" is missing`, 1},
		{"octets as an array", head + `{"k":"chunk","conn":1,"dir":"c2s","octets":[1]}` + "\n", 2, 28 + 43, "a string of base64", 1},
		{"bad base64", head + `{"k":"chunk","conn":1,"dir":"c2s","octets":"AAA*"}` + "\n", 2, 28 + 47, "base64 with padding", 1},
		{"base64 without padding", head + `{"k":"chunk","conn":1,"dir":"c2s","octets":"AQ"}` + "\n", 2, 28 + 44, "base64 with padding", 1},
		{"base64 with loose bits", head + `{"k":"chunk","conn":1,"dir":"c2s","octets":"AR=="}` + "\n", 2, 28 + 46, "base64 with padding", 1},
		{"base64 with a line break", head + `{"k":"chunk","conn":1,"dir":"c2s","octets":"AQ==\n"}` + "\n", 2, 28 + 43, "base64 with padding", 1},
		{"tls as text", head + `{"k":"conn","id":1,"tls":"1.3"}` + "\n", 2, 28 + 25, "an object should begin here", 1},
		{"steps as an object", `{"k":"h2trace","version":1,"network":{"steps":{}}}` + "\n", 1, 46, `must be an array`, 0},
		{"a step as a number", `{"k":"h2trace","version":1,"network":{"steps":[ {"kind":"cut","dir":"c2s"} , 7]}}` + "\n", 1, 77, `an object should begin here`, 0},
		{"a step's direction", `{"k":"h2trace","version":1,"network":{"steps":[{"dir":"up"}]}}` + "\n", 1, 54, `"dir" must be`, 0},
		{"heard", `{"k":"h2trace","version":1,"network":{"steps":[{"heard":1}]}}` + "\n", 1, 56, `true or false`, 0},
		{"a mask of nine bits", `{"k":"h2trace","version":1,"network":{"steps":[{"mask":256}]}}` + "\n", 1, 55, `from 0 to 255`, 0},
		{"a step before the start", `{"k":"h2trace","version":1,"network":{"steps":[{"frame":-2}]}}` + "\n", 1, 56, `from -1`, 0},
		{"after sound lines", head + "\n" + `{"k":"note","at":1}` + "\r\n" + "x\n", 4, 28 + 1 + 21, "an object should begin here", 2},
		{"too many members", head + `{"k":"x"` + strings.Repeat(`,"a":`+long, 1000) + "}\n", 2, 28 + 8 + 999*107 + 1, "more than 1000 members", 1},
	} {
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(c.record), "octet by octet": iotest.OneByteReader(strings.NewReader(c.record))} {
			got, err := Read(r)
			var e *SyntaxError
			if !errors.As(err, &e) {
				t.Errorf("%s, %s: %v", c.name, name, err)
				continue
			}
			if e.Line != c.line || e.Offset != c.off || !strings.Contains(e.Reason, c.reason) || len(got) != c.entries {
				t.Errorf("%s, %s: %d entries and %v\nwant %d and line %d, octet %d: %s", c.name, name, len(got), e, c.entries, c.line, c.off, c.reason)
			}
		}
	}
}

// TestMaxLine: a line without end is refused as soon as it is too long, however
// it comes, and one that is just short enough is taken.
func TestMaxLine(t *testing.T) {
	head := AppendEntry(nil, &Header{Version: 1})
	fits := AppendEntry(nil, &Note{Text: strings.Repeat("x", 100)})
	for _, size := range []int{1, 50, 1000} {
		for over := range 2 {
			d := Decoder{maxLine: len(fits) - 1 - over}
			var err error
			n := 0
			for p := range slices.Chunk(append(bytes.Clone(head), fits...), size) {
				d.Push(p)
				for ok := true; ok && err == nil; {
					if _, ok, err = d.Next(); ok {
						n++
					}
				}
			}
			var e *SyntaxError
			if refused := errors.As(err, &e); refused != (over == 1) || refused && (e.Line != 2 || e.Offset != int64(len(head)+d.maxLine)) || n != 2-over {
				t.Errorf("%d octets of at most %d, in pieces of %d: %d entries, %v", len(fits)-1, d.maxLine, size, n, err)
			}
		}
	}
}

// TestControlAnywhere: a raw control character in a string is found wherever it
// stands, and a tab between tokens is none.
func TestControlAnywhere(t *testing.T) {
	for n := range 20 {
		text := strings.Repeat("x", n)
		for c := range byte(0x20) {
			if c == '\n' {
				continue
			}
			record := "{\"k\":\"h2trace\",\"version\":1}\n{\t\"k\":\"note\",\"text\":\"" + text + string(c) + text + "\"}\n"
			_, err := Read(strings.NewReader(record))
			var e *SyntaxError
			if !errors.As(err, &e) || e.Offset != int64(28+21+n) || !strings.Contains(e.Reason, "control character") {
				t.Fatalf("%q: %v", record, err)
			}
		}
	}
}

// TestErrorStays: after an error there is nothing more.
func TestErrorStays(t *testing.T) {
	var d Decoder
	d.Push([]byte("x\n{\"k\":\"h2trace\",\"version\":1}\n"))
	_, _, first := d.Next()
	d.Push([]byte("{\"k\":\"h2trace\",\"version\":1}\n"))
	if _, ok, err := d.Next(); ok || err != first || d.Finish() != first {
		t.Errorf("%v, then %v", first, err)
	}
}

// TestReaderFails: the error of the reader comes through, with what was read.
func TestReaderFails(t *testing.T) {
	broken := errors.New("broken")
	got, err := Read(io.MultiReader(strings.NewReader("{\"k\":\"h2trace\",\"version\":1}\n{"), iotest.ErrReader(broken)))
	if len(got) != 1 || !errors.Is(err, broken) {
		t.Errorf("%d entries, %v", len(got), err)
	}
	if err := Write(failing{broken}, everything()); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzLexer holds what is taken as a value of JSON equal to encoding/json.
func FuzzLexer(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+7,true,false,null,"\u00e9\ud83d\ude00\n"]}`, `{"a":}`, `[01]`, `"\x"`, "\"\t\"", `{"a" : 1 , "b":{}}`, `-`, `[[[[`, `""x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !utf8.Valid(b) || bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) >= maxDepth {
			t.Skip("not the same rules")
		}
		var x lexer
		x.begin(b)
		end := x.space(x.value(x.space(0), 1))
		if got, want := x.reason == "" && end == len(b), json.Valid(b); got != want {
			t.Fatalf("%q: taken %v (%s at %d), encoding/json says %v", b, got, x.reason, x.at, want)
		}
		if len(b) > 0 && b[0] == '"' && json.Valid(b) {
			var want string
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			if got := x.text(0, len(bytes.TrimRight(b, " \t\r\n"))); got != want {
				t.Fatalf("%s is %q, encoding/json has %q", b, got, want)
			}
		}
	})
}

// FuzzDecoder: nothing panics; what is read survives a round trip; pieces of
// any size give the same entries and the same error.
func FuzzDecoder(f *testing.F) {
	f.Add(encode(everything()), 7)
	for _, s := range []string{"", "\n", "{\"k\":\"h2trace\",\"version\":1}\n{\"k\":\"chunk\",\"conn\":1,\"dir\":\"c2s\",\"octets\":\"\\u0041A==\",\"octets\":\"AAAA\"}",
		"\ufeff{\"k\":\"h2trace\",\"version\":1,\"k\":\"note\"}\n{\"k\":\"conn\",\"id\":1,\"tls\":{\"a\":1,\"a\":2}}\n{\"k\":\"no"} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		got, err := Read(bytes.NewReader(b))
		parts, perr := decodeAll(slices.Collect(slices.Chunk(b, 1+(n&0xff))))
		if !reflect.DeepEqual(got, parts) || (err == nil) != (perr == nil) || err != nil && err.Error() != perr.Error() {
			t.Fatalf("at once: %d entries, %v; in pieces: %d, %v", len(got), err, len(parts), perr)
		}
		var e *SyntaxError
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Offset < 0 || e.Offset > int64(len(b)) || e.Line > 1+bytes.Count(b, []byte("\n"))) {
			t.Fatalf("%d octets: %v", len(b), err)
		}
		if len(got) == 0 {
			return
		}
		once := encode(got)
		again, err := Read(bytes.NewReader(once))
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("%s\n%v, read back as\n%s", once, err, encode(again))
		}
	})
}

// BenchmarkRead reads 100,000 chunks of 200 octets.
func BenchmarkRead(b *testing.B) {
	record := encode([]Entry{&Header{Version: 1}})
	for i := range 100_000 {
		record = AppendEntry(record, &Chunk{Conn: 1, Dir: Dir(i % 2), SentAt: int64(i) * 1000, ReceivedAt: int64(i)*1000 + 5_000_000, Octets: bytes.Repeat([]byte{byte(i)}, 200)})
	}
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		got, err := Read(bytes.NewReader(record))
		if err != nil || len(got) != 100_001 {
			b.Fatal(len(got), err)
		}
	}
}

// BenchmarkAppendEntry writes a chunk of 200 octets.
func BenchmarkAppendEntry(b *testing.B) {
	c := &Chunk{Conn: 1, SentAt: 1_000_000, ReceivedAt: 6_000_000, Octets: bytes.Repeat([]byte{7}, 200)}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendEntry(buf[:0], c)
	}
}
