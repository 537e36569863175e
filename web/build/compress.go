package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/andybalholm/brotli"
)

// coder is one way to compress.
type coder struct {
	suffix string
	writer func(io.Writer) io.WriteCloser
}

// coders are the copies that are made of each file: as small as can be, since
// it is done once. A brotli window of 16 MiB covers a whole program.
var coders = []coder{
	{".br", func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 11, LGWin: 24})
	}},
	{".gz", func(w io.Writer) io.WriteCloser {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			panic(err) // the level is a constant
		}
		return z
	}},
}

// worthCompressing leaves out what is compressed already or tiny.
func worthCompressing(name string, octets []byte) bool {
	return len(octets) > 256 && !slices.Contains([]string{".png", ".ico", ".woff2"}, path.Ext(name))
}

// compressFile writes the copy of path. Brotli at its best takes half a minute
// for a program, so results are kept in cache under the content's hash.
func compressFile(path, cache string, octets []byte, c coder) error {
	sum := sha256.Sum256(octets)
	kept := filepath.Join(cache, hex.EncodeToString(sum[:])+c.suffix)
	small, err := os.ReadFile(kept)
	if err != nil {
		if small, err = compress(octets, c); err != nil {
			return fmt.Errorf("%s%s: %w", path, c.suffix, err)
		}
		if err := keep(kept, small); err != nil {
			return err
		}
	}
	return os.WriteFile(path+c.suffix, small, 0o644)
}

func compress(octets []byte, c coder) ([]byte, error) {
	var out bytes.Buffer
	w := c.writer(&out)
	if _, err := w.Write(octets); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// keep writes a file whole or not at all: a build that is interrupted must not
// leave half a copy in the cache.
func keep(path string, octets []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	if _, err := f.Write(octets); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
