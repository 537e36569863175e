package sim

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
	"framewise/transport/memory"
)

var errDied = errors.New("the process died")

// exchange is a request and its response, or a promised one.
type exchange struct {
	number int // in round.list; -1: of a stream that only a corrupted octet made
	pushed bool
	st     [2]*session.Stream // as client and server see it
	closed [2]*closing
	bodies [2]body // by the end that sends it
	fields [2][]session.Field
	seen   [2]bool           // the header section came: the request at the server, the response at the client
	prompt bool              // data is consumed at once
	tunnel bool              // CONNECT
	head   bool              // HEAD: the response has no content, whatever it says
	hints  [][]session.Field // informational responses that were sent
	hinted int               // those that came
}

type closing struct {
	code frame.ErrCode
	by   conn.By
}

// body is what one end sends.
type body struct {
	from, size  int // the run of pattern
	piece       int // how much is written at once
	sent, got   int
	trailers    []session.Field
	gotTrailers bool
	begun       bool // it is being sent
	ended       bool // the receiver has seen its end
}

// verb checks what a verb returned: nothing, or a typed error.
func (r *round) verb(name string, err error) bool {
	if err == nil {
		return true
	}
	var m *conn.Misuse
	switch {
	case errors.As(err, &m):
		if m.Err == nil || m.Reason == "" || errors.Is(err, conn.ErrArgument) || errors.Is(err, conn.ErrField) {
			r.w.failf("%s: %v", name, err)
		}
	case !errors.Is(err, session.ErrDestroyed) && !errors.Is(err, conn.ErrEnded):
		r.w.failf("%s: an error without a type: %v", name, err)
	}
	return false
}

// newExchange begins an exchange. Its number is in the pseudo-header fields.
func (r *round) newExchange(pseudo func(number string) []session.Field) *exchange {
	d := &r.w.dice
	x := &exchange{number: len(r.list), prompt: d.chance(2)}
	r.list = append(r.list, x)
	r.live = append(r.live, x)
	x.fields[client] = r.fields(pseudo(strconv.Itoa(x.number)))
	return x
}

var longValue = strings.Repeat("0123456789abcdef", 1300) // more than a frame holds

// fields adds regular fields to pseudo-header fields: some that repeat, some
// that don't, some that must not be indexed.
func (r *round) fields(f []session.Field) []session.Field {
	d := &r.w.dice
	for range d.below(6) {
		n := d.below(12)
		f = append(f, session.Field{Name: "x-field-" + string(rune('a'+n)), Value: pick(d, "1", "the same", longValue[:n*20], longValue[d.below(16):][:8])})
	}
	if d.chance(4) {
		f = append(f, session.Field{Name: "authorization", Value: "secret", Sensitive: true})
	}
	if d.chance(8) {
		f = append(f, session.Field{Name: "priority", Value: pick(d, "u=0", "u=1, i", "u=6", "i", "u=2;x, new=?1", "u=9", "broken,,")})
	}
	if d.chance(200) {
		f = append(f, session.Field{Name: "x-long", Value: longValue})
	}
	return f
}

func (r *round) newBody(b *body, size int) {
	d := &r.w.dice
	b.size, b.from = size, d.below(maxBody)
	b.piece = max(pick(d, size, size/2+1, size/10+1), 1)
	if d.chance(5) {
		b.trailers = []session.Field{{Name: "x-checksum", Value: strconv.Itoa(b.from)}}
	}
}

// withLength may add how long the content will be.
func (r *round) withLength(f []session.Field, size int) []session.Field {
	if r.w.dice.chance(3) {
		f = append(f, session.Field{Name: "content-length", Value: strconv.Itoa(size)})
	}
	return f
}

// request is the client's verb.
func (r *round) request() {
	d := &r.w.dice
	if d.chance(8) {
		r.tunnel()
		return
	}
	method := pick(d, "GET", "GET", "HEAD", "POST", "POST", "POST", "POST")
	x := r.newExchange(ordinary(method))
	x.head = method == "HEAD"
	end := method != "POST"
	if !end {
		r.newBody(&x.bodies[client], d.size(r.pieces))
		x.fields[client] = r.withLength(x.fields[client], x.bodies[client].size)
	}
	o := session.RequestOptions{EndStream: end}
	if d.chance(8) {
		o.Weight, o.Parent, o.Exclusive = 1+d.below(256), 0, d.chance(2)
	}
	r.open(x, o)
}

func (r *round) open(x *exchange, o session.RequestOptions) {
	st, err := r.ends[client].Session.Request(x.fields[client], o)
	if !r.verb("Request", err) {
		r.live = slices.DeleteFunc(r.live, func(y *exchange) bool { return y == x })
		return
	}
	st.Owner, x.st[client] = x, st
	r.w.res.Streams++
	if !o.EndStream {
		r.write(client, x)
	}
}

// probe is an exchange that moves more than half of every window, so that a
// credit that was forgotten shows.
func (r *round) probe() {
	if !r.intact() {
		return
	}
	x := r.newExchange(ordinary("POST"))
	x.prompt = true
	x.bodies[client] = body{size: 110_000, piece: 110_000}
	x.bodies[server] = body{size: 110_000, piece: 50_000}
	r.open(x, session.RequestOptions{})
}

// write sends a body, or the next piece of it.
func (r *round) write(who int, x *exchange) {
	b, st := &x.bodies[who], x.st[who]
	if !b.begun {
		b.begun = true
		if b.trailers != nil {
			st.WantTrailers()
		}
	} else if b.sent == b.size {
		return
	}
	n := min(b.piece, b.size-b.sent)
	octets := pattern[b.from+b.sent:][:n:n]
	b.sent += n
	if b.sent == b.size {
		r.verb("End", st.End(octets))
	} else {
		r.verb("Write", st.Write(octets))
	}
}

// reset ends a random stream.
func (r *round) reset(who int) {
	if len(r.live) == 0 {
		return
	}
	d := &r.w.dice
	if st := r.live[d.below(len(r.live))].st[who]; st != nil {
		r.verb("Reset", st.Reset(frame.ErrCode(d.below(14))))
	}
}

func (r *round) prioritise(who int) {
	if len(r.live) == 0 {
		return
	}
	d := &r.w.dice
	if st := r.live[d.below(len(r.live))].st[who]; st != nil && st.ID() != 0 {
		r.verb("Priority", st.Priority(pick(d, 0, st.ID()+2), 1+d.below(256), d.chance(2)))
	}
}

// serve answers a request at the server, now or later.
func (r *round) serve(x *exchange) {
	d := &r.w.dice
	st := x.st[server]
	x.fields[server] = r.fields([]session.Field{{Name: ":status", Value: pick(d, "200", "200", "404")}})
	switch n := d.below(10); {
	case n == 0:
		r.verb("Reset", st.Reset(pick(d, frame.RefusedStream, frame.InternalError, frame.NoError)))
		return
	case n == 1:
		for range 1 + d.below(3) {
			r.hint(x)
		}
	case n < 4 && !x.tunnel:
		for range 1 + d.below(3) {
			r.push(x)
		}
	}
	r.content(x)
	if d.chance(3) {
		r.w.net.Timer(r.w.now()+d.time(50*ms), func() { r.respond(x); r.ends[server].Touch() })
		return
	}
	r.respond(x)
}

// hint sends an informational response.
func (r *round) hint(x *exchange) {
	f := r.fields([]session.Field{{Name: ":status", Value: pick(&r.w.dice, "103", "100", "199")}, {Name: "link", Value: "</a>"}})
	if r.verb("AdditionalHeaders", x.st[server].AdditionalHeaders(f)) {
		x.hints = append(x.hints, f)
		r.w.res.Kinds[Hints]++
	}
}

// content decides what a response has.
func (r *round) content(x *exchange) {
	d := &r.w.dice
	switch b := &x.bodies[server]; {
	case x.head: // a length, and no content
		x.fields[server] = r.withLength(x.fields[server], d.below(1000))
	case b.size == 0 && !x.prompt:
		r.newBody(b, d.size(r.pieces))
		if x.tunnel {
			b.trailers = nil
		} else {
			x.fields[server] = r.withLength(x.fields[server], b.size)
		}
	}
}

func (r *round) respond(x *exchange) {
	end := x.bodies[server].size == 0 && x.bodies[server].trailers == nil
	st := x.st[server]
	err := st.Respond(x.fields[server], end)
	switch {
	case errors.Is(err, conn.ErrTooMany): // the client has lowered its limit since the promise
		r.verb("Reset", st.Reset(frame.Cancel))
	case r.verb("Respond", err) && !end:
		r.write(server, x)
	}
}

// push promises a stream and answers it, now or later.
func (r *round) push(on *exchange) {
	d := &r.w.dice
	x := r.newExchange(ordinary("GET"))
	x.pushed = true
	st, err := on.st[server].PushStream(x.fields[client])
	if !r.verb("PushStream", err) {
		r.live = slices.DeleteFunc(r.live, func(y *exchange) bool { return y == x })
		return
	}
	st.Owner, x.st[server] = x, st
	r.w.res.Streams++
	x.fields[server] = r.fields([]session.Field{{Name: ":status", Value: "200"}})
	r.newBody(&x.bodies[server], d.size(r.pieces/4))
	x.fields[server] = r.withLength(x.fields[server], x.bodies[server].size)
	r.w.net.Timer(r.w.now()+pick(d, 0, d.time(30*ms)), func() { r.respond(x); r.ends[server].Touch() })
}

// handle takes an event of either end.
func (r *round) handle(e *memory.End, ev *session.Event) {
	who := client
	if e == r.ends[server].End {
		who = server
	}
	var x *exchange
	if ev.Stream != nil && ev.Kind != session.EvStream {
		x, _ = ev.Stream.Owner.(*exchange)
		if x == nil {
			r.w.failf("event %d for a stream %d that nobody has", ev.Kind, ev.Stream.ID())
			return
		}
	}
	switch ev.Kind {
	case session.EvStream:
		r.arrived(who, ev)
	case session.EvHeaders:
		if x.hinted < len(x.hints) {
			r.compare(who, x, "informational response", x.hints[x.hinted], ev.Fields)
		} else if !r.altered {
			r.w.failf("stream %d has an informational response that nobody sent: %v", ev.Stream.ID(), ev.Fields)
		}
		x.hinted++
	case session.EvResponse:
		if x.hinted != len(x.hints) && !r.altered {
			r.w.failf("%d of %d informational responses of stream %d came", x.hinted, len(x.hints), ev.Stream.ID())
		}
		r.compare(who, x, "response", x.fields[server], ev.Fields)
		x.seen[client] = true
	case session.EvTrailers:
		r.compare(who, x, "trailers", x.bodies[1-who].trailers, ev.Fields)
		x.bodies[1-who].gotTrailers = true
	case session.EvData:
		r.data(who, x, ev.Data)
	case session.EvEnd:
		r.ended(who, x)
	case session.EvDrain:
		r.write(who, x)
	case session.EvFetchTrailers:
		r.verb("Trailers", ev.Stream.Trailers(x.bodies[who].trailers))
	case session.EvClosed:
		if x.closed[who] != nil {
			r.w.failf("stream %d is closed twice at the %s", ev.Stream.ID(), endNames[who])
		}
		x.closed[who] = &closing{ev.Code, ev.By}
	case session.EvOrigin, session.EvAltSvc, session.EvUnknown, session.EvPriorityUpdate:
		r.heard(who, ev)
	case session.EvGoAway:
		r.ends[who].goaways = append(r.ends[who].goaways, ev.Code)
	case session.EvError:
		r.failed(who, ev)
	case session.EvStreamError, session.EvLimit:
		if ev.Limit == "IdleTimeout" { // in order after a minute: the server leaves
			r.broken = true
		}
		if !r.altered && !r.broken {
			r.w.failf("the %s finds fault with stream %d although nothing was changed: %v %s", endNames[who], ev.StreamID, ev.Err, ev.Limit)
		}
	}
}

func (r *round) failed(who int, ev *session.Event) {
	e := &r.ends[who]
	e.failed, e.code, e.at = true, ev.Code, r.w.now()
	r.w.res.Errors[ev.Code]++
	if !r.altered && !r.broken {
		r.w.failf("the %s ends the connection although nothing was changed: %v", endNames[who], ev.Err)
	}
}

// arrived finds the exchange of a stream that the peer opened.
func (r *round) arrived(who int, ev *session.Event) {
	var x *exchange
	if n, ok := numberOf(ev.Fields); ok && n >= 0 && n < len(r.list) {
		x = r.list[n]
	}
	if x == nil || x.st[who] != nil || x.pushed != (who == client) {
		if !r.altered {
			r.w.failf("stream %d at the %s has fields that nobody sent: %v", ev.Stream.ID(), endNames[who], ev.Fields)
			return
		}
		x = &exchange{number: -1}
		r.live = append(r.live, x)
	} else {
		r.compare(who, x, "request", x.fields[client], ev.Fields)
	}
	x.st[who], ev.Stream.Owner = ev.Stream, x
	if who == server {
		x.seen[server] = true
		r.serve(x)
	}
}

func (r *round) compare(who int, x *exchange, what string, want, got []session.Field) {
	if !r.altered && !slices.Equal(want, got) {
		r.w.failf("the %s of stream %d at the %s are %v, sent were %v", what, x.st[who].ID(), endNames[who], got, want)
	}
}

// data holds octets against what was sent, and consumes them now or later.
func (r *round) data(who int, x *exchange, b []byte) {
	m := &x.bodies[1-who]
	if !r.altered && (m.got+len(b) > m.sent || !bytes.Equal(b, pattern[m.from+m.got:][:len(b)])) {
		r.w.failf("octets %d to %d of the body of stream %d differ at the %s", m.got, m.got+len(b), x.st[who].ID(), endNames[who])
	}
	m.got += len(b)
	d := &r.w.dice
	later := func(n int, at int64) {
		r.w.net.Timer(r.w.now()+at, func() {
			r.consume(who, x, n)
			r.ends[who].Touch()
		})
	}
	switch {
	case x.prompt || d.below(10) < 6:
		r.consume(who, x, len(b))
	case d.chance(4): // in two steps
		n := d.below(len(b) + 1)
		r.consume(who, x, n)
		later(len(b)-n, d.time(50*ms))
	case d.chance(5): // a reader that pauses
		later(len(b), d.time(500*ms))
	default:
		later(len(b), d.time(20*ms))
	}
}

func (r *round) ended(who int, x *exchange) {
	m := &x.bodies[1-who]
	m.ended = true
	if !r.altered && (m.got != m.size || (m.trailers != nil) != m.gotTrailers) {
		r.w.failf("stream %d ended at the %s with %d of %d octets, trailers: %v", x.st[who].ID(), endNames[who], m.got, m.size, m.gotTrailers)
	}
}
