package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
	"framewise/transport"
)

// player is one run of a Script.
type player struct {
	s      *Script
	o      Options
	nc     net.Conn
	l      *live
	r      Result
	wrote  *outbox
	note   func(trace.Entry)
	opened bool      // our own SETTINGS have left: answers may follow
	last   time.Time // when something was sent or heard last
	upto   int64     // how much had been heard then
}

// Run speaks the side's part on nc until all was sent and answered, the peer
// does not go on, or ctx ends. It closes nc. The error is ctx's.
func (s *Script) Run(ctx context.Context, nc net.Conn, o Options) (Result, error) {
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	if o.Zero.IsZero() {
		o.Zero = time.Now()
	}
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	var recording sync.Mutex
	p := &player{s: s, o: o, nc: nc, l: newLive(s), last: time.Now()}
	p.r = Result{Side: s.rules.Side, Connection: s.Conn.ID, Frames: len(s.steps)}
	p.note = func(e trace.Entry) {
		if o.Recorder != nil {
			recording.Lock()
			o.Recorder.Append(e)
			recording.Unlock()
		}
	}
	p.o.Conn.At, p.o.Conn.Vantage = p.now(), trace.VantageClient
	own, theirs := trace.ToServer, trace.ToClient
	if s.rules.Side == Server {
		p.o.Conn.Vantage, own, theirs = trace.VantageServer, theirs, own
	}
	p.note(&p.o.Conn)
	p.wrote = newOutbox(nc, func(b []byte) {
		at := p.now()
		p.note(&trace.Chunk{Conn: p.o.Conn.ID, Dir: own, SentAt: at, ReceivedAt: at, Octets: b})
	})
	var reader sync.WaitGroup
	reader.Go(func() { p.listen(theirs) })
	p.speak(ctx)
	p.linger(ctx)
	p.r.Sent = p.wrote.end()
	nc.Close()
	reader.Wait()
	<-p.wrote.done
	p.note(&trace.Close{Conn: p.o.Conn.ID, At: p.now(), By: s.rules.Side.String()})
	p.r.Received = p.l.n
	p.judge()
	return p.r, ctx.Err()
}

func (p *player) now() int64 { return int64(time.Since(p.o.Zero)) }

// listen takes in what the peer says until it ends.
func (p *player) listen(dir trace.Dir) {
	buf := make([]byte, 64<<10)
	for {
		n, err := p.nc.Read(buf)
		if n > 0 {
			at := p.now()
			p.note(&trace.Chunk{Conn: p.o.Conn.ID, Dir: dir, SentAt: at, ReceivedAt: at, Octets: bytes.Clone(buf[:n])})
		}
		if err == nil && p.l.n+int64(n) > p.l.limit {
			err = errTooMuch
		}
		p.l.came(buf[:n], err, p.s.rules.Strict)
		p.answer()
		if err != nil {
			return
		}
	}
}

// answer sends what the peer's SETTINGS and PING ask for.
func (p *player) answer() {
	p.l.mu.Lock()
	var acks []byte
	if p.opened && !p.s.rules.Strict {
		acks, p.l.acks = p.l.acks, nil
	}
	p.l.mu.Unlock()
	p.wrote.put(acks)
}

// speak sends the steps.
func (p *player) speak(ctx context.Context) {
	for i := range p.s.steps {
		step := &p.s.steps[i]
		if p.r.Stopped = p.ready(ctx, step); p.r.Stopped != "" {
			return
		}
		p.pace(ctx, step)
		if p.r.Stopped = p.send(ctx, step); p.r.Stopped != "" {
			return
		}
		if err := p.wrote.room(ctx); err != nil {
			p.r.Stopped = "the " + p.s.rules.Side.Other().String() + " takes no more: " + transport.Cause(err).Error()
			return
		}
		p.r.Done++
	}
	if p.s.rules.Strict {
		p.l.until(ctx, p.o.Patience, func() string { return p.octets(p.s.story.taken) })
		return
	}
	p.l.until(ctx, p.o.Patience, func() string { return p.l.missing(p.s.story.marks) }) // what is missing then is a difference
}

// ready waits until the peer is as far as it was before the step.
func (p *player) ready(ctx context.Context, step *step) string {
	if !p.s.rules.Strict {
		if len(step.need) == 0 {
			return ""
		}
		return p.l.until(ctx, p.o.Patience, func() string { return p.l.missing(step.need) })
	}
	return p.l.until(ctx, p.o.Patience, func() string { return p.octets(step.peer) })
}

// octets says whether so many octets of the peer have come.
func (p *player) octets(n int64) string {
	if p.l.n >= n {
		return ""
	}
	return fmt.Sprintf("%d more octets", n-p.l.n)
}

// pace waits as long as the side had waited in the record after what came before.
func (p *player) pace(ctx context.Context, step *step) {
	p.l.mu.Lock()
	if p.l.n != p.upto {
		p.last, p.upto = time.Now(), p.l.n
	}
	p.l.mu.Unlock()
	if wait := time.Until(p.last.Add(step.gap)); p.o.Paced && wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	p.last = time.Now()
}

// send sends a step as the live peer can take it. It says why it can't.
func (p *player) send(ctx context.Context, step *step) string {
	if step.raw || p.s.rules.Strict {
		p.wrote.put(step.octets)
		return ""
	}
	head, payload := step.head, step.octets[frame.HeaderLen:]
	p.l.mu.Lock()
	if id, ok := p.l.ids[head.StreamID]; ok {
		head.StreamID = id
	}
	table, push, largest, gone := p.l.table, p.l.push, p.l.largest, p.l.gone[head.StreamID]
	p.l.mu.Unlock()
	who := "the " + p.s.rules.Side.Other().String()
	switch head.Type {
	case frame.Data:
		if gone {
			return ""
		}
		return p.content(ctx, head, payload)
	case frame.PushPromise:
		if !push {
			return who + " takes no pushes (ENABLE_PUSH=0), and the trace has one here"
		}
	case frame.Settings:
		defer p.begun()
	case frame.GoAway:
		payload = p.goAway(payload)
	}
	if table < 4096 && (head.Type == frame.Headers || head.Type == frame.PushPromise) {
		return fmt.Sprintf("%s allows a table of %d octets for field lines, and the trace's were encoded for 4096 at least", who, table)
	}
	if len(payload) > largest {
		return fmt.Sprintf("%s takes frames of %d octets at most, and the trace has %s of %d here", who, largest, head.Type, len(payload))
	}
	p.wrote.put(append(frame.AppendHeader(nil, head), payload...))
	return ""
}

// begun notes that our SETTINGS have left: what the peer asked before is answered.
func (p *player) begun() {
	p.l.mu.Lock()
	p.opened = true
	p.l.mu.Unlock()
	p.answer()
}

// goAway names the live peer's stream as the last one.
func (p *player) goAway(payload []byte) []byte {
	g, err := frame.ParseGoAway(frame.Raw{Header: frame.Header{Type: frame.GoAway, Length: uint32(len(payload))}, Payload: payload})
	if err != nil {
		return payload
	}
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	if id, ok := p.l.ids[g.LastStreamID]; ok {
		return frame.AppendGoAway(nil, id, g.Code, g.Debug)[frame.HeaderLen:]
	}
	return payload
}

// content sends DATA as the peer's windows and its largest frame let it.
func (p *player) content(ctx context.Context, head frame.Header, payload []byte) string {
	if p.use(head.StreamID, len(payload)) {
		p.wrote.put(append(frame.AppendHeader(nil, head), payload...))
		return ""
	}
	d, err := frame.ParseData(frame.Raw{Header: head, Payload: payload})
	if err != nil {
		return "the trace has a DATA frame here that is broken and does not fit into the peer's windows"
	}
	end := head.Flags.Has(frame.FlagEndStream)
	for b := d.Data; ; {
		room := 0
		stopped := p.l.until(ctx, p.o.Patience, func() string {
			if p.l.gone[head.StreamID] {
				room = -1
			} else if room = p.room(head.StreamID); room == 0 && len(b) > 0 {
				return fmt.Sprintf("that it takes more DATA (WINDOW_UPDATE, %d octets wait) of stream %d", len(b), head.StreamID)
			}
			return ""
		})
		if stopped != "" || room < 0 {
			return stopped
		}
		k := min(len(b), room)
		p.use(head.StreamID, k)
		p.wrote.put(frame.AppendData(nil, head.StreamID, b[:k], end && k == len(b), frame.NoPadding))
		if b = b[k:]; len(b) == 0 {
			return ""
		}
		if err := p.wrote.room(ctx); err != nil {
			return "" // speak tells
		}
	}
}

// room is how much DATA a stream of the peer's takes. Its caller holds the lock.
func (p *player) room(id uint32) int {
	return int(max(0, min(p.l.window, p.l.of(id), int64(p.l.largest))))
}

// use takes n octets off the windows if there is room for all of them.
func (p *player) use(id uint32, n int) bool {
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	if p.room(id) < n {
		return false
	}
	p.l.windows[id] = p.l.of(id) - int64(n)
	p.l.window -= int64(n)
	return true
}

// linger lets a live client take what was said: it ends the connection, or says
// nothing for a while. Closing at once could throw away what is on its way.
func (p *player) linger(ctx context.Context) {
	if p.s.rules.Side == Client || p.r.Stopped != "" {
		return
	}
	if p.wrote.drain(ctx) != nil {
		return
	}
	p.l.until(ctx, min(p.o.Patience, time.Second), func() string {
		if p.l.ended != nil {
			return ""
		}
		return "that it ends"
	})
	if !p.s.rules.Strict {
		p.l.mu.Lock()
		last := uint32(0)
		for id := range p.l.names {
			last = max(last, id)
		}
		p.l.mu.Unlock()
		p.wrote.put(frame.AppendGoAway(nil, last, frame.NoError, nil))
	}
}

// judge compares what the peer said with the record.
func (p *player) judge() {
	l, s := p.l, p.s
	if s.rules.Strict {
		p.r.Difference = strictly(s.story, l.story, s.heard, l.octets)
		_, p.r.Streams = compare(s.story, l.story)
		return
	}
	p.r.Difference, p.r.Streams = compare(s.story, l.story)
	if p.r.Difference != nil {
		return
	}
	who := "the " + s.rules.Side.Other().String()
	switch {
	case errors.Is(l.ended, errTooMuch):
		p.r.Difference = &Difference{Text: who + " says far more than in the trace", Octet: -1, LiveOctet: l.n}
	case l.story.broken != nil && s.story.broken == nil:
		p.r.Difference = &Difference{Text: who + "’s octets are no HTTP/2 any more: " + l.story.broken.Error(), Octet: -1, LiveNth: l.story.nth, LiveOctet: l.story.now.octet}
	}
}

// outbox writes in the order in which octets are put, so that who reads the peer
// never waits for it to read.
type outbox struct {
	mu     sync.Mutex
	more   *sync.Cond // the writer waits
	less   *sync.Cond // who puts waits
	held   []byte
	busy   bool
	closed bool
	err    error
	n      int64
	done   chan struct{}
}

// maxHeld is how many octets may wait to be written before speak waits.
const maxHeld = 1 << 20

func newOutbox(w io.Writer, wrote func([]byte)) *outbox {
	o := &outbox{done: make(chan struct{})}
	o.more, o.less = sync.NewCond(&o.mu), sync.NewCond(&o.mu)
	go func() {
		defer close(o.done)
		o.mu.Lock()
		defer o.mu.Unlock()
		for {
			for len(o.held) == 0 && !o.closed {
				o.more.Wait()
			}
			if len(o.held) == 0 || o.err != nil {
				return
			}
			b := o.held
			o.held, o.busy = nil, true
			o.mu.Unlock()
			wrote(b)
			_, err := w.Write(b)
			o.mu.Lock()
			o.busy = false
			o.n += int64(len(b))
			if err != nil {
				o.err = err
			}
			o.less.Broadcast()
		}
	}()
	return o
}

func (o *outbox) put(b []byte) {
	if len(b) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = append(o.held, b...)
	o.more.Signal()
}

// room waits until not too much is held; the error is that of a write.
func (o *outbox) room(ctx context.Context) error { return o.wait(ctx, maxHeld) }

// drain waits until all was written.
func (o *outbox) drain(ctx context.Context) error { return o.wait(ctx, 0) }

func (o *outbox) wait(ctx context.Context, n int) error {
	stop := context.AfterFunc(ctx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.less.Broadcast()
	})
	defer stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && (len(o.held) > n || n == 0 && o.busy) {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.less.Wait()
	}
	return o.err
}

// end writes what is held, as far as that goes within a moment, and says how
// many octets were written.
func (o *outbox) end() int64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	o.drain(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.more.Signal()
	return o.n
}
