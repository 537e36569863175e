package engine

import (
	"encoding/binary"
	"math"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
)

// The encoding of both batches: numbers are little-endian and of fixed size,
// strings and octets have their length (u32) before them. web/http2/engine.js
// is the other side; the two change together.

// Commands. Behind the octet of the command come its arguments.
const (
	opReset        = iota // seed u64, epoch str, title str, note str, program str, language str, engine str, around str (JSON), network
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
	opPriority            // stream u32, parent u32, weight u32, exclusive u8, silent u8
	opConsume             // stream u32, n u32
	opSettings            // session u32, settings
	opPing                // session u32, octets (8)
	opShutdown            // session u32, graceful u8, code u32, last u32, octets
	opDestroy             // session u32, code u32
	opTimer               // id u32, delay f64 (ns)
	opClearTimer          // id u32
	opConsole             // level str, text str
	opCause               // line u32, column u32, call str: line 0 is code around the program; no call ends it
	opAttach              // session u32, server str, via str, tls version str, alpn str, config
	opReceive             // session u32, octets
	opEnded               // session u32, by str, reason str
	opNow                 // f64 (ns): the host's clock, for sessions on its transport
	opTick                // session u32
	opRaw                 // session u32, octets
	opAccept              // session u32, client str, server str, via str, tls version str, alpn str, config
	opHold                // session u32, on u8: its DATA stays while the host's transport is full
	opState               // session u32: evState answers
	opStreamState         // stream u32: evStreamState answers
	opGoAway              // session u32, code u32, last u32 (0: the last that was handed out), octets
	opAltSvc              // session u32, stream id u32, origin str, value str
	opOrigin              // session u32, n u32, origins str
	opNextID              // session u32, id u32
	opWindow              // session u32, size u32: of the connection
	opOver                // the session is over: the record is told which steps of its network never acted
	opSecured             // cipher str, name str, names str, issuer str, resumed u8: of the next opAttach's or opAccept's TLS
	ops
)

var opNames = [ops]string{opRequest: "request", opRespond: "respond", opInfo: "additionalHeaders", opWrite: "write",
	opEnd: "end", opTrailers: "trailers", opRst: "rstStream", opPush: "pushStream", opPriority: "priority",
	opConsume: "read", opSettings: "settings", opPing: "ping", opShutdown: "shutdown", opRaw: "raw",
	opState: "state", opStreamState: "state", opGoAway: "goaway", opAltSvc: "altsvc", opOrigin: "origin",
	opNextID: "setNextStreamID", opWindow: "setLocalWindowSize"}

// Events beside those of core/session, which keep their numbers.
const (
	evServerSession  = 100 + iota // session, a: listener
	evTimer                       // a: id
	evConnectFailed               // session, data: reason
	evFailed                      // session and stream or 0, a: command, b: why, flags 1: it has ended, data: reason
	evWrite                       // session, data: octets for the host's transport
	evCloseTransport              // session
	evDeadline                    // session, data: f64 ns, 0 for none; when it has changed
	evState                       // session, data: nine u32
	evStreamState                 // stream, data: six u32
	evMore                        // session: DATA is left that could go at once
)

// Why a command failed. That something has ended is no fault of the program's:
// its end may be on the way to it.
const (
	failedOtherwise = iota
	failedEnded
	failedGoingAway
	failedExhausted
	failedArgument
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
// a u32, b u32, data (u32 and octets). Where there are fields, the size of what
// follows behind the lengths (u32), then for each field the lengths of name and
// value (u32; the name's has bit 31 for a field that is never indexed), then the
// octets of all, so that the host makes one string of them and cuts it.
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
	if len(v.fields) > 0 {
		o = appendFields(o, v.fields)
	}
	e.out = o
}

func appendFields(o []byte, fields []session.Field) []byte {
	size := 0
	for i := range fields {
		size += len(fields[i].Name) + len(fields[i].Value)
	}
	o = appendU32(o, uint32(size))
	for i := range fields {
		n := uint32(len(fields[i].Name))
		if fields[i].Sensitive {
			n |= 1 << 31
		}
		o = appendU32(appendU32(o, n), uint32(len(fields[i].Value)))
	}
	for i := range fields {
		o = append(append(o, fields[i].Name...), fields[i].Value...)
	}
	return o
}

func appendU32(dst []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(dst, n) }

func appendTime(dst []byte, ns int64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(ns)))
}

func appendStr(dst []byte, s string) []byte { return append(appendU32(dst, uint32(len(s))), s...) }

// reader takes a batch of commands apart. What is missing reads as zero and
// sets bad.
type reader struct {
	b    []byte
	bad  bool
	list []session.Field
	seen map[string]string
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

// signed is a whole number that the host gave as a float.
func (r *reader) signed() int64 {
	if f := r.f64(); f < 0 {
		return -1
	} else if f < 1<<62 {
		return int64(f)
	}
	return 1 << 62
}

// network is latency, jitter and bandwidth (f64), chunk u32, and a list (n u32) of
// steps: kind str, conn u32, dir u8 (1: to the client, 2 more: heard), frame, offset f64, mask u8,
// for f64, octets.
func (r *reader) network() *trace.Network {
	n := &trace.Network{Latency: r.ns(), Jitter: r.ns(), Bandwidth: r.ns(), Chunk: int(r.u32() & (1<<31 - 1))}
	for left := r.u32(); left > 0 && !r.bad; left-- {
		s := trace.Step{Kind: r.str(), Conn: r.u32()}
		way := r.u8()
		s.Dir, s.Heard = trace.Dir(way&1), way&2 != 0
		s.Frame, s.Offset, s.Mask, s.For = r.signed(), r.ns(), r.u8(), r.signed()
		if b := r.copied(); len(b) > 0 {
			s.Octets = b
		}
		n.Steps = append(n.Steps, s)
	}
	return n
}

func (r *reader) octets() []byte { return r.take(int(r.u32())) }

// copied is octets that outlive the batch.
func (r *reader) copied() []byte { return append([]byte(nil), r.octets()...) }

func (r *reader) str() string { return string(r.octets()) }

// fields is a list of (name str, value str, sensitive u8). It is valid until the
// next call, the strings in it stay.
func (r *reader) fields() []session.Field {
	f := r.list[:0]
	for n := int(r.u32()); n > 0 && !r.bad; n-- {
		f = append(f, session.Field{Name: r.name(), Value: r.name(), Sensitive: r.u8() == 1})
	}
	r.list = f
	return f
}

// known bounds the short strings that are kept, so that names and values that
// come again are not made again.
const known, knownLen = 1024, 40

func (r *reader) name() string {
	b := r.octets()
	if len(b) > knownLen || len(b) == 0 {
		return string(b)
	}
	if s, ok := r.seen[string(b)]; ok {
		return s
	}
	if len(r.seen) >= known {
		clear(r.seen)
	}
	s := string(b)
	r.seen[s] = s
	return s
}

// settings is a list of (id u32, value u32): ids are RFC 9113's.
func (r *reader) settings() session.Settings {
	var s session.Settings
	for n := int(r.u32()); n > 0 && !r.bad; n-- {
		s.More = append(s.More, frame.Setting{ID: frame.SettingID(r.u32()), Value: r.u32()})
	}
	return s
}

// Padding strategies, as the host tells them.
const (
	paddingNone = iota
	paddingMax
	paddingAligned // so that a frame with its header is a multiple of eight octets
	paddingAsk     // selectPadding of the program
)

// config is the options of connect and createServer: settings, then
// maxDeflateDynamicTableSize, peerMaxConcurrentStreams, maxReservedRemoteStreams,
// maxSendHeaderBlockLength and maxHeaderListPairs (0: the default), and the
// padding strategy (u8).
func (e *Engine) config(handle uint32) session.Config {
	r := &e.in
	c := session.Config{Settings: r.settings(), Causes: e.recording, CreditAtOnce: true, EndIsWritable: true}
	// In virtual time nobody waits: a run ends when nothing is left to happen,
	// and not when patience does. A limit that was not announced would refuse what
	// an honest program asks for: settings.maxConcurrentStreams sets one.
	c.Limits = conn.Limits{IdleTimeout: -1, StallTimeout: -1, MaxConcurrent: frame.MaxStreamID}
	for _, s := range c.Settings.More {
		if s.ID == frame.MaxConcurrentStreams {
			c.Limits.MaxConcurrent = s.Value // from the first octet on, acknowledged or not
		}
	}
	c.MaxDeflateDynamicTableSize = r.u32()
	c.PeerMaxConcurrentStreams = r.u32()
	c.MaxReservedRemoteStreams = r.u32()
	c.MaxSendHeaderBlockLength = r.u32()
	c.Limits.MaxFields = int(r.u32())
	switch r.u8() {
	case paddingMax:
		c.SelectPadding = func(_, maxFrameLen int) int { return maxFrameLen }
	case paddingAligned:
		c.SelectPadding = func(frameLen, maxFrameLen int) int { return min(alignFrame(frameLen), maxFrameLen) }
	case paddingAsk:
		if e.SelectPadding != nil {
			c.SelectPadding = func(frameLen, maxFrameLen int) int { return e.SelectPadding(handle, frameLen, maxFrameLen) }
		}
	}
	return c
}

// alignFrame is the smallest payload, from n up, that makes the frame with its
// header of nine octets a multiple of eight.
func alignFrame(n int) int { return (n+frame.HeaderLen+7)&^7 - frame.HeaderLen }
