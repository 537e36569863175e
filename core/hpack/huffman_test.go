package hpack

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	xhpack "golang.org/x/net/http2/hpack"
)

// TestHuffmanCodes holds every code of RFC 7541, Appendix B, equal to what
// x/net's encoder writes. EOS, which nobody writes, is 30 ones.
func TestHuffmanCodes(t *testing.T) {
	for sym := range 256 {
		got := xhpack.AppendHuffmanString(nil, string([]byte{byte(sym)}))
		n := int(codeLens[sym])
		want := uint64(huff.codes[sym])<<(40-n) | (1<<(40-n) - 1)
		var b []byte
		for i := range (n + 7) / 8 {
			b = append(b, byte(want>>(32-8*i)))
		}
		if !bytes.Equal(got, b) {
			t.Errorf("symbol %d is coded as %x, x/net has %x", sym, b, got)
		}
	}
	if huff.codes[eos] != 1<<30-1 {
		t.Errorf("EOS is %x", huff.codes[eos])
	}
	kraft := 0.0
	for _, n := range codeLens {
		kraft += 1 / float64(uint64(1)<<n)
	}
	if kraft != 1 {
		t.Errorf("the code uses %v of the space of codes, a whole one uses 1", kraft)
	}
}

// TestHuffmanText decodes strings of every length and mixture of short and long
// codes, and takes them apart.
func TestHuffmanText(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 541))
	for i := range 5000 {
		s := make([]byte, rnd.IntN(40))
		for k := range s {
			if s[k] = byte(rnd.Uint32()); rnd.IntN(3) > 0 {
				s[k] = "0123 abcdefghijklmnopqrstuvwxyz/=;"[rnd.IntN(33)]
			}
		}
		coded := xhpack.AppendHuffmanString(nil, string(s))
		out, _, bad := appendHuffman(nil, coded)
		if bad != "" || !bytes.Equal(out, s) {
			t.Fatalf("round %d: %x decodes to %q, %q, want %q", i, coded, out, bad, s)
		}
		symbols, pad, err := HuffmanBits(nil, coded)
		if err != nil {
			t.Fatal(err)
		}
		bit, text := 0, []byte(nil)
		for _, y := range symbols {
			if y.Bit != bit || y.Bits != int(codeLens[y.Sym]) || y.Code != huff.codes[y.Sym] {
				t.Fatalf("round %d: symbol %+v at bit %d", i, y, bit)
			}
			bit += y.Bits
			text = append(text, y.Sym)
		}
		if bit+pad != 8*len(coded) || pad > 7 || !bytes.Equal(text, s) {
			t.Fatalf("round %d: %x has %d bits and %d of padding, text %q, want %q", i, coded, bit, pad, text, s)
		}
	}
}

// TestHuffmanBroken: RFC 7541, section 5.2. Both readers must say the same, at
// the same octet, and x/net must refuse too.
func TestHuffmanBroken(t *testing.T) {
	for _, c := range []struct {
		name, coded string
		at          int
		reason      string
	}{
		{"EOS", "ffffffff", 0, "contains EOS"},
		{"EOS after a", "1fffffffff", 0, "contains EOS"},
		{"13 bits of padding", "03dfff", 1, "13 bits of padding"}, // "08", 5 + 6 bits
		{"only padding, an octet", "ff", 0, "8 bits of padding"},
		{"only padding, three octets", "ffffff", 0, "24 bits of padding"},
		{"padding of zeros", "00", 0, "not the first bits of EOS"},
		{"a long code cut off", "fffe", 0, "in the middle of a code"},
	} {
		b := unhex(t, c.coded)
		_, at, bad := appendHuffman(nil, b)
		if !strings.Contains(bad, c.reason) || at != c.at {
			t.Errorf("%s: %q at %d, want %q at %d", c.name, bad, at, c.reason, c.at)
		}
		_, _, err := HuffmanBits(nil, b)
		var e *Error
		if !errors.As(err, &e) || e.Reason != bad || e.Offset != at || e.Section != "RFC 7541 5.2" {
			t.Errorf("%s: taken apart: %v, want %q at %d", c.name, err, bad, at)
		}
		if _, err := xhpack.HuffmanDecodeToString(b); err == nil {
			t.Errorf("%s: x/net takes %x", c.name, b)
		}
	}
}

// FuzzHuffman holds the two readers and x/net's equal on arbitrary octets.
func FuzzHuffman(f *testing.F) {
	for _, s := range []string{"", "\xff", "\xf1\xe3\xc2\xe5\xf2:k\xa0\xab\x90\xf4\xff", "\xff\xff\xff\xff", "\x1c\x64\x7f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		out, at, bad := appendHuffman(nil, b)
		want, err := xhpack.HuffmanDecodeToString(b)
		if (bad == "") != (err == nil) || err == nil && string(out) != want {
			t.Fatalf("%x: %q, %q, x/net has %q, %v", b, out, bad, want, err)
		}
		symbols, _, err := HuffmanBits(nil, b)
		var e *Error
		if (bad == "") != (err == nil) || errors.As(err, &e) && (e.Reason != bad || e.Offset != at) {
			t.Fatalf("%x: %q at %d, taken apart: %v", b, bad, at, err)
		}
		if len(symbols) != len(out) {
			t.Fatalf("%x: %d symbols, %d octets", b, len(symbols), len(out))
		}
	})
}
