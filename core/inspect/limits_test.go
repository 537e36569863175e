package inspect

import (
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// At a limit nothing is wrong; one beyond it is.
func TestAtTheLimits(t *testing.T) {
	literal := func(b ...byte) []byte { return frame.AppendHeaders(nil, 1, b, true, true, nil, frame.NoPadding) }
	for _, c := range []struct {
		name   string
		make   func(r *recorder)
		faults string // codes
	}{
		{"frame of MAX_FRAME_SIZE", func(r *recorder) { r.c2s(request(1, "/", false), data(1, 16384, true)) }, ""},
		{"frame above it", func(r *recorder) { r.c2s(request(1, "/", false), data(1, 16385, true)) }, "FRAME_SIZE_ERROR"},
		{"larger frame before the ACK", func(r *recorder) {
			r.at(20).s2c(settings(5, 20000))
			r.at(26).c2s(request(1, "/", false), data(1, 20000, true))
		}, ""},
		{"larger frame after it was taken back", func(r *recorder) {
			r.at(20).s2c(settings(5, 20000))
			r.at(26).c2s(ack)
			r.at(32).s2c(settings(5, 16384))
			r.at(38).c2s(ack, request(1, "/", false), data(1, 16385, true))
		}, "FRAME_SIZE_ERROR"},
		{"unknown type of MAX_FRAME_SIZE", func(r *recorder) { r.c2s(raw(0x77, 0, 0, strings.Repeat("x", 16384)), request(1, "/", true)) }, ""},
		{"unknown type above it", func(r *recorder) { r.c2s(raw(0x77, 0, 0, strings.Repeat("x", 16385)), request(1, "/", true)) }, "FRAME_SIZE_ERROR"},
		{"GOAWAY repeated", func(r *recorder) {
			r.s2c(frame.AppendGoAway(nil, 5, 0, nil), frame.AppendGoAway(nil, 5, 0, nil), frame.AppendGoAway(nil, 3, 0, nil))
		}, ""},
		{"GOAWAY raised", func(r *recorder) { r.s2c(frame.AppendGoAway(nil, 5, 0, nil), frame.AppendGoAway(nil, 7, 0, nil)) }, "PROTOCOL_ERROR"},
		{"window of 2^31-1", func(r *recorder) { r.c2s(frame.AppendWindowUpdate(nil, 0, frame.MaxWindow-65535)) }, ""},
		{"window above it", func(r *recorder) { r.c2s(frame.AppendWindowUpdate(nil, 0, frame.MaxWindow-65534)) }, "FLOW_CONTROL_ERROR"},
		{"stream window of 2^31-1", func(r *recorder) {
			r.c2s(request(1, "/", true), frame.AppendWindowUpdate(nil, 1, frame.MaxWindow-65535))
		}, ""},
		{"stream window above it", func(r *recorder) {
			r.c2s(request(1, "/", true), frame.AppendWindowUpdate(nil, 1, frame.MaxWindow-65534))
		}, "FLOW_CONTROL_ERROR"},
		{"as many streams as allowed", func(r *recorder) {
			r.at(20).s2c(settings(3, 2))
			r.at(26).c2s(ack, request(1, "/", false), request(3, "/", true))
		}, ""},
		{"one more", func(r *recorder) {
			r.at(20).s2c(settings(3, 2))
			r.at(26).c2s(ack, request(1, "/", false), request(3, "/", true), request(5, "/", true))
		}, "REFUSED_STREAM"},
		{"one more when another is over", func(r *recorder) {
			r.at(20).s2c(settings(3, 2))
			r.at(26).c2s(ack, request(1, "/", false), request(3, "/", true), frame.AppendRSTStream(nil, 1, 8), request(5, "/", true))
		}, ""},
		{"a window used up", func(r *recorder) {
			r.c2s(request(1, "/", false), data(1, 16384, false), data(1, 16384, false), data(1, 16384, false), data(1, 16383, false), data(1, 0, true))
		}, ""},
		{"an empty frame beyond a negative window", func(r *recorder) {
			r.c2s(request(1, "/", false), data(1, 100, false))
			r.at(20).s2c(settings(4, 10))
			r.at(26).c2s(ack, data(1, 0, true))
		}, ""},
		{"table size update to what is allowed", func(r *recorder) {
			r.at(20).s2c(settings(1, 8192))
			r.at(26).c2s(ack, literal(0x3f, 0xe1, 0x3f, 0x82, 0x86, 0x84))
		}, ""},
		{"before it is acknowledged", func(r *recorder) {
			r.at(20).s2c(settings(1, 8192))
			r.at(26).c2s(literal(0x3f, 0xe1, 0x3f, 0x82, 0x86, 0x84), ack)
		}, "COMPRESSION_ERROR"},
		{"no update though the table must shrink", func(r *recorder) {
			r.at(20).s2c(settings(1, 100))
			r.at(26).c2s(ack, literal(0x82, 0x86, 0x84))
		}, "COMPRESSION_ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecord(trace.VantageBoth).open()
			c.make(r)
			var got []string
			for _, p := range feed(t, r.entries).Summary().Problems {
				got = append(got, p.Code)
			}
			if s := strings.Join(got, " "); s != c.faults {
				t.Errorf("problems %q, want %q", s, c.faults)
			}
		})
	}
}

// Octets can't overtake each other, whatever a record says of their times.
func TestArrivalsKeepTheirOrder(t *testing.T) {
	r := newRecord(trace.VantageBoth).open()
	r.latency = 50 * ms
	r.at(10).c2s(request(1, "/", false))
	r.latency = 5 * ms
	r.at(11).c2s(data(1, 5, true))
	r.at(30).s2c(settings(4, 1)) // sent before any of that arrived at 60
	a := feed(t, r.entries)
	rows, err := a.Rows(Query{N: 100})
	if err != nil {
		t.Fatal(err)
	}
	last := rows.Rows[len(rows.Rows)-1]
	d, err := a.Detail(last.Index)
	if err != nil {
		t.Fatal(err)
	}
	if last.Type != "SETTINGS" || len(a.conns[0].dirs[client].due) == 0 {
		t.Fatalf("the last row is %+v", last)
	}
	c := a.conns[0]
	if n := a.rows.at(last.Index).sent; n != 5 {
		t.Errorf("when the server sent SETTINGS it had counted %d frames, want its own 3 and the client's first 2: %+v", n, d.Windows)
	}
	if s := c.stream(1); s.state[server] != halfClosedRemote {
		t.Errorf("in the end the stream is %s at the server", stateNames[s.state[server]])
	}
}

// A frame is sent and received with its last octet.
func TestTimesAreThoseOfTheLastOctet(t *testing.T) {
	r := newRecord(trace.VantageBoth).open()
	b := request(1, "/", true)
	r.at(10).c2s(b[:len(b)-1])
	r.at(40).c2s(b[len(b)-1:])
	r.at(90).c2s(frame.AppendPing(nil, [8]byte{}, false))
	a := feed(t, r.entries)
	rows, err := a.Rows(Query{Filter: "type:HEADERS", N: 5})
	if err != nil || len(rows.Rows) != 1 {
		t.Fatal(rows, err)
	}
	if x := rows.Rows[0]; x.SentAt != 40*ms || x.RecvAt != 45*ms {
		t.Errorf("sent at %d, received at %d; want 40 and 45 ms", x.SentAt, x.RecvAt)
	}
	for _, bucket := range a.Density(19).Buckets { // of 5 ms
		if bucket.Color == "headers" && (bucket.At > 40*ms || bucket.At+bucket.Len <= 40*ms) {
			t.Errorf("HEADERS is counted at %d to %d", bucket.At, bucket.At+bucket.Len)
		}
	}
}

func TestFilterOfErrors(t *testing.T) {
	r := newRecord(trace.VantageBoth).open()
	r.c2s(request(1, "/", true), frame.AppendRSTStream(nil, 1, frame.Cancel), data(9, 1, true))
	r.s2c(frame.AppendGoAway(nil, 1, frame.NoError, nil), frame.AppendGoAway(nil, 1, frame.EnhanceYourCalm, nil))
	a := feed(t, r.entries)
	for text, want := range map[string]string{
		"error:*":                        "RST_STREAM DATA GOAWAY",
		"error:NO_ERROR":                 "GOAWAY",
		"error:CANCEL|ENHANCE_YOUR_CALM": "RST_STREAM GOAWAY",
		"error:PROTOCOL_ERROR":           "DATA",
		"error:STREAM_CLOSED":            "",
		"header::path=/ dir:c2s":         "HEADERS",
		"flag:END_STREAM size=1":         "DATA",
	} {
		rows, err := a.Rows(Query{N: 100, Filter: text})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range rows.Rows {
			got = append(got, x.Type)
		}
		if s := strings.Join(got, " "); s != want || rows.Total != len(got) {
			t.Errorf("%s chooses %q (%d), want %q", text, s, rows.Total, want)
		}
	}
}
