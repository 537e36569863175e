package http2

import (
	"errors"
	"io"
	"os"
	"strconv"
	"sync"
)

// FileOptions are those of the seed's respondWithFile.
type FileOptions struct {
	// StatCheck may add headers that follow from the file, or answer otherwise:
	// when it returns false nothing is sent, and it should have responded itself.
	// It is called before RespondWithFile returns.
	StatCheck func(stat os.FileInfo, headers *Headers) bool
}

// RespondWithFile responds with a regular file: the seed's
// http2stream.respondWithFile. content-length is filled in. The body is read as
// the windows open; trailers are not asked for, and nothing else can be written.
//
// The error is why there is no response: a file that can't be opened or is not
// regular (validation, which wraps the system's), or what Respond returns. The
// stream is reset with InternalError then, as it is when reading fails later.
func (st *ServerStream) RespondWithFile(path string, headers Headers, o FileOptions) error {
	const op = "respondWithFile"
	f, err := os.Open(path)
	if err != nil {
		return st.noFile(&Error{Kind: ErrValidation, Op: op, Reason: "the path must name a regular file that can be read: " + err.Error(), Err: err})
	}
	stat, err := f.Stat()
	if err == nil && !stat.Mode().IsRegular() {
		err = invalid(op, "%s is %s, it must be a regular file", path, kindOfFile(stat.Mode()))
	}
	if err != nil {
		f.Close()
		return st.noFile(err)
	}
	h := headers.Clone()
	if o.StatCheck != nil && !o.StatCheck(stat, &h) {
		return f.Close()
	}
	h.Set("content-length", strconv.FormatInt(stat.Size(), 10))
	err = st.act(op, func() error { return st.respondFile(&fileBody{f: f, close: true, left: stat.Size()}, h) })
	if err != nil {
		f.Close()
	}
	return err
}

// RespondWithFD responds with what an open file has from where it stands, until
// its end: the seed's http2stream.respondWithFD. The file stays open, and is the
// stream's to read until the stream is closed.
func (st *ServerStream) RespondWithFD(f *os.File, headers Headers) error {
	const op = "respondWithFD"
	if f == nil {
		return invalid(op, "the file is nil, it must be one that can be read")
	}
	stat, err := f.Stat()
	b := &fileBody{f: f, left: -1, slow: err != nil || !stat.Mode().IsRegular()}
	return st.act(op, func() error { return st.respondFile(b, headers) })
}

// noFile resets the stream of a file that can't be sent, and tells why.
func (st *ServerStream) noFile(err error) error {
	st.Destroy(err)
	return err
}

func kindOfFile(m os.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&os.ModeNamedPipe != 0:
		return "a pipe"
	case m&os.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}

// respondFile begins the response and the reading. Locked.
func (st *ServerStream) respondFile(b *fileBody, h Headers) error {
	if err := st.respond(h, RespondOptions{}); err != nil {
		return err
	}
	if st.noBody || st.core.Destroyed() {
		b.release()
		return nil
	}
	st.file = b
	st.ended = true // for all other writers
	b.next(st.Stream)
	return nil
}

// fileBody is a body that comes from a file. It is read on the loop, a piece
// each time that the last one has left; what is no regular file may have nothing
// to read for long, and is read by a goroutine.
type fileBody struct {
	f     *os.File
	close bool  // it is ours
	slow  bool  // it is no regular file
	left  int64 // octets to send; -1: until its end

	mu      sync.Mutex
	over    bool
	reading bool
	used    []*filePiece // in the stream's queue
}

// filePiece is what is read at once at most.
type filePiece [256 << 10]byte

var filePieces = sync.Pool{New: func() any { return new(filePiece) }}

// leastPiece is how much is read ahead for windows that are closed.
const leastPiece = 16 << 10

// pull reads a piece and queues it.
func (b *fileBody) pull(st *Stream) {
	size := leastPiece
	st.s.look(func() {
		w, c := st.core.Window().Send, st.s.core.Window().Send
		size = int(min(max(min(w, c), leastPiece), int64(len(filePiece{}))))
	})
	if !b.begin() {
		return
	}
	piece, n, err := b.read(size)
	if !b.ended() {
		putPiece(piece)
		return
	}
	if err != nil && err != io.EOF {
		putPiece(piece)
		st.Destroy(&Error{Kind: ErrInternal, Op: "read the file", Reason: err.Error(), Code: InternalError, StreamID: st.ID(), Err: err})
		return
	}
	done := err == io.EOF
	err = st.act("write", func() error {
		if n > 0 {
			if err := st.core.Write(piece[:n]); err != nil {
				return err
			}
			b.mu.Lock()
			b.used = append(b.used, piece)
			b.mu.Unlock()
		}
		if done {
			st.file = nil
			b.release()
			return st.core.End(nil)
		}
		return nil
	})
	if n == 0 || err != nil {
		putPiece(piece)
	}
}

func putPiece(p *filePiece) {
	if p != nil {
		filePieces.Put(p)
	}
}

// read reads up to size octets; io.EOF comes with the last ones.
func (b *fileBody) read(size int) (*filePiece, int, error) {
	if b.left >= 0 {
		size = int(min(int64(size), b.left))
	}
	piece := filePieces.Get().(*filePiece)
	n, err := 0, error(nil)
	if size > 0 {
		n, err = b.f.Read(piece[:size])
	}
	if b.left < 0 {
		if err == io.EOF || err == nil {
			return piece, n, err
		}
		return piece, 0, err
	}
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return piece, n, io.EOF
	case err == io.EOF:
		return piece, 0, errors.New("the file is shorter than it was, " + strconv.FormatInt(b.left, 10) + " octets are missing")
	}
	return piece, n, err
}

// drained goes on when a piece has left. Locked.
func (b *fileBody) drained(st *Stream) {
	b.mu.Lock()
	if !st.s.d.Writing() { // else the octets are still being written from there
		for _, p := range b.used {
			filePieces.Put(p)
		}
	}
	clear(b.used)
	b.used = b.used[:0]
	b.mu.Unlock()
	b.next(st)
}

// release ends it: the file is closed if it is ours.
func (b *fileBody) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return
	}
	b.over = true
	if b.close && !b.reading {
		b.f.Close()
	}
}

// begin and ended stand around a read, which nothing waits for. False: the body
// is over.
func (b *fileBody) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = !b.over
	return b.reading
}

func (b *fileBody) ended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = false
	if b.over && b.close {
		b.f.Close()
	}
	return !b.over
}

// next has the next piece read.
func (b *fileBody) next(st *Stream) {
	if b.slow {
		go b.pull(st)
		return
	}
	st.s.post(func() { b.pull(st) })
}

// dropFile ends a body that comes from a file, if there is one. Locked.
func (st *Stream) dropFile() {
	if b := st.file; b != nil {
		st.file = nil
		b.release()
	}
}
