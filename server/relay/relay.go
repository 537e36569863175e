// Package relay carries octets between a page and a TCP or TLS server: a
// browser has no sockets, so the page opens a WebSocket here and names the
// server it wants.
//
// In come WebSocket requests of the form
//
//	GET /relay?to=HOST:PORT&tls=0|1
//
// The first message is the relay's, a text with one JSON object (ws.Answer): the
// target is open, or why it isn't. Only then may the client send; what it sends
// before ends the connection. From there on binary messages of at most 32 KiB
// travel both ways, their octets unchanged and their borders without meaning.
// When the target closes, the WebSocket is closed with a reason.
//
// The other way round, a page can listen (see listen.go):
//
//	GET /relay/listen?port=N        holds a port open and announces connections
//	GET /relay/accept?token=TOKEN   carries one of them
//
// and watch what two other programs say to each other (see tap.go):
//
//	GET /relay/tap?port=N&to=HOST:PORT
//
// Who may connect, and where to, is decided here and nowhere else: the exact
// Origin and Host of the page (a missing Origin is refused), the list of
// targets, and the address that is really dialled, after name resolution. The
// package reads nothing of what it carries and forwards no field of the
// client's request.
package relay

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"framewise/server/internal/gate"
	"framewise/server/tap"
	"framewise/transport/ws"

	"github.com/coder/websocket"
)

// Defaults of Options.
const (
	DefaultSocketsPerAddress = 4
	DefaultDialsPerMinute    = 10
	DefaultDialTimeout       = 5 * time.Second
	DefaultIdleTimeout       = 60 * time.Second
	DefaultMaxDuration       = 10 * time.Minute
	DefaultMaxOctets         = 16 << 20

	DefaultListenersPerAddress = 2
	DefaultConnsPerPort        = 16
	DefaultMaxListen           = time.Hour
)

// Options configure a Relay. Origins and Allow must not be empty; a zero number
// or duration stands for its default.
type Options struct {
	// Origins are the pages that may connect, as a browser writes them in
	// Origin: "http://127.0.0.1:8420". They are compared octet by octet.
	Origins []string
	// Hosts are the values of Host that are taken: "127.0.0.1:8420". Empty: the
	// hosts of Origins.
	Hosts []string

	// Allow are the targets that may be asked for. With none, every dial is
	// refused.
	Allow []Target
	// Loopback lets a target that is allowed by a loopback name (localhost,
	// 127.0.0.1, ::1) be dialled on this machine.
	Loopback bool
	// Private lets every allowed target be dialled at a loopback, private or
	// own address.
	Private bool
	// RootCAs verify the certificates of targets; nil: those of the system.
	RootCAs *x509.CertPool

	SocketsPerAddress int           // open at once, for one client address
	DialsPerMinute    int           // begun, for one client address
	DialTimeout       time.Duration // name, TCP and TLS together
	IdleTimeout       time.Duration // without an octet either way
	MaxDuration       time.Duration // of one connection
	MaxOctets         int64         // of one connection, each way

	// ListenOn is the address on which pages may open ports: "127.0.0.1". Empty:
	// they may not.
	ListenOn            string
	ListenersPerAddress int           // ports open at once, for one client address
	ConnsPerPort        int           // at once
	MaxListen           time.Duration // that a port is held open

	// Authority is the one of taps, for clients with TLS; nil: they are refused.
	Authority func() (*tap.Authority, error)

	// Log gets one line a connection, without any payload; nil: slog.Default().
	Log *slog.Logger
	// Resolver looks names up; nil: that of the system.
	Resolver *net.Resolver
}

// Relay is the handler of /relay. Make one with New, end it with Shutdown.
type Relay struct {
	opts    Options
	clients *clients
	salt    [16]byte // of the hashes of client addresses in the log

	hall    hall
	stats   stats
	mu      sync.Mutex
	stopped bool
	stop    chan struct{}  // closed by Shutdown
	live    sync.WaitGroup // connections in ServeHTTP
	grace   time.Duration  // see grace

	checked func(a netip.Addr, err error) error // tests hear of each address, and may refuse it too; nil: nobody does
}

// New checks the options and makes a Relay. An error names the option and the
// value that is wrong.
func New(o Options) (*Relay, error) {
	if len(o.Origins) == 0 {
		return nil, errors.New("relay: no origin is allowed: give the address of the page, as http://127.0.0.1:8420")
	}
	var hosts []string
	for _, origin := range o.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, fmt.Errorf("relay: origin %q is not of the form http://host:port or https://host:port, without a path", origin)
		}
		hosts = append(hosts, u.Host)
	}
	if len(o.Hosts) == 0 {
		o.Hosts = hosts
	}
	o.setDefaults()
	if o.SocketsPerAddress < 0 || o.DialsPerMinute < 0 || o.DialTimeout < 0 || o.IdleTimeout < 0 || o.MaxDuration < 0 || o.MaxOctets < 0 || o.ListenersPerAddress < 0 || o.ConnsPerPort < 0 || o.MaxListen < 0 {
		return nil, errors.New("relay: a limit is negative: give 0 for its default, or more")
	}
	r := &Relay{opts: o, clients: newClients(o.SocketsPerAddress, o.DialsPerMinute),
		hall: hall{open: map[string]int{}, waiting: map[string]*visitor{}}, stop: make(chan struct{}), grace: grace}
	if _, err := rand.Read(r.salt[:]); err != nil {
		return nil, fmt.Errorf("relay: no randomness from the system: %w", err)
	}
	return r, nil
}

func (o *Options) setDefaults() {
	def(&o.SocketsPerAddress, DefaultSocketsPerAddress)
	def(&o.DialsPerMinute, DefaultDialsPerMinute)
	def(&o.DialTimeout, DefaultDialTimeout)
	def(&o.IdleTimeout, DefaultIdleTimeout)
	def(&o.MaxDuration, DefaultMaxDuration)
	def(&o.MaxOctets, DefaultMaxOctets)
	def(&o.ListenersPerAddress, DefaultListenersPerAddress)
	def(&o.ConnsPerPort, DefaultConnsPerPort)
	def(&o.MaxListen, DefaultMaxListen)
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

func def[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// ServeHTTP takes one WebSocket and stays until it ends. What is no WebSocket
// from an allowed page is answered with a status and a line of text.
func (r *Relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !r.enter() {
		http.Error(w, "the relay is stopping", http.StatusServiceUnavailable)
		return
	}
	defer r.live.Done()
	audit := r.opts.Log.With("client", r.hash(req.RemoteAddr), "to", asked(req))
	if status, why := r.gate(req); status != 0 {
		r.stats.refused.Add(1)
		audit.Info("relay", "end", why)
		http.Error(w, why, status)
		return
	}
	// The Origin was compared exactly by gate; the library's own check would
	// also let a missing one pass.
	web, err := websocket.Accept(w, req, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		audit.Info("relay", "end", err.Error())
		return
	}
	web.SetReadLimit(ws.MaxMessage)
	sock := &socket{Conn: web, below: http.NewResponseController(w), grace: r.grace}
	defer sock.free()
	c := &conn{relay: r, ws: sock, begun: time.Now()}
	r.stats.open.Add(1)
	var end string
	switch {
	case strings.HasSuffix(req.URL.Path, ListenPath):
		end = r.serveListen(sock, req)
	case strings.HasSuffix(req.URL.Path, AcceptPath):
		end = c.runAccepted(req)
	case strings.HasSuffix(req.URL.Path, TapPath):
		end = r.serveTap(sock, req)
	default:
		end = c.run(req)
	}
	r.stats.ended(c)
	audit.Info("relay", "address", c.address, "up", c.up.Load(), "down", c.down.Load(),
		"ms", time.Since(c.begun).Milliseconds(), "end", end)
}

// enter counts a connection in, unless the relay is stopping.
func (r *Relay) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return false
	}
	r.live.Add(1)
	return true
}

// gate decides whether the request may become a WebSocket. Status 0: yes.
func (r *Relay) gate(req *http.Request) (status int, why string) {
	g := gate.Gate{Origins: r.opts.Origins, Hosts: r.opts.Hosts}
	return g.Write(req, "relay")
}

// Shutdown refuses new connections, closes those that are open with code 1001
// and waits until all have ended or ctx has; then the error is ctx's.
func (r *Relay) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	if !r.stopped {
		r.stopped = true
		close(r.stop)
	}
	r.mu.Unlock()
	done := make(chan struct{})
	go func() {
		r.live.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hash stands for a client in the log: the same within one run of the relay,
// and of no use outside it.
func (r *Relay) hash(remote string) string {
	sum := sha256.Sum256(append(r.salt[:], gate.ClientKey(remote)...))
	return hex.EncodeToString(sum[:6])
}

// asked is what a client wants, for the log.
func asked(req *http.Request) string {
	q := req.URL.Query()
	switch {
	case strings.HasSuffix(req.URL.Path, ListenPath):
		return "listen " + logged(q.Get("port"))
	case strings.HasSuffix(req.URL.Path, AcceptPath):
		return "accept"
	case strings.HasSuffix(req.URL.Path, TapPath):
		return "tap " + logged(q.Get("to"))
	}
	return logged(q.Get("to"))
}

// logged keeps what a client typed short; slog quotes it.
func logged(s string) string {
	const most = 260 // a name of 253 and a port
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
