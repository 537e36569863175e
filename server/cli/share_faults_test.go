package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"framewise/server/internal/leaktest"
	"framewise/server/share"
	"framewise/server/share/bolt"
)

// storeLab is a share store behind a server, without limits of number, whose
// patience is short.
type storeLab struct {
	addr string
	id   string // of a share of 20 MiB
}

func newStoreLab(t *testing.T, pause time.Duration) *storeLab {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "shares.db"), share.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &storeLab{addr: ln.Addr().String()}
	free := func(context.Context, string, time.Time) time.Duration { return 0 }
	api := share.NewHandler(share.HandlerOptions{Store: store, Origins: []string{"http://" + l.addr}, Hosts: []string{l.addr}, Puts: free, Gets: free, Uploads: 1000})
	srv := &http.Server{Handler: pace{pause, 10 * pause}.handler(&shares{api: api})}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("the server does not stop: %v", err)
		}
		<-done
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	r, err := store.Put(ctx, largeShare(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l.id = r.ID.String()
	return l
}

// largeShare is a record of 20 MiB, packed: twenty times what hardly compresses, and
// fifty times a part of it, which does. It is more than sockets hold, and below the
// store's limits of size and ratio.
var largeShare = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, aRecord)
	for range 20 {
		for i := range 51 {
			n := 100 << 10
			if i > 0 {
				n = 8 << 10
			}
			fmt.Fprintf(z, `{"k":"note","at":1,"text":"%x"}`+"\n", noise(n))
		}
	}
	z.Close()
	return packed.Bytes()
})

// noise is octets that hardly compress.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

// storeFault is a fault of a request: act gets the connection, with what was said
// already.
func storeFault(name, request string, pause time.Duration, act func(c *net.TCPConn, i int) error) leaktest.Fault {
	return leaktest.Fault{Name: name, SetUp: func(t *testing.T) func(int) error {
		l := newStoreLab(t, pause)
		return func(i int) error {
			nc, err := net.Dial("tcp", l.addr)
			if err != nil {
				return err
			}
			defer nc.Close()
			nc.SetDeadline(time.Now().Add(bound))
			r := strings.NewReplacer("HOST", l.addr, "ID", l.id).Replace(request)
			if _, err := io.WriteString(nc, r); err != nil {
				return err
			}
			return act(nc.(*net.TCPConn), i)
		}
	}}
}

const (
	postHead = "POST /api/shares HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\n"
	getHead  = "GET /api/shares/ID HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"
	short    = 100 * time.Millisecond
)

// status wants one of these answers, and then the end.
func status(want ...string) func(*net.TCPConn, int) error {
	return func(c *net.TCPConn, _ int) error {
		c.CloseWrite()
		b, err := io.ReadAll(c)
		for _, w := range want {
			if strings.HasPrefix(string(b), "HTTP/1.1 "+w) {
				return nil
			}
		}
		return fmt.Errorf("the answer is %.80q, %v; want one of %v", b, err, want)
	}
}

func leave(c *net.TCPConn, i int) error {
	if i%2 == 0 {
		c.SetLinger(0)
	}
	return c.Close()
}

// waits wants the server to end a connection by itself.
func waits(c *net.TCPConn, _ int) error {
	_, err := io.Copy(io.Discard, c)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the connection was left open")
	}
	return nil
}

func TestFaultsOfShares(t *testing.T) {
	bomb := &bytes.Buffer{}
	z := gzip.NewWriter(bomb)
	z.Write(make([]byte, 4<<20))
	z.Close()
	body := func(b string) string {
		return fmt.Sprintf("Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(b), b)
	}
	leaktest.Table(t, 100, []leaktest.Fault{
		storeFault("upload: client vanishes within it", postHead+"Content-Length: 100000\r\n\r\nhalf", bound, leave),
		storeFault("upload: it stops and stays", postHead+"Content-Length: 100000\r\n\r\nhalf", short, waits),
		storeFault("upload: an octet now and then", postHead+"Content-Length: 100000\r\n\r\n", short, func(c *net.TCPConn, i int) error {
			for range 200 {
				if _, err := c.Write([]byte{'x'}); err != nil {
					return nil // it was ended
				}
				time.Sleep(short / 5)
			}
			return errors.New("it was never ended")
		}),
		storeFault("upload: half-closed within it", postHead+"Content-Length: 100000\r\n\r\nhalf", bound, status("400")),
		storeFault("upload: too long, as it says", postHead+"Content-Length: 999999999\r\nConnection: close\r\n\r\n"+strings.Repeat("x", 1000), short, waits),
		storeFault("upload: chunks of garbage", postHead+"Transfer-Encoding: chunked\r\n\r\nzz\r\n", bound, status("400")),
		storeFault("upload: length and chunks", postHead+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", bound, status("400", "422")),
		storeFault("upload: no record", postHead+body("what a day"), bound, status("422")),
		storeFault("upload: a gzip that ends", postHead+body("\x1f\x8b\x08\x00"), bound, status("422")),
		storeFault("upload: a gzip that swells", postHead+body(bomb.String()), bound, status("413")),
		storeFault("upload: promises more, expects 100", postHead+"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", bound, leave),
		storeFault("deletion with garbage", "DELETE /api/shares/ID HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\nAuthorization: Bearer \x00\xff\r\nConnection: close\r\n\r\n", bound, status("400", "401")),
		storeFault("look: client vanishes within the answer", getHead, bound, func(c *net.TCPConn, i int) error {
			io.CopyN(io.Discard, c, 1000)
			return leave(c, i)
		}),
		storeFault("look: client takes nothing", getHead, short, func(c *net.TCPConn, _ int) error {
			time.Sleep(3 * short)
			return waits(c, 0)
		}),
		storeFault("request cut in its head", "GET /api/shares/ID HTT", bound, leave),
	})
}
