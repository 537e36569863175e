package origin

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime"
	"os"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"framewise/core/hpack"
	"framewise/server/site"
)

const (
	// keepBelow is the size up to which a file is kept in memory, in octets.
	keepBelow = 1 << 20
	// keepRoom is the size up to which one is kept while there is room.
	keepRoom = 16 << 20
	// keepTotal bounds all that is kept, in octets. Files below keepBelow displace
	// others; larger ones don't, so that they can't chase each other.
	keepTotal = 64 << 20
	// keepFor is how long a file is served without looking at the disk again.
	keepFor = time.Second
)

// files are the folder and what is kept of it in memory.
type files struct {
	root *os.Root

	mu   sync.RWMutex
	kept map[string]*file
	size int64 // of the contents kept

	large sync.Mutex // one large file is read at a time
}

// file is a file as it was at its last look.
type file struct {
	kind         string // media type
	size         int64
	modified     time.Time
	modifiedText string
	etag         string
	content      []byte // nil: too large to be kept
	seen         atomic.Int64
	ok           atomic.Pointer[rendered]
}

// rendered are the fields of a 200, which are the same within a second.
type rendered struct {
	second int64
	fields []hpack.Field
}

var errDirectory = errors.New("is a folder")

func newFiles(root *os.Root) *files { return &files{root: root, kept: make(map[string]*file)} }

// get finds a file; now is nanoseconds since 1970. errDirectory: it is a folder,
// whose index.html the name would need.
func (s *files) get(name string, now int64) (*file, error) {
	s.mu.RLock()
	f := s.kept[name]
	s.mu.RUnlock()
	if f != nil && now-f.seen.Load() < int64(keepFor) {
		return f, nil
	}
	info, err := s.root.Stat(name)
	if err != nil {
		s.drop(name)
		return nil, err
	}
	if info.IsDir() {
		s.drop(name)
		return nil, errDirectory
	}
	if f != nil && f.size == info.Size() && f.modified.Equal(info.ModTime()) {
		f.seen.Store(now)
		return f, nil
	}
	limit := int64(keepBelow)
	if size := info.Size(); size > keepBelow && size <= keepRoom {
		s.large.Lock()
		defer s.large.Unlock()
		if limit, f = s.room(name, info); f != nil {
			f.seen.Store(now)
			return f, nil
		}
	}
	f, err = s.load(name, info, limit)
	if err != nil {
		s.drop(name)
		return nil, err
	}
	f.seen.Store(now)
	s.keep(name, f)
	return f, nil
}

// room says up to which size a large file may be kept now, or finds the one
// that somebody else has read while we waited for our turn.
func (s *files) room(name string, info fs.FileInfo) (int64, *file) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, used := s.kept[name], s.size
	if f != nil {
		if f.content != nil && f.size == info.Size() && f.modified.Equal(info.ModTime()) {
			return 0, f
		}
		used -= int64(len(f.content)) + entrySize
	}
	if used+info.Size()+entrySize > keepTotal {
		return keepBelow, nil
	}
	return info.Size(), nil
}

// load reads a file, if it has at most limit octets.
func (s *files) load(name string, info fs.FileInfo, limit int64) (*file, error) {
	if !info.Mode().IsRegular() {
		return nil, errors.New("is neither a file nor a folder")
	}
	f := &file{kind: contentType(name), size: info.Size(), modified: info.ModTime(), modifiedText: httpTime(info.ModTime())}
	if f.size <= limit {
		file, err := s.root.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		// It may have grown since: one octet more is read to see it.
		f.content, err = readAll(file, f.size, limit+1)
		if err != nil {
			return nil, err
		}
		f.size = int64(len(f.content))
		if f.size > limit {
			f.content = nil
			if info, err = file.Stat(); err != nil {
				return nil, err
			}
			f.size, f.modified = info.Size(), info.ModTime()
		}
	}
	f.etag = `"` + strconv.FormatInt(f.modified.UnixNano(), 36) + "-" + strconv.FormatInt(f.size, 36) + `"`
	return f, nil
}

// readAll reads at most limit octets of what is expected to have size octets.
func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := b.ReadFrom(io.LimitReader(r, limit))
	return b.Bytes(), err
}

func (s *files) keep(name string, f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.kept[name]; old != nil {
		s.size -= int64(len(old.content)) + entrySize
	}
	if s.size += int64(len(f.content)) + entrySize; s.size > keepTotal {
		clear(s.kept)
		s.size = int64(len(f.content)) + entrySize
	}
	s.kept[name] = f
}

// entrySize is about what a file costs beside its content.
const entrySize = 512

func (s *files) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.kept[name]; old != nil {
		s.size -= int64(len(old.content)) + entrySize
		delete(s.kept, name)
	}
}

func contentType(name string) string {
	if t := site.ContentType(name); t != "application/octet-stream" {
		return t
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// render makes the fields of a 200.
func (f *file) render(d *date, more []hpack.Field) []hpack.Field {
	if r := f.ok.Load(); r != nil && r.second == d.second {
		return r.fields
	}
	fields := append([]hpack.Field{
		{Name: ":status", Value: "200"},
		{Name: "content-type", Value: f.kind},
		{Name: "content-length", Value: strconv.FormatInt(f.size, 10)},
		{Name: "last-modified", Value: f.modifiedText},
		{Name: "etag", Value: f.etag},
		{Name: "accept-ranges", Value: "bytes"},
		{Name: "date", Value: d.text},
	}, more...)
	f.ok.Store(&rendered{d.second, fields})
	return fields
}

// readFull fills b; a file that ends before is an error.
func readFull(r io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errors.New("it is shorter than it was when it was opened")
	}
	return n, err
}
