package priority

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseField(t *testing.T) {
	three := DefaultParam
	inc := Param{3, true}
	for _, x := range []struct {
		value string
		want  Param
	}{
		{"", three}, {"   ", three},
		{"u=0", Param{0, false}}, {"u=7", Param{7, false}}, {"u=5, i", Param{5, true}}, // RFC 9218, sections 4.1 and 4.2
		{"i", inc}, {"i=?1", inc}, {"i=?0", three}, {"i,u=1", Param{1, true}},
		{" u=2 ,\t i  ", Param{2, true}}, {"u=2\t,i\t", Param{2, true}},
		{"u=-0", Param{0, false}}, {"u=000000000000001", Param{1, false}},
		// out of range, of another type, unknown: ignored (section 4)
		{"u=8", three}, {"u=-1", three}, {"u=999999999999999", three}, {"u=1.0", three}, {"u", three},
		{"u=?1", three}, {"u=\"1\"", three}, {"u=one", three}, {"u=:AQ==:", three}, {"u=(1)", three}, {"u=@1", three},
		{"i=1", three}, {"i=true", three}, {"i=(?1)", three}, {"u=%\"1\"", three},
		{"x, u=1", Param{1, false}}, {"bikeshed-order.name_*=15;q=0.5;a, u=1", Param{1, false}},
		{"*=12345678901.123, u=1", Param{1, false}}, {"uu=1, iu", three},
		// parameters of a member are read and ignored
		{"u=4;x=\"a\\\"b\\\\\"; y;z=?0, i;k", Param{4, true}}, {"i;u=1", inc}, {"i;  q=-12.5", inc},
		// the last of a name counts, also when it is ignored (RFC 8941, section 3.2)
		{"u=1, u=2", Param{2, false}}, {"u=1, u=9", three}, {"i, i=?0", three}, {"i, i=1", three}, {"u=9, u=1", Param{1, false}},
		// values of members that nobody knows, of every type
		{"a=(), b=( 1  \"x\";p=1 tok );  r, c=(?1), i", inc},
		{"a=::, b=:YWI=:, c=:YWI:, d=:YQ:, e=:+/==:, i", inc},
		{"a=*t/x:y!#$%&'*+-.^_`|~, b=A, i", inc},
		{"a=@-1659578233, b=%\"f%c3%bc%e2%82%ac%f0%9f%98%80 %25%22\", c=%\"\", i", inc},
		{"a=\"\", b=\" !~\", i", inc},
	} {
		got, err := ParseField(x.value, DefaultParam)
		if err != nil || got != x.want {
			t.Errorf("ParseField(%q) = %+v, %v, want %+v", x.value, got, err, x.want)
		}
	}
}

// A value that is no dictionary says nothing at all, and the place of the fault
// is told.
func TestParseFieldBroken(t *testing.T) {
	base := Param{6, true}
	for _, x := range []struct {
		value string
		at    int
	}{
		{"u=1,", 4}, {"u=1, ", 5}, {",u=1", 0}, {"u=1,,i", 4}, {"u=1 i", 4}, {"u=1;", 4}, {"\tu=1", 0}, {"u=1;\tx", 4},
		{"U=1", 0}, {"u=1, I", 5}, {"=1", 0}, {"1=u", 0}, {"-u", 0}, {"u =1", 2}, {"u= 1", 2}, {"u=", 2}, {"u=1,\x00i", 4},
		{"u=1x", 3}, {"u=--1", 3}, {"u=-", 3}, {"u=1.", 4}, {"u=1.2345", 8}, {"u=.5", 2}, {"u=1234567890123456", 17},
		{"u=1234567890123.1", 15}, {"u=+1", 2}, {"i=?2", 3}, {"i=?", 3}, {"i=?1?", 4}, {"i=ü", 2}, {"i, ü", 3},
		{"a=\"", 3}, {"a=\"\x7f\"", 3}, {"a=\"\\n\"", 4}, {"a=\"\\", 4}, {"a=\"ü\"", 3},
		{"a=(", 3}, {"a=(1", 4}, {"a=(1,2)", 4}, {"a=(1\t2)", 4}, {"a=((1))", 3}, {"a=(\"x\"1)", 6}, {"a=(1;)", 5}, {"a=(1", 4}, {"a=(1)x", 5},
		{"a=:YQ", 5}, {"a=:Y:", 4}, {"a=:Y*:", 4}, {"a=:=:", 4}, {"a=:YQ=a:", 6}, {"a=:YQ===:", 8}, {"a=:YQ=:", 6},
		{"a=@", 3}, {"a=@1.5", 6}, {"a=@x", 3},
		{"a=%", 3}, {"a=%\"", 4}, {"a=%\"%C3%BC\"", 4}, {"a=%\"%c3\"", 7}, {"a=%\"%c3x\"", 8}, {"a=%\"%ff\"", 7}, {"a=%\"%c\"", 4}, {"a=%\"\x1f\"", 4},
		{"u=1;x=", 6}, {"u=1;X", 4}, {"u=1;x=(1)", 6}, {"a=\x00", 2}, {"u=1\x00", 3},
	} {
		got, err := ParseField(x.value, base)
		var e *FieldError
		if !errors.As(err, &e) || got != base {
			t.Errorf("ParseField(%q) = %+v, %v, want %+v and an error", x.value, got, err, base)
			continue
		}
		if e.Offset != x.at {
			t.Errorf("ParseField(%q): %v, want octet %d", x.value, err, x.at)
		}
		if !strings.Contains(err.Error(), "RFC 8941") {
			t.Errorf("ParseField(%q): the error names no RFC: %v", x.value, err)
		}
	}
}

// "the intermediary might alter its understanding of the urgency from 5 to 1 …
// The incremental value continues to be true" (RFC 9218, section 8).
func TestParseFieldMerges(t *testing.T) {
	request, err := ParseField("u=5, i", DefaultParam)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]Param{"u=1": {1, true}, "": {5, true}, "i=?0": {5, false}, "u=9": {5, true}, "u=1,u=x": {5, true}} {
		if got, err := ParseField(value, request); err != nil || got != want {
			t.Errorf("ParseField(%q) = %+v, %v, want %+v", value, got, err, want)
		}
	}
}

func TestAppendField(t *testing.T) {
	for want, p := range map[string]Param{"": {3, false}, "i": {3, true}, "u=0": {0, false}, "u=5, i": {5, true}, "u=7": {200, false}} {
		if got := string(AppendField(nil, p)); got != want {
			t.Errorf("AppendField(%+v) = %q, want %q", p, got, want)
		}
	}
	for u := range uint8(8) {
		for _, i := range []bool{false, true} {
			p := Param{u, i}
			v := string(AppendField([]byte(nil), p))
			if got, err := ParseField(v, DefaultParam); err != nil || got != p {
				t.Errorf("%+v is written as %q and read as %+v, %v", p, v, got, err)
			}
		}
	}
}

// Reading twice, with members that mean nothing in between, makes no difference.
func TestParseFieldIgnoresStrangers(t *testing.T) {
	stranger := rapid.SampledFrom([]string{"x", "y=1", "z=(a b);q", "a1=\"u=1, i\"", "k=:dT0x:", "w;u=2;i", "v=%\"u%3d1\""})
	known := rapid.SampledFrom([]string{"u=1", "u=6", "i", "i=?0", "u=9", "i=7"})
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.SliceOf(rapid.OneOf(stranger, known)).Draw(t, "members")
		var plain []string
		for _, m := range members {
			if m[0] == 'u' || m[0] == 'i' {
				plain = append(plain, m)
			}
		}
		all, err := ParseField(strings.Join(members, ", "), DefaultParam)
		if err != nil {
			t.Fatal(err)
		}
		if some, _ := ParseField(strings.Join(plain, ","), DefaultParam); all != some {
			t.Fatalf("%q means %+v, without the strangers %+v", members, all, some)
		}
	})
}

func FuzzParseField(f *testing.F) {
	for _, v := range []string{"u=1, i", "a=(1 2);b=:YQ==:, c=%\"%c3%bc\"", "u=1.5;q=\"x\\\"\"", ",", "a=@1"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		base := Param{5, true}
		p, err := ParseField(v, base)
		if err != nil {
			var e *FieldError
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(v) || p != base {
				t.Fatalf("%+v, %v", p, err)
			}
			return
		}
		if p.Urgency > 7 {
			t.Fatalf("urgency %d", p.Urgency)
		}
		again, err := ParseField(" "+v+" ", base)
		if err != nil || again != p {
			t.Fatalf("with spaces around it means %+v, %v instead of %+v", again, err, p)
		}
		if strings.TrimLeft(v, " ") != "" {
			if more, err := ParseField(v+",zz", base); err != nil || more != p {
				t.Fatalf("with a member behind it means %+v, %v instead of %+v", more, err, p)
			}
		}
	})
}
