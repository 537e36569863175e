package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"framewise/core/convert/export"
	"framewise/core/convert/pack"
	"framewise/core/inspect/filter"
	"framewise/core/trace"

	"github.com/spf13/cobra"
)

type convertFlags struct {
	inputFlags
	to     string
	side   string
	filter string
	json   bool
}

const convertLong = `Make one form of record of another. IN is read as 'framewise inspect' reads it; OUT's
ending says what is written:
  .h2trace   a trace, for 'framewise inspect' and the playground
  .pcapng    a capture for Wireshark and tshark: the HTTP/2 octets over made-up TCP
             (handshake, sequence numbers, checksums), decrypted, with the times of
             the record in nanoseconds. The server's port is 80 whatever it was,
             because Wireshark looks for HTTP/2 there by itself. A record that
             begins in the middle of a connection has no preface to be known by:
             tshark -d tcp.port==80,http2
  .pcap      the same in the older form
  .har       an HTTP Archive 1.2: requests and responses with their contents up to
             1 MiB; without frames
  .qlog      qlog's main schema as JSON text sequences, with the HTTP/2 events that
             docs/qlog-http2.md describes
  .json      a JSON object a frame and line, as 'framewise inspect --json' prints
  .txt       a transcript, as 'framewise inspect -v' prints
  .script    the frames of one side as a frame script (docs/script.md)
With .gz or .zst behind it the file is compressed. OUT - is standard output; --to
says the format there. OUT is made beside its place and put there when it is whole:
a file that was there is replaced only by a whole one. --filter keeps only the frames
that match, in .json, .txt and .qlog; the other formats hold whole connections, among
which --connection chooses. A broken IN is converted up to
where it is sound, and the exit code is 1.

` + formats + `

A capture holds the contents of all connections, with their cookies and passwords,
and so does all that is made of it.

Exit codes: 0, all was converted; 1, a file can't be read or written, or not to its
end; 2, the arguments are wrong.`

func newConvert() *cobra.Command {
	f := &convertFlags{}
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Make traces of captures and logs, and the other way",
		Long:  convertLong,
		Example: `  framewise convert --keys keys.txt capture.pcapng exchange.h2trace.zst
  framewise convert exchange.h2trace exchange.pcapng && wireshark exchange.pcapng
  framewise convert net-log.json page.har
  framewise convert --connection 2 --side server capture.pcap server.script`,
		ValidArgsFunction: records(2),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("name two files, IN and OUT, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args[0], args[1])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.to, "to", "", "the `format` to write, by its ending, whatever OUT's ending is: h2trace, pcapng, pcap, har, qlog, json, txt, script")
	fl.StringVar(&f.filter, "filter", "", "of .json, .txt and .qlog: only the frames that match the `filter`")
	fl.BoolVar(&f.json, "json", false, "print what was written as a line of JSON")
	fl.StringVar(&f.side, "side", "client", "of .script: whose frames, `client` or server")
	f.add(cmd)
	return cmd
}

// convertFormats are what can be written.
var convertFormats = []export.Format{export.Trace, export.Pcapng, export.Pcap, export.HAR, export.Qlog, export.JSON, export.Text, export.Script}

// target tells the format and the compression of a file by its name.
func target(name, to string) (export.Format, pack.Kind, error) {
	kind := pack.None
	base := strings.ToLower(name)
	for _, k := range []pack.Kind{pack.Gzip, pack.Zstd} {
		if rest, ok := strings.CutSuffix(base, "."+string(k)); ok {
			base, kind = rest, k
		}
	}
	end := strings.TrimPrefix(filepath.Ext(base), ".")
	if to != "" {
		end = strings.TrimPrefix(strings.ToLower(to), ".")
	}
	var list []string
	for _, f := range convertFormats {
		if string(f) == end {
			return f, kind, nil
		}
		list = append(list, "."+string(f))
	}
	what := "the ending of " + name + " names no format"
	if to != "" {
		what = "--to " + to + " names no format"
	} else if name == "-" {
		what = "standard output has no ending: say --to"
	}
	return "", kind, usagef("%s: known are %s", what, strings.Join(list, " "))
}

func (f *convertFlags) run(cmd *cobra.Command, from, to string) error {
	format, kind, err := target(to, f.to)
	if err != nil {
		return err
	}
	if f.side != "client" && f.side != "server" {
		return usagef("--side %s: it is client or server", f.side)
	}
	if _, err := filter.Parse(f.filter); err != nil {
		return usagef("--filter: %w", err)
	}
	if f.filter != "" && format != export.JSON && format != export.Text && format != export.Qlog {
		return usagef("--filter chooses frames for .json, .txt and .qlog; .%s holds whole connections: choose one with --connection", format)
	}
	if f.json && to == "-" {
		return usagef("--json prints to standard output, and so does OUT -: give a file")
	}
	errOut := cmd.ErrOrStderr()
	i, err := f.open(from, cmd.InOrStdin(), errOut)
	if err != nil {
		return err
	}
	var entries []trace.Entry
	var conns []uint32
	broken := i.each(func(e trace.Entry) error {
		entries = append(entries, e)
		if c, ok := e.(*trace.Conn); ok {
			conns = append(conns, c.ID)
		}
		return nil
	})
	if broken != nil && i.octets == 0 {
		return broken
	}
	i.tell(errOut, broken)
	if format == export.Script && len(conns) > 1 && !f.quiet {
		fmt.Fprintf(errOut, "a script is of one connection: this is the first of %d; --connection chooses another\n", len(conns))
	}
	write := func(w io.Writer) error {
		z, err := pack.NewWriter(w, kind)
		if err != nil {
			return err
		}
		x := export.NewWriter(z, format, export.Options{Server: f.side == "server", Generator: "framewise convert", Filter: f.filter})
		return errors.Join(f.steps(x, entries, errOut), z.Close())
	}
	if to == "-" {
		err = write(cmd.OutOrStdout())
	} else {
		err = replaceFile(to, write)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s can't be written: %w", filepath.Base(to), err), broken)
	}
	if f.json {
		if err := f.report(cmd.OutOrStdout(), i, from, to, format, broken); err != nil {
			return err
		}
	}
	return broken
}

// steps writes the entries, and shows how far it is.
func (f *convertFlags) steps(x *export.Writer, entries []trace.Entry, errOut io.Writer) error {
	bar := newProgress(errOut, 0, f.quiet)
	defer bar.end()
	for _, e := range entries {
		if err := x.Feed(e); err != nil {
			return err
		}
	}
	for {
		more, err := x.Step()
		if !more || err != nil {
			return err
		}
		bar.written(x.Progress())
	}
}

// report prints what was written.
func (f *convertFlags) report(out io.Writer, i *input, from, to string, format export.Format, broken error) error {
	r := struct {
		From   string `json:"from"`
		To     string `json:"to"`
		Format string `json:"format"`
		Octets int64  `json:"octets"`           // of HTTP/2 that were read
		Size   int64  `json:"size"`             // of the file that was written
		Broken string `json:"broken,omitempty"` // where IN breaks, and why
	}{From: from, To: to, Format: string(format), Octets: i.octets}
	if broken != nil {
		r.Broken = broken.Error()
	}
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	r.Size = info.Size()
	return json.NewEncoder(out).Encode(r)
}

// replaceFile writes a file beside its place and puts it there when it is
// whole.
func replaceFile(name string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return errors.New("it is a folder")
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s", filepath.Dir(name))
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	b := bufio.NewWriterSize(tmp, 256<<10)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
