package interop

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// attack is what a hostile client sends to the framewise command over TCP, some
// connections at a time.
type attack struct {
	name string
	// unit is the i-th of n pieces that follow the preface and SETTINGS.
	unit func(i uint32) []byte
	n    uint32
	// deaf: the client never reads, and stops sending when the server stops
	// reading.
	deaf bool
	// want is what the server ends the connection with. "": it need not, but
	// what the attack holds must be little.
	want http2.ErrCode
}

func attacks() []attack {
	reset := func(id uint32) []byte { return raw(tReset, 0, id, u32s(8)...) }
	odd := func(i uint32) uint32 { return 2*i + 1 }
	calm := http2.ErrCodeEnhanceYourCalm
	bomb := cat([]byte{0x40, 1, 'a'}, hpackInt(nil, 7, 4000), bytes.Repeat([]byte{'b'}, 4000))
	return []attack{
		{name: "rapid reset", n: 20_000, want: calm, unit: func(i uint32) []byte { return cat(get1(odd(i)), reset(odd(i))) }},
		{name: "the server is made to reset", n: 20_000, want: calm, unit: func(i uint32) []byte { return cat(open1(odd(i)), raw(tWindow, 0, odd(i), u32s(0)...)) }},
		{name: "CONTINUATION without end", n: 2_000, want: calm, unit: func(i uint32) []byte {
			if i == 0 {
				return raw(tHeaders, fEnd, 1, getBlock...)
			}
			return raw(tContinuation, 0, 1, lines("a", strings.Repeat("b", 8000))...)
		}},
		{name: "empty CONTINUATION", n: 2_000, want: calm, unit: func(i uint32) []byte {
			if i == 0 {
				return raw(tHeaders, fEnd, 1, getBlock...)
			}
			return raw(tContinuation, 0, 1)
		}},
		{name: "HPACK bomb", n: 2_000, want: calm, unit: func(i uint32) []byte {
			block := append([]byte(nil), getBlock...)
			if i == 0 {
				block = append(block, bomb...)
			}
			for range 12_000 {
				block = append(block, 0x80|62)
			}
			return raw(tHeaders, fEnd|fBlock, odd(i), block...)
		}},
		{name: "PING, deaf", n: 2_000_000, deaf: true, unit: func(i uint32) []byte { return raw(tPing, 0, 0, make([]byte, 8)...) }},
		{name: "SETTINGS, deaf", n: 2_000_000, deaf: true, unit: func(i uint32) []byte { return raw(tSettings, 0, 0) }},
		{name: "SETTINGS with 33 entries", n: 1, want: calm, unit: func(i uint32) []byte {
			var b []byte
			for range 33 {
				b = append(b, setting(0x7777, i)...)
			}
			return raw(tSettings, 0, 0, b...)
		}},
		{name: "HEADER_TABLE_SIZE flipped", n: 5_000, want: calm, unit: func(i uint32) []byte { return raw(tSettings, 0, 0, setting(1, i%2*4096)...) }},
		{name: "empty DATA", n: 5_000, want: calm, unit: func(i uint32) []byte {
			if i == 0 {
				return open1(1)
			}
			return data(1, 0, "")
		}},
		{name: "WINDOW_UPDATE drip", n: 5_000, want: calm, unit: func(i uint32) []byte { return raw(tWindow, 0, 0, u32s(1)...) }},
		{name: "WINDOW_UPDATE overflow", n: 2, want: http2.ErrCodeFlowControl, unit: func(i uint32) []byte { return raw(tWindow, 0, 0, u32s(1<<31-1)...) }},
		{name: "PRIORITY churn", n: 50_000, want: calm, unit: func(i uint32) []byte {
			return raw(tPriority, 0, odd(i%500), cat(u32s(odd((i+1)%500)), []byte{byte(i)})...)
		}},
		{name: "frames of an unknown type", n: 50_000, want: calm, unit: func(i uint32) []byte { return raw(0x77, 0, 0, 1, 2, 3) }},
		{name: "downloads that nobody reads", n: 100, deaf: true, unit: func(i uint32) []byte {
			if i == 0 {
				return cat(raw(tSettings, 0, 0, setting(4, 1<<31-1)...), raw(tWindow, 0, 0, u32s(1<<31-1-65535)...))
			}
			return getWith(odd(i), ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/big")
		}},
		{name: "huge files and no window", n: 101, unit: func(i uint32) []byte {
			if i == 0 {
				return raw(tSettings, 0, 0, setting(4, 0)...)
			}
			return getWith(odd(i), ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/huge")
		}},
		{name: "streams that are never ended", n: 5_000, want: calm, unit: func(i uint32) []byte { return open1(odd(i)) }},
	}
}

// The framewise command stays up, small and polite to others, whatever some
// clients send it.
func TestAttacksOverTCP(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "framewise")
	if out, err := exec.Command("go", "build", "-o", bin, "framewise/server").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	f := newFolder(t)
	// Too large to be kept in memory, and sparse.
	if err := errors.Join(os.WriteFile(filepath.Join(f.dir, "huge"), nil, 0o644), os.Truncate(filepath.Join(f.dir, "huge"), 1<<30)); err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:" + freePort(t)
	p := background(t, bin, "origin", "--listen", addr, "--dir", f.dir)
	p.accepts(addr)
	bystander := &http.Client{Transport: &http.Transport{Protocols: onlyH2C()}, Timeout: bound}
	t.Cleanup(bystander.CloseIdleConnections)
	honest := func(t *testing.T) {
		t.Helper()
		res, err := bystander.Get("http://" + addr + "/hello")
		if err != nil {
			t.Fatalf("another connection is not served: %v", err)
		}
		defer res.Body.Close()
		if res.StatusCode != 200 {
			t.Fatalf("another connection is answered with %s", res.Status)
		}
	}
	honest(t)
	const at = 4 // attackers at a time
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			before := resident(t, p.cmd.Process.Pid)
			var attackers, sending sync.WaitGroup
			ends := make([]string, at)
			hold := make(chan struct{}) // until then they keep their connections
			sending.Add(at)
			for i := range at {
				attackers.Go(func() { ends[i] = a.play(addr, sync.OnceFunc(sending.Done), hold) })
			}
			honest(t)
			sending.Wait()
			honest(t)
			grown := resident(t, p.cmd.Process.Pid) - before
			close(hold)
			attackers.Wait()
			honest(t)
			for i, end := range ends {
				if want := a.verdict(); end != want {
					t.Errorf("attacker %d: %s, want %s", i, end, want)
				}
			}
			if grown > 64<<10 {
				t.Errorf("the server grew by %d KiB", grown)
			}
			t.Logf("%-30s %-36s +%d KiB with %d attackers", a.name, ends[0], grown, at)
		})
	}
}

func (a *attack) verdict() string {
	if a.want == 0 {
		return "held"
	}
	return "ended with " + a.want.String()
}

// play is one attacker: it calls sent when it has sent everything, or the server
// takes no more, and leaves when hold is closed.
func (a *attack) play(addr string, sent func(), hold <-chan struct{}) string {
	defer sent()
	if a.deaf {
		return a.playDeaf(addr, sent, hold)
	}
	v, err := view(addr)
	if err != nil {
		return err.Error()
	}
	defer v.close()
	v.begin()
	a.send(func(b []byte) bool {
		v.send(b)
		return !v.over()
	})
	if a.want == 0 {
		v.fence(nil) // the server has seen it all
		sent()
		<-hold
		if !v.over() {
			return "held"
		}
	}
	v.wait(func() bool { return false })
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case len(v.goAway) > 0:
		return "ended with " + v.goAway[len(v.goAway)-1].String()
	case v.closed: // TCP's reset can overtake a GOAWAY that we were too busy to read
		return "closed without a word"
	}
	return "not ended"
}

// playDeaf never reads. That the server stops reading is seen by a write that
// does not end.
func (a *attack) playDeaf(addr string, sent func(), hold <-chan struct{}) string {
	nc, err := net.DialTimeout("tcp", addr, bound)
	if err != nil {
		return err.Error()
	}
	defer nc.Close()
	nc.(*net.TCPConn).SetReadBuffer(64 << 10)
	nc.Write(cat([]byte(preface), raw(tSettings, 0, 0), raw(tSettings, fAck, 0)))
	a.send(func(b []byte) bool {
		nc.SetWriteDeadline(time.Now().Add(time.Second))
		_, err := nc.Write(b)
		return err == nil
	})
	sent()
	<-hold
	return "held"
}

// send sends the pieces, many at a time, until one of the writes says that it
// was the last.
func (a *attack) send(write func(b []byte) bool) {
	var b []byte
	for i := range a.n {
		b = append(b, a.unit(i)...)
		if len(b) > 16<<10 || i == a.n-1 {
			if !write(b) {
				return
			}
			b = b[:0]
		}
	}
}

func onlyH2C() *http.Protocols {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	return p
}

// resident is the memory of a process, in KiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
