package http2

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"

	"framewise/transport"
)

// shake makes TLS on a connection and goes on with the protocol that was agreed
// upon.
func (s *Server) shake(nc net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	c, err := transport.SecureServer(ctx, nc, s.alpn())
	s.mu.Lock()
	delete(s.shaking, nc)
	stopping := s.stopping
	s.mu.Unlock()
	if err != nil || stopping {
		if err != nil && !stopping && s.OnTLSError != nil {
			s.OnTLSError(nc.RemoteAddr(), err)
		}
		nc.Close()
		return
	}
	state := c.ConnectionState()
	switch {
	case state.NegotiatedProtocol == "h2":
		s.begin(c, &state)
	case s.door != nil && (state.NegotiatedProtocol == "http/1.1" || state.NegotiatedProtocol == ""):
		s.begin1.Do(func() { s.tasks.Go(func() { s.http1.Serve(s.door) }) })
		s.door.give(c)
	case s.OnUnknownProtocol != nil:
		s.OnUnknownProtocol(c)
	default:
		c.Close()
	}
}

// alpn is the TLS configuration with the protocols: h2, and http/1.1 if it is
// allowed. A client that offers neither is let in without one, so that there is
// a connection to tell of.
func (s *Server) alpn() *tls.Config {
	own := s.secure.TLS
	protocols := []string{"h2"}
	if s.secure.AllowHTTP1 {
		protocols = append(protocols, "http/1.1")
	}
	config := own.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		c := own
		if own.GetConfigForClient != nil {
			chosen, err := own.GetConfigForClient(hello)
			if err != nil {
				return nil, err
			}
			if chosen != nil {
				c = chosen
			}
		}
		c = c.Clone()
		c.GetConfigForClient = nil
		c.DynamicRecordSizingDisabled = true
		c.NextProtos = nil
		if slices.ContainsFunc(hello.SupportedProtos, func(p string) bool { return slices.Contains(protocols, p) }) {
			c.NextProtos = protocols
		}
		return c, nil
	}
	return config
}

// serveHTTP1 makes the server for clients without HTTP/2; the first one begins it.
func (s *Server) serveHTTP1(h http.Handler) {
	if h == nil {
		h = http.HandlerFunc(s.compatHTTP1)
	}
	s.door = &door{conns: make(chan net.Conn), done: make(chan struct{})}
	s.http1 = &http.Server{Handler: h, ReadHeaderTimeout: handshakeTime, TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
}

// door is a listener to which connections are given.
type door struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (d *door) give(c net.Conn) {
	select {
	case d.conns <- c:
	case <-d.done:
		c.Close()
	}
}

func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error {
	d.once.Do(func() { close(d.done) })
	return nil
}

func (d *door) Addr() net.Addr { return doorAddr{} }

type doorAddr struct{}

func (doorAddr) Network() string { return "tls" }
func (doorAddr) String() string  { return "HTTP/1.1 of the HTTP/2 server" }
