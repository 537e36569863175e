package logs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// Nghttp reads what nghttp -v prints.
type Nghttp struct {
	r    *bufio.Reader
	b    builder
	l    *link
	line int
	err  error

	cur    *told // the frame whose lines come
	fields map[uint32][]hpack.Field
}

// told is a frame as nghttp tells of it.
type told struct {
	at     int64
	dir    int
	kind   frame.Type
	length int64
	flags  frame.Flags
	stream uint32
	lines  []string
}

// maxTold is how many lines a frame may have.
const maxTold = 4096

// NewNghttp begins to read.
func NewNghttp(r io.Reader) (*Nghttp, error) {
	n := &Nghttp{r: bufio.NewReaderSize(r, 64<<10), fields: map[uint32][]hpack.Field{}}
	n.b.header("what nghttp -v printed", "")
	return n, nil
}

// Next is the next entry; io.EOF at the end.
func (n *Nghttp) Next() (trace.Entry, error) {
	for {
		if e := n.b.pop(); e != nil {
			return e, nil
		}
		if n.err != nil {
			return nil, n.err
		}
		var text string
		if text, n.err = n.read(); n.err != nil {
			n.flush()
			if n.l == nil && errors.Is(n.err, io.EOF) {
				n.err = &Error{Line: max(n.line, 1), Reason: "there is no frame in it"}
			}
			continue
		}
		n.take(text)
	}
}

// Lines says what was read.
func (n *Nghttp) Lines() []string { return n.b.lines(n.b.links, "connection") }

// read is the next line without its end and its colours.
func (n *Nghttp) read() (string, error) {
	var line []byte
	for {
		part, err := n.r.ReadSlice('\n')
		if len(line) < maxLogLine { // content that is printed can be a line of any length
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if len(line) == 0 && err != nil {
			return "", err
		}
		n.line++
		for {
			from := bytes.Index(line, []byte("\x1b["))
			if from < 0 {
				break
			}
			to := bytes.IndexByte(line[from:], 'm')
			if to < 0 || to > 12 {
				break
			}
			line = append(line[:from], line[from+to+1:]...)
		}
		return string(bytes.TrimRight(line, "\r\n")), nil
	}
}

// take reads a line: what belongs to the frame before is indented.
func (n *Nghttp) take(text string) {
	if strings.HasPrefix(text, "          ") {
		if n.cur != nil && len(n.cur.lines) < maxTold {
			n.cur.lines = append(n.cur.lines, strings.TrimSpace(text))
		}
		return
	}
	// Content that does not end with a line's end stands before the line.
	if i := strings.LastIndex(text, "["); i > 0 && strings.Contains(text[i:], "] recv ") {
		text = text[i:]
	}
	in, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "] ")
	seconds, err := strconv.ParseFloat(strings.TrimSpace(in), 64)
	if !ok || !strings.HasPrefix(text, "[") || err != nil || !(seconds >= 0) || seconds > 1e9 {
		return
	}
	n.flush()
	at := int64(math.Round(seconds*1000)) * 1e6
	switch way, what, _ := strings.Cut(rest, " "); way {
	case "Connected":
		n.l = nil
	case "send":
		n.frame(at, 0, what)
	case "recv":
		if stream, ok := strings.CutPrefix(what, "(stream_id="); ok {
			n.fieldLine(stream)
			return
		}
		n.frame(at, 1, what)
	}
}

// fieldLine is a field that came, told before the frame that it was in.
func (n *Nghttp) fieldLine(text string) {
	id, line, _ := strings.Cut(text, ") ")
	stream, ok := leading(id)
	f, ok2 := field(line)
	if ok && ok2 && len(n.fields) < maxLinks && len(n.fields[stream]) < maxTold {
		n.fields[stream] = append(n.fields[stream], f)
	}
}

// frame begins a frame: "HEADERS frame <length=39, flags=0x25, stream_id=13>".
func (n *Nghttp) frame(at int64, dir int, text string) {
	name, rest, ok := strings.Cut(text, " frame <length=")
	if !ok {
		return
	}
	f := &told{at: at, dir: dir}
	if f.kind, ok = frame.TypeByName(name); !ok {
		f.kind = 0xff
	}
	length, _ := leading(rest)
	f.length = int64(length)
	_, rest, _ = strings.Cut(rest, "flags=0x")
	flags, _, _ := strings.Cut(rest, ",")
	v, _ := strconv.ParseUint(flags, 16, 8)
	f.flags = frame.Flags(v)
	_, rest, _ = strings.Cut(rest, "stream_id=")
	f.stream, _ = leading(rest)
	n.cur = f
}

// number is a value in the frame's lines: "dep_stream_id=11".
func (f *told) number(key string) uint32 {
	for _, line := range f.lines {
		if _, after, ok := strings.Cut(line, key); ok {
			v, _ := leading(after)
			return v
		}
	}
	return 0
}

// flush rebuilds the frame whose lines have come.
func (n *Nghttp) flush() {
	f := n.cur
	n.cur = nil
	if f == nil || f.kind == 0xff || f.stream > 1<<31-1 {
		return
	}
	if n.l == nil {
		if n.b.links == maxLinks {
			return
		}
		n.l = n.b.open(&trace.Conn{Client: "nghttp", Server: "server", Vantage: trace.VantageClient, At: f.at, Via: "rebuilt from what nghttp -v printed"})
	}
	n.rebuild(f)
}

func (n *Nghttp) rebuild(f *told) {
	l := n.l
	prio := &frame.PriorityParam{Exclusive: f.number("exclusive=") == 1, StreamDep: f.number("dep_stream_id="),
		Weight: uint8(min(max(f.number("weight="), 1), 256) - 1)}
	switch f.kind {
	case frame.Data:
		if f.length < 1<<24 {
			l.content(f.dir, f.at, f.stream, f.length, f.flags.Has(frame.FlagEndStream), true)
		}
	case frame.Headers:
		if !f.flags.Has(frame.FlagPriority) {
			prio = nil
		}
		l.headers(f.dir, f.at, f.stream, n.section(f), f.flags.Has(frame.FlagEndStream), prio)
	case frame.PushPromise:
		l.push(f.at, f.stream, f.number("promised_stream_id="), n.section(f))
	case frame.Priority:
		l.send(f.dir, f.at, frame.AppendPriority(nil, f.stream, *prio))
	case frame.Settings:
		n.settings(f)
	case frame.RSTStream:
		l.send(f.dir, f.at, frame.AppendRSTStream(nil, f.stream, f.code()))
	case frame.Ping:
		var opaque [8]byte
		for _, line := range f.lines {
			if _, hex, ok := strings.Cut(line, "opaque_data="); ok {
				v, _ := strconv.ParseUint(strings.TrimRight(hex, ")"), 16, 64)
				for i := range opaque {
					opaque[i] = byte(v >> (56 - 8*i))
				}
			}
		}
		l.send(f.dir, f.at, frame.AppendPing(nil, opaque, f.flags.Has(frame.FlagAck)))
	case frame.GoAway:
		l.send(f.dir, f.at, frame.AppendGoAway(nil, f.number("last_stream_id="), f.code(), nil))
	case frame.WindowUpdate:
		l.send(f.dir, f.at, frame.AppendWindowUpdate(nil, f.stream, f.number("window_size_increment=")))
	}
}

// section is the field section of a frame: told in its lines, or before it.
func (n *Nghttp) section(f *told) (out []hpack.Field) {
	if f.dir == 1 {
		out = n.fields[f.stream]
		delete(n.fields, f.stream)
		return out
	}
	for _, line := range f.lines {
		if line != "" && !strings.HasPrefix(line, ";") && !strings.HasPrefix(line, "(") {
			if h, ok := field(line); ok {
				out = append(out, h)
			}
		}
	}
	return out
}

func (n *Nghttp) settings(f *told) {
	if f.flags.Has(frame.FlagAck) {
		n.l.send(f.dir, f.at, frame.AppendSettingsAck(nil))
		return
	}
	var list []frame.Setting
	for _, line := range f.lines { // "[SETTINGS_MAX_CONCURRENT_STREAMS(0x03):100]"
		_, in, _ := strings.Cut(line, "(0x")
		hex, value, ok := strings.Cut(in, "):")
		id, err := strconv.ParseUint(hex, 16, 16)
		v, ok2 := leading(value)
		if ok && ok2 && err == nil {
			list = append(list, frame.Setting{ID: frame.SettingID(id), Value: v})
		}
	}
	n.l.settings(f.dir, f.at, list)
}

// code is the error code in the frame's lines: "error_code=CANCEL(0x08)".
func (f *told) code() frame.ErrCode {
	for _, line := range f.lines {
		if _, after, ok := strings.Cut(line, "error_code="); ok {
			_, hex, _ := strings.Cut(after, "(0x")
			hex, _, _ = strings.Cut(hex, ")")
			v, _ := strconv.ParseUint(hex, 16, 32)
			return frame.ErrCode(v)
		}
	}
	return 0
}
