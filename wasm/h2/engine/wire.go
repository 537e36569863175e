package engine

import (
	"encoding/binary"
	"math"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
)

// The encoding of both batches: numbers are little-endian and of fixed size,
// strings and octets have their length (u32) before them. web/http2/engine.js
// is the other side; the two change together.

// Commands. Behind the octet of the command come its arguments.
const (
	opReset        = iota // seed u64, epoch str, title str, note str, program str, language str, latency f64, bandwidth f64
	opListen              // listener u32, authority str, config
	opUnlisten            // authority str
	opConnect             // session u32, authority str, config
	opRequest             // session u32, stream u32, end u8, weight u32, parent u32, exclusive u8, fields
	opRespond             // stream u32, end u8, fields
	opInfo                // stream u32, fields
	opWrite               // stream u32, octets
	opEnd                 // stream u32, octets
	opWantTrailers        // stream u32
	opTrailers            // stream u32, fields
	opRst                 // stream u32, code u32
	opPush                // stream u32, new stream u32, fields
	opPriority            // stream u32, parent u32, weight u32, exclusive u8
	opConsume             // stream u32, n u32
	opSettings            // session u32, settings
	opPing                // session u32, octets (8)
	opShutdown            // session u32, graceful u8, code u32, last u32, octets
	opDestroy             // session u32, code u32
	opTimer               // id u32, delay f64 (ns)
	opClearTimer          // id u32
	opConsole             // level str, text str
	opCause               // line u32, column u32, call str; line 0 ends it
	opAttach              // session u32, server str, via str, tls version str, alpn str, config
	opReceive             // session u32, octets
	opEnded               // session u32, by str, reason str
	opNow                 // f64 (ns): the host's clock, for sessions on its transport
	opTick                // session u32
	opRaw                 // session u32, octets
	opAccept              // session u32, client str, server str, via str, tls version str, alpn str, config
	ops
)

var opNames = [ops]string{opRequest: "request", opRespond: "respond", opInfo: "additionalHeaders", opWrite: "write",
	opEnd: "end", opTrailers: "trailers", opRst: "rstStream", opPush: "pushStream", opPriority: "priority",
	opConsume: "read", opSettings: "settings", opPing: "ping", opShutdown: "shutdown", opRaw: "raw"}

// Events beside those of core/session, which keep their numbers.
const (
	evServerSession  = 100 + iota // session, a: listener
	evTimer                       // a: id
	evConnectFailed               // session, data: reason
	evFailed                      // session and stream or 0, a: command, data: reason
	evWrite                       // session, data: octets for the host's transport
	evCloseTransport              // session
	evDeadline                    // session, data: f64 ns, 0 for none
)

// headLen is the size of what stands before the events: quiet u8, time f64.
const headLen = 9

func (e *Engine) putHead(quiet bool) {
	if quiet {
		e.out[0] = 1
	}
	binary.LittleEndian.PutUint64(e.out[1:], math.Float64bits(float64(e.net.Now())))
}

// evt is one event: kind u8, flags u8, fields u16, session u32, stream u32,
// a u32, b u32, data (u32 and octets), then each field's name and value.
type evt struct {
	kind, flags           byte
	session, stream, a, b uint32
	data                  []byte
	fields                []session.Field
}

func (e *Engine) put(v evt) {
	o := append(e.out, v.kind, v.flags)
	o = binary.LittleEndian.AppendUint16(o, uint16(len(v.fields)))
	for _, n := range [...]uint32{v.session, v.stream, v.a, v.b, uint32(len(v.data))} {
		o = appendU32(o, n)
	}
	o = append(o, v.data...)
	for i := range v.fields {
		o = appendStr(appendStr(o, v.fields[i].Name), v.fields[i].Value)
	}
	e.out = o
}

func appendU32(dst []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(dst, n) }

func appendTime(dst []byte, ns int64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(ns)))
}

func appendStr(dst []byte, s string) []byte { return append(appendU32(dst, uint32(len(s))), s...) }

// reader takes a batch of commands apart. What is missing reads as zero and
// sets bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) more() bool { return len(r.b) > 0 && !r.bad }

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) u8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) f64() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// ns is a time or a length of time that the host gave as a float: what is no
// number or below 0 is 0.
func (r *reader) ns() int64 {
	f := r.f64()
	if !(f > 0) {
		return 0
	}
	return int64(min(f, 1<<62))
}

func (r *reader) octets() []byte { return r.take(int(r.u32())) }

// copied is octets that outlive the batch.
func (r *reader) copied() []byte { return append([]byte(nil), r.octets()...) }

func (r *reader) str() string { return string(r.octets()) }

func (r *reader) fields() []session.Field {
	n := int(r.u32())
	var f []session.Field
	for ; n > 0 && !r.bad; n-- {
		f = append(f, session.Field{Name: r.str(), Value: r.str(), Sensitive: r.u8() == 1})
	}
	return f
}

// settings is a list of (id u32, value u32): ids are RFC 9113's.
func (r *reader) settings() session.Settings {
	var s session.Settings
	for n := int(r.u32()); n > 0 && !r.bad; n-- {
		s.More = append(s.More, frame.Setting{ID: frame.SettingID(r.u32()), Value: r.u32()})
	}
	return s
}

// config is the options of connect and createServer: settings, then
// maxDeflateDynamicTableSize, peerMaxConcurrentStreams and
// maxReservedRemoteStreams (0: the default), and the padding strategy.
func (r *reader) config() session.Config {
	c := session.Config{Settings: r.settings(), Causes: true}
	// In virtual time nobody waits: a run ends when nothing is left to happen,
	// and not when patience does. A limit that was not announced would refuse what
	// an honest program asks for: settings.maxConcurrentStreams sets one.
	c.Limits = conn.Limits{IdleTimeout: -1, StallTimeout: -1, MaxConcurrent: frame.MaxStreamID}
	c.MaxDeflateDynamicTableSize = r.u32()
	c.PeerMaxConcurrentStreams = r.u32()
	c.MaxReservedRemoteStreams = r.u32()
	if r.u8() == paddingMax {
		c.SelectPadding = func(_, maxFrameLen int) int { return maxFrameLen }
	}
	return c
}

// paddingMax is the seed's PADDING_STRATEGY_MAX.
const paddingMax = 1
