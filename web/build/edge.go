package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// buildEdge makes dist/edge: the JavaScript that starts a Go program in a
// Worker, from github.com/syumai/workers, the program itself, and the settings
// with which wrangler publishes it together with dist/site.
func buildEdge(root string) error {
	fresh := filepath.Join(root, "dist", ".edge.new")
	steps := []struct {
		env  []string
		args []string
	}{
		{nil, []string{"run", "github.com/syumai/workers/cmd/workers-assets-gen", "-mode=go", "-o", fresh}},
		{
			[]string{"GOOS=js", "GOARCH=wasm"},
			[]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(fresh, "app.wasm"), "./wasm/edge"},
		},
	}
	for _, step := range steps {
		cmd := exec.Command("go", step.args...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), step.env...)
		if said, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", step.args[0], err, said)
		}
	}
	settings, err := os.ReadFile(filepath.Join(root, "wasm", "edge", "wrangler.toml"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, "wrangler.toml"), settings, 0o644); err != nil {
		return err
	}
	return swap(fresh, filepath.Join(root, "dist", "edge"))
}
