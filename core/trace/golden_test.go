package trace

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

// everything has each kind of entry, with all members and with none.
func everything() []Entry {
	return []Entry{
		&Header{Version: 1, Title: "A \"title\" with ünïcode,\ttab and \x01", Note: "two\nlines", Generator: "framewise 0.1",
			Program: "const http2 = require('http2');\n", Language: "js", Seed: 1<<64 - 1, Epoch: "2026-01-02T03:04:05.000000006Z",
			Redacted: true, Engine: "0a1b2c", Around: `{"before":"x","modules":{"http":"http2"},"later":[1]}`,
			Network: &Network{Latency: 5_000_000, Jitter: 1, Bandwidth: 187_500, Chunk: 1, Steps: []Step{
				{Kind: "corrupt", Conn: 1, Dir: ToClient, Frame: 7, Offset: 3, Mask: 0x80},
				{Kind: "stall", Conn: 1, Dir: ToServer, Frame: -1, For: -1},
				{Kind: "inject", Conn: 2, Dir: ToClient, Octets: []byte{0, 0, 0, 4, 0, 0, 0, 0, 0}, Extra: `"by":["hand"]`},
				{Kind: "inject", Conn: 2, Dir: ToServer, Frame: -1, Heard: true, Octets: []byte{1}},
			}, Extra: `"loss":0.5`}},
		&Conn{ID: 1, Client: "client", Server: "localhost:80", Vantage: VantageBoth, At: 5, Via: "memory, 5 ms each way",
			TLS: &TLS{Version: "TLS 1.3", ALPN: "h2", Cipher: "TLS_AES_128_GCM_SHA256", Name: "localhost"}},
		&Conn{ID: 2},
		&Conn{ID: 3, TLS: &TLS{}},
		&Chunk{Conn: 1, Dir: ToServer, SentAt: 0, ReceivedAt: 5000000, Octets: []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
		&Chunk{Conn: 1, Dir: ToClient, SentAt: 7, ReceivedAt: 7, Octets: []byte{0, 0, 0, 4, 0, 0, 0, 0, 0}},
		&Chunk{Conn: 1, Dir: ToClient, SentAt: 8, ReceivedAt: 9, Octets: []byte{1, 2, 3}, Received: []byte{1, 0xff, 3}},
		&Chunk{Conn: 1, Dir: ToClient, SentAt: 8, ReceivedAt: -1, Octets: []byte{1}, Received: []byte{}},
		&Cause{Conn: 1, Dir: ToServer, Frame: 3, Line: 12, Col: 5, Call: "pushStream"},
		&Cause{Conn: 1, Dir: ToClient, Frame: 0, Rule: "settings-ack"},
		&Fault{Conn: 1, At: 10, Kind: "drop", Text: "frame 7"},
		&Fault{Conn: 1, At: 10, Kind: "inject", Text: "by hand", Dir: ToServer, Offset: 33, Length: 9},
		&Console{At: 11, Level: "warn", Text: "</script>\u2028"},
		&Note{At: 12, Text: "look here"},
		&Close{Conn: 1, At: 13, By: "client", Reason: "done"},
		&Close{Conn: 2},
		&Unknown{Line: []byte(`{"k":"bookmark","at":1,"frame":[1,{"a":null}]}`)},
		&Note{Text: "extra", Extra: `"who":"me","deep":{"a":[1,2.5e3,true]}`},
	}
}

// TestGolden: the form of each entry is what the golden file shows, each line
// is an object of JSON with "k" first, and it is read back to the same entry.
func TestGolden(t *testing.T) {
	const file = "testdata/everything.h2trace"
	var buf bytes.Buffer
	if err := Write(&buf, everything()); err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile(file, buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(buf.Bytes(), want) {
		t.Errorf("the record is\n%s\nwant\n%s", buf.Bytes(), want)
	}
	for line := range strings.Lines(buf.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil || !strings.HasPrefix(line, `{"k":"`) {
			t.Errorf("%s: %v", line, err)
		}
	}
	got, err := Read(bytes.NewReader(want))
	if err != nil || !reflect.DeepEqual(got, everything()) {
		t.Errorf("%v, read back as", err)
		for i, e := range got {
			if i >= len(everything()) || !reflect.DeepEqual(e, everything()[i]) {
				t.Errorf("entry %d: %#v", i, e)
			}
		}
	}
}

// TestText: what a text in the record stands for is what encoding/json says.
func TestText(t *testing.T) {
	for _, text := range []string{"", "a", "\x00\x1f\x7f\"\\/", "\u2028\U0001f600é", "a\xffb\xc3", "\xed\xa0\x80", strings.Repeat("é\n", 100)} {
		line := AppendEntry(nil, &Note{Text: text})
		var v struct{ Text string }
		if err := json.Unmarshal(line, &v); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if want := string([]rune(text)); v.Text != want { // what is not UTF-8 becomes U+FFFD, octet by octet
			t.Errorf("%q is written as %s", text, line)
		}
	}
}

// TestOneLine: what the caller puts in as JSON can't break the lines.
func TestOneLine(t *testing.T) {
	for _, e := range []Entry{&Unknown{Line: []byte("{\"k\":\"x\",\r\n\"a\":1}")}, &Note{Extra: "\"a\":\n1"}} {
		line := AppendEntry(nil, e)
		if i := bytes.IndexAny(line, "\r\n"); i != len(line)-1 || !json.Valid(line) {
			t.Errorf("%q", line)
		}
	}
}

// TestForeign: lines that other programs write in their own style.
func TestForeign(t *testing.T) {
	const head = `{"k":"h2trace","version":1}` + "\n"
	for _, c := range []struct {
		name, line string
		want       Entry
		again      string // as we write it, "" for the line itself
	}{
		{"spaces, k last, no rx", " { \"octets\" : \"AQI=\" ,\t\"conn\":7,\"dir\":\"s2c\",\"at\":3, \"k\":\"chunk\"} \r",
			&Chunk{Conn: 7, Dir: ToClient, SentAt: 3, ReceivedAt: 3, Octets: []byte{1, 2}}, `{"k":"chunk","conn":7,"dir":"s2c","at":3,"octets":"AQI="}`},
		{"escapes", `{"\u006b":"note","text":"\u00e9\ud83d\ude00\ud83d\/\b\f\n\r\t\"\\"}`,
			&Note{Text: "é\U0001f600\ufffd/\b\f\n\r\t\"\\"}, `{"k":"note","at":0,"text":"é` + "\U0001f600\ufffd" + `/\u0008\u000c\n\r\t\"\\"}`},
		{"escaped base64", `{"k":"chunk","conn":1,"dir":"c2s","octets":"\/\/8="}`,
			&Chunk{Conn: 1, Octets: []byte{0xff, 0xff}}, `{"k":"chunk","conn":1,"dir":"c2s","at":0,"octets":"//8="}`},
		{"null is absent", `{"k":"conn","id":2,"tls":null,"via":null,"at":null}`, &Conn{ID: 2}, `{"k":"conn","id":2,"at":0}`},
		{"unknown members", `{"k":"close","conn":1,"at":2,"x":[{}],"y":"\u0041"}`,
			&Close{Conn: 1, At: 2, Extra: `"x":[{}],"y":"\u0041"`}, ""},
		{"unknown members of tls", `{"k":"conn","id":1,"at":0,"tls":{"alpn":"h2","z":1},"w":false}`,
			&Conn{ID: 1, TLS: &TLS{ALPN: "h2", Extra: `"z":1`}, Extra: `"w":false`}, ""},
		{"unknown kind", `{"k":"later","k2":{"a":[]}}`, &Unknown{Line: []byte(`{"k":"later","k2":{"a":[]}}`)}, ""},
	} {
		got, err := Read(strings.NewReader("\ufeff" + head + "\n \n" + c.line + "\n"))
		if err != nil || len(got) != 2 || !reflect.DeepEqual(got[1], c.want) {
			t.Errorf("%s: %v", c.name, err)
			for _, e := range got {
				t.Errorf("  %#v", e)
			}
			continue
		}
		again := c.again
		if again == "" {
			again = c.line
		}
		if line := string(AppendEntry(nil, got[1])); line != again+"\n" {
			t.Errorf("%s: written as %s, want %s", c.name, line, again)
		}
	}
}
