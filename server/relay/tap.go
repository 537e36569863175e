package relay

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"framewise/core/trace"
	"framewise/server/internal/gate"
	"framewise/server/tap"
	"framewise/transport"
	"framewise/transport/ws"

	"github.com/coder/websocket"
)

// serveTap stands between the programs that connect to a port and a target, and
// sends the page the record of what passes: after the answer one entry a text
// message, a header first. A page that reads slowly slows the connections.
func (r *Relay) serveTap(web *socket, req *http.Request) (end string) {
	ctx, cancel := web.watch()
	defer cancel(nil)
	p := &port{relay: r, ws: web}
	refuse := func(f *transport.DialError) string {
		p.tell(ws.Answer{Kind: f.Kind, Message: f.Text})
		return p.ws.end(verdict{websocket.StatusNormalClosure, clip(string(f.Kind) + ": " + f.Text)})
	}
	want, _, err := question(req.URL.Query())
	if err == nil {
		err = r.opts.check(want)
	}
	if err != nil {
		return refuse(notAllowed(err.Error()))
	}
	key := gate.ClientKey(req.RemoteAddr)
	if f := p.open(key, req.URL.Query().Get("port")); f != nil {
		return refuse(f)
	}
	defer r.hall.leave(key)
	rec := &onward{ctx: ctx, port: p, failed: cancel}
	t, err := r.newTap(want, rec)
	if err != nil {
		p.ln.Close()
		return refuse(notAllowed(err.Error()))
	}
	if err := p.tell(ws.Answer{OK: true, Address: p.ln.Addr().String()}); err != nil {
		p.ln.Close()
		return p.ws.end(clientEnd(err))
	}
	rec.Append(&trace.Header{Version: trace.Version, Title: "Tapped on the way to " + want.String(), Generator: "framewise serve",
		Epoch: rec.zero.UTC().Format(time.RFC3339Nano)})
	serving, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	var failed error
	work.Go(func() {
		defer stop()
		failed = t.Serve(serving, p.ln)
	})
	whole := time.NewTimer(r.opts.MaxListen)
	defer whole.Stop()
	v := verdict{websocket.StatusNormalClosure, "the port failed"}
	select {
	case <-serving.Done():
	case <-whole.C:
		v = verdict{websocket.StatusPolicyViolation, fmt.Sprintf("the relay keeps a port open for %s at most", r.opts.MaxListen)}
	case <-r.stop:
		v = stopping
	}
	gone := ctx.Err() != nil
	stop()
	// What passed until now is the page's, if it takes it.
	late := time.AfterFunc(r.grace, func() { cancel(context.DeadlineExceeded) })
	work.Wait()
	late.Stop()
	if gone {
		return p.ws.end(watched(ctx))
	}
	if failed != nil {
		v.reason = clip("the port failed: " + transport.Cause(failed).Error())
	}
	return p.ws.end(v)
}

// newTap makes a tap whose dials are checked like all others of the relay.
func (r *Relay) newTap(want Target, rec *onward) (*tap.Tap, error) {
	rec.zero = time.Now()
	o := tap.Options{
		To: want.String(), RootCAs: r.opts.RootCAs, Resolver: r.opts.Resolver, Recorder: rec, Zero: rec.zero,
		MaxConns: r.opts.ConnsPerPort, DialTimeout: r.opts.DialTimeout, Queue: 1 << 20, Log: r.opts.Log,
		Check: r.dialCheck(want),
	}
	if r.opts.Authority != nil {
		var err error
		if o.Authority, err = r.opts.Authority(); err != nil {
			return nil, err
		}
	}
	return tap.New(o)
}

// onward sends entries to a page.
type onward struct {
	ctx    context.Context
	port   *port
	zero   time.Time
	failed context.CancelCauseFunc
	line   []byte
}

// maxPiece is how many octets of a chunk an entry has, so that a message stays
// within ws.MaxMessage.
const maxPiece = 16 << 10

// Append sends an entry, a long chunk in pieces.
func (o *onward) Append(e trace.Entry) {
	c, ok := e.(*trace.Chunk)
	if !ok {
		o.send(e)
		return
	}
	for rest := c.Octets; len(rest) > 0; {
		piece := *c
		piece.Octets = rest[:min(len(rest), maxPiece)]
		rest = rest[len(piece.Octets):]
		o.send(&piece)
	}
}

func (o *onward) send(e trace.Entry) {
	if o.ctx.Err() != nil {
		return
	}
	o.line = trace.AppendEntry(o.line[:0], e)
	if err := o.port.ws.Write(o.ctx, websocket.MessageText, o.line); err != nil {
		o.failed(err)
	}
}
