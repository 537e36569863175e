// Package tap stands between real clients and a real server and keeps a record
// of what passes.
//
// In come connections; for each the tap opens one to the server and carries
// octets both ways, unchanged, with ends and resets. Out come the entries of a
// record, in the order in which they passed. A client that begins with a TLS
// handshake gets TLS: with a certificate of the tap's own authority, the
// protocol that the real server has chosen (ALPN), and TLS to the server. The
// record then has the plain octets.
//
// What is under way is bounded: a buffer for each direction, and a queue of
// octets for the recorder, which slows the connections when it is slower.
package tap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"framewise/core/trace"
)

// Recorder takes the entries of a record, one at a time, from one goroutine. The
// octets of a chunk are valid until Append returns.
type Recorder interface{ Append(trace.Entry) }

// Defaults of Options.
const (
	DefaultMaxConns    = 1000
	DefaultDialTimeout = 10 * time.Second
	DefaultQueue       = 16 << 20
)

// Options configure a Tap. To must be set; zeros stand for the defaults.
type Options struct {
	To         string // host:port of the server
	ServerName string // that is asked of a server with TLS; "": the host of To
	RootCAs    *x509.CertPool
	Insecure   bool                       // take any certificate of the server's
	Check      func(address string) error // decides on each address that is dialled; nil: all are well
	Resolver   *net.Resolver              // nil: the system's
	Authority  *Authority                 // for clients with TLS; nil: they are refused, with a reason

	Recorder Recorder  // nil: nothing is kept
	Zero     time.Time // instant 0 of the record

	MaxConns    int
	DialTimeout time.Duration // to the server, with TLS, and for the client's handshake
	Queue       int           // octets that may wait for the recorder
	Log         *slog.Logger
}

// Tap carries connections. Make one with New.
type Tap struct {
	o     Options
	host  string
	queue *queue
	leafs *leafs

	mu    sync.Mutex
	conns uint32
	open  map[*conn]struct{}
	ended bool
	live  sync.WaitGroup
}

// New checks the options. The error names what is wrong.
func New(o Options) (*Tap, error) {
	host, _, err := net.SplitHostPort(o.To)
	if err != nil || host == "" {
		return nil, fmt.Errorf("%q is not host:port (an IPv6 address needs brackets: [::1]:443)", o.To)
	}
	if o.MaxConns == 0 {
		o.MaxConns = DefaultMaxConns
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = DefaultDialTimeout
	}
	if o.Queue == 0 {
		o.Queue = DefaultQueue
	}
	if o.ServerName == "" {
		o.ServerName = host
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Zero.IsZero() {
		o.Zero = time.Now()
	}
	t := &Tap{o: o, host: host, open: map[*conn]struct{}{}}
	if o.Recorder != nil {
		t.queue = newQueue(o.Recorder, o.Queue)
	}
	if o.Authority != nil {
		t.leafs = newLeafs(o.Authority)
	}
	return t, nil
}

// Serve is called once. It takes connections of ln until ctx ends; then it closes those that are
// open, waits until the record has everything, and returns nil. It closes ln. The
// error is the listener's.
func (t *Tap) Serve(ctx context.Context, ln net.Listener) error {
	if t.queue != nil {
		go t.queue.run()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := context.AfterFunc(ctx, func() { ln.Close() })
	defer stopped()
	var failed error
	for {
		nc, err := ln.Accept()
		if err == nil {
			t.accept(ctx, nc)
			continue
		}
		if ctx.Err() != nil {
			break
		}
		var temporary interface{ Temporary() bool }
		if errors.As(err, &temporary) && temporary.Temporary() { // no descriptors left, for now
			t.o.Log.Warn("tap", "accept", err)
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		failed = err
		break
	}
	cancel()
	ln.Close()
	t.stop()
	return failed
}

// stop ends what is open and waits for it.
func (t *Tap) stop() {
	t.mu.Lock()
	t.ended = true
	for c := range t.open {
		c.end("the tap stopped")
	}
	t.mu.Unlock()
	t.live.Wait()
	if t.queue != nil {
		t.queue.close()
	}
}

func (t *Tap) accept(ctx context.Context, nc net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || len(t.open) >= t.o.MaxConns {
		t.o.Log.Warn("tap", "refused", nc.RemoteAddr().String(), "open", len(t.open))
		nc.Close()
		return
	}
	t.conns++
	c := &conn{tap: t, id: t.conns, client: nc, begun: time.Now()}
	t.open[c] = struct{}{}
	t.live.Go(func() {
		c.run(ctx)
		t.mu.Lock()
		delete(t.open, c)
		t.mu.Unlock()
	})
}

func (t *Tap) now() int64 { return int64(time.Since(t.o.Zero)) }

func (t *Tap) record(e trace.Entry, b *buffer) {
	if t.queue != nil {
		t.queue.put(e, b)
	}
}

// clientConfig is TLS to the server, with the protocols that the client offers.
func (t *Tap) clientConfig(protos []string) *tls.Config {
	return &tls.Config{ServerName: t.o.ServerName, RootCAs: t.o.RootCAs, InsecureSkipVerify: t.o.Insecure,
		NextProtos: protos, MinVersion: tls.VersionTLS12, DynamicRecordSizingDisabled: true}
}
