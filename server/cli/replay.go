package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"

	"framewise/core/trace"
	"framewise/server/replay"
	"framewise/transport"

	"github.com/spf13/cobra"
)

type replayFlags struct {
	input    inputFlags
	to, tls  string
	ca       string
	insecure bool
	ignore   []string
	record   string
	json     bool
	timeout  time.Duration
}

const replayLong = `Let the client of a trace speak to a live server once more, and show the first place
where the server answers otherwise.

The client's octets are sent as they were, frame by frame, each when the server has
come as far as it had in the trace: its settings, responses, ends of streams, credit.
What the server says is compared stream by stream: fields, contents, ends, resets,
settings, GOAWAY; not how it cuts contents into frames, and not the fields of
--ignore. A request that changes something on the server changes it again.

Exit codes: 0, the server said the same; 1, it did not, or could not be reached, or
the file can't be read; 2, the arguments are wrong.`

func newReplay() *cobra.Command {
	f := &replayFlags{}
	cmd := &cobra.Command{
		Use:   "replay FILE --to HOST:PORT",
		Short: "Let the client of a trace speak to a live server",
		Long:  replayLong,
		Example: `  framewise get -o talk.h2trace http://127.0.0.1:9000/
  framewise replay talk.h2trace --to 127.0.0.1:9000
  framewise replay capture.pcapng --keys keys.log --connection 2 --to 127.0.0.1:9443 -k`,
		ValidArgsFunction: records(1),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one file, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), cmd.InOrStdin(), args[0])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.to, "to", "", "`host:port` of the server")
	fl.StringVar(&f.tls, "tls", "auto", "`on`, off, or auto: as in the trace")
	fl.StringVar(&f.ca, "ca", "", "PEM `file` of authorities to trust beside the system's")
	fl.BoolVarP(&f.insecure, "insecure", "k", false, "take any certificate")
	fl.StringArrayVar(&f.ignore, "ignore", []string{"date", "age"}, "`name` of a field whose values may differ (repeatable)")
	fl.DurationVar(&f.timeout, "timeout", replay.DefaultPatience, "how long the server may say nothing that is waited for")
	fl.StringVarP(&f.record, "output", "o", "", "keep the trace of what happens now in a `file`")
	fl.BoolVar(&f.json, "json", false, "print the result as JSON")
	f.input.add(cmd)
	return cmd
}

func (f *replayFlags) run(ctx context.Context, out, errOut io.Writer, in io.Reader, name string) (err error) {
	if f.to == "" {
		return usagef("name the server with --to HOST:PORT")
	}
	if err := hostPort(f.to); err != nil {
		return usagef("--to: %w", err)
	}
	host, port, err := net.SplitHostPort(f.to)
	if err != nil {
		return err
	}
	if f.tls != "auto" && f.tls != "on" && f.tls != "off" {
		return usagef("--tls %q is none of on, off, auto", f.tls)
	}
	if f.timeout <= 0 {
		return usagef("--timeout %s: give a time above 0", f.timeout)
	}
	script, err := f.script(in, errOut, name)
	if err != nil {
		return err
	}
	d := transport.Dialer{TrustHint: "name its authority with --ca FILE, or --insecure takes any certificate"}
	if f.tls == "on" || f.tls == "auto" && script.Conn.TLS != nil {
		d.TLS = &tls.Config{InsecureSkipVerify: f.insecure, MinVersion: tls.VersionTLS12}
		if f.ca != "" {
			if d.TLS.RootCAs, err = loadCA(f.ca); err != nil {
				return err
			}
		}
	}
	dial, cancel := context.WithTimeout(ctx, 10*time.Second)
	nc, err := d.Dial(dial, host, port)
	cancel()
	if err != nil {
		return err
	}
	o := replay.Options{Patience: f.timeout, Zero: time.Now(), Conn: trace.Conn{ID: 1, Client: nc.LocalAddr().String(), Server: f.to, Via: "tcp"}}
	if c, ok := nc.(*tls.Conn); ok {
		state := c.ConnectionState()
		o.Conn.TLS = transport.TLSFacts(&state)
	}
	if f.record != "" {
		file, ferr := newTraceFile(f.record, "framewise replay", "Replayed to "+f.to, o.Zero)
		if ferr != nil {
			nc.Close()
			return ferr
		}
		o.Recorder = file
		defer func() {
			if cerr := file.Close(); err == nil {
				err = cerr
			}
		}()
	}
	r, err := script.Run(ctx, nc, o)
	if err != nil {
		return err
	}
	return f.tell(out, r)
}

// script reads the file.
func (f *replayFlags) script(in io.Reader, errOut io.Writer, name string) (*replay.Script, error) {
	i, err := f.input.open(name, in, errOut)
	if err != nil {
		return nil, err
	}
	var entries []trace.Entry
	err = i.each(func(e trace.Entry) error {
		entries = append(entries, e)
		return nil
	})
	i.tell(errOut, err)
	if err != nil {
		return nil, err
	}
	s, err := replay.Prepare(entries, f.input.connection, f.ignore)
	if err != nil {
		return nil, fmt.Errorf("%s can't be replayed: %w", i.name, err)
	}
	return s, nil
}

// tell prints the result. The error is errShown when the server said something
// else.
func (f *replayFlags) tell(out io.Writer, r replay.Result) error {
	same := r.Difference == nil && r.Stopped == ""
	if f.json {
		if err := json.NewEncoder(out).Encode(struct {
			Same bool `json:"same"`
			replay.Result
		}{same, r}); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "sent %d of %d pieces of the client (%d octets), received %d octets; %d streams answered as in the trace\n",
			r.Done, r.Chunks, r.Sent, r.Received, r.Streams)
		if r.Stopped != "" {
			fmt.Fprintf(out, "stopped: %s\n", r.Stopped)
		}
		if d := r.Difference; d != nil {
			where := "the connection"
			if d.Stream != 0 {
				where = fmt.Sprintf("stream %d", d.Stream)
			}
			fmt.Fprintf(out, "first difference, on %s: %s\n", where, d.Text)
			if d.Recorded != "" {
				fmt.Fprintf(out, "  in the trace: %s\n", d.Recorded)
			}
			if d.Live != "" {
				fmt.Fprintf(out, "  now:          %s\n", d.Live)
			}
		}
		if same {
			fmt.Fprintln(out, "reproduced: the server said the same")
		}
	}
	if !same {
		return errShown
	}
	return nil
}
