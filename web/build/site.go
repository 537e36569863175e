package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"framewise/server/site"
)

// program is one WASM program of the page.
type program struct {
	name string // logical: "app.wasm"
	dir  string // its main package, below the module's root
}

// programs are what the page loads. Each is a program of its own, so that one
// can fail or be ended without the others.
var programs = []program{
	{"app.wasm", "playground"},
	{"inspect.wasm", "wasm/inspect"},
	{"convert.wasm", "wasm/convert"},
	{"unpack.wasm", "wasm/convert/unpack"},
	{"share.wasm", "wasm/share"},
	{"h2.wasm", "wasm/h2"},
	{"h2tls.wasm", "wasm/h2"},
}

// programFlags are what go build is told beside what all programs get. Without
// inlining, crypto/tls is a quarter of a megabyte less to load (its ciphers keep
// it: 10 MiB over TLS take half the time for five kilobytes), and what writes the
// record and makes the texts of panics ten kilobytes. What reads captures and
// logs, or makes files of records, is a tenth less, and so is the page's own
// program, most of which draws: what every step of it goes through keeps its
// inlining. The analyser keeps it where records are read; what answers questions
// is smaller without.
var programFlags = map[string][]string{
	"app.wasm": {"-gcflags=all=-l", "-gcflags=runtime=", "-gcflags=internal/runtime/...=", "-gcflags=internal/bytealg=",
		"-gcflags=unicode/utf8=", "-gcflags=syscall/js=", "-gcflags=sync/atomic=", "-gcflags=sync=",
		"-gcflags=github.com/maxence-charriere/go-app/v9/pkg/app=", "-gcflags=reflect=", "-gcflags=internal/abi=", "-gcflags=internal/sync=",
		"-gcflags=strconv=", "-gcflags=context="},
	"h2.wasm": {"-gcflags=fmt=-l", "-gcflags=framewise/core/trace=-l"},
	"h2tls.wasm": {"-tags=h2tls", "-gcflags=all=-l", "-gcflags=crypto/internal/fips140/aes/...=", "-gcflags=crypto/internal/fips140/subtle=",
		"-gcflags=crypto/internal/fips140/alias=", "-gcflags=crypto/internal/fips140deps/byteorder=", "-gcflags=internal/byteorder=",
		"-gcflags=vendor/golang.org/x/crypto/...=", "-gcflags=crypto/internal/poly1305="},
	"inspect.wasm": {"-gcflags=fmt=-l", "-gcflags=reflect=-l", "-gcflags=strconv=-l", "-gcflags=internal/strconv=-l", "-gcflags=golang.org/x/net/http2/hpack=-l",
		"-gcflags=os=-l", "-gcflags=syscall=-l", "-gcflags=time=-l", "-gcflags=internal/poll=-l", "-gcflags=io/fs=-l", "-gcflags=framewise/wasm/inspect=-l",
		"-gcflags=framewise/core/inspect/view=-l", "-gcflags=framewise/core/inspect/ask=-l", "-gcflags=framewise/core/priority=-l"},
	"convert.wasm": {"-gcflags=all=-l"},
	"unpack.wasm":  {"-gcflags=all=-l"},
	"share.wasm":   {"-gcflags=all=-l"},
}

// buildSite makes dist/site in a folder beside it and swaps the two, so that a
// build that fails leaves the old site whole.
func buildSite(root string) error {
	files, err := staticFiles(filepath.Join(root, "web", "static"))
	if err != nil {
		return err
	}
	if err := addPrograms(root, files); err != nil {
		return err
	}
	if err := addBundles(root, files); err != nil {
		return err
	}
	if files[rootsName], err = roots(); err != nil {
		return err
	}
	out, err := newAssets(files).all()
	if err != nil {
		return err
	}
	fresh := filepath.Join(root, "dist", ".site.new")
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := writeSite(fresh, filepath.Join(root, ".cache", "compressed"), out); err != nil {
		return err
	}
	return swap(fresh, filepath.Join(root, "dist", "site"))
}

// addPrograms compiles the programs and adds them, with the wasm_exec.js of the
// toolchain that compiled them: the two must be of one version.
func addPrograms(root string, files map[string][]byte) error {
	bin := filepath.Join(root, "dist", ".wasm")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	for _, p := range programs {
		octets, err := compile(root, bin, p)
		if err != nil {
			return err
		}
		files[p.name] = octets
	}
	octets, err := wasmExec()
	files["wasm_exec.js"] = octets
	return err
}

// wasmExec is the toolchain's wasm_exec.js.
func wasmExec() ([]byte, error) {
	std, err := goroot()
	if err != nil {
		return nil, err
	}
	octets, err := os.ReadFile(filepath.Join(std, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, fmt.Errorf("the Go toolchain lacks wasm_exec.js: %w", err)
	}
	return octets, nil
}

// compile compiles one program for the browser, without symbols or paths of
// this machine: the same source gives the same octets everywhere.
func compile(root, bin string, p program) ([]byte, error) {
	target := filepath.Join(bin, p.name)
	args := append([]string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", target}, programFlags[p.name]...)
	args = append(args, "./"+p.dir)
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if p.name == "app.wasm" {
		page, err := pageCompiler(root, bin)
		if err != nil {
			return nil, err
		}
		cmd = page("build", args...)
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s from ./%s: %w\n%s", p.name, p.dir, err, said)
	}
	return os.ReadFile(target)
}

// staticFiles reads the files of a folder by their paths below it.
func staticFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the site's static files: %w", err)
	}
	if _, ok := files[site.Index]; !ok {
		return nil, fmt.Errorf("%s is missing in %s", site.Index, dir)
	}
	return files, nil
}

// writeSite writes the files, assets.json and the compressed copies. Cloudflare
// compresses by itself and is told not to take the copies.
func writeSite(dir, cache string, out *output) error {
	names, err := json.MarshalIndent(out.names, "", "  ")
	if err != nil {
		return err
	}
	out.files["assets.json"] = append(names, '\n')
	var (
		wait   sync.WaitGroup
		mu     sync.Mutex
		failed error
		turns  = make(chan struct{}, 2*len(coders)) // large files at once cost memory
	)
	for name, octets := range out.files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, octets, 0o644); err != nil {
			return err
		}
		for _, c := range coders {
			if !worthCompressing(name, octets) {
				continue
			}
			wait.Add(1)
			go func() {
				defer wait.Done()
				turns <- struct{}{}
				defer func() { <-turns }()
				if err := compressFile(path, cache, octets, c); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}()
		}
	}
	wait.Wait()
	if failed != nil {
		return failed
	}
	return os.WriteFile(filepath.Join(dir, ".assetsignore"), []byte("*.br\n*.gz\n"), 0o644)
}

// swap puts a fresh folder in the place of an old one.
func swap(fresh, place string) error {
	old := fresh + ".old"
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(place, old); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Rename(fresh, place); err != nil {
		return err
	}
	return os.RemoveAll(old)
}
