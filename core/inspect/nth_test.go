package inspect

import (
	"testing"

	"framewise/core/trace"
)

// Detail says the number of each row in its direction, as the record's causes
// count: whole frames, one that is cut off, and the preface.
func TestNth(t *testing.T) {
	a := New()
	feed := func(e trace.Entry) {
		t.Helper()
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	const settings, ping = "\x00\x00\x00\x04\x00\x00\x00\x00\x00", "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"
	feed(&trace.Header{Version: trace.Version})
	feed(&trace.Conn{ID: 1, Vantage: trace.VantageBoth})
	feed(&trace.Chunk{Conn: 1, Dir: trace.ToServer, Octets: []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + ping)})
	feed(&trace.Chunk{Conn: 1, Dir: trace.ToClient, Octets: []byte(settings + ping + ping)})
	feed(&trace.Chunk{Conn: 1, Dir: trace.ToServer, Octets: []byte(ping + ping[:11])})
	want := []int{-1, 0, 1, 0, 1, 2, 2, 3}
	if n := a.Summary().Frames; n != len(want) {
		t.Fatalf("%d rows, want %d", n, len(want))
	}
	for i, nth := range want {
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		if d.Nth != nth {
			t.Errorf("row %d, %s: number %d in its direction, want %d", i, d.Title, d.Nth, nth)
		}
	}
}
