package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestColor: colors change nothing but the color, and are there when they are
// asked for.
func TestColor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "broken.h2trace")
	// A DATA frame on stream 0, behind a preface and SETTINGS.
	const record = `{"k":"h2trace","version":1}
{"k":"conn","id":1,"client":"a","server":"b"}
{"k":"chunk","conn":1,"dir":"c2s","at":0,"octets":"UFJJICogSFRUUC8yLjANCg0KU00NCg0KAAAABAAAAAAAAAABAAAAAAAAQQ=="}
`
	if err := os.WriteFile(file, []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NO_COLOR", "")
	for _, more := range [][]string{nil, {"-v"}} {
		plain := func(args ...string) string {
			code, out, errOut := run(t, append(append([]string{"inspect"}, more...), append(args, file)...)...)
			if code != ExitOK {
				t.Fatal(errOut)
			}
			return out
		}
		without := plain()
		if strings.Contains(without, "\x1b") {
			t.Error("what is no terminal gets colors")
		}
		with := plain("--color", "always")
		if sgr.ReplaceAllString(with, "") != without {
			t.Errorf("colors change the text:\n%q\n%q", with, without)
		}
		for _, want := range []string{sgrTypes["SETTINGS"] + "→ SETTINGS" + sgrReset, sgrTypes["DATA"] + "→ DATA" + sgrReset, sgrError} {
			if !strings.Contains(with, want) {
				t.Errorf("%q is not in %q", want, with)
			}
		}
		if out := plain("--color", "never"); out != without {
			t.Error("--color never colors")
		}
		if out := plain("--color", "always", "--json"); strings.Contains(out, "\x1b") {
			t.Error("JSON is colored")
		}
	}
	if code, _, errOut := run(t, "--color", "always", "inspect", "nofile"); code != ExitFailed || !strings.HasPrefix(errOut, sgrError+"framewise inspect: ") {
		t.Errorf("%d %q", code, errOut)
	}
}

// TestFiltered: get -v and convert show what a filter lets through.
func TestFiltered(t *testing.T) {
	dir := t.TempDir()
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	trace := filepath.Join(dir, "talk.h2trace")
	code, out, errOut := run(t, "get", "-v", "--filter", "type:HEADERS dir:s2c", "-o", trace, "http://"+d.addr+"/none")
	if code != ExitOK || strings.Count(out, " ← HEADERS") != 1 || strings.Contains(out, "→ HEADERS") || strings.Contains(out, "WINDOW_UPDATE ") {
		t.Errorf("get: %d %s %s", code, out, errOut)
	}
	for _, format := range []string{"txt", "json", "qlog"} {
		all, some := filepath.Join(dir, "all."+format), filepath.Join(dir, "some."+format)
		for _, args := range [][]string{{trace, all}, {"--json", "--filter", "type:SETTINGS", trace, some}} {
			code, out, errOut := run(t, append([]string{"convert"}, args...)...)
			if code != ExitOK || (args[0] == "--json") != strings.Contains(out, `"format":"`+format+`"`) {
				t.Fatalf("convert: %d %s %s", code, out, errOut)
			}
		}
		a, err := os.ReadFile(all)
		if err != nil {
			t.Fatal(err)
		}
		s, err := os.ReadFile(some)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(s), "user-agent") || !strings.Contains(string(a), "user-agent") || len(s) == 0 {
			t.Errorf("%s: the filter lets through\n%s", format, s)
		}
	}
}
