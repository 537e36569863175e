// Command build makes dist/site, the playground as files that any static
// server can send, dist/edge, the Cloudflare Worker, and dist/npm, the package.
//
// In come ./playground, ./wasm/inspect and ./wasm/h2 (programs for the page),
// ./wasm/edge and the files of web/static. Out go files named after their
// content, compressed beforehand, and index.html, which names them.
//
//	go run ./web/build site   makes dist/site
//	go run ./web/build edge   makes dist/edge
//	go run ./web/build npm    makes dist/npm/http2, the facade for Node; with a
//	                          folder behind it, there
//	go run ./web/build runtime FILE  bundles the tab's runtime for Node.js, for tests
//	go run ./web/build sizes  compares dist/site with the size budgets
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "web/build:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if len(args) == 2 && args[0] == "npm" {
		return buildNPM(root, args[1])
	}
	if len(args) == 2 && args[0] == "runtime" {
		return bundleRuntime(root, args[1])
	}
	if len(args) != 1 {
		return errors.New("say what to make: site, edge, npm, runtime FILE or sizes")
	}
	switch args[0] {
	case "site":
		return buildSite(root)
	case "edge":
		return buildEdge(root)
	case "npm":
		return buildNPM(root, filepath.Join(root, "dist", "npm", "http2"))
	case "sizes":
		return checkSizes(os.Stdout, filepath.Join(root, "dist", "site"), budgets)
	}
	return fmt.Errorf("%q is nothing that can be made: say site, edge, npm, runtime FILE or sizes", args[0])
}

// moduleRoot is the nearest folder upwards that holds go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod here or above: run it inside the repository")
		}
		dir = parent
	}
}
