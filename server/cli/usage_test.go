package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongInput: what is asked for wrongly is refused with the exit code 2, what
// can't be done with 1, and the line on standard error says what, where and what
// would be right.
func TestWrongInput(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"hello.txt": "hello\n", "empty": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const closed = "127.0.0.1:1"
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"--bogus", 2, "unknown flag: --bogus"},
		{"serv", 2, "did you mean serve"},
		{"help nothing", 2, `no command "nothing"`},
		{"--color red inspect hello.txt", 2, "none of auto, always, never"},
		{"inspect", 2, "name one file"},
		{"inspect nofile", 1, "there is no file nofile"},
		{"inspect .", 1, "is a folder"},
		{"inspect empty", 1, "the file is empty"},
		{"inspect hello.txt", 1, "no trace, capture or log that is known"},
		{"inspect --keys nofile hello.txt", 1, "--keys: there is no file nofile"},
		{"inspect --connection x hello.txt", 2, `--connection "x": give a whole number from 0 on`},
		{"inspect --filter type: hello.txt", 2, "--filter: filter, character"},
		{"convert a", 2, "name two files"},
		{"convert hello.txt out.foo", 2, "names no format"},
		{"convert --to foo hello.txt -", 2, "--to foo names no format"},
		{"convert --filter type:DATA hello.txt out.pcapng", 2, "--filter chooses frames for .json, .txt and .qlog"},
		{"convert --side both hello.txt out.script", 2, "client or server"},
		{"convert --json --to txt hello.txt -", 2, "give a file"},
		{"convert nofile out.har", 1, "there is no file nofile"},
		{"get", 2, "at least one URL"},
		{"get foo", 2, "no URL of the form"},
		{"get --filter type:DATA http://" + closed, 2, "-v or --json"},
		{"get --timeout 5 http://" + closed, 2, `--timeout "5": give a time with its unit`},
		{"get --timeout 0s http://" + closed, 2, "above 0"},
		{"get -X A:B http://" + closed, 2, "is no method"},
		{"get -H bad http://" + closed, 2, "not name:value"},
		{"get -d @nofile http://" + closed, 1, "--data: there is no file nofile"},
		{"get --ca hello.txt https://" + closed, 1, "no certificate in PEM form"},
		{"get http://" + closed, 1, "no server listens there"},
		{"origin --dir nodir", 1, "nodir"},
		{"origin --listen foo", 2, "--listen foo"},
		{"origin --cert hello.txt", 2, "give both"},
		{"origin more", 2, `no arguments, but got "more"`},
		{"tap", 2, "--to HOST:PORT"},
		{"tap --to foo", 2, "not host:port"},
		{"tap --to 127.0.0.1:http2", 2, "no number from 1 to 65535"},
		{"tap --to 127.0.0.1:9 --connections 0", 2, "above 0"},
		{"tap ca --data hello.txt", 1, "--data"},
		{"share", 2, "name one file"},
		{"share hello.txt", 1, "no trace, capture or log that is known"},
		{"share --store foo hello.txt", 2, "http://HOST:PORT"},
		{"share --delete abc", 2, "--token"},
		{"share --delete abc --token x", 2, "no link to a share"},
		{"replay hello.txt", 2, "--to HOST:PORT"},
		{"replay hello.txt --to 127.0.0.1:0", 2, "no number from 1 to 65535"},
		{"replay hello.txt --to 127.0.0.1:9 --tls maybe", 2, "on, off, auto"},
		{"serve --site nodir", 1, "--site"},
		{"serve --share-days x", 2, `--share-days "x": give a whole number`},
	} {
		t.Run(c.args, func(t *testing.T) {
			code, out, errOut := run(t, strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(errOut, c.want) || out != "" {
				t.Errorf("%d %q %q; want %d and %q", code, out, errOut, c.code, c.want)
			}
			first, rest, _ := strings.Cut(errOut, "\n")
			if !strings.HasPrefix(first, "framewise") || (rest != "") != (c.code == ExitUsage) {
				t.Errorf("it says %q", errOut)
			}
		})
	}
}

// TestEnvironment: serve and origin take flags from the environment, and those on
// the command line win.
func TestEnvironment(t *testing.T) {
	t.Setenv("FRAMEWISE_LISTEN", "127.0.0.1:0")
	t.Setenv("FRAMEWISE_DIR", t.TempDir())
	t.Setenv("FRAMEWISE_HEADER", "x-one:1 x-two:2")
	t.Setenv("FRAMEWISE_JSON", "true")
	d := start(t, "origin")
	if d.addr == "127.0.0.1:0" || d.addr == "" {
		t.Fatal("it listens nowhere")
	}
	line, _, _ := strings.Cut(d.out.String(), "\n")
	var said struct{ URL string }
	if err := json.Unmarshal([]byte(line), &said); err != nil || !strings.HasPrefix(said.URL, "http://127.0.0.1:") {
		t.Errorf("it says %s", line)
	}
	if code, out, errOut := run(t, "get", "-v", said.URL+"/none"); code != ExitOK || !strings.Contains(out, "x-one: 1") || !strings.Contains(out, "x-two: 2") {
		t.Errorf("%d %s %s", code, out, errOut)
	}
	d.stop()
	if code, _, errOut := run(t, "origin", "--listen", "foo"); code != ExitUsage || !strings.Contains(errOut, "--listen foo") {
		t.Errorf("the flag does not win: %d %s", code, errOut)
	}
	t.Setenv("FRAMEWISE_IDLE_TIMEOUT", "soon")
	if code, _, errOut := run(t, "origin"); code != ExitUsage || !strings.Contains(errOut, `FRAMEWISE_IDLE_TIMEOUT: --idle-timeout "soon": give a time`) {
		t.Errorf("a wrong variable: %d %s", code, errOut)
	}
	t.Setenv("FRAMEWISE_SHARE_DAYS", "0")
	t.Setenv("FRAMEWISE_SITE", siteDir(t))
	if code, _, errOut := run(t, "serve"); code != ExitUsage || !strings.Contains(errOut, "--share-days") {
		t.Errorf("serve: %d %s", code, errOut)
	}
}
