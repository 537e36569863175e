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
	"net"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"framewise/core/trace"

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
	message := fmt.Sprintf("%s: %v", cmd.CommandPath(), err)
	if colorOn(root.PersistentFlags().Lookup("color").Value.String(), errOut) {
		message = string(wrap(nil, sgrError, []byte(message)))
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(errOut, "%s\nTry '%s --help'.\n", message, cmd.CommandPath())
		return ExitUsage
	}
	if !errors.Is(err, errShown) {
		fmt.Fprintln(errOut, message)
	}
	return ExitFailed
}

const rootLong = `Framewise shows HTTP/2 frame by frame: in a playground in the browser, and here on the
command line.

What a command prints goes to standard output, what it has to say beside that to
standard error. 'framewise help COMMAND' explains a command, 'framewise man' prints
manual pages, 'framewise completion' makes a shell complete commands, flags and
filters.

A filter is a list of terms; frames that match all of them are meant:
  type:HEADERS|DATA stream:1 dir:c2s flag:END_STREAM size>100
  header:":path=/x*" error:* text:GET conn:2 window<1024 stall:* time>5ms
A - in front of a term turns it around.

Exit codes: 0, it worked; 1, what was asked for did not work, and standard error says
why; 2, it was not asked for rightly.`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "framewise",
		Short:         "HTTP/2, frame by frame",
		Long:          rootLong,
		Example:       "  framewise serve\n  framewise get -v http://127.0.0.1:9000/\n  framewise inspect --filter 'error:*' capture.pcapng",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return noCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true // ours is newCompletion
	root.SuggestionsMinimumDistance = 2
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{flagError(err)} })
	root.PersistentFlags().String("color", colorAuto, colorUsage)
	root.SetHelpCommand(newHelp())
	root.AddCommand(newServe(), newOrigin(), newGet(), newTap(), newShare(), newReplay(), newInspect(), newConvert(), newCompletion(), newMan())
	completeFlags(root)
	return root
}

// version is what --version prints: of a module that was built as a dependency
// its version, else that this is none.
func version() string {
	v := "unreleased"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	return fmt.Sprintf("framewise %s, h2trace %d, %s %s/%s", v, trace.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// noArgs and its like are cobra's checks with our kind of error.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("it takes no arguments, but got %q", strings.Join(args, " "))
	}
	return nil
}

// hostPort checks the form of an address that is dialled.
func hostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" {
		return fmt.Errorf("%q is not host:port (an IPv6 address needs brackets: [::1]:443)", s)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("the port in %q is no number from 1 to 65535", s)
	}
	return nil
}
