package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
)

// runNetHTTPClient is net/http's client, in this process.
func runNetHTTPClient(t *testing.T, v *visit) {
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetHTTP2(true)
	if v.secure != nil {
		tr.TLSClientConfig = &tls.Config{RootCAs: v.secure.pool}
	} else {
		tr.Protocols.SetUnencryptedHTTP2(true)
	}
	c := &http.Client{Transport: tr, Timeout: bound}
	defer tr.CloseIdleConnections()
	switch v.column {
	case "GET":
		wantText(t, askNetHTTP(t, c, "GET", v.url("/hello"), nil), hello)
	case "10 MiB":
		wantBody(t, askNetHTTP(t, c, "GET", v.url("/big"), nil), v.folder.big)
	case "POST":
		wantText(t, askNetHTTP(t, c, "POST", v.url("/up"), v.folder.post), postLength)
	case "HEAD":
		wantText(t, askNetHTTP(t, c, "HEAD", v.url("/big"), nil), "")
	case "trailers":
		q, err := http.NewRequest("POST", v.url("/up"), io.NopCloser(bytes.NewReader(v.folder.post)))
		if err != nil {
			t.Fatal(err)
		}
		q.Trailer = http.Header{"X-Sum": {"42"}}
		wantText(t, readNetHTTP(t, c, q), postLength)
	case "50":
		// Without a connection each request would dial its own.
		askNetHTTP(t, c, "GET", v.url("/hello"), nil)
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() { wantText(t, askNetHTTP(t, c, "GET", v.url(fmt.Sprint("/hello?", i)), nil), hello) })
		}
		all.Wait()
	case "reset":
		resetNetHTTP(t, c, v)
	case "stop":
		r, err := c.Get(v.url("/big"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		v.stopBegun(t) // while the content waits in its window
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("net/http's client: %v", err)
		}
		wantBody(t, b, v.folder.big)
	}
}

// resetNetHTTP gives up a request whose content is on its way, then asks again
// on the same connection.
func resetNetHTTP(t *testing.T, c *http.Client, v *visit) {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, "GET", v.url("/big"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	cancel()
	r.Body.Close()
	wantText(t, askNetHTTP(t, c, "GET", v.url("/hello"), nil), hello)
}

func askNetHTTP(t *testing.T, c *http.Client, method, url string, body []byte) []byte {
	q, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return nil
	}
	return readNetHTTP(t, c, q)
}

func readNetHTTP(t *testing.T, c *http.Client, q *http.Request) []byte {
	r, err := c.Do(q)
	if err != nil {
		t.Errorf("net/http's client: %v", err)
		return nil
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 || r.ProtoMajor != 2 {
		t.Errorf("net/http's client: %s by %s, %v; want 200 by HTTP/2", r.Status, r.Proto, err)
	}
	if q.Method == "HEAD" && r.ContentLength != bigSize {
		t.Errorf("net/http's client: content-length %d; want %d", r.ContentLength, bigSize)
	}
	return b
}
