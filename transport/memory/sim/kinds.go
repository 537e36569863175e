package sim

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
)

// What is neither a request nor its response: tunnels, connections that come from
// HTTP/1.1, and frames of extensions.

// ordinary are the pseudo-header fields of a request with its number in the path.
func ordinary(method string) func(number string) []session.Field {
	return func(number string) []session.Field {
		return []session.Field{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"},
			{Name: ":authority", Value: "localhost"}, {Name: ":path", Value: "/" + number}}
	}
}

// tunnelHost is what the authority of a CONNECT ends in; its number is before.
const tunnelHost = ".tunnel:443"

func connect(number string) []session.Field {
	return []session.Field{{Name: ":method", Value: "CONNECT"}, {Name: ":authority", Value: number + tunnelHost}}
}

// extended is CONNECT with a protocol (RFC 8441, section 4).
func extended(number string) []session.Field {
	return append(ordinary("CONNECT")(number), session.Field{Name: ":protocol", Value: "websocket"})
}

// numberOf finds the number of an exchange in the fields of its request.
func numberOf(fields []session.Field) (n int, ok bool) {
	for _, f := range fields {
		v := ""
		switch {
		case f.Name == ":path":
			v, ok = strings.CutPrefix(f.Value, "/")
		case f.Name == ":authority":
			v, ok = strings.CutSuffix(f.Value, tunnelHost)
		}
		if ok {
			n, err := strconv.Atoi(v)
			return n, err == nil
		}
	}
	return 0, false
}

// tunnel is a request that both ends send octets on at once, if the server lets
// them (RFC 9113, section 8.5).
func (r *round) tunnel() {
	d := &r.w.dice
	pseudo := connect
	if d.chance(2) && r.ends[client].Session.RemoteSettings().EnableConnectProtocol {
		pseudo = extended
	}
	x := r.newExchange(pseudo)
	x.tunnel = true
	r.newBody(&x.bodies[client], d.size(r.pieces))
	x.bodies[client].trailers = nil
	r.w.res.Kinds[Tunnels]++
	r.open(x, session.RequestOptions{})
}

// upgrade lets a connection come from HTTP/1.1: its request is stream 1
// (RFC 7540, section 3.2). Call it before the connection is joined.
func (r *round) upgrade(c, s *session.Session, settings session.Settings) *exchange {
	x := r.newExchange(ordinary("GET"))
	st, err := c.Upgrade(nil, x.fields[client])
	if err == nil {
		_, err = s.Upgrade(session.PackSettings(settings), x.fields[client])
	}
	if err != nil {
		r.w.failf("the upgrade failed: %v", err)
		return x
	}
	st.Owner, x.st[client] = x, st
	r.w.res.Streams++
	r.w.res.Kinds[Upgrades]++
	return x
}

// upgraded writes the HTTP/1.1 that came before into the record.
func (r *round) upgraded(x *exchange, settings session.Settings) {
	text := func(dir trace.Dir, lines ...string) {
		e := &trace.Chunk{Conn: r.ends[client].ConnID(), Dir: dir, SentAt: r.start, ReceivedAt: r.start,
			Octets: []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")}
		r.w.hash.Write(e.Octets)
		if r.w.keep {
			r.w.res.Entries = append(r.w.res.Entries, e)
		}
	}
	text(trace.ToServer, "GET /"+strconv.Itoa(x.number)+" HTTP/1.1", "Host: localhost", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
		"HTTP2-Settings: "+base64.RawURLEncoding.EncodeToString(session.PackSettings(settings)))
	text(trace.ToClient, "HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: h2c")
}

// extend sends a frame of an extension, or one that no RFC knows: nothing may
// come of it but what the extension says.
func (r *round) extend(who int) {
	s := r.ends[who].Session
	if s.Destroyed() || s.Err() != nil { // nothing may follow a GOAWAY with an error
		return
	}
	d := &r.w.dice
	id := uint32(0)
	if len(r.live) > 0 {
		if st := r.live[d.below(len(r.live))].st[who]; st != nil {
			id = st.ID()
		}
	}
	var b []byte
	var said saying
	switch n := d.below(6); {
	case n < 2 && who == client:
		r.update()
		return
	case n == 0:
		origins := []string{"https://a.test", "https://b.test:8443"}[:d.below(3)]
		b, said = frame.AppendOrigin(nil, origins), told(session.EvOrigin, 0, 0, strings.Join(origins, " "))
	case n == 1:
		origin := ""
		if id == 0 {
			origin = "https://a.test"
		}
		b, said = frame.AppendAltSvc(nil, id, origin, `h2=":443"`), told(session.EvAltSvc, id, 0, origin+`h2=":443"`)
	default: // a type that is reserved to be ignored, as Config.Grease sends it
		h := frame.Header{Type: frame.Type(0x0b + 0x1f*d.below(8)), Flags: frame.Flags(d.below(256)), StreamID: pick(d, 0, id)}
		payload := pattern[:pick(d, 0, 1, 8, 300, 16384)]
		b, said = frame.AppendRaw(nil, h, payload), told(session.EvUnknown, h.StreamID, h.Type, string(payload))
	}
	if r.verb("Raw", s.Raw(b)) {
		r.w.res.Kinds[Extensions]++
		r.ends[who].said = append(r.ends[who].said, said)
	}
}

// saying is a frame of an extension as its receiver must hear of it.
type saying struct {
	kind session.EventKind
	id   uint32
	typ  frame.Type
	text string
}

func told(kind session.EventKind, id uint32, typ frame.Type, text string) saying {
	return saying{kind, id, typ, text}
}

// heard holds a frame of an extension against what the other end has sent.
func (r *round) heard(who int, ev *session.Event) {
	o := &r.ends[1-who]
	got := told(ev.Kind, ev.StreamID, 0, strings.Join(ev.Origins, " ")+string(ev.Data))
	if ev.Kind == session.EvUnknown {
		got.typ = ev.Header.Type
	}
	if !r.altered && (o.heard >= len(o.said) || o.said[o.heard] != got) {
		r.w.failf("the %s heard %.80q, sent was %.80q", endNames[who], fmt.Sprint(got), fmt.Sprint(o.said[min(o.heard, len(o.said)):]))
	}
	o.heard++
}

// update says how urgent a stream is that is open, closed or has not begun.
func (r *round) update() {
	d := &r.w.dice
	id := uint32(1)
	for _, x := range r.list {
		if st := x.st[client]; st != nil && !x.pushed {
			id = max(id, st.ID())
		}
	}
	switch d.below(3) {
	case 0:
		id += 2 * uint32(d.below(5)) // idle, most of them
	case 1:
		id = 1 + 2*uint32(d.below(int(id+1)/2))
	default:
		if len(r.list) > 0 {
			if st := r.list[d.below(len(r.list))].st[client]; st != nil && st.ID() != 0 {
				id = st.ID() // a promised one, too
			}
		}
	}
	field := pick(d, "", "i", "u=0", "u=1, i", "u=7", "u=5;x=1, later=(1 2), i=?0")
	if r.verb("PriorityUpdate", r.ends[client].Session.PriorityUpdate(id, field)) {
		r.w.res.Kinds[Updates]++
		c := &r.ends[client]
		c.said = append(c.said, told(session.EvPriorityUpdate, id, 0, field))
	}
}
