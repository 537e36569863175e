package cli

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"framewise/core/hpack"
	"framewise/server/origin"

	"github.com/spf13/cobra"
)

type originFlags struct {
	listen, dir string
	cert, key   string
	headers     []string
	idle        time.Duration
	record      string
	json        bool
}

const originLong = `Serve a folder over HTTP/2, on the project's own core.

Without a certificate the server speaks cleartext HTTP/2, by prior knowledge or by
Upgrade; with one it speaks TLS and takes h2 in ALPN. GET and HEAD answer with
files, / with index.html; POST and PUT to any path read the content and answer its
length in octets as text. Files of up to 1 MiB, and of up to 16 MiB while there is
room, are kept in memory and looked at again after a second.

` + envHelp + `

Exit codes: 0, it was stopped; 1, it can't listen, or the folder, the certificate or
the trace can't be used; 2, the arguments are wrong.`

func newOrigin() *cobra.Command {
	f := &originFlags{}
	cmd := &cobra.Command{
		Use:   "origin",
		Short: "Serve a folder over HTTP/2",
		Long:  originLong,
		Example: `  framewise origin --dir public
  framewise origin --listen 127.0.0.1:9443 --dir public --cert cert.pem --key key.pem
  curl --http2-prior-knowledge http://127.0.0.1:9000/
  nghttp -v http://127.0.0.1:9000/`,
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
	fl.StringVar(&f.listen, "listen", "127.0.0.1:9000", "`address` to listen on")
	fl.StringVar(&f.dir, "dir", ".", "`folder` to serve")
	fl.StringVar(&f.cert, "cert", "", "PEM `file` of the certificate and those that vouch for it")
	fl.StringVar(&f.key, "key", "", "PEM `file` of the certificate's key")
	fl.StringArrayVar(&f.headers, "header", nil, "`name:value` of a field to add to every response (repeatable)")
	fl.DurationVar(&f.idle, "idle-timeout", origin.DefaultIdleTimeout, "end a connection on which nothing came for so long")
	fl.StringVarP(&f.record, "output", "o", "", "keep the trace of all connections in a `file`")
	fl.BoolVar(&f.json, "json", false, jsonUsage)
	return cmd
}

func (f *originFlags) run(ctx context.Context, out, errOut io.Writer) (err error) {
	o := origin.Options{Dir: f.dir, IdleTimeout: f.idle, Log: newLog(errOut, f.json)}
	if o.TLS, err = f.certificate(); err != nil {
		return err
	}
	for _, h := range f.headers {
		field, err := parseField(h)
		if err != nil {
			return usagef("--header: %w", err)
		}
		switch field.Name {
		case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "te", "content-length":
			return usagef("--header: %s belongs to the framing of a message and can't be added", field.Name)
		}
		if field.Name[0] == ':' {
			return usagef("--header: %s is a pseudo-header field, which can't be added", field.Name)
		}
		o.Fields = append(o.Fields, field)
	}
	if f.record != "" {
		rec, err := newTraceFile(f.record, "framewise origin", "Served from "+f.dir, time.Now())
		if err != nil {
			return err
		}
		defer func() {
			if cerr := rec.Close(); err == nil {
				err = cerr
			}
		}()
		o.Recorder = rec
	}
	srv, err := origin.New(o)
	if err != nil {
		return err
	}
	defer srv.Close()
	ln, err := listenTCP(ctx, f.listen)
	if err != nil {
		return err
	}
	scheme := "http"
	if o.TLS != nil {
		scheme = "https"
	}
	if err := announce(out, f.json, scheme+"://"+ln.Addr().String(), "Serving "+f.dir+" at"); err != nil {
		return err
	}
	return srv.Serve(ctx, ln, stopTime)
}

// certificate loads what --cert and --key name. nil: neither was given.
func (f *originFlags) certificate() (*tls.Config, error) {
	if f.cert == "" && f.key == "" {
		return nil, nil
	}
	if f.cert == "" || f.key == "" {
		return nil, usagef("--cert and --key belong together: give both")
	}
	for _, file := range []string{f.cert, f.key} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("the certificate can't be loaded: %w", err)
		}
	}
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, fmt.Errorf("the certificate in %s with the key in %s can't be used: %w", f.cert, f.key, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}, nil
}

// parseField reads "name: value". The name is put in lower case, as HTTP/2 has
// it (RFC 9113, section 8.2.1).
func parseField(s string) (hpack.Field, error) {
	name, value, ok := strings.Cut(s, ":")
	if strings.HasPrefix(s, ":") {
		if name, value, ok = strings.Cut(s[1:], ":"); ok {
			name = ":" + name
		}
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if !ok || name == "" || name == ":" {
		return hpack.Field{}, fmt.Errorf("%q is not name:value", s)
	}
	if strings.ContainsFunc(strings.TrimPrefix(name, ":"), notToken) {
		return hpack.Field{}, fmt.Errorf("the name in %q has an octet that names may not have", s)
	}
	value = strings.Trim(value, " \t")
	if strings.ContainsAny(value, "\x00\r\n") {
		return hpack.Field{}, fmt.Errorf("the value of %s has a NUL, CR or LF", name)
	}
	return hpack.Field{Name: name, Value: value}, nil
}

// notToken is true for what a name or a method may not hold (RFC 9110, section
// 5.6.2).
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}
