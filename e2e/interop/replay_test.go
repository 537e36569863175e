package interop

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"framewise/server/cli"
)

// verdict is what framewise replay --json says of a connection.
type verdict struct {
	Same       bool
	Stopped    string
	Streams    int
	Difference *struct {
		Stream         uint32
		Text, Field    string
		Frame, Nth     int
		Octet          int64
		Recorded, Live string
		LiveNth        int
		LiveOctet      int64
	}
}

// command runs framewise to its end.
func command(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	var o, e safeBuffer
	code = cli.Main(ctx, args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func replayTo(t *testing.T, args ...string) (v verdict) {
	t.Helper()
	_, out, errOut := command(t, append([]string{"replay", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("replay %v: %v in %q%s", args, err, out, errOut)
	}
	return v
}

// What framewise get recorded with a real server, and what was captured of curl
// with it, is said to that server again, and it says the same; when a file has
// changed it is found; and curl gets from the record what it got from the server.
func TestReplayAgainstServers(t *testing.T) {
	s := newSecrets(t)
	for _, srv := range servers {
		if srv.name == "h2o" {
			continue // counts connections in a field
		}
		for _, link := range links {
			t.Run(srv.name+" "+link, func(t *testing.T) {
				f := newFolder(t)
				tls := s.on(link)
				addr, _ := srv.start(t, f, tls)
				trust := []string{"--ca", s.ca}
				ignore := []string{"--ignore", "date", "--ignore", "last-modified", "--ignore", "etag"}
				got := filepath.Join(t.TempDir(), "got.h2trace")
				if code, _, errOut := command(t, append([]string{"get", "-o", got, tls.url(addr, "/hello"), tls.url(addr, "/big")}, trust...)...); code != cli.ExitOK {
					t.Fatal(errOut)
				}
				to := append([]string{got, "--to", addr}, append(trust, ignore...)...)
				if v := replayTo(t, to...); !v.Same || v.Streams != 2 {
					t.Errorf("get's record: %+v %+v", v, v.Difference)
				}
				file, keys := captured(t, addr, tls, s)
				back := append([]string{file, "--keys", keys, "--to", addr}, append(trust, ignore...)...)
				if v := replayTo(t, back...); !v.Same || v.Streams != 1 {
					t.Errorf("the capture: %+v %+v", v, v.Difference)
				}
				served(t, file, keys, tls, s)
				// Another server of the kind, whose file has another octet.
				other := newFolder(t)
				if err := os.WriteFile(filepath.Join(other.dir, "hello"), []byte(strings.Replace(hello, "peer", "pier", 1)), 0o644); err != nil {
					t.Fatal(err)
				}
				addr, _ = srv.start(t, other, tls)
				v := replayTo(t, append([]string{got, "--to", addr}, append(trust, ignore...)...)...)
				if d := v.Difference; v.Same || d == nil || d.Stream != 1 || !strings.Contains(d.Text, "first octet 14: 0x65 in the trace, 0x69 now") || d.Frame == 0 {
					t.Fatalf("a changed file: %+v %+v", v, d)
				}
				_, out, _ := command(t, "inspect", got)
				if line := strings.Split(out, "\n")[v.Difference.Frame]; !strings.Contains(line, "DATA") || !strings.Contains(line, "← ") {
					t.Errorf("frame %d is %q", v.Difference.Frame, line)
				}
			})
		}
	}
}

// captured is a capture of curl asking for /hello, and the log of its keys.
func captured(t *testing.T, addr string, tls, s *secrets) (file, keys string) {
	t.Helper()
	keys = filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(keys, []byte("# none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := capture(t, []string{port(t, addr)})
	t.Setenv("SSLKEYLOGFILE", keys)
	curlHello(t, addr, tls, s)
	t.Setenv("SSLKEYLOGFILE", "")
	d.stop(t, 1, keys)
	return d.file, keys
}

func curlHello(t *testing.T, addr string, tls, s *secrets) string {
	t.Helper()
	how := "--http2-prior-knowledge"
	if tls != nil {
		how = "--http2"
	}
	out, said, err := execute(t, "curl", "-sS", how, "--cacert", s.ca, "--max-time", "20", "-H", "Host: the.host", tls.url(addr, "/hello"))
	if err != nil {
		t.Fatalf("curl: %v %s", err, said)
	}
	return string(out)
}

// served has curl ask the record's server.
func served(t *testing.T, file, keys string, tls, s *secrets) {
	t.Helper()
	args := []string{"replay", "--serve", file, "--keys", keys, "--json", "--wait", "20s", "-q"}
	if tls != nil {
		args = append(args, "--cert", s.cert, "--key", s.key)
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	var out, errOut safeBuffer
	var all sync.WaitGroup
	code := 0
	all.Go(func() { code = cli.Main(ctx, args, strings.NewReader(""), &out, &errOut) })
	var at struct{ Listening string }
	for deadline := time.Now().Add(bound); at.Listening == ""; time.Sleep(5 * time.Millisecond) {
		line, _, whole := strings.Cut(out.String(), "\n")
		if whole {
			json.Unmarshal([]byte(line), &at)
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not listen: %s%s", out.String(), errOut.String())
		}
	}
	_, addr, _ := strings.Cut(at.Listening, "://")
	if got := curlHello(t, addr, tls, s); got != hello {
		t.Errorf("curl got %q from the record", got)
	}
	all.Wait()
	if code != cli.ExitOK {
		t.Errorf("the record's server says %d: %s%s", code, out.String(), errOut.String())
	}
}
