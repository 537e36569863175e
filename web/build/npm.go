package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// npmFiles are the files of the package that are sent as they are: their names
// in web/http2/npm.
var npmFiles = []string{"package.json", "index.js", "index.mjs", "index.d.ts", "common.d.ts", "current.js", "current.mjs", "current.d.ts", "README.md"}

// npmModules are Node's own modules that the facade uses.
var npmModules = []string{"async_hooks", "buffer", "crypto", "events", "fs", "http", "net", "path", "stream", "tls", "util"}

// buildNPM makes the package http2 for Node in dir: the facade of web/http2 as
// one CommonJS file, h2.wasm beside it, two entries on it, and their types.
func buildNPM(root, dir string) error {
	tmp, err := os.MkdirTemp("", "framewise-npm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	module, err := compile(root, tmp, program{"h2.wasm", "wasm/h2"})
	if err != nil {
		return err
	}
	exec, err := wasmExec()
	if err != nil {
		return err
	}
	lib, err := npmBundle(root, exec)
	if err != nil {
		return err
	}
	files := map[string][]byte{"h2.wasm": module, "lib.js": lib}
	for _, name := range npmFiles {
		if files[name], err = os.ReadFile(filepath.Join(root, "web", "http2", "npm", name)); err != nil {
			return err
		}
	}
	if files["LICENSE"], err = os.ReadFile(filepath.Join(root, "LICENSE")); err != nil {
		return err
	}
	fresh := dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return err
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(fresh, name), b, 0o644); err != nil {
			return err
		}
	}
	return swap(fresh, dir)
}

// npmBundle joins the facade's files. wasm_exec.js sets globals; in the bundle it
// is a function that is given an object for them, so that a program's own stay
// as they are.
func npmBundle(root string, wasmExec []byte) ([]byte, error) {
	r := api.Build(api.BuildOptions{
		EntryPoints:      []string{filepath.Join(root, "web", "http2", "npm", "lib.js")},
		Bundle:           true,
		Format:           api.FormatCommonJS,
		Platform:         api.PlatformNode,
		Target:           api.ES2022,
		External:         npmModules,
		MinifyWhitespace: true,
		MinifySyntax:     true,
		LegalComments:    api.LegalCommentsNone,
		AbsWorkingDir:    root,
		LogLevel:         api.LogLevelSilent,
		Charset:          api.CharsetUTF8,
		Plugins:          []api.Plugin{goRuntime(wasmExec)},
	})
	if len(r.Errors) > 0 {
		said := api.FormatMessages(r.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return nil, fmt.Errorf("npm: %s", strings.Join(said, "\n"))
	}
	return r.OutputFiles[0].Contents, nil
}

// goRuntime resolves #go: boot(setTimeout) gives the class Go of wasm_exec.js.
func goRuntime(wasmExec []byte) api.Plugin {
	var b bytes.Buffer
	b.WriteString("import fs from 'fs';\nimport { webcrypto as crypto } from 'crypto';\nexport function boot(setTimeout) {\n" +
		"  const globalThis = { crypto, fs, performance, TextEncoder, TextDecoder, process, path: {} };\n")
	b.Write(wasmExec)
	b.WriteString("\n  return globalThis.Go;\n}\n")
	text := b.String()
	return api.Plugin{Name: "go", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: "^#go$"}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: "wasm_exec.js", Namespace: "go"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "go"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
	}}
}
