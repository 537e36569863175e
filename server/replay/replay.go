// Package replay lets the client of a record speak to a live server once more.
//
// In come the chunks of one connection of a record and a connection to a server.
// The client's octets are sent as they were, each chunk when the server has come
// as far as it had in the record: settings, responses, ends, credit. Out come a
// record of what happened now and the first place where the server said something
// else. The package reads frames and field blocks of the server only.
package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
	"framewise/transport"
)

// DefaultPatience is how long the server may say nothing that is waited for.
const DefaultPatience = 3 * time.Second

// Options of a replay. Zeros stand for the defaults.
type Options struct {
	Patience time.Duration
	Ignore   []string           // fields whose values may differ; nil: date and age
	Recorder transport.Recorder // nil: nothing is kept
	Conn     trace.Conn         // for the record: identifier, names, TLS
	Zero     time.Time          // instant 0 of the record
}

// Result is how a replay went.
type Result struct {
	Sent, Received int64 // octets
	Chunks, Done   int   // of the client: all, and those that were sent
	Streams        int   // on which the server said the same
	Difference     *Difference
	Stopped        string // why not all was sent; "" when all was
}

// Script is one connection of a record, ready to be replayed.
type Script struct {
	Conn  *trace.Conn
	steps []step
	story *story
}

// step is octets of the client, and how far the server had come before: what was
// new since the step before it.
type step struct {
	octets []byte
	after  marks
}

// Prepare reads what is needed of the connection id, 0: the first. The error says
// why it can't be replayed.
func Prepare(entries []trace.Entry, id uint32, ignore []string) (*Script, error) {
	if ignore == nil {
		ignore = []string{"date", "age"}
	}
	s := &Script{story: newStory(ignore)}
	var client []byte
	for _, e := range entries {
		switch e := e.(type) {
		case *trace.Conn:
			if s.Conn == nil && (id == 0 || e.ID == id) {
				s.Conn = e
			}
		case *trace.Chunk:
			if s.Conn == nil || e.Conn != s.Conn.ID || len(e.Octets) == 0 {
				continue
			}
			if e.Dir == trace.ToClient {
				s.story.read(e.Octets)
				continue
			}
			s.steps = append(s.steps, step{e.Octets, s.story.fresh})
			s.story.fresh = marks{}
			if len(client) < len(frame.Preface) {
				client = append(client, e.Octets...)
			}
		}
	}
	switch {
	case s.Conn == nil && id == 0:
		return nil, errors.New("the trace has no connection")
	case s.Conn == nil:
		return nil, fmt.Errorf("the trace has no connection %d", id)
	case len(s.steps) == 0:
		return nil, fmt.Errorf("the client says nothing on connection %d", s.Conn.ID)
	case !strings.HasPrefix(string(client), frame.Preface):
		return nil, fmt.Errorf("connection %d does not begin with the client's preface: a capture that starts late, and HTTP/1.1 before an upgrade, can't be replayed", s.Conn.ID)
	}
	return s, nil
}

// live is the server as it is now.
type live struct {
	mu     sync.Mutex
	change chan struct{} // closed at each change, and made anew
	story  *story
	n      int64
	ended  error
}

// Run speaks the client's part on nc until all was sent and answered, the server
// does not go on, or ctx ends. It closes nc.
func (s *Script) Run(ctx context.Context, nc net.Conn, o Options) (Result, error) {
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	if o.Zero.IsZero() {
		o.Zero = time.Now()
	}
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	now := func() int64 { return int64(time.Since(o.Zero)) }
	var recording sync.Mutex
	note := func(e trace.Entry) {
		if o.Recorder != nil {
			recording.Lock()
			o.Recorder.Append(e)
			recording.Unlock()
		}
	}
	o.Conn.At, o.Conn.Vantage = now(), trace.VantageClient
	note(&o.Conn)
	l := &live{change: make(chan struct{}), story: newStory(s.story.ignore)}
	var reader sync.WaitGroup
	reader.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := nc.Read(buf)
			if n > 0 {
				at := now()
				note(&trace.Chunk{Conn: o.Conn.ID, Dir: trace.ToClient, SentAt: at, ReceivedAt: at, Octets: bytes.Clone(buf[:n])})
			}
			l.came(buf[:n], err)
			if err != nil {
				return
			}
		}
	})
	r := Result{Chunks: len(s.steps)}
	for i := range s.steps {
		if r.Stopped = l.wait(ctx, s.steps[i].after, o.Patience); r.Stopped != "" {
			break
		}
		at := now()
		note(&trace.Chunk{Conn: o.Conn.ID, Dir: trace.ToServer, SentAt: at, ReceivedAt: at, Octets: s.steps[i].octets})
		if _, err := nc.Write(s.steps[i].octets); err != nil {
			r.Stopped = "the server takes no more: " + transport.Cause(err).Error()
			break
		}
		r.Sent += int64(len(s.steps[i].octets))
		r.Done++
	}
	if r.Stopped == "" {
		l.wait(ctx, s.story.marks, o.Patience) // what is missing then is a difference
	}
	nc.Close()
	reader.Wait()
	note(&trace.Close{Conn: o.Conn.ID, At: now(), By: "client"})
	r.Received = l.n
	if err := ctx.Err(); err != nil {
		return r, err
	}
	r.Difference, r.Streams = compare(s.story, l.story)
	if l.story.broken != nil && s.story.broken == nil && r.Difference == nil {
		r.Difference = &Difference{Text: "the server's octets are no HTTP/2 any more: " + l.story.broken.Error()}
	}
	return r, nil
}

// came takes in what the server said, or that it ended.
func (l *live) came(b []byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n += int64(len(b))
	l.story.read(b)
	if err != nil && l.ended == nil {
		l.ended = err
	}
	close(l.change)
	l.change = make(chan struct{})
}

// wait waits until the server has come as far as the marks say. It returns ""
// then, or why it does not wait any longer: nothing came for as long as the
// patience lasts, or the connection ended.
func (l *live) wait(ctx context.Context, want marks, patience time.Duration) string {
	idle := time.NewTimer(patience)
	defer idle.Stop()
	for {
		l.mu.Lock()
		missing, ended, change := l.missing(want), l.ended, l.change
		l.mu.Unlock()
		switch {
		case missing == "":
			return ""
		case errors.Is(ended, io.EOF):
			return "the server ended the connection before it said " + missing
		case ended != nil:
			return "the connection failed before the server said " + missing + ": " + transport.Cause(ended).Error()
		}
		select {
		case <-change:
			idle.Reset(patience)
		case <-idle.C:
			return "the server does not say " + missing
		case <-ctx.Done():
			return "it was stopped"
		}
	}
}

// missing names one of the marks that were not reached, the first by name.
func (l *live) missing(want marks) string {
	best := ""
	for k, n := range want {
		if l.story.marks[k] >= n || k.what == "content" && l.story.marks[mark{"end", k.stream}] > 0 {
			continue
		}
		text := k.what
		switch k.what {
		case "window":
			text = fmt.Sprintf("enough credit (WINDOW_UPDATE, %d octets)", n-l.story.marks[k])
		case "content":
			text = fmt.Sprintf("%d more octets of DATA", n-l.story.marks[k])
		case "end":
			text = "the end"
		}
		if k.stream != 0 {
			text += fmt.Sprintf(" of stream %d", k.stream)
		}
		if best == "" || text < best {
			best = text
		}
	}
	return best
}
