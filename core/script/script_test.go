package script

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

func parse(t *testing.T, src string) *Script {
	t.Helper()
	s, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, src string, o Options) *Transcript {
	t.Helper()
	out, err := parse(t, src).Run(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// has fails unless some step has an entry that begins so.
func has(t *testing.T, tr *Transcript, want string) {
	t.Helper()
	if !strings.Contains("\n"+tr.Text(), "\n> "+want) {
		t.Errorf("no line %q in\n%s", want, tr.Text())
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		src       string
		line, col int
		reason    string
	}{
		{"role boss", 1, 6, "client or server"},
		{"role", 1, 1, "client or server"},
		{"role server\nnonsense", 2, 1, `no command "nonsense"`},
		{"PING", 1, 1, "say who does it, peer or we"},
		{"peer", 1, 1, "does what?"},
		{"peer ping", 1, 6, "upper case, PING"},
		{"peer jump", 1, 6, "nothing that peer can do"},
		{"we PING", 1, 4, "nothing that we can do"},
		{"  peer PING", 1, 1, "none above"},
		{"peer HEADERS stream=x", 1, 14, "stream must be a number"},
		{"peer HEADERS stream=1 stream=3", 1, 23, "given twice"},
		{"peer HEADERS stream=1 NO_SUCH", 1, 23, `has no "NO_SUCH"; it takes stream=`},
		{"peer HEADERS colour=1", 1, 14, `no key "colour"`},
		{"peer HEADERS stream=1 | :method GET", 1, 23, "there is no colon"},
		{"peer HEADERS stream=1 |", 1, 23, "a field is missing"},
		{`peer HEADERS stream=1 | a: "x`, 1, 23, "not one quoted text"},
		{"peer HEADERS stream=1\n  | :method: GET\n  | broken", 3, 3, "there is no colon"},
		{"peer PING | a: b", 1, 11, "takes no field lines"},
		{`peer DATA stream=1 "a`, 1, 20, "does not end"},
		{`peer DATA stream=1 "a" "b"`, 1, 24, "one text is enough"},
		{`peer DATA stream=1 size=99999999`, 1, 11, "at most 2^24-1"},
		{`peer PING "x"`, 1, 11, "takes no text"},
		{"peer PING opaque=0", 1, 11, "hexadecimal"},
		{"peer RST_STREAM stream=1 code=NOPE", 1, 26, "error code by its name"},
		{"peer SETTINGS INITIAL=1", 1, 15, `no key "INITIAL"`},
		{"peer SETTINGS INITIAL_WINDOW_SIZE=4294967296", 1, 15, "0 to 2^32-1"},
		{"peer raw 0", 1, 10, "hexadecimal"},
		{"we reset code=CANCEL", 1, 4, "reset needs stream="},
		{"wait soon", 1, 6, "wait takes a time"},
		{"wait 48h", 1, 6, "wait takes a time"},
		{"limit StallTimeout=1", 1, 7, "takes a time"},
		{"show me", 1, 6, "show what?"},
		{"repeat 3", 1, 1, "write repeat"},
		{"repeat 0 peer PING", 1, 8, "from 1 to 100000"},
		{"repeat 3 wait 1s", 1, 10, "only what the peer or we do"},
		{"repeat 3 peer PING stream={m}", 1, 20, "in braces stands n"},
		{"repeat 3 peer PING stream={n", 1, 20, "has no }"},
		{"# Grüße\npeer DATA stream=ü", 2, 11, "stream must be a number"},
	} {
		_, err := Parse(c.src)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: no error", c.src)
			continue
		}
		if e.Line != c.line || e.Col != c.col || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%q: %v, want line %d, column %d: …%s…", c.src, err, c.line, c.col, c.reason)
		}
	}
	if _, err := Parse(strings.Repeat("#", MaxSource+1)); err == nil {
		t.Error("a script of any size is taken")
	}
}

// TestErrorsAtRun: what only shows when the script runs.
func TestErrorsAtRun(t *testing.T) {
	for _, c := range []struct{ src, reason string }{
		{"role server\npeer preface\nsettings ENABLE_PUSH=0", "comes too late"},
		{"role server\nrepeat 100000 peer DATA stream=1 size=10000", "delivers more than"},
		{"role server\nrepeat 3 peer DATA stream={2n-3}", "braces"},
	} {
		s, err := Parse(c.src)
		if err == nil {
			_, err = s.Run(Options{})
		}
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%q: %v, want …%s…", c.src, err, c.reason)
		}
	}
	if _, err := parse(t, "role server\nrepeat 100 peer PING").Run(Options{MaxRuns: 99}); err == nil {
		t.Error("MaxRuns is not held")
	}
}

func TestFormat(t *testing.T) {
	const src = "\n\n# a title  \n\n\n\nrole   server\n> we     SETTINGS stream=0\nrepeat 3   peer  PING   opaque=0011223344556677\n" +
		"peer HEADERS stream=1   END_STREAM |:method:   GET|:path: /\n   | never   a:   \"x\"  | \"B b\": \"\\x00\" | e:\n" +
		"peer HEADERS stream=3 | a: 1234567890123456789012345678901234567890 | b: 1234567890123456789012345678901234567890123456\n" +
		"peer DATA stream=1 \"a\\tb\"\n"
	const want = "# a title\n\nrole server\nrepeat 3 peer PING opaque=0011223344556677\n" +
		"peer HEADERS stream=1 END_STREAM | :method: GET | :path: / | never a: x | \"B b\": \"\\x00\" | e:\n" +
		"peer HEADERS stream=3\n    | a: 1234567890123456789012345678901234567890\n    | b: 1234567890123456789012345678901234567890123456\n" +
		"peer DATA stream=1 \"a\\tb\"\n"
	got := parse(t, src).Format()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := parse(t, got).Format(); again != got {
		t.Errorf("formatted twice:\n%s", again)
	}
}

// TestGoldenAreFormatted: what Format makes of the golden scripts of core/conn
// is the same without and with their transcripts.
func TestGoldenAreFormatted(t *testing.T) {
	files, err := filepath.Glob("../conn/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden scripts", err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		plain := parse(t, string(src)).Format()
		if again := parse(t, plain).Format(); again != plain {
			t.Errorf("%s: Format changes what it made", name)
		}
		if strings.Contains(plain, "\n>") {
			t.Errorf("%s: Format kept the transcript", name)
		}
		if kept := parse(t, run(t, plain, Options{}).Text()).Format(); kept != plain {
			t.Errorf("%s: the transcript changed the script", name)
		}
	}
}

// TestFrames holds each of the peer's frames to its octets.
func TestFrames(t *testing.T) {
	for _, c := range []struct{ line, octets string }{
		{`peer DATA stream=1 END_STREAM padding=2 "hi"`, "\x00\x00\x05\x00\x09\x00\x00\x00\x01\x02hi\x00\x00"},
		{`peer DATA stream=1 size=3`, "\x00\x00\x03\x00\x00\x00\x00\x00\x01abc"},
		{`peer HEADERS stream=1 dependency=3 weight=256 exclusive block=82`, "\x00\x00\x06\x01\x24\x00\x00\x00\x01\x80\x00\x00\x03\xff\x82"},
		{`peer HEADERS stream=1 -END_HEADERS END_STREAM block=82`, "\x00\x00\x01\x01\x01\x00\x00\x00\x01\x82"},
		{`peer PRIORITY stream=1`, "\x00\x00\x05\x02\x00\x00\x00\x00\x01\x00\x00\x00\x00\x0f"},
		{`peer RST_STREAM stream=1 code=CANCEL`, "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08"},
		{`peer SETTINGS ENABLE_PUSH=0 0x99=2^31`, "\x00\x00\x0c\x04\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x99\x80\x00\x00\x00"},
		{`peer SETTINGS ACK stream=7`, "\x00\x00\x00\x04\x01\x00\x00\x00\x07"},
		{`peer PUSH_PROMISE stream=1 promised=2 block=82`, "\x00\x00\x05\x05\x04\x00\x00\x00\x01\x00\x00\x00\x02\x82"},
		{`peer PING ACK opaque=0102`, "\x00\x00\x08\x06\x01\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00"},
		{`peer GOAWAY last=5 code=NO_ERROR "bye"`, "\x00\x00\x0b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00bye"},
		{`peer WINDOW_UPDATE stream=1 increment=2^31-1`, "\x00\x00\x04\x08\x00\x00\x00\x00\x01\x7f\xff\xff\xff"},
		{`peer CONTINUATION stream=1 block=82`, "\x00\x00\x01\x09\x04\x00\x00\x00\x01\x82"},
		{`peer ALTSVC origin="a" "h2"`, "\x00\x00\x05\x0a\x00\x00\x00\x00\x00\x00\x01ah2"},
		{`peer ORIGIN "https://a"`, "\x00\x00\x0b\x0c\x00\x00\x00\x00\x00\x00\x09https://a"},
		{`peer PRIORITY_UPDATE prioritized=3 "u=1"`, "\x00\x00\x07\x10\x00\x00\x00\x00\x00\x00\x00\x00\x03u=1"},
		{`peer FRAME type=0xbe flags=0xff stream=2^31-1 reserved=1 payload=aabb length=5`, "\x00\x00\x05\xbe\xff\xff\xff\xff\xff\xaa\xbb"},
		{`peer raw 00 01 0203`, "\x00\x01\x02\x03"},
		{`peer text "GET\r\n"`, "GET\r\n"},
		{`peer preface`, frame.Preface},
	} {
		tr := run(t, "role server\n"+c.line, Options{})
		if got := string(tr.Steps[1].In); got != c.octets {
			t.Errorf("%s\n  %x, want\n  %x", c.line, got, c.octets)
		}
	}
	a, b := run(t, "peer garbage 100", Options{}), run(t, "peer garbage 100", Options{})
	if len(a.Steps[0].In) != 100 || !bytes.Equal(a.Steps[0].In, b.Steps[0].In) {
		t.Error("garbage is not 100 octets, the same each time")
	}
}

const exchange = `role client
settings INITIAL_WINDOW_SIZE=10
peer handshake MAX_FRAME_SIZE=20000
we open END_STREAM | :method: GET | :scheme: https | :authority: example.org | :path: / | never a: secret
peer HEADERS stream=1 octets=1 | :status: 200 | b: c
peer CONTINUATION stream=1
peer DATA stream=1 END_STREAM "hello"
we consume stream=1
show windows
role server
peer handshake
`

func TestTranscript(t *testing.T) {
	tr := run(t, exchange, Options{})
	for _, want := range []string{
		"we     connection preface (RFC 9113 3.4)",
		"we     SETTINGS stream=0 length=6 INITIAL_WINDOW_SIZE=10 (preface, RFC 9113 3.4)",
		"event  the peer's settings: MAX_FRAME_SIZE=20000 (RFC 9113 6.5.3)",
		"result stream 1",
		"state  stream 1: idle → half-closed (local) (RFC 9113 5.1)",
		"hpack  :method: GET — Indexed, index 2 (RFC 7541 6.1)",
		"hpack  a: secret — Literal, never indexed (RFC 7541 6.2.3)",
		"event  response on stream 1 | :status: 200 | b: c (RFC 9113 8.1)",
		`event  DATA on stream 1 END_STREAM, 5 octets "hello" (RFC 9113 6.1)`,
		"show   connection: we may send 65535, the peer may send 65530, not consumed 0",
	} {
		has(t, tr, want)
	}
	for _, n := range []int{1, 3, 1000} {
		if got := run(t, exchange, Options{Chunk: n}).Text(); got != tr.Text() {
			t.Errorf("in pieces of %d:\n%s", n, got)
		}
	}
	if got := run(t, "chunk 1\n"+exchange, Options{}).Text(); got != "chunk 1\n"+tr.Text() {
		t.Errorf("with chunk 1:\n%s", got)
	}
}

// TestRefused: a verb that we may not use is in the transcript, and the script
// goes on.
func TestRefused(t *testing.T) {
	tr := run(t, "role client\nwe push stream=1 | :method: GET\nwe open END_STREAM | :method: GET | :scheme: https | :authority: example.org | :path: /", Options{})
	has(t, tr, "refused Push: only a server pushes (RFC 9113 8.4)")
	has(t, tr, "result stream 1")
}

func TestRepeat(t *testing.T) {
	tr := run(t, "role server\npeer handshake\nrepeat 3 peer HEADERS stream={2n-1} END_STREAM | :method: GET | :scheme: https | :authority: example.org | :path: /{n} | x-{n+10}: {3n+0}", Options{})
	has(t, tr, "event  request on stream 1 END_STREAM | :method: GET | :scheme: https | :authority: example.org | :path: /1 | x-11: 3 ")
	has(t, tr, "event  request on stream 5 END_STREAM | :method: GET | :scheme: https | :authority: example.org | :path: /3 | x-13: 9 ")
	long := run(t, "role server\npeer handshake\nrepeat 100 peer PING opaque={n+1000}", Options{})
	has(t, long, "… 184 more …")
	if n := len(long.Steps[2].Entries); n != 200 {
		t.Errorf("%d entries, 200 happened", n)
	}
}

func TestRecord(t *testing.T) {
	tr := run(t, exchange, Options{})
	var b []byte
	for _, e := range tr.Record("a record") {
		b = trace.AppendEntry(b, e)
	}
	list, err := trace.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	octets := map[[2]uint32][]byte{}
	conns := 0
	for _, e := range list {
		switch e := e.(type) {
		case *trace.Conn:
			conns++
		case *trace.Chunk:
			k := [2]uint32{e.Conn, uint32(e.Dir)}
			octets[k] = append(octets[k], e.Octets...)
		}
	}
	if conns != 2 {
		t.Errorf("%d connections, the script has 2", conns)
	}
	for k := range octets {
		client := k[1] == uint32(trace.ToServer)
		if got := bytes.HasPrefix(octets[k], []byte(frame.Preface)); got != client {
			t.Errorf("connection %d, direction %d: begins with the preface: %v", k[0], k[1], got)
		}
	}
	var in, out int
	for _, s := range tr.Steps {
		in += len(s.In)
		out += len(s.Out)
	}
	sum := 0
	for _, o := range octets {
		sum += len(o)
	}
	if sum != in+out {
		t.Errorf("%d octets in the record, %d in the run", sum, in+out)
	}
}

// TestVerbs: each verb says what it does, and its name leads to it.
func TestVerbs(t *testing.T) {
	for _, v := range Verbs() {
		if v.Doc == "" || findVerb(v.Who, v.Name) == nil {
			t.Errorf("%s has no words, or is not found", v.Name)
		}
		for _, k := range v.Keys {
			if k.Doc == "" {
				t.Errorf("%s %s= has no words", v.Name, k.Name)
			}
		}
	}
}

var rewrite = flag.Bool("rewrite", false, "write the list of commands in docs/script.md anew")

// TestReference holds the list of commands in docs/script.md to Verbs.
func TestReference(t *testing.T) {
	const name = "../../docs/script.md"
	const from, to = "-rewrite -->\n", "<!-- end -->"
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(src), from)
	_, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal(name, "has no place for the list")
	}
	want := head + from + reference() + to + tail
	if want == string(src) {
		return
	}
	if !*rewrite {
		t.Fatalf("%s is behind the verbs: go test ./core/script -run TestReference -rewrite", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func reference() string {
	var b strings.Builder
	b.WriteString("| command | takes | what it does |\n| --- | --- | --- |\n")
	kinds := map[Kind]string{Number: "N", Hex: "HEX", Time: "TIME", Code: "CODE"}
	for _, v := range Verbs() {
		var takes []string
		for _, k := range v.Keys {
			if v.Who != Peer || v.key("payload") == nil || k.Name != "payload" && k.Name != "flags" && k.Name != "length" && k.Name != "reserved" {
				takes = append(takes, "`"+k.Name+"="+kinds[k.Kind]+"`")
			}
		}
		for _, f := range v.Flags {
			takes = append(takes, "`"+f+"`")
		}
		for _, x := range []struct {
			has  bool
			text string
		}{{v.Text, "`\"text\"`"}, {v.Words, "words"}, {v.Settings, "settings"}, {v.Fields, "fields"}} {
			if x.has {
				takes = append(takes, x.text)
			}
		}
		b.WriteString("| `" + strings.TrimSpace(whoWords[v.Who]+" "+v.Name) + "` | " + strings.Join(takes, ", ") + " | " + v.Doc + " |\n")
	}
	return b.String()
}

// FuzzParse: no source breaks the parser, the formatter or the runner.
func FuzzParse(f *testing.F) {
	f.Add(exchange)
	f.Add("repeat 3 peer PING opaque={n+10}\n  | a: b")
	f.Add("peer HEADERS stream=1 | \"a\\x00\": \"|\" | never b: c\nwe raw 00\nwait 1m\npeer end")
	f.Fuzz(func(t *testing.T, src string) {
		s, err := Parse(src)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Col < 1 {
				t.Fatalf("%v is no error with a place", err)
			}
			return
		}
		once := s.Format()
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("Format made\n%s\n%v", once, err)
		}
		if twice := again.Format(); twice != once {
			t.Fatalf("Format made\n%s\nand of that\n%s", once, twice)
		}
		work := 0
		for _, c := range s.Commands {
			work += c.Repeat * int(1+c.number("size", 0)+c.number("length", 0))
		}
		if work > 1<<20 {
			return
		}
		s.Run(Options{MaxRuns: 2000})
	})
}

// TestDocExample: the example in docs/script.md is what happens.
func TestDocExample(t *testing.T) {
	src, err := os.ReadFile("../../docs/script.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(src), "\n```\n")
	example, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("there is no example")
	}
	if got := run(t, example, Options{}).Text(); got != example {
		t.Errorf("the example's transcript is\n%s", got)
	}
}
