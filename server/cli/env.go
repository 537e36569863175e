package cli

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// envHelp is the part of the help about fromEnv.
const envHelp = `Each flag can be given by an environment variable as well: FRAMEWISE_ and its name in
capitals, with _ for -, such as FRAMEWISE_LISTEN. Flags that can be repeated take
several values there, with spaces between. A flag on the command line wins.`

// envName is the variable of a flag.
func envName(flag string) string {
	return "FRAMEWISE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnv sets the command's own flags that were not given from the environment.
func fromEnv(cmd *cobra.Command) (err error) {
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		value, ok := os.LookupEnv(envName(f.Name))
		if err != nil || f.Changed || !ok || value == "" || f.Name == "help" {
			return
		}
		values := []string{value}
		if strings.HasSuffix(f.Value.Type(), "Array") {
			values = strings.Fields(value)
		}
		for _, v := range values {
			if bad := cmd.Flags().Set(f.Name, v); bad != nil {
				err = usagef("the environment variable %s: %w", envName(f.Name), flagError(bad))
				return
			}
		}
	})
	return err
}

// flagError says what is wrong with a flag, and what would be right.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag := invalid.GetFlag()
	want := "a value"
	switch flag.Value.Type() {
	case "duration":
		want = "a time with its unit, such as 10s or 2m"
	case "int", "int64":
		want = "a whole number"
	case "uint32":
		want = "a whole number from 0 on"
	case "bool":
		want = "true or false"
	}
	return usagef("--%s %q: give %s", flag.Name, invalid.GetValue(), want)
}
