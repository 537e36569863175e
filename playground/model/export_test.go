package model

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// texts reads an SVG as XML, and refuses what a drawing must not hold.
func texts(t *testing.T, svg string) (out []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "svg", "rect", "line", "path", "text":
			default:
				t.Fatalf("a drawing with <%s>", tok.Name.Local)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || a.Name.Local == "style" {
					t.Fatalf("a drawing with %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(tok)); s != "" {
				out = append(out, s)
			}
		}
	}
}

const hostile = "<script>alert(1)</script> & \"'var(--text)\x01\u202e\ufffe]]>\xff"

func hostileRecord() *record {
	r := many(70)
	r.Summary.Title = "../Nasty <b>&\u0007 title, with *signs*"
	r.Rows.Rows[3].Text = hostile
	r.Rows.Rows[4].Error = "PROTOCOL_ERROR"
	r.Rows.Rows[5].RecvAt = -1
	return r
}

func TestExportOfTheList(t *testing.T) {
	d := open(t, flags(), hostileRecord())
	d.send(Click{What: ActExport, Arg: FormatSVG})
	e := must[SaveDrawing](d)
	if e.Name != "nasty-b-title-with-signs-sequence" || e.Format != FormatSVG || e.Width != 980 || e.Height < 70*36 {
		t.Errorf("%s %s, %d by %d", e.Name, e.Format, e.Width, e.Height)
	}
	all := strings.Join(texts(t, e.SVG), "\n")
	for _, want := range []string{"<script>alert(1)</script> & \"'var(--text)\\u{1}\\u{202e}", "PROTOCOL_ERROR", "Sequence", "0.07 ms"} {
		if !strings.Contains(all, want) {
			t.Errorf("the drawing does not say %q", want)
		}
	}
	if strings.Count(all, "DATA ") != 46 || strings.Contains(e.SVG, "'var(--text)") {
		t.Errorf("%d DATA frames; or a text that is taken for a colour", strings.Count(all, "DATA "))
	}
	d.send(Click{What: ActView, Arg: string(ViewFrames)})
	d.send(Click{What: ActExport, Arg: FormatPNG})
	e, _ = last[SaveDrawing](d)
	if said := texts(t, e.SVG); e.Format != FormatPNG || !strings.HasSuffix(e.Name, "-frames") || len(said) < 70*5 {
		t.Errorf("%s %s: %d texts", e.Name, e.Format, len(said))
	}
	d.send(Click{What: ActExport, Arg: FormatText})
	f := must[SaveFile](d)
	lines := strings.Split(strings.TrimSpace(f.Text), "\n")
	if !strings.HasSuffix(f.Name, ".txt") || len(lines) != 2+1+70 || !strings.Contains(lines[2], "says") || strings.ContainsAny(f.Text, "\x01\u202e") {
		t.Errorf("%s: %d lines", f.Name, len(lines))
	}
	d.send(KeyPressed{Key: "p", Ctrl: true})
	p := must[PrintDrawings](d)
	if len(*p.Pages) != 3 {
		t.Errorf("%d pages of 70 rows, want 3", len(*p.Pages))
	}
	for _, page := range *p.Pages {
		texts(t, page)
	}
}

func TestExportIsBounded(t *testing.T) {
	d := open(t, flags(), many(5000))
	d.send(Click{What: ActExport, Arg: FormatPNG})
	e := must[SaveDrawing](d)
	if said := texts(t, e.SVG); said[len(said)-1] != "… 4,600 more rows" || !strings.Contains(d.m.Notice().Text, "first 400 rows") {
		t.Errorf("%q, %q", said[len(said)-1], d.m.Notice().Text)
	}
	d.send(Click{What: ActExport, Arg: FormatSVG})
	e, _ = last[SaveDrawing](d)
	if said := texts(t, e.SVG); said[len(said)-1] != "… 3,000 more rows" {
		t.Errorf("%q", said[len(said)-1])
	}
}

func TestExportMenu(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(Click{What: ActExport})
	if v := d.m.Export(); !v.Open || len(v.Rows) != 4 || v.Rows[0].Text != "Sequence as SVG" || len(v.Files) != 8 || v.Files[0].Arg != FormatRecord {
		t.Errorf("%+v", v)
	}
	d.send(KeyPressed{Key: "Escape"})
	if d.m.Export().Open {
		t.Error("Escape leaves the menu open")
	}
	d.m.view = ViewStreams // drawn from the document
	d.send(Click{What: ActExport, Arg: FormatSVG})
	if e := must[SaveView](d); e.Format != FormatSVG || !strings.HasSuffix(e.Name, "-streams") || d.m.Export().Open {
		t.Errorf("%+v", e)
	}
	m, _ := New(flags())
	m, effects := Update(m, Click{What: ActExport, Arg: FormatSVG})
	for _, e := range effects {
		if _, ok := e.(QueryRows); ok {
			t.Error("rows are asked for before there are any")
		}
	}
	if m.Notice().Text == "" {
		t.Error("nobody says that there is nothing to export")
	}
}

// Rows of two records are drawn in two columns.
func TestExportOfTwoRecords(t *testing.T) {
	m, _ := New(flags())
	d := newSheet("two")
	m.other = beside{from: FromBefore}
	var rows []PairRow
	for _, r := range []view.AlignedRow{
		{A: &view.Row{Index: 0, Type: "HEADERS", Text: hostile, Dir: "c2s"}, What: "missing", Text: "x: only the first record has it."},
		{A: &view.Row{Index: 1, Type: "DATA", Dir: "s2c"}, B: &view.Row{Index: 0, Type: "DATA", Dir: "s2c"}, What: "length", Text: "DATA: 1 octet and 2 octets."},
	} {
		var row PairRow
		m.fillPair(&row, r)
		rows = append(rows, row)
	}
	d.pairs("Now", "Before", rows)
	svg, _, _ := d.done(0)
	all := strings.Join(texts(t, svg), "|")
	for _, want := range []string{"Now|differs in|Before", "− only here", "≠ 1 octet and 2 octets."} {
		if !strings.Contains(all, want) {
			t.Errorf("%q lacks %q", all, want)
		}
	}
}
