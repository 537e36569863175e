package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
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
	strict   bool
	timing   string
	record   string
	json     bool
	timeout  time.Duration

	serve     bool
	listen    string
	cert, key string
	wait      time.Duration
	forever   bool
}

const replayLong = `Let one side of a trace speak once more to a live peer, and show the first place where
the peer says something else.

With --to it is the client of the trace that speaks, to a live server. A request that
changes something on the server changes it again. With --serve it is the server of the
trace that speaks, to whoever connects to --listen: the first connection is answered as
the first one of the trace was, the second as the second, and so on. A live client's
streams are told by what they ask for, whatever their numbers.

What is sent are the side's frames as they were, each when the peer has come as far as
it had in the trace; SETTINGS and PING are answered as the live peer sends them, and
DATA is cut as its windows ask. What the peer says is compared stream by stream: field
lines in order, contents, ends, resets, promises, and on the connection SETTINGS and
GOAWAY with an error. Not compared: how contents are cut into frames, how field lines
are encoded, PING, WINDOW_UPDATE, priorities, frames of other types, the fields and
frame types of --ignore. With --strict octets are sent and compared as they are.

What begins as HTTP/1.1 with an upgrade is replayed too. A connection that the trace
joins late can't be: nobody knows its field tables.

Exit codes: 0, the peer said the same; 1, it did not, or could not be reached, or
the file can't be read; 2, the arguments are wrong.`

func newReplay() *cobra.Command {
	f := &replayFlags{}
	cmd := &cobra.Command{
		Use:   "replay FILE {--to HOST:PORT | --serve}",
		Short: "Let one side of a trace speak to a live peer",
		Long:  replayLong,
		Example: `  framewise get -o talk.h2trace http://127.0.0.1:9000/
  framewise replay talk.h2trace --to 127.0.0.1:9000
  framewise replay --serve talk.h2trace --listen 127.0.0.1:9001 --ignore user-agent
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
	fl.StringVar(&f.to, "to", "", "`host:port` of the live server")
	fl.BoolVar(&f.serve, "serve", false, "be the server of the trace, for live clients")
	fl.StringVar(&f.listen, "listen", "127.0.0.1:0", "`address` for live clients, with --serve")
	fl.StringVar(&f.tls, "tls", "auto", "`on`, off, or auto: as in the trace")
	fl.StringVar(&f.ca, "ca", "", "PEM `file` of authorities to trust beside the system's, with --to")
	fl.BoolVarP(&f.insecure, "insecure", "k", false, "take any certificate, with --to")
	fl.StringVar(&f.cert, "cert", "", "PEM `file` of the certificate, with --serve; none: one is made for this run")
	fl.StringVar(&f.key, "key", "", "PEM `file` of its key")
	fl.StringArrayVar(&f.ignore, "ignore", replay.DefaultIgnore(), "`name` of a field whose values may differ, or a frame type in capitals: SETTINGS (repeatable)")
	fl.BoolVar(&f.strict, "strict", false, "compare octet for octet")
	fl.StringVar(&f.timing, "timing", "once", "when a frame is sent: at `once`, or recorded: no sooner than in the trace")
	fl.DurationVar(&f.timeout, "timeout", replay.DefaultPatience, "how long the peer may say nothing that is waited for")
	fl.DurationVar(&f.wait, "wait", 0, "how long to wait for each live client, with --serve; 0: for ever")
	fl.BoolVar(&f.forever, "forever", false, "go on with the first connection after the last, with --serve, until Ctrl+C")
	fl.StringVarP(&f.record, "output", "o", "", "keep the trace of what happens now in a `file`")
	fl.BoolVar(&f.json, "json", false, "print the result as JSON, one line for each connection")
	f.input.add(cmd)
	return cmd
}

// check refuses flags that say nothing sensible.
func (f *replayFlags) check() error {
	switch {
	case f.serve && f.to != "":
		return usagef("--to is for the client of the trace and --serve for its server: choose one")
	case !f.serve && f.to == "":
		return usagef("say who the live peer is: --to HOST:PORT for a server, --serve for clients")
	case f.tls != "auto" && f.tls != "on" && f.tls != "off":
		return usagef("--tls %q is none of on, off, auto", f.tls)
	case f.timing != "once" && f.timing != "recorded":
		return usagef("--timing %q is none of once, recorded", f.timing)
	case f.timeout <= 0:
		return usagef("--timeout %s: give a time above 0", f.timeout)
	case f.wait < 0:
		return usagef("--wait %s: give a time, or 0 for ever", f.wait)
	case (f.cert == "") != (f.key == ""):
		return usagef("--cert and --key belong together")
	case f.forever && !f.serve:
		return usagef("--forever belongs to --serve")
	}
	if !f.serve {
		if err := hostPort(f.to); err != nil {
			return usagef("--to %w", err)
		}
	}
	return nil
}

func (f *replayFlags) run(ctx context.Context, out, errOut io.Writer, in io.Reader, name string) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	scripts, err := f.scripts(in, errOut, name)
	if err != nil {
		return err
	}
	o := replay.Options{Patience: f.timeout, Paced: f.timing == "recorded", Zero: time.Now(), Conn: trace.Conn{ID: 1, Via: "tcp"}}
	if f.record != "" {
		title := "Replayed to " + f.to
		if f.serve {
			title = "The server of " + name + ", replayed"
		}
		file, err := newTraceFile(f.record, "framewise replay", title, o.Zero)
		if err != nil {
			return err
		}
		o.Recorder = file
		defer func() {
			if cerr := file.Close(); err == nil {
				err = cerr
			}
		}()
	}
	if f.serve {
		return f.runServer(ctx, out, scripts, o)
	}
	r, err := f.runClient(ctx, scripts[0], o)
	if err != nil {
		return err
	}
	if err := f.tell(out, r); err != nil {
		return err
	}
	if !r.Same() {
		return errShown
	}
	return nil
}

// runClient dials the live server and is the script's client.
func (f *replayFlags) runClient(ctx context.Context, script *replay.Script, o replay.Options) (r replay.Result, err error) {
	host, port, err := net.SplitHostPort(f.to)
	if err != nil {
		return r, err
	}
	d := transport.Dialer{TrustHint: "name its authority with --ca FILE, or --insecure takes any certificate"}
	if f.secure(script) {
		d.TLS = &tls.Config{InsecureSkipVerify: f.insecure, MinVersion: tls.VersionTLS12}
		if f.ca != "" {
			if d.TLS.RootCAs, err = loadCA(f.ca); err != nil {
				return r, err
			}
		}
	}
	dial, cancel := context.WithTimeout(ctx, 10*time.Second)
	nc, err := d.Dial(dial, host, port)
	cancel()
	if err != nil {
		return r, err
	}
	o.Conn.Client, o.Conn.Server = nc.LocalAddr().String(), f.to
	if c, ok := nc.(*tls.Conn); ok {
		state := c.ConnectionState()
		o.Conn.TLS = transport.TLSFacts(&state)
	}
	return script.Run(ctx, nc, o)
}

func (f *replayFlags) secure(s *replay.Script) bool {
	return f.tls == "on" || f.tls == "auto" && s.Conn.TLS != nil
}

// scripts reads the file: the connections that are to be replayed, in order.
func (f *replayFlags) scripts(in io.Reader, errOut io.Writer, name string) ([]*replay.Script, error) {
	i, err := f.input.open(name, in, errOut)
	if err != nil {
		return nil, err
	}
	var entries []trace.Entry
	err = i.each(func(e trace.Entry) error {
		if h, ok := e.(*trace.Header); ok && h.Redacted && !f.input.quiet {
			fmt.Fprintln(errOut, "the trace was redacted: names, values and contents in it are placeholders, and a live peer will say others")
		}
		entries = append(entries, e)
		return nil
	})
	i.tell(errOut, err)
	if err != nil {
		return nil, err
	}
	rules := replay.Rules{Ignore: f.ignore, Strict: f.strict}
	if f.serve {
		rules.Side = replay.Server
	}
	ids, refused := []uint32{f.input.connection}, []error(nil)
	if f.input.connection == 0 {
		ids, refused = replay.Connections(entries, rules)
		if len(ids) == 0 {
			return nil, fmt.Errorf("%s can't be replayed: %s", i.name, reasons(refused))
		}
		if len(refused) > 0 && !f.input.quiet {
			fmt.Fprintf(errOut, "left out: %s\n", reasons(refused))
		}
	}
	var scripts []*replay.Script
	for _, id := range ids {
		s, err := replay.Prepare(entries, id, rules)
		if err != nil {
			return nil, fmt.Errorf("%s can't be replayed: %w", i.name, err)
		}
		scripts = append(scripts, s)
		if !f.serve {
			if len(ids) > 1 && !f.input.quiet {
				fmt.Fprintf(errOut, "connection %d is replayed, the first of %d that can be; --connection chooses another\n", id, len(ids))
			}
			break
		}
	}
	return scripts, nil
}

// maxReasons is how many reasons are told.
const maxReasons = 5

// reasons are why connections can't be replayed, in a sentence.
func reasons(refused []error) string {
	if len(refused) == 0 {
		return "the trace has no connection"
	}
	var out []string
	for i, err := range refused {
		if i == maxReasons {
			out = append(out, fmt.Sprintf("and %d more", len(refused)-i))
			break
		}
		out = append(out, err.Error())
	}
	return strings.Join(out, "; ")
}

// tell prints a result.
func (f *replayFlags) tell(out io.Writer, r replay.Result) error {
	if f.json {
		return json.NewEncoder(out).Encode(struct {
			Same bool `json:"same"`
			replay.Result
		}{r.Same(), r})
	}
	peer := r.Side.Other().String()
	verb := "answered as in the trace"
	if r.Side == replay.Server {
		verb = "asked as in the trace"
	}
	fmt.Fprintf(out, "sent %d of %d frames of the %s (%d octets), received %d octets; %d streams %s\n",
		r.Done, r.Frames, r.Side, r.Sent, r.Received, r.Streams, verb)
	if r.Stopped != "" {
		fmt.Fprintf(out, "stopped: %s\n", r.Stopped)
	}
	if d := r.Difference; d != nil {
		where := "the connection"
		if d.Stream != 0 {
			where = fmt.Sprintf("stream %d", d.Stream&^(1<<31))
		}
		fmt.Fprintf(out, "first difference, on %s: %s\n", where, d.Text)
		if d.Recorded != "" || d.Nth > 0 {
			fmt.Fprintf(out, "  in the trace: %s\n", or(d.Recorded, "nothing")+at(peer, d.Frame, d.Nth, d.Octet))
		}
		if d.Live != "" || d.LiveNth > 0 {
			fmt.Fprintf(out, "  now:          %s\n", or(d.Live, "nothing")+at(peer, 0, d.LiveNth, d.LiveOctet))
		}
	}
	if r.Same() {
		fmt.Fprintf(out, "reproduced: the %s said the same\n", peer)
	}
	return nil
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// at says where something stands: " (frame 7, the server's 3rd …)".
func at(peer string, frame, nth int, octet int64) string {
	var out []string
	if frame > 0 {
		out = append(out, fmt.Sprintf("frame %d", frame))
	}
	if nth > 0 {
		out = append(out, fmt.Sprintf("number %d of the %s's", nth, peer))
	}
	if octet >= 0 {
		out = append(out, fmt.Sprintf("octet %d of its direction", octet))
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// errNobody says that a live client was waited for in vain.
var errNobody = errors.New("no client connected in time")
