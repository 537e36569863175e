package main

//lint:file-ignore SA1019 x/net's own client is what ours is measured against

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/transport"

	"golang.org/x/net/http2"
)

// loadResult is what a client has done, after a tenth of it to warm up.
type loadResult struct {
	Requests int
	Octets   int64 // of content
	CPU      int64 // nanoseconds
}

// load is a client's task.
type load struct {
	port, path string
	n, streams int
	fields     bool
}

// loadClient is the program of a client: it makes the requests and prints what
// they cost.
func loadClient(args []string) {
	var l load
	fs := flag.NewFlagSet("load", flag.ExitOnError)
	client := fs.String("client", ours, "")
	fs.StringVar(&l.port, "port", "", "")
	fs.StringVar(&l.path, "path", "/", "")
	fs.IntVar(&l.n, "n", 1, "")
	fs.IntVar(&l.streams, "streams", 1, "")
	fs.BoolVar(&l.fields, "fields", false, "")
	fs.Parse(args)
	run := newXNetClient
	if *client == ours {
		run = newOurClient
	}
	get, err := run(&l)
	if err == nil {
		_, err = get(max(l.n/10, 1))
	}
	if err != nil {
		log.Fatal(err)
	}
	before := ownCPU()
	octets, err := get(l.n)
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(loadResult{l.n, octets, ownCPU() - before})
}

// ownCPU is the time that this process has run, in nanoseconds.
func ownCPU() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// newXNetClient makes requests with x/net's client.
func newXNetClient(l *load) (func(n int) (int64, error), error) {
	t := &http2.Transport{AllowHTTP: true, DialTLS: func(network, addr string, _ *tls.Config) (net.Conn, error) {
		return net.Dial(network, addr)
	}}
	url := "http://127.0.0.1:" + l.port + l.path
	one := func(buf []byte) (int64, error) {
		r, err := http.NewRequest("GET", url, nil)
		if err != nil {
			return 0, err
		}
		r.Header.Set("User-Agent", "framewise-bench")
		if l.fields {
			for i := range 10 {
				r.Header.Set(moreField(i), moreValue(i))
			}
		}
		res, err := t.RoundTrip(r)
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		if res.StatusCode != 200 {
			return 0, fmt.Errorf("status %s", res.Status)
		}
		return io.CopyBuffer(struct{ io.Writer }{io.Discard}, res.Body, buf)
	}
	return func(n int) (int64, error) {
		var left, octets atomic.Int64
		left.Store(int64(n))
		var failed atomic.Pointer[error]
		var wait sync.WaitGroup
		for range l.streams {
			wait.Go(func() {
				buf := make([]byte, 64<<10)
				for left.Add(-1) >= 0 {
					k, err := one(buf)
					if err != nil {
						failed.Store(&err)
						return
					}
					octets.Add(k)
				}
			})
		}
		wait.Wait()
		if err := failed.Load(); err != nil {
			return 0, *err
		}
		return octets.Load(), nil
	}, nil
}

// ourClient makes requests with our core, in its event form.
type ourClient struct {
	l       *load
	c       *conn.Conn
	fields  []hpack.Field
	unasked int // requests that are still to be made
	pending int // streams that are open
	octets  int64
	err     error
	done    chan struct{}
}

func newOurClient(l *load) (func(n int) (int64, error), error) {
	nc, err := net.Dial("tcp", "127.0.0.1:"+l.port)
	if err != nil {
		return nil, err
	}
	o := &ourClient{l: l, done: make(chan struct{}, 1), fields: []hpack.Field{
		{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "127.0.0.1:" + l.port}, {Name: ":path", Value: l.path},
		{Name: "user-agent", Value: "framewise-bench"}}}
	if l.fields {
		for i := range 10 {
			o.fields = append(o.fields, hpack.Field{Name: moreField(i), Value: moreValue(i)})
		}
	}
	// The windows are those of x/net's client.
	o.c = conn.New(conn.Config{ConnWindow: 1 << 30, Settings: []frame.Setting{
		{ID: frame.EnablePush, Value: 0}, {ID: frame.InitialWindowSize, Value: 4 << 20}}})
	d := transport.New(nc, transport.Options{Engine: transport.ForConn(o.c, o.handle), Role: conn.Client})
	d.Start()
	return func(n int) (int64, error) {
		if err := d.Do(func() { o.unasked, o.octets = n, 0; o.ask() }); err != nil {
			return 0, err
		}
		select {
		case <-o.done:
		case <-d.Done():
			return 0, fmt.Errorf("the connection ended: %v", d.Err())
		}
		return o.octets, o.err
	}, nil
}

// ask opens as many streams as may be open.
func (o *ourClient) ask() {
	for o.pending < o.l.streams && o.unasked > 0 {
		if _, err := o.c.Open(o.fields, conn.HeaderOptions{End: true}); err != nil {
			o.fail(err)
			return
		}
		o.pending++
		o.unasked--
	}
}

func (o *ourClient) handle(events []conn.Event) {
	was := o.pending
	for i := range events {
		switch e := &events[i]; e.Kind {
		case conn.EvHeaders:
			if e.Fields[0].Value != "200" {
				o.fail(fmt.Errorf("status %s", e.Fields[0].Value))
			}
		case conn.EvData:
			o.octets += int64(len(e.Data))
			o.c.Consume(e.StreamID, len(e.Data))
		case conn.EvStreamClosed:
			if e.By != conn.ByEnd {
				o.fail(fmt.Errorf("stream %d was reset: %v", e.StreamID, e.Code))
			}
			o.pending--
		}
	}
	o.ask()
	if was > 0 && o.pending == 0 {
		o.done <- struct{}{}
	}
}

func (o *ourClient) fail(err error) {
	if o.err == nil {
		o.err, o.unasked = err, 0
	}
}
