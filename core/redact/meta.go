package redact

import (
	"strings"

	"framewise/core/trace"
)

// entry redacts an entry that holds no octets.
func (r *Redactor) entry(e trace.Entry) trace.Entry {
	switch e := e.(type) {
	case *trace.Header:
		return r.header(e)
	case *trace.Conn:
		return r.conn(e)
	case *trace.Cause:
		r.extra(e.Extra)
		c := *e
		c.Extra = ""
		c.Call, c.Rule = r.word(c.Call, "calls"), r.word(c.Rule, "rules")
		return &c
	case *trace.Close:
		r.extra(e.Extra)
		c := *e
		c.Extra, c.By = "", r.oneOf(c.By, "client server network relay", "ends")
		c.Reason = r.remark(c.Reason, "reasons", false)
		return &c
	case *trace.Console:
		r.extra(e.Extra)
		c := *e
		c.Extra, c.Level = "", r.oneOf(c.Level, "log info debug warn error", "levels")
		if r.o.Program {
			r.count.kept(KindConsole, "", len(c.Text))
		} else if c.Text != "" {
			r.count.gone(KindConsole, "", len(c.Text))
			c.Text = veil(c.Text)
		}
		return &c
	case *trace.Fault:
		r.extra(e.Extra)
		f := *e
		f.Extra, f.Kind = "", r.word(f.Kind, "faults")
		f.Text = r.plain(f.Text, "faults")
		return &f
	case *trace.Note:
		r.extra(e.Extra)
		n := *e
		n.Extra, n.Text = "", r.remark(n.Text, "remarks", r.o.Notes)
		return &n
	}
	return nil // a kind that is not known here
}

func (r *Redactor) header(e *trace.Header) trace.Entry {
	r.extra(e.Extra)
	h := *e
	h.Extra, h.Redacted = "", true
	h.Title = r.remark(h.Title, "title", r.o.Notes)
	h.Note = r.remark(h.Note, "note", r.o.Notes)
	h.Generator = r.plain(h.Generator, "generator")
	h.Language = r.oneOf(h.Language, "js", "language")
	if !isTime(h.Epoch) {
		h.Epoch = r.remark(h.Epoch, "epoch", false)
	}
	h.Network = r.network(h.Network)
	if strings.Trim(h.Engine, "0123456789abcdef") != "" || len(h.Engine) > 64 { // a version is a hash
		h.Engine = r.remark(h.Engine, "engine", false)
	}
	if h.Program != "" {
		h.Program = r.program(h.Program, h.Language)
	}
	if h.Around != "" { // code as well: without the program's strings it is of no use
		if r.o.Program {
			r.count.kept(KindString, "around", len(h.Around))
		} else {
			r.count.gone(KindString, "the code around the program", len(h.Around))
			h.Around = ""
		}
	}
	return &h
}

// network keeps what is done to a session on purpose, but not octets that are
// added to it.
func (r *Redactor) network(n *trace.Network) *trace.Network {
	if n == nil {
		return nil
	}
	r.extra(n.Extra)
	out := *n
	out.Extra, out.Steps = "", nil
	for _, s := range n.Steps {
		r.extra(s.Extra)
		s.Extra, s.Kind = "", r.word(s.Kind, "faults")
		if len(s.Octets) > 0 {
			r.count.gone(KindData, "injected", len(s.Octets))
			s.Octets = make([]byte, len(s.Octets))
		}
		out.Steps = append(out.Steps, s)
	}
	return &out
}

// isTime says whether a text can be nothing but a time of RFC 3339.
func isTime(s string) bool {
	return len(s) <= 40 && strings.Trim(s, "0123456789-:.+TZ") == ""
}

func (r *Redactor) conn(e *trace.Conn) trace.Entry {
	r.extra(e.Extra)
	if r.conns[e.ID] == nil {
		r.conns[e.ID] = newConnection(r)
	}
	c := *e
	c.Extra = ""
	c.Client, c.Server = r.host(c.Client, "client"), r.host(c.Server, "server")
	c.Via = r.plain(c.Via, "via")
	c.Vantage = trace.Vantage(r.oneOf(string(c.Vantage), "both client server middle", "vantage"))
	if e.TLS != nil {
		r.extra(e.TLS.Extra)
		t := *e.TLS
		t.Extra, t.Name = "", r.host(t.Name, "tls")
		t.Issuer = r.remark(t.Issuer, "issuer", false)
		names := strings.Split(t.Names, " ")
		for i, name := range names {
			names[i] = r.host(name, "tls")
		}
		t.Names = strings.Join(names, " ")
		t.Version = r.oneOf(t.Version, "TLS 1.3|TLS 1.2|TLS 1.1|TLS 1.0|SSLv3", "tls version")
		t.ALPN = r.oneOf(t.ALPN, "h2 h2c http/1.1 http/1.0 h3", "alpn")
		if strings.Trim(t.Cipher, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" || !isCipher(t.Cipher) {
			t.Cipher = r.remark(t.Cipher, "cipher", false)
		}
		c.TLS = &t
	}
	return &c
}

func isCipher(s string) bool {
	if s == "" {
		return true
	}
	for _, p := range []string{"TLS_", "ECDHE-", "DHE-", "AES", "0x"} {
		if strings.HasPrefix(s, p) {
			return len(s) < 64
		}
	}
	return false
}

// extra counts members that this version does not know; they go.
func (r *Redactor) extra(x trace.Extra) {
	if x != "" {
		r.count.gone(KindEntry, "", len(x))
	}
}

// veil puts a filler for each character.
func veil(s string) string { return strings.Repeat(string(filler), len([]rune(s))) }

// remark is what a person, or an error, said.
func (r *Redactor) remark(s, place string, keep bool) string {
	if s == "" {
		return s
	}
	if keep || commonReasons[s] {
		r.count.kept(KindRemark, place, len(s))
		return s
	}
	r.count.gone(KindRemark, place, len(s))
	return veil(s)
}

// commonReasons are reasons for the end of a connection that name nobody.
var commonReasons = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range []string{"EOF", "unexpected EOF", "idle", "timeout", "reset", "the connection was cut",
		"the target closed the connection", "the target reset the connection", "the relay is stopping",
		"the client reset the connection", "the server reset the connection"} {
		m[s] = true
	}
	return m
}()

// host keeps names that everybody has, and of others the port.
func (r *Redactor) host(s, place string) string {
	if s == "" {
		return s
	}
	if isLocal(s) {
		r.count.kept(KindHost, place, len(s))
		return s
	}
	r.count.gone(KindHost, place, len(s))
	if i := strings.LastIndexByte(s, ':'); i >= 0 && len(s)-i <= 6 && isDigits(s[i+1:]) {
		return veil(s[:i]) + s[i:]
	}
	return veil(s)
}

// oneOf keeps a word of a list; words with spaces are divided by "|".
func (r *Redactor) oneOf(s, list, place string) string {
	sep := " "
	if strings.Contains(list, "|") {
		sep = "|"
	}
	for _, w := range strings.Split(list, sep) {
		if s == w {
			return s
		}
	}
	return r.remark(s, place, false)
}

// words are what texts that our programs write consist of, beside numbers.
var words = set(`memory relay tcp tls TLS tab ws script tap pcap pcapng netlog har capture import upgrade each way both c2s s2c
	ns us µs ms s B KiB MiB kbit/s Mbit/s MB/s KB/s B/s bit/s bytes octet octets chunk chunks of at the a an and from to
	by in after before is are was on off no not for client server latency jitter bandwidth delay size cut drop dropped
	corrupt corrupted stall stalled resume half-close close closed reset fault frame frames octet(s) next until up down
	framewise get origin tap replay playground dev per second seconds byte flipped bit bits xor with seed rate limit
	lost loss direction stream connection end behind which has received`)

// plain keeps a text that consists of words that our programs use and of
// numbers; of another one every other word goes.
func (r *Redactor) plain(s, place string) string {
	if s == "" {
		return s
	}
	parts := strings.Split(s, " ")
	went := 0
	for i, p := range parts {
		w := strings.Trim(p, ",.:;()±")
		if words[w] || isShortNumber(w) || w == "" {
			continue
		}
		went += len(p)
		parts[i] = veil(p)
	}
	if went > 0 {
		r.count.gone(KindRemark, place, went)
	} else {
		r.count.kept(KindRemark, place, len(s))
	}
	return strings.Join(parts, " ")
}

// isShortNumber takes "12", "1.5", "5ms", "0x1f", "v1.2.3".
func isShortNumber(s string) bool {
	s = strings.TrimPrefix(s, "v")
	digits := strings.TrimRight(s, "nuµmsKMGiBb/%")
	return len(s) <= 12 && digits != "" && strings.Trim(digits, "0123456789.-+xabcdef") == "" && digits[0] >= '0' && digits[0] <= '9'
}

// word keeps one that names something in the API or in the protocol.
func (r *Redactor) word(s, place string) string {
	if len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_") == "" {
		return s
	}
	return r.remark(s, place, false)
}
