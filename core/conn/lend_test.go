package conn

import (
	"bytes"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// TestLend: connections that share an Output, and let go of more now and then, say
// the same as ones that have their own, and hold nothing while they wait.
func TestLend(t *testing.T) {
	answer := func(c *Conn, o *Output) []byte {
		var wrote []byte
		for more := true; more; {
			c.Poll(0, o, 0)
			more = len(o.Events) > 0
			for _, s := range o.Segments {
				wrote = append(wrote, s...)
			}
			for i := range o.Events {
				if e := &o.Events[i]; e.Kind == EvHeaders {
					path := pseudo(e.Fields).path
					if err := c.Headers(e.StreamID, append(status("200"), hpack.Field{Name: "x-path", Value: path}), HeaderOptions{}); err != nil {
						t.Fatal(err)
					}
					if err := c.Data(e.StreamID, []byte(path), true); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		return wrote
	}
	const n = 3
	var own, sharing [n]*Conn
	var ownOut [n]Output
	var encoders [n]*hpack.Encoder
	shared := new(Output)
	for i := range n {
		own[i], sharing[i] = New(Config{Role: Server}), New(Config{Role: Server})
		encoders[i] = hpack.NewEncoder()
	}
	for turn := range 5 {
		for i := range n {
			var b []byte
			if turn == 0 {
				b = frame.AppendSettings([]byte(frame.Preface), nil)
			}
			for k := range 4 {
				block := encoders[i].AppendBlock(nil, get("/"+string(rune('a'+i))+string(rune('a'+turn*4+k))))
				b = frame.AppendHeaders(b, uint32(turn*8+k*2+1), block, true, true, nil, frame.NoPadding)
			}
			if err := own[i].Receive(0, b); err != nil {
				t.Fatal(err)
			}
			want := answer(own[i], &ownOut[i])

			c := sharing[i]
			c.Lend(shared)
			if err := c.Receive(0, b); err != nil {
				t.Fatal(err)
			}
			got := answer(c, shared)
			c.TakeBack(shared)
			if !bytes.Equal(got, want) {
				t.Fatalf("turn %d, connection %d: % x, with an Output of its own % x", turn, i, got, want)
			}
			if c.out.buf != nil || c.events != nil || c.fields != nil || c.scratch != nil || c.free != nil || c.dec.TakeBack() != nil {
				t.Fatalf("turn %d, connection %d: it holds buffers while it waits", turn, i)
			}
			if turn%2 == 1 {
				c.Shrink()
				if c.streams != nil {
					t.Fatalf("turn %d, connection %d: it holds records of streams that are closed", turn, i)
				}
			}
		}
	}
	// What is waiting to be polled is the connection's own.
	c := sharing[0]
	if err := c.Ping([8]byte{1}); err != nil {
		t.Fatal(err)
	}
	c.TakeBack(shared)
	if c.Pending() == 0 {
		t.Error("octets that were not polled yet are gone")
	}
}
