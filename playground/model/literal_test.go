package model

import (
	"bytes"
	"encoding/hex"
	"go/parser"
	"math/rand/v2"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect"
	"framewise/core/script"
	"framewise/e2e/bench/made"
)

// delivered is what a frame script's line makes the peer send.
func delivered(t *testing.T, line string) []byte {
	t.Helper()
	text := "role server\n" + line + "\n"
	s, err := script.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	tr, err := s.Run(script.Options{})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return tr.Steps[1].In
}

// A frame that was copied as a line of a script is sent again octet by octet.
func TestScriptLinesDeliverTheFrame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	frames := [][]byte{
		frame.AppendData(nil, 1, []byte("say \"hi\"\r\n\\ \t"), true, frame.NoPadding),
		frame.AppendData(nil, 1, []byte{0, 255}, false, 3),
		frame.AppendHeaders(nil, 3, []byte{0x82}, true, false, &frame.PriorityParam{StreamDep: 1, Weight: 3}, 2),
		frame.AppendPriority(nil, 3, frame.PriorityParam{StreamDep: 5, Weight: 255, Exclusive: true}),
		frame.AppendSettings(nil, []frame.Setting{{ID: 4, Value: 1<<32 - 1}, {ID: 0x99, Value: 0}}),
		frame.AppendSettings(nil, []frame.Setting{{ID: 4, Value: 1}, {ID: 4, Value: 2}}),
		frame.AppendGoAway(nil, 7, 2, []byte("bye")), frame.AppendGoAway(nil, 7, 200, nil), frame.AppendGoAway(nil, 7, 2, []byte{0}),
		frame.AppendRSTStream(nil, 9, 8), frame.AppendRSTStream(nil, 9, 99),
	}
	for typ := range 18 {
		for range 60 {
			payload := make([]byte, rng.IntN(14))
			for i := range payload {
				payload[i] = byte(rng.Uint32()) >> rng.IntN(8)
			}
			h := frame.Header{Type: frame.Type(typ), Flags: frame.Flags(1<<rng.IntN(8)) & frame.Flags(rng.Uint32()),
				StreamID: rng.Uint32() >> (1 + rng.IntN(30)), Reserved: rng.IntN(9) == 0}
			frames = append(frames, frame.AppendRaw(nil, h, payload))
		}
	}
	own := 0
	for _, b := range frames {
		line := scriptLine("frame", b)
		if got := delivered(t, line); !bytes.Equal(got, b) {
			t.Errorf("%s delivers\n%x, want\n%x", line, got, b)
		}
		if !strings.HasPrefix(line, "peer FRAME") {
			own++
		}
	}
	if own < len(frames)/12 {
		t.Errorf("%d of %d frames are written by their own names", own, len(frames))
	}
	if got := delivered(t, scriptLine("preface", []byte(frame.Preface))); string(got) != frame.Preface {
		t.Errorf("%q", got)
	}
	if got := delivered(t, scriptLine("cut", frames[0][:12])); !bytes.Equal(got, frames[0][:12]) {
		t.Errorf("%x", got)
	}
}

// The frames of the benchmark's record, too, which are real ones.
func TestScriptLinesOfARecord(t *testing.T) {
	a := inspect.New()
	for _, e := range made.Record(400, 3) {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 400 {
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		line := scriptLine(d.Row.Kind, d.Octets)
		if strings.HasPrefix(line, "peer FRAME") || strings.HasPrefix(line, "peer raw") {
			t.Errorf("%s is written as %s", d.Title, line)
		}
		if got := delivered(t, line); !bytes.Equal(got, d.Octets) {
			t.Fatalf("%s delivers %x, want %x", line, got, d.Octets)
		}
	}
}

func TestLiterals(t *testing.T) {
	b := make([]byte, 40)
	for i := range b {
		b[i] = byte(i * 7)
	}
	for _, n := range []int{0, 1, 16, 17, 32, 40} {
		got, err := hex.DecodeString(strings.Join(strings.Fields(hexText(b[:n])), ""))
		if err != nil || !bytes.Equal(got, b[:n]) {
			t.Errorf("%q: %x, %v", hexText(b[:n]), got, err)
		}
		text := goLiteral(b[:n])
		if _, err := parser.ParseExpr(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		for _, text := range []string{text, jsLiteral(b[:n])} {
			if c := strings.Count(text, "0x"); c != n {
				t.Errorf("%d octets in %s, want %d", c, text, n)
			}
		}
	}
	if got := jsLiteral([]byte{0, 255}); got != "new Uint8Array([0x00, 0xff])" {
		t.Error(got)
	}
}
