package cli

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"framewise/server/relay"
	"framewise/server/share"
	"framewise/server/site"
	"framewise/server/tap"

	"github.com/spf13/cobra"
)

// stopTime is how long open connections get to end when the server stops.
const stopTime = 10 * time.Second

type serveFlags struct {
	listen  string
	data    string
	site    string
	origins []string
	allow   []string
	private bool
	ca      string
	relay   relay.Options // the limits

	shareDays   int
	shareQuota  int64
	backup      string
	backupEvery time.Duration
	json        bool
}

const serveLong = `Serve the playground, and the relay that carries its connections to real servers.

The page needs nothing but a browser. A browser has no sockets, though: to dial
a server, the page opens a WebSocket to the relay at /relay, which opens the TCP
or TLS connection. The relay serves this page only: Origin and Host must be those
of --listen (and of --origin), octet by octet.

What may be dialled: while --listen is a loopback address, which is the default,
this machine itself (localhost, 127.0.0.1 and ::1 at any port but 25). As soon as
an --allow is given, only what the --allow flags name. An allowed name that
resolves to this machine or to a private network is refused all the same, unless
--allow-private is given; the address is checked each time it is dialled.

With --data, records can be shared by short links: POST /api/shares keeps one for
--share-days, for whoever has its link. Without --data nothing is stored.

A --listen that other machines can reach needs --origin, the address under which
browsers reach the page, and an --allow for each target.

` + envHelp + `

Exit codes: 0, it was stopped; 1, it can't listen, or the site, --data or --ca can't
be used, or connections were still open 10 s after the stop; 2, the arguments are
wrong.`

const jsonUsage = "print the address, and log, as lines of JSON"

// newLog logs to a writer.
func newLog(w io.Writer, asJSON bool) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// announce prints the address of a server that listens from now on.
func announce(out io.Writer, asJSON bool, url, what string) error {
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]string{"url": url})
	}
	_, err := fmt.Fprintf(out, "%s %s\n", what, url)
	return err
}

func newServe() *cobra.Command {
	f := &serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the playground and its relay",
		Long:  serveLong,
		Example: `  framewise serve
  framewise serve --allow localhost:9000 --allow example.org:443
  framewise serve --ca ca.pem        # to dial a server with a certificate of your own`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnv(cmd); err != nil {
				return err
			}
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8420", "`address` to listen on")
	fl.StringVar(&f.data, "data", "", "`folder` for shared records; it is made if absent (without it nothing can be shared)")
	fl.StringVar(&f.site, "site", "", "`folder` of the playground (default: site beside the folder of this program, as ./build.sh build lays it out)")
	fl.StringArrayVar(&f.origins, "origin", nil, "another `address` of the page, such as https://framewise.example (repeatable)")
	fl.StringArrayVar(&f.allow, "allow", nil, "`host:port` that the relay may dial; * is any port but 25 (repeatable)")
	fl.BoolVar(&f.private, "allow-private", false, "let allowed targets be at loopback and private addresses")
	fl.StringVar(&f.ca, "ca", "", "PEM `file` of authorities to trust beside the system's when dialling TLS")
	o := &f.relay
	fl.IntVar(&o.SocketsPerAddress, "relay-sockets", relay.DefaultSocketsPerAddress, "relayed connections at once for one client `address`")
	fl.IntVar(&o.DialsPerMinute, "relay-dials", relay.DefaultDialsPerMinute, "dials a minute for one client `address`")
	fl.DurationVar(&o.DialTimeout, "relay-dial-timeout", relay.DefaultDialTimeout, "for look-up, TCP and TLS together")
	fl.DurationVar(&o.IdleTimeout, "relay-idle-timeout", relay.DefaultIdleTimeout, "without an octet either way")
	fl.DurationVar(&o.MaxDuration, "relay-max-time", relay.DefaultMaxDuration, "of one relayed connection")
	fl.Int64Var(&o.MaxOctets, "relay-max-octets", relay.DefaultMaxOctets, "of one relayed connection, each way")
	fl.StringVar(&o.ListenOn, "relay-listen", "", "`address` on which the page may open ports, or off (default: 127.0.0.1 while --listen is a loopback address, else off)")
	fl.IntVar(&f.shareDays, "share-days", int(share.DefaultLifetime/(24*time.Hour)), "how long a shared record is kept")
	fl.Int64Var(&f.shareQuota, "share-quota", share.DefaultQuota, "octets of all shared records together")
	fl.StringVar(&f.backup, "backup", "", "`file` to which the shared records are copied while the server runs")
	fl.DurationVar(&f.backupEvery, "backup-every", 24*time.Hour, "how often --backup is written anew")
	fl.BoolVar(&f.json, "json", false, jsonUsage)
	return cmd
}

// run serves until ctx ends, then stops in order.
func (f *serveFlags) run(ctx context.Context, out, errOut io.Writer) error {
	pages, err := f.openSite()
	if err != nil {
		return err
	}
	if f.shareDays < 1 || f.shareQuota < 1 || f.backupEvery <= 0 {
		return usagef("--share-days, --share-quota and --backup-every must be above 0")
	}
	if f.backup != "" && f.data == "" {
		return usagef("--backup copies what is in --data: give that too")
	}
	ln, err := listenTCP(ctx, f.listen)
	if err != nil {
		return err
	}
	defer ln.Close()
	if err := f.relayOptions(ln.Addr().(*net.TCPAddr)); err != nil {
		return err
	}
	f.relay.Log = newLog(errOut, f.json)
	rel, err := relay.New(f.relay)
	if err != nil {
		return usageError{err}
	}
	handler, err := site.Handler(pages, site.Options{Hosts: f.relay.Hosts})
	if err != nil {
		return fmt.Errorf("%w: make it with ./build.sh build, or name its folder with --site", err)
	}
	shares, err := f.openShares()
	if err != nil {
		return err
	}
	stop := shares.start(ctx)
	defer stop()
	return serveHTTP(ctx, ln, rel, shares, handler, out, f.relay.Log, f.json)
}

// openSite finds the playground's files.
func (f *serveFlags) openSite() (fs.FS, error) {
	dir := f.site
	if dir == "" {
		exe, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("where this program lies can't be found: %w: name the site with --site DIR", err)
		}
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir = filepath.Join(filepath.Dir(filepath.Dir(exe)), "site")
	}
	if _, err := os.Stat(filepath.Join(dir, site.Index)); err != nil {
		return nil, fmt.Errorf("no playground in %s (no %s there): make it with ./build.sh build, or name its folder with --site DIR", dir, site.Index)
	}
	return os.DirFS(dir), nil
}

// relayOptions derives from the flags who may use the relay and for what.
func (f *serveFlags) relayOptions(addr *net.TCPAddr) error {
	o := &f.relay
	o.Loopback, o.Private = addr.IP.IsLoopback(), f.private
	if !o.Loopback && len(f.origins) == 0 {
		return usagef("--listen %s can be reached by other machines: give the address of the page as they see it with --origin http://HOST:PORT, or listen on 127.0.0.1", f.listen)
	}
	o.Hosts = site.LoopbackHosts(addr)
	for _, h := range o.Hosts {
		o.Origins = append(o.Origins, "http://"+h)
	}
	for _, s := range f.origins {
		o.Origins = append(o.Origins, s) // relay.New checks the form
		if u, err := url.Parse(s); err == nil {
			if usual := usualHost(u); u.Host != usual {
				return usagef("--origin %s: browsers write it %s://%s", s, u.Scheme, usual)
			}
			o.Hosts = append(o.Hosts, u.Host)
		}
	}
	switch {
	case o.ListenOn == "off":
		o.ListenOn = ""
	case o.ListenOn == "" && o.Loopback:
		o.ListenOn = "127.0.0.1"
	case o.ListenOn != "" && net.ParseIP(o.ListenOn) == nil:
		return usagef("--relay-listen %s: give an IP address, or off", o.ListenOn)
	}
	for _, s := range f.allow {
		t, err := relay.ParseTarget(s)
		if err != nil {
			return usagef("--allow: %w", err)
		}
		o.Allow = append(o.Allow, t)
	}
	if f.data != "" {
		o.Authority = func() (*tap.Authority, error) { return tap.OpenAuthority(f.data, time.Now()) }
	}
	if len(f.allow) == 0 && o.Loopback {
		o.Allow = relay.LoopbackTargets
	}
	if f.ca != "" {
		pool, err := loadCA(f.ca)
		if err != nil {
			return err
		}
		o.RootCAs = pool
	}
	return nil
}

// usualHost is the host and port of an address as browsers send them: in lower
// case, the scheme's own port left out.
func usualHost(u *url.URL) string {
	host, port := strings.ToLower(u.Host), u.Port()
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		host = strings.TrimSuffix(strings.TrimSuffix(host, port), ":")
	}
	return host
}

// loadCA adds a file's certificates to the system's.
func loadCA(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without any
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca: %s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", file)
	}
	return pool, nil
}

// listenTCP listens, with a clear word about what stands in the way.
func listenTCP(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: end what listens there, or choose another address with --listen", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be listened on by this user: choose a port above 1023 with --listen", addr)
	}
	return nil, usagef("--listen %s: %w", addr, err)
}

// serveHTTP runs the web server until ctx ends or the listener fails.
func serveHTTP(ctx context.Context, ln net.Listener, rel *relay.Relay, shares *shares, pages http.Handler, out io.Writer, log *slog.Logger, asJSON bool) error {
	var stopping atomic.Bool
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle("/relay", rel)
	mux.Handle("/relay"+relay.ListenPath, rel)
	mux.Handle("/relay"+relay.AcceptPath, rel)
	mux.Handle("/relay"+relay.TapPath, rel)
	mux.Handle(share.Path, sharePace.handler(shares))
	mux.Handle(share.Path+"/", sharePace.handler(shares))
	mux.Handle("/metrics", site.CheckHost(shares.hosts, metrics(rel, shares)))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if stopping.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, "stopping\n")
			return
		}
		io.WriteString(w, "ok\n")
	})
	srv := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	if err := announce(out, asJSON, "http://"+ln.Addr().String(), "Framewise is at"); err != nil {
		return err
	}
	select {
	case err := <-failed:
		rel.Shutdown(ctx)
		return fmt.Errorf("the server failed: %w", err)
	case <-ctx.Done():
	}
	stopping.Store(true)
	end, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	relErr := rel.Shutdown(end)
	if err := errors.Join(relErr, srv.Shutdown(end)); err != nil {
		srv.Close()
		return fmt.Errorf("connections were still open %s after the stop and were cut: %w", stopTime, err)
	}
	return nil
}
