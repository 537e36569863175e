package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundles are the scripts of the page that are made of several files.
var bundles = map[string]string{
	"h2-worker.js": "web/runtime/worker.js",
}

// addBundles joins each bundle's files into one classic script, so that it
// costs one request and can be a Worker that calls importScripts. What is
// minified stays readable in a stack: names are kept.
func addBundles(root string, files map[string][]byte) error {
	for name, entry := range bundles {
		r := api.Build(api.BuildOptions{
			EntryPoints:      []string{filepath.Join(root, filepath.FromSlash(entry))},
			Bundle:           true,
			Format:           api.FormatIIFE,
			Target:           api.ES2022,
			MinifyWhitespace: true,
			MinifySyntax:     true,
			LegalComments:    api.LegalCommentsNone,
			AbsWorkingDir:    root,
			LogLevel:         api.LogLevelSilent,
			Charset:          api.CharsetUTF8,
		})
		if len(r.Errors) > 0 {
			said := api.FormatMessages(r.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
			return fmt.Errorf("%s: %s", name, strings.Join(said, "\n"))
		}
		files[name] = r.OutputFiles[0].Contents
	}
	return nil
}
