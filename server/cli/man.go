package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const manLong = `Print the manual page of framewise, or of one of its commands, as roff; --dir writes
all of them into a folder.

Exit codes: 0, it was printed; 1, a file can't be written; 2, there is no such
command.`

func newMan() *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:   "man [COMMAND]",
		Short: "Print manual pages",
		Long:  manLong,
		Example: `  framewise man get | man -l -
  framewise man --dir ~/.local/share/man/man1 && man framewise-inspect`,
		ValidArgsFunction: completeCommands,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, err := commandOf(cmd.Root(), args)
			if err != nil {
				return err
			}
			if dir != "" {
				return manPages(dir, cmd.Root())
			}
			_, err = io.WriteString(cmd.OutOrStdout(), manPage(about))
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "`folder` for the pages of all commands; it is made if absent")
	return cmd
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND]",
		Short:             "Explain a command",
		Long:              "Explain a command, as --help does.\n\nExit codes: 0, it was explained; 2, there is no such command.",
		Example:           "  framewise help get",
		ValidArgsFunction: completeCommands,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, err := commandOf(cmd.Root(), args)
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// completeCommands completes arguments that name a command.
func completeCommands(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	about, err := commandOf(cmd.Root(), args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []cobra.Completion
	for _, c := range about.Commands() {
		if c.IsAvailableCommand() {
			out = append(out, cobra.CompletionWithDesc(c.Name(), c.Short))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// commandOf is the command that names lead to.
func commandOf(root *cobra.Command, names []string) (*cobra.Command, error) {
	at := root
	for _, name := range names {
		i := slices.IndexFunc(at.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
		if i < 0 {
			return nil, noCommand(at, name)
		}
		at = at.Commands()[i]
	}
	return at, nil
}

// noCommand is the error for a name that no command has.
func noCommand(at *cobra.Command, name string) error {
	near := ""
	if list := at.SuggestionsFor(name); len(list) > 0 {
		near = "; did you mean " + strings.Join(list, " or ") + "?"
	}
	return usagef("there is no command %q%s", name, near)
}

// manPages writes the pages of a command and of all below it.
func manPages(dir string, cmd *cobra.Command) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder of --dir can't be made: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, pageName(cmd)+".1"), []byte(manPage(cmd)), 0o644); err != nil {
		return fmt.Errorf("the page can't be written: %w", err)
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			if err := manPages(dir, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is a command's page in roff's man macros. The help's text is its text:
// paragraphs are filled anew, what is indented stays as it is.
func manPage(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	var b roff
	fmt.Fprintf(&b, ".TH \"%s\" 1 %s framewise Framewise\n", escape(strings.ToUpper(pageName(cmd))), built().UTC().Format(time.DateOnly))
	b.macro("SH", "NAME")
	b.text(pageName(cmd) + " - " + cmd.Short)
	b.macro("SH", "SYNOPSIS")
	b.text(cmd.UseLine())
	b.macro("SH", "DESCRIPTION")
	body, exits, _ := strings.Cut(cmd.Long, "Exit codes: ")
	b.paragraphs(body)
	if subs := cmd.Commands(); len(subs) > 0 {
		b.macro("SH", "COMMANDS")
		for _, sub := range subs {
			if sub.IsAvailableCommand() {
				b.item(sub.Name(), sub.Short)
			}
		}
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		b.macro("SH", "OPTIONS")
		flags.VisitAll(b.flag)
		cmd.InheritedFlags().VisitAll(b.flag)
	}
	if exits != "" {
		b.macro("SH", "EXIT STATUS")
		for _, part := range strings.Split(strings.TrimSuffix(strings.Join(strings.Fields(exits), " "), "."), "; ") {
			code, why, _ := strings.Cut(part, ", ")
			b.item(code, why)
		}
	}
	if cmd.Example != "" {
		b.macro("SH", "EXAMPLES")
		b.verbatim(strings.Split(cmd.Example, "\n"))
	}
	b.macro("SH", "SEE ALSO")
	var see []string
	if cmd.HasParent() {
		see = append(see, pageName(cmd.Parent())+"(1)")
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			see = append(see, pageName(sub)+"(1)")
		}
	}
	b.text(strings.Join(see, ", "))
	return b.String()
}

// built is when this program was made.
func built() time.Time {
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			return info.ModTime()
		}
	}
	return time.Unix(0, 0)
}

// roff is a page that is being written.
type roff struct{ strings.Builder }

// escape keeps roff from taking a text for commands. Characters beyond ASCII are
// named, so that they don't depend on how the page is read.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// macro writes a request with its arguments.
func (b *roff) macro(name string, args ...string) {
	b.WriteString("." + name)
	for _, a := range args {
		b.WriteString(` "` + strings.ReplaceAll(escape(a), `"`, `\(dq`) + `"`)
	}
	b.WriteString("\n")
}

// text writes lines that are filled.
func (b *roff) text(s string) {
	for _, line := range strings.Split(s, "\n") {
		line = escape(line)
		if strings.HasPrefix(line, ".") {
			line = `\&` + line
		}
		b.WriteString(line + "\n")
	}
}

// item writes a term and what it means.
func (b *roff) item(term, means string) {
	b.macro("TP")
	b.WriteString(`\fB` + escape(term) + `\fR` + "\n")
	b.text(means)
}

func (b *roff) flag(f *pflag.Flag) {
	if f.Hidden {
		return
	}
	arg, usage := pflag.UnquoteUsage(f)
	term := `\fB` + escape("--"+f.Name) + `\fR`
	if f.Shorthand != "" {
		term = `\fB` + escape("-"+f.Shorthand) + `\fR, ` + term
	}
	if arg != "" {
		term += ` \fI` + escape(arg) + `\fR`
	}
	if d := f.DefValue; d != "" && d != "false" && d != "[]" && d != "0" && !strings.Contains(usage, "(default") {
		usage += " (default " + d + ")"
	}
	b.macro("TP")
	b.WriteString(term + "\n")
	b.text(usage)
}

// paragraphs writes a text of the help.
func (b *roff) paragraphs(s string) {
	for i, p := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			b.macro("PP")
		}
		lines := strings.Split(p, "\n")
		for len(lines) > 0 {
			kept := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "  ") })
			if kept != 0 {
				if kept < 0 {
					kept = len(lines)
				}
				b.text(strings.Join(lines[:kept], "\n"))
				lines = lines[kept:]
				continue
			}
			n := slices.IndexFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "  ") })
			if n < 0 {
				n = len(lines)
			}
			b.verbatim(lines[:n])
			lines = lines[n:]
		}
	}
}

// verbatim writes lines as they are.
func (b *roff) verbatim(lines []string) {
	b.macro("nf")
	for _, l := range lines {
		b.text(l)
	}
	b.macro("fi")
}
