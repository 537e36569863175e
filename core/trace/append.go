package trace

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// AppendEntry appends e as one line of a record, "\n" included, to dst. The
// form is docs/trace.md's: "k" first, members with their zero value left out
// where the reader puts it back. Text that is not UTF-8 gets U+FFFD in the
// place of what is not.
func AppendEntry(dst []byte, e Entry) []byte {
	if u, ok := e.(*Unknown); ok {
		return append(appendOneLine(dst, u.Line), '\n')
	}
	dst = append(append(append(dst, `{"k":"`...), e.kind()...), '"')
	var extra Extra
	switch e := e.(type) {
	case *Header:
		dst, extra = appendHeader(dst, e), e.Extra
	case *Conn:
		dst, extra = appendConn(dst, e), e.Extra
	case *Chunk:
		dst, extra = appendChunk(dst, e), e.Extra
	case *Cause:
		dst, extra = appendCause(dst, e), e.Extra
	case *Close:
		dst = appendUint(dst, "conn", uint64(e.Conn))
		dst = appendInt(dst, "at", e.At)
		dst = optString(dst, "by", e.By)
		dst, extra = optString(dst, "reason", e.Reason), e.Extra
	case *Console:
		dst = appendInt(dst, "at", e.At)
		dst = optString(dst, "level", e.Level)
		dst, extra = optString(dst, "text", e.Text), e.Extra
	case *Fault:
		dst = appendUint(dst, "conn", uint64(e.Conn))
		dst = appendInt(dst, "at", e.At)
		dst = optString(dst, "kind", e.Kind)
		dst = optString(dst, "text", e.Text)
		if e.Dir != ToServer || e.Length > 0 {
			dst = appendString(dst, "dir", e.Dir.String())
		}
		dst = optUint(dst, "offset", uint64(e.Offset))
		dst, extra = optUint(dst, "length", uint64(e.Length)), e.Extra
	case *Note:
		dst = appendInt(dst, "at", e.At)
		dst = optUint(dst, "frame", uint64(e.Frame))
		dst, extra = optString(dst, "text", e.Text), e.Extra
	}
	return append(appendExtra(dst, extra), "}\n"...)
}

func appendHeader(dst []byte, h *Header) []byte {
	dst = appendInt(dst, "version", int64(h.Version))
	dst = optString(dst, "title", h.Title)
	dst = optString(dst, "note", h.Note)
	dst = optString(dst, "generator", h.Generator)
	dst = optString(dst, "epoch", h.Epoch)
	dst = optUint(dst, "seed", h.Seed)
	dst = appendNetwork(dst, h.Network)
	if h.Redacted {
		dst = append(dst, `,"redacted":true`...)
	}
	dst = optString(dst, "engine", h.Engine)
	dst = optString(dst, "language", h.Language)
	if h.Around != "" {
		dst = append(append(dst, `,"around":`...), h.Around...)
	}
	return optString(dst, "program", h.Program)
}

func appendConn(dst []byte, c *Conn) []byte {
	dst = appendUint(dst, "id", uint64(c.ID))
	dst = appendInt(dst, "at", c.At)
	dst = optString(dst, "client", c.Client)
	dst = optString(dst, "server", c.Server)
	dst = optString(dst, "vantage", string(c.Vantage))
	dst = optString(dst, "via", c.Via)
	if t := c.TLS; t != nil {
		dst = appendObject(append(dst, `,"tls":`...), func(dst []byte) []byte {
			dst = optString(dst, "version", t.Version)
			dst = optString(dst, "alpn", t.ALPN)
			dst = optString(dst, "cipher", t.Cipher)
			dst = optString(dst, "name", t.Name)
			dst = optString(dst, "names", t.Names)
			dst = optString(dst, "issuer", t.Issuer)
			if t.Resumed {
				dst = append(appendKey(dst, "resumed"), "true"...)
			}
			return appendExtra(dst, t.Extra)
		})
	}
	return dst
}

func appendChunk(dst []byte, c *Chunk) []byte {
	dst = appendUint(dst, "conn", uint64(c.Conn))
	dst = appendString(dst, "dir", c.Dir.String())
	dst = appendInt(dst, "at", c.SentAt)
	if c.ReceivedAt != c.SentAt {
		dst = appendInt(dst, "rx", c.ReceivedAt)
	}
	dst = appendOctets(dst, "octets", c.Octets)
	if c.Received != nil {
		dst = appendOctets(dst, "received", c.Received)
	}
	return dst
}

func appendCause(dst []byte, c *Cause) []byte {
	dst = appendUint(dst, "conn", uint64(c.Conn))
	dst = appendString(dst, "dir", c.Dir.String())
	dst = appendUint(dst, "frame", uint64(c.Frame))
	dst = optUint(dst, "line", uint64(c.Line))
	dst = optUint(dst, "col", uint64(c.Col))
	dst = optString(dst, "call", c.Call)
	return optString(dst, "rule", c.Rule)
}

// appendKey appends the comma, the name and the colon of a member.
func appendKey(dst []byte, key string) []byte {
	return append(append(append(dst, `,"`...), key...), `":`...)
}

func appendInt(dst []byte, key string, v int64) []byte {
	return strconv.AppendInt(appendKey(dst, key), v, 10)
}

func appendUint(dst []byte, key string, v uint64) []byte {
	return strconv.AppendUint(appendKey(dst, key), v, 10)
}

func optUint(dst []byte, key string, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return appendUint(dst, key, v)
}

func optString(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return appendString(dst, key, s)
}

func appendString(dst []byte, key, s string) []byte {
	return AppendQuoted(appendKey(dst, key), s)
}

func appendOctets(dst []byte, key string, b []byte) []byte {
	dst = append(appendKey(dst, key), '"')
	return append(base64.StdEncoding.AppendEncode(dst, b), '"')
}

// appendExtra appends the members that this version does not know.
func appendExtra(dst []byte, x Extra) []byte {
	if x == "" {
		return dst
	}
	return appendOneLine(append(dst, ','), x)
}

// appendOneLine appends JSON without its line breaks, which only ever stand
// between its tokens.
func appendOneLine[T ~string | ~[]byte](dst []byte, s T) []byte {
	n := len(dst)
	dst = append(dst, s...)
	for i, c := range dst[n:] {
		if c == '\n' || c == '\r' {
			dst[n+i] = ' '
		}
	}
	return dst
}

// AppendQuoted appends a string of JSON (RFC 8259, section 7). What is no UTF-8
// becomes U+FFFD.
func AppendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += n
			continue
		}
		i++
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i-1]...)
		from = i
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}
