package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
)

// client is an HTTP/2 client of others.
type client struct {
	name   string
	links  []string
	cannot map[string]string
	// run does what a column asks for and fails the test when the client saw
	// anything wrong. For "stop" the server is stopped when content is on its way.
	run func(t *testing.T, v *visit)
}

// visit is one column of one client.
type visit struct {
	column  string
	url     func(path string) string
	secure  *secrets // nil: cleartext
	folder  *folder
	leaving func() bool // our server has sent GOAWAY
}

const noReset = "resets no stream and goes on with its connection"

var clients = []client{
	{name: "nghttp", links: links, run: runNghttp, cannot: map[string]string{"reset": "nghttp " + noReset}},
	{name: "nghttp Upgrade", links: links[:1], run: runNghttp, cannot: map[string]string{
		"reset": "nghttp " + noReset,
		"HEAD":  "nghttp has no HEAD by HTTP/1.1"}},
	{name: "curl", links: links[:1], run: runCurl, cannot: map[string]string{
		"trailers": noCurlTrailers, "GOAWAY": noCurlGoAway, "50": noCurlReuse, "reset": noCurlReuse}},
	{name: "curl Upgrade", links: links[:1], run: runCurl, cannot: curlCannot},
	{name: "curl", links: links[1:], run: runCurl, cannot: curlCannot},
	{name: "Node", links: links, run: runNodeClient},
	{name: "net/http", links: links, run: runNetHTTPClient, cannot: map[string]string{
		"GOAWAY": "net/http's client closes its connections without GOAWAY"}},
	{name: "h2load", links: links, run: runH2load, cannot: map[string]string{
		"reset": "h2load " + noReset, "trailers": "h2load sends no trailers"}},
}

const (
	noCurlTrailers = "curl's command sends no trailers"
	noCurlGoAway   = "curl 7.88 closes its connections without GOAWAY"
	// Seen with nghttpd too: the second transfer fails with code 16.
	noCurlReuse = "curl 7.88 can't use a connection of prior knowledge twice, with any server"
)

var curlCannot = map[string]string{"trailers": noCurlTrailers, "GOAWAY": noCurlGoAway}

// Our server does all that HTTP/2 has with the clients of others. What a client
// printed is checked, and the record of our server for what it sent.
func TestServerTable(t *testing.T) {
	f, s := newFolder(t), newSecrets(t)
	tb := &table{title: "our server with"}
	for _, c := range clients {
		for _, link := range c.links {
			name := c.name + " " + link
			t.Run(name, func(t *testing.T) {
				tb.row(t, name, c.cannot, func(t *testing.T, column string) { serve(t, c, column, f, s.on(link)) })
			})
		}
	}
	tb.print(t)
}

// serve runs one column against a server of its own.
func serve(t *testing.T, c client, column string, f *folder, s *secrets) {
	rec := &record{}
	d := startOurs(t, f.dir, s, rec)
	v := &visit{column: column, folder: f, secure: s, leaving: func() bool { return goneAway(t, rec) }, url: func(path string) string { return s.url(d.addr, path) }}
	stopped := make(chan error, 1)
	if column == "stop" {
		over := make(chan struct{})
		defer close(over)
		go func() { stopped <- stopOnRequest(rec, d, over) }()
	}
	c.run(t, v)
	if column == "stop" {
		if err := <-stopped; err != nil {
			t.Errorf("our server did not stop in order: %v", err)
		}
	}
	if err := d.stop(); err != nil {
		t.Errorf("our server did not stop in order: %v", err)
	}
	if n := connections(rec.take()); n != 1 {
		t.Errorf("the client made %d connections; want one", n)
	}
	checkFrames(t, column, framesOf(t, rec.take()))
}

func connections(entries []trace.Entry) (n int) {
	for _, e := range entries {
		if _, ok := e.(*trace.Conn); ok {
			n++
		}
	}
	return n
}

// stopOnRequest stops our server when a request has come.
func stopOnRequest(rec *record, d *ours, over <-chan struct{}) error {
	for {
		for _, e := range rec.take() {
			if c, ok := e.(*trace.Chunk); ok && c.Dir == trace.ToClient && len(c.Octets) > 4096 {
				return d.stop() // content is on its way
			}
		}
		select {
		case <-over:
			return fmt.Errorf("no request came")
		case <-time.After(time.Millisecond):
		}
	}
}

// goneAway says whether our server has sent GOAWAY.
func goneAway(t *testing.T, rec *record) bool {
	return first(framesOf(t, rec.take()), func(s seen) bool { return s.dir == trace.ToClient && s.header.Type == frame.GoAway }) >= 0
}

// checkFrames holds the record against what the column is about.
func checkFrames(t *testing.T, column string, list []seen) {
	t.Helper()
	from := func(dir trace.Dir, typ frame.Type) int {
		return first(list, func(s seen) bool { return s.dir == dir && s.header.Type == typ })
	}
	if i := first(list, func(s seen) bool { return s.header.Type == frame.GoAway && s.code != frame.NoError }); i >= 0 {
		t.Errorf("GOAWAY with %s was sent (%v)", list[i].code, list[i].dir)
	}
	if i := first(list, func(s seen) bool {
		return s.header.Type == frame.RSTStream && (column != "reset" || s.dir != trace.ToServer)
	}); i >= 0 {
		t.Errorf("RST_STREAM with %s was sent (%v)", list[i].code, list[i].dir)
	}
	switch column {
	case "trailers":
		if n := countHeaders(list); n != 2 {
			t.Errorf("the client sent %d field sections; want a request and a trailer section", n)
		}
	case "reset":
		if from(trace.ToServer, frame.RSTStream) < 0 {
			t.Error("the client sent no RST_STREAM")
		}
	case "GOAWAY":
		if from(trace.ToServer, frame.GoAway) < 0 {
			t.Error("the client sent no GOAWAY")
		}
	case "stop":
		away := from(trace.ToClient, frame.GoAway)
		end := first(list, func(s seen) bool {
			return s.dir == trace.ToClient && s.header.Type == frame.Data && s.header.Flags.Has(frame.FlagEndStream)
		})
		if away < 0 || end < 0 || away > end {
			t.Errorf("our GOAWAY is frame %d and the end of the content frame %d; want it before", away, end)
		}
	}
}

// countHeaders counts the field sections that the client sent on stream 1 or,
// where that came by Upgrade, the trailer section and one for the request.
func countHeaders(list []seen) (n int) {
	for _, s := range list {
		if s.dir == trace.ToServer && s.header.Type == frame.Headers {
			n++
		}
	}
	return n
}

// output runs a tool that must end well.
func output(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, said, err := execute(t, name, args...)
	if err != nil {
		t.Errorf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, said, out[:min(len(out), 2000)])
	}
	return out
}

func wantText(t *testing.T, got []byte, want string) {
	t.Helper()
	if string(got) != want {
		t.Errorf("the client printed %q; want %q", got[:min(len(got), 500)], want)
	}
}

var postLength = fmt.Sprint(postSize)

func runNghttp(t *testing.T, v *visit) {
	var args []string
	if strings.Contains(t.Name(), "Upgrade") {
		args = append(args, "-u")
	}
	ask := func(more ...string) []byte { return output(t, "nghttp", append(args, more...)...) }
	switch v.column {
	case "GET", "GOAWAY":
		wantText(t, ask(v.url("/hello")), hello)
	case "10 MiB":
		wantBody(t, ask(v.url("/big")), v.folder.big)
	case "POST":
		wantText(t, ask("-d", v.folder.postFile, v.url("/up")), postLength)
	case "HEAD":
		out := string(ask("-v", "-H", ":method: HEAD", v.url("/big")))
		if !strings.Contains(out, ":status: 200") || !strings.Contains(out, fmt.Sprint("content-length: ", bigSize)) || strings.Contains(out, "recv DATA") {
			t.Errorf("nghttp shows:\n%s", out)
		}
	case "trailers":
		wantText(t, ask("-d", v.folder.postFile, "--trailer", "x-sum: 42", v.url("/up")), postLength)
	case "50":
		out := ask("-v", "-n", "-m", "50", v.url("/hello"))
		if n := bytes.Count(out, []byte(":status: 200")); n != 50 {
			t.Errorf("nghttp shows %d responses with 200; want 50", n)
		}
	case "stop": // a small window makes it last
		wantBody(t, ask("-w", "12", v.url("/big")), v.folder.big)
	}
}

func runCurl(t *testing.T, v *visit) {
	args := []string{"-sS", "--max-time", fmt.Sprint(int(bound.Seconds()))}
	switch {
	case v.secure != nil:
		args = append(args, "--http2", "--cacert", v.secure.ca)
	case strings.Contains(t.Name(), "Upgrade"):
		args = append(args, "--http2")
	default:
		args = append(args, "--http2-prior-knowledge")
	}
	ask := func(more ...string) []byte { return output(t, "curl", append(args, more...)...) }
	switch v.column {
	case "GET":
		wantText(t, ask("-w", "%{http_version}", v.url("/hello")), hello+"2")
	case "10 MiB":
		wantBody(t, ask(v.url("/big")), v.folder.big)
	case "POST":
		wantText(t, ask("--data-binary", "@"+v.folder.postFile, v.url("/up")), postLength)
	case "HEAD":
		out := string(ask("-I", v.url("/big")))
		if !strings.Contains(out, "HTTP/2 200") || !strings.Contains(out, fmt.Sprint("content-length: ", bigSize)) {
			t.Errorf("curl -I shows %q", out)
		}
	case "50":
		out := ask("-Z", "--parallel-max", "50", "-w", "%{http_version} %{response_code} %{num_connects}\n", v.url("/hello?[1-50]"))
		if n := bytes.Count(out, []byte("2 200 ")); n != 50 {
			t.Errorf("curl shows %d responses by version 2 with 200; want 50:\n%s", n, out)
		}
	case "reset": // the first is given up because it is too large, the second goes on
		out, said, _ := execute(t, "curl", append(args, "-w", "%{num_connects} ", "--max-filesize", "1000", v.url("/big"), v.url("/hello"))...)
		if !strings.HasSuffix(string(out), hello+"0 ") {
			t.Errorf("curl shows %q, %s; want the second file on the same connection", out[:min(len(out), 500)], said)
		}
	case "stop":
		wantBody(t, ask("--limit-rate", "10M", v.url("/big")), v.folder.big)
	}
}

var h2loadLine = regexp.MustCompile(`requests: (\d+) total, \d+ started, \d+ done, (\d+) succeeded`)
var h2loadData = regexp.MustCompile(`\((\d+)\) data`)

func runH2load(t *testing.T, v *visit) {
	n, octets := 1, len(hello)
	args, path := []string{"-c", "1"}, "/hello"
	switch v.column {
	case "10 MiB":
		path, octets = "/big", bigSize
	case "POST":
		args, path, octets = append(args, "-d", v.folder.postFile), "/up", len(postLength)
	case "HEAD":
		args, octets = append(args, "-H", ":method: HEAD"), 0
	case "50":
		n = 50
		args, octets = append(args, "-m", "50"), 50*len(hello)
	case "stop":
		args, path, octets = append(args, "-w", "12"), "/big", bigSize
	}
	out := string(output(t, "h2load", append(args, "-n", fmt.Sprint(n), v.url(path))...))
	got, data := h2loadLine.FindStringSubmatch(out), h2loadData.FindStringSubmatch(out)
	if got == nil || data == nil || got[2] != fmt.Sprint(n) || data[1] != fmt.Sprint(octets) {
		t.Errorf("h2load shows other figures than %d requests with %d octets:\n%s", n, octets, out)
	}
}

// nodeResult is what node_client.mjs prints.
type nodeResult struct {
	Status   int
	Declared string
	Length   int
	Text     string
	SHA256   string
	GoAway   *int
}

func runNodeClient(t *testing.T, v *visit) {
	args := []string{"node_client.mjs", v.column, strings.TrimSuffix(v.url(""), "/"), v.folder.postFile}
	if v.secure != nil {
		args = append(args, v.secure.ca)
	}
	p := background(t, "node", args...)
	if v.column == "stop" {
		p.says("begun")
		v.stopBegun(t)
		io.WriteString(p.in, "go on\n")
	}
	line := p.says(`{`)
	var r nodeResult
	if err := json.Unmarshal([]byte("{"+line), &r); err != nil {
		t.Fatalf("Node's client printed %q: %v", line, err)
	}
	want := map[string]nodeResult{
		"GET": {Text: hello}, "reset": {Text: hello}, "POST": {Text: postLength}, "trailers": {Text: "7"},
		"50":     {Text: strings.Repeat(hello, 50)},
		"HEAD":   {Declared: fmt.Sprint(bigSize), SHA256: digest(nil)},
		"10 MiB": {SHA256: digest(v.folder.big)}, "GOAWAY": {SHA256: digest(v.folder.big)}, "stop": {SHA256: digest(v.folder.big)},
	}[v.column]
	if r.Status != 200 || want.Text != "" && r.Text != want.Text || want.SHA256 != "" && r.SHA256 != want.SHA256 ||
		want.Declared != "" && r.Declared != want.Declared {
		t.Errorf("Node's client saw %+v; want 200 and %+v", r, want)
	}
	if v.column == "stop" && (r.GoAway == nil || *r.GoAway != 0) {
		t.Error("Node's client saw no GOAWAY with NO_ERROR")
	}
}

// stopBegun waits until the stop, which the visit began, has sent its GOAWAY.
func (v *visit) stopBegun(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(bound); !v.leaving(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("our server does not stop")
		}
	}
}
