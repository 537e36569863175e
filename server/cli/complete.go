package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"framewise/core/inspect/filter"

	"github.com/spf13/cobra"
)

const completionLong = `Print what makes a shell complete the commands, their flags, files, and the words of
filters. Try it in the shell that is open, or keep it for those to come:

  bash  source <(framewise completion bash)        (needs the package bash-completion)
        framewise completion bash > ~/.local/share/bash-completion/completions/framewise
  zsh   source <(framewise completion zsh)         (behind compinit)
        framewise completion zsh > "${fpath[1]}/_framewise"
  fish  framewise completion fish | source
        framewise completion fish > ~/.config/fish/completions/framewise.fish

Exit codes: 0, it was printed; 2, there is no such shell.`

var shells = []cobra.Completion{"bash", "zsh", "fish"}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print what makes a shell complete framewise",
		Long:      completionLong,
		Example:   `  source <(framewise completion bash)`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one shell: %s", strings.Join(shells, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return usagef("%q is no shell that is known: name one of %s", args[0], strings.Join(shells, ", "))
		},
	}
}

// words completes a flag with one of a few words.
func words(list ...cobra.Completion) cobra.CompletionFunc {
	return cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)
}

// completeFilter completes the word of a filter that is being written.
func completeFilter(_ *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
	c := filter.Complete(text, utf8.RuneCountInString(text))
	before := string([]rune(text)[:c.From])
	directive := cobra.ShellCompDirectiveNoFileComp
	var out []cobra.Completion
	for _, item := range c.Items {
		if strings.HasSuffix(item.Text, ":") {
			directive |= cobra.ShellCompDirectiveNoSpace // its value follows
		}
		out = append(out, cobra.CompletionWithDesc(before+item.Text, item.What))
	}
	return out, directive
}

// nothing completes arguments of which nothing can be known.
func nothing(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// records completes an argument with a file that can be read, as many as the
// command takes; readable has their endings.
func records(max int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= max {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveDefault // what is in a file is told from the file
	}
}

// byFlag says how the values of flags are completed, by their names: a flag of
// the same name means the same in every command. Files are what a shell offers
// by itself.
var byFlag = map[string]cobra.CompletionFunc{
	"filter":      completeFilter,
	"color":       words(colorAuto, colorAlways, colorNever),
	"tls":         words("on", "off", "auto"),
	"side":        words("client", "server"),
	"request":     words("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"),
	"header":      nothing,
	"listen":      nothing,
	"store":       nothing,
	"title":       nothing,
	"note":        nothing,
	"keep":        nothing,
	"ignore":      nothing,
	"token":       nothing,
	"connection":  nothing,
	"server-name": nothing,
	"origin":      nothing,
	"allow":       nothing,
}

// completeFlags tells cobra how the flags of all commands are completed.
func completeFlags(cmd *cobra.Command) {
	for name, by := range byFlag {
		if f := cmd.LocalFlags().Lookup(name); f != nil {
			must(cmd.RegisterFlagCompletionFunc(name, by))
		}
	}
	for _, name := range []string{"dir", "data", "site"} {
		if f := cmd.LocalFlags().Lookup(name); f != nil && f.Value.Type() == "string" && strings.Contains(f.Usage, "`folder`") {
			must(cmd.MarkFlagDirname(name))
		}
	}
	if f := cmd.LocalFlags().Lookup("to"); f != nil {
		if cmd.Name() == "convert" {
			var list []cobra.Completion
			for _, format := range convertFormats {
				list = append(list, cobra.Completion(format))
			}
			must(cmd.RegisterFlagCompletionFunc("to", words(list...)))
		} else {
			must(cmd.RegisterFlagCompletionFunc("to", nothing))
		}
	}
	for _, sub := range cmd.Commands() {
		completeFlags(sub)
	}
}

// must ends the program when its own tables are wrong.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("framewise: %v", err))
	}
}
