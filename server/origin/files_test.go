package origin

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestFilesKept: small files displace others, large ones only use what room
// there is, and what is kept is seen again when it has changed.
func TestFilesKept(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int, fill byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte{fill}, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s := newFiles(root)
	get := func(name string) *file {
		t.Helper()
		f, err := s.get(name, time.Now().UnixNano())
		if err != nil {
			t.Fatal(name, err)
		}
		return f
	}
	write("small", keepBelow, 's')
	write("huge", keepRoom+1, 'h')
	if f := get("small"); len(f.content) != keepBelow {
		t.Errorf("a file of %d octets is not kept", keepBelow)
	}
	if f := get("huge"); f.content != nil || f.size != keepRoom+1 {
		t.Errorf("a file of %d octets is kept, or said to have %d", keepRoom+1, f.size)
	}
	kept := 0
	for i := range keepTotal/keepRoom + 1 {
		name := "large" + strconv.Itoa(i)
		write(name, keepRoom, 'l')
		if f := get(name); f.content != nil {
			kept++
		} else if f.size != keepRoom {
			t.Errorf("%s has %d octets, not %d", name, f.size, keepRoom)
		}
	}
	if want := (keepTotal - keepBelow - 2*entrySize) / (keepRoom + entrySize); kept != want {
		t.Errorf("%d large files are kept, there is room for %d", kept, want)
	}
	if get("large0").content == nil || get("small").content == nil {
		t.Error("a file was displaced by a large one")
	}

	write("large0", keepRoom, 'x')
	old := get("large0")
	old.seen.Store(time.Now().Add(-2 * keepFor).UnixNano())
	stamp := old.modified.Add(time.Second)
	if err := os.Chtimes(filepath.Join(dir, "large0"), stamp, stamp); err != nil {
		t.Fatal(err)
	}
	if f := get("large0"); len(f.content) != keepRoom || f.content[0] != 'x' {
		t.Error("a file that has changed is served as it was")
	}
	if s.size > keepTotal {
		t.Errorf("%d octets are kept, more than %d", s.size, keepTotal)
	}
}
