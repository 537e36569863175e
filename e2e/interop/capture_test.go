package interop

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"framewise/core/convert"
	"framewise/core/convert/export"
	"framewise/core/frame"
	"framewise/core/inspect"
	answers "framewise/core/inspect/view"
	"framewise/core/trace"
	"framewise/server/cli"
)

// dumping is a capture of the loopback that goes on.
type dumping struct {
	p    *process
	file string
}

// capture begins to capture what goes to and from ports.
func capture(t *testing.T, ports []string) *dumping {
	t.Helper()
	d := &dumping{file: filepath.Join(t.TempDir(), "lo.pcapng")}
	filter := "tcp port " + strings.Join(ports, " or tcp port ")
	// -B: what comes at once must fit; -s 0: whole packets.
	d.p = background(t, "dumpcap", "-q", "-i", "lo", "-B", "32", "-s", "0", "-f", filter, "-w", d.file)
	d.p.says("File: ")
	return d
}

// stop ends the capture as soon as it has seen so many HTTP/2 connections end.
func (d *dumping) stop(t *testing.T, ends int, keys string) (entries []trace.Entry, r *convert.Reader) {
	t.Helper()
	for deadline := time.Now().Add(bound); ; time.Sleep(50 * time.Millisecond) {
		seen := 0
		entries, r, _ = readCapture(t, d.file, keys) // it may end in the middle of a packet
		for _, e := range entries {
			if _, ok := e.(*trace.Close); ok {
				seen++
			}
		}
		if seen >= ends {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections of %d ended in the capture: %v", seen, ends, r.Lines())
		}
	}
	d.p.signal(syscall.SIGINT)
	<-d.p.ended
	entries, r, err := readCapture(t, d.file, keys)
	if err != nil {
		t.Fatal(err)
	}
	return entries, r
}

func readCapture(t *testing.T, file, keys string) (entries []trace.Entry, r *convert.Reader, err error) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log []byte
	if keys != "" {
		if log, err = os.ReadFile(keys); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = convert.NewReader(bytes.NewReader(b), convert.Options{Keys: log}); err != nil {
		return nil, &convert.Reader{}, err
	}
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return entries, r, nil
		}
		if err != nil {
			return entries, r, err
		}
		entries = append(entries, e)
	}
}

// explain feeds a record to an analyser.
func explain(t *testing.T, entries []trace.Entry) *inspect.Analyser {
	t.Helper()
	a := inspect.New()
	for _, e := range entries {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// listFrames tells each frame of each connection and direction in words that
// tshark's reading is brought into too.
func listFrames(t *testing.T, a *inspect.Analyser) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	names := map[uint32]string{}
	for _, c := range a.Summary().Conns {
		names[c.ID] = port(t, c.Client)
	}
	for i := range a.Summary().Frames {
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		key := names[d.Row.Conn] + " " + d.Row.Dir
		switch d.Row.Kind {
		case "frame":
			out[key] = append(out[key], frameWords(d))
		case "preface":
			out[key] = append(out[key], "magic")
		default:
			if !strings.Contains(d.Row.Text, "HTTP/1.1") {
				t.Errorf("%s: %s %s", key, d.Row.Kind, d.Row.Text)
			}
		}
	}
	return out
}

func port(t *testing.T, addr string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func frameWords(d answers.Detail) string {
	f := frame.Raw{Header: frame.ParseHeader(d.Octets), Payload: d.Octets[frame.HeaderLen:]}
	w := []string{fmt.Sprintf("type=%d length=%d flags=%d stream=%d", f.Type, f.Length, f.Flags, f.StreamID)}
	add := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }
	switch f.Type {
	case frame.Settings:
		if p, err := frame.ParseSettings(f); err == nil {
			for i := range p.Len() {
				add("setting %d=%d", p.At(i).ID, p.At(i).Value)
			}
		}
	case frame.WindowUpdate:
		n, _ := frame.ParseWindowUpdate(f)
		add("increment=%d", n)
	case frame.RSTStream:
		code, _ := frame.ParseRSTStream(f)
		add("code=%d", code)
	case frame.GoAway:
		p, _ := frame.ParseGoAway(f)
		add("last=%d code=%d", p.LastStreamID, p.Code)
	case frame.Ping:
		p, _ := frame.ParsePing(f)
		add("opaque=%x", p)
	case frame.Priority:
		p, _ := frame.ParsePriority(f)
		add("dependency=%d weight=%d exclusive=%v", p.StreamDep, p.Weight, p.Exclusive)
	case frame.Headers:
		if p, err := frame.ParseHeaders(f); err == nil && f.Flags.Has(frame.FlagPriority) {
			add("dependency=%d weight=%d exclusive=%v", p.Priority.StreamDep, p.Priority.Weight, p.Priority.Exclusive)
		}
	}
	if b := d.Block; b != nil && b.Frames[len(b.Frames)-1] == d.Row.Index {
		for _, r := range b.Reps {
			if r.Kind != "Table size update" {
				add("%s: %s", r.Name, r.Value)
			}
		}
	}
	return strings.Join(w, " | ")
}

// pdml is what tshark tells of packets.
type pdml struct {
	Packets []struct {
		Protos []pdmlField `xml:"proto"`
	} `xml:"packet"`
}

type pdmlField struct {
	Name   string      `xml:"name,attr"`
	Show   string      `xml:"show,attr"`
	Value  string      `xml:"value,attr"`
	Fields []pdmlField `xml:"field"`
}

// tshark reads a capture, with the ports of the servers in it: the frames, each
// in the words of frameWords.
func tshark(t *testing.T, file string, servers []string, args ...string) map[string][]string {
	t.Helper()
	out, said, err := execute(t, "tshark", append([]string{"-r", file, "-T", "pdml", "-Y", "http2", "-J", "tcp http2"}, args...)...)
	if err != nil {
		t.Fatalf("tshark: %v: %s", err, said)
	}
	var doc pdml
	if err := xml.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	frames := map[string][]string{}
	for _, p := range doc.Packets {
		src, dst := "", ""
		for _, proto := range p.Protos {
			switch proto.Name {
			case "tcp":
				for _, f := range proto.Fields {
					switch f.Name {
					case "tcp.srcport":
						src = f.Show
					case "tcp.dstport":
						dst = f.Show
					}
				}
			case "http2":
				for _, s := range proto.Fields {
					if s.Name == "http2.stream" {
						key := src + " c2s"
						if slices.Contains(servers, src) {
							key = dst + " s2c"
						}
						frames[key] = append(frames[key], s.words())
					}
				}
			}
		}
	}
	return frames
}

func (s *pdmlField) words() string {
	var w []string
	var setting string
	head := map[string]string{}
	code, last := "", ""
	var walk func(list []pdmlField)
	name := ""
	walk = func(list []pdmlField) {
		for _, f := range list {
			short := strings.TrimPrefix(f.Name, "http2.")
			switch short {
			case "magic":
				w = append(w, "magic")
			case "type", "length", "streamid":
				head[short] = f.Show
			case "flags":
				n, _ := strconv.ParseUint(strings.TrimPrefix(f.Show, "0x"), 16, 8)
				head["flags"] = strconv.FormatUint(n, 10)
			case "settings.id":
				setting = f.Show
			case "settings.header_table_size", "settings.enable_push", "settings.max_concurrent_streams", "settings.initial_window_size",
				"settings.max_frame_size", "settings.max_header_list_size", "settings.extended_connect", "settings.unknown":
				w = append(w, "setting "+setting+"="+f.Show)
			case "window_update.window_size_increment":
				w = append(w, "increment="+f.Show)
			case "rst_stream.error":
				w = append(w, "code="+f.Show)
			case "goaway.last_stream_id":
				last = f.Show
			case "goaway.error":
				code = f.Show
				w = append(w, "last="+last+" code="+code)
			case "ping", "pong":
				w = append(w, "opaque="+f.Value)
			case "exclusive":
				head["exclusive"] = map[string]string{"1": "true", "0": "false", "True": "true", "False": "false"}[f.Show]
			case "stream_dependency":
				head["dependency"] = f.Show
			case "headers.weight":
				w = append(w, fmt.Sprintf("dependency=%s weight=%s exclusive=%s", head["dependency"], f.Show, head["exclusive"]))
			case "header.name":
				name = f.Show
			case "header.value":
				w = append(w, name+": "+f.Show)
			}
			walk(f.Fields)
		}
	}
	walk(s.Fields)
	if head["type"] == "" {
		return strings.Join(w, " | ")
	}
	return strings.Join(append([]string{fmt.Sprintf("type=%s length=%s flags=%s stream=%s", head["type"], head["length"], head["flags"], head["streamid"])}, w...), " | ")
}

// sameFrames compares two lists of frames and returns how many there are.
func sameFrames(t *testing.T, what string, ours, theirs map[string][]string) (n int) {
	t.Helper()
	for key, want := range theirs {
		got := ours[key]
		n += len(want)
		for i := range max(len(want), len(got)) {
			a, b := "nothing", "nothing"
			if i < len(got) {
				a = got[i]
			}
			if i < len(want) {
				b = want[i]
			}
			if a != b {
				t.Errorf("%s, %s, frame %d: we read\n  %s\ntshark\n  %s", what, key, i, a, b)
				break
			}
		}
	}
	if len(ours) != len(theirs) || n == 0 {
		t.Errorf("%s: we see %d directions, tshark %d, with %d frames", what, len(ours), len(theirs), n)
	}
	return n
}

// pageSize is the size of a file of some frames.
const pageSize = 150_000

// TestCapturesOfOthers: what curl, Chromium and our own client say to nghttpd,
// nginx and Node, captured by dumpcap, is read frame by frame as tshark reads
// it; and what we write of it is read by tshark as HTTP/2, the same frames, with
// nothing to warn of.
func TestCapturesOfOthers(t *testing.T) {
	f := newFolder(t)
	if err := os.WriteFile(filepath.Join(f.dir, "big"), f.big[:pageSize], 0o644); err != nil {
		t.Fatal(err)
	}
	s := newSecrets(t)
	keys := filepath.Join(t.TempDir(), "keys.txt")
	for _, sv := range servers {
		if sv.name != "nghttpd" && sv.name != "nginx" && sv.name != "Node" {
			continue
		}
		t.Run(sv.name, func(t *testing.T) {
			plain, _ := sv.start(t, f, nil)
			secure, _ := sv.start(t, f, s)
			if sv.name == "nginx" { // its files lie where its own configuration says
				probe(t, plain)
			}
			d := capture(t, []string{port(t, plain), port(t, secure)})
			conns := talkToAll(t, plain, secure, keys, s)
			entries, r := d.stop(t, conns, keys)
			a := explain(t, entries)
			for _, p := range a.Summary().Problems {
				if p.Code != "" {
					t.Errorf("frame %d is held against somebody: %+v", p.Frame, p)
				}
			}
			ours := listFrames(t, a)
			if c := r.Capture(); c.Lost != 0 || c.HTTP2 != conns {
				t.Fatalf("%v, want %d connections", r.Lines(), conns)
			}
			theirs := tshark(t, d.file, []string{port(t, plain), port(t, secure)}, "-d", "tcp.port=="+port(t, plain)+",http2", "-d", "tcp.port=="+port(t, secure)+",tls", "-o", "tls.keylog_file:"+keys)
			n := sameFrames(t, "captured", ours, theirs)
			back := backAndForth(t, entries)
			t.Logf("%s: %d connections, %d frames as tshark reads them, captured and written again (%d)", sv.name, conns, n, back)
		})
	}
}

// probe makes sure that a server answers.
func probe(t *testing.T, addr string) {
	t.Helper()
	if _, said, err := execute(t, "curl", "-sS", "-o", os.DevNull, "--http2-prior-knowledge", "http://"+addr+"/hello"); err != nil {
		t.Fatal(err, said)
	}
}

// talkToAll lets all clients speak and returns how many connections they make.
func talkToAll(t *testing.T, plain, secure, keys string, s *secrets) (conns int) {
	t.Helper()
	curl := func(args ...string) {
		t.Helper()
		conns++
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		cmd := exec.CommandContext(ctx, tool(t, "curl"), append([]string{"-sS", "--fail", "--cacert", s.ca, "-o", os.DevNull, "-o", os.DevNull, "-o", os.DevNull}, args...)...)
		cmd.Env = append(os.Environ(), "SSLKEYLOGFILE="+keys)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("curl %v: %v: %s", args, err, out)
		}
	}
	// One at a time: curl 7.88 fails when it uses such a connection again.
	curl("--http2-prior-knowledge", "http://"+plain+"/hello")
	curl("--http2-prior-knowledge", "http://"+plain+"/big")
	curl("https://"+secure+"/hello", "https://"+secure+"/big", "https://"+secure+"/hello")
	curl("--tls-max", "1.2", "https://"+secure+"/big", "https://"+secure+"/hello")
	curl("--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256", "https://"+secure+"/big")
	conns++
	var out, errOut safeBuffer
	if code := cli.Main(t.Context(), []string{"get", "http://" + plain + "/hello", "http://" + plain + "/big"}, strings.NewReader(""), &out, &errOut); code != cli.ExitOK {
		t.Fatalf("framewise get: %d: %s", code, errOut.String())
	}
	return conns
}

// backAndForth writes a record as a capture and lets tshark read it, without
// any hint at what it is.
func backAndForth(t *testing.T, entries []trace.Entry) (n int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "written.pcapng")
	var b bytes.Buffer
	if err := export.Write(&b, export.Pcapng, entries, export.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	written, _, err := readCapture(t, file, "")
	if err != nil {
		t.Fatal(err)
	}
	n = sameFrames(t, "written", listFrames(t, explain(t, written)), tshark(t, file, []string{"80"}))
	var was, is int
	for _, list := range listFrames(t, explain(t, entries)) {
		was += len(list)
	}
	for _, list := range listFrames(t, explain(t, written)) {
		is += len(list)
	}
	if was != is {
		t.Errorf("the record has %d frames, what was written of it %d", was, is)
	}
	const warning = 0x600000
	out, said, err := execute(t, "tshark", "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
		"-Y", fmt.Sprintf("_ws.expert.severity >= %d or tcp.checksum.status == 0 or ip.checksum.status == 0", warning))
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("tshark warns: %v %s %s", err, said, out)
	}
	return n
}

// TestCaptureOfChromium: a page with its parts, over TLS, with the browser's own
// key log.
func TestCaptureOfChromium(t *testing.T) {
	f := newFolder(t)
	page := "<link rel=stylesheet href=/hello><img src=/page><p>hello"
	for name, b := range map[string][]byte{"index.html": []byte(page), "page": f.big[:pageSize]} {
		if err := os.WriteFile(filepath.Join(f.dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := newSecrets(t)
	for _, sv := range servers {
		if sv.name != "nghttpd" && sv.name != "nginx" {
			continue
		}
		t.Run(sv.name, func(t *testing.T) {
			addr, _ := sv.start(t, f, s)
			d := capture(t, []string{port(t, addr)})
			dir := t.TempDir()
			keys, netlog := filepath.Join(dir, "keys.txt"), filepath.Join(dir, "net.json")
			ctx, cancel := context.WithTimeout(context.Background(), bound)
			defer cancel()
			cmd := exec.CommandContext(ctx, tool(t, "chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync", "--ignore-certificate-errors",
				"--user-data-dir="+filepath.Join(dir, "profile"), "--log-net-log="+netlog, "--net-log-capture-mode=IncludeSensitive",
				"--virtual-time-budget=5000", "--dump-dom", "https://"+addr+"/index.html")
			cmd.Env = append(os.Environ(), "SSLKEYLOGFILE="+keys)
			out, err := cmd.Output()
			if err != nil || !bytes.Contains(out, []byte("hello")) {
				t.Fatalf("chromium: %v: %s", err, out)
			}
			entries, r := d.stop(t, 1, keys)
			ours := listFrames(t, explain(t, entries))
			theirs := tshark(t, d.file, []string{port(t, addr)}, "-d", "tcp.port=="+port(t, addr)+",tls", "-o", "tls.keylog_file:"+keys)
			n := sameFrames(t, "captured", ours, theirs)
			logged := netLogFrames(t, netlog)
			captured := requests(ours)
			for _, want := range []string{":path: /index.html", ":path: /page", ":path: /hello"} {
				if !slices.Contains(logged, want) || !slices.Contains(captured, want) {
					t.Errorf("%q is not in both the capture %q and the NetLog %q", want, captured, logged)
				}
			}
			t.Logf("%s: %d frames as tshark reads them; %v", sv.name, n, r.Lines())
		})
	}
}

// netLogFrames reads Chromium's own log of the same.
func netLogFrames(t *testing.T, file string) []string {
	t.Helper()
	entries, _, err := readCapture(t, file, "")
	if err != nil {
		t.Fatal(err)
	}
	a := explain(t, entries)
	out := map[string][]string{}
	for i := range a.Summary().Frames {
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		if d.Row.Kind == "frame" {
			out["c2s"] = append(out["c2s"], frameWords(d))
		}
	}
	return requests(out)
}

// requests are the paths that were asked for.
func requests(frames map[string][]string) (out []string) {
	for _, list := range frames {
		for _, words := range list {
			for w := range strings.SplitSeq(words, " | ") {
				if strings.HasPrefix(w, ":path: ") {
					out = append(out, w)
				}
			}
		}
	}
	return out
}
