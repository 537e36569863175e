package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"framewise/core/inspect/filter"
	"framewise/core/trace"

	"github.com/spf13/cobra"
)

type inspectFlags struct {
	json, verbose bool
	filter        string
}

const inspectLong = `Show the frames of a trace as text: one line a frame; -v adds each frame's fields,
what it did to both ends and why it was sent; --json makes one JSON object a line.

A trace is what 'framewise get -o', 'framewise origin -o' and the playground save
(.h2trace). A file that is broken is shown up to where it is sound; then follow the
line and the octet where it breaks, and the exit code is 1. FILE - is standard
input.

A filter is a list of terms, such as 'type:HEADERS stream:1' or 'dir:s2c size>100';
frames that match all are shown.`

func newInspect() *cobra.Command {
	f := &inspectFlags{}
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show the frames of a trace",
		Long:  inspectLong,
		Example: `  framewise inspect exchange.h2trace
  framewise inspect -v --filter 'type:SETTINGS' exchange.h2trace
  framewise inspect --json exchange.h2trace | jq .type`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one file, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.OutOrStdout(), cmd.InOrStdin(), args[0])
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "show all that there is to say of each frame")
	fl.BoolVar(&f.json, "json", false, "print every frame as a line of JSON")
	fl.StringVar(&f.filter, "filter", "", "show only the frames that match the `filter`")
	return cmd
}

func (f *inspectFlags) run(out io.Writer, in io.Reader, name string) error {
	if _, err := filter.Parse(f.filter); err != nil {
		return usagef("--filter: %w", err)
	}
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return fmt.Errorf("%s is a folder: name a trace in it", name)
		}
		in = file
	}
	s := newShow(out, f.json, f.verbose)
	s.filter = f.filter
	entries := 0
	broken := readTrace(in, func(e trace.Entry) error {
		entries++
		return s.a.Feed(e)
	})
	s.conns = len(s.a.Summary().Conns) > 1
	s.heads()
	if err := s.finish(); err != nil {
		return fmt.Errorf("the frames can't be printed: %w", err)
	}
	switch {
	case broken == nil:
		return nil
	case entries == 0:
		return fmt.Errorf("%s is no trace: %w", filepath.Base(name), broken)
	}
	return fmt.Errorf("%s is broken: %w", filepath.Base(name), broken)
}
