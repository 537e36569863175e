package frame

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// own is a frame with a payload of its own.
func own(f Raw) Raw {
	f.Payload = append([]byte{}, f.Payload...)
	return f
}

// splitAll pushes pieces, whose memory is spoilt once each has been read, and
// returns the frames, what is left, and the error.
func splitAll(max uint32, pieces [][]byte) (frames []Raw, rest []byte, off int64, err error) {
	s := Splitter{MaxFrameSize: max}
	for _, p := range pieces {
		p = bytes.Clone(p)
		s.Push(p)
		for {
			f, ok, err := s.Next()
			if err != nil {
				if _, _, again := s.Next(); again == nil || again.Error() != err.Error() {
					return frames, nil, 0, errors.Join(err, errors.New("the error does not stay"))
				}
				return frames, nil, s.Offset(), err
			}
			if !ok {
				break
			}
			frames = append(frames, own(f))
			if len(s.part) > HeaderLen+int(max) {
				return frames, nil, 0, errors.New("more is held than a frame")
			}
		}
		for i := range p {
			p[i] = 0xee
		}
	}
	return frames, bytes.Clone(s.Rest()), s.Offset(), nil
}

// anyRaw draws a frame of any type, with any flags.
func anyRaw() *rapid.Generator[Raw] {
	return rapid.Custom(func(t *rapid.T) Raw {
		payload := append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "payload")...)
		return Raw{Header{
			Length: uint32(len(payload)), Type: Type(rapid.Uint8Range(0, 12).Draw(t, "type")), Flags: Flags(rapid.Byte().Draw(t, "flags")),
			StreamID: rapid.Uint32Max(MaxStreamID).Draw(t, "stream"), Reserved: rapid.Bool().Draw(t, "reserved"),
		}, payload}
	})
}

// TestAnyChunking: whatever the pieces, the same frames come out, and what
// follows the last whole one is kept.
func TestAnyChunking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(anyRaw(), 0, 8).Draw(t, "frames")
		var b []byte
		for _, f := range want {
			b = AppendRaw(b, f.Header, f.Payload)
		}
		whole := len(b)
		tail := rapid.SliceOfN(rapid.Byte(), 0, HeaderLen-1).Draw(t, "tail")
		b = append(b, tail...)
		var pieces [][]byte
		for rest := b; len(rest) > 0; {
			n := rapid.IntRange(0, min(len(rest), 40)).Draw(t, "piece")
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		got, rest, off, err := splitAll(0x4000, pieces)
		if err != nil || !bytes.Equal(rest, tail) || off != int64(whole) {
			t.Fatalf("%v, %x left at %d, want %x at %d", err, rest, off, tail, whole)
		}
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// TestPushWithoutDraining: a caller that does not drain gets the frames in
// order all the same.
func TestPushWithoutDraining(t *testing.T) {
	b := AppendPing(AppendPing(AppendPing(nil, [8]byte{1}, false), [8]byte{2}, false), [8]byte{3}, false)
	var s Splitter
	for p := range slices.Chunk(b, 5) {
		s.Push(p)
	}
	for i := range 3 {
		f, ok, err := s.Next()
		if err != nil || !ok || f.Payload[0] != byte(i+1) {
			t.Fatalf("frame %d: %v, %v, %v", i, f, ok, err)
		}
	}
	if _, ok, _ := s.Next(); ok || len(s.Rest()) != 0 {
		t.Errorf("there is more: %x", s.Rest())
	}
}

// TestMaxFrameSize: the bound holds as soon as the header is there, and may
// change between frames (RFC 9113, section 4.2).
func TestMaxFrameSize(t *testing.T) {
	head := func(n uint32) []byte { return AppendHeader(nil, Header{Length: n, Type: Data, StreamID: 1}) }
	for _, c := range []struct {
		max, length uint32
		refused     bool
	}{
		{0, MinMaxFrameSize, false}, {0, MinMaxFrameSize + 1, true},
		{MaxMaxFrameSize, MaxMaxFrameSize, false}, {20000, 20000, false}, {20000, 20001, true},
	} {
		for _, size := range []int{1, HeaderLen} {
			_, _, off, err := splitAll(c.max, slices.Collect(slices.Chunk(head(c.length), size)))
			var e *Error
			if refused := errors.As(err, &e); refused != c.refused || refused && (e.Code != FrameSizeError || e.StreamID != 0 || e.Section != "4.2") || off != 0 {
				t.Errorf("%d octets with a maximum of %d: %v", c.length, c.max, err)
			}
		}
	}
	s := Splitter{}
	s.Push(append(head(0), head(MinMaxFrameSize+1)...))
	if _, ok, err := s.Next(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	s.MaxFrameSize = MaxMaxFrameSize
	if _, ok, err := s.Next(); ok || err != nil {
		t.Errorf("after the maximum went up: %v, %v", ok, err)
	}
}

// TestRelease: an idle Splitter holds nothing, one in the middle of a frame
// keeps what it has.
func TestRelease(t *testing.T) {
	b := AppendPing(nil, [8]byte{7}, false)
	var s Splitter
	s.Push(b[:10])
	s.Next()
	s.Release()
	if !bytes.Equal(s.Rest(), b[:10]) {
		t.Errorf("%x is left of half a frame", s.Rest())
	}
	s.Push(b[10:])
	if f, ok, err := s.Next(); !ok || err != nil || f.Payload[0] != 7 {
		t.Errorf("%v, %v, %v", f, ok, err)
	}
	s.Release()
	if s.part != nil {
		t.Errorf("%d octets are held", cap(s.part))
	}
}

// TestSplitterLend: Splitters that share buffers, taken back after each piece,
// return the same frames as one that has its own.
func TestSplitterLend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var octets []byte
		for i := range rapid.IntRange(1, 8).Draw(t, "frames") {
			octets = AppendData(octets, 1, bytes.Repeat([]byte{byte(i)}, rapid.IntRange(0, 300).Draw(t, "length")), false, NoPadding)
		}
		var alone Splitter
		var sharing [2]Splitter
		var lent Buffers
		for len(octets) > 0 {
			n := rapid.IntRange(1, len(octets)).Draw(t, "piece")
			alone.Push(octets[:n])
			var want [][]byte
			for f, ok, _ := alone.Next(); ok; f, ok, _ = alone.Next() {
				want = append(want, bytes.Clone(f.Payload))
			}
			for i := range sharing {
				s := &sharing[i]
				s.Lend(&lent)
				s.Push(octets[:n])
				var got [][]byte
				for f, ok, _ := s.Next(); ok; f, ok, _ = s.Next() {
					got = append(got, f.Payload) // which must stay until TakeBack
				}
				if !slices.EqualFunc(got, want, bytes.Equal) {
					t.Fatalf("splitter %d: %x, want %x", i, got, want)
				}
				s.TakeBack(&lent)
				if s.old != nil || s.part != nil && len(s.part) == 0 {
					t.Fatalf("splitter %d holds an empty buffer", i)
				}
				if !bytes.Equal(s.Rest(), alone.Rest()) {
					t.Fatalf("splitter %d: %x is left, want %x", i, s.Rest(), alone.Rest())
				}
			}
			octets = octets[n:]
		}
	})
}

// TestParseAppend: parse ∘ append is the identity, for every type.
func TestParseAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := rapid.Uint32Range(1, MaxStreamID).Draw(t, "stream")
		body := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "body")
		pad := rapid.IntRange(NoPadding, 255).Draw(t, "padding")
		end, endHeaders := rapid.Bool().Draw(t, "end"), rapid.Bool().Draw(t, "end of headers")
		code := ErrCode(rapid.Uint32().Draw(t, "code"))
		prio := PriorityParam{rapid.Bool().Draw(t, "exclusive"), rapid.Uint32Max(MaxStreamID).Draw(t, "dependency"), rapid.Byte().Draw(t, "weight")}
		even := rapid.Uint32Range(1, MaxStreamID/2).Draw(t, "promised") * 2
		padding := max(pad, 0)

		read := func(b []byte, kind Type, stream uint32) Raw {
			var s Splitter
			s.Push(b)
			f, ok, err := s.Next()
			if err != nil || !ok || len(s.Rest()) != 0 || f.Type != kind || f.StreamID != stream || int(f.Length) != len(f.Payload) || f.Reserved {
				t.Fatalf("%v: %+v, %v, %v", kind, f.Header, ok, err)
			}
			if !bytes.Equal(AppendRaw(nil, f.Header, f.Payload), b) {
				t.Fatalf("%v: not written again as it was", kind)
			}
			return f
		}
		same := func(kind Type, ok bool, err error) {
			if err != nil || !ok {
				t.Fatalf("%v is not what was written: %v", kind, err)
			}
		}
		zero := func(p []byte) bool { return len(p) == padding && bytes.Count(p, []byte{0}) == padding }

		f := read(AppendData(nil, stream, body, end, pad), Data, stream)
		d, err := ParseData(f)
		same(Data, bytes.Equal(d.Data, body) && zero(d.Padding) && d.Padded == (pad >= 0) && f.Flags.Has(FlagEndStream) == end && d.FlowLen() == len(f.Payload), err)

		for _, p := range []*PriorityParam{nil, &prio} {
			f = read(AppendHeaders(nil, stream, body, end, endHeaders, p, pad), Headers, stream)
			h, err := ParseHeaders(f)
			same(Headers, bytes.Equal(h.Fragment, body) && zero(h.Padding) && h.HasPriority == (p != nil) && (p == nil || h.Priority == prio) &&
				f.Flags.Has(FlagEndStream) == end && f.Flags.Has(FlagEndHeaders) == endHeaders, err)
		}
		f = read(AppendPushPromise(nil, stream, even, body, endHeaders, pad), PushPromise, stream)
		p, err := ParsePushPromise(f)
		same(PushPromise, p.PromisedID == even && bytes.Equal(p.Fragment, body) && zero(p.Padding) && f.Flags.Has(FlagEndHeaders) == endHeaders, err)

		f = read(AppendContinuation(nil, stream, body, endHeaders), Continuation, stream)
		c, err := ParseContinuation(f)
		same(Continuation, bytes.Equal(c, body) && f.Flags.Has(FlagEndHeaders) == endHeaders, err)

		pp, err := ParsePriority(read(AppendPriority(nil, stream, prio), Priority, stream))
		same(Priority, pp == prio, err)
		rc, err := ParseRSTStream(read(AppendRSTStream(nil, stream, code), RSTStream, stream))
		same(RSTStream, rc == code, err)
		g, err := ParseGoAway(read(AppendGoAway(nil, stream, code, body), GoAway, 0))
		same(GoAway, g.LastStreamID == stream && g.Code == code && bytes.Equal(g.Debug, body), err)
		w, err := ParseWindowUpdate(read(AppendWindowUpdate(nil, stream, even), WindowUpdate, stream))
		same(WindowUpdate, w == even, err)
		var opaque [8]byte
		copy(opaque[:], body)
		f = read(AppendPing(nil, opaque, end), Ping, 0)
		o, err := ParsePing(f)
		same(Ping, o == opaque && f.Flags.Has(FlagAck) == end, err)

		var settings []Setting
		for i := 0; i+6 <= len(body); i += 6 {
			settings = append(settings, Setting{SettingID(body[i]), uint32(body[i+1])<<24 | uint32(body[i+5])})
		}
		s, err := ParseSettings(read(AppendSettings(nil, settings), Settings, 0))
		same(Settings, s.Len() == len(settings), err)
		for i, want := range settings {
			same(Settings, s.At(i) == want, nil)
		}
	})
}

// FuzzFrames: nothing panics; pieces of any size give the same; every error
// names its rule; the text is one line of printable octets; what parses is
// sound again when its padding and its reserved bits are cleared.
func FuzzFrames(f *testing.F) {
	var all []byte
	for _, r := range texts() {
		one := AppendRaw(nil, r.Header, r.Payload)
		all = append(all, one...)
		f.Add(one, uint8(3))
	}
	f.Add(all, uint8(1))
	f.Add([]byte(Preface), uint8(9))
	f.Fuzz(func(t *testing.T, b []byte, n uint8) {
		frames, rest, off, err := splitAll(1000, [][]byte{b})
		pieces, prest, poff, perr := splitAll(1000, slices.Collect(slices.Chunk(b, 1+int(n))))
		if !reflect.DeepEqual(frames, pieces) || !bytes.Equal(rest, prest) || off != poff || (err == nil) != (perr == nil) || err != nil && err.Error() != perr.Error() {
			t.Fatalf("%x: %v, %x, %d, %v in one piece; %v, %x, %d, %v in pieces of %d", b, frames, rest, off, err, pieces, prest, poff, perr, 1+int(n))
		}
		var again []byte
		for _, fr := range frames {
			again = AppendRaw(again, fr.Header, fr.Payload)
			err := parse(fr)
			var e *Error
			if err != nil && (!errors.As(err, &e) || e.Section == "" || e.Reason == "" || e.Code == NoError) {
				t.Fatalf("%x: %v", again, err)
			}
			for _, c := range fr.Text() {
				if c < ' ' || c == 0x7f || c > 0x7f && c != '…' {
					t.Fatalf("%q has an octet that must not be shown", fr.Text())
				}
			}
		}
		if off != int64(len(again)) || !bytes.Equal(again, b[:len(again)]) {
			t.Fatalf("%x is written again as %x, %d octets", b, again, off)
		}
	})
}

// mixture is a piece of a usual connection: 64 frames.
func mixture() (b []byte, n int) {
	for i := range 16 {
		id := uint32(2*i + 1)
		b = AppendHeaders(b, id, make([]byte, 40), false, true, nil, NoPadding)
		b = AppendData(b, id, make([]byte, 100), true, NoPadding)
		b = AppendWindowUpdate(b, 0, 100)
		b = AppendSettings(b, []Setting{{InitialWindowSize, 65535}})
		n += 4
	}
	return b, n
}

// readMixture reads all frames of b, payloads too, and adds up what they say.
func readMixture(s *Splitter, b []byte) (frames, sum int) {
	s.Push(b)
	for {
		f, ok, err := s.Next()
		if !ok || err != nil {
			return frames, sum
		}
		frames++
		switch f.Type {
		case Data:
			d, _ := ParseData(f)
			sum += d.FlowLen()
		case Headers:
			h, _ := ParseHeaders(f)
			sum += len(h.Fragment)
		case WindowUpdate:
			w, _ := ParseWindowUpdate(f)
			sum += int(w)
		case Settings:
			v, _ := ParseSettings(f)
			for i := range v.Len() {
				sum += int(v.At(i).ID)
			}
		}
	}
}

// TestReadAllocates: reading costs no allocation, whether frames lie whole in
// a piece or span pieces.
func TestReadAllocates(t *testing.T) {
	b, n := mixture()
	want := 16 * (40 + 100 + 100 + 4)
	var s Splitter
	for _, size := range []int{len(b), 1000, 7} {
		pieces := slices.Collect(slices.Chunk(b, size))
		frames, sum := 0, 0
		round := func() {
			frames, sum = 0, 0
			for _, p := range pieces {
				f, v := readMixture(&s, p)
				frames, sum = frames+f, sum+v
			}
		}
		round()
		if frames != n || sum != want {
			t.Errorf("pieces of %d: %d frames that say %d, want %d and %d", size, frames, sum, n, want)
		}
		if a := testing.AllocsPerRun(20, round); a != 0 {
			t.Errorf("pieces of %d: %v allocations", size, a)
		}
	}
}

// BenchmarkRead reads frames of a usual connection; ns/frame is the figure.
func BenchmarkRead(b *testing.B) {
	in, n := mixture()
	var s Splitter
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if frames, _ := readMixture(&s, in); frames != n {
			b.Fatal(frames)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/frame")
}
