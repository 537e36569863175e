package http2

import (
	"crypto/tls"
	"net/http"

	"framewise/core/conn"
	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport"
)

// Options are what the seed's createServer, createSecureServer and connect have
// in common. The zero value is the defaults.
type Options struct {
	// MaxDeflateDynamicTableSize bounds the dynamic table that our field blocks
	// use, in octets. 0: 4,096.
	MaxDeflateDynamicTableSize uint32
	// MaxSendHeaderBlockLength bounds a field block that we send, in octets as it
	// can be at most. One beyond it makes OnFrameError, and ends the stream. 0:
	// no bound.
	MaxSendHeaderBlockLength uint32
	// PaddingStrategy says how much padding HEADERS and DATA get.
	PaddingStrategy PaddingStrategy
	// SelectPadding is asked for each HEADERS and DATA frame when the strategy is
	// PaddingCallback: frameLen octets are needed, maxFrameLen are possible; what
	// it returns is held between the two. It must not call this package, and may
	// be called from any goroutine, for one session at a time.
	SelectPadding func(frameLen, maxFrameLen int) int
	// PeerMaxConcurrentStreams is how many streams we open at a time before the
	// peer has announced its own limit. 0: 100.
	PeerMaxConcurrentStreams uint32
	// Settings are announced first. MaxConcurrentStreams is enforced from the
	// first octet on.
	Settings Settings
	// ConnectionWindow is the receive window of the connection, in octets. 0: the
	// protocol's 65,535. It opens again as octets come, so that a stream that
	// nobody reads does not stop the others: the streams' windows bound what is
	// held.
	ConnectionWindow uint32
	// Limits protect against the peer; the zero value is their defaults.
	Limits conn.Limits
	// Recorder gets the record of each connection. nil: none is made.
	Recorder transport.Recorder
}

// SecureOptions are those of the seed's createSecureServer.
type SecureOptions struct {
	Options
	// TLS has the certificates. ALPN is filled in.
	TLS *tls.Config
	// AllowHTTP1 serves clients without HTTP/2 by HTTP/1.1: with HTTP1, or, when
	// that is nil, with the server's OnRequest.
	AllowHTTP1 bool
	HTTP1      http.Handler
}

// ConnectOptions are those of the seed's connect.
type ConnectOptions struct {
	Options
	// MaxReservedRemoteStreams is how many streams the server may have promised
	// and not begun; more are refused. 0: 200.
	MaxReservedRemoteStreams uint32
	// TLS is used for https; nil: the system's authorities.
	TLS *tls.Config
	// Dialer opens the connection; its TLS is this TLS. The zero value dials any
	// address.
	Dialer transport.Dialer
}

func (o *Options) check(op string) error {
	if o.PaddingStrategy > PaddingCallback {
		return invalid(op, "PaddingStrategy is %d, it must be PaddingNone, PaddingMax or PaddingCallback", o.PaddingStrategy)
	}
	if o.PaddingStrategy == PaddingCallback && o.SelectPadding == nil {
		return invalid(op, "PaddingStrategy is PaddingCallback, SelectPadding must be a function")
	}
	return checkSettings(op, o.Settings)
}

// config is what core/session begins with.
func (o *Options) config(maxReserved uint32) session.Config {
	c := session.Config{
		Settings:                   o.Settings,
		MaxDeflateDynamicTableSize: o.MaxDeflateDynamicTableSize,
		MaxSendHeaderBlockLength:   o.MaxSendHeaderBlockLength,
		PeerMaxConcurrentStreams:   o.PeerMaxConcurrentStreams,
		MaxReservedRemoteStreams:   maxReserved,
		ConnWindow:                 o.ConnectionWindow,
		CreditAtOnce:               true,
		Limits:                     o.Limits,
		Causes:                     o.Recorder != nil,
	}
	if m := o.Settings.MaxConcurrentStreams; m != nil && c.Limits.MaxConcurrent == 0 && *m > 0 {
		c.Limits.MaxConcurrent = *m
	}
	switch o.PaddingStrategy {
	case PaddingMax:
		c.SelectPadding = func(_, maxFrameLen int) int { return maxFrameLen }
	case PaddingCallback:
		c.SelectPadding = o.SelectPadding
	}
	return c
}

func (o *Options) record(id uint32, client, server, via string, state *tls.ConnectionState) trace.Conn {
	return trace.Conn{ID: id, Client: client, Server: server, Via: via, TLS: transport.TLSFacts(state)}
}
