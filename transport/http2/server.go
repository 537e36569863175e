package http2

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"framewise/transport"
)

// Server makes a session of each connection: the seed's Http2Server, and of
// CreateSecureServer its Http2SecureServer. Set the handlers before Serve or
// Listen; they are called on the loops of the sessions, those of different
// sessions at the same time.
type Server struct {
	// OnSession is called for each session before anything else of it.
	OnSession func(s *Session)
	// OnStream is called for each request: the seed's 'stream'.
	OnStream func(st *ServerStream, headers Headers, flags Flags)
	// OnRequest is called for each request, with the Compatibility API.
	OnRequest func(req *Request, res *Response)
	// OnCheckContinue is called instead for one that expects 100 (Continue)
	// before it sends its body. nil: 100 is sent, and OnRequest called.
	OnCheckContinue func(req *Request, res *Response)
	// OnSessionError is called when a session fails: the seed's 'sessionError'.
	OnSessionError func(s *Session, err error)
	// OnSocketError is called when the connection of a session fails: the seed's
	// 'socketError'.
	OnSocketError func(s *Session, err error)
	// OnError is called for errors of sessions that no other handler took: the
	// seed's 'error'.
	OnError func(err error)
	// OnTimeout is called when nothing happened on a session for as long as
	// SetTimeout says: the seed's 'timeout'. nil: the session is closed.
	OnTimeout func(s *Session)
	// OnUnknownProtocol is called with a TLS connection that has agreed on
	// neither HTTP/2 nor, if allowed, HTTP/1.1, and owns it: the seed's
	// 'unknownProtocol'. nil: it is closed.
	OnUnknownProtocol func(c *tls.Conn)
	// OnTLSError is called when a client fails to make TLS: Node's
	// 'tlsClientError'. Unlike all others it may be called at the same time as
	// itself.
	OnTLSError func(client net.Addr, err error)
	// OnWarning is called when the Compatibility API is asked for what HTTP/2
	// does not have.
	OnWarning func(text string)

	o       Options
	secure  *SecureOptions // nil: cleartext
	http1   *http.Server   // nil: HTTP/1.1 is not allowed
	begin1  sync.Once      // begins it
	door    *door
	timeout atomic.Int64
	ids     atomic.Uint32

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	sessions  map[*Session]struct{}
	shaking   map[net.Conn]struct{} // in the TLS handshake
	stopping  bool
	idle      chan struct{} // closed when the last session has ended, once stopping
	tasks     sync.WaitGroup
}

// ErrServerClosed is what Serve and Listen return after Close and Shutdown.
var ErrServerClosed = errors.New("http2: the server was closed")

// handshakeTime is how long a TLS handshake may take.
const handshakeTime = 10 * time.Second

// CreateServer makes a server for cleartext connections whose clients know that
// it speaks HTTP/2 (RFC 9113, section 3.3): the seed's http2.createServer.
// onRequest becomes OnRequest; it may be nil. The error is a validation error.
func CreateServer(o Options, onRequest func(*Request, *Response)) (*Server, error) {
	return newServer("createServer", o, onRequest)
}

// CreateSecureServer makes a server for TLS connections with ALPN: the seed's
// http2.createSecureServer.
func CreateSecureServer(o SecureOptions, onRequest func(*Request, *Response)) (*Server, error) {
	const op = "createSecureServer"
	t := o.TLS
	if t == nil || len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		return nil, invalid(op, "TLS must have a certificate: Certificates, GetCertificate or GetConfigForClient")
	}
	s, err := newServer(op, o.Options, onRequest)
	if err != nil {
		return nil, err
	}
	s.secure = &o
	if o.AllowHTTP1 {
		s.serveHTTP1(o.HTTP1)
	}
	return s, nil
}

func newServer(op string, o Options, onRequest func(*Request, *Response)) (*Server, error) {
	if err := o.check(op); err != nil {
		return nil, err
	}
	if o.Settings.MaxConcurrentStreams == nil {
		limit := o.Limits.MaxConcurrent // what is enforced is announced
		if limit == 0 {
			limit = 100
		}
		o.Settings.MaxConcurrentStreams = &limit
	}
	return &Server{OnRequest: onRequest, o: o, listeners: make(map[net.Listener]struct{}),
		sessions: make(map[*Session]struct{}), shaking: make(map[net.Conn]struct{})}, nil
}

// SetTimeout has OnTimeout called when nothing happened on a session for d, or
// the session closed when there is no OnTimeout: the seed's
// http2server.setTimeout. It is for sessions that begin from then on. f nil:
// OnTimeout stays as it is.
func (s *Server) SetTimeout(d time.Duration, f func(*Session)) error {
	if d < 0 {
		return invalid("setTimeout", "the time is %v, it must be 0 or more", d)
	}
	if f != nil {
		s.OnTimeout = f
	}
	s.timeout.Store(int64(d))
	return nil
}

// Listen listens on a TCP address and serves it, until Close or Shutdown.
func (s *Server) Listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return &Error{Kind: ErrInternal, Op: "listen", Reason: err.Error(), Err: err}
	}
	return s.Serve(l)
}

// Serve serves the connections of a listener until Close or Shutdown, which
// close it; it returns ErrServerClosed then.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	if s.stopping {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.listeners[l] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, l)
		s.mu.Unlock()
	}()
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			s.ServeConn(nc)
		case s.stopped():
			return ErrServerClosed
		case !transport.Temporary(err):
			return &Error{Kind: ErrInternal, Op: "accept", Reason: err.Error(), Err: err}
		default:
			time.Sleep(5 * time.Millisecond) // out of descriptors, say: those that serve go on
		}
	}
}

func (s *Server) stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// ServeConn serves one connection, which is the server's from then on: with TLS
// it must be the connection below TLS. It does not wait.
func (s *Server) ServeConn(nc net.Conn) {
	if s.secure == nil {
		s.begin(nc, nil)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		nc.Close()
		return
	}
	s.shaking[nc] = struct{}{}
	s.tasks.Go(func() { s.shake(nc) })
}

// begin makes a session of a connection that speaks HTTP/2.
func (s *Server) begin(nc net.Conn, state *tls.ConnectionState) {
	se := newSession(nc, SessionServer, s.o.config(0))
	se.server = s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		nc.Close()
		return
	}
	s.sessions[se] = struct{}{}
	se.start(&s.o, s.ids.Add(1), state, func() { s.welcome(se) })
}

// welcome is the first that runs on a session's loop.
func (s *Server) welcome(se *Session) {
	se.OnTimeout(func() {
		if s.OnTimeout != nil {
			s.OnTimeout(se)
			return
		}
		se.Destroy()
	})
	se.idle.set(time.Duration(s.timeout.Load()))
	if s.OnSession != nil {
		s.OnSession(se)
	}
}

// forget is called when a session has ended and its handlers have run.
func (s *Server) forget(se *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, se)
	if s.idle != nil && len(s.sessions) == 0 {
		close(s.idle)
		s.idle = nil
	}
}

// stream tells of a request; false: nobody is there to take it.
func (s *Server) stream(st *ServerStream, h Headers, flags Flags) bool {
	if s.OnStream != nil {
		s.OnStream(st, h, flags)
	}
	if s.OnRequest != nil {
		req, res := newCompat(st, h, s)
		switch {
		case !strings.EqualFold(h.Get("expect"), "100-continue"):
			s.OnRequest(req, res)
		case s.OnCheckContinue != nil:
			s.OnCheckContinue(req, res)
		default:
			_ = res.WriteContinue() // an error means that the stream has ended
			s.OnRequest(req, res)
		}
	}
	return s.OnStream != nil || s.OnRequest != nil
}

func (s *Server) socketError(se *Session, err error) bool {
	if s.OnSocketError != nil {
		s.OnSocketError(se, err)
	}
	return s.OnSocketError != nil
}

func (s *Server) sessionError(se *Session, err error, handled bool) {
	switch {
	case s.OnSessionError != nil:
		s.OnSessionError(se, err)
	case !handled && s.OnError != nil:
		s.OnError(err)
	}
}

// Close closes the listeners, ends all sessions at once and waits until their
// handlers have run: not for a handler.
func (s *Server) Close() error {
	idle := s.stop(func(se *Session) { se.Destroy() })
	if s.http1 != nil {
		s.http1.Close()
	}
	<-idle
	s.tasks.Wait()
	return nil
}

// Shutdown closes the listeners, has all sessions tell their peers to begin
// nothing more, and waits until they have ended, or ctx has; then it ends them.
// Not for a handler.
func (s *Server) Shutdown(ctx context.Context) error {
	idle := s.stop(func(se *Session) { se.closeGracefully() })
	var err error
	if s.http1 != nil {
		err = s.http1.Shutdown(ctx)
	}
	select {
	case <-idle:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return errors.Join(err, s.Close())
}

// stop closes what would bring new sessions, and ends those that there are. The
// channel is closed when they have ended.
func (s *Server) stop(end func(*Session)) <-chan struct{} {
	s.mu.Lock()
	s.stopping = true
	for l := range s.listeners {
		l.Close()
	}
	for nc := range s.shaking {
		nc.Close()
	}
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	all := make([]*Session, 0, len(s.sessions))
	for se := range s.sessions {
		all = append(all, se)
	}
	if len(all) == 0 {
		close(idle)
		s.idle = nil
	}
	s.mu.Unlock()
	for _, se := range all {
		end(se)
	}
	return idle
}
