package filter

import (
	"errors"
	"strings"
	"testing"

	"framewise/core/frame"
)

// row is a frame as a test describes it.
type row struct {
	kind     string
	typ      frame.Type
	stream   uint32
	promised uint32
	dir      int
	flags    string
	size     int64
	code     string
	fields   [][2]string
	conn     uint32
	at       int64
	line     uint32
	window   int64
	stall    string
}

func (r *row) Kind() string             { return r.kind }
func (r *row) Type() frame.Type         { return r.typ }
func (r *row) Stream() uint32           { return r.stream }
func (r *row) Promised() uint32         { return r.promised }
func (r *row) Dir() int                 { return r.dir }
func (r *row) HasFlag(name string) bool { return strings.Contains("|"+r.flags+"|", "|"+name+"|") }
func (r *row) Size() int64              { return r.size }
func (r *row) Error(code string) bool   { return r.code != "" && (code == "*" || code == r.code) }
func (r *row) Fields() [][2]string      { return r.fields }
func (r *row) Conn() uint32             { return 1 + r.conn }
func (r *row) SentAt() int64            { return r.at }
func (r *row) Line() uint32             { return r.line }
func (r *row) Window() (int64, bool)    { return r.window, r.kind == "frame" }
func (r *row) Stall() string            { return r.stall }
func (r *row) Text() string             { return r.kind + " says " + r.typ.String() }

var rows = map[string]*row{
	"preface":  {kind: "preface", size: 24},
	"settings": {kind: "frame", typ: frame.Settings, size: 6},
	"request": {kind: "frame", typ: frame.Headers, stream: 1, flags: "END_STREAM|END_HEADERS", size: 40,
		fields: [][2]string{{":method", "GET"}, {":path", "/a b?x=1"}, {"cookie", ""}}},
	"promise": {kind: "frame", typ: frame.PushPromise, stream: 1, promised: 2, dir: 1, flags: "END_HEADERS", size: 30,
		fields: [][2]string{{":path", "/app.css"}}},
	"data":    {kind: "frame", typ: frame.Data, stream: 3, dir: 1, flags: "END_STREAM", size: 100, at: 5_000_000, window: -3, stall: "begin"},
	"reset":   {kind: "frame", typ: frame.RSTStream, stream: 3, size: 4, code: "CANCEL", at: 5_000_001, line: 12, window: 1023, stall: "both"},
	"unknown": {kind: "frame", typ: 0x1f, stream: 1, dir: 1, size: 101, at: 2e9, window: 1024, conn: 1, stall: "end"},
	"garbage": {kind: "garbage", dir: 1, size: 5000, code: "PROTOCOL_ERROR"},
}

var order = []string{"preface", "settings", "request", "promise", "data", "reset", "unknown", "garbage"}

func TestMatch(t *testing.T) {
	for _, c := range []struct{ filter, want string }{
		{"", "preface settings request promise data reset unknown garbage"},
		{"  ", "preface settings request promise data reset unknown garbage"},
		{"stream:0", "settings"},
		{"stream:1", "request promise unknown"},
		{"stream:2", "promise"},
		{"stream:2|3", "promise data reset"},
		{"type:DATA", "data"},
		{"type:data|Headers", "request data"},
		{"TYPE:0x1f", "unknown"},
		{"type:0", "data"},
		{"type:garbage|preface", "preface garbage"},
		{"type:cut", ""},
		{"dir:c2s", "preface settings request reset"},
		{"dir:s2c stream:1", "promise unknown"},
		{"flag:END_STREAM", "request data"},
		{"flag:end_stream|END_HEADERS type:PUSH_PROMISE", "promise"},
		{"flag:END_STREAM flag:END_HEADERS", "request"},
		{"error:*", "reset garbage"},
		{"error:cancel", "reset"},
		{"error:8", "reset"},
		{"error:0x8|PROTOCOL_ERROR", "reset garbage"},
		{"size>100", "unknown garbage"},
		{"size>=100", "data unknown garbage"},
		{"size<6", "reset"},
		{"size<=6", "settings reset"},
		{"size=6|4", "settings reset"},
		{"size:100", "data"},
		{"size>=100 size<=101", "data unknown"},
		{"header::method", "request"},
		{"header:Cookie", "request"},
		{"header:cookie=", "request"},
		{"header:cookie=x", ""},
		{"header::path=/app.css", "promise"},
		{`header:":path=/a b?x=1"`, "request"},
		{`header:":path=/a*"`, "request promise"},
		{"header::path=*css", "promise"},
		{"header::path=*b*x*", "request"},
		{"header::path=/b*", ""},
		{"header::path=/app.css|:method=GET", "request promise"},
		{`"header::path=/app.css"`, "error"},
		{"window<1024", "settings request promise data reset"},
		{"window<0", "data"},
		{"window<=-3", "data"},
		{"window>=1024 -stream:3", "unknown"},
		{"stall:*", "data reset unknown"},
		{"stall:begin", "data reset"},
		{"stall:END", "reset unknown"},
		{"time>5ms", "reset unknown"},
		{"time>=5ms time<1.5s", "data reset"},
		{"time=5ms|2s", "data unknown"},
		{"line:12", "reset"},
		{"line:1|13", ""},
		{"conn:2", "unknown"},
		{"-conn:1", "unknown"},
		{"-type:SETTINGS|PING -dir:s2c -type:preface", "request reset"},
		{"text:push_", "promise"},
		{`text:"frame SAYS DATA" -flag:PADDED`, "data"},
		{`type:"DATA"`, "data"},
	} {
		f, err := Parse(c.filter)
		if err != nil {
			if c.want != "error" {
				t.Errorf("%q: %v", c.filter, err)
			}
			continue
		}
		var got []string
		for _, name := range order {
			if f.Match(rows[name]) {
				got = append(got, name)
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%q matches %q, want %q", c.filter, g, c.want)
		}
	}
}

func TestErrorsNameTheCharacter(t *testing.T) {
	for _, c := range []struct {
		filter string
		pos    int
		says   string
	}{
		{"strem:1", 0, `no term "strem"`},
		{"stream", 6, "a colon must follow stream"},
		{"stream:", 7, "a value is missing"},
		{"stream:x", 7, "a stream is a number"},
		{"stream:1|", 9, "a value is missing"},
		{"stream:1|2147483648", 9, "a stream is a number from 0 to 2147483647"},
		{"type:DATA type:DATE", 15, `no type "DATE"`},
		{"type:256", 5, "no type"},
		{"dir:up", 4, "c2s or s2c"},
		{"flag:FIN", 5, "no frame has a flag"},
		{"error:OOPS", 6, "no error code"},
		{"size", 4, "size is followed by"},
		{"size!5", 4, "size is followed by"},
		{"size>", 5, "a value is missing"},
		{"size>1k", 5, "a number of octets"},
		{`header:"a`, 7, "not closed"},
		{"header:ä ö:1", 9, "a term begins with"},
		{"= ", 0, "a term begins with"},
		{"-", 0, "a term begins with"},
		{"--type:DATA", 0, "a term begins with"},
		{"type:DATA -tipe:DATA", 11, `no term "tipe"`},
		{"window", 6, "window is followed by"},
		{"window<x", 7, "a number of octets"},
		{"window<-", 7, "a number of octets"},
		{"time>5", 5, "a time such as 5ms"},
		{"time:soon", 5, "a time such as 5ms"},
		{"line:0", 5, "line is a number from 1"},
		{"conn:x", 5, "conn is a number from 1"},
		{"stall:connection", 6, "stall is begin, end or *"},
		{"text:", 5, "a value is missing"},
		{"|", 0, "a term begins with"},
	} {
		_, err := Parse(c.filter)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: error %v, want an *Error", c.filter, err)
			continue
		}
		if e.Pos != c.pos || !strings.Contains(e.Reason, c.says) {
			t.Errorf("%q: error at %d %q, want at %d %q", c.filter, e.Pos, e.Reason, c.pos, c.says)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "stream:1|2 type:DATA", `header:":path=/a \"b"`, "size>=10 error:*", "ä", `"`, "flag:END_STREAM dir:s2c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for i := range len(s) + 2 {
			if c := Complete(s, i); c.From < 0 || c.From > c.To || c.To > len(s) {
				t.Fatalf("%q at %d: %+v", s, i, c)
			}
		}
		x, err := Parse(s)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > len(s) || e.Reason == "" {
				t.Fatalf("%q: error %#v", s, err)
			}
			return
		}
		for _, r := range rows {
			x.Match(r)
		}
	})
}
