package session

import (
	"errors"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
)

// fuzzPair is a client's and a server's session that are joined by slices, and
// drive each other by verbs made of octets.
type fuzzPair struct {
	t       *testing.T
	in      []byte
	s       [2]*Session
	o       [2]Output
	streams [2][]*Stream // every stream that the owner ever saw
	closed  map[*Stream]bool
	ended   [2]int // EvClose events
	now     int64
	hasty   bool
}

func (p *fuzzPair) octet() byte {
	if len(p.in) == 0 {
		return 0
	}
	b := p.in[0]
	p.in = p.in[1:]
	return b
}

// FuzzVerbs turns octets into verbs of two sessions and their streams, in any
// state. Nothing panics, errors are typed, every stream closes once, neither end
// refuses what the other sends, and nothing is kept behind the end.
func FuzzVerbs(f *testing.F) {
	f.Add([]byte{0, 0, 2, 0, 30, 20, 255, 33 + 2, 0, 20, 255, 34, 0, 0, 20, 255})
	f.Add([]byte{0, 1, 20, 255, 35, 0, 20, 255, 38, 0, 20, 9, 34, 1, 40, 20, 255, 7, 0, 5, 20, 255})
	f.Add([]byte{0, 0, 5, 0, 2, 0, 90, 20, 200, 20, 200, 33, 0, 36, 0, 10, 1, 20, 255, 43, 1, 20, 255})
	f.Add([]byte{0, 0, 1, 0, 50, 8, 3, 100, 20, 9, 41, 6, 7, 20, 200, 12, 1, 20, 200, 13, 20, 200})
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 2000 {
			return
		}
		p := &fuzzPair{t: t, in: in, closed: map[*Stream]bool{}, now: 1,
			s: [2]*Session{NewClient(Config{}), NewServer(Config{})}}
		for len(p.in) > 0 {
			op := p.octet()
			p.do(int(op>>5&1), op&31)
		}
		for range 100 {
			if !p.pump(4096) {
				break
			}
		}
		p.end()
	})
}

func (p *fuzzPair) end() {
	for who, s := range p.s {
		s.Destroy(frame.NoError)
		s.End(p.now, nil)
		for range 3 { // the last events
			s.Poll(p.now, &p.o[who], 0)
			for i := range p.o[who].Events {
				p.event(who, &p.o[who].Events[i], i)
			}
		}
		if !s.Destroyed() || p.ended[who] != 1 || len(s.streams) > 0 || len(s.waiting) > 0 {
			p.t.Fatalf("the %v's session: destroyed %v, %d ends, %d streams, %d wait", s.Type(), s.Destroyed(), p.ended[who], len(s.streams), len(s.waiting))
		}
		for _, st := range p.streams[who] {
			if !st.Destroyed() || !p.closed[st] {
				p.t.Fatalf("stream %d of the %v: destroyed %v, its end was told: %v", st.ID(), s.Type(), st.Destroyed(), p.closed[st])
			}
		}
	}
}

// check fails unless err is nil or typed.
func (p *fuzzPair) check(err error) {
	p.t.Helper()
	var m *conn.Misuse
	if err == nil || errors.Is(err, ErrDestroyed) || errors.Is(err, conn.ErrEnded) || errors.As(err, &m) && m.Err != nil && m.Reason != "" {
		return
	}
	p.t.Fatalf("an error without a type: %#v", err)
}

func (p *fuzzPair) keep(who int, st *Stream) {
	if st != nil {
		p.streams[who] = append(p.streams[who], st)
	}
}

var fuzzSections = [][]Field{
	{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "a"}, {Name: ":path", Value: "/"}},
	{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "a"}, {Name: ":path", Value: "/"}},
	{{Name: ":status", Value: "200"}}, {{Name: ":status", Value: "100"}}, {{Name: "sum", Value: "1"}}, {{Name: "Upper", Value: "1"}}, nil,
}

func (p *fuzzPair) do(who int, op byte) {
	s := p.s[who]
	fields := func(otherwise int) []Field {
		if b := p.octet(); b > 200 {
			return fuzzSections[int(b)%len(fuzzSections)]
		}
		return fuzzSections[otherwise]
	}
	switch {
	case op == 0:
		st, err := s.Request(fields(0), RequestOptions{EndStream: p.octet()&1 != 0})
		p.keep(who, st)
		p.check(err)
	case op < 12:
		if n := len(p.streams[who]); n > 0 {
			p.stream(who, p.streams[who][int(p.octet())%n], op, fields)
		}
	case op == 12:
		p.check(s.Shutdown(ShutdownOptions{Graceful: p.octet()&1 != 0}))
	case op == 13:
		s.Destroy(frame.ErrCode(p.octet() % 16))
	case op == 14:
		p.check(s.Ping([8]byte{p.octet()}))
	case op == 15:
		v := uint32(p.octet()) * uint32(p.octet())
		p.check(s.Settings([]Settings{{InitialWindowSize: &v}, {HeaderTableSize: &v}, {MaxConcurrentStreams: &v}, {MaxFrameSize: &v}, {EnablePush: V(v&1 != 0)}}[v%5]))
	case op == 16:
		p.hasty = true
		p.now += int64(p.octet()) * 1e9
		s.Tick(p.now)
	case op == 17:
		s.End(p.now, errors.New("the transport failed"))
	case op >= 24 && op < 30:
		p.door(who, op)
	default:
		p.pump(1 + int(p.octet()))
	}
}

// door calls a verb that today's Node.js has beside the seed, or asks for a state.
func (p *fuzzPair) door(who int, op byte) {
	s := p.s[who]
	switch op {
	case 24:
		p.check(s.GoAway(uint32(p.octet()), frame.NoError, nil))
	case 25:
		p.check(s.SetNextStreamID(uint32(p.octet())))
	case 26:
		p.check(s.SetLocalWindowSize(uint32(p.octet()) * uint32(p.octet()) * 8))
	case 27:
		p.check(s.Origin([]string{"https://a"}))
		p.check(s.AltSvc(uint32(p.octet()%4), "https://a", "h2"))
	case 28:
		if n := len(p.streams[who]); n > 0 {
			st := p.streams[who][int(p.octet())%n]
			p.check(st.PriorityUpdate("u=1"))
			p.check(st.Prefer(uint32(p.octet()), int(p.octet()), p.octet()&1 != 0))
			_ = st.Details()
		}
	default:
		_, _ = s.State(), s.Pings()
	}
}

// stream calls a verb of a stream.
func (p *fuzzPair) stream(who int, st *Stream, op byte, fields func(int) []Field) {
	size := func() []byte { b := int(p.octet()); return make([]byte, b*b) }
	switch op {
	case 1:
		p.check(st.Write(size()))
	case 2:
		p.check(st.End(size()))
	case 3:
		p.check(st.Respond(fields(2), p.octet()&1 != 0))
	case 4:
		p.check(st.AdditionalHeaders(fields(3)))
	case 5:
		st.WantTrailers()
	case 6:
		p.check(st.Trailers(fields(4)))
	case 7:
		p.check(st.Reset(frame.ErrCode(p.octet() % 16)))
	case 8:
		c, err := st.PushStream(fields(1))
		p.keep(who, c)
		p.check(err)
	case 9:
		p.check(st.Priority(uint32(p.octet()), int(p.octet()), false))
	case 10:
		p.check(p.s[who].Consume(st, int(p.octet())))
	default:
		_, _, _, _, _ = st.State(), st.Window(), st.Queued(), st.RstCode(), st.PushAllowed()
	}
}

// pump moves octets once both ways, in pieces of n.
func (p *fuzzPair) pump(n int) (busy bool) {
	for who, s := range p.s {
		p.now += 1e6
		o := &p.o[who]
		s.Poll(p.now, o, 1+n*50)
		for i := range o.Events {
			p.event(who, &o.Events[i], i)
		}
		busy = busy || o.Octets > 0 || len(o.Events) > 0 || o.More
		for _, b := range o.Segments {
			for ; len(b) > 0; b = b[min(n, len(b)):] {
				if err := p.s[1-who].Receive(p.now, b[:min(n, len(b))]); err != nil && !errors.Is(err, conn.ErrEnded) {
					p.t.Fatal(err)
				}
			}
		}
		if o.Close {
			s.End(p.now, nil)
			p.s[1-who].End(p.now, nil)
		}
	}
	return busy
}

func (p *fuzzPair) event(who int, ev *Event, i int) {
	st := ev.Stream
	switch ev.Kind {
	case EvStream:
		p.keep(who, st)
	case EvData:
		if i%3 > 0 {
			p.check(p.s[who].Consume(st, len(ev.Data)))
		}
	case EvFetchTrailers:
		p.check(st.Trailers(fuzzSections[4]))
	case EvClosed:
		if p.closed[st] {
			p.t.Fatalf("stream %d is closed twice", st.ID())
		}
		p.closed[st] = true
	case EvClose:
		p.ended[who]++
	case EvError, EvStreamError:
		calm := ev.Code == frame.EnhanceYourCalm || ev.Code == frame.RefusedStream
		if !calm && !(p.hasty && (ev.Code == frame.SettingsTimeout || ev.Code == frame.NoError)) {
			p.t.Fatalf("the %v refuses what the other sends: %v", p.s[who].Type(), ev.Err)
		}
	}
}
