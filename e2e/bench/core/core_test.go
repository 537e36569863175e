// Package core measures the core alone, in memory: octets of requests in,
// octets of responses out, natively and in WASM.
package core

import (
	"encoding/binary"
	"strconv"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
)

// batch is how many requests come with one read.
const batch = 100

// script is a batch of requests as a client that has sent them before repeats
// them: only the stream identifiers differ.
type script struct {
	octets []byte
	at     []int // where the stream identifiers stand
	next   uint32
}

// begin makes a server that knows the client's fields, and the script.
func begin(tb testing.TB, request []hpack.Field) (*conn.Conn, *script) {
	tb.Helper()
	s := conn.New(conn.Config{Role: conn.Server})
	enc := hpack.NewEncoder()
	b := frame.AppendSettings([]byte(frame.Preface), nil)
	b = frame.AppendSettingsAck(b)
	b = frame.AppendHeaders(b, 1, enc.AppendBlock(nil, request), true, true, nil, frame.NoPadding)
	if err := s.Receive(0, b); err != nil {
		tb.Fatal(err)
	}
	block := enc.AppendBlock(nil, request) // everything is in the table now
	c := &script{next: 3}
	for range batch {
		c.at = append(c.at, len(c.octets)+5)
		c.octets = frame.AppendHeaders(c.octets, 1, block, true, true, nil, frame.NoPadding)
	}
	return s, c
}

// turn numbers the streams of the next batch.
func (c *script) turn() []byte {
	for _, at := range c.at {
		binary.BigEndian.PutUint32(c.octets[at:], c.next)
		c.next += 2
	}
	return c.octets
}

// serve gives octets to the server and answers what comes. It returns how many
// requests that were.
func serve(tb testing.TB, s *conn.Conn, o *conn.Output, b []byte, answer []hpack.Field) (n int) {
	if err := s.Receive(0, b); err != nil {
		tb.Fatal(err)
	}
	for {
		s.Poll(0, o, 0)
		if len(o.Events) == 0 {
			return n
		}
		for i := range o.Events {
			if e := &o.Events[i]; e.Kind == conn.EvHeaders {
				n++
				if err := s.Headers(e.StreamID, answer, conn.HeaderOptions{End: true}); err != nil {
					tb.Fatal(err)
				}
			}
		}
	}
}

func get(more int) []hpack.Field {
	return fields([]hpack.Field{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "127.0.0.1:9000"}, {Name: ":path", Value: "/"}, {Name: "user-agent", Value: "framewise-bench"}}, more)
}

func ok(more int) []hpack.Field {
	return fields([]hpack.Field{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "text/plain; charset=utf-8"},
		{Name: "content-length", Value: "0"}, {Name: "date", Value: "Sun, 22 Nov 2026 13:00:00 GMT"}}, more)
}

func fields(f []hpack.Field, more int) []hpack.Field {
	for i := range more {
		f = append(f, hpack.Field{Name: "x-field-" + strconv.Itoa(i), Value: "the value of field " + strconv.Itoa(i)})
	}
	return f
}

// BenchmarkRequest is a request and its response on the server's side.
func BenchmarkRequest(b *testing.B) {
	for _, r := range []struct {
		name            string
		request, answer []hpack.Field
	}{
		{"small", get(0), ok(0)},
		{"15in30out", get(10), ok(26)},
	} {
		b.Run(r.name, func(b *testing.B) {
			s, c := begin(b, r.request)
			var o conn.Output
			serve(b, s, &o, nil, r.answer)
			serve(b, s, &o, c.turn(), r.answer)
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += batch {
				if got := serve(b, s, &o, c.turn(), r.answer); got != batch {
					b.Fatalf("%d of %d requests were handled; the connection failed with %v", got, batch, s.Failed())
				}
				if c.next > 1<<30 { // the identifiers end
					b.StopTimer()
					s, c = begin(b, r.request)
					serve(b, s, &o, nil, r.answer)
					b.StartTimer()
				}
			}
		})
	}
}

// BenchmarkFrame is a frame header parsed: a frame that nobody reacts to.
func BenchmarkFrame(b *testing.B) {
	octets := make([]byte, 0, 100*17)
	for range 100 {
		octets = frame.AppendRaw(octets, frame.Header{Type: frame.Data, StreamID: 1}, make([]byte, 8))
	}
	var split frame.Splitter
	b.ReportAllocs()
	for n := 0; n < b.N; n += 100 {
		split.Push(octets)
		for {
			_, more, err := split.Next()
			if err != nil {
				b.Fatal(err)
			}
			if !more {
				break
			}
		}
	}
}
