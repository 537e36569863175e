package inspect

import (
	"strings"
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
			switch {
			case c.name == "WINDOW_UPDATE of 3 octets": // the length is the connection's matter
				want = "FRAME_SIZE_ERROR"
			case strings.HasPrefix(c.name, "PRIORITY") && id == ended: // it belongs there
				want = c.isOpen
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

// The client of an upgrade may be the first to say something of stream 1, which
// its request in HTTP/1.1 has opened: it gives up, or widens its window.
func TestUpgradedStreamBeforeItsResponse(t *testing.T) {
	for name, b := range map[string][]byte{
		"RST_STREAM":    frame.AppendRSTStream(nil, 1, frame.Cancel),
		"WINDOW_UPDATE": frame.AppendWindowUpdate(nil, 1, 5),
		"DATA":          frame.AppendData(nil, 1, []byte("x"), false, frame.NoPadding),
	} {
		r := newRecord(trace.VantageBoth)
		r.c2s([]byte("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n"))
		r.at(5).s2c([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), settings())
		r.at(10).c2s([]byte(frame.Preface), settings(), b)
		problem := ""
		for _, p := range feed(t, r.entries).Summary().Problems {
			problem += p.Code
		}
		if want := map[string]string{"DATA": "PROTOCOL_ERROR"}[name]; problem != want {
			t.Errorf("%s on stream 1 after an upgrade: %q, want %q", name, problem, want)
		}
	}
}

// What HTTP2-Settings announces binds the server's encoder from its first block
// on (RFC 7540, section 3.2.1).
func TestUpgradeSetsTheTable(t *testing.T) {
	for header, want := range map[string]string{"AAEAACAA": "", "": "COMPRESSION_ERROR"} { // HEADER_TABLE_SIZE 8192
		r := newRecord(trace.VantageBoth)
		r.c2s([]byte("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: " + header + "\r\n\r\n"))
		r.at(3).c2s([]byte(frame.Preface), settings())
		resize := []byte{0x3f, 0xe1, 0x3f, 0x88}
		r.at(5).s2c([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), settings(),
			frame.AppendHeaders(nil, 1, resize, true, true, nil, frame.NoPadding))
		problem := ""
		for _, p := range feed(t, r.entries).Summary().Problems {
			problem += p.Code
		}
		if problem != want {
			t.Errorf("HTTP2-Settings %q: %q, want %q", header, problem, want)
		}
	}
}
