package hpack

import (
	"fmt"
	"testing"

	xhpack "golang.org/x/net/http2/hpack"
)

// benchBlocks are 200 requests of 12 field lines, of which 9 are in the table.
func benchBlocks() (blocks [][]byte, fields int) {
	enc := NewEncoder()
	for i := range 200 {
		f := []Field{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "www.example.com"},
			{Name: ":path", Value: fmt.Sprintf("/articles/%d/index.html", i)},
			{Name: "accept", Value: "text/html,application/xhtml+xml"}, {Name: "accept-language", Value: "en"}, {Name: "accept-encoding", Value: "gzip, deflate, br"},
			{Name: "user-agent", Value: "Mozilla/5.0 (X11; Linux x86_64)"}, {Name: "cache-control", Value: "no-cache"}, {Name: "referer", Value: "https://www.example.com/"},
			{Name: "x-request-id", Value: fmt.Sprintf("%016x", i*7919)}, {Name: "cookie", Value: fmt.Sprintf("session=%d", i)}}
		blocks = append(blocks, enc.AppendBlock(nil, f))
		fields += len(f)
	}
	return blocks, fields
}

func perField(b *testing.B, fields int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(fields), "ns/field")
}

// BenchmarkExplain explains the blocks of one connection, from an empty table.
func BenchmarkExplain(b *testing.B) {
	blocks, fields := benchBlocks()
	var reps []Rep
	b.ReportAllocs()
	for b.Loop() {
		t := NewTable()
		for _, block := range blocks {
			var err error
			if reps, err = t.Explain(block, reps[:0]); err != nil {
				b.Fatal(err)
			}
		}
	}
	perField(b, fields)
}

// BenchmarkDecode decodes the same blocks, with the limits.
func BenchmarkDecode(b *testing.B) {
	blocks, fields := benchBlocks()
	var out []Field
	b.ReportAllocs()
	for b.Loop() {
		d := NewDecoder(Limits{})
		for _, block := range blocks {
			if err := d.Write(block); err != nil {
				b.Fatal(err)
			}
			var err error
			if out, err = d.Close(out[:0]); err != nil {
				b.Fatal(err)
			}
		}
	}
	perField(b, fields)
}

// BenchmarkDecodeXNet is x/net's decoder alone, for comparison.
func BenchmarkDecodeXNet(b *testing.B) {
	blocks, fields := benchBlocks()
	var out []Field
	b.ReportAllocs()
	for b.Loop() {
		d := xhpack.NewDecoder(DefaultTableSize, func(f Field) { out = append(out, f) })
		for _, block := range blocks {
			out = out[:0]
			if _, err := d.Write(block); err != nil {
				b.Fatal(err)
			}
			d.Close()
		}
	}
	perField(b, fields)
}
