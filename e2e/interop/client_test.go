package interop

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
	"framewise/server/cli"
)

// Our client does all that HTTP/2 has with the servers of others. What the
// command get can show is asked for by it; the rest by a session on the same
// transport.
func TestClientTable(t *testing.T) {
	f, s := newFolder(t), newSecrets(t)
	tb := &table{title: "our client with"}
	for _, srv := range servers {
		for _, link := range links {
			name := srv.name + " " + link
			t.Run(name, func(t *testing.T) {
				addr, _ := srv.start(t, f, s.on(link))
				tb.row(t, name, srv.cannot, func(t *testing.T, column string) {
					askServer(t, srv, addr, f, s, link, column)
				})
			})
		}
	}
	tb.print(t)
}

func askServer(t *testing.T, srv server, addr string, f *folder, s *secrets, link, column string) {
	on := s.on(link)
	at := func(path string) string { return on.url(addr, path) }
	switch column {
	case "GET":
		wantBody(t, get(t, s, at("/hello")), []byte(hello))
	case "10 MiB":
		wantBody(t, get(t, s, at("/big")), f.big)
	case "POST":
		got := get(t, s, "-d", "@"+f.postFile, at("/up"))
		if string(got) != digest(f.post) && !bytes.Equal(got, f.post) {
			t.Errorf("the server has read other content: it answered %d octets %q", len(got), got[:min(len(got), 100)])
		}
	case "HEAD":
		askHead(t, dial(t, addr, on))
	case "trailers":
		askTrailers(t, dial(t, addr, on), srv)
	case "50":
		var args []string
		for i := range 50 {
			args = append(args, at(fmt.Sprintf("/hello?%d", i)))
		}
		wantBody(t, get(t, s, args...), []byte(strings.Repeat(hello, 50)))
	case "reset":
		askAndReset(t, dial(t, addr, on))
	case "GOAWAY":
		askAndLeave(t, dial(t, addr, on), f)
	case "stop":
		mine, stop := srv.start(t, f, on) // the others of the row need theirs
		askAndStop(t, dial(t, mine, on), f, stop)
	default:
		t.Fatalf("there is no test for %s", column)
	}
}

// get is the command framewise get.
func get(t *testing.T, s *secrets, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	var out, said bytes.Buffer
	args = append([]string{"get", "--timeout", bound.String(), "--ca", s.ca}, args...)
	if code := cli.Main(ctx, args, strings.NewReader(""), &out, &said); code != cli.ExitOK {
		t.Errorf("framewise get ended with %d: %s", code, said.String())
	}
	return out.Bytes()
}

func wantBody(t *testing.T, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	same := 0
	for same < min(len(got), len(want)) && got[same] == want[same] {
		same++
	}
	t.Errorf("%d octets came, %d were to come; the first %d are right", len(got), len(want), same)
}

func wantEnd(t *testing.T, a *answer, status string) {
	t.Helper()
	if a.status != status || a.by != conn.ByEnd {
		t.Errorf("the response has status %q and ended with %s (by %d); want %s and its own end", a.status, a.code, a.by, status)
	}
}

func askHead(t *testing.T, c *caller) {
	a := c.wait(c.ask(request{method: "HEAD", path: "/big"}))
	wantEnd(t, a, "200")
	wantBody(t, a.body, nil)
}

func askTrailers(t *testing.T, c *caller, srv server) {
	q := request{method: "GET", path: "/sum"}
	switch {
	case srv.asks:
		q = request{method: "POST", path: "/sum", body: []byte("content"), trailers: true}
	case srv.name == "nghttpd": // it has them on every response, and no /sum
		q = request{method: "POST", path: "/hello", body: []byte("content"), trailers: true}
	}
	a := c.wait(c.ask(q))
	wantEnd(t, a, "200")
	if a.trailers["x-sum"] != "42" {
		t.Errorf("the trailers are %v; want x-sum: 42", a.trailers)
	}
}

func askAndReset(t *testing.T, c *caller) {
	a := c.ask(request{method: "GET", path: "/big", hold: true})
	c.until(a.began, "no content came")
	if err := c.d.Do(func() { a.st.Reset(frame.Cancel) }); err != nil {
		t.Fatal(err)
	}
	if c.wait(a); a.by != conn.ByOwner || a.code != frame.Cancel {
		t.Errorf("the stream ended with %s (by %d); want our CANCEL", a.code, a.by)
	}
	if err := c.d.Do(func() { c.s.Consume(a.st, a.held) }); err != nil {
		t.Fatal(err)
	}
	b := c.wait(c.ask(request{method: "GET", path: "/hello"}))
	wantEnd(t, b, "200")
	wantBody(t, b.body, []byte(hello))
}

func askAndLeave(t *testing.T, c *caller, f *folder) {
	a := c.ask(request{method: "GET", path: "/big", hold: true})
	c.until(a.began, "no content came")
	if err := c.d.Do(func() {
		if err := c.s.Shutdown(session.ShutdownOptions{}); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	c.release(a)
	wantEnd(t, c.wait(a), "200")
	wantBody(t, a.body, f.big)
	c.d.Close()
	c.until(c.d.Done(), "the connection did not end")
	if err := c.d.Err(); err != nil {
		t.Errorf("the connection ended with %v; want an end in order", err)
	}
}

func askAndStop(t *testing.T, c *caller, f *folder, stop func()) {
	a := c.ask(request{method: "GET", path: "/big", hold: true})
	c.until(a.began, "no content came")
	stop()
	c.release(a)
	wantEnd(t, c.wait(a), "200")
	wantBody(t, a.body, f.big)
	select {
	case code := <-c.away:
		if code != frame.NoError {
			t.Errorf("the server went away with %s; want NO_ERROR", code)
		}
	case <-time.After(bound):
		t.Fatal("no GOAWAY came")
	}
	// Some servers end the connection, others leave that to us.
	c.d.Close()
	c.until(c.d.Done(), "the connection did not end")
}
