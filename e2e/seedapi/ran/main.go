// Command ran reads logs of `go test -v` and `node --test` and fails when a test
// that a row of docs/seed-api.md names is not among those that passed there.
//
//	go run ./e2e/seedapi/ran dist/log/native.log dist/log/facade.log
package main

import (
	"fmt"
	"os"

	"framewise/e2e/seedapi"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ran:", err)
		os.Exit(1)
	}
}

func run(logs []string) error {
	if len(logs) == 0 {
		return fmt.Errorf("no logs: name those of the test run, dist/log/native.log for instance")
	}
	const doc = "docs/seed-api.md"
	text, err := os.ReadFile(doc)
	if err != nil {
		return fmt.Errorf("run it at the module's root: %w", err)
	}
	rows, err := seedapi.ParseRows(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", doc, err)
	}
	results := make(seedapi.Results)
	for _, name := range logs {
		log, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		results.Add(string(log))
	}
	missing := seedapi.NotRun(rows, results)
	for _, line := range missing {
		fmt.Println(line)
	}
	tests := 0
	for i := range rows {
		tests += len(rows[i].GoTests) + len(rows[i].JSTests)
	}
	fmt.Printf("%d rows name tests %d times; %d of them did not pass\n", len(rows), tests, len(missing))
	if len(missing) > 0 {
		return fmt.Errorf("%d tests that rows name did not pass", len(missing))
	}
	return nil
}
