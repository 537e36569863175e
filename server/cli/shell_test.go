package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commandDir is a folder with a program named framewise, which is this test.
func commandDir(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := "#!/bin/sh\n" + asCommand + "=1 exec '" + exe + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "framewise"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// completions are lines with Tab behind them, and the arguments that follow.
var completions = []struct{ line, want string }{
	{"framewise ins", "inspect"},
	{"framewise inspect --fil", "inspect --filter"},
	{"framewise inspect --filter type:HEA", "inspect --filter type:HEADERS"},
	{"framewise tap --filter dir:s", "tap --filter dir:s2c"},
	{"framewise get -v --filter stre", "get -v --filter stream:"},
	{"framewise convert --to ql", "convert --to qlog"},
	{"framewise replay --tls of", "replay --tls off"},
	{"framewise get --color al", "get --color always"},
	{"framewise inspect exch", "inspect exchange.h2trace"},
	{"framewise convert exchange.h2trace other", "convert exchange.h2trace otherfile"},
	{"framewise help rep", "help replay"},
	{"framewise man tap c", "man tap ca"},
	{"framewise tap c", "tap ca"},
	{"framewise completion fi", "completion fish"},
}

// ends keeps the command from running when a line was completed: it prints its
// arguments. What the completion itself calls goes through.
const ends = `framewise() { case $1 in __complete*) command framewise "$@";; *) printf 'ARGS'; printf ':%s:ARGS\n' "$*";; esac; }
`

// inShell types the lines into a shell at a terminal, which zsh's zpty is, and
// returns what the shell printed.
func inShell(t *testing.T, shell, setup string) string {
	t.Helper()
	dir, work := commandDir(t), t.TempDir()
	for _, name := range []string{"exchange.h2trace", "otherfile"} {
		if err := os.WriteFile(filepath.Join(work, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var drive strings.Builder
	fmt.Fprintf(&drive, "zmodload zsh/zpty\nzpty s %s\n{\nzpty -r -m s out '*READY*'\n", shell)
	for _, c := range completions {
		fmt.Fprintf(&drive, "zpty -w -n s $'%s\\t\\n'\nzpty -r -m s out '*:ARGS*'\nprint -r -- \"$out\"\n", c.line)
	}
	drive.WriteString("} always { zpty -d s }\n")
	for name, text := range map[string]string{"rc": setup, "drive": drive.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "zsh", "-f", filepath.Join(dir, "drive"))
	cmd.Dir = work
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir, "TERM=dumb", "LC_ALL=C.UTF-8", "RC=" + filepath.Join(dir, "rc")}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v (./build.sh deps installs what the tests need)\n%s", shell, err, out)
	}
	return string(out)
}

var argsLine = regexp.MustCompile(`ARGS:(.*?) *:ARGS`)

func checkCompletions(t *testing.T, out string) {
	t.Helper()
	got := argsLine.FindAllStringSubmatch(out, -1)
	if len(got) != len(completions) {
		t.Fatalf("%d lines ran; want %d:\n%s", len(got), len(completions), out)
	}
	for i, c := range completions {
		if got[i][1] != c.want {
			t.Errorf("%s⇥ becomes %q; want %q", c.line, got[i][1], c.want)
		}
	}
}

func TestCompletionInBash(t *testing.T) {
	checkCompletions(t, inShell(t, `bash --noprofile --rcfile $RC -i`, `bind 'set enable-bracketed-paste off'
source /usr/share/bash-completion/bash_completion
source <(command framewise completion bash)
`+ends+`PS1=
echo READY
`))
}

func TestCompletionInZsh(t *testing.T) {
	checkCompletions(t, inShell(t, `"ZDOTDIR=$RC.d; mkdir -p $RC.d; cp $RC $RC.d/.zshrc; export ZDOTDIR; exec zsh -d -i"`, `autoload -Uz compinit
compinit -u -D
unsetopt zle_bracketed_paste 2>/dev/null
unset zle_bracketed_paste
source <(command framewise completion zsh)
`+ends+`PROMPT=
print READY
`))
}

// TestCompletionInFish asks fish itself, which says what it would offer.
func TestCompletionInFish(t *testing.T) {
	dir, work := commandDir(t), t.TempDir()
	for _, name := range []string{"exchange.h2trace", "otherfile"} {
		if err := os.WriteFile(filepath.Join(work, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := "framewise completion fish | source\n"
	for _, c := range completions {
		script += "complete -C '" + c.line + "'\necho -- ----\n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "fish", "--no-config", "-c", script)
	cmd.Dir = work
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir, "TERM=dumb", "LC_ALL=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("fish: %v (./build.sh deps installs what the tests need)\n%s", err, out)
	}
	offers := strings.Split(string(out), "----\n")
	for i, c := range completions {
		words := strings.Fields(c.want)
		found := false
		for _, line := range strings.Split(offers[i], "\n") {
			word, _, _ := strings.Cut(line, "\t")
			found = found || word == words[len(words)-1]
		}
		if !found {
			t.Errorf("%s⇥ offers\n%s; want %s", c.line, offers[i], words[len(words)-1])
		}
	}
}

func TestCompletionRefuses(t *testing.T) {
	for _, args := range [][]string{{"completion"}, {"completion", "tcsh"}, {"completion", "bash", "zsh"}} {
		if code, _, errOut := run(t, args...); code != ExitUsage || !strings.Contains(errOut, "bash, zsh, fish") {
			t.Errorf("%v: %d %s", args, code, errOut)
		}
	}
}
