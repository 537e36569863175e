package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"framewise/core/trace"
	"framewise/server/origin"
	"framewise/transport"
	"framewise/transport/testcert"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bound is how long a step of a test may take before it counts as hung.
const bound = 60 * time.Second

// tool finds a program that the tests need.
func tool(t testing.TB, name string) string {
	t.Helper()
	for _, p := range []string{name, "/usr/sbin/" + name} { // Debian keeps nghttpd and nginx in sbin
		if found, err := exec.LookPath(p); err == nil {
			return found
		}
	}
	t.Fatalf("%s is missing: './build.sh deps' installs it", name)
	return ""
}

// execute runs a tool to its end, for at most bound.
func execute(t testing.TB, name string, args ...string) (out []byte, said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, name), args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.Bytes(), e.String(), err
}

// process is a program that runs until the test ends.
type process struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	out   safeBuffer
	in    io.WriteCloser
	ended chan struct{}
}

// background starts a program. Its standard input stays open until the test
// ends.
func background(t testing.TB, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(tool(t, name), args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	// Its own group, so that the workers of nginx end with their master.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = time.Second
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.in.Close()
		p.signal(syscall.SIGTERM) // so that a master ends its workers
		select {
		case <-p.ended:
		case <-time.After(bound / 20):
			syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-p.ended
		}
	})
	return p
}

// says waits until the program has printed a line that begins so, and returns
// its rest.
func (p *process) says(prefix string) string {
	p.t.Helper()
	for deadline := time.Now().Add(bound); ; time.Sleep(5 * time.Millisecond) {
		for line := range strings.Lines(p.out.String()) {
			if rest, ok := strings.CutPrefix(line, prefix); ok && strings.HasSuffix(rest, "\n") {
				return strings.TrimSpace(rest)
			}
		}
		p.alive(deadline, "did not print "+prefix)
	}
}

// accepts waits until something accepts connections at the address.
func (p *process) accepts(addr string) {
	p.t.Helper()
	for deadline := time.Now().Add(bound); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
		p.alive(deadline, "accepts no connection at "+addr)
	}
}

func (p *process) alive(deadline time.Time, else_ string) {
	p.t.Helper()
	select {
	case <-p.ended:
		p.t.Fatalf("%s ended: %s", p.name, p.out.String())
	default:
	}
	if time.Now().After(deadline) {
		p.t.Fatalf("%s %s: %s", p.name, else_, p.out.String())
	}
}

// signal sends a signal to the program, not to its children.
func (p *process) signal(s syscall.Signal) { p.cmd.Process.Signal(s) }

// safeBuffer is a bytes.Buffer for several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// freePort finds a port for a program that can't choose one by itself. Another
// program may take it meanwhile; it is then told by its end.
func freePort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}

// secrets are a certificate for 127.0.0.1 and localhost, as files too.
type secrets struct {
	cert, key, ca string
	pair          tls.Certificate
	pool          *x509.CertPool
}

func newSecrets(t testing.TB) *secrets {
	t.Helper()
	a := testcert.New(t)
	s := &secrets{pair: a.Server(t, time.Time{}, "127.0.0.1", "localhost"), pool: a.Pool}
	s.cert, s.key, s.ca = a.Files(t, s.pair)
	return s
}

// links are the two ways to reach a peer.
var links = []string{"h2c", "TLS"}

// on returns the secrets for a link: nil for cleartext.
func (s *secrets) on(link string) *secrets {
	if link == "TLS" {
		return s
	}
	return nil
}

func (s *secrets) url(addr, path string) string {
	if s != nil {
		return "https://" + addr + path
	}
	return "http://" + addr + path
}

// hello and the patterns are what every peer serves and takes.
const hello = "hello from a peer\n"

const (
	bigSize  = 10 << 20
	postSize = 1 << 20
)

// pattern is octets that differ from each other at every distance that a lost
// or doubled frame could make.
func pattern(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// folder is what is served, and files to be sent.
type folder struct {
	dir       string
	big, post []byte
	postFile  string
}

func newFolder(t testing.TB) *folder {
	t.Helper()
	base := t.TempDir()
	// nginx's workers give up root: they must be able to read the files.
	for d := base; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		os.Chmod(d, 0o755)
	}
	f := &folder{dir: filepath.Join(base, "public"), big: pattern(bigSize), post: pattern(postSize), postFile: filepath.Join(base, "post")}
	if err := os.Mkdir(f.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		filepath.Join(f.dir, "hello"): []byte(hello), filepath.Join(f.dir, "big"): f.big,
		filepath.Join(f.dir, "index.html"): []byte(hello), f.postFile: f.post,
	} {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// ours is our server, in this process.
type ours struct {
	addr string
	stop func() error // in order; it may be called again
}

// startOurs starts it. rec may be nil.
func startOurs(t testing.TB, dir string, s *secrets, rec transport.Recorder) *ours {
	t.Helper()
	o := origin.Options{Dir: dir, Log: slog.New(slog.DiscardHandler), Recorder: rec}
	if s != nil {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{s.pair}, MinVersion: tls.VersionTLS12}
	}
	srv, err := origin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var served error
	go func() {
		defer close(done)
		served = srv.Serve(ctx, ln, bound/2)
	}()
	stop := func() error {
		cancel()
		<-done
		return served
	}
	t.Cleanup(func() {
		stop()
		srv.Close()
	})
	return &ours{ln.Addr().String(), stop}
}

// record keeps the entries of a record and lets others look at them meanwhile.
type record struct {
	mu      sync.Mutex
	entries []trace.Entry
}

func (r *record) Append(e trace.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, e)
}

// take hands out what there is.
func (r *record) take() []trace.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.entries[:len(r.entries):len(r.entries)]
}
