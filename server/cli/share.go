package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"framewise/core/redact"
	"framewise/core/trace"
	"framewise/server/share"

	"github.com/spf13/cobra"
)

type shareFlags struct {
	input        inputFlags
	store        string
	raw          bool
	keep         []string
	program      bool
	title, note  string
	output       string
	remove       bool
	token        string
	dry, asJSON  bool
	timeout      time.Duration
	redactReport redact.Report
}

const shareLong = `Send a trace to a share store and print the link under which others see it.

What is nobody else's business is taken out first: values of fields that are not known
to be harmless, queries, contents, console, strings of the program, host names, and
what can't be understood. Every frame keeps its length, every table and window its
states, so that what is to be shown can still be seen. What went and what stayed is
printed; --dry-run prints it and sends nothing, -o writes the redacted trace to a
file. --title and --note are sent as you write them; those of the trace are not.

The store is a 'framewise serve --data DIR'. The link works for 30 days there, or
until it is deleted with the token, which is printed once. A capture or a log can be
shared as it is (see 'framewise inspect --help'): what is sent is a trace of it.

Exit codes: 0, it was sent, or with --delete deleted; 1, the file can't be read, or
the store can't be reached or refuses; 2, the arguments are wrong.`

func newShare() *cobra.Command {
	f := &shareFlags{}
	cmd := &cobra.Command{
		Use:   "share FILE",
		Short: "Share a trace by a link, without what is private",
		Long:  shareLong,
		Example: `  framewise share talk.h2trace --title 'A stall' --note 'Look at frame 40'
  framewise share talk.h2trace --dry-run
  framewise share talk.h2trace -o redacted.h2trace --dry-run
  framewise share --delete LINK --token TOKEN`,
		ValidArgsFunction: records(1),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one file, or with --delete one link, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.remove {
				return f.delete(cmd.Context(), cmd.OutOrStdout(), args[0])
			}
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), cmd.InOrStdin(), args[0])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.store, "store", "http://127.0.0.1:8420", "`URL` of the store")
	fl.StringVar(&f.title, "title", "", "`text` that stands above the trace")
	fl.StringVar(&f.note, "note", "", "`text`: what you have to say about it")
	fl.StringArrayVar(&f.keep, "keep", nil, "`name` of a field whose values stay (repeatable)")
	fl.BoolVar(&f.program, "keep-program", false, "keep the program's strings and what it printed")
	fl.BoolVar(&f.raw, "no-redact", false, "send everything as it is")
	fl.BoolVar(&f.dry, "dry-run", false, "print what would go, and send nothing")
	fl.StringVarP(&f.output, "output", "o", "", "write what is sent to a `file` too")
	fl.BoolVar(&f.asJSON, "json", false, "print the answer, or with --dry-run the report, as JSON")
	fl.BoolVar(&f.remove, "delete", false, "delete a share, named by its link or identifier")
	fl.StringVar(&f.token, "token", "", "the `token` that came with the share, for --delete")
	f.input.add(cmd)
	fl.DurationVar(&f.timeout, "timeout", 30*time.Second, "give up when the store takes so long")
	return cmd
}

func (f *shareFlags) run(ctx context.Context, out, errOut io.Writer, in io.Reader, name string) error {
	if f.raw && len(f.keep) > 0 {
		return usagef("--keep has no meaning with --no-redact")
	}
	if _, err := f.origin(); err != nil {
		return err
	}
	i, err := f.input.open(name, in, errOut)
	if err != nil {
		return err
	}
	body, err := f.body(i)
	i.tell(errOut, err)
	if err != nil {
		return err
	}
	if f.output != "" {
		plain, err := share.Inflate(body)
		if err == nil {
			err = replaceFile(f.output, func(w io.Writer) error {
				_, err := io.Copy(w, plain)
				return err
			})
		}
		if err != nil {
			return fmt.Errorf("-o: %w", err)
		}
	}
	if f.dry {
		if f.asJSON {
			return json.NewEncoder(out).Encode(f.redactReport)
		}
		f.tell(out)
		fmt.Fprintf(out, "Nothing was sent. It would be %d octets.\n", len(body))
		return nil
	}
	f.tell(errOut)
	return f.send(ctx, out, body)
}

// limited stops what has become too much for any store.
type limited struct{ bytes.Buffer }

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > share.MaxStored {
		return 0, fmt.Errorf("it has more than %d octets, compressed: leave out a part of it", share.MaxStored)
	}
	return l.Buffer.Write(b)
}

// body reads a trace and makes what is sent of it: redacted, in gzip.
func (f *shareFlags) body(in *input) ([]byte, error) {
	var out limited
	z := gzip.NewWriter(&out)
	var line []byte
	write := func(e trace.Entry) error {
		if h, ok := e.(*trace.Header); ok {
			k := *h
			if !f.raw || f.title != "" {
				k.Title = f.title
			}
			if !f.raw || f.note != "" {
				k.Note = f.note
			}
			e = &k
		}
		line = trace.AppendEntry(line[:0], e)
		_, err := z.Write(line)
		return err
	}
	r := redact.New(redact.Options{Fields: f.keep, Program: f.program})
	drain := func() error {
		for {
			e, ok := r.Next()
			if !ok {
				return nil
			}
			if err := write(e); err != nil {
				return err
			}
		}
	}
	err := in.each(func(e trace.Entry) error {
		if f.raw {
			return write(e)
		}
		r.Push(e)
		return drain()
	})
	if err == nil {
		r.Finish()
		err = drain()
	}
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	f.redactReport = r.Report()
	return out.Bytes(), nil
}

// what names the kinds of a report.
var what = map[redact.Kind]string{
	redact.KindField: "values of fields", redact.KindName: "names of fields", redact.KindQuery: "queries", redact.KindData: "contents (DATA)",
	redact.KindPing: "opaque data of PING", redact.KindDebug: "debug data of GOAWAY", redact.KindPadding: "padding", redact.KindText: "other text",
	redact.KindHost: "names of hosts", redact.KindString: "strings of the program", redact.KindConsole: "lines of the console",
	redact.KindRemark: "titles, remarks and reasons", redact.KindEntry: "entries that are not known", redact.KindUnknown: "octets that can't be understood",
}

// tell prints what went and what stayed.
func (f *shareFlags) tell(out io.Writer) {
	if f.raw {
		fmt.Fprintln(out, "Everything stays, also what is private (--no-redact).")
		return
	}
	for _, part := range []struct {
		title string
		items []redact.Item
	}{{"Taken out:", f.redactReport.Gone}, {"Kept:", f.redactReport.Kept}} {
		fmt.Fprintln(out, part.title)
		for at := 0; at < len(part.items); {
			kind := part.items[at].Kind
			n, octets := 0, 0
			var names []string
			for ; at < len(part.items) && part.items[at].Kind == kind; at++ {
				i := part.items[at]
				n, octets = n+i.Count, octets+i.Octets
				if i.Name != "" && len(names) < 40 {
					names = append(names, fmt.Sprintf("%s %d", printable(i.Name), i.Count))
				}
			}
			fmt.Fprintf(out, "  %s: %d, %d octets", what[kind], n, octets)
			if len(names) > 0 {
				fmt.Fprintf(out, " (%s)", strings.Join(names, ", "))
			}
			fmt.Fprintln(out)
		}
	}
}

// printable keeps what a stranger's trace says from driving the terminal.
func printable(s string) string {
	q := fmt.Sprintf("%q", s)
	if q = q[1 : len(q)-1]; len(q) > 60 {
		q = q[:60] + "…"
	}
	return q
}

// origin is the store's address as a page of it would name it.
func (f *shareFlags) origin() (string, error) {
	u, err := url.Parse(f.store)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return "", usagef("--store %q is no address of the form http://HOST:PORT", f.store)
	}
	return u.Scheme + "://" + u.Host, nil
}

// ask sends a request to the store and reads its answer into v. The error is in
// the store's words.
func (f *shareFlags) ask(ctx context.Context, method, path string, body []byte, v any) error {
	origin, err := f.origin()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, origin+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Origin", origin)
	if body != nil {
		req.Header.Set("Content-Type", "application/gzip")
	}
	if f.token != "" {
		req.Header.Set("Authorization", "Bearer "+f.token)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}}).Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("the store at %s can't be reached: %w: start one with 'framewise serve --data DIR', or name another with --store", origin, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return err
	}
	if res.StatusCode/100 == 2 {
		if v == nil {
			return nil
		}
		return json.Unmarshal(b, v)
	}
	var no share.Refusal
	if json.Unmarshal(b, &no) != nil || no.Message == "" {
		return fmt.Errorf("%s is no share store: it answers with status %d", origin, res.StatusCode)
	}
	return fmt.Errorf("the store says: %s (%s)", no.Message, no.Kind)
}

func (f *shareFlags) send(ctx context.Context, out io.Writer, body []byte) error {
	var got share.Shared
	if err := f.ask(ctx, http.MethodPost, share.Path, body, &got); err != nil {
		return err
	}
	origin, err := f.origin()
	if err != nil {
		return err
	}
	if f.asJSON {
		return json.NewEncoder(out).Encode(map[string]string{"link": origin + got.Path, "id": got.ID, "token": got.Token, "expires": got.Expires})
	}
	fmt.Fprintf(out, "%s\nuntil %s; to delete it: framewise share --store %s --delete %s --token %s\n", origin+got.Path, got.Expires, origin, got.ID, got.Token)
	return nil
}

// delete ends a share that is named by its link or its identifier.
func (f *shareFlags) delete(ctx context.Context, out io.Writer, name string) error {
	if f.token == "" {
		return usagef("--delete needs the --token that came with the share")
	}
	id := name
	if link, rest, ok := strings.Cut(name, "share="); ok {
		id, _, _ = strings.Cut(rest, "&")
		if u, err := url.Parse(link); err == nil && u.Host != "" {
			f.store = u.Scheme + "://" + u.Host
		}
	}
	if _, ok := share.ParseID(id); !ok {
		return usagef("%q is no link to a share and no identifier of one", name)
	}
	if err := f.ask(ctx, http.MethodDelete, share.Path+"/"+id, nil, nil); err != nil {
		return err
	}
	fmt.Fprintln(out, "deleted")
	return nil
}
