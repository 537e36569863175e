// Package pack compresses files and takes their compression away: gzip and
// zstd, of traces, captures and logs. It has bounds for what strangers made,
// who can put gigabytes of zeros into a few octets.
//
// In comes an io.Reader, out goes one. It starts no goroutine of its own and
// tells zstd to start none.
package pack

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Kind is a compression, by the ending that files have.
type Kind string

// The kinds.
const (
	None Kind = ""
	Gzip Kind = "gz"
	Zstd Kind = "zst"
)

// ErrLimit matches the errors of a Reader whose limits were reached.
var ErrLimit = errors.New("pack: a limit was reached")

// Limits bound what comes out of a compressed file; 0: no limit.
type Limits struct {
	Out   int64 // octets
	Ratio int64 // octets for each octet of the file, beyond the first MiB
}

// Strangers are the limits for files that anybody may have made.
func Strangers() Limits { return Limits{Out: 50 << 20, Ratio: 100} }

// maxWindow is the most memory that zstd may ask for, in octets.
const maxWindow = 32 << 20

// free is how many octets may come out before the ratio counts: text of a few
// lines repeats itself well.
const free = 1 << 20

// Detect tells the compression of a file from its first four octets.
func Detect(head []byte) Kind {
	switch {
	case len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b:
		return Gzip
	case len(head) >= 4 && string(head[:4]) == "\x28\xb5\x2f\xfd":
		return Zstd
	}
	return None
}

// NewReader gives what is in a file: its octets if it is not compressed.
func NewReader(r io.Reader, l Limits) (io.Reader, Kind, error) {
	in := &counter{r: r}
	b := bufio.NewReaderSize(in, 64<<10)
	head, _ := b.Peek(4)
	kind := Detect(head)
	out := &limited{in: in, l: l, kind: kind}
	switch kind {
	case Gzip:
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, kind, fmt.Errorf("the gzip can't be read: %w", err)
		}
		out.r = z
	case Zstd:
		z, err := newZstd(b)
		if err != nil {
			return nil, kind, err
		}
		out.r = z
	default:
		return b, None, nil
	}
	return out, kind, nil
}

// NewZstdReader gives what is in a file that is compressed with zstd: NewReader for
// a program that is to hold nothing else.
func NewZstdReader(r io.Reader, l Limits) (io.Reader, error) {
	in := &counter{r: r}
	z, err := newZstd(in)
	if err != nil {
		return nil, err
	}
	return &limited{r: z, in: in, l: l, kind: Zstd}, nil
}

func newZstd(r io.Reader) (io.Reader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, fmt.Errorf("the zstd can't be read: %w", err)
	}
	return z, nil
}

// NewWriter compresses what is written to it into w; Close ends it, and leaves
// w open.
func NewWriter(w io.Writer, kind Kind) (io.WriteCloser, error) {
	switch kind {
	case Gzip:
		return gzip.NewWriter(w), nil
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	}
	return plain{w}, nil
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// limited bounds what comes out.
type limited struct {
	r    io.Reader
	in   *counter
	l    Limits
	kind Kind
	n    int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	switch {
	case l.l.Out > 0 && l.n > l.l.Out:
		return 0, fmt.Errorf("%w: the file holds more than %d octets", ErrLimit, l.l.Out)
	case l.l.Ratio > 0 && l.n > free && l.n > l.in.n*l.l.Ratio:
		return 0, fmt.Errorf("%w: the file holds more than %d times its own size", ErrLimit, l.l.Ratio)
	case err != nil && !errors.Is(err, io.EOF):
		return n, fmt.Errorf("the %s can't be read on: %w", map[Kind]string{Gzip: "gzip", Zstd: "zstd"}[l.kind], err)
	}
	return n, err
}
