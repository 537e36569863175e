package frame

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

// frameOf is a whole frame with a payload of the given octets.
func frameOf(t Type, flags Flags, stream uint32, payload ...byte) Raw {
	return Raw{Header{Length: uint32(len(payload)), Type: t, Flags: flags, StreamID: stream}, payload}
}

// TestShapeErrors: each error that the shape of a frame can hold, its code, its
// scope and its section, and beside it the nearest frame that is sound.
func TestShapeErrors(t *testing.T) {
	five, eight := make([]byte, 5), make([]byte, 8)
	for _, c := range []struct {
		name    string
		f       Raw
		code    ErrCode
		stream  uint32 // 0: a connection error
		section string
		sound   Raw
	}{
		{"DATA on stream 0", frameOf(Data, 0, 0), ProtocolError, 0, "6.1", frameOf(Data, 0, 1)},
		{"DATA, no room for Pad Length", frameOf(Data, FlagPadded, 1), FrameSizeError, 0, "6.1", frameOf(Data, FlagPadded, 1, 0)},
		{"DATA, padding as long as the payload", frameOf(Data, FlagPadded, 1, 2, 0), ProtocolError, 0, "6.1", frameOf(Data, FlagPadded, 1, 1, 0)},
		{"HEADERS on stream 0", frameOf(Headers, 0, 0), ProtocolError, 0, "6.2", frameOf(Headers, 0, 1)},
		{"HEADERS, no room for priority", frameOf(Headers, FlagPriority, 1, 0, 0, 0, 0), FrameSizeError, 0, "6.2", frameOf(Headers, FlagPriority, 1, five...)},
		{"HEADERS, no room for padding and priority", frameOf(Headers, FlagPriority|FlagPadded, 1, five...), FrameSizeError, 0, "6.2", frameOf(Headers, FlagPriority|FlagPadded, 1, 0, 0, 0, 0, 0, 0)},
		{"HEADERS, padding over the priority", frameOf(Headers, FlagPriority|FlagPadded, 1, 2, 0, 0, 0, 0, 0, 0), ProtocolError, 0, "6.2", frameOf(Headers, FlagPriority|FlagPadded, 1, 1, 0, 0, 0, 0, 0, 0)},
		{"HEADERS, padding over the fragment", frameOf(Headers, FlagPadded, 1, 3, 0, 0), ProtocolError, 0, "6.2", frameOf(Headers, FlagPadded, 1, 2, 0, 0)},
		{"PRIORITY on stream 0", frameOf(Priority, 0, 0, five...), ProtocolError, 0, "6.3", frameOf(Priority, 0, 1, five...)},
		{"PRIORITY of 4", frameOf(Priority, 0, 9, five[:4]...), FrameSizeError, 9, "6.3", frameOf(Priority, 0, 9, five...)},
		{"PRIORITY of 6", frameOf(Priority, 0, 9, eight[:6]...), FrameSizeError, 9, "6.3", frameOf(Priority, 0, 9, five...)},
		{"RST_STREAM on stream 0", frameOf(RSTStream, 0, 0, five[:4]...), ProtocolError, 0, "6.4", frameOf(RSTStream, 0, 1, five[:4]...)},
		{"RST_STREAM of 5", frameOf(RSTStream, 0, 1, five...), FrameSizeError, 0, "6.4", frameOf(RSTStream, 0, 1, five[:4]...)},
		{"SETTINGS on a stream", frameOf(Settings, 0, 1), ProtocolError, 0, "6.5", frameOf(Settings, 0, 0)},
		{"SETTINGS of 5", frameOf(Settings, 0, 0, five...), FrameSizeError, 0, "6.5", frameOf(Settings, 0, 0, eight[:6]...)},
		{"SETTINGS, an acknowledgement with content", frameOf(Settings, FlagAck, 0, eight[:6]...), FrameSizeError, 0, "6.5", frameOf(Settings, FlagAck, 0)},
		{"PUSH_PROMISE on stream 0", frameOf(PushPromise, 0, 0, 0, 0, 0, 2), ProtocolError, 0, "6.6", frameOf(PushPromise, 0, 1, 0, 0, 0, 2)},
		{"PUSH_PROMISE of 3", frameOf(PushPromise, 0, 1, 0, 0, 0), FrameSizeError, 0, "6.6", frameOf(PushPromise, 0, 1, 0, 0, 0, 2)},
		{"PUSH_PROMISE, padding over the identifier", frameOf(PushPromise, FlagPadded, 1, 1, 0, 0, 0, 2), ProtocolError, 0, "6.6", frameOf(PushPromise, FlagPadded, 1, 1, 0, 0, 0, 2, 0)},
		{"PUSH_PROMISE of stream 0", frameOf(PushPromise, 0, 1, 0x80, 0, 0, 0), ProtocolError, 0, "5.1.1", frameOf(PushPromise, 0, 1, 0x80, 0, 0, 2)},
		{"PUSH_PROMISE of an odd stream", frameOf(PushPromise, 0, 1, 0, 0, 0, 3), ProtocolError, 0, "5.1.1", frameOf(PushPromise, 0, 1, 0, 0, 0, 4)},
		{"PING on a stream", frameOf(Ping, 0, 1, eight...), ProtocolError, 0, "6.7", frameOf(Ping, 0, 0, eight...)},
		{"PING of 7", frameOf(Ping, 0, 0, eight[:7]...), FrameSizeError, 0, "6.7", frameOf(Ping, FlagAck, 0, eight...)},
		{"GOAWAY on a stream", frameOf(GoAway, 0, 1, eight...), ProtocolError, 0, "6.8", frameOf(GoAway, 0, 0, eight...)},
		{"GOAWAY of 7", frameOf(GoAway, 0, 0, eight[:7]...), FrameSizeError, 0, "6.8", frameOf(GoAway, 0, 0, eight...)},
		{"WINDOW_UPDATE of 5", frameOf(WindowUpdate, 0, 1, five...), FrameSizeError, 0, "6.9", frameOf(WindowUpdate, 0, 1, 0, 0, 0, 1)},
		{"WINDOW_UPDATE by 0, a stream", frameOf(WindowUpdate, 0, 3, 0x80, 0, 0, 0), ProtocolError, 3, "6.9", frameOf(WindowUpdate, 0, 3, 0xff, 0, 0, 0)},
		{"WINDOW_UPDATE by 0, the connection", frameOf(WindowUpdate, 0, 0, 0, 0, 0, 0), ProtocolError, 0, "6.9", frameOf(WindowUpdate, 0, 0, 0, 0, 0, 1)},
		{"CONTINUATION on stream 0", frameOf(Continuation, 0, 0), ProtocolError, 0, "6.10", frameOf(Continuation, 0, 1)},
	} {
		var e *Error
		if err := parse(c.f); !errors.As(err, &e) || e.Code != c.code || e.StreamID != c.stream || e.Section != c.section {
			t.Errorf("%s: %v, want %v, stream %d, RFC 9113 %s", c.name, err, c.code, c.stream, c.section)
		} else if !strings.Contains(e.Error(), c.code.String()) || !strings.HasSuffix(e.Error(), "(RFC 9113 "+c.section+")") {
			t.Errorf("%s: said as %q", c.name, e)
		}
		if err := parse(c.sound); err != nil {
			t.Errorf("%s: beside it %s is refused: %v", c.name, c.sound.Text(), err)
		}
	}
}

// TestSettingValid: the bounds of RFC 9113, section 6.5.2, and of RFC 8441 and
// RFC 9218, from both sides.
func TestSettingValid(t *testing.T) {
	const all = math.MaxUint32
	for _, c := range []struct {
		id        SettingID
		low, high uint32
		code      ErrCode
	}{
		{HeaderTableSize, 0, all, 0},
		{EnablePush, 0, 1, ProtocolError},
		{MaxConcurrentStreams, 0, all, 0},
		{InitialWindowSize, 0, 1<<31 - 1, FlowControlError},
		{MaxFrameSize, 1 << 14, 1<<24 - 1, ProtocolError},
		{MaxHeaderListSize, 0, all, 0},
		{0x7, 0, all, 0},
		{EnableConnectProtocol, 0, 1, ProtocolError},
		{NoRFC7540Priorities, 0, 1, ProtocolError},
		{0xffff, 0, all, 0},
	} {
		for _, v := range []uint32{c.low, c.high} {
			if err := (Setting{c.id, v}).Valid(); err != nil {
				t.Errorf("%v=%d: %v", c.id, v, err)
			}
		}
		var outside []uint32
		if c.low > 0 {
			outside = append(outside, 0, c.low-1)
		}
		if c.high < all {
			outside = append(outside, c.high+1, all)
		}
		for _, v := range outside {
			var e *Error
			if err := (Setting{c.id, v}).Valid(); !errors.As(err, &e) || e.Code != c.code || e.StreamID != 0 {
				t.Errorf("%v=%d: %v, want %v", c.id, v, err, c.code)
			}
		}
	}
}

// TestNames: names go both ways, and what has none is shown as its number.
func TestNames(t *testing.T) {
	named := 0
	for i := range 256 {
		name := Type(i).String()
		back, ok := TypeByName(name)
		if ok {
			named++
		}
		if ok != !strings.HasPrefix(name, "UNKNOWN_") || ok && back != Type(i) {
			t.Errorf("type %d is %s, found as %d, %v", i, name, back, ok)
		}
	}
	if named != 13 {
		t.Errorf("%d types have a name", named)
	}
	for got, want := range map[string]string{
		Type(0xb).String(): "UNKNOWN_0x0b", Type(0xff).String(): "UNKNOWN_0xff",
		ErrCode(0xd).String(): "HTTP_1_1_REQUIRED", ErrCode(0xe).String(): "UNKNOWN_ERROR_14", ErrCode(math.MaxUint32).String(): "UNKNOWN_ERROR_4294967295",
		SettingID(7).String(): "UNKNOWN_SETTING_7", SettingID(0xffff).String(): "UNKNOWN_SETTING_65535", SettingID(0).String(): "UNKNOWN_SETTING_0",
		Flags(0xff).Text(Headers): "END_STREAM|END_HEADERS|PADDED|PRIORITY|0xd2", Flags(1).Text(Settings): "ACK", Flags(1).Text(GoAway): "0x01", Flags(0).Text(Data): "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !Continuation.Known() || AltSvc.Known() {
		t.Error("Known is wrong")
	}
}

// texts are frames of each type, sound and broken.
func texts() []Raw {
	long := bytes.Repeat([]byte("long"), 100)
	var all []Raw
	var s Splitter
	var b []byte
	b = AppendSettings(b, []Setting{{MaxConcurrentStreams, 100}, {InitialWindowSize, 65535}, {0xabcd, 1}})
	b = AppendSettingsAck(b)
	b = AppendHeaders(b, 1, []byte{0x82, 0x84}, true, true, nil, NoPadding)
	b = AppendHeaders(b, 3, []byte{0x82}, false, false, &PriorityParam{true, 1, 255}, 3)
	b = AppendContinuation(b, 3, []byte{0x84}, true)
	b = AppendData(b, 1, []byte("hello"), false, NoPadding)
	b = AppendData(b, 1, nil, true, 0)
	b = AppendPriority(b, 5, PriorityParam{StreamDep: 3, Weight: 15})
	b = AppendRSTStream(b, 3, Cancel)
	b = AppendRSTStream(b, 3, 0x1234)
	b = AppendPushPromise(b, 1, 2, []byte{0x82, 0x84, 0x86}, true, NoPadding)
	b = AppendPing(b, [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, true)
	b = AppendGoAway(b, 7, EnhanceYourCalm, nil)
	b = AppendGoAway(b, MaxStreamID, NoError, []byte("quote\" \n\x1b[31m é\xff"))
	b = AppendGoAway(b, 0, NoError, long)
	b = AppendWindowUpdate(b, 0, MaxWindow)
	b = AppendRaw(b, Header{Type: AltSvc}, []byte("h2"))
	b = AppendRaw(b, Header{Type: 0xbe, Flags: 0xff, StreamID: 9, Reserved: true}, long)
	b = AppendRaw(b, Header{Type: WindowUpdate, StreamID: 1}, make([]byte, 4))
	b = AppendRaw(b, Header{Type: Settings}, make([]byte, 7))
	b = AppendRaw(b, Header{Type: Data, Flags: FlagPadded, StreamID: 1}, []byte{9, 1})
	s.Push(b)
	for f, ok, _ := s.Next(); ok; f, ok, _ = s.Next() {
		all = append(all, f)
	}
	return all
}

// TestText holds the one-line form to the golden file.
func TestText(t *testing.T) {
	var got bytes.Buffer
	for _, f := range texts() {
		fmt.Fprintln(&got, f.Text())
	}
	const file = "testdata/text.txt"
	if *rewrite {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the text is\n%s\nwant\n%s", got.Bytes(), want)
	}
}
