package inspect

import (
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// What comes late for a closed stream is dropped by its receiver (RFC 9113,
// section 5.1), and so it is no problem, be it wrong in itself; on an open
// stream, and on one that nobody has used, it is.
func TestOnAClosedStream(t *testing.T) {
	const open, ended, reset, refused, skipped, idle = 1, 5, 7, 9, 3, 99
	closed := []uint32{ended, reset, refused, skipped}
	for _, c := range []struct {
		name   string
		octets func(id uint32) []byte
		isOpen string // problem on the open stream, "" for none
		isIdle string
	}{
		{"RST_STREAM", func(id uint32) []byte { return frame.AppendRSTStream(nil, id, frame.Cancel) }, "", "PROTOCOL_ERROR"},
		{"WINDOW_UPDATE", func(id uint32) []byte { return frame.AppendWindowUpdate(nil, id, 1) }, "", "PROTOCOL_ERROR"},
		{"WINDOW_UPDATE of 0", func(id uint32) []byte { return frame.AppendWindowUpdate(nil, id, 0) }, "PROTOCOL_ERROR", "PROTOCOL_ERROR"},
		{"WINDOW_UPDATE of 2^31-1", func(id uint32) []byte { return frame.AppendWindowUpdate(nil, id, frame.MaxWindow) }, "FLOW_CONTROL_ERROR", "PROTOCOL_ERROR"},
		{"PRIORITY of 4 octets", func(id uint32) []byte {
			return frame.AppendRaw(nil, frame.Header{Type: frame.Priority, StreamID: id}, make([]byte, 4))
		}, "FRAME_SIZE_ERROR", "FRAME_SIZE_ERROR"},
		{"PRIORITY on itself", func(id uint32) []byte {
			return frame.AppendPriority(nil, id, frame.PriorityParam{StreamDep: id})
		}, "PROTOCOL_ERROR", "PROTOCOL_ERROR"},
		// These are wrong on a closed stream, too.
		{"WINDOW_UPDATE of 3 octets", func(id uint32) []byte {
			return frame.AppendRaw(nil, frame.Header{Type: frame.WindowUpdate, StreamID: id}, make([]byte, 3))
		}, "FRAME_SIZE_ERROR", "FRAME_SIZE_ERROR"},
	} {
		problem := func(id uint32) string {
			r := newRecord(trace.VantageBoth).open()
			r.c2s(request(open, "/", false), request(ended, "/", true), request(reset, "/", false), request(refused, "/", false))
			r.at(20).s2c(response(ended, true), frame.AppendRSTStream(nil, refused, frame.RefusedStream))
			r.at(30).c2s(frame.AppendRSTStream(nil, reset, frame.Cancel))
			r.at(40).c2s(c.octets(id))
			a := feed(t, r.entries)
			s := a.Summary()
			if _, err := a.Detail(s.Frames - 1); err != nil {
				t.Fatal(err)
			}
			if len(s.Problems) == 0 {
				return ""
			}
			return s.Problems[0].Code
		}
		for _, id := range closed {
			want := ""
			if c.name == "WINDOW_UPDATE of 3 octets" { // the length is the connection's matter
				want = "FRAME_SIZE_ERROR"
			}
			if got := problem(id); got != want {
				t.Errorf("%s on closed stream %d: %q, want %q", c.name, id, got, want)
			}
		}
		if got := problem(open); got != c.isOpen {
			t.Errorf("%s on an open stream: %q, want %q", c.name, got, c.isOpen)
		}
		if got := problem(idle); got != c.isIdle {
			t.Errorf("%s on an idle stream: %q, want %q", c.name, got, c.isIdle)
		}
	}
}
