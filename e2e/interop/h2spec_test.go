package interop

import (
	"encoding/xml"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// strictCases is how many cases h2spec v2.2.1 has with -S.
const strictCases = 146

// runs is how often each h2spec test is repeated: H2SPEC_RUNS, or once.
func runs(t *testing.T) int {
	t.Helper()
	s := os.Getenv("H2SPEC_RUNS")
	if s == "" {
		return 1
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("H2SPEC_RUNS is %q: give how often h2spec shall run, from 1", s)
	}
	return n
}

// h2spec returns the path of the tool, which go.mod pins.
func h2spec(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(tool(t, "go"), "tool", "-n", "h2spec").CombinedOutput()
	if err != nil {
		t.Fatalf("h2spec can't be built (go tool h2spec): %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// All strict cases pass on our server.
func TestH2spec(t *testing.T) {
	spec, f, s := h2spec(t), newFolder(t), newSecrets(t)
	for _, link := range links {
		t.Run(link, func(t *testing.T) {
			d := startOurs(t, f.dir, s.on(link), nil)
			judge(t, spec, link, d.addr)
		})
	}
	t.Run("WASM", func(t *testing.T) {
		judge(t, spec, "WASM under Node", startWASM(t))
	})
}

// report is what is looked at of a JUnit report.
type report struct {
	Suites []struct {
		Package string `xml:"package,attr"`
		Cases   []struct {
			Name    string  `xml:"classname,attr"`
			Failure *string `xml:"failure"`
			Error   *string `xml:"error"`
			Skipped *string `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// judge lets h2spec look at a server, as often as it was asked for. With TLS it
// takes any certificate.
func judge(t *testing.T, spec, what, addr string) {
	t.Helper()
	n := runs(t)
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.xml")
	args := []string{"-S", "-h", host, "-p", port, "-j", file, "-o", "5"}
	if what == "TLS" {
		args = append(args, "-t", "-k")
	}
	whole := 0
	for range n {
		out, said, _ := execute(t, spec, args...) // its exit code says what the report says
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("h2spec left no report: %v\n%s%s", err, out, said)
		}
		os.Remove(file)
		passed, failed := verdicts(t, b)
		for _, f := range failed {
			t.Errorf("h2spec: %s", f)
		}
		if passed != strictCases {
			t.Errorf("h2spec: %d of %d strict cases passed", passed, strictCases)
			continue
		}
		whole++
	}
	t.Logf("h2spec -S, %s: all %d cases in %d of %d runs", what, strictCases, whole, n)
}

func verdicts(t *testing.T, b []byte) (passed int, failed []string) {
	t.Helper()
	var r report
	if err := xml.Unmarshal(b, &r); err != nil {
		t.Fatalf("h2spec's report can't be read: %v", err)
	}
	for _, s := range r.Suites {
		for _, c := range s.Cases {
			switch {
			case c.Failure != nil:
				failed = append(failed, s.Package+" "+c.Name+": "+strings.TrimSpace(*c.Failure))
			case c.Error != nil:
				failed = append(failed, s.Package+" "+c.Name+": "+strings.TrimSpace(*c.Error))
			case c.Skipped != nil:
				failed = append(failed, s.Package+" "+c.Name+": skipped: "+strings.TrimSpace(*c.Skipped))
			default:
				passed++
			}
		}
	}
	return passed, failed
}

// startWASM starts the core in WASM under Node and returns its address.
func startWASM(t *testing.T) string {
	t.Helper()
	wasm := filepath.Join(t.TempDir(), "h2.wasm")
	build := exec.Command(tool(t, "go"), "build", "-trimpath", "-ldflags=-s -w", "-o", wasm, "framewise/wasm/h2")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("h2.wasm can't be built: %v\n%s", err, said)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := background(t, "node", "wasm_host.mjs", filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"), wasm)
	return "127.0.0.1:" + p.says("listening on ")
}
