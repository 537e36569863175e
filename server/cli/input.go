package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"framewise/core/convert"
	"framewise/core/convert/pack"
	"framewise/core/trace"

	"github.com/spf13/cobra"
)

// inputFlags are what inspect and convert share: how a file is read.
type inputFlags struct {
	keys       string
	connection uint32
	quiet      bool
}

// formats is the part of the help about what can be read.
const formats = `What can be read is told from the file itself, whatever its name is:
  .h2trace       a trace: of 'framewise get -o', 'framewise origin -o', the playground
  pcap, pcapng   a capture: h2c (prior knowledge and Upgrade), TLS 1.2 and 1.3
  NetLog         what Chromium's --log-net-log writes
  HAR            an HTTP Archive, its exchanges over HTTP/2
  text           what 'nghttp -v' prints and 'curl --trace' writes
each as it is, or compressed with gzip or zstd. FILE - is standard input.

The frames of a NetLog, a HAR or a text are rebuilt from what it tells of them;
their octets are not those that travelled, and the trace says so.

TLS in a capture is decrypted with the secrets in the pcapng itself, and with those
of --keys: a file that browsers, curl and others write where SSLKEYLOGFILE says.
Connections that can't be read, or are not HTTP/2, are counted and named on
standard error.`

func (f *inputFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.keys, "keys", "", "key log `file` (SSLKEYLOGFILE) to decrypt TLS in a capture with")
	fl.Uint32Var(&f.connection, "connection", 0, "only the connection of this `number`; 0: all, or the first where one is needed (a script, a replay)")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing of progress and of what is not shown")
}

// openFile opens a file to read it, or says what stands in the way.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", name)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s may not be read by this user", name)
	}
	return f, err
}

// maxKeys is how large a key log may be, in octets.
const maxKeys = 64 << 20

// input is a file that is read.
type input struct {
	*convert.Reader
	name  string
	close func()
	bar   *progress
	quiet bool

	octets int64 // that were given on
}

// open begins to read a file.
func (f *inputFlags) open(name string, in io.Reader, errOut io.Writer) (*input, error) {
	var keys []byte
	if f.keys != "" {
		file, err := openFile(f.keys)
		if err != nil {
			return nil, fmt.Errorf("--keys: %w", err)
		}
		keys, err = io.ReadAll(io.LimitReader(file, maxKeys+1))
		file.Close()
		switch {
		case err != nil:
			return nil, fmt.Errorf("--keys: %w", err)
		case len(keys) > maxKeys:
			return nil, fmt.Errorf("--keys: %s has more than %d octets", f.keys, maxKeys)
		}
	}
	i := &input{name: name, close: func() {}, quiet: f.quiet}
	var size int64
	if name != "-" {
		file, err := openFile(name)
		if err != nil {
			return nil, err
		}
		i.close = func() { file.Close() }
		info, err := file.Stat()
		if err == nil && info.IsDir() {
			i.close()
			return nil, fmt.Errorf("%s is a folder: name a file in it", name)
		}
		if err == nil {
			size = info.Size()
		}
		in, i.name = file, filepath.Base(name)
	}
	i.close = collectLess(size, i.close)
	i.bar = newProgress(errOut, size, f.quiet)
	plain, _, err := pack.NewReader(i.bar.reader(in), pack.Limits{})
	if err == nil {
		i.Reader, err = convert.NewReader(plain, convert.Options{Keys: keys, Connection: f.connection})
	}
	if err != nil {
		i.close()
		return nil, fmt.Errorf("%s can't be read: %w", i.name, err)
	}
	return i, nil
}

// smallFile is up to how many octets a file is read with few garbage collections:
// nearly all that is made of it stays until the end.
const smallFile = 64 << 20

// collectLess lets the memory grow to five times what is in use while a small file
// is read. It gives back what ends that, and then calls end.
func collectLess(size int64, end func()) func() {
	if size <= 0 || size > smallFile || os.Getenv("GOGC") != "" {
		return end
	}
	was := debug.SetGCPercent(400)
	return func() {
		debug.SetGCPercent(was)
		end()
	}
}

// each gives every entry to feed, while the next ones are read. The error names
// the file and the place; what stands before it was given.
func (i *input) each(feed func(trace.Entry) error) error {
	defer i.close()
	err := ahead(i.Reader, func(e trace.Entry) error {
		if c, ok := e.(*trace.Chunk); ok {
			i.octets += int64(len(c.Octets))
		}
		return feed(e)
	})
	i.bar.end()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, convert.ErrConnection):
		return fmt.Errorf("%s: %w", i.name, err)
	case i.octets == 0:
		return fmt.Errorf("%s can't be read: %w", i.name, err)
	}
	return fmt.Errorf("%s is broken: %w", i.name, err)
}

// pour gives every entry to feed, whose errors get the place of the entry.
func pour(r *convert.Reader, feed func(trace.Entry) error) error {
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := feed(e); err != nil {
			line, octet := r.Place()
			return (&placed{e, line, octet}).wrong(err)
		}
	}
}

// placed is an entry and where it stands.
type placed struct {
	e     trace.Entry
	line  int
	octet int64
}

// wrong is an error about the entry.
func (p *placed) wrong(err error) error {
	if p.line == 0 {
		return err
	}
	return fmt.Errorf("line %d, octet %d: %w", p.line, p.octet, err)
}

// ahead is pour with reading and feeding side by side.
func ahead(r *convert.Reader, feed func(trace.Entry) error) error {
	const batch = 256
	batches, done, stop := make(chan []placed, 16), make(chan error, 1), make(chan struct{})
	go func() {
		defer close(batches)
		list := make([]placed, 0, batch)
		err := pour(r, func(e trace.Entry) error {
			line, octet := r.Place()
			list = append(list, placed{e, line, octet})
			if len(list) < batch {
				return nil
			}
			select {
			case batches <- list:
				list = make([]placed, 0, batch)
				return nil
			case <-stop:
				return errShown
			}
		})
		select {
		case batches <- list:
		case <-stop:
		}
		done <- err
	}()
	var err error
	for list := range batches {
		for _, p := range list {
			if err == nil {
				if err = feed(p.e); err != nil {
					err = p.wrong(err)
					close(stop)
				}
			}
		}
	}
	if bad := <-done; err == nil {
		err = bad
	}
	return err
}

// tell says what the file held beside what is shown; of a file without anything
// that could be read the error says enough.
func (i *input) tell(errOut io.Writer, broken error) {
	if i.quiet || broken != nil && i.octets == 0 {
		return
	}
	for _, line := range i.Lines() {
		fmt.Fprintf(errOut, "# %s\n", line)
	}
}

// progress shows how far the reading of a file is, on a terminal, when it takes
// long.
type progress struct {
	out   io.Writer // nil: nobody looks
	size  int64
	n     int64
	start time.Time
	last  time.Time
	shown bool
}

// Progress is shown after the first of these, and anew after each second one.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

func newProgress(out io.Writer, size int64, quiet bool) *progress {
	p := &progress{size: size, start: time.Now()}
	if !quiet && terminal(out) {
		p.out = out
	}
	return p
}

func (p *progress) reader(r io.Reader) io.Reader {
	if p.out == nil {
		return r
	}
	return readerFunc(func(b []byte) (int, error) {
		n, err := r.Read(b)
		p.n += int64(n)
		p.show(time.Now())
		return n, err
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func (p *progress) show(now time.Time) {
	if now.Sub(p.start) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	if p.size > 0 {
		fmt.Fprintf(p.out, "\r%3d %% of %.1f MiB read\x1b[K", p.n*100/p.size, float64(p.size)/(1<<20))
	} else {
		fmt.Fprintf(p.out, "\r%.1f MiB read\x1b[K", float64(p.n)/(1<<20))
	}
}

// written shows how much of what was read is written.
func (p *progress) written(done, of int) {
	now := time.Now()
	if p.out == nil || of == 0 || now.Sub(p.start) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.out, "\r%3d %% of %d frames written\x1b[K", done*100/of, of)
}

// end takes the line away.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}
