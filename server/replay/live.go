package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"framewise/core/frame"
	"framewise/transport"
)

// live is the peer as it is now.
type live struct {
	mu     sync.Mutex
	change chan struct{} // closed at each change, and made anew
	story  *story
	n      int64
	octets []byte // strict: all of them
	ended  error
	limit  int64 // more octets than that are not read

	// What the peer lets its other side do (RFC 9113, sections 5.2, 6.5.2).
	window  int64            // of the connection
	windows map[uint32]int64 // of streams, by the peer's identifiers
	initial int64
	largest int             // payload
	table   uint32          // of field lines
	push    bool            // it takes pushes
	gone    map[uint32]bool // streams that it reset
	acks    []byte          // answers that are due

	ids   map[uint32]uint32 // the record's identifier → the peer's
	names map[uint32]uint32 // ... and back
	open  []uint32          // streams of the record that nobody was found for
	text  map[uint32]string // their fields
}

// firstWindow is a window before anybody has said otherwise (RFC 9113, section 6.9.2).
const firstWindow = 65535

// stray marks the identifier of a stream that the record has not.
const stray = 1 << 31

func newLive(s *Script) *live {
	l := &live{change: make(chan struct{}), story: newStory(s.rules.Side.Other(), s.rules.Ignore), window: firstWindow, windows: map[uint32]int64{},
		initial: firstWindow, largest: frame.MinMaxFrameSize, table: 4096, push: true, gone: map[uint32]bool{},
		ids: map[uint32]uint32{}, names: map[uint32]uint32{}, limit: 4*s.story.taken + 16<<20}
	l.story.heard = l.hear
	if s.rules.Side == Server && !s.rules.Strict {
		l.open, l.text = s.story.streams()
		l.story.rename = l.rename
	}
	return l
}

// rename finds the record's identifier of a live client's stream: of the streams
// that nobody has claimed the one with the same fields, else with the same
// request, else the next one. fields "?" opens none.
func (l *live) rename(id uint32, fields string) uint32 {
	if rec, ok := l.names[id]; ok {
		return rec
	}
	if id%2 == 0 || fields == "?" {
		if id%2 == 0 {
			return id
		}
		return id | stray
	}
	i := slices.IndexFunc(l.open, func(rec uint32) bool { return l.text[rec] == fields })
	if i < 0 {
		i = slices.IndexFunc(l.open, func(rec uint32) bool { return target(l.text[rec]) == target(fields) })
	}
	if i < 0 && len(l.open) > 0 {
		i = 0
	}
	rec := id | stray
	if i >= 0 {
		rec = l.open[i]
		l.open = slices.Delete(slices.Clone(l.open), i, i+1)
		l.ids[rec] = id
	}
	l.names[id] = rec
	return rec
}

// target is what of a request's fields says what is asked for.
func target(fields string) string {
	var out []string
	for line := range strings.SplitSeq(fields, "\n") {
		if strings.HasPrefix(line, ":method: ") || strings.HasPrefix(line, ":path: ") {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// hear takes in what a frame changes of what may be sent, and what it asks.
func (l *live) hear(f frame.Raw) {
	switch f.Type {
	case frame.Settings:
		if set, err := frame.ParseSettings(f); err == nil && !f.Flags.Has(frame.FlagAck) {
			l.settings(set)
			l.acks = frame.AppendSettingsAck(l.acks)
		}
	case frame.Ping:
		if data, err := frame.ParsePing(f); err == nil && !f.Flags.Has(frame.FlagAck) {
			l.acks = frame.AppendPing(l.acks, data, true)
		}
	case frame.WindowUpdate:
		if n, err := frame.ParseWindowUpdate(f); err == nil && f.StreamID == 0 {
			l.window += int64(n)
		} else if err == nil {
			l.windows[f.StreamID] = l.of(f.StreamID) + int64(n)
		}
	case frame.RSTStream:
		l.gone[f.StreamID] = true
	}
}

func (l *live) settings(set frame.SettingsFrame) {
	for i := range set.Len() {
		switch e := set.At(i); e.ID {
		case frame.InitialWindowSize:
			for id := range l.windows {
				l.windows[id] += int64(e.Value) - l.initial
			}
			l.initial = int64(e.Value)
		case frame.MaxFrameSize:
			l.largest = int(max(e.Value, frame.MinMaxFrameSize))
		case frame.HeaderTableSize:
			l.table = e.Value
		case frame.EnablePush:
			l.push = e.Value == 1
		}
	}
}

// of is the window of a stream.
func (l *live) of(id uint32) int64 {
	if w, ok := l.windows[id]; ok {
		return w
	}
	return l.initial
}

// came takes in what the peer said, or that it ended.
func (l *live) came(b []byte, err error, strict bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n += int64(len(b))
	if strict {
		l.octets = append(l.octets, b...)
	}
	l.story.read(b)
	if err != nil && l.ended == nil {
		l.ended = err
	}
	close(l.change)
	l.change = make(chan struct{})
}

// errTooMuch ends a peer that says far more than the record has.
var errTooMuch = errors.New("it says far more than in the trace")

// until waits for reached to say "". It returns "" then, or why it does not wait
// any longer: nothing came for as long as the patience lasts, or the connection
// ended. reached is called under the lock and says what is missing.
func (l *live) until(ctx context.Context, patience time.Duration, reached func() string) string {
	who := "the " + l.story.by.String()
	idle := time.NewTimer(patience)
	defer idle.Stop()
	for {
		l.mu.Lock()
		missing, ended, change := reached(), l.ended, l.change
		l.mu.Unlock()
		switch {
		case missing == "":
			return ""
		case errors.Is(ended, io.EOF):
			return who + " ended the connection before it said " + missing
		case ended != nil:
			return "the connection failed before " + who + " said " + missing + ": " + transport.Cause(ended).Error()
		}
		select {
		case <-change:
			idle.Reset(patience)
		case <-idle.C:
			return who + " does not say " + missing
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
