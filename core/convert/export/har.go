package export

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// maxBody is how much of a response's content a HAR brings along.
const maxBody = 1 << 20

// pair is a name with a value.
type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// The parts of an entry of HAR 1.2, in its order.
type (
	harEntry struct {
		Started    string      `json:"startedDateTime"`
		Time       float64     `json:"time"`
		Request    harRequest  `json:"request"`
		Response   harResponse `json:"response"`
		Cache      struct{}    `json:"cache"`
		Timings    harTimings  `json:"timings"`
		Connection string      `json:"connection,omitempty"`
		Stream     uint32      `json:"_stream"`
		Pushed     bool        `json:"_pushed,omitempty"`
		Comment    string      `json:"comment,omitempty"`
	}
	harRequest struct {
		Method      string   `json:"method"`
		URL         string   `json:"url"`
		Version     string   `json:"httpVersion"`
		Cookies     []pair   `json:"cookies"`
		Headers     []pair   `json:"headers"`
		Query       []pair   `json:"queryString"`
		PostData    *harPost `json:"postData,omitempty"`
		HeadersSize int      `json:"headersSize"`
		BodySize    int      `json:"bodySize"`
	}
	harPost struct {
		Mime   string `json:"mimeType"`
		Params []pair `json:"params"`
		Text   string `json:"text"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		Version     string     `json:"httpVersion"`
		Cookies     []pair     `json:"cookies"`
		Headers     []pair     `json:"headers"`
		Content     harContent `json:"content"`
		Redirect    string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
	}
	harContent struct {
		Size     int    `json:"size"`
		Mime     string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"`
	}
	harTimings struct {
		Blocked float64 `json:"blocked"`
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
		SSL     float64 `json:"ssl"`
	}
)

// message is what is known of a stream.
type message struct {
	conn    uint32
	stream  uint32
	pushed  bool
	request []pair
	answer  []pair
	began   int64
	asked   int64 // the request's last frame
	first   int64 // the response's first frame
	ended   int64
	sent    int // octets of content
	got     int
	block   int // octets of the response's field block
	post    []byte
	body    []byte
	reset   string
	made    bool // content was made up: the connection was rebuilt from a log
}

// exchanges collects requests and responses, in order of the requests.
type exchanges struct {
	out
	r       *record
	o       Options
	list    []*message
	byID    map[streamKey]*message
	rebuilt map[uint32]bool
	at      int    // exchanges that were written
	comma   string // before the next one
	err     error
}

// stepExchanges is how many exchanges are written at once.
const stepExchanges = 64

type streamKey struct{ conn, stream uint32 }

// har writes the exchanges of a record. Interim responses are left out, trailer
// sections are added to the fields.
func (r *record) har(w io.Writer, o Options) *exchanges {
	x := &exchanges{out: out{w: w}, r: r, o: o, byID: map[streamKey]*message{}, rebuilt: map[uint32]bool{}}
	for _, c := range r.conns {
		x.rebuilt[c.ID] = strings.HasPrefix(c.Via, "rebuilt from")
	}
	return x
}

// end writes the file: its head, some exchanges at a time, its tail.
func (x *exchanges) end() (more bool, err error) {
	if x.at == 0 {
		name := x.o.Generator
		if name == "" {
			name = "Framewise"
		}
		x.text("{\n \"log\": {\n  \"version\": \"1.2\",\n  \"creator\": {\n   \"name\": ")
		x.value(name, "")
		x.text(",\n   \"version\": \"1\"\n  },\n  \"entries\": [")
	}
	for n := 0; x.at < len(x.list) && n < stepExchanges; x.at++ {
		if m := x.list[x.at]; len(m.request) > 0 {
			n++
			x.text(x.comma + "\n   ")
			x.value(x.r.entry(m), "   ")
			x.comma = ","
		}
		x.list[x.at] = nil
	}
	if x.at < len(x.list) {
		return true, errors.Join(x.err, x.flush(false))
	}
	if x.comma != "" {
		x.text("\n  ")
	}
	x.text("]")
	if title := x.r.sum.Title; title != "" {
		x.text(",\n  \"comment\": ")
		x.value(title, "  ")
	}
	x.text("\n }\n}\n")
	return false, errors.Join(x.err, x.flush(true))
}

func (x *exchanges) text(s string) { x.buf = append(x.buf, s...) }

// value writes a value as JSON whose lines begin with prefix.
func (x *exchanges) value(v any, prefix string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, " ")
	if err := e.Encode(v); err != nil && x.err == nil {
		x.err = err
	}
	x.buf = append(x.buf, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// of is the message on a stream.
func (x *exchanges) of(conn, stream uint32, now int64) *message {
	m := x.byID[streamKey{conn, stream}]
	if m == nil {
		m = &message{conn: conn, stream: stream, began: now, asked: now, first: -1, ended: now, made: x.rebuilt[conn]}
		x.byID[streamKey{conn, stream}] = m
		x.list = append(x.list, m)
	}
	return m
}

func (x *exchanges) wants(row *view.Row) bool {
	switch row.Type {
	case "HEADERS", "PUSH_PROMISE", "CONTINUATION", "DATA", "RST_STREAM":
		return row.Kind == "frame" && row.Stream != 0
	}
	return false
}

func (x *exchanges) frame(d *view.Detail) error {
	row := d.Row
	now := row.SentAt
	if row.Dir == "s2c" {
		now = max(row.RecvAt, row.SentAt)
	}
	switch row.Type {
	case "HEADERS", "PUSH_PROMISE", "CONTINUATION":
		fields, kind := section(d)
		if kind == "" {
			return nil
		}
		if kind == "PUSH_PROMISE" {
			m := x.of(row.Conn, promised(d, row), now)
			m.pushed, m.request = true, fields
			return nil
		}
		x.of(row.Conn, row.Stream, now).headers(row.Dir, fields, now, blockLen(d))
	case "DATA":
		x.of(row.Conn, row.Stream, now).data(d, now)
	case "RST_STREAM":
		m := x.of(row.Conn, row.Stream, now)
		m.reset, m.ended = row.Text, now
	}
	return nil
}

// section is the field section that ends in a frame, and the type of the frame
// that it began in; "" where none ends.
func section(d *view.Detail) (fields []pair, kind string) {
	b := d.Block
	if b == nil || !b.Complete || len(b.Frames) > 0 && b.Frames[len(b.Frames)-1] != d.Row.Index {
		return nil, ""
	}
	for _, rep := range b.Reps {
		if rep.Kind != "Table size update" {
			fields = append(fields, pair{rep.Name, rep.Value})
		}
	}
	kind = d.Row.Type
	if kind == "CONTINUATION" {
		kind = "HEADERS"
		if d.Promised != nil {
			kind = "PUSH_PROMISE"
		}
	}
	return fields, kind
}

func promised(d *view.Detail, row view.Row) uint32 {
	if row.Promised != 0 {
		return row.Promised
	}
	if d.Promised != nil {
		return d.Promised.ID
	}
	return 0
}

func blockLen(d *view.Detail) int {
	if d.Block == nil {
		return 0
	}
	return d.Block.Octets
}

func (m *message) headers(dir string, fields []pair, now int64, block int) {
	m.ended = now
	if dir == "c2s" {
		m.request = append(m.request, fields...)
		m.asked = now
		return
	}
	status := value(fields, ":status")
	if strings.HasPrefix(status, "1") {
		return
	}
	if m.first < 0 {
		m.first, m.block = now, block
	}
	m.answer = append(m.answer, fields...)
}

func (m *message) data(d *view.Detail, now int64) {
	m.ended = now
	f := frame.Raw{Header: frame.ParseHeader(d.Octets), Payload: d.Octets[min(frame.HeaderLen, len(d.Octets)):]}
	p, err := frame.ParseData(f)
	if err != nil {
		return
	}
	n, keep := &m.got, &m.body
	if d.Row.Dir == "c2s" {
		n, keep, m.asked = &m.sent, &m.post, now
	}
	*n += len(p.Data)
	if !m.made && len(*keep)+len(p.Data) <= maxBody {
		*keep = append(*keep, p.Data...)
	}
}

func value(fields []pair, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// without is the fields that HAR shows: pseudo-header fields too, as browsers
// do.
func without(fields []pair) []pair {
	if fields == nil {
		return []pair{}
	}
	return fields
}

func millis(ns int64) float64 { return float64(max(ns, 0)) / 1e6 }

func (r *record) entry(m *message) harEntry {
	e := harEntry{Started: time.Unix(0, r.epoch+m.began).UTC().Format("2006-01-02T15:04:05.000000Z07:00"),
		Connection: strconv.FormatUint(uint64(m.conn), 10), Stream: m.stream, Pushed: m.pushed}
	q := value(m.request, ":path")
	e.Request = harRequest{Method: value(m.request, ":method"), Version: "HTTP/2", Headers: without(m.request),
		URL:     value(m.request, ":scheme") + "://" + value(m.request, ":authority") + q,
		Cookies: cookies(m.request, "cookie"), Query: query(q), HeadersSize: -1, BodySize: m.sent}
	if m.sent > 0 {
		p := &harPost{Mime: value(m.request, "content-type"), Params: []pair{}}
		if utf8.Valid(m.post) && len(m.post) == m.sent {
			p.Text = string(m.post)
		}
		e.Request.PostData = p
	}
	status, _ := strconv.Atoi(value(m.answer, ":status"))
	e.Response = harResponse{Status: status, Version: "HTTP/2", Headers: without(m.answer), Cookies: cookies(m.answer, "set-cookie"),
		Redirect: value(m.answer, "location"), HeadersSize: -1, BodySize: m.got}
	c := &e.Response.Content
	c.Size, c.Mime = m.got, value(m.answer, "content-type")
	switch coded := value(m.answer, "content-encoding"); {
	case m.got == 0 || len(m.body) < m.got:
	case utf8.Valid(m.body) && coded == "":
		c.Text = string(m.body)
	default:
		c.Text, c.Encoding = base64.StdEncoding.EncodeToString(m.body), "base64"
	}
	e.timings(m)
	if m.reset != "" {
		e.Comment = "RST_STREAM: " + m.reset
	}
	return e
}

func (e *harEntry) timings(m *message) {
	t := harTimings{Blocked: -1, DNS: -1, Connect: -1, SSL: -1}
	t.Send = millis(m.asked - m.began)
	if m.first >= 0 {
		t.Wait = millis(m.first - m.asked)
		t.Receive = millis(m.ended - max(m.first, m.asked))
	}
	e.Time, e.Timings = t.Send+t.Wait+t.Receive, t
}

// cookies are those of Cookie (a list) or of Set-Cookie (one, with attributes).
func cookies(fields []pair, name string) []pair {
	list := []pair{}
	for _, f := range fields {
		if f.Name != name {
			continue
		}
		crumbs := strings.Split(f.Value, ";")
		if name == "set-cookie" {
			crumbs = crumbs[:1]
		}
		for _, c := range crumbs {
			n, v, ok := strings.Cut(strings.TrimSpace(c), "=")
			if ok {
				list = append(list, pair{n, v})
			}
		}
	}
	return list
}

func query(path string) []pair {
	list := []pair{}
	_, q, _ := strings.Cut(path, "?")
	for part := range strings.SplitSeq(q, "&") {
		n, v, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(n)
		val, err2 := url.QueryUnescape(v)
		if part != "" && err1 == nil && err2 == nil {
			list = append(list, pair{name, val})
		}
	}
	return list
}
