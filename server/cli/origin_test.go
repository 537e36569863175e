package cli

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// folder is what the origin serves in tests.
func folder(t *testing.T) (dir string, big []byte) {
	t.Helper()
	base := t.TempDir()
	dir = filepath.Join(base, "public")
	big = pattern(10 << 20)
	for name, b := range map[string][]byte{
		"public/big": big, "public/index.html": []byte("<p>index"), "public/sub/index.html": []byte("<p>sub"),
		"public/a b.txt": []byte("spaced"), "public/ten": []byte("0123456789"), "public/empty": nil, "secret": []byte("secret"),
	} {
		p := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../secret", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return dir, big
}

// curl and nghttp get 10 MiB and send 10 MiB, in clear and over TLS.
func TestOriginServesOthersClients(t *testing.T) {
	dir, big := folder(t)
	s := newSecrets(t)
	for _, secure := range []*secrets{nil, &s} {
		name, args := "h2c", []string{"origin", "--listen", "127.0.0.1:0", "--dir", dir}
		how := "--http2-prior-knowledge"
		if secure != nil {
			name, how = "TLS", "--http2"
			args = append(args, "--cert", s.cert, "--key", s.key)
		}
		t.Run(name, func(t *testing.T) {
			d := start(t, args...)
			at := func(path string) string { return urlOf(secure, d.addr, path) }
			file := filepath.Join(dir, "big")
			curl := func(more ...string) []byte {
				return execute(t, nil, "curl", append([]string{"-sS", "-k", "--max-time", "50", how}, more...)...)
			}
			if got := curl(at("/big")); !bytes.Equal(got, big) {
				t.Errorf("curl got %d octets, not those of the file", len(got))
			}
			if got := curl("--data-binary", "@"+file, at("/any/path")); string(got) != "10485760" {
				t.Errorf("curl's POST was answered %q", got)
			}
			if got := curl("-T", file, at("/put")); string(got) != "10485760" {
				t.Errorf("curl's PUT was answered %q", got)
			}
			if got := execute(t, nil, "nghttp", at("/big")); !bytes.Equal(got, big) {
				t.Errorf("nghttp got %d octets, not those of the file", len(got))
			}
			if got := execute(t, nil, "nghttp", "-d", file, at("/up")); string(got) != "10485760" {
				t.Errorf("nghttp's POST was answered %q", got)
			}
			got := string(execute(t, nil, "nghttp", "-nv", "-m", "20", at("/big"), at("/ten")))
			if !strings.Contains(got, "recv SETTINGS") || strings.Contains(got, "RST_STREAM") || strings.Count(got, ":status: 200") != 40 {
				t.Errorf("nghttp -m 20 of two files shows %d responses with 200", strings.Count(got, ":status: 200"))
			}
		})
	}
}

// Clients that begin with HTTP/1.1 and ask for h2c get it; others are told.
func TestOriginUpgrades(t *testing.T) {
	dir, big := folder(t)
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	at, file := "http://"+d.addr, filepath.Join(dir, "big")
	curl := func(args ...string) string {
		return string(execute(t, nil, "curl", append([]string{"-sS", "--max-time", "50"}, args...)...))
	}
	if got := curl("--http2", "-w", " %{http_version}", at+"/ten"); got != "0123456789 2" {
		t.Errorf("curl --http2: %q; want the file by version 2", got)
	}
	if got := curl("--http2", at+"/big"); got != string(big) {
		t.Errorf("curl --http2 got %d octets, not those of the file", len(got))
	}
	if got := curl("--http2", "-w", " %{http_version}", "-d", "12345", at+"/up"); got != "5 2" {
		t.Errorf("curl --http2 -d: %q", got)
	}
	if got := curl("--http2", "--data-binary", "@"+file, at+"/up"); got != "10485760" {
		t.Errorf("curl --http2 with 10 MiB: %q", got)
	}
	if got := execute(t, nil, "nghttp", "-u", at+"/big"); !bytes.Equal(got, big) {
		t.Errorf("nghttp -u got %d octets, not those of the file", len(got))
	}
	if got := execute(t, nil, "nghttp", "-u", "-d", file, at+"/up"); string(got) != "10485760" {
		t.Errorf("nghttp -u -d: %q", got)
	}
	got := curl("--http1.1", "-i", at+"/ten")
	if !strings.HasPrefix(got, "HTTP/1.1 426 ") || !strings.Contains(got, "curl --http2-prior-knowledge http://"+d.addr+"/") {
		t.Errorf("HTTP/1.1: %q; want 426 and what to do", got)
	}
	for _, head := range []string{
		"HTTP2-Settings: AAMAAABk%%\r\n", "HTTP2-Settings: AAMA\r\n", "HTTP2-Settings: AAQAAP__\r\nHTTP2-Settings: AAQAAP__\r\n",
		"HTTP2-Settings: AAT_____\r\n",
	} {
		c, err := net.Dial("tcp", d.addr)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(bound))
		fmt.Fprintf(c, "%s", "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"+head+"\r\n")
		b, _ := io.ReadAll(c)
		c.Close()
		if !strings.HasPrefix(string(b), "HTTP/1.1 400 ") {
			t.Errorf("%q was answered %q; want 400", head, b)
		}
	}
}

func TestOriginAnswers(t *testing.T) {
	dir, big := folder(t)
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir, "--header", "X-One: 1", "--header", "x-two:2")
	ask := func(args ...string) (status string, head map[string]string, body string) {
		t.Helper()
		path := args[len(args)-1]
		out := string(execute(t, nil, "curl", append([]string{"-sS", "-i", "--max-time", "50", "--path-as-is", "--http2-prior-knowledge"},
			append(args[:len(args)-1:len(args)-1], "http://"+d.addr+path)...)...))
		top, body, _ := strings.Cut(out, "\r\n\r\n")
		head = map[string]string{}
		for i, line := range strings.Split(top, "\r\n") {
			if i == 0 {
				status = strings.Fields(line)[1]
				continue
			}
			k, v, _ := strings.Cut(line, ": ")
			head[k] = v
		}
		return status, head, body
	}
	_, head, _ := ask("/ten")
	etag, modified := head["etag"], head["last-modified"]
	tests := []struct {
		args   []string
		status string
		body   string
		head   map[string]string
	}{
		{[]string{"/"}, "200", "<p>index", map[string]string{"content-type": "text/html; charset=utf-8", "content-length": "8", "x-one": "1", "x-two": "2"}},
		{[]string{"/?query"}, "200", "<p>index", nil},
		{[]string{"/sub/"}, "200", "<p>sub", nil},
		{[]string{"/sub?x"}, "308", "This is a folder: its address ends in a slash.\n", map[string]string{"location": "/sub/?x"}},
		{[]string{"/a%20b.txt"}, "200", "spaced", map[string]string{"content-type": "text/plain; charset=utf-8"}},
		{[]string{"/empty"}, "200", "", map[string]string{"content-length": "0"}},
		{[]string{"/none"}, "404", "There is no such file.\n", map[string]string{"x-one": "1"}},
		{[]string{"/../secret"}, "404", "There is no such file.\n", nil},
		{[]string{"/sub/../../secret"}, "404", "There is no such file.\n", nil},
		{[]string{"/%2e%2e/secret"}, "404", "There is no such file.\n", nil},
		{[]string{"/..%2fsecret"}, "404", "There is no such file.\n", nil},
		{[]string{"/..%5csecret"}, "404", "There is no such file.\n", nil},
		{[]string{"//secret"}, "404", "There is no such file.\n", nil},
		{[]string{"/link"}, "404", "There is no such file.\n", nil}, // it leads out of the folder
		{[]string{"/%zz"}, "404", "There is no such file.\n", nil},
		{[]string{"/ten%00"}, "404", "There is no such file.\n", nil},
		{[]string{"-I", "/ten"}, "200", "", map[string]string{"content-length": "10"}},
		{[]string{"-X", "DELETE", "/ten"}, "405", "This server answers GET, HEAD, POST and PUT.\n", map[string]string{"allow": "GET, HEAD, POST, PUT"}},
		{[]string{"-d", "", "/x"}, "200", "0", nil},
		{[]string{"-d", "12345", "/x"}, "200", "5", map[string]string{"content-type": "text/plain; charset=utf-8"}},
		{[]string{"-H", "If-None-Match: " + etag, "/ten"}, "304", "", map[string]string{"etag": etag}},
		{[]string{"-H", `If-None-Match: "x", W/` + etag, "/ten"}, "304", "", nil},
		{[]string{"-H", `If-None-Match: "x"`, "/ten"}, "200", "0123456789", nil},
		{[]string{"-H", "If-Modified-Since: " + modified, "/ten"}, "304", "", nil},
		{[]string{"-H", "If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT", "/ten"}, "200", "0123456789", nil},
		{[]string{"-H", "Range: bytes=2-4", "/ten"}, "206", "234", map[string]string{"content-range": "bytes 2-4/10"}},
		{[]string{"-H", "Range: bytes=7-", "/ten"}, "206", "789", nil},
		{[]string{"-H", "Range: bytes=-3", "/ten"}, "206", "789", nil},
		{[]string{"-H", "Range: bytes=5-99", "/ten"}, "206", "56789", nil},
		{[]string{"-H", "Range: bytes=10-", "/ten"}, "416", "", map[string]string{"content-range": "bytes */10"}},
		{[]string{"-H", "Range: bytes=0-1,3-4", "/ten"}, "200", "0123456789", nil},
		{[]string{"-H", "Range: bytes=0-1", "-H", `If-Range: "x"`, "/ten"}, "200", "0123456789", nil},
		{[]string{"-H", "Range: bytes=1048570-1048585", "/big"}, "206", string(big[1048570:1048586]), nil},
	}
	for _, tt := range tests {
		status, head, body := ask(tt.args...)
		if status != tt.status || body != tt.body {
			t.Errorf("curl %s: %s %q; want %s %q", strings.Join(tt.args, " "), status, body, tt.status, tt.body)
		}
		for k, v := range tt.head {
			if head[k] != v {
				t.Errorf("curl %s: %s is %q; want %q", strings.Join(tt.args, " "), k, head[k], v)
			}
		}
	}
}

// A file that is kept in memory is looked at again after a second.
func TestOriginSeesChanges(t *testing.T) {
	dir, _ := folder(t)
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	file := filepath.Join(dir, "ten")
	read := func() string {
		_, out, _ := run(t, "get", "http://"+d.addr+"/ten")
		return out
	}
	if got := read(); got != "0123456789" {
		t.Fatalf("got %q", got)
	}
	if err := os.WriteFile(file, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(bound); read() != "changed"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the change was never seen")
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(bound); read() != "There is no such file.\n"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the removal was never seen")
		}
	}
}

// A stop lets streams that are open go on.
func TestOriginStopsInOrder(t *testing.T) {
	dir, big := folder(t)
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	file := filepath.Join(t.TempDir(), "got")
	done := make(chan struct{})
	go func() {
		defer close(done)
		execute(t, nil, "curl", "-sS", "--limit-rate", "8M", "--http2-prior-knowledge", "-o", file, "http://"+d.addr+"/big")
	}()
	for deadline := time.Now().Add(bound); ; time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(file); err == nil && info.Size() > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("curl got nothing")
		}
	}
	d.stop()
	<-done
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, big) {
		t.Errorf("the client got %d octets of %d, %v", len(got), len(big), err)
	}
}

func TestOriginMistakes(t *testing.T) {
	s := newSecrets(t)
	other := newSecrets(t)
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--dir", filepath.Join(t.TempDir(), "none")}, ExitFailed, "can't be served"},
		{[]string{"--cert", s.cert}, ExitUsage, "belong together"},
		{[]string{"--cert", s.cert, "--key", s.key + "x"}, ExitFailed, "can't be loaded"},
		{[]string{"--cert", s.cert, "--key", other.key}, ExitFailed, "can't be used"},
		{[]string{"--header", "nonsense"}, ExitUsage, "name:value"},
		{[]string{"--header", ":status: 500"}, ExitUsage, ":status"},
		{[]string{"--header", "Transfer-Encoding: chunked"}, ExitUsage, "transfer-encoding"},
		{[]string{"--header", "a b: c"}, ExitUsage, "names may not have"},
		{[]string{"--listen", "256.0.0.1:1"}, ExitUsage, "--listen 256.0.0.1:1"},
	} {
		code, _, errOut := run(t, append([]string{"origin", "--dir", t.TempDir()}, tt.args...)...)
		if code != tt.code || !strings.Contains(errOut, tt.says) {
			t.Errorf("origin %v: code %d, %q; want code %d and %q", tt.args, code, errOut, tt.code, tt.says)
		}
	}
}
