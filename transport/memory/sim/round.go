package sim

import (
	"strings"
	"time"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport/memory"
)

const (
	ms     = int64(time.Millisecond)
	second = int64(time.Second)
)

// The two ends, as indexes.
const (
	client = 0
	server = 1
)

var endNames = [...]string{"client", "server"}

// round is one connection.
type round struct {
	w       *world
	start   int64
	link    memory.Link
	ends    [2]end
	list    []*exchange // by number
	live    []*exchange // that may be open
	pieces  int         // the longest body on this link
	altered bool        // the network changed octets or took some out of the middle
	broken  bool        // the network ended a direction
	over    bool
	quiet   int
}

// end is one end of a round.
type end struct {
	*memory.End
	window  int64 // receive window of the connection
	touched bool  // a fault acted on what it sent
	failed  bool  // it ended the connection with an error
	code    frame.ErrCode
	at      int64 // when it failed
	left    int64 // when it was told to leave
	goaways []frame.ErrCode
	said    []saying // frames of extensions that it sent
	heard   int      // those of them that came
}

// round runs one connection from beginning to end.
func (w *world) round() {
	r := &round{w: w, start: w.now(), pieces: maxBody}
	w.rounds = append(w.rounds, r)
	r.link = r.badLink()
	cfg := [2]session.Config{r.config(client), r.config(server)}
	c, s := session.NewClient(cfg[client]), session.NewServer(cfg[server])
	var first *exchange
	if w.dice.chance(8) {
		first = r.upgrade(c, s, cfg[client].Settings)
	}
	ce, se := w.net.Connect(c, s, r.link, memory.Names{Client: "client", Server: "localhost:80"})
	r.ends[client].End, r.ends[server].End = ce, se
	if first != nil {
		r.upgraded(first, cfg[client].Settings)
	}
	r.plan()
	for steps := 0; w.net.Step(r.handle) && w.res.Err == nil; steps++ {
		if steps > 5_000_000 {
			w.failf("it never ends")
		}
		if w.net.Quiet() {
			r.checkQuiet()
		}
	}
	r.over = true
	if w.res.Err == nil {
		r.checkEnd()
	}
}

// badLink is what the network does to this connection.
func (r *round) badLink() memory.Link {
	d := &r.w.dice
	l := memory.Link{Seed: d.next(), Latency: pick(d, 0, ms, 3*ms, 10*ms), Jitter: pick(d, 1, 1, 5*ms), Bandwidth: int64(pick(d, 0, 0, 2<<20, 10<<20))}
	reach := 20_000 // octets among which faults lie
	switch d.below(40) {
	case 0:
		l.Chunk, r.pieces, reach = 1, 50, 3000
	case 1, 2:
		l.Chunk, r.pieces, reach = 9, 1000, 6000
	case 3, 4, 5, 6, 7, 8, 9, 10:
		l.Chunk, r.pieces = 500, 20_000
	}
	at := func() int64 { return int64(pick(d, d.below(500), d.below(3000), d.below(reach))) }
	dir := func() trace.Dir { return trace.Dir(d.below(2)) }
	if r.w.res.Rounds > 2 && r.w.res.Faults == 0 {
		l.Faults = append(l.Faults, &memory.Fault{Kind: memory.Stall, Dir: dir(), Frame: -1, At: int64(d.below(50)), For: ms + d.time(second)})
	}
	for range 1 + d.below(2) {
		f := &memory.Fault{Dir: dir(), Frame: -1, At: at()}
		switch d.below(13) {
		case 0, 1, 2, 3, 4:
			f.Kind, f.For = memory.Stall, 1+d.time(second)
		case 5, 6, 7:
			f.Kind = memory.Corrupt
		case 8:
			f.Kind, f.Frame = memory.Drop, int64(d.below(100))
		case 9:
			f.Kind = memory.HalfClose
		case 10:
			f.Kind = memory.Cut
		case 11:
			f.Kind, f.For = memory.Stall, -1
		case 12:
			f.Kind, f.Frame, f.Octets = memory.Inject, int64(d.below(60))-1, d.frame()
			f.Heard = d.chance(2)
		}
		l.Faults = append(l.Faults, f)
	}
	return l
}

// frame is one that nobody of the round sends: a sound one, or any octets behind
// a header.
func (d *dice) frame() []byte {
	id := uint32(d.below(12))
	switch d.below(4) {
	case 0:
		return frame.AppendPing(nil, [8]byte{byte(d.next())}, d.chance(4))
	case 1:
		return frame.AppendWindowUpdate(nil, id, uint32(d.below(1<<17)))
	case 2:
		return frame.AppendRSTStream(nil, id, frame.ErrCode(d.below(16)))
	}
	from, n := d.below(maxBody), d.below(40)
	return frame.AppendRaw(nil, frame.Header{Type: frame.Type(d.below(12)), Flags: frame.Flags(d.next()), StreamID: id}, pattern[from:from+n])
}

// fault notes what the network has done.
func (r *round) fault(e *trace.Fault) {
	dir := client
	if strings.HasPrefix(e.Text, trace.ToClient.String()) {
		dir = server
	}
	switch {
	case e.Kind == memory.Corrupt.String() || e.Kind == memory.Drop.String() || e.Kind == memory.Inject.String():
		r.altered, r.ends[dir].touched = true, true
	case e.Kind != memory.Stall.String() || strings.Contains(e.Text, "never"):
		r.broken, r.ends[dir].touched = true, true
	}
}

// intact says that whatever was sent has arrived or will.
func (r *round) intact() bool { return !r.altered && !r.broken }

// config is what an end starts with.
func (r *round) config(who int) session.Config {
	d := &r.w.dice
	c := session.Config{
		Settings:                   r.settings(who),
		MaxDeflateDynamicTableSize: pick[uint32](d, 0, 0, 64, 200, 16384),
		ConnWindow:                 pick[uint32](d, 0, 0, 100_000, 150_000),
		Causes:                     d.chance(2),
	}
	r.ends[who].window = max(65535, int64(c.ConnWindow))
	if d.chance(4) {
		c.Settings.More = append(c.Settings.More, frame.Setting{ID: frame.NoRFC7540Priorities, Value: 1})
	}
	if d.chance(3) {
		own := dice(d.next())
		c.SelectPadding = func(frameLen, most int) int { return frameLen + own.below(most-frameLen+20) - 10 }
	}
	return c
}

// settings are some settings of an end.
func (r *round) settings(who int) (v session.Settings) {
	d := &r.w.dice
	some := func(set func()) {
		if d.chance(3) {
			set()
		}
	}
	some(func() {
		v.InitialWindowSize = session.V(pick[uint32](d, 0, pick[uint32](d, 1, 10, 50, 200, 400), 1000, 5000, 20_000, 65535, 200_000, 1<<20))
	})
	some(func() { v.HeaderTableSize = session.V(pick[uint32](d, 0, 40, 200, 1000, 4096, 8192)) })
	some(func() { v.MaxFrameSize = session.V(pick[uint32](d, 16384, 16385, 30_000, 1<<20)) })
	some(func() { v.MaxConcurrentStreams = session.V(pick[uint32](d, 0, 1, 3, 10, 100, 200)) })
	if who == client {
		some(func() { v.EnablePush = session.V(!d.chance(3)) })
	} else {
		some(func() { v.EnableConnectProtocol = session.V(true) })
	}
	if d.chance(10) { // one that is reserved to be ignored
		v.More = []frame.Setting{{ID: frame.SettingID(0x0a0a + 0x1010*d.below(16)), Value: uint32(d.next())}}
	}
	return v
}

// at does something at an instant of the round, n nanoseconds from its start,
// and polls the end that it concerns.
func (r *round) at(n int64, who int, do func()) {
	r.w.net.Timer(r.start+n, func() {
		if !r.over {
			do()
			r.ends[who].Touch()
		}
	})
}

// plan decides which verbs are called when.
func (r *round) plan() {
	d := &r.w.dice
	busy := pick(d, 20*ms, 100*ms, 300*ms)
	for range MinStreams + 4 + d.below(8) {
		r.at(d.time(busy), client, r.request)
	}
	for who := range r.ends {
		for range 10 + d.below(8) {
			r.at(d.time(busy), who, func() { r.verb("Ping", r.ends[who].Session.Ping([8]byte{byte(d.below(256))})) })
		}
		for range d.below(5) {
			r.at(d.time(busy), who, func() { r.verb("Settings", r.ends[who].Session.Settings(r.settings(who))) })
		}
		for range d.below(5) {
			r.at(d.time(busy), who, func() { r.reset(who) })
		}
		for range d.below(6) {
			r.at(d.time(busy), who, func() { r.prioritise(who) })
		}
		for range d.below(8) {
			r.at(d.time(busy), who, func() { r.extend(who) })
		}
		if d.chance(8) {
			r.at(d.time(busy), who, func() {
				r.verb("Shutdown", r.ends[who].Session.Shutdown(session.ShutdownOptions{Graceful: d.chance(2), ErrorCode: pick(d, frame.NoError, frame.NoError, frame.InternalError)}))
			})
		}
	}
	if d.chance(10) {
		who := d.below(2)
		r.at(d.time(busy), who, func() { r.leave(who, d.chance(2)) })
	}
	// What held streams up ends here: they must all come to their end.
	for who := range r.ends {
		r.at(busy+20*ms, who, func() {
			v := session.Settings{InitialWindowSize: session.V(uint32(65535)), MaxConcurrentStreams: session.V(uint32(100))}
			r.verb("Settings", r.ends[who].Session.Settings(v))
		})
	}
	last := 8 * second
	if d.chance(8) {
		last = 70 * second // what stands still runs into its timeout
	}
	r.at(last, client, r.standing)
	if d.chance(12) && r.pieces == maxBody {
		r.at(last, client, r.probe)
		last += 10 * second
		r.at(last, client, r.standing)
	}
	r.at(last+1, client, func() { r.leave(client, false) })
	r.at(last+2*second, server, func() { r.leave(server, false) })
}

// leave ends the connection from one end: orderly, or as a process that dies.
func (r *round) leave(who int, dies bool) {
	e := &r.ends[who]
	if e.Session.Destroyed() {
		return
	}
	e.left = max(r.w.now(), 1)
	if dies {
		r.broken = true
		e.Abort(errDied)
		return
	}
	r.broken = true
	e.Session.Destroy(pick(&r.w.dice, frame.NoError, frame.NoError, frame.InternalError))
}
