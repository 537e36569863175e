// Command table prints what Framewise and its peers can do together: it runs
// the tests of e2e/interop that make the tables and shows only those. It ends
// with 1 when a cell failed, and then shows what the tests said too.
//
//	go run ./e2e/interop/table
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
	}
	os.Exit(code)
}

// run runs the tests; the tables come by way of a file.
func run() (code int, err error) {
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "tables")
	test := exec.Command("go", "test", "-count=1", "-timeout=10m", "-run=Table|Differential", "framewise/e2e/interop")
	test.Env = append(os.Environ(), "INTEROP_TABLE="+name)
	said, failed := test.CombinedOutput()
	tables, err := os.ReadFile(name)
	if err != nil {
		return 1, fmt.Errorf("the tests made no table: %w\n%s", err, said)
	}
	os.Stdout.Write(tables)
	if failed != nil {
		os.Stdout.Write(said)
		return 1, failed
	}
	return 0, nil
}
