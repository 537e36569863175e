package http2

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"framewise/core/frame"

	xhttp2 "golang.org/x/net/http2"
)

func TestHeaders(t *testing.T) {
	t.Run("object", func(t *testing.T) {
		s, p := rawServer(t, ConnectOptions{})
		st := get(t, s, "/")
		next[*xhttp2.MetaHeadersFrame](p)
		p.headers(1, true, ":status", "200", "abc", "has", "content-type", "text-plain", "abc", "more")
		h, _ := answer(t, st)
		if h.Get("ABC") != "has" || !slices.Equal(h.Values("Abc"), []string{"has", "more"}) || !h.Has("Content-Type") || h.Has("none") || h.Get("none") != "" {
			t.Error(h)
		}
		h.Set("ABC", "one", "two")
		h.Add("New", "x")
		h.Del("Content-Type")
		var text bytes.Buffer
		for _, f := range h {
			text.WriteString(f.Name + "=" + f.Value + ";")
		}
		if text.String() != ":status=200;abc=one;abc=two;new=x;" {
			t.Error(text.String())
		}
		if again, _ := st.Response(); again.Get("abc") != "has" {
			t.Error("the stream's own headers were changed:", again)
		}
		// A field that must not be indexed stays so.
		_, err := s.Request(append(Headers{{Name: "Secret", Value: "x", Sensitive: true}}, H(":path", "/")...), RequestOptions{})
		ok(t, err)
		for _, f := range next[*xhttp2.MetaHeadersFrame](p).Fields {
			if f.Sensitive != (f.Name == "secret") {
				t.Error(f)
			}
		}
		defer func() {
			if recover() == nil {
				t.Error("H takes a name without a value")
			}
		}()
		H(strings.Fields("a b c")...)
	})
}

func TestConstants(t *testing.T) {
	names := []string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
		"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}
	codes := []ErrCode{NoError, ProtocolError, InternalError, FlowControlError, SettingsTimeout, StreamClosed, FrameSizeError,
		RefusedStream, Cancel, CompressionError, ConnectError, EnhanceYourCalm, InadequateSecurity, HTTP11Required}
	for i, name := range names {
		if codes[i] != ErrCode(i) || codes[i].String() != name {
			t.Errorf("%#x is %v; want %s", i, codes[i], name)
		}
	}
	if PaddingNone != 0 || PaddingMax != 1 || PaddingCallback != 2 {
		t.Error("the padding strategies have other numbers than the seed's")
	}
}

func TestPackedSettings(t *testing.T) {
	t.Run("defaults", func(t *testing.T) {
		d := GetDefaultSettings()
		if *d.HeaderTableSize != 4096 || !*d.EnablePush || *d.InitialWindowSize != 65535 || *d.MaxFrameSize != 16384 || d.MaxConcurrentStreams != nil || d.MaxHeaderListSize != nil {
			t.Error(d)
		}
		*d.MaxFrameSize = 20000
		if *GetDefaultSettings().MaxFrameSize != 16384 {
			t.Error("they can't be changed safely")
		}
		ok(t, (&Options{Settings: d}).check("x"))
	})
	t.Run("packed", func(t *testing.T) {
		b, err := GetPackedSettings(Settings{EnablePush: V(false)})
		if err != nil || !bytes.Equal(b, []byte{0, 2, 0, 0, 0, 0}) {
			t.Errorf("% x %v", b, err)
		}
	})
	t.Run("unpacked", func(t *testing.T) {
		b, err := GetPackedSettings(Settings{EnablePush: V(false), MaxHeaderListSize: V(uint32(7)), More: []frame.Setting{{ID: 0x99, Value: 1}}})
		ok(t, err)
		v, err := GetUnpackedSettings(b)
		if err != nil || *v.EnablePush || *v.MaxHeaderListSize != 7 || v.HeaderTableSize != nil || len(v.More) != 1 {
			t.Error(v, err)
		}
		_, err = GetUnpackedSettings(b[1:])
		want(t, err, ErrValidation, "multiple of 6")
	})
	t.Run("ranges", func(t *testing.T) {
		const most = 1<<32 - 1
		for _, s := range []Settings{{HeaderTableSize: V(uint32(0))}, {HeaderTableSize: V(uint32(most))}, {EnablePush: V(true)},
			{InitialWindowSize: V(uint32(0))}, {InitialWindowSize: V(uint32(most))}, {MaxFrameSize: V(uint32(16384))}, {MaxFrameSize: V(uint32(1<<24 - 1))},
			{MaxConcurrentStreams: V(uint32(0))}, {MaxConcurrentStreams: V(uint32(1<<31 - 1))}, {MaxHeaderListSize: V(uint32(0))}, {MaxHeaderListSize: V(uint32(most))}} {
			_, err := GetPackedSettings(s)
			ok(t, err)
		}
		for _, s := range []Settings{{MaxFrameSize: V(uint32(16383))}, {MaxFrameSize: V(uint32(1 << 24))}, {MaxConcurrentStreams: V(uint32(1 << 31))}} {
			_, err := GetPackedSettings(s)
			want(t, err, ErrValidation, "it must be from")
		}
		b, err := GetPackedSettings(Settings{InitialWindowSize: V(uint32(most))})
		if err != nil || !bytes.Equal(b, []byte{0, 4, 0x7f, 0xff, 0xff, 0xff}) { // RFC 9113 6.5.2
			t.Errorf("% x %v", b, err)
		}
	})
}
