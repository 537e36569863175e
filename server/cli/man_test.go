package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand calls do with each command of the program.
func everyCommand(at *cobra.Command, do func(*cobra.Command)) {
	do(at)
	for _, c := range at.Commands() {
		everyCommand(c, do)
	}
}

// TestHelpIsWhole: each command says what it does, with an example and its exit
// codes, in lines that fit a terminal, and each flag says what it is.
func TestHelpIsWhole(t *testing.T) {
	everyCommand(newRoot(), func(c *cobra.Command) {
		if c.Example == "" || !strings.Contains(c.Long, "\n\nExit codes: 0, ") {
			t.Errorf("%s has no example, or does not say its exit codes", c.CommandPath())
		}
		for _, text := range []string{c.Long, c.Example} {
			for _, line := range strings.Split(text, "\n") {
				if n := len([]rune(line)); n > 90 && !strings.Contains(line, "://") {
					t.Errorf("%s: a line of %d characters: %s", c.CommandPath(), n, line)
				}
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if arg, usage := pflag.UnquoteUsage(f); usage == "" || arg == "string" || arg == "strings" {
				t.Errorf("%s --%s: %q, its value is called %q", c.CommandPath(), f.Name, usage, arg)
			}
		})
	})
}

// TestManPages: both readers of manual pages take every page without a warning,
// and show what the help says.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	if code, _, errOut := run(t, "man", "--dir", dir); code != ExitOK {
		t.Fatal(errOut)
	}
	pages := 0
	everyCommand(newRoot(), func(c *cobra.Command) {
		if !c.IsAvailableCommand() && c.HasParent() || c.Name() == "help" {
			return
		}
		pages++
		file := filepath.Join(dir, pageName(c)+".1")
		tool := func(name string, args ...string) string {
			ctx, cancel := context.WithTimeout(t.Context(), bound)
			defer cancel()
			cmd := exec.CommandContext(ctx, name, append(args, file)...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=1000", "MAN_KEEP_FORMATTING=")
			var said strings.Builder
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil || said.Len() > 0 {
				t.Errorf("%s: %s says %v %s %s (./build.sh deps installs it)", file, name, err, said.String(), out)
			}
			return string(out)
		}
		if out := tool("mandoc", "-T", "lint", "-W", "warning"); out != "" {
			t.Errorf("mandoc: %s", out)
		}
		shown := tool("man", "--warnings", "--no-justification", "--no-hyphenation", "-l")
		first, _, _ := strings.Cut(c.Long, "\n")
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(shown, "--"+f.Name) {
				t.Errorf("%s does not name --%s", file, f.Name)
			}
		})
		for _, want := range append(strings.Fields(first), "EXIT STATUS", "EXAMPLES", c.UseLine()) {
			if !strings.Contains(shown, want) {
				t.Errorf("%s does not say %q", file, want)
			}
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if !strings.Contains(shown, strings.TrimSpace(line)) {
				t.Errorf("%s lost the line %q", file, line)
			}
		}
	})
	if pages < 12 {
		t.Errorf("%d pages were looked at", pages)
	}
}

func TestManAndHelpNameCommands(t *testing.T) {
	for _, args := range [][]string{{"man", "tap", "ca"}, {"help", "tap", "ca"}, {"tap", "ca", "--help"}} {
		if code, out, errOut := run(t, args...); code != ExitOK || !strings.Contains(out, "tap ca") && !strings.Contains(out, `tap ca`) {
			t.Errorf("%v: %d %s %s", args, code, out, errOut)
		}
	}
	for _, args := range [][]string{{"man", "inspct"}, {"help", "inspct"}, {"inspct"}} {
		if code, _, errOut := run(t, args...); code != ExitUsage || !strings.Contains(errOut, `"inspct"; did you mean inspect?`) {
			t.Errorf("%v: %d %s", args, code, errOut)
		}
	}
	if code, out, _ := run(t, "--version"); code != ExitOK || !strings.HasPrefix(out, "framewise ") || strings.Count(out, "\n") != 1 {
		t.Errorf("--version: %d %q", code, out)
	}
}
