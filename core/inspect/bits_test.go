package inspect

import (
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// RFC 7541, C.4.1 and C.6.1 in bits: they are all there, in order, and the
// symbols say the string.
func TestBits(t *testing.T) {
	block := []byte{0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff,
		0x10, 0x03, 'a', ' ', 0x01, 0x81, 0x1f, 0x3f, 0xe1, 0x1f}
	r := newRecord(trace.VantageBoth)
	r.open()
	r.c2s(frame.AppendHeaders(nil, 1, block, true, true, nil, frame.NoPadding))
	a := feed(t, r.entries)
	at := -1
	for i := range a.rows.len() {
		if d, _ := a.Detail(i); d.Block != nil {
			at = i
		}
	}
	d, _ := a.Detail(at)
	all := ""
	for i := range d.Block.Reps {
		v, err := a.Bits(at, i)
		if err != nil {
			t.Fatal(err)
		}
		text := map[string]string{}
		for _, p := range v.Parts {
			all += p.Bits
			if p.Kind == "symbol" {
				text[p.Of] += p.Value
			}
		}
		if i == 3 && (text["value"] != "www.example.com" || v.Parts[0].Value != "Literal, incremental" || v.Parts[1].Value != "1" || v.Parts[3].Value != "12 octets") {
			t.Errorf("%+v", v.Parts)
		}
		if i == 3 && v.Parts[4] != (view.BitPart{Kind: "symbol", Of: "value", Bits: "1111000", Value: "w", Ref: "RFC 7541 B"}) {
			t.Errorf("%+v", v.Parts[4])
		}
		if i == 4 && (v.Parts[4].Value != "a" || v.Parts[5].Value != "space" || v.Parts[6].Value != "0x01") {
			t.Errorf("%+v", v.Parts)
		}
	}
	n := 0
	for i := range d.Block.Reps {
		n += d.Block.Reps[i].Len
	}
	want := (&bitParts{raw: block}).bits(0, 0, 8*n)
	if all != want {
		t.Errorf("bits\n%s want\n%s", all, want)
	}
	for _, c := range [][2]int{{at, -1}, {at, 99}, {0, 0}, {-1, 0}, {999, 0}} {
		if _, err := a.Bits(c[0], c[1]); err == nil || !strings.Contains(err.Error(), "numbered from 0") {
			t.Errorf("frame %d, representation %d: %v", c[0], c[1], err)
		}
	}
}
