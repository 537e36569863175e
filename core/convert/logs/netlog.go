package logs

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// NetLog reads what Chromium's --log-net-log writes.
type NetLog struct {
	s       stream
	b       builder
	types   map[int]string // of events
	phases  [2]int         // begin, end
	offset  int64          // milliseconds from 1970 to the log's time 0
	first   int64          // of the log's times: instant 0
	started bool
	events  bool // within the array of events
	session map[int]*session
	order   []*session
	tls     map[int]*trace.TLS // by source
	err     error
}

// session is an HTTP2_SESSION of the log.
type session struct {
	n        *NetLog
	at       int64
	host     string
	proxy    string
	tls      *trace.TLS
	link     *link
	settings []frame.Setting // RECV_SETTINGS whose entries still come
	pending  bool
	ack      bool // SEND_SETTINGS_ACK came meanwhile
}

// event is one event of the log.
type event struct {
	Params json.RawMessage `json:"params"`
	Phase  int             `json:"phase"`
	Source struct {
		ID int `json:"id"`
	} `json:"source"`
	Time string `json:"time"`
	Type int    `json:"type"`
}

// params are the parameters of the events that are looked at.
type params struct {
	Host     string          `json:"host"`
	Proxy    string          `json:"proxy"`
	Settings []string        `json:"settings"`
	ID       json.RawMessage `json:"id"`
	Value    uint32          `json:"value"`
	Headers  []string        `json:"headers"`
	Stream   uint32          `json:"stream_id"`
	Promised uint32          `json:"promised_stream_id"`
	Fin      bool            `json:"fin"`
	HasPrio  bool            `json:"has_priority"`
	Excl     bool            `json:"exclusive"`
	Parent   uint32          `json:"parent_stream_id"`
	Weight   int             `json:"weight"`
	Size     int64           `json:"size"`
	Delta    int64           `json:"delta"`
	Code     json.RawMessage `json:"error_code"`
	Last     uint32          `json:"last_accepted_stream_id"`
	Debug    string          `json:"debug_data"`
	Unique   uint64          `json:"unique_id"`
	IsAck    bool            `json:"is_ack"`
	Kind     json.RawMessage `json:"type"`
	Flags    uint8           `json:"flags"`
	Length   int64           `json:"length"`
	Text     string          `json:"description"`
	Version  string          `json:"version"`
	Cipher   json.RawMessage `json:"cipher_suite"`
	Proto    string          `json:"next_proto"`
	Depends  struct {
		ID int `json:"id"`
	} `json:"source_dependency"`
}

// NewNetLog begins to read a log. Its constants must come before its events.
func NewNetLog(r io.Reader) (*NetLog, error) {
	n := &NetLog{s: newStream(r), session: map[int]*session{}, tls: map[int]*trace.TLS{}}
	if err := n.s.open('{', "a NetLog"); err != nil {
		return nil, err
	}
	for !n.events {
		key, err := n.s.key()
		switch {
		case err != nil:
			return nil, err
		case key == "constants":
			err = n.constants()
		case key == "events" && n.types == nil:
			err = &Error{Offset: n.s.d.InputOffset(), Reason: "the events of a NetLog stand before its constants"}
		case key == "events":
			n.events = true
			err = n.s.open('[', "the events of a NetLog")
		case key == "":
			err = &Error{Offset: n.s.d.InputOffset(), Reason: "a NetLog has events, this file has none"}
		default:
			err = n.s.skip()
		}
		if err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *NetLog) constants() error {
	var c struct {
		Types  map[string]int `json:"logEventTypes"`
		Phases map[string]int `json:"logEventPhase"`
		Offset json.Number    `json:"timeTickOffset"`
	}
	if err := n.s.value(&c, "the constants"); err != nil {
		return err
	}
	n.types = map[int]string{}
	for name, id := range c.Types {
		if strings.HasPrefix(name, "HTTP2_") || name == "SSL_CONNECT" {
			n.types[id] = name
		}
	}
	n.phases = [2]int{c.Phases["PHASE_BEGIN"], c.Phases["PHASE_END"]}
	n.offset, _ = strconv.ParseInt(c.Offset.String(), 10, 64)
	return nil
}

// Next is the next entry; io.EOF at the end, an *Error where the log can't be
// read on.
func (n *NetLog) Next() (trace.Entry, error) {
	for {
		if e := n.b.pop(); e != nil {
			return e, nil
		}
		if n.err != nil {
			return nil, n.err
		}
		n.err = n.step()
		if n.err != nil {
			n.header(0)
			for _, s := range n.order {
				s.flush(s.at)
			}
		}
	}
}

// Lines says what was left out.
func (n *NetLog) Lines() []string { return n.b.lines(len(n.session), "session") }

func (b *builder) lines(count int, what string) (out []string) {
	if count != 1 {
		what += "s"
	}
	out = append(out, strconv.Itoa(count)+" "+what+" of HTTP/2, rebuilt")
	if b.full {
		out = append(out, "DATA beyond "+strconv.Itoa(maxData>>20)+" MiB was left out")
	}
	return out
}

func (n *NetLog) header(at int64) {
	if n.started {
		return
	}
	n.started, n.first = true, at
	epoch := ""
	if ms := n.offset + at; n.offset > 0 && ms < 1<<43 {
		epoch = time.UnixMilli(ms).UTC().Format(time.RFC3339Nano)
	}
	n.b.header("a NetLog", epoch)
}

// step reads an event.
func (n *NetLog) step() error {
	if !n.s.d.More() {
		if _, err := n.s.d.Token(); err != nil {
			return n.s.why(err)
		}
		return io.EOF
	}
	var e event
	if err := n.s.value(&e, "an event"); err != nil {
		var own *Error
		if errors.As(err, &own) && strings.Contains(own.Reason, "an event: ") {
			return nil // an event of another shape: not one of ours
		}
		return err
	}
	name := n.types[e.Type]
	if name == "" {
		return nil
	}
	ms, err := strconv.ParseInt(e.Time, 10, 64)
	if err != nil || ms < 0 || ms > 1<<42 {
		return nil
	}
	var p params
	if len(e.Params) > 0 && json.Unmarshal(e.Params, &p) != nil {
		return nil
	}
	n.header(ms)
	n.event(name, &e, &p, max(0, (ms-n.first)*1e6))
	return nil
}

func (n *NetLog) event(name string, e *event, p *params, at int64) {
	if name == "SSL_CONNECT" {
		if e.Phase == n.phases[1] && p.Version != "" && len(n.tls) < maxLinks {
			cipher := strings.Trim(string(p.Cipher), `"`)
			n.tls[e.Source.ID] = &trace.TLS{Version: p.Version, ALPN: p.Proto, Cipher: "cipher suite " + cipher}
		}
		return
	}
	s := n.session[e.Source.ID]
	if name == "HTTP2_SESSION" && s == nil && e.Phase == n.phases[0] && len(n.session) < maxLinks {
		s = &session{n: n, at: at, host: p.Host, proxy: p.Proxy}
		n.session[e.Source.ID] = s
		n.order = append(n.order, s)
		return
	}
	if s != nil {
		s.event(name, e, p, at)
	}
}

// up opens the connection with its first frame.
func (s *session) up(at int64) *link {
	if s.link == nil {
		via := "rebuilt from a NetLog"
		if s.proxy != "" && s.proxy != "[direct://]" {
			via += ", through " + s.proxy
		}
		if s.tls != nil {
			s.tls.Name, _, _ = strings.Cut(s.host, ":")
		}
		s.link = s.n.b.open(&trace.Conn{Client: "Chromium", Server: s.host, Vantage: trace.VantageClient, At: at, Via: via, TLS: s.tls})
	}
	return s.link
}

// flush sends the SETTINGS whose entries were collected, and what acknowledges
// them.
func (s *session) flush(at int64) {
	if s.pending {
		s.pending = false
		s.up(at).settings(1, at, s.settings)
		s.settings = nil
		if s.ack {
			s.link.send(0, at, frame.AppendSettingsAck(nil))
		}
		s.ack = false
	}
}

func (s *session) event(name string, e *event, p *params, at int64) {
	s.at = at
	what := strings.TrimPrefix(strings.TrimPrefix(name, "HTTP2_SESSION_"), "HTTP2_STREAM_")
	switch {
	case what == "INITIALIZED":
		s.tls = s.n.tls[p.Depends.ID]
		return
	case s.pending && what == "RECV_SETTING":
		if id, ok := leading(strings.Trim(string(p.ID), `"`)); ok && id < 1<<16 && len(s.settings) < 1024 {
			s.settings = append(s.settings, frame.Setting{ID: frame.SettingID(id), Value: p.Value})
		}
		return
	case s.pending && what == "SEND_SETTINGS_ACK":
		s.ack = true
		return
	}
	switch {
	case what == "RECV_SETTINGS":
		s.flush(at)
		s.pending = true
	case name == "HTTP2_SESSION" && e.Phase == s.n.phases[1], what == "CLOSE":
		s.flush(at)
		if s.link != nil && what == "CLOSE" {
			s.n.b.queue = append(s.n.b.queue, &trace.Close{Conn: s.link.id, At: at, By: "client", Reason: p.Text})
		}
	case strings.HasPrefix(what, "SEND_"):
		s.flush(at)
		s.sent(what[len("SEND_"):], p, at)
	case strings.HasPrefix(what, "RECV_"):
		s.flush(at)
		s.received(what[len("RECV_"):], p, at)
	case what == "PING":
		s.flush(at)
		dir := 0
		if strings.Contains(string(p.Kind), "received") {
			dir = 1
		}
		var opaque [8]byte
		for i := range opaque {
			opaque[i] = byte(p.Unique >> (56 - 8*i))
		}
		s.up(at).send(dir, at, frame.AppendPing(nil, opaque, p.IsAck))
	}
}

// sent is a frame of the browser's.
func (s *session) sent(what string, p *params, at int64) {
	const dir = 0
	l := s.up(at)
	prio := &frame.PriorityParam{Exclusive: p.Excl, StreamDep: p.Parent, Weight: uint8(min(max(p.Weight, 1), 256) - 1)}
	switch what {
	case "SETTINGS":
		var list []frame.Setting
		for _, text := range p.Settings { // "[id:1 (SETTINGS_HEADER_TABLE_SIZE) value:65536]"
			_, after, _ := strings.Cut(text, "id:")
			id, ok := leading(after)
			_, after, _ = strings.Cut(text, "value:")
			value, ok2 := leading(after)
			if ok && ok2 && id < 1<<16 && len(list) < 1024 {
				list = append(list, frame.Setting{ID: frame.SettingID(id), Value: value})
			}
		}
		l.settings(dir, at, list)
	case "SETTINGS_ACK":
		l.send(dir, at, frame.AppendSettingsAck(nil))
	case "HEADERS":
		if !p.HasPrio {
			prio = nil
		}
		l.headers(dir, at, p.Stream, fields(p.Headers), p.Fin, prio)
	case "PRIORITY":
		l.send(dir, at, frame.AppendPriority(nil, p.Stream, *prio))
	case "GREASED_FRAME":
		kind, _ := leading(string(p.Kind))
		n := min(max(p.Length, 0), maxPiece)
		l.send(dir, at, frame.AppendRaw(nil, frame.Header{Type: frame.Type(kind), Flags: frame.Flags(p.Flags), StreamID: p.Stream, Length: uint32(n)}, make([]byte, n)))
	default:
		s.either(dir, what, p, at)
	}
}

// received is a frame of the server's.
func (s *session) received(what string, p *params, at int64) {
	const dir = 1
	l := s.up(at)
	switch what {
	case "SETTINGS_ACK":
		l.send(dir, at, frame.AppendSettingsAck(nil))
	case "HEADERS":
		l.headers(dir, at, p.Stream, fields(p.Headers), p.Fin, nil)
	case "PUSH_PROMISE":
		id, _ := leading(strings.Trim(string(p.ID), `"`))
		l.push(at, max(id, p.Stream), p.Promised, fields(p.Headers))
	default:
		s.either(dir, what, p, at)
	}
}

// either is a frame that both ends send alike.
func (s *session) either(dir int, what string, p *params, at int64) {
	code, _ := leading(strings.Trim(string(p.Code), `"`))
	switch what {
	case "DATA":
		if n := p.Size; n >= 0 && n < 1<<24 {
			s.link.content(dir, at, p.Stream, n, p.Fin, true)
		}
	case "WINDOW_UPDATE":
		s.link.send(dir, at, frame.AppendWindowUpdate(nil, p.Stream, uint32(min(max(p.Delta, 0), frame.MaxWindow))))
	case "RST_STREAM":
		s.link.send(dir, at, frame.AppendRSTStream(nil, p.Stream, frame.ErrCode(code)))
	case "GOAWAY":
		s.link.send(dir, at, frame.AppendGoAway(nil, p.Last, frame.ErrCode(code), []byte(p.Debug[:min(len(p.Debug), maxPiece)])))
	}
}

func fields(lines []string) (out []hpack.Field) {
	for _, line := range lines {
		if f, ok := field(line); ok {
			out = append(out, f)
		}
	}
	return out
}
