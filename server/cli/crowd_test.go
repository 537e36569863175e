package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"framewise/server/internal/leaktest"
	"framewise/transport/ws"
)

// program is the framewise command as a process of its own: its memory can be told
// from that of its clients, and has no race detector in it.
func program(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "framewise")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", name, "framewise/server").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return name
}

// startProgram starts the command and gives the address that its first line names.
func startProgram(t *testing.T, name string, args ...string) (addr string, pid int) {
	t.Helper()
	cmd := exec.Command(name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		io.Copy(io.Discard, out)
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, after, found := strings.Cut(line, "://")
	if err != nil || !found {
		t.Fatalf("framewise %s printed %q, %v", strings.Join(args, " "), line, err)
	}
	return strings.TrimRight(strings.Fields(after)[0], ",/"), cmd.Process.Pid
}

// peak is the most memory that a process had, in octets.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), "VmHWM:")
	if !found {
		t.Fatal("the system does not say how much memory a process had")
	}
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// What a connection through the relay or the tap may cost at most, and how many
// are open at once.
const (
	crowdLimit = 256 << 10
	crowd      = 1000
)

// measureCrowd opens the connections, lets each carry data while all the others do,
// and prints what they cost the process.
func measureCrowd(t *testing.T, what string, pid int, open func() (net.Conn, error)) {
	t.Helper()
	warm, err := open()
	if err == nil {
		err = thereAndBack(warm)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer warm.Close()
	before, start := leaktest.RSS(pid), time.Now()
	conns := make([]net.Conn, crowd)
	each := func(do func(i int) error, atOnce int) {
		t.Helper()
		var all sync.WaitGroup
		slots := make(chan struct{}, atOnce)
		for i := range conns {
			slots <- struct{}{}
			all.Go(func() {
				if err := do(i); err != nil {
					t.Errorf("%s %d: %v", what, i, err)
				}
				<-slots
			})
		}
		if all.Wait(); t.Failed() {
			t.FailNow()
		}
	}
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	each(func(i int) (err error) { conns[i], err = open(); return err }, 32)
	idle := leaktest.RSS(pid)
	each(func(i int) error {
		for range 4 {
			if err := thereAndBack(conns[i]); err != nil {
				return err
			}
		}
		return nil
	}, crowd)
	most := peak(t, pid)
	kib := func(rss int64) int64 { return (rss - before) / crowd >> 10 }
	t.Logf("%d %s: %d KiB of memory each while they wait, %d KiB at most while all carry data (limit %d KiB); the process has %d KiB with one and %d KiB at most; %s",
		crowd, what, kib(idle), kib(most), crowdLimit>>10, before>>10, most>>10, time.Since(start).Round(time.Millisecond))
	if kib(most) >= crowdLimit>>10 {
		t.Errorf("one of %d %s costs %d KiB; want less than %d", crowd, what, kib(most), crowdLimit>>10)
	}
}

// thereAndBack sends 64 KiB to a server that sends them back.
func thereAndBack(c net.Conn) error {
	const n = 64 << 10
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(make([]byte, n))
		sent <- err
	}()
	if _, err := io.CopyN(io.Discard, c, n); err != nil {
		return err
	}
	return <-sent
}

// echoServer sends everything back.
func echoServer(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		all.Wait()
	})
	return ln.Addr().String()
}

func TestAThousandConnections(t *testing.T) {
	name, to := program(t), echoServer(t)
	t.Run("relay", func(t *testing.T) {
		addr, pid := startProgram(t, name, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t),
			"--relay-sockets", "2000", "--relay-dials", "100000")
		d := ws.Dialer{Relay: "ws://" + addr + "/relay", Origin: "http://" + addr}
		ctx, cancel := context.WithTimeout(context.Background(), 2*bound)
		defer cancel()
		measureCrowd(t, "relay sockets", pid, func() (net.Conn, error) {
			c, _, err := d.Dial(ctx, to, false)
			return c, err
		})
	})
	t.Run("tap", func(t *testing.T) {
		addr, pid := startProgram(t, name, "tap", "--quiet", "--listen", "127.0.0.1:0", "--to", to, "--connections", "2000", "--data", t.TempDir())
		measureCrowd(t, "tapped connections", pid, func() (net.Conn, error) {
			c, err := net.Dial("tcp", addr)
			if err == nil {
				err = c.SetDeadline(time.Now().Add(2 * bound))
			}
			return c, err
		})
	})
}
