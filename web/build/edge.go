package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// buildEdge makes dist/edge: the JavaScript that starts a Go program in a
// Worker, from github.com/syumai/workers, the program itself, and the settings and
// tables with which wrangler publishes it together with dist/site.
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
	from := filepath.Join(root, "wasm", "edge")
	settings, err := os.ReadFile(filepath.Join(from, "wrangler.toml"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, "wrangler.toml"), settings, 0o644); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(fresh, "migrations"), os.DirFS(filepath.Join(from, "migrations"))); err != nil {
		return err
	}
	if err := edgeSize(os.Stdout, filepath.Join(fresh, "app.wasm")); err != nil {
		return err
	}
	return swap(fresh, filepath.Join(root, "dist", "edge"))
}

// edgeBudget is how much the Worker may weigh in gzip, in octets: the platform
// takes 3 MB of all files on its free plan, and 10 MB on others.
const edgeBudget = 2_400_000

// edgeSize prints what the program weighs; the error says that it is too much.
func edgeSize(out io.Writer, file string) error {
	program, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(program); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	fmt.Fprintf(out, "edge: %d B, %d B in gzip, budget %d B\n", len(program), packed.Len(), edgeBudget)
	if packed.Len() > edgeBudget {
		return fmt.Errorf("the edge Worker has %d octets in gzip: the budget is %d", packed.Len(), edgeBudget)
	}
	return nil
}
