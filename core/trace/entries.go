package trace

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
)

// parser makes entries of lines.
type parser struct {
	lexer
	ms    []member // of the line in hand
	extra []byte   // the members of it that are not known, see keep
}

// entry reads a line that is not empty. It is nil after an error.
func (p *parser) entry(line []byte) Entry {
	p.begin(line)
	if p.reason != "" {
		return nil
	}
	p.ms, p.extra = p.ms[:0], p.extra[:0]
	end := p.object(p.space(0), 1, &p.ms)
	if p.reason == "" {
		if end = p.space(end); end < len(line) {
			p.fail(end, "something follows the object, a line holds one")
		}
	}
	if p.reason != "" {
		return nil
	}
	var k *member
	for i := range p.ms {
		if string(p.ms[i].key) == "k" {
			k = &p.ms[i]
			break
		}
	}
	if k == nil {
		p.fail(0, `the member "k", which tells the kind of the entry, is missing`)
		return nil
	}
	e := p.kind(p.word(k))
	if p.reason != "" {
		return nil
	}
	return e
}

func (p *parser) kind(k []byte) Entry {
	switch string(k) {
	case "h2trace":
		return p.header()
	case "conn":
		return p.conn()
	case "chunk":
		return p.chunk()
	case "cause":
		return p.cause()
	case "close":
		return p.close()
	case "console":
		return p.console()
	case "fault":
		return p.fault()
	case "note":
		return p.note()
	}
	return &Unknown{Line: appendOneLine(nil, bytes.TrimSpace(p.b))}
}

func (p *parser) header() Entry {
	h := &Header{}
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "version":
			h.Version = int(p.int(m, 1, math.MaxInt32))
		case "title":
			h.Title = p.str1(m)
		case "note":
			h.Note = p.str1(m)
		case "generator":
			h.Generator = p.str1(m)
		case "program":
			h.Program = p.str1(m)
		case "language":
			h.Language = p.str1(m)
		case "seed":
			h.Seed = p.uint(m, math.MaxUint64)
		case "network":
			h.Network = p.network(m)
		case "epoch":
			h.Epoch = p.str1(m)
		case "redacted":
			h.Redacted = p.bool(m)
		case "engine":
			h.Engine = p.str1(m)
		case "around":
			h.Around = p.objectText(m)
		default:
			p.keep(m)
		}
	}
	h.Extra = Extra(p.extra)
	p.need("version")
	return h
}

func (p *parser) conn() Entry {
	c := &Conn{}
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "id":
			c.ID = p.uint32(m)
		case "client":
			c.Client = p.str1(m)
		case "server":
			c.Server = p.str1(m)
		case "vantage":
			c.Vantage = Vantage(p.str1(m))
		case "at":
			c.At = p.time(m)
		case "via":
			c.Via = p.str1(m)
		case "tls":
			c.TLS = p.tls(m)
		default:
			p.keep(m)
		}
	}
	c.Extra = Extra(p.extra)
	p.need("id")
	return c
}

func (p *parser) tls(m *member) *TLS {
	if p.null(m) {
		return nil
	}
	t := &TLS{}
	t.Extra, _ = p.within(m.val, 2, func(m *member) bool {
		switch string(m.key) {
		case "version":
			t.Version = p.str1(m)
		case "alpn":
			t.ALPN = p.str1(m)
		case "cipher":
			t.Cipher = p.str1(m)
		case "name":
			t.Name = p.str1(m)
		case "names":
			t.Names = p.str1(m)
		case "issuer":
			t.Issuer = p.str1(m)
		case "resumed":
			t.Resumed = p.bool(m)
		default:
			return false
		}
		return true
	})
	return t
}

func (p *parser) chunk() Entry {
	c := &Chunk{}
	received := false
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "conn":
			c.Conn = p.uint32(m)
		case "dir":
			c.Dir = p.dir(m)
		case "at":
			c.SentAt = p.time(m)
		case "rx":
			c.ReceivedAt, received = p.int(m, -1, math.MaxInt64), !p.null(m)
		case "octets":
			c.Octets = p.octets(m)
		case "received":
			c.Received = p.octets(m)
		default:
			p.keep(m)
		}
	}
	c.Extra = Extra(p.extra)
	if !received {
		c.ReceivedAt = c.SentAt
	}
	p.need("conn")
	p.need("dir")
	p.need("octets")
	return c
}

func (p *parser) cause() Entry {
	c := &Cause{}
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "conn":
			c.Conn = p.uint32(m)
		case "dir":
			c.Dir = p.dir(m)
		case "frame":
			c.Frame = p.uint32(m)
		case "line":
			c.Line = p.uint32(m)
		case "col":
			c.Col = p.uint32(m)
		case "call":
			c.Call = p.str1(m)
		case "rule":
			c.Rule = p.str1(m)
		default:
			p.keep(m)
		}
	}
	c.Extra = Extra(p.extra)
	p.need("conn")
	p.need("dir")
	p.need("frame")
	return c
}

func (p *parser) close() Entry {
	c := &Close{}
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "conn":
			c.Conn = p.uint32(m)
		case "at":
			c.At = p.time(m)
		case "by":
			c.By = p.str1(m)
		case "reason":
			c.Reason = p.str1(m)
		default:
			p.keep(m)
		}
	}
	c.Extra = Extra(p.extra)
	p.need("conn")
	return c
}

func (p *parser) console() Entry {
	c := &Console{}
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "at":
			c.At = p.time(m)
		case "level":
			c.Level = p.str1(m)
		case "text":
			c.Text = p.str1(m)
		default:
			p.keep(m)
		}
	}
	c.Extra = Extra(p.extra)
	return c
}

func (p *parser) fault() Entry {
	f := &Fault{}
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "conn":
			f.Conn = p.uint32(m)
		case "at":
			f.At = p.time(m)
		case "kind":
			f.Kind = p.str1(m)
		case "text":
			f.Text = p.str1(m)
		case "dir":
			f.Dir = p.dir(m)
		case "offset":
			f.Offset = p.time(m)
		case "length":
			f.Length = p.time(m)
		default:
			p.keep(m)
		}
	}
	f.Extra = Extra(p.extra)
	p.need("conn")
	return f
}

func (p *parser) note() Entry {
	n := &Note{}
	for i := range p.ms {
		switch m := &p.ms[i]; string(m.key) {
		case "k":
		case "at":
			n.At = p.time(m)
		case "frame":
			n.Frame = p.uint32(m)
		case "text":
			n.Text = p.str1(m)
		default:
			p.keep(m)
		}
	}
	n.Extra = Extra(p.extra)
	return n
}

// need refuses a line without a member that has no sensible default.
func (p *parser) need(key string) {
	for i := range p.ms {
		if m := &p.ms[i]; string(m.key) == key && !p.null(m) {
			return
		}
	}
	p.fail(0, "the member "+strconv.Quote(key)+" is missing")
}

// keep notes a member that is not known, as it stands but for carriage returns
// between its tokens, which would break the line that it is written in.
func (p *parser) keep(m *member) {
	if len(p.extra) > 0 {
		p.extra = append(p.extra, ',')
	}
	p.extra = appendOneLine(p.extra, p.b[m.off:m.end])
}

// null says whether the value is null, which counts as absent.
func (p *parser) null(m *member) bool { return p.b[m.val] == 'n' }

func (p *parser) wrong(m *member, what string) {
	p.fail(m.val, strconv.Quote(string(m.key))+" must be "+what)
}

// str1 is a value that is a string.
func (p *parser) str1(m *member) string {
	if p.null(m) {
		return ""
	}
	if p.b[m.val] != '"' {
		p.wrong(m, "a string")
		return ""
	}
	return p.text(m.val, m.end)
}

// objectText is a value that is an object, as it stands.
func (p *parser) objectText(m *member) string {
	if p.null(m) {
		return ""
	}
	if p.b[m.val] != '{' {
		p.wrong(m, "an object")
		return ""
	}
	return string(appendOneLine(nil, p.b[m.val:m.end]))
}

// word is str1 as octets of the line, for values that are only compared.
func (p *parser) word(m *member) []byte {
	if b := p.b[m.val:m.end]; b[0] == '"' && bytes.IndexByte(b, '\\') < 0 {
		return b[1 : len(b)-1]
	}
	return []byte(p.str1(m))
}

func (p *parser) dir(m *member) Dir {
	switch string(p.word(m)) {
	case "c2s":
		return ToServer
	case "s2c":
		return ToClient
	}
	p.wrong(m, `"c2s" or "s2c"`)
	return ToServer
}

// strictBase64 has one spelling for each octet string, so that a round trip
// keeps the line.
var strictBase64 = base64.StdEncoding.Strict()

// octets is a value in base64 with padding (RFC 4648, section 4).
func (p *parser) octets(m *member) []byte {
	if p.null(m) {
		return nil
	}
	if p.b[m.val] != '"' {
		p.wrong(m, "a string of base64")
		return nil
	}
	text := p.b[m.val+1 : m.end-1]
	if bytes.IndexByte(text, '\\') >= 0 { // some writers escape "/"
		text = []byte(p.text(m.val, m.end))
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := strictBase64.Decode(out, text)
	// Decode steps over line breaks, which can only come from escapes here.
	if err != nil || bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		at := m.val
		if bad, ok := err.(base64.CorruptInputError); ok {
			at = m.val + 1 + int(bad)
		}
		p.fail(min(at, m.end-1), strconv.Quote(string(m.key))+" must be base64 with padding")
		return nil
	}
	return out[:n:n]
}

// time is an instant, in nanoseconds from instant 0.
func (p *parser) time(m *member) int64 { return p.int(m, 0, math.MaxInt64) }

func (p *parser) uint32(m *member) uint32 { return uint32(p.uint(m, math.MaxUint32)) }

func (p *parser) bool(m *member) bool {
	if is := p.b[m.val]; is != 't' && is != 'f' && is != 'n' {
		p.wrong(m, "true or false")
	}
	return p.b[m.val] == 't'
}

func (p *parser) int(m *member, low, high int64) int64 {
	if p.null(m) {
		return 0
	}
	v, err := strconv.ParseInt(string(p.b[m.val:m.end]), 10, 64)
	if err != nil || v < low || v > high {
		p.wrong(m, "a whole number from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
	}
	return v
}

func (p *parser) uint(m *member, high uint64) uint64 {
	if p.null(m) {
		return 0
	}
	v, err := strconv.ParseUint(string(p.b[m.val:m.end]), 10, 64)
	if err != nil || v > high {
		p.wrong(m, "a whole number from 0 to "+strconv.FormatUint(high, 10))
	}
	return v
}
