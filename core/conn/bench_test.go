package conn

import (
	"bytes"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// opened is a server in the middle of an upload on stream 1.
func opened(tb testing.TB) *Conn {
	tb.Helper()
	s := New(Config{Role: Server, Settings: []frame.Setting{{ID: frame.InitialWindowSize, Value: 1 << 30}}, ConnWindow: 1 << 30,
		Limits: Limits{WindowUpdates: 1 << 40, Priorities: 1 << 40, UselessFrames: 1 << 40, UnsentAcks: 1 << 40, TinyData: 1 << 31}})
	b := append([]byte(frame.Preface), frame.AppendSettings(nil, nil)...)
	b = frame.AppendSettingsAck(b)
	block := hpack.NewEncoder().AppendBlock(nil, post("/"))
	b = frame.AppendHeaders(b, 1, block, false, true, nil, frame.NoPadding)
	if err := s.Receive(0, b); err != nil {
		tb.Fatal(err)
	}
	var o Output
	s.Poll(0, &o, 0)
	if s.Failed() != nil || s.StreamState(1) != Open {
		tb.Fatal(s.Failed(), s.StreamState(1))
	}
	return s
}

// readPath are frames whose handling hands nothing over but windows on the
// octets that came.
func readPath() map[string][]byte {
	return map[string][]byte{
		"DATA 1 KiB":    frame.AppendData(nil, 1, make([]byte, 1024), false, frame.NoPadding),
		"DATA padded":   frame.AppendData(nil, 1, make([]byte, 100), false, 20),
		"WINDOW_UPDATE": append(frame.AppendWindowUpdate(nil, 1, 1), frame.AppendWindowUpdate(nil, 0, 1)...),
		"PRIORITY":      frame.AppendPriority(nil, 3, frame.PriorityParam{Weight: 3}),
		"PING":          frame.AppendPing(nil, [8]byte{1}, false),
		"unknown":       frame.AppendRaw(nil, frame.Header{Type: 0x42}, []byte("what is this")),
	}
}

// receiver feeds the same octets again and again and consumes what came.
func receiver(tb testing.TB, s *Conn, b []byte, pieces int) func() {
	var o Output
	return func() {
		for n := 0; n < len(b); n += pieces {
			if err := s.Receive(0, b[n:min(n+pieces, len(b))]); err != nil {
				tb.Fatal(err)
			}
		}
		s.Poll(0, &o, 0)
		for i := range o.Events {
			if e := &o.Events[i]; e.Kind == EvData {
				if err := s.Consume(e.StreamID, len(e.Data)); err != nil {
					tb.Fatal(err)
				}
			}
		}
		if s.Failed() != nil {
			tb.Fatal(s.Failed())
		}
	}
}

// TestReadPathAllocates holds the rule that receiving allocates nothing.
func TestReadPathAllocates(t *testing.T) {
	for name, b := range readPath() {
		for _, pieces := range []int{1 << 20, 7} {
			s := opened(t)
			run := receiver(t, s, b, pieces)
			run()
			if n := testing.AllocsPerRun(200, run); n != 0 {
				t.Errorf("%s in pieces of %d: %v allocations", name, pieces, n)
			}
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	for name, octets := range readPath() {
		b.Run(name, func(b *testing.B) {
			run := receiver(b, opened(b), octets, 1<<20)
			b.SetBytes(int64(len(octets)))
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
}

// BenchmarkRequest is a small request and its answer, all in memory, client and
// server both.
func BenchmarkRequest(b *testing.B) {
	c, s := New(Config{Role: Client}), New(Config{Role: Server})
	var co, so Output
	move := func(from, to *Conn, o *Output, on func(*Event)) {
		from.Poll(0, o, 0)
		for i := range o.Events {
			on(&o.Events[i])
		}
		for _, seg := range o.Segments {
			if err := to.Receive(0, seg); err != nil {
				b.Fatal(err)
			}
		}
	}
	fields, answer := get("/"), status("200")
	closed := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Open(fields, HeaderOptions{End: true}); err != nil {
			b.Fatal(err)
		}
		move(c, s, &co, func(*Event) {})
		move(s, c, &so, func(e *Event) {
			if e.Kind == EvHeaders {
				if err := s.Headers(e.StreamID, answer, HeaderOptions{End: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
		move(s, c, &so, func(*Event) {})
		move(c, s, &co, func(e *Event) {
			if e.Kind == EvStreamClosed {
				closed++
			}
		})
		if len(c.streams) > 1 {
			b.Fatal("streams are kept")
		}
	}
	if closed == 0 {
		b.Fatal("nothing was answered")
	}
}

// uploader feeds 1 MiB of DATA, 16 KiB a frame, in pieces of 64 KiB, to a
// connection that lets go of its buffers after each.
func uploader(tb testing.TB) (run func(), octets int) {
	s := opened(tb)
	var o Output
	one := frame.AppendData(nil, 1, make([]byte, 16<<10), false, frame.NoPadding)
	b := bytes.Repeat(one, 64)
	return func() {
		for n := 0; n < len(b); n += 64 << 10 {
			s.Lend(&o)
			if err := s.Receive(0, b[n:min(n+64<<10, len(b))]); err != nil {
				tb.Fatal(err)
			}
			s.Poll(0, &o, 0)
			for i := range o.Events {
				if e := &o.Events[i]; e.Kind == EvData {
					if err := s.Consume(e.StreamID, len(e.Data)); err != nil {
						tb.Fatal(err)
					}
				}
			}
			s.Poll(0, &o, 0)
			s.TakeBack(&o)
			s.Release()
		}
		if s.Failed() != nil {
			tb.Fatal(s.Failed())
		}
	}, len(b)
}

// TestUploadAllocates: frames that span pieces are put together in buffers that
// go round with the Output.
func TestUploadAllocates(t *testing.T) {
	run, _ := uploader(t)
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations for 1 MiB", n)
	}
}

func BenchmarkUpload(b *testing.B) {
	run, octets := uploader(b)
	b.SetBytes(int64(octets))
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}
