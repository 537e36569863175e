package cli

import (
	"fmt"
	"io"

	"framewise/core/inspect/filter"
	"framewise/core/trace"

	"github.com/spf13/cobra"
)

type inspectFlags struct {
	inputFlags
	json, verbose bool
	filter        string
	color         bool
}

const inspectLong = `Show the frames of a trace, a capture or a log as text: one line a frame, with its
number, the time in milliseconds, the direction (→ from the client, ← from the
server), the type, the stream and what it says. -v adds each frame's fields, what it
did to both ends and why it was sent; --json makes one JSON object a line.

` + formats + `

A filter is a list of terms, such as 'type:HEADERS stream:1' or 'dir:s2c size>100';
frames that match all are shown ('framewise help' has all terms).

A file that is broken is shown up to where it is sound; then follows where it breaks
and why.

Exit codes: 0, all was shown; 1, the file can't be read, or not to its end; 2, the
arguments are wrong.`

func newInspect() *cobra.Command {
	f := &inspectFlags{}
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show the frames of a trace, a capture or a log",
		Long:  inspectLong,
		Example: `  framewise inspect exchange.h2trace
  framewise inspect -v --filter 'type:SETTINGS' exchange.h2trace.gz
  framewise inspect --json capture.pcapng | jq .type
  SSLKEYLOGFILE=keys.txt curl -so/dev/null https://localhost:9443/ &&
    framewise inspect --keys keys.txt capture.pcapng`,
		ValidArgsFunction: records(1),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one file, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if f.color, err = colored(cmd); err != nil {
				return err
			}
			return f.run(cmd.OutOrStdout(), cmd.ErrOrStderr(), cmd.InOrStdin(), args[0])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "show all that there is to say of each frame")
	fl.BoolVar(&f.json, "json", false, "print every frame as a line of JSON")
	fl.StringVar(&f.filter, "filter", "", "show only the frames that match the `filter`")
	f.add(cmd)
	return cmd
}

func (f *inspectFlags) run(out, errOut io.Writer, in io.Reader, name string) error {
	if _, err := filter.Parse(f.filter); err != nil {
		return usagef("--filter: %w", err)
	}
	i, err := f.open(name, in, errOut)
	if err != nil {
		return err
	}
	s := newShow(out, f.json, f.verbose)
	s.filter, s.color = f.filter, f.color
	broken := i.each(func(e trace.Entry) error { return s.a.Feed(e) })
	s.conns = len(s.a.Summary().Conns) > 1
	s.heads()
	if err := s.finish(); err != nil {
		return fmt.Errorf("the frames can't be printed: %w", err)
	}
	i.tell(errOut, broken)
	return broken
}
