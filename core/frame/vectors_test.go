package frame

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// vector is a file of http2jp/http2-frame-test-case.
type vector struct {
	name  string
	Error []ErrCode
	Wire  string
	Frame *struct {
		Length  uint32
		Type    Type
		Flags   Flags
		Stream  uint32 `json:"stream_identifier"`
		Payload struct {
			Data       string
			Fragment   string  `json:"header_block_fragment"`
			PadLen     *int    `json:"padding_length"`
			Padding    *string `json:"padding"`
			Dep        *uint32 `json:"stream_dependency"`
			Weight     *int
			Exclusive  *bool
			ErrorCode  ErrCode `json:"error_code"`
			Settings   [][2]uint32
			Promised   uint32 `json:"promised_stream_id"`
			OpaqueData string `json:"opaque_data"`
			Last       uint32 `json:"last_stream_id"`
			Debug      string `json:"additional_debug_data"`
			Increment  uint32 `json:"window_size_increment"`
		} `json:"frame_payload"`
	}
	octets []byte
}

// vectors reads ../shared/vectors/frames. It skips the test when the folder is
// not there, unless CI says that it must be.
func vectors(t *testing.T) []vector {
	t.Helper()
	dir := os.Getenv("FRAMEWISE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "vectors", "frames", "*", "*.json"))
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no vectors in %s/vectors/frames: set FRAMEWISE_SHARED to the shared folder", dir)
		}
		t.Skipf("no vectors in %s/vectors/frames (FRAMEWISE_SHARED names the shared folder)", dir)
	}
	var all []vector
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v := vector{name: filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file))}
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if v.octets, err = hex.DecodeString(v.Wire); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, v)
	}
	return all
}

// TestVectors: each sound frame is read to what the vector says, and written
// from that to the same octets; each broken one has a code that it allows.
func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		var s Splitter
		s.Push(v.octets)
		f, ok, err := s.Next()
		if v.Frame == nil {
			if err == nil && ok {
				err = parse(f)
			}
			var e *Error
			if !errors.As(err, &e) || !slices.Contains(v.Error, e.Code) {
				t.Errorf("%s: %v, want one of %v", v.name, err, v.Error)
			}
			continue
		}
		if err != nil || !ok || len(s.Rest()) != 0 {
			t.Errorf("%s: %v, %v, %d octets left", v.name, ok, err, len(s.Rest()))
			continue
		}
		if w := v.Frame; f.Length != w.Length || f.Type != w.Type || f.Flags != w.Flags || f.StreamID != w.Stream {
			t.Errorf("%s: %+v, want %+v", v.name, f.Header, *w)
		}
		checkVector(t, v, f)
		if got := encodeVector(v); !bytes.Equal(got, v.octets) {
			t.Errorf("%s: written as\n%x, want\n%x", v.name, got, v.octets)
		}
	}
}

// checkVector parses f and compares each field with the vector's.
func checkVector(t *testing.T, v vector, f Raw) {
	t.Helper()
	w := v.Frame.Payload
	equal := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s is %v, want %v", v.name, what, got, want)
		}
	}
	padding := func(padded bool, pad []byte) {
		t.Helper()
		equal("padded", padded, w.PadLen != nil)
		if w.PadLen != nil {
			equal("padding", string(pad), *w.Padding)
			equal("length of the padding", len(pad), *w.PadLen)
		}
	}
	priority := func(p PriorityParam) {
		t.Helper()
		equal("priority", p, *vectorPriority(v))
	}
	var err error
	switch f.Type {
	case Data:
		var p DataFrame
		p, err = ParseData(f)
		equal("data", string(p.Data), w.Data)
		equal("flow-controlled length", p.FlowLen(), int(v.Frame.Length))
		padding(p.Padded, p.Padding)
	case Headers:
		var p HeadersFrame
		p, err = ParseHeaders(f)
		equal("fragment", string(p.Fragment), w.Fragment)
		equal("has priority", p.HasPriority, w.Dep != nil)
		if p.HasPriority {
			priority(p.Priority)
		}
		padding(p.Padded, p.Padding)
	case Priority:
		var p PriorityParam
		p, err = ParsePriority(f)
		priority(p)
	case RSTStream:
		var c ErrCode
		c, err = ParseRSTStream(f)
		equal("code", c, w.ErrorCode)
	case Settings:
		var p SettingsFrame
		p, err = ParseSettings(f)
		equal("entries", p.Len(), len(w.Settings))
		for i, s := range w.Settings {
			equal("entry", p.At(i), Setting{SettingID(s[0]), s[1]})
		}
	case PushPromise:
		var p PushPromiseFrame
		p, err = ParsePushPromise(f)
		equal("fragment", string(p.Fragment), w.Fragment)
		equal("promised", p.PromisedID, w.Promised)
		padding(p.Padded, p.Padding)
	case Ping:
		var p [8]byte
		p, err = ParsePing(f)
		equal("opaque", string(p[:]), w.OpaqueData)
	case GoAway:
		var p GoAwayFrame
		p, err = ParseGoAway(f)
		equal("last", p.LastStreamID, w.Last)
		equal("code", p.Code, w.ErrorCode)
		equal("debug", string(p.Debug), w.Debug)
	case WindowUpdate:
		var n uint32
		n, err = ParseWindowUpdate(f)
		equal("increment", n, w.Increment)
	case Continuation:
		var b []byte
		b, err = ParseContinuation(f)
		equal("fragment", string(b), w.Fragment)
	default:
		t.Errorf("%s: type %v is not looked at", v.name, f.Type)
	}
	if err != nil {
		t.Errorf("%s: %v", v.name, err)
	}
}

func vectorPriority(v vector) *PriorityParam {
	w := v.Frame.Payload
	if w.Dep == nil {
		return nil
	}
	return &PriorityParam{Exclusive: *w.Exclusive, StreamDep: *w.Dep, Weight: uint8(*w.Weight - 1)}
}

// encodeVector writes the frame that a vector describes. We pad with zeros, as
// RFC 9113, section 6.1, asks; the vectors pad with text, which is put there
// afterwards.
func encodeVector(v vector) []byte {
	h, w := v.Frame, v.Frame.Payload
	pad := NoPadding
	if w.PadLen != nil {
		pad = *w.PadLen
	}
	end, endHeaders := h.Flags.Has(FlagEndStream), h.Flags.Has(FlagEndHeaders)
	var b []byte
	switch h.Type {
	case Data:
		b = AppendData(nil, h.Stream, []byte(w.Data), end, pad)
	case Headers:
		b = AppendHeaders(nil, h.Stream, []byte(w.Fragment), end, endHeaders, vectorPriority(v), pad)
	case Priority:
		b = AppendPriority(nil, h.Stream, *vectorPriority(v))
	case RSTStream:
		b = AppendRSTStream(nil, h.Stream, w.ErrorCode)
	case Settings:
		var all []Setting
		for _, s := range w.Settings {
			all = append(all, Setting{SettingID(s[0]), s[1]})
		}
		b = AppendSettings(nil, all)
	case PushPromise:
		b = AppendPushPromise(nil, h.Stream, w.Promised, []byte(w.Fragment), endHeaders, pad)
	case Ping:
		b = AppendPing(nil, [8]byte([]byte(w.OpaqueData)), h.Flags.Has(FlagAck))
	case GoAway:
		b = AppendGoAway(nil, w.Last, w.ErrorCode, []byte(w.Debug))
	case WindowUpdate:
		b = AppendWindowUpdate(nil, h.Stream, w.Increment)
	case Continuation:
		b = AppendContinuation(nil, h.Stream, []byte(w.Fragment), endHeaders)
	}
	if pad > 0 {
		copy(b[len(b)-pad:], *w.Padding)
	}
	return b
}

// parse reads the payload of any type for its error only.
func parse(f Raw) (err error) {
	switch f.Type {
	case Data:
		_, err = ParseData(f)
	case Headers:
		_, err = ParseHeaders(f)
	case Priority:
		_, err = ParsePriority(f)
	case RSTStream:
		_, err = ParseRSTStream(f)
	case Settings:
		_, err = ParseSettings(f)
	case PushPromise:
		_, err = ParsePushPromise(f)
	case Ping:
		_, err = ParsePing(f)
	case GoAway:
		_, err = ParseGoAway(f)
	case WindowUpdate:
		_, err = ParseWindowUpdate(f)
	case Continuation:
		_, err = ParseContinuation(f)
	}
	return err
}
