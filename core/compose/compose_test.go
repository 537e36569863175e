package compose

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"framewise/core/frame"
)

// text is the text of a form's values, as a page sends them.
func text(f Form) string {
	var b strings.Builder
	b.WriteString("form\n")
	for _, x := range f.Fields {
		b.WriteString(x.Key + " " + strconv.Quote(x.Value) + "\n")
	}
	return b.String()
}

func form(pairs ...string) string {
	var b strings.Builder
	b.WriteString("form\n")
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString(pairs[i] + " " + strconv.Quote(pairs[i+1]) + "\n")
	}
	return b.String()
}

func TestForm(t *testing.T) {
	block := []byte{0x00, 1, 'a', 1, 'b'}
	for name, c := range map[string]struct {
		text string
		want []byte
	}{
		"nothing": {"", frame.AppendPing(nil, [8]byte([]byte("pingpong")), false)},
		"DATA":    {form("type", "DATA", "stream", "1", "data", `a\n\x00é`, "flag0", "1"), frame.AppendData(nil, 1, []byte("a\n\x00é"), true, frame.NoPadding)},
		"padding": {form("type", "DATA", "stream", "1", "data", "x", "flag3", "1", "pad", "3"), frame.AppendData(nil, 1, []byte("x"), false, 3)},
		"bad padding": {form("type", "DATA", "stream", "1", "data", "x", "flag3", "1", "padlen", "200"),
			frame.AppendRaw(nil, frame.Header{Type: frame.Data, Flags: frame.FlagPadded, StreamID: 1}, []byte{200, 'x'})},
		"HEADERS": {form("type", "HEADERS", "stream", "3", "fields", "a: b", "flag0", "1", "flag2", "1", "flag5", "1", "dep", "1", "weight", "200", "exclusive", "1"),
			frame.AppendHeaders(nil, 3, block, true, true, &frame.PriorityParam{StreamDep: 1, Weight: 199, Exclusive: true}, frame.NoPadding)},
		"HEADERS in all ways": {form("type", "HEADERS", "stream", "1", "flag2", "1", "fields", "# 2\n= 0\n+ a: b\n! a: b\n- a: b\n+#4 /x\nx ff"),
			frame.AppendHeaders(nil, 1, []byte{0x82, 0x20, 0x40, 1, 'a', 1, 'b', 0x10, 1, 'a', 1, 'b', 0, 1, 'a', 1, 'b', 0x44, 2, '/', 'x', 0xff}, false, true, nil, frame.NoPadding)},
		"Huffman": {form("type", "HEADERS", "stream", "1", "flag2", "1", "as", "incremental", "huffman", "1", "fields", ":authority: www.example.com"),
			frame.AppendHeaders(nil, 1, append([]byte{0x40, 0x88, 0xb8, 0x3b, 0x53, 0x39, 0xec, 0x32, 0x7d, 0x7f, 0x8c}, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff), false, true, nil, frame.NoPadding)},
		"PRIORITY":   {form("type", "PRIORITY", "stream", "5", "dep", "3"), frame.AppendPriority(nil, 5, frame.PriorityParam{StreamDep: 3, Weight: 15})},
		"RST_STREAM": {form("type", "RST_STREAM", "stream", "5", "code", "CANCEL"), frame.AppendRSTStream(nil, 5, frame.Cancel)},
		"a code":     {form("type", "RST_STREAM", "stream", "5", "code", "0xff"), frame.AppendRSTStream(nil, 5, 0xff)},
		"SETTINGS": {form("type", "SETTINGS", "settings", "MAX_FRAME_SIZE 16384\n\n0x99=7"),
			frame.AppendSettings(nil, []frame.Setting{{ID: frame.MaxFrameSize, Value: 16384}, {ID: 0x99, Value: 7}})},
		"ACK":             {form("type", "SETTINGS", "flag0", "1"), frame.AppendSettingsAck(nil)},
		"PUSH_PROMISE":    {form("type", "PUSH_PROMISE", "stream", "1", "promised", "2", "fields", "a: b", "flag2", "1"), frame.AppendPushPromise(nil, 1, 2, block, true, frame.NoPadding)},
		"GOAWAY":          {form("type", "GOAWAY", "last", "7", "code", "PROTOCOL_ERROR", "debug", "why"), frame.AppendGoAway(nil, 7, frame.ProtocolError, []byte("why"))},
		"WINDOW_UPDATE":   {form("type", "WINDOW_UPDATE", "increment", "10"), frame.AppendWindowUpdate(nil, 0, 10)},
		"CONTINUATION":    {form("type", "CONTINUATION", "stream", "1", "fields", "a: b"), frame.AppendContinuation(nil, 1, block, false)},
		"ALTSVC":          {form("type", "ALTSVC", "origin", "o", "altsvc", "v"), frame.AppendAltSvc(nil, 0, "o", "v")},
		"ORIGIN":          {form("type", "ORIGIN", "origins", "https://a\nhttps://b"), frame.AppendOrigin(nil, []string{"https://a", "https://b"})},
		"PRIORITY_UPDATE": {form("type", "PRIORITY_UPDATE", "prioritized", "1", "priority", "u=1"), frame.AppendPriorityUpdate(nil, 1, []byte("u=1"))},
		"unknown":         {form("type", "other", "number", "0x77", "payload", "0102"), frame.AppendRaw(nil, frame.Header{Type: 0x77}, []byte{1, 2})},
		"a lying length": {form("type", "PING", "ping", "x", "length", "100"),
			append(frame.AppendHeader(nil, frame.Header{Type: frame.Ping, Length: 100}), 'x')},
		"more octets":  {form("type", "WINDOW_UPDATE", "increment", "1", "extra", "ff"), frame.AppendRaw(nil, frame.Header{Type: frame.WindowUpdate}, []byte{0, 0, 0, 1, 0xff})},
		"reserved bit": {form("type", "SETTINGS", "reserved", "1"), frame.AppendHeader(nil, frame.Header{Type: frame.Settings, Reserved: true})},
		"hex":          {"hex\n00 00,00\n0x04 01 00000000", frame.AppendSettingsAck(nil)},
	} {
		got, f, err := Parse(c.text)
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: %x, %v; want %x", name, got, err, c.want)
			continue
		}
		if !f.Whole {
			t.Errorf("%s: the form says that it does not make its octets: %s", name, f.Why)
		}
		back := Describe(got)
		if again, _, err := Parse(text(back)); err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: read from %x the form makes %x, %v", name, got, again, err)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ text, key, says string }{
		{"hex\n00 0g", "octets", `character 5, "g", is no hex digit`},
		{"hex\n000", "octets", "the last octet has one hex digit: an octet has two"},
		{form("type", "PING", "stream", "-1"), "stream", `"-1" is no number from 0 to 2147483647`},
		{form("type", "FOO"), "type", `there is no type "FOO": choose other and give its number`},
		{form("type", "DATA", "data", `\q`), "data", `"\\q" begins no escape`},
		{form("type", "HEADERS", "fields", "a: b\nno colon"), "fields", `line 2, "no colon": a field line is "name: value"`},
		{form("type", "SETTINGS", "settings", "FOO 1"), "settings", `line 1, "FOO 1", is no NAME VALUE`},
		{form("type", "RST_STREAM", "code", "FOO"), "code", `"FOO" is neither a code`},
		{form("type", "PRIORITY", "weight", "0"), "weight", `"0" is no weight: they go from 1 to 256`},
		{"form\nstream 1\n", "", `a line of the form is not KEY "VALUE"`},
		{"what", "", `a text begins with hex or form, not with "what"`},
	} {
		octets, _, err := Parse(c.text)
		var e *Error
		if !errors.As(err, &e) || e.Key != c.key || !strings.Contains(e.Reason, c.says) || octets != nil {
			t.Errorf("%q: %x, %v; want %s: …%s…", c.text, octets, err, c.key, c.says)
		}
	}
}

func TestSeveralFrames(t *testing.T) {
	two := frame.AppendPing(frame.AppendSettingsAck(nil), [8]byte{1}, false)
	if f := Describe(two); f.Whole || f.Fields[0].Value != "SETTINGS" || f.Why != "These are 2 frames; the form shows the first." {
		t.Errorf("%+v", f)
	}
	if f := Describe([]byte{1, 2}); f.Whole || !strings.Contains(f.Why, "these are 2") {
		t.Errorf("%+v", f)
	}
}

// FuzzDescribe: whatever the octets of one frame, the form that is read from
// them makes them again.
func FuzzDescribe(f *testing.F) {
	for _, s := range []string{"0000000401000000000000", "00000a010c00000001008286840a0161", "000009000800000001c8617364", "000008060000000000"} {
		b, _ := hex.DecodeString(s)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkDescribe(t, b) })
}

func checkDescribe(t *testing.T, b []byte) {
	t.Helper()
	if len(b) < frame.HeaderLen || wholeFrames(b) > 1 || len(b) > 1<<16 {
		return
	}
	form := Describe(b)
	got, _, err := Parse(text(form))
	if err != nil || !bytes.Equal(got, b) || !form.Whole {
		t.Fatalf("%x: the form makes %x, %v\n%s", b, got, err, text(form))
	}
}

func TestDescribeAnything(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		n := rng.IntN(40)
		b := frame.AppendHeader(nil, frame.Header{Length: uint32(n), Type: frame.Type(rng.IntN(18)), Flags: frame.Flags(rng.IntN(256)), StreamID: rng.Uint32N(4)})
		for range n {
			b = append(b, byte(rng.IntN(256)))
		}
		checkDescribe(t, b)
	}
}
