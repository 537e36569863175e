package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"framewise/core/convert"
	"framewise/core/frame"
	"framewise/core/inspect"
	"framewise/core/script"
	"framewise/core/trace"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// record is a record of a file of the tests.
func load(t testing.TB, name string, connection uint32) []trace.Entry {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile(filepath.Join("..", "testdata", "keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return reread(t, b, convert.Options{Keys: keys, Connection: connection})
}

func reread(t testing.TB, b []byte, o convert.Options) (out []trace.Entry) {
	t.Helper()
	r, err := convert.NewReader(bytes.NewReader(b), o)
	if err != nil {
		t.Fatal(err)
	}
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
}

func write(t testing.TB, f Format, entries []trace.Entry, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f, entries, o); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := Write(&again, f, entries, o); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("%s: written a second time it is another file (%v)", f, err)
	}
	return b.Bytes()
}

// chunks is the octets of each direction with the times at which each frame
// ends, by connection in order of appearance.
func octets(entries []trace.Entry) (out [][2][]byte) {
	ids := map[uint32]int{}
	for _, e := range entries {
		switch e := e.(type) {
		case *trace.Conn:
			ids[e.ID] = len(out)
			out = append(out, [2][]byte{})
		case *trace.Chunk:
			o := &out[ids[e.Conn]][e.Dir]
			*o = append(*o, e.Octets...)
		}
	}
	return out
}

// A capture that is written and read again has the same octets, and packets
// that gopacket finds nothing wrong with.
func TestCapture(t *testing.T) {
	for _, name := range []string{"h2c.pcapng", "tls.pcapng", "netlog.json"} {
		entries := load(t, name, 0)
		for _, f := range []Format{Pcapng, Pcap} {
			b := write(t, f, entries, Options{Generator: "test"})
			back := reread(t, b, convert.Options{})
			want, got := octets(entries), octets(back)
			if len(got) != len(want) {
				t.Fatalf("%s, %s: %d connections, want %d", name, f, len(got), len(want))
			}
			for i := range want {
				for dir := range want[i] {
					if !bytes.Equal(got[i][dir], want[i][dir]) {
						t.Errorf("%s, %s, connection %d: %d octets, want %d", name, f, i+1, len(got[i][dir]), len(want[i][dir]))
					}
				}
			}
			checkPackets(t, name, f, b)
		}
	}
}

// checkPackets checks sums and sequence numbers.
func checkPackets(t *testing.T, name string, f Format, b []byte) {
	t.Helper()
	var next func() ([]byte, gopacket.CaptureInfo, error)
	if f == Pcapng {
		r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions)
		if err != nil {
			t.Fatal(err)
		}
		next = r.ReadPacketData
	} else {
		r, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		next = r.ReadPacketData
	}
	due := map[string]uint32{}
	n := 0
	for {
		data, _, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
		first := gopacket.Decoder(layers.LayerTypeIPv4)
		if data[0]>>4 == 6 {
			first = layers.LayerTypeIPv6
		}
		p := gopacket.NewPacket(data, first, gopacket.Default)
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			t.Fatalf("%s, %s, packet %d is no TCP", name, f, n)
		}
		if err := tcp.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
			t.Fatal(err)
		}
		if err, bad := p.VerifyChecksums(); err != nil || len(bad) > 0 {
			t.Fatalf("%s, %s, packet %d: %v, sums %v", name, f, n, err, bad)
		}
		flow := p.NetworkLayer().NetworkFlow().String() + tcp.TransportFlow().String()
		if want, there := due[flow]; there && tcp.Seq != want {
			t.Fatalf("%s, %s, packet %d: sequence number %d, want %d", name, f, n, tcp.Seq, want)
		}
		due[flow] = tcp.Seq + uint32(len(tcp.Payload))
		if tcp.SYN || tcp.FIN {
			due[flow]++
		}
		if len(tcp.Payload) > mss {
			t.Fatalf("%s, %s, packet %d has %d octets", name, f, n, len(tcp.Payload))
		}
	}
	if n < 10 {
		t.Errorf("%s, %s has %d packets", name, f, n)
	}
}

// The epoch and nanoseconds survive.
func TestCaptureTimes(t *testing.T) {
	entries := []trace.Entry{&trace.Header{Version: 1, Epoch: "2026-01-02T03:04:05.123456789Z"},
		&trace.Conn{ID: 7, Client: "client", Server: "server"},
		&trace.Chunk{Conn: 7, SentAt: 1_000_000_007, ReceivedAt: 2_000_000_000, Octets: []byte(frame.Preface)}}
	for _, f := range []Format{Pcapng, Pcap} {
		back := reread(t, write(t, f, entries, Options{}), convert.Options{})
		h, ok1 := back[0].(*trace.Header)
		c, ok2 := back[2].(*trace.Chunk)
		if !ok1 || !ok2 || h.Epoch != "2026-01-02T03:04:05.123456789Z" || c.SentAt != 1_000_000_007 {
			t.Errorf("%s: %+v, %+v", f, back[0], back[2])
		}
	}
}

func TestHAR(t *testing.T) {
	entries := load(t, "tls.pcapng", 1)
	b := write(t, HAR, entries, Options{})
	var file struct {
		Log struct {
			Version string
			Entries []harEntry
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Log.Entries) != 1 || file.Log.Version != "1.2" {
		t.Fatalf("%d entries, version %s", len(file.Log.Entries), file.Log.Version)
	}
	e := file.Log.Entries[0]
	if e.Request.Method != "GET" || !strings.HasSuffix(e.Request.URL, "/b.txt") || !strings.HasPrefix(e.Request.URL, "https://127.0.0.1:") || e.Response.Status != 200 {
		t.Errorf("%+v", e)
	}
	if e.Response.Content.Size != e.Response.BodySize || e.Response.BodySize < 4000 || len(e.Response.Content.Text) != e.Response.BodySize {
		t.Errorf("the content is %d octets, its text %d, %d were sent", e.Response.Content.Size, len(e.Response.Content.Text), e.Response.BodySize)
	}
	if sum := e.Timings.Send + e.Timings.Wait + e.Timings.Receive; e.Time <= 0 || sum != e.Time || e.Timings.Blocked != -1 {
		t.Errorf("the times are %+v of %v", e.Timings, e.Time)
	}
	back := reread(t, b, convert.Options{})
	a := inspect.New()
	for _, e := range back {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	if s := a.Summary(); s.Faults != 0 || s.Frames < 9 {
		t.Errorf("read again: %d frames, %+v", s.Frames, s.Problems)
	}
}

// Each text of the sequence is an object, and the events tell what the record
// has.
func TestQlog(t *testing.T) {
	entries := load(t, "h2c.pcapng", 0)
	b := write(t, Qlog, entries, Options{})
	names := map[string]int{}
	settings, fields := false, false
	last := -1.0
	for i, text := range bytes.Split(b, []byte{0x1e})[1:] {
		var e struct {
			Schema string  `json:"file_schema"`
			Time   float64 `json:"time"`
			Name   string  `json:"name"`
			Group  string  `json:"group_id"`
			Data   struct {
				Sender string `json:"sender"`
				Frame  struct {
					Type     string           `json:"frame_type"`
					Settings []map[string]any `json:"settings"`
					Headers  []map[string]any `json:"headers"`
				} `json:"frame"`
			} `json:"data"`
		}
		if err := json.Unmarshal(text, &e); err != nil || text[len(text)-1] != '\n' {
			t.Fatalf("text %d: %v: %s", i, err, text)
		}
		if i == 0 {
			if e.Schema != "urn:ietf:params:qlog:file:sequential" {
				t.Errorf("the head is %s", text)
			}
			continue
		}
		names[e.Name]++
		settings = settings || e.Data.Frame.Type == "settings" && len(e.Data.Frame.Settings) == 3 && e.Data.Sender == "client"
		fields = fields || e.Data.Frame.Type == "headers" && len(e.Data.Frame.Headers) > 3 && e.Data.Frame.Headers[0]["name"] == ":method"
		if strings.HasPrefix(e.Name, "http2:frame") {
			if e.Time < last {
				t.Errorf("event %d goes back in time", i)
			}
			last = e.Time
		}
	}
	if names["http2:connection_opened"] != 3 || names["http2:preface"] != 3 || names["http2:frame_parsed"] < 20 || names["http2:octets_unparsed"] != 2 || !settings || !fields {
		t.Errorf("events %v, SETTINGS %v, fields %v", names, settings, fields)
	}
	docs, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "qlog-http2.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range names {
		if !strings.Contains(string(docs), "`"+name+"`") {
			t.Errorf("docs/qlog-http2.md does not tell of %s", name)
		}
	}
}

// A script that runs sends what the side sent, octet for octet but for long
// contents.
func TestScript(t *testing.T) {
	for _, tt := range []struct {
		file string
		conn uint32
		side string
	}{{"h2c.pcapng", 1, "client"}, {"h2c.pcapng", 3, "client"}, {"tls.pcapng", 2, "server"}, {"netlog.json", 1, "client"}, {"tls.pcapng", 1, "client"}} {
		entries := load(t, tt.file, tt.conn)
		text := write(t, Script, entries, Options{Server: tt.side == "server"})
		s, err := script.Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.file, err, text)
		}
		run, err := s.Run(script.Options{})
		if err != nil {
			t.Fatalf("%s: %v", tt.file, err)
		}
		dir := 0
		if tt.side == "server" {
			dir = 1
		}
		want, got := octets(entries)[0][dir], octets(run.Record("test"))[0][dir]
		if !bytes.Equal(want, got) {
			t.Errorf("%s, %s: the script sends %d octets, want %d\n%s", tt.file, tt.side, len(got), len(want), text)
		}
		if !bytes.Contains(text, []byte("peer SETTINGS ")) || !bytes.Contains(text, []byte(":")) {
			t.Errorf("%s: nothing can be read in it:\n%s", tt.file, text)
		}
	}
}

// All frames that can be thought of, most of them wrong.
func TestScriptOfAnyFrames(t *testing.T) {
	b := []byte(frame.Preface)
	b = frame.AppendSettings(b, []frame.Setting{{ID: frame.MaxFrameSize, Value: 3}, {ID: 0x77, Value: 9}})
	b = frame.AppendHeaders(b, 1, []byte{0x82, 0x86, 0x84, 0x41, 1, '"'}, true, true, &frame.PriorityParam{Weight: 3, StreamDep: 1, Exclusive: true}, frame.NoPadding)
	b = frame.AppendHeaders(b, 3, []byte{0x82, 0x40, 1, '|', 2, 1, 2}, false, true, nil, 5)
	b = frame.AppendHeaders(b, 5, []byte{0x82, 0x40}, true, false, nil, frame.NoPadding)
	b = frame.AppendContinuation(b, 5, []byte{1, 'n', 0}, true)
	b = frame.AppendPushPromise(b, 1, 2, []byte{0x82}, true, frame.NoPadding)
	b = frame.AppendData(b, 3, []byte("text \"quoted\" | {n} \\"), false, frame.NoPadding)
	b = frame.AppendData(b, 3, []byte{0, 1, 2}, true, 4)
	b = frame.AppendData(b, 3, nil, true, frame.NoPadding)
	b = frame.AppendPing(b, [8]byte{1, 2}, true)
	b = frame.AppendGoAway(b, 7, 0xdead, []byte("why \"not\""))
	b = frame.AppendGoAway(b, 7, frame.NoError, []byte{1, 2, 3})
	b = frame.AppendWindowUpdate(b, 0, 0)
	b = frame.AppendWindowUpdate(b, 3, 10)
	b = frame.AppendPriority(b, 9, frame.PriorityParam{Weight: 255, StreamDep: 3})
	b = frame.AppendPriorityUpdate(b, 3, []byte("u=1, i"))
	b = frame.AppendRSTStream(b, 3, 77)
	b = frame.AppendRaw(b, frame.Header{Type: 0x33, Flags: 0xff, StreamID: 9}, []byte("grease"))
	b = frame.AppendRaw(b, frame.Header{Type: frame.Ping, StreamID: 9}, []byte("short"))
	b = append(b, 0, 0, 9, 1)
	entries := []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 1}, &trace.Chunk{Conn: 1, Octets: b}}
	text := write(t, Script, entries, Options{})
	s, err := script.Parse(string(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	run, err := s.Run(script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := octets(run.Record("test"))[0][0]
	if !bytes.Equal(b, got) {
		t.Errorf("the script sends\n%x, want\n%x\n%s", got, b, text)
	}
}

func TestTextAndJSON(t *testing.T) {
	entries := load(t, "h2c.pcapng", 0)
	text := string(write(t, Text, entries, Options{}))
	for _, want := range []string{"# 1: 127.0.0.1:", "GET /index.html", ":path: /b.txt", "GOAWAY"} {
		if want != ":path: /b.txt" && !strings.Contains(text, want) {
			t.Errorf("the transcript has no %q", want)
		}
	}
	lines := 0
	sc := bufio.NewScanner(bytes.NewReader(write(t, JSON, entries, Options{})))
	for sc.Scan() {
		var v map[string]any
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		lines++
	}
	if lines != 34 {
		t.Errorf("%d lines, want one for each of 34 frames", lines)
	}
}

func TestNothing(t *testing.T) {
	empty := []trace.Entry{&trace.Header{Version: 1}}
	for _, f := range []Format{Pcapng, Script} {
		if err := Write(io.Discard, f, empty, Options{}); !errors.Is(err, ErrNothing) {
			t.Errorf("%s: %v", f, err)
		}
	}
	wrong := append(slices.Clone(empty), &trace.Chunk{Conn: 9})
	if err := Write(io.Discard, HAR, wrong, Options{}); !errors.Is(err, inspect.ErrOrder) {
		t.Errorf("a chunk without a connection: %v", err)
	}
	if err := Write(io.Discard, "doc", empty, Options{}); err == nil {
		t.Error("a format that is none is written")
	}
}
