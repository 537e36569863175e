package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"framewise/core/inspect/filter"
	"framewise/server/tap"

	"github.com/spf13/cobra"
)

type tapFlags struct {
	listen, to, name string
	data, ca         string
	insecure         bool
	json, short      bool
	quiet, color     bool
	filter, record   string
	conns            int
}

const tapLong = `Stand between a real client and a real server and show the frames of both.

Point the client at --listen instead of the server; every connection is carried to
--to, octet by octet, with its end or reset. A client that speaks cleartext HTTP/2 is
carried in cleartext; one that begins TLS gets TLS, with the protocol that the real
server chooses (ALPN). Its certificate is signed by an authority of this machine's
own, which is made on first use in the folder of --data; 'framewise tap ca' says how
to trust it. Connections that speak something else than HTTP/2 pass too.

Frames are printed as 'framewise get -v' does; --short prints one line a frame,
--json one object a line. -o keeps all octets as a trace, contents included: treat it
as what passed. What is shown of a connection ends after 64 MiB (contents of DATA not
counted); what passes does not.

Exit codes: 0, it was stopped; 1, it can't listen, or a file can't be written; 2, the
arguments are wrong.`

// defaultData is the folder of --data for commands that a person starts.
func defaultData() string {
	if dir, err := os.UserConfigDir(); err == nil {
		return filepath.Join(dir, "framewise")
	}
	return ".framewise"
}

func newTap() *cobra.Command {
	f := &tapFlags{}
	cmd := &cobra.Command{
		Use:   "tap --to HOST:PORT",
		Short: "Show the frames between a real client and a real server",
		Long:  tapLong,
		Example: `  framewise tap --to 127.0.0.1:9000
  curl --http2-prior-knowledge http://127.0.0.1:8430/      # in another terminal
  framewise tap --listen 127.0.0.1:8443 --to example.org:443 -o talk.h2trace
  curl --cacert "$(framewise tap ca --file)" --connect-to example.org:443:127.0.0.1:8443 https://example.org/`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if f.color, err = colored(cmd); err != nil {
				return err
			}
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.to, "to", "", "`host:port` of the real server")
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8430", "`address` for the client")
	fl.StringVarP(&f.record, "output", "o", "", "keep the trace of all connections in a `file`")
	fl.BoolVar(&f.json, "json", false, "print every frame as a line of JSON")
	fl.BoolVar(&f.short, "short", false, "print one line a frame")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print no frames")
	fl.StringVar(&f.filter, "filter", "", "show only the frames that match the `filter`")
	fl.StringVar(&f.name, "server-name", "", "`name` to ask a server with TLS for (default: the host of --to)")
	fl.StringVar(&f.ca, "ca", "", "PEM `file` of authorities to trust beside the system's, for the server")
	fl.BoolVarP(&f.insecure, "insecure", "k", false, "take any certificate of the server's")
	fl.IntVar(&f.conns, "connections", tap.DefaultMaxConns, "connections at once")
	cmd.PersistentFlags().StringVar(&f.data, "data", defaultData(), "`folder` of the tap's own authority")
	cmd.AddCommand(newTapCA(f))
	return cmd
}

func newTapCA(f *tapFlags) *cobra.Command {
	file := false
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Say how to trust the tap's authority",
		Long: `Make the tap's authority, if there is none, and say how to trust its certificate.

Its key lies in the folder of --data, readable for you alone. Whoever has the key can
pose as any server towards a client that trusts it: trust it only where you use the
tap, for as long as you use it, and remove the files to be rid of it.

Exit codes: 0, there is an authority; 1, it can't be made or read; 2, the arguments
are wrong.`,
		Example: "  framewise tap ca\n  curl --cacert \"$(framewise tap ca --file)\" https://localhost:8430/",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := tap.OpenAuthority(f.data, time.Now())
			if err != nil {
				return err
			}
			if file {
				fmt.Fprintln(cmd.OutOrStdout(), a.File)
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), trustText, a.File, a.Fingerprint(), a.Cert.NotAfter.Format(time.DateOnly),
				a.File, a.File, a.File, a.File, a.Cert.Subject.CommonName)
			return nil
		},
	}
	cmd.Flags().BoolVar(&file, "file", false, "print only the name of the certificate's file")
	return cmd
}

const trustText = `The tap's authority: %s
SHA-256 %s, until %s

One command only:  curl --cacert %s https://…
Node.js:           NODE_EXTRA_CA_CERTS=%s node …
Debian, system:    sudo cp %s /usr/local/share/ca-certificates/framewise-tap.crt && sudo update-ca-certificates
Chromium (Linux):  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n framewise-tap -i %s
Firefox:           Settings, Certificates, Authorities, Import ("%s")

Remove it there again, and the files, when you are done.
`

func (f *tapFlags) run(ctx context.Context, out, errOut io.Writer) (err error) {
	if f.to == "" {
		return usagef("name the real server with --to HOST:PORT")
	}
	if err := hostPort(f.to); err != nil {
		return usagef("--to: %w", err)
	}
	if _, err := filter.Parse(f.filter); err != nil {
		return usagef("--filter: %w", err)
	}
	if f.conns < 1 {
		return usagef("--connections must be above 0")
	}
	o := tap.Options{To: f.to, ServerName: f.name, Insecure: f.insecure, MaxConns: f.conns, Zero: time.Now(),
		Log: slog.New(slog.NewTextHandler(errOut, nil))}
	if f.ca != "" {
		if o.RootCAs, err = loadCA(f.ca); err != nil {
			return err
		}
	}
	if o.Authority, err = tap.OpenAuthority(f.data, time.Now()); err != nil {
		return err
	}
	var to many
	if !f.quiet {
		sh := newTapShow(out, f)
		to = append(to, sh)
		defer func() {
			if cerr := sh.finish(); err == nil {
				err = cerr
			}
		}()
	}
	if f.record != "" {
		file, err := newTraceFile(f.record, "framewise tap", "Tapped on the way to "+f.to, o.Zero)
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
		o.Recorder = to
	}
	t, err := tap.New(o)
	if err != nil {
		return usagef("--to: %w", err)
	}
	ln, err := listenTCP(ctx, f.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "# tapping tcp://%s, the server is %s\n", ln.Addr(), f.to)
	return t.Serve(ctx, ln)
}
