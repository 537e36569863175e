package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundles are the scripts of the page that are made of several files.
var bundles = map[string]string{
	"examples.js":  "web/examples/page.js",
	"h2-worker.js": "web/runtime/worker.js",
	"editor.js":    "web/editor/editor.js",
}

// addBundles joins each bundle's files into one classic script, so that it
// costs one request and can be a Worker that calls importScripts. What is
// minified stays readable in a stack: names are kept.
func addBundles(root string, files map[string][]byte) error {
	for name, entry := range bundles {
		octets, err := bundle(root, entry, api.FormatIIFE)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files[name] = octets
	}
	return nil
}

// bundleRuntime writes the tab's runtime as a module for Node.js, where tests
// run the same programs.
func bundleRuntime(root, target string) error {
	octets, err := bundle(root, "web/runtime/runtime.js", api.FormatESModule)
	if err != nil {
		return err
	}
	return os.WriteFile(target, octets, 0o644)
}

// options are what all bundles have in common.
func options(root string) api.BuildOptions {
	return api.BuildOptions{
		Bundle:           true,
		Target:           api.ES2022,
		MinifyWhitespace: true,
		MinifySyntax:     true,
		LegalComments:    api.LegalCommentsNone,
		AbsWorkingDir:    root,
		LogLevel:         api.LogLevelSilent,
		Charset:          api.CharsetUTF8,
		NodePaths:        []string{filepath.Join(root, "web", "node_modules")},
	}
}

func bundle(root, entry string, format api.Format) ([]byte, error) {
	o := options(root)
	o.EntryPoints = []string{filepath.Join(root, filepath.FromSlash(entry))}
	o.Format = format
	o.Plugins = []api.Plugin{parts(root)}
	o.MinifyIdentifiers = entry == bundles["editor.js"] // nobody reads a stack of the editor's
	return build(o)
}

func build(o api.BuildOptions) ([]byte, error) {
	r := api.Build(o)
	if len(r.Errors) > 0 {
		said := strings.Join(api.FormatMessages(r.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), "\n")
		if strings.Contains(said, "Could not resolve") {
			said += "(npm's packages are installed by: npm ci, in the folder web)"
		}
		return nil, errors.New(said)
	}
	return r.OutputFiles[0].Contents, nil
}

// parts gives the bundles what is made and not written: the modules that programs
// in the tab find, the certificate among their files, the list of examples.
func parts(root string) api.Plugin {
	return api.Plugin{Name: "parts", Setup: func(b api.PluginBuild) {
		made(b, "#examples", func() (string, error) { return exampleList(root) })
		made(b, "#modules", func() (string, error) { return moduleFactory(root) })
		made(b, "#certificate", certificateModule)
	}}
}

// made lets a name be imported whose text is made by f.
func made(b api.PluginBuild, name string, f func() (string, error)) {
	b.OnResolve(api.OnResolveOptions{Filter: "^" + name + "$"}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
		return api.OnResolveResult{Path: name, Namespace: "made"}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: "^" + name + "$", Namespace: "made"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
		text, err := f()
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS, ResolveDir: b.InitialOptions.AbsWorkingDir}, err
	})
}

// shadowed are the names of the world (web/runtime/world.js) that the modules
// see instead of the Worker's own.
const shadowed = "Date, Math, performance, crypto, AbortSignal, console, setTimeout, clearTimeout, setInterval, clearInterval, " +
	"setImmediate, clearImmediate, queueMicrotask, fetch, WebSocket, Worker, postMessage, importScripts"

// moduleFactory bundles web/runtime/modules and what they need of the npm
// packages into a function: each call makes all of them anew.
func moduleFactory(root string) (string, error) {
	o := options(root)
	modules := filepath.Join(root, "web", "runtime", "modules")
	o.EntryPoints = []string{filepath.Join(modules, "index.js")}
	o.Format = api.FormatIIFE
	o.GlobalName = "modules"
	o.Inject = []string{filepath.Join(modules, "globals.js")}
	o.Define = map[string]string{"global": "globalThis"}
	o.Plugins = []api.Plugin{nodeModules(root, modules)}
	octets, err := build(o)
	if err != nil {
		return "", fmt.Errorf("the modules of programs in the tab: %w", err)
	}
	return "export default function (framewise, { " + shadowed + " }) {\n" + string(octets) + "\nreturn modules;\n}\n", nil
}

// nodeModules resolves Node's names: to our own modules, or to npm's packages
// where one of ours asks for them by #npm/NAME.
func nodeModules(root, modules string) api.Plugin {
	return api.Plugin{Name: "node", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^#npm/`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			r := b.Resolve(strings.TrimPrefix(a.Path, "#npm/")+packageFile(a.Path), api.ResolveOptions{
				ResolveDir: filepath.Join(root, "web"), Kind: api.ResolveJSImportStatement, PluginData: "npm"})
			return api.OnResolveResult{Path: r.Path, Errors: r.Errors}, nil
		})
		b.OnResolve(api.OnResolveOptions{Filter: `^#host$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: filepath.Join(root, "web", "runtime", "host.js")}, nil
		})
		b.OnResolve(api.OnResolveOptions{Filter: `/engine\.js$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: "engine", Namespace: "outside"}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "outside"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			text := "module.exports = framewise.engineModule" // the Worker's own: h2.wasm asks it for padding
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
		b.OnResolve(api.OnResolveOptions{Filter: `^[a-z_]+/?$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if a.PluginData == "npm" {
				return api.OnResolveResult{}, nil
			}
			own := filepath.Join(modules, strings.TrimSuffix(a.Path, "/")+".js")
			if _, err := os.Stat(own); err == nil {
				return api.OnResolveResult{Path: own}, nil
			}
			return api.OnResolveResult{}, nil
		})
	}}
}

// packageFile makes npm's name of a package that is also Node's: "events/".
func packageFile(name string) string {
	if strings.Count(name, "/") == 1 {
		return "/"
	}
	return ""
}
