package inspect

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files instead of comparing with them")

// records are the scripted records, each with its golden file in testdata.
var records = []struct {
	name string
	make func(r *recorder)
}{
	{"push", recordPush},
	{"windows", recordWindows},
	{"settings", recordSettings},
	{"tables", recordTables},
	{"continuation", recordContinuation},
	{"resets", recordResets},
	{"goaway", recordGoAway},
	{"extensions", recordExtensions},
	{"padding", recordPadding},
	{"violations", recordViolations},
	{"shapes", recordShapes},
	{"fields", recordFields},
	{"length", recordLength},
	{"http1", recordHTTP1},
	{"upgrade", recordUpgrade},
	{"cut", recordCut},
	{"garbage", recordGarbage},
	{"midway", recordMidway},
	{"way", recordWay},
	{"stalls", recordStalls},
	{"priority", recordPriority},
}

func makeRecord(f func(*recorder)) []trace.Entry {
	r := newRecord(trace.VantageBoth)
	f(r)
	return r.entries
}

// TestGolden compares what is said of each record with testdata/NAME.txt. The
// record itself lies beside it as NAME.h2trace, for the tests of other packages.
func TestGolden(t *testing.T) {
	for _, rec := range records {
		t.Run(rec.name, func(t *testing.T) {
			entries := makeRecord(rec.make)
			var lines []byte
			for _, e := range entries {
				lines = trace.AppendEntry(lines, e)
			}
			golden(t, rec.name+".h2trace", lines)
			golden(t, rec.name+".txt", transcript(t, feed(t, entries)))
			if make := viewGoldens[rec.name]; make != nil {
				golden(t, rec.name+".views.txt", make(t, feed(t, entries)))
			}
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as it was (go test -run TestGolden -rewrite writes it):\n%s", file, firstDifference(got, want))
	}
}

func firstDifference(got, want []byte) string {
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range g {
		if i >= len(w) || !bytes.Equal(g[i], w[i]) {
			line := []byte("(end)")
			if i < len(w) {
				line = w[i]
			}
			return fmt.Sprintf("line %d\n got: %.300s\nwant: %.300s", i+1, g[i], line)
		}
	}
	return "the transcript ends early"
}

// transcript is all that the analyser says of a record.
func transcript(t testing.TB, a *Analyser) []byte {
	t.Helper()
	s := a.Summary()
	var out []byte
	for _, p := range s.Problems {
		out = fmt.Appendf(out, "problem: frame %d %s %s (%s)\n", p.Frame+1, p.Code, p.Text, p.Ref)
	}
	for i := range s.Frames {
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		checkDetail(t, d)
		out = append(out, '\n')
		out = AppendVerbose(out, d, false)
		out = appendState(out, d)
	}
	return out
}

// appendState shows what AppendVerbose leaves out: octets, spans of every
// level, tables, streams, windows and settings.
func appendState(out []byte, d view.Detail) []byte {
	for _, s := range d.Spans {
		depth := 0
		for p := s.Parent; p >= 0; p = d.Spans[p].Parent {
			depth++
		}
		out = fmt.Appendf(out, "    %*s%d+%d %s = %s", 2*depth, "", s.Off, s.Len, s.Name, s.Value)
		if s.Mask != 0 {
			out = fmt.Appendf(out, " mask %#x", s.Mask)
		}
		if s.Note != "" {
			out = fmt.Appendf(out, " -- %s", s.Note)
		}
		out = fmt.Appendf(out, " (%s)\n", s.Ref)
	}
	if b := d.Block; b != nil {
		var frames []int
		for _, f := range b.Frames {
			frames = append(frames, f+1)
		}
		out = fmt.Appendf(out, "    block of frames %v: %d octets, plain %d, saved %d %%, complete %v %s\n", frames, b.Octets, b.Plain, b.Saved, b.Complete, b.Error)
		for _, r := range b.Reps {
			out = fmt.Appendf(out, "      frame %d %d+%d %s %s: %s | %s\n", r.Frame+1, r.Off, r.Len, r.Hex, r.Name, r.Value, r.Text)
		}
	}
	for _, t := range d.Tables {
		if len(t.Entries) == 0 && len(t.Evicted) == 0 && t.MaxSize == 4096 {
			continue
		}
		out = fmt.Appendf(out, "    table %s %d/%d, %d inserted, %d evicted\n", t.Dir, t.Size, t.MaxSize, t.Inserted, len(t.Evicted))
		for _, e := range t.Entries {
			out = fmt.Appendf(out, "      %d %s: %s (%d) by frame %d\n", e.Index, e.Name, e.Value, e.Size, e.Frame+1)
		}
	}
	for _, s := range []*view.Stream{d.Stream, d.Promised} {
		if s == nil {
			continue
		}
		out = fmt.Appendf(out, "    stream %d %q %q client: %s (was %s), server: %s (was %s)\n", s.ID, s.Request, s.Status, s.Client, s.Before[0], s.Server, s.Before[1])
		out = append(appendPath(append(out, "      client"...), s.ClientPath), '\n')
		out = append(appendPath(append(out, "      server"...), s.ServerPath), '\n')
	}
	for _, w := range d.Windows {
		out = fmt.Appendf(out, "    window %d %s sender %d receiver %d of %d changed %+d\n", w.Stream, w.Dir, w.Sender, w.Recv, w.Size, w.Changed)
	}
	for _, s := range d.Settings {
		for _, v := range s.Values {
			if !v.Default || v.Pending || v.Value != v.AtPeer {
				out = fmt.Appendf(out, "    setting of %s: %s %d, peer goes by %d, pending %v %d\n", s.End, v.Name, v.Value, v.AtPeer, v.Pending, v.Next)
			}
		}
	}
	return out
}

func appendPath(out []byte, path []view.Step) []byte {
	for _, s := range path {
		if s.By != "" {
			out = fmt.Appendf(out, " -%s(%d)->", s.By, s.Frame+1)
		}
		out = fmt.Appendf(out, " %s", s.State)
	}
	return out
}

// checkDetail checks what holds for every answer.
func checkDetail(t testing.TB, d view.Detail) {
	t.Helper()
	off, last := 0, 0
	for i, s := range d.Spans {
		if s.Len <= 0 {
			t.Errorf("frame %d: span %d (%s) has %d octets", d.Row.Index, i, s.Name, s.Len)
		}
		if s.Parent >= 0 {
			p := d.Spans[s.Parent]
			if s.Parent >= i || s.Off < p.Off || s.Off+s.Len > p.Off+p.Len {
				t.Errorf("frame %d: span %d (%s) is not within its parent %s", d.Row.Index, i, s.Name, p.Name)
			}
			continue
		}
		if s.Off != off {
			t.Errorf("frame %d: span %d (%s) begins at octet %d, the one before ends at %d", d.Row.Index, i, s.Name, s.Off, off)
		}
		if s.Color < 1 || s.Color > 6 || s.Color == last {
			t.Errorf("frame %d: span %d (%s) has colour %d, the one before %d", d.Row.Index, i, s.Name, s.Color, last)
		}
		off, last = s.Off+s.Len, s.Color
	}
	if off != len(d.Octets) {
		t.Errorf("frame %d: the spans cover %d of %d octets", d.Row.Index, off, len(d.Octets))
	}
	if d.Why.Text == "" || d.Title == "" || d.What == "" {
		t.Errorf("frame %d: title %q, what %q, why %q: none may be empty", d.Row.Index, d.Title, d.What, d.Why.Text)
	}
}

func recordPush(r *recorder) {
	r.at(0).c2s([]byte(frame.Preface), settings(2, 1))
	r.s2c(settings())
	r.at(5).c2s(ack)
	r.s2c(ack)
	r.at(6).c2s(request(1, "/", true))
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 0, Rule: "preface"})
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 2, Line: 17, Col: 20, Call: "request"})
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToClient, Frame: 2, Line: 6, Col: 10, Call: "pushStream"})
	r.at(11).s2c(frame.AppendPushPromise(nil, 1, 2, getBlock("/app.css"), true, frame.NoPadding))
	r.s2c(response(1, false), frame.AppendData(nil, 1, []byte("some data"), true, frame.NoPadding))
	r.at(12).s2c(response(2, false), frame.AppendData(nil, 2, []byte("some pushed data"), true, frame.NoPadding))
	r.at(17).c2s(frame.AppendWindowUpdate(nil, 0, 25))
	r.at(18).c2s(frame.AppendPing(nil, [8]byte{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 7, 8}, false))
	r.at(23).s2c(frame.AppendPing(nil, [8]byte{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 7, 8}, true))
	r.at(24).c2s(frame.AppendGoAway(nil, 2, frame.NoError, nil))
	r.add(&trace.Close{Conn: 1, At: 30 * ms, By: "client"})
}

// recordWindows: windows that are used up, go below 0 and come back, while
// frames are under way. The server sends a little before the credit arrives.
func recordWindows(r *recorder) {
	r.open()
	r.c2s(request(1, "/", true), request(3, "/3", true))
	r.at(15).s2c(response(1, false), data(1, 16384, false), data(1, 16384, false), data(1, 16384, false), data(1, 16383, false))
	r.at(16).c2s(settings(uint32(frame.InitialWindowSize), 1000)) // sent while all of it is under way
	r.at(21).s2c(ack)
	r.at(22).c2s(frame.AppendWindowUpdate(nil, 0, 65535))
	r.at(23).c2s(frame.AppendWindowUpdate(nil, 1, 64535))
	r.at(26).s2c(response(3, false), data(3, 500, false))
	r.at(30).s2c(frame.AppendData(nil, 3, make([]byte, 489), true, 9))
	r.at(31).s2c(data(1, 1, true))
}

func recordSettings(r *recorder) {
	r.at(0).c2s([]byte(frame.Preface), settings(1, 8192, 2, 0, 4, 100000, 5, 32768, 99, 7))
	r.at(1).s2c(settings(3, 10, 6, 1<<14, 8, 1))
	r.at(2).c2s(request(1, "/", true))
	r.at(5).s2c(ack)
	r.at(6).c2s(ack, settings(4, 10))
	r.at(7).c2s(settings(4, 20, 3, 0))
	r.at(11).s2c(ack)
	r.at(12).s2c(ack)
}

// recordTables: entries inserted, used, driven out; the maximum changed.
func recordTables(r *recorder) {
	r.at(0).c2s([]byte(frame.Preface), settings(1, 100))
	r.s2c(settings())
	r.at(5).c2s(ack)
	r.at(5).s2c(ack)
	r.at(6).c2s(request(1, "/a", true))
	r.at(7).c2s(frame.AppendHeaders(nil, 3, []byte{0x82, 0x86, 0x84, 0xbe}, true, true, nil, frame.NoPadding))
	size := []byte{0x3f, 100 - 31} // size update to 100
	first := append(append(size, 0x88, 0x40, 3), "x-a"...)
	first = append(first, 0x83, 0x1d, 0x72, 0x9f) // Huffman
	r.at(11).s2c(frame.AppendHeaders(nil, 1, first, false, true, nil, frame.NoPadding))
	second := []byte{0x88, 0x0f, 0x0d, 1, '0', 0x10, 1, 'k', 2, 's', '!'} // content-length not indexed, k never indexed
	second = append(second, 0x40, 3, 'x', '-', 'b', 30)
	second = append(second, "123456789012345678901234567890"...)
	r.at(12).s2c(frame.AppendHeaders(nil, 3, second, true, true, nil, frame.NoPadding))
}

func recordContinuation(r *recorder) {
	r.open()
	b := getBlock("/a/long/path")
	r.c2s(frame.AppendHeaders(nil, 1, b[:1], true, false, nil, frame.NoPadding),
		frame.AppendContinuation(nil, 1, b[1:7], false),
		frame.AppendContinuation(nil, 1, nil, false),
		frame.AppendContinuation(nil, 1, b[7:], true))
	r.at(16).s2c(frame.AppendPushPromise(nil, 1, 2, b[:5], false, 2), frame.AppendContinuation(nil, 1, b[5:], true))
	r.at(17).s2c(frame.AppendHeaders(nil, 1, []byte{0x88}, false, false, nil, frame.NoPadding), frame.AppendPing(nil, [8]byte{}, false))
}

func recordResets(r *recorder) {
	r.open()
	r.c2s(request(1, "/", false), request(3, "/", true), request(5, "/", false))
	r.at(11).c2s(frame.AppendRSTStream(nil, 1, frame.Cancel))
	r.at(15).s2c(response(1, false), data(1, 10, true)) // sent before the reset came
	r.at(17).s2c(data(1, 10, true))                     // and after: illegal
	r.at(18).s2c(frame.AppendRSTStream(nil, 3, frame.RefusedStream))
	r.at(24).c2s(data(3, 1, true))
	r.at(25).s2c(response(5, true), frame.AppendRSTStream(nil, 5, frame.NoError))
	r.at(26).c2s(data(5, 3, false)) // sent before RST_STREAM came
}

func recordGoAway(r *recorder) {
	r.open()
	r.c2s(request(1, "/", true))
	r.at(15).s2c(frame.AppendGoAway(nil, 1<<31-1, frame.NoError, nil))
	r.at(16).c2s(request(3, "/", true))
	r.at(21).c2s(request(5, "/", true))
	r.at(22).s2c(frame.AppendGoAway(nil, 3, frame.EnhanceYourCalm, []byte("too_many_pings\n\xff\u202e")))
	r.at(23).s2c(frame.AppendGoAway(nil, 5, frame.NoError, nil))
}

func recordExtensions(r *recorder) {
	r.open()
	r.c2s(request(1, "/", true))
	r.c2s(raw(frame.PriorityUpdate, 0, 0, "\x00\x00\x00\x01u=2, i"))
	r.s2c(raw(frame.AltSvc, 0, 0, "\x00\x09https://ah3=\":443\""))
	r.s2c(raw(frame.Origin, 0, 0, "\x00\x09https://a\x00\x09https://b"))
	r.s2c(raw(frame.Origin, 0, 0, "\x00\x09https"))
	r.s2c(raw(0x1f, 0xff, 5, "grease"))
	r.s2c(raw(0xbb, 0, 0, ""))
}

func recordPadding(r *recorder) {
	r.open()
	r.c2s(frame.AppendHeaders(nil, 1, getBlock("/"), false, true, &frame.PriorityParam{Exclusive: true, StreamDep: 3, Weight: 15}, 4))
	r.c2s(frame.AppendData(nil, 1, []byte("abc"), false, 0), frame.AppendData(nil, 1, nil, true, 255))
	r.c2s(frame.AppendPriority(nil, 7, frame.PriorityParam{StreamDep: 1, Weight: 255}))
}

func recordViolations(r *recorder) {
	r.open()
	r.c2s(data(1, 3, false))                                                     // idle
	r.c2s(frame.AppendWindowUpdate(nil, 5, 1), frame.AppendRSTStream(nil, 5, 0)) // idle
	r.c2s(request(2, "/", true))                                                 // a server's identifier
	r.c2s(request(7, "/", true), data(7, 1, false), request(3, "/", true))       // ended; below 7
	r.c2s(frame.AppendPushPromise(nil, 7, 4, getBlock("/"), true, frame.NoPadding))
	r.s2c(response(9, false))                                               // a response to nothing
	r.c2s(ack)                                                              // asked for by nobody
	r.c2s(frame.AppendContinuation(nil, 7, nil, true))                      // continues nothing
	r.c2s(frame.AppendPriority(nil, 7, frame.PriorityParam{StreamDep: 7}))  // on itself
	r.at(20).s2c(settings(2, 1), frame.AppendWindowUpdate(nil, 0, 1<<31-1)) // push by a server; overflow
	r.s2c(frame.AppendWindowUpdate(nil, 7, 1<<31-1))                        // overflow
	r.s2c(response(7, false), data(7, 16384, false), data(7, 16384, false), data(7, 16384, false), data(7, 16384, false))
	r.s2c(data(7, 20000, false)) // too long, and beyond the window
	r.at(30).c2s(settings(3, 1<<20, 5, 1))
	r.s2c(settings(3, 1))
	r.at(35).c2s(ack)
	r.c2s(request(9, "/", false), request(11, "/", false))
	r.s2c(frame.AppendPushPromise(nil, 9, 6, getBlock("/"), true, frame.NoPadding), frame.AppendPushPromise(nil, 7, 6, getBlock("/"), true, frame.NoPadding))
	r.s2c(frame.AppendPushPromise(nil, 7, 6, getBlock("/"), true, frame.NoPadding), data(6, 1, false))
}

// recordShapes: frames that are wrong in themselves.
func recordShapes(r *recorder) {
	r.open()
	for _, f := range [][]byte{
		raw(frame.Data, 0, 0, "x"), raw(frame.Data, 8, 1, ""), raw(frame.Data, 8, 1, "\x05abc"),
		raw(frame.Headers, 0, 0, "\x82"), raw(frame.Headers, 0x20, 1, "abc"), raw(frame.Priority, 0, 1, "abc"),
		raw(frame.Priority, 0, 1, "abcdefg"), raw(frame.RSTStream, 0, 1, "ab"), raw(frame.RSTStream, 0, 1, "abcdef"),
		raw(frame.Settings, 0, 0, "abcdefgh"), raw(frame.Settings, 1, 0, "abcdef"), raw(frame.Settings, 0, 3, ""),
		raw(frame.PushPromise, 4, 1, "ab"), raw(frame.PushPromise, 4, 1, "\x00\x00\x00\x03\x82"),
		raw(frame.Ping, 0, 0, "abc"), raw(frame.Ping, 0, 0, "abcdefghijk"), raw(frame.Ping, 0, 1, "abcdefgh"),
		raw(frame.GoAway, 0, 0, "abcd"), raw(frame.WindowUpdate, 0, 0, "ab"), raw(frame.WindowUpdate, 0, 0, "\x80\x00\x00\x00"),
		raw(frame.WindowUpdate, 0, 1, "\x00\x00\x00\x00"), raw(frame.Continuation, 0, 0, "abc"),
	} {
		r.c2s(f)
	}
}

func recordFields(r *recorder) {
	r.open()
	lit := func(pairs ...string) (b []byte) {
		for i := 0; i < len(pairs); i += 2 {
			b = append(append(b, 0, byte(len(pairs[i]))), pairs[i]...)
			b = append(append(b, byte(len(pairs[i+1]))), pairs[i+1]...)
		}
		return b
	}
	get := []byte{0x82, 0x86, 0x84}
	id := uint32(1)
	for _, block := range [][]byte{
		append(get, lit("X-Big", "1")...), append(get, lit("a b", "1")...), append(get, lit("a", " 1")...), append(get, lit("a", "1\n2")...),
		append(get, lit("connection", "close")...), append(get, lit("te", "gzip")...), append(get, lit("te", "trailers")...),
		append(lit("a", "1"), get...), append(get, 0x82), append(get, lit(":who", "me")...), {0x82}, append(get, 0x88),
		lit(":method", "CONNECT", ":authority", "h:1"), lit(":method", "CONNECT"),
	} {
		r.c2s(frame.AppendHeaders(nil, id, block, id != 1, true, nil, frame.NoPadding))
		id += 2
	}
	r.c2s(frame.AppendHeaders(nil, 1, lit("a", "1"), false, true, nil, frame.NoPadding)) // a second section that does not end
	r.at(20).s2c(frame.AppendHeaders(nil, 3, lit(":status", "103"), false, true, nil, frame.NoPadding), response(3, false),
		frame.AppendHeaders(nil, 3, lit(":status", "200"), true, true, nil, frame.NoPadding)) // a pseudo-header field in trailers
	r.s2c(frame.AppendHeaders(nil, 5, lit("a", "1"), true, true, nil, frame.NoPadding))
	r.s2c(frame.AppendHeaders(nil, 7, []byte{0x88, 0xff, 0xff}, true, true, nil, frame.NoPadding)) // HPACK
	r.s2c(frame.AppendHeaders(nil, 9, []byte{0x88, 0xc8}, true, true, nil, frame.NoPadding))
}

// recordLength: content that is not as long as content-length says.
func recordLength(r *recorder) {
	r.open()
	post := func(id uint32, method byte, length string, end bool) []byte {
		b := append([]byte{method, 0x86, 0x84, 0x0f, 0x0d, byte(len(length))}, length...)
		return frame.AppendHeaders(nil, id, b, end, true, nil, frame.NoPadding)
	}
	answer := func(id uint32, status byte, length string, end bool) []byte {
		b := append([]byte{status, 0x0f, 0x0d, byte(len(length))}, length...)
		return frame.AppendHeaders(nil, id, b, end, true, nil, frame.NoPadding)
	}
	const get, posts, ok, notModified = 0x82, 0x83, 0x88, 0x8b
	trailer := frame.AppendHeaders(nil, 1, []byte{0, 1, 'a', 1, 'b'}, true, true, nil, frame.NoPadding)
	r.c2s(post(1, posts, "5", false), frame.AppendData(nil, 1, []byte("abc"), false, 9), trailer) // 2 short, padding does not count
	r.c2s(post(3, posts, "5", false), data(3, 3, false), data(3, 3, true))                        // 1 more
	r.c2s(post(5, posts, "5", true), post(7, posts, "5", false), data(7, 5, false), data(7, 0, true))
	r.c2s(post(9, get, "x", true))
	headBlock := append([]byte{0x02, 4}, "HEAD\x86\x84"...)
	r.c2s(frame.AppendHeaders(nil, 11, headBlock, true, true, nil, frame.NoPadding))
	r.at(20).s2c(answer(3, ok, "3", false), data(3, 2, true)) // 1 short
	r.s2c(answer(11, ok, "300", true), answer(5, notModified, "300", true), answer(7, ok, "0", true))
	// what other RFCs ask for
	r.c2s(raw(frame.PriorityUpdate, 0, 0, "\x00\x00\x00\x05u=1"), raw(frame.PriorityUpdate, 0, 5, "\x00\x00\x00\x05u=1"),
		raw(frame.PriorityUpdate, 0, 0, "\x00\x00\x00\x00u=1"), raw(frame.PriorityUpdate, 0, 0, "\x00\x00"))
	r.s2c(raw(frame.PriorityUpdate, 0, 0, "\x00\x00\x00\x05u=1"))
	r.s2c(settings(8, 1), settings(8, 0, 9, 1))
}

func recordHTTP1(r *recorder) {
	r.at(0).c2s([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	r.at(6).s2c([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nno"))
}

// recordUpgrade: the request brings settings along, a window of 3 octets.
func recordUpgrade(r *recorder) {
	r.at(0).c2s([]byte("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nhttp2-Settings: AAMAAABkAAQAAAAD\r\n\r\n"))
	r.at(6).s2c([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), settings(), response(1, false), data(1, 3, false))
	r.at(12).c2s([]byte(frame.Preface), settings(), ack)
	r.at(13).s2c(data(1, 1, true)) // beyond the window
}

func recordCut(r *recorder) {
	r.open()
	r.c2s(request(1, "/", false), data(1, 100, false)[:50])
	r.s2c(settings()[:5])
}

func recordGarbage(r *recorder) {
	r.open()
	r.c2s(request(1, "/", true))
	r.s2c([]byte("\xff\xff\xff\xee\x00\x00\x00\x00\x01 and so on"))
	r.at(12).s2c([]byte(" and on"))
}

func recordMidway(r *recorder) {
	r.at(0).c2s(data(5, 10, false))
	r.s2c(frame.AppendHeaders(nil, 3, []byte{0x88, 0xbe}, false, true, nil, frame.NoPadding), frame.AppendWindowUpdate(nil, 5, 10))
	r.at(7).c2s(request(7, "/new", true), ack)
	r.s2c(data(3, 5, true))
}

// recordWay: octets that were changed, and octets that were lost.
func recordWay(r *recorder) {
	r.open()
	b := request(1, "/x", true)
	changed := append([]byte(nil), b...)
	changed[len(changed)-5] = 'y'
	r.add(&trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 10 * ms, ReceivedAt: 15 * ms, Octets: b, Received: changed})
	r.at(15).s2c(response(1, false))
	r.add(&trace.Chunk{Conn: 1, Dir: trace.ToClient, SentAt: 16 * ms, ReceivedAt: -1, Octets: data(1, 5, true), Received: []byte{}})
	r.at(17).c2s(frame.AppendPing(nil, [8]byte{}, false))
}
