// Package origin is an HTTP/2 server for a folder of files, on the project's
// own core: what nghttpd is on nghttp2.
//
// In come a listener and a folder; out go responses. GET and HEAD answer with
// files (content-type, content-length, last-modified, etag, ranges,
// conditions), POST and PUT read the content and answer its length as text.
// Each connection is a core/conn driven by transport; its handler runs inline,
// without a goroutine a request.
package origin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
	"framewise/transport"
)

// Options configure a Server.
type Options struct {
	// Dir is the folder; nothing outside it is served, by a link neither.
	Dir string
	// TLS has the certificate; nil: cleartext, by prior knowledge (RFC 9113,
	// section 3.3) or by Upgrade (RFC 7540, section 3.2).
	TLS *tls.Config
	// Fields are added to every response; names are in lower case.
	Fields []hpack.Field
	// IdleTimeout ends a connection on which nothing came for that long. 0: 60 s.
	IdleTimeout time.Duration
	// Log gets failures of connections; nil: slog.Default().
	Log *slog.Logger
	// Recorder gets the record of all connections; nil: none is made.
	Recorder transport.Recorder
}

// Defaults and bounds.
const (
	DefaultIdleTimeout = 60 * time.Second
	handshakeTimeout   = 10 * time.Second
	// acceptPause is how long we wait for what a connection needs and the system
	// does not have.
	acceptPause = 5 * time.Millisecond
	// streamWindow and connWindow are what a client may send before we have
	// looked at it, in octets. What comes is counted and dropped at once.
	streamWindow = 1 << 20
	connWindow   = 4 << 20
	maxStreams   = 100
)

// Server answers requests. Make one with New.
type Server struct {
	o     Options
	files *files
	zero  time.Time
	date  atomic.Pointer[date]
	ids   atomic.Uint32

	mu       sync.Mutex
	clients  map[*client]struct{}
	stopping bool
	live     sync.WaitGroup
}

// New opens the folder. The error says what is wrong with it.
func New(o Options) (*Server, error) {
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("the folder can't be served: %w", err)
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = DefaultIdleTimeout
	}
	if o.TLS != nil {
		o.TLS = transport.ServerConfig(o.TLS)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Server{o: o, files: newFiles(root), zero: time.Now(), clients: make(map[*client]struct{})}, nil
}

// Close lets go of the folder. Serve must have returned.
func (s *Server) Close() error { return s.files.root.Close() }

// Serve accepts connections until ctx ends, then tells each client to go away
// and waits for their streams for at most wait. It closes the listener. The
// error is nil after a stop in which no stream had to be cut.
func (s *Server) Serve(ctx context.Context, ln net.Listener, wait time.Duration) error {
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	var failed error
	for {
		nc, err := ln.Accept()
		if err != nil && ctx.Err() == nil && transport.Temporary(err) {
			time.Sleep(acceptPause) // out of descriptors, say: those that are served go on
			continue
		}
		if err != nil {
			if ctx.Err() == nil {
				failed = err
			}
			break
		}
		if s.o.TLS == nil {
			s.begin(nc, nil)
			continue
		}
		s.live.Go(func() { s.secure(ctx, nc) })
	}
	return errors.Join(failed, s.stop(wait))
}

// secure shakes hands, which may take time, and begins.
func (s *Server) secure(ctx context.Context, nc net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	c, err := transport.SecureServer(ctx, nc, s.o.TLS)
	if err != nil {
		nc.Close()
		s.o.Log.Info("TLS handshake failed", "client", nc.RemoteAddr().String(), "reason", err.Error())
		return
	}
	state := c.ConnectionState()
	if state.NegotiatedProtocol != "h2" {
		c.Close()
		s.o.Log.Info("client has no h2 in ALPN", "client", nc.RemoteAddr().String())
		return
	}
	s.begin(c, &state)
}

// begin starts a connection.
func (s *Server) begin(nc net.Conn, state *tls.ConnectionState) {
	c := &client{s: s, local: nc.LocalAddr().String()}
	c.c = conn.New(conn.Config{
		Role:       conn.Server,
		ConnWindow: connWindow,
		Causes:     s.o.Recorder != nil,
		Settings: []frame.Setting{
			{ID: frame.MaxConcurrentStreams, Value: maxStreams},
			{ID: frame.InitialWindowSize, Value: streamWindow},
		},
		Limits: conn.Limits{MaxConcurrent: maxStreams, IdleTimeout: int64(s.o.IdleTimeout)},
	})
	engine := transport.ForConn(c.c, c.handle)
	if state == nil {
		engine = &door{Engine: engine, c: c}
	}
	c.d = transport.New(nc, transport.Options{
		Engine: engine, Role: conn.Server,
		IdleTimeout: s.o.IdleTimeout, OnIdle: c.idle,
		Recorder: s.o.Recorder, Zero: s.zero,
		Conn: trace.Conn{ID: s.ids.Add(1), Client: nc.RemoteAddr().String(), Server: c.local,
			Via: "tcp", TLS: transport.TLSFacts(state)},
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		nc.Close()
		return
	}
	s.clients[c] = struct{}{}
	s.live.Add(1)
	c.d.Start()
}

// ended is called with the last event of a connection.
func (s *Server) ended(c *client) {
	s.mu.Lock()
	delete(s.clients, c)
	s.mu.Unlock()
	s.live.Done()
}

// stop ends all connections, in order as far as wait allows.
func (s *Server) stop(wait time.Duration) error {
	s.mu.Lock()
	s.stopping = true
	var clients []*client
	for c := range s.clients {
		clients = append(clients, c)
	}
	s.mu.Unlock()
	for _, c := range clients {
		c.goAway()
	}
	done := make(chan struct{})
	go func() {
		s.live.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(wait):
	}
	for _, c := range clients {
		c.d.Abort(transport.ErrClosed)
	}
	<-done
	return fmt.Errorf("streams were still open %s after the stop and were cut", wait)
}

// date is the Date field of responses (RFC 9110, section 6.6.1), made once a
// second.
type date struct {
	second int64
	text   string
}

func (s *Server) at(t time.Time) *date {
	d := s.date.Load()
	if d == nil || d.second != t.Unix() {
		d = &date{t.Unix(), httpTime(t)}
		s.date.Store(d)
	}
	return d
}
