package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"framewise/core/hpack"
	"framewise/core/inspect/filter"
	"framewise/core/trace"
	"framewise/transport"

	"github.com/spf13/cobra"
)

type getFlags struct {
	verbose, json bool
	filter        string
	color         bool
	output        string
	insecure      bool
	ca, keyLog    string
	headers       []string
	data, method  string
	timeout       time.Duration
	noPush        bool
	body          body // of --data
	fields        []hpack.Field
	tls           *tls.Config
	keys          *os.File // nil: the secrets of TLS are not kept
	out, errOut   io.Writer
	rec           transport.Recorder // nil: nobody wants the record
	zero          time.Time
	conns         uint32
}

const getLong = `Ask for URLs over HTTP/2, on the project's own core, and show what happens.

Without -v the contents of the responses are printed. With -v every frame is
printed instead, in both directions, with its fields and what it did; --json makes
that one JSON object a line. -o keeps the whole exchange as a trace, for
'framewise inspect' and the playground. URLs of one origin share a connection.

http:// is cleartext HTTP/2 by prior knowledge, https:// TLS with ALPN.

Exit codes: 0, every URL was answered, whatever the status; 1, one was not, and
standard error says which and why; 2, the arguments are wrong.`

func newGet() *cobra.Command {
	f := &getFlags{}
	cmd := &cobra.Command{
		Use:   "get URL…",
		Short: "Ask for URLs and show the frames",
		Long:  getLong,
		Example: `  framewise get -v http://127.0.0.1:9000/
  framewise get -v -k https://127.0.0.1:9443/a https://127.0.0.1:9443/b
  framewise get -d @file.bin -o post.h2trace http://127.0.0.1:9000/upload`,
		ValidArgsFunction: nothing,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("name at least one URL")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.out, f.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			var err error
			if f.color, err = colored(cmd); err != nil {
				return err
			}
			return f.run(cmd.Context(), args, cmd.InOrStdin())
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "print every frame instead of the contents")
	fl.BoolVar(&f.json, "json", false, "print every frame as a line of JSON")
	fl.StringVar(&f.filter, "filter", "", "of -v and --json: only the frames that match the `filter`")
	fl.StringVarP(&f.output, "output", "o", "", "keep the trace in a `file`")
	fl.StringVarP(&f.method, "request", "X", "", "`method` (default GET, with --data POST)")
	fl.StringArrayVarP(&f.headers, "header", "H", nil, "`name:value` of a field to send; replaces ours of the same name (repeatable)")
	fl.StringVarP(&f.data, "data", "d", "", "content to send; @`file` sends a file's, @- standard input's")
	fl.StringVar(&f.ca, "ca", "", "PEM `file` of authorities to trust beside the system's")
	fl.StringVar(&f.keyLog, "keylog", "", "add the secrets of TLS to a `file`, for those who open a capture (default: the file of "+keyLogVariable+")")
	fl.BoolVarP(&f.insecure, "insecure", "k", false, "take any certificate")
	fl.DurationVar(&f.timeout, "timeout", 10*time.Second, "give up when connecting takes so long, or nothing comes for so long")
	fl.BoolVar(&f.noPush, "no-push", false, "announce ENABLE_PUSH=0")
	return cmd
}

// group is the URLs of one origin.
type group struct {
	scheme, host, port string
	urls               []*url.URL
}

func (f *getFlags) run(ctx context.Context, args []string, in io.Reader) (err error) {
	groups, err := groupURLs(args)
	if err != nil {
		return err
	}
	if err := f.prepare(in); err != nil {
		return err
	}
	defer f.body.close()
	if f.keys, err = openKeyLog(f.keyLog); err != nil {
		return err
	}
	if f.keys != nil {
		f.tls.KeyLogWriter = f.keys
		defer f.keys.Close()
	}
	f.zero = time.Now()
	var to many
	var sh *show
	if f.verbose || f.json {
		sh = newShow(f.out, f.json, true)
		sh.conns, sh.filter, sh.color = len(groups) > 1, f.filter, f.color
		to = append(to, sh)
	}
	if f.output != "" {
		file, err := newTraceFile(f.output, "framewise get", strings.Join(args, " "), f.zero)
		if err != nil {
			return err
		}
		defer func() {
			if cerr := file.Close(); err == nil {
				err = cerr
			}
		}()
		to = append(to, file)
	}
	if len(to) > 0 {
		f.rec = to
	}
	failed := false
	for _, g := range groups {
		for _, err := range f.ask(ctx, g) {
			failed = true
			fmt.Fprintf(f.errOut, "framewise get: %v\n", err)
		}
	}
	if sh != nil {
		if err := sh.finish(); err != nil {
			return err
		}
	}
	if failed {
		return errShown
	}
	return nil
}

// prepare checks what the flags ask for.
func (f *getFlags) prepare(in io.Reader) (err error) {
	if f.timeout <= 0 {
		return usagef("--timeout %s: give a time above 0", f.timeout)
	}
	if _, err := filter.Parse(f.filter); err != nil {
		return usagef("--filter: %w", err)
	}
	if f.filter != "" && !f.verbose && !f.json {
		return usagef("--filter chooses among the frames that -v or --json print: give one of these too")
	}
	if strings.ContainsFunc(f.method, notToken) {
		return usagef("--request %q is no method: it may not hold spaces and separators", f.method)
	}
	for _, h := range f.headers {
		field, err := parseField(h)
		if err != nil {
			return usagef("--header: %w", err)
		}
		f.fields = append(f.fields, field)
	}
	f.tls = &tls.Config{InsecureSkipVerify: f.insecure, MinVersion: tls.VersionTLS12}
	if f.ca != "" {
		if f.tls.RootCAs, err = loadCA(f.ca); err != nil {
			return err
		}
	}
	if f.body, err = openBody(f.data, in); err != nil {
		return err
	}
	if f.method == "" {
		f.method = "GET"
		if f.body.has {
			f.method = "POST"
		}
	}
	return nil
}

// groupURLs sorts the URLs by origin, in the order of the first of each.
func groupURLs(args []string) ([]*group, error) {
	var groups []*group
	by := map[string]*group{}
	for _, arg := range args {
		u, err := url.Parse(arg)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return nil, usagef("%q is no URL of the form http://HOST/PATH or https://HOST/PATH", arg)
		}
		if u.User != nil {
			return nil, usagef("%q holds a user name: send it with -H 'authorization: …' instead", arg)
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		key := u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
		g := by[key]
		if g == nil {
			g = &group{scheme: u.Scheme, host: u.Hostname(), port: port}
			by[key] = g
			groups = append(groups, g)
		}
		g.urls = append(g.urls, u)
	}
	return groups, nil
}

// ask sends the requests of one origin over one connection and returns what
// went wrong, a line each.
func (f *getFlags) ask(ctx context.Context, g *group) []error {
	d := transport.Dialer{TrustHint: "name its authority with --ca FILE, or look all the same with --insecure"}
	if g.scheme == "https" {
		d.TLS = f.tls
	}
	dialCtx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	nc, err := d.Dial(dialCtx, g.host, g.port)
	if err != nil {
		return []error{err}
	}
	var facts *trace.TLS
	if c, ok := nc.(*tls.Conn); ok {
		state := c.ConnectionState()
		facts = transport.TLSFacts(&state)
		facts.Name = g.host
	}
	x := newExchange(f, g)
	f.conns++
	x.begin(nc, transport.Options{
		IdleTimeout: f.timeout, Zero: f.zero,
		Conn: trace.Conn{ID: f.conns, Client: nc.LocalAddr().String(), Server: net.JoinHostPort(g.host, g.port), Via: "tcp", TLS: facts},
	})
	return x.wait(ctx)
}

// body is the content that --data names.
type body struct {
	has  bool
	file *os.File // nil: text
	text []byte
	size int64
}

// openBody reads --data. A file is read when it is sent.
func openBody(data string, in io.Reader) (b body, err error) {
	if data == "" {
		return b, nil
	}
	b.has = true
	name, isFile := strings.CutPrefix(data, "@")
	switch {
	case !isFile:
		b.text = []byte(data)
	case name == "-":
		if b.text, err = io.ReadAll(in); err != nil {
			return b, fmt.Errorf("standard input can't be read: %w", err)
		}
	default:
		if b.file, err = openFile(name); err != nil {
			return b, fmt.Errorf("--data: %w", err)
		}
		info, err := b.file.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is not a file: give its content with --data @-", name)
		}
		if err != nil {
			b.file.Close()
			return b, fmt.Errorf("--data: %w", err)
		}
		b.size = info.Size()
		return b, nil
	}
	b.size = int64(len(b.text))
	return b, nil
}

func (b *body) close() {
	if b.file != nil {
		b.file.Close()
	}
}

// read fills p with the content from off on.
func (b *body) read(p []byte, off int64) error {
	if b.file == nil {
		copy(p, b.text[off:])
		return nil
	}
	_, err := b.file.ReadAt(p, off)
	if err == io.EOF {
		return errors.New("the file of --data became shorter while it was sent")
	}
	return err
}
