package cli

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asCommand is set where the test's program is to be the command itself.
const asCommand = "TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// bound is how long a step of a test may take before it counts as hung.
const bound = 60 * time.Second

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

// run is one whole command: its exit code and what it printed.
func run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	var o, e safeBuffer
	code = Main(ctx, args, strings.NewReader(""), &o, &e)
	if ctx.Err() != nil {
		t.Fatalf("framewise %s did not end within %s\n%s%s", strings.Join(args, " "), bound, o.String(), e.String())
	}
	return code, o.String(), e.String()
}

// daemon is a command that serves until it is stopped.
type daemon struct {
	t      *testing.T
	addr   string // host:port of the address that it printed
	cancel context.CancelFunc
	code   chan int
	out    *safeBuffer
	errOut *safeBuffer
	once   sync.Once
}

// start runs a command that prints the address it serves, and waits for it.
func start(t *testing.T, args ...string) *daemon {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d := &daemon{t: t, cancel: cancel, code: make(chan int, 1), out: &safeBuffer{}, errOut: &safeBuffer{}}
	go func() { d.code <- Main(ctx, args, strings.NewReader(""), d.out, d.errOut) }()
	t.Cleanup(func() { d.stop() })
	for deadline := time.Now().Add(bound); ; time.Sleep(2 * time.Millisecond) {
		if line, _, ok := strings.Cut(d.out.String(), "\n"); ok {
			if _, after, ok := strings.Cut(line, "://"); ok {
				d.addr = strings.TrimSuffix(strings.Fields(after)[0], "/")
				return d
			}
		}
		select {
		case code := <-d.code:
			t.Fatalf("framewise %s ended with %d: %s", strings.Join(args, " "), code, d.errOut)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("framewise %s printed no address: %q", strings.Join(args, " "), d.out)
		}
	}
}

// stop ends the command and checks that it ended in order.
func (d *daemon) stop() {
	d.once.Do(func() {
		d.cancel()
		select {
		case code := <-d.code:
			if code != ExitOK {
				d.t.Errorf("the command ended with %d: %s", code, d.errOut)
			}
		case <-time.After(bound):
			d.t.Errorf("the command did not stop within %s", bound)
		}
	})
}
