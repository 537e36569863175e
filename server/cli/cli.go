// Package cli is the framewise command: its subcommands, their flags and what
// they print.
//
// In come arguments and the standard streams; out come text, an exit code, and
// whatever a subcommand serves until its context ends. The work itself is done
// by server/relay, server/site, server/origin, transport and core.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	ExitOK     = 0
	ExitFailed = 1 // what was asked for did not work
	ExitUsage  = 2 // it was not asked for rightly
)

// usageError is a mistake in the arguments.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// errShown ends a command whose failure was printed already.
var errShown = errors.New("failed")

// Main runs the command with its arguments (without the program's name) and
// returns the exit code. It ends when ctx does, if it was serving.
func Main(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(append([]string{}, args...)) // nil would mean os.Args
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(errOut, "%s: %v\nTry '%s --help'.\n", cmd.CommandPath(), err, cmd.CommandPath())
		return ExitUsage
	}
	if !errors.Is(err, errShown) {
		fmt.Fprintf(errOut, "%s: %v\n", cmd.CommandPath(), err)
	}
	return ExitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "framewise",
		Short:         "HTTP/2, frame by frame",
		Long:          "Framewise shows HTTP/2 frame by frame: in a playground in the browser, and here on the command line.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newServe(), newOrigin(), newGet(), newTap(), newShare(), newReplay(), newInspect(), newConvert())
	return root
}

// noArgs and its like are cobra's checks with our kind of error.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("it takes no arguments, but got %q", strings.Join(args, " "))
	}
	return nil
}
