package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pageCompiler is how `go build` (or `go list`) is started for app.wasm: with
// -overlay, which takes every file of the toolchain's net/http away and puts
// package pagehttp in their place; its doc comment says why. Two things keep
// this honest: what the stand-in lacks is an error of the compiler, and
// TestPageHTTP compares what it has with net/http.
//
// Overlays must not touch what lies in the module cache, and a downloaded toolchain
// lies there. So the same toolchain is started through a link in dir, and the
// overlay names its files by that path; -trimpath keeps it out of the program.
func pageCompiler(root, dir string) (func(verb string, args ...string) *exec.Cmd, error) {
	std, err := goroot()
	if err != nil {
		return nil, err
	}
	link := filepath.Join(dir, "go")
	if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if err := os.Symlink(std, link); err != nil {
		return nil, err
	}
	overlay, err := pageOverlay(root, filepath.Join(link, "src", "net", "http"))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o644); err != nil {
		return nil, err
	}
	return func(verb string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(link, "bin", "go"), append([]string{verb, "-overlay=" + file}, args...)...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOROOT="+link, "GOTOOLCHAIN=local", "GOOS=js", "GOARCH=wasm")
		return cmd
	}, nil
}

// pageOverlay is the overlay in go build's form: the files of the folder theirs
// are gone, and pagehttp's is there instead.
func pageOverlay(root, theirs string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(theirs, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("the Go toolchain has no sources in %s", theirs)
	}
	replace := map[string]string{}
	for _, file := range files {
		replace[file] = "" // as if it weren't there
	}
	replace[filepath.Join(theirs, "page.go")] = filepath.Join(root, "web", "build", "pagehttp", "http.go")
	return json.Marshal(map[string]any{"Replace": replace})
}

// goroot is the folder of the toolchain that compiles.
func goroot() (string, error) {
	said, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	return strings.TrimSpace(string(said)), nil
}
