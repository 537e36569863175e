package sim

import (
	"fmt"
	"reflect"
	"slices"

	"framewise/core/conn"
	"framewise/core/session"
)

// consume gives octets back, and checks that a credit is exactly what was taken:
// behind a WINDOW_UPDATE, what the peer may send and what is held make the window.
func (r *round) consume(who int, x *exchange, n int) {
	s, st := r.ends[who].Session, x.st[who]
	before, stream := s.Window(), st.Window()
	open := st.State()
	if !r.verb("Consume", s.Consume(st, n)) {
		return
	}
	if after := s.Window(); after.Recv > before.Recv && after.Recv+after.Held != r.ends[who].window {
		r.w.failf("the %s gave credit for the connection: %d, with %d held, of %d", endNames[who], after.Recv, after.Held, r.ends[who].window)
	}
	size := int64(s.LocalSettings().InitialWindowSize)
	if after := st.Window(); !open.Closed() && open == st.State() && after.Recv > stream.Recv && after.Recv+after.Held != size {
		r.w.failf("the %s gave credit for stream %d: %d, with %d held, of %d", endNames[who], st.ID(), after.Recv, after.Held, size)
	}
}

// mirror is the state in which the other end must see a stream when nothing is
// under way.
var mirror = map[conn.State]conn.State{
	conn.Open: conn.Open, conn.HalfClosedLocal: conn.HalfClosedRemote, conn.HalfClosedRemote: conn.HalfClosedLocal,
	conn.ReservedLocal: conn.ReservedRemote, conn.ReservedRemote: conn.ReservedLocal,
}

// checkQuiet compares the books of both ends while nothing is under way.
func (r *round) checkQuiet() {
	if !r.intact() || r.over {
		return
	}
	c, s := r.ends[client].Session, r.ends[server].Session
	if c.Destroyed() || s.Destroyed() || c.Err() != nil || s.Err() != nil {
		return
	}
	r.w.res.Quiet++
	cw, sw := c.Window(), s.Window()
	if cw.Send != sw.Recv || sw.Send != cw.Recv {
		r.w.failf("windows of the connection: client %+v, server %+v", cw, sw)
	}
	for who := range r.ends {
		if e := &r.ends[who]; e.heard != len(e.said) {
			r.w.failf("%d of %d frames of extensions of the %s came", e.heard, len(e.said), endNames[who])
		}
	}
	if r.quiet++; r.quiet%4 != 0 {
		return
	}
	if c.PendingSettingsAck() || s.PendingSettingsAck() {
		r.w.failf("SETTINGS wait for an acknowledgement that is not under way")
	}
	if a, b := c.RemoteSettings(), s.LocalSettings(); a != b {
		r.w.failf("the server's settings are %+v, the client holds %+v", b, a)
	}
	if a, b := s.RemoteSettings(), c.LocalSettings(); a != b {
		r.w.failf("the client's settings are %+v, the server holds %+v", b, a)
	}
	r.live = slices.DeleteFunc(r.live, func(x *exchange) bool { return !r.checkStream(x) })
}

// checkStream compares a stream as both ends see it. It returns whether it is
// still open at either.
func (r *round) checkStream(x *exchange) bool {
	a, b := x.st[client], x.st[server]
	if a == nil || b == nil {
		return x.closed[client] == nil && x.closed[server] == nil
	}
	as, bs := a.State(), b.State()
	if as.Closed() || bs.Closed() {
		if as.Closed() != bs.Closed() {
			r.w.failf("stream %d is %v at the client, %v at the server", a.ID(), as, bs)
		}
		return false
	}
	if mirror[as] != bs {
		r.w.failf("stream %d is %v at the client, %v at the server", a.ID(), as, bs)
	}
	aw, bw := a.Window(), b.Window()
	// A window is of use, and so kept up, while its DATA may still come.
	if sends(as) && aw.Send != bw.Recv || sends(bs) && bw.Send != aw.Recv {
		r.w.failf("windows of stream %d: client %+v, server %+v", a.ID(), aw, bw)
	}
	return true
}

// sends says whether an end may send DATA in a state, now or later.
func sends(s conn.State) bool {
	return s == conn.Open || s == conn.HalfClosedRemote || s == conn.ReservedLocal
}

// standing checks that nothing stands still once nothing holds it up.
func (r *round) standing() {
	if !r.intact() || r.ends[client].left+r.ends[server].left > 0 {
		return
	}
	for _, x := range r.list {
		for who, st := range x.st {
			if st != nil && x.closed[who] == nil {
				r.w.failf("stream %d stands still at the %s: %v, %d octets wait, windows %+v, the connection's %+v; it received %d of %d octets", st.ID(),
					endNames[who], st.State(), st.Queued(), st.Window(), r.ends[who].Session.Window(), x.bodies[1-who].got, x.bodies[1-who].size)
			}
		}
	}
}

// checkEnd checks what is left when the connection has ended.
func (r *round) checkEnd() {
	for who := range r.ends {
		s := r.ends[who].Session
		switch {
		case !s.Destroyed():
			r.w.failf("the %s's session has not ended", endNames[who])
		case !r.w.net.Idle():
			r.w.failf("timers are left")
		case kept(s) != "":
			r.w.failf("the %s keeps%s", endNames[who], kept(s))
		case s.Window().Held != 0:
			r.w.failf("%d octets are held at the %s", s.Window().Held, endNames[who])
		}
		r.checkTold(who)
	}
	for _, x := range r.list {
		for who, st := range x.st {
			if st != nil && (x.closed[who] == nil || !st.Destroyed()) {
				r.w.failf("stream %d is not closed at the %s", st.ID(), endNames[who])
			}
		}
		if !r.altered && x.closed[client] != nil && x.closed[server] != nil {
			r.checkClosing(x)
		}
	}
}

// checkTold checks that an end which failed has told the other why.
func (r *round) checkTold(who int) {
	e, o := &r.ends[who], &r.ends[1-who]
	const long = 5 * second
	if !e.failed || o.failed || e.touched || o.left != 0 && o.left < e.at+long || e.left != 0 && e.left < e.at {
		return
	}
	if r.broken && e.left == 0 && o.left == 0 { // a cut or half-close, perhaps before the GOAWAY
		return
	}
	if !slices.Contains(o.goaways, e.code) {
		r.w.failf("the %s failed with %v, the %s was told %v", endNames[who], e.code, endNames[1-who], o.goaways)
	}
}

// checkClosing checks that a stream ended in ways that fit at both ends.
func (r *round) checkClosing(x *exchange) {
	c, s := x.closed[client], x.closed[server]
	ok := func(a, b *closing) bool {
		switch a.by {
		case conn.ByEnd, conn.ByOwner, conn.ByTransport:
			return true // the other may have learnt of it, or not any more
		case conn.ByPeer:
			return (b.by == conn.ByOwner || b.by == conn.ByTimeout || b.by == conn.ByError) && a.code == b.code
		case conn.ByGoAway:
			return x.pushed || !x.seen[server]
		}
		return r.broken
	}
	if !ok(c, s) || !ok(s, c) {
		r.w.failf("stream %d was closed at the client with %v by %d, at the server with %v by %d", x.st[client].ID(), c.code, c.by, s.code, s.by)
	}
	if c.by == conn.ByEnd && s.by == conn.ByEnd {
		for who := range x.bodies {
			if b := &x.bodies[who]; b.got != b.size || !b.ended && !(x.pushed && who == client) {
				r.w.failf("stream %d: %d of %d octets of the %s's body came, its end: %v", x.st[client].ID(), b.got, b.size, endNames[who], b.ended)
			}
		}
	}
}

// kept says what a session and its connection still keep of streams, "" for
// nothing. They do not say it themselves, so it is looked up.
func kept(s *session.Session) (what string) {
	v := reflect.ValueOf(s).Elem()
	c := v.FieldByName("c").Elem()
	for _, m := range []reflect.Value{v.FieldByName("streams"), c.FieldByName("streams")} {
		for _, id := range m.MapKeys() {
			what += fmt.Sprintf(" stream %d of the %v", id.Uint(), m.Type())
			if st := m.MapIndex(id).Elem().FieldByName("recv"); st.IsValid() {
				what += fmt.Sprintf(" in state %d with %d octets held", m.MapIndex(id).Elem().FieldByName("state").Uint(), st.FieldByName("held").Int())
			}
		}
	}
	if n := v.FieldByName("waiting").Len(); n > 0 {
		what += fmt.Sprintf(" %d requests that wait", n)
	}
	for _, f := range []string{"activeLocal", "activeRemote", "reserved"} {
		if n := c.FieldByName(f).Int(); n != 0 {
			what += fmt.Sprintf(" %s %d", f, n)
		}
	}
	if n := c.FieldByName("guard").FieldByName("fields").Int(); n != 0 {
		what += fmt.Sprintf(" %d octets of field sections", n)
	}
	if sched := c.FieldByName("ready").FieldByName("sched"); !sched.IsNil() {
		if n := sched.Elem().FieldByName("open").Int(); n != 0 {
			what += fmt.Sprintf(" %d streams with the scheduler", n)
		}
	}
	return what
}
