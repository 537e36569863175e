package redact

import (
	"strings"
	"unicode/utf8"
)

// program puts fillers into the strings and comments of a program, but for those
// that are words of the API or of the protocol. Line and column of what stays are
// the same. A program that can't be read goes as a whole.
func (r *Redactor) program(text, language string) string {
	if r.o.Program {
		r.count.kept(KindString, "", len(text))
		return text
	}
	s := scanner{in: text, r: r}
	if language == "" || language == "js" {
		s.code(0)
	} else {
		s.bad = true
	}
	if s.bad {
		r.count.gone(KindString, "the whole program", len(text))
		return veilLines(text)
	}
	for _, g := range s.gone {
		r.count.gone(KindString, "", g)
	}
	for _, k := range s.kept {
		r.count.kept(KindString, k, len(k))
	}
	return string(s.out)
}

// veilLines puts a filler for every character that is not a space or a line break.
func veilLines(s string) string {
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			return c
		}
		return filler
	}, s)
}

// scanner reads JavaScript as far as it takes to tell strings, templates,
// comments and regular expressions from the rest.
type scanner struct {
	r    *Redactor
	in   string
	at   int
	out  []byte
	last string // the last token of code: a word, or a character
	bad  bool   // it can't tell
	gone []int
	kept []string
	deep int
}

// maxDeep bounds templates in templates.
const maxDeep = 64

// code reads up to the end, or within a template (depth above 0) up to the brace
// that ends the expression.
func (s *scanner) code(depth int) {
	if s.deep++; s.deep > maxDeep {
		s.bad = true
		return
	}
	defer func() { s.deep-- }()
	braces := 0
	for s.at < len(s.in) && !s.bad {
		c := s.in[s.at]
		switch {
		case c == '\'' || c == '"':
			s.str(c)
		case c == '`':
			s.template()
		case c == '/' && strings.HasPrefix(s.in[s.at:], "//"):
			s.comment(s.lineEnd(s.at))
		case c == '/' && strings.HasPrefix(s.in[s.at:], "/*"):
			end := strings.Index(s.in[s.at+2:], "*/")
			if end < 0 {
				s.bad = true
				return
			}
			s.comment(s.at + 2 + end)
			s.copy(2)
		case c == '/':
			s.slash()
		case isWord(c):
			n := 1
			for s.at+n < len(s.in) && isWord(s.in[s.at+n]) {
				n++
			}
			s.last = s.in[s.at : s.at+n]
			s.copy(n)
		default:
			if c > ' ' {
				s.last = string(c)
			}
			if c == '{' {
				braces++
			}
			if c == '}' {
				if braces--; braces < 0 && depth > 0 {
					return
				}
			}
			s.copy(1)
		}
	}
	if depth > 0 {
		s.bad = true // the template does not end
	}
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func (s *scanner) copy(n int) {
	s.out = append(s.out, s.in[s.at:s.at+n]...)
	s.at += n
}

func (s *scanner) lineEnd(from int) int {
	if i := strings.IndexByte(s.in[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(s.in)
}

// veilTo puts fillers up to the octet end.
func (s *scanner) veilTo(end int) {
	if end > s.at {
		s.gone = append(s.gone, end-s.at)
	}
	s.out = append(s.out, veilLines(s.in[s.at:end])...)
	s.at = end
}

func (s *scanner) comment(end int) {
	s.copy(2)
	s.veilTo(end)
}

// str reads a string in quotes.
func (s *scanner) str(quote byte) {
	end := s.at + 1
	for ; end < len(s.in) && s.in[end] != quote; end++ {
		if s.in[end] == '\n' {
			s.bad = true
			return
		}
		if s.in[end] == '\\' {
			end++
		}
	}
	if end >= len(s.in) {
		s.bad = true
		return
	}
	s.copy(1)
	if text := s.in[s.at:end]; s.harmless(text) {
		if text != "" {
			s.kept = append(s.kept, text)
		}
		s.copy(len(text))
	} else {
		s.veilTo(end)
	}
	s.copy(1)
	s.last = "'"
}

// template reads a template literal; expressions in it are code.
func (s *scanner) template() {
	s.copy(1)
	for !s.bad {
		end := s.at
		for end < len(s.in) && s.in[end] != '`' && !strings.HasPrefix(s.in[end:], "${") {
			if s.in[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(s.in) {
			s.bad = true
			return
		}
		s.veilTo(end)
		if s.in[s.at] == '`' {
			s.copy(1)
			s.last = "'"
			return
		}
		s.copy(2)
		s.last = "{"
		s.code(1)
		if !s.bad {
			s.copy(1)
		}
	}
}

// slash is a division or begins a regular expression, by what stands before.
func (s *scanner) slash() {
	ends := s.last != "" && (isWord(s.last[0]) && !beforeOperand[s.last] || s.last == "]" || s.last == "'" || s.last == ")" || s.last == "}")
	if ends {
		rest := s.in[s.at+1 : s.lineEnd(s.at)]
		if i := strings.IndexByte(rest, '/'); (s.last == ")" || s.last == "}") && strings.ContainsAny(rest[:max(i, 0)], "'\"`") {
			s.bad = true // it may be one
			return
		}
		s.last = "/"
		s.copy(1)
		return
	}
	class := false
	end := s.at + 1
	for ; end < len(s.in) && (class || s.in[end] != '/'); end++ {
		switch s.in[end] {
		case '\n':
			s.bad = true
			return
		case '\\':
			end++
		case '[':
			class = true
		case ']':
			class = false
		}
	}
	if end >= len(s.in) {
		s.bad = true
		return
	}
	s.copy(1)
	s.veilTo(end)
	s.copy(1)
	s.last = "'"
}

// beforeOperand are the words after which a value follows.
var beforeOperand = set("return typeof case in of delete void throw new do else instanceof await yield")

// harmless says whether a string is a word of the API or of the protocol.
func (s *scanner) harmless(text string) bool {
	if len(text) <= 1 || programWords[text] || s.r.knownName(text) || methods[text] {
		return true
	}
	return text == "use strict" || text == `\n` || text == `\r\n` || text == "/"
}

var programWords = set(`http2 node:http2 http2/current net node:net tls node:tls fs node:fs http node:http https events node:events
	stream node:stream buffer node:buffer url node:url util node:util assert node:assert path node:path zlib node:zlib
	crypto node:crypto timers node:timers timers/promises node:timers/promises
	data end error close connect session request response headers trailers push pushPromise finish drain pipe unpipe
	timeout aborted ready goaway ping settings localSettings remoteSettings frameError altsvc origin wantTrailers
	continue checkContinue checkExpectation unknownProtocol sessionError streamError listening connection secureConnection
	secureConnect readable writable exit message sentHeaders
	utf8 utf-8 hex base64 base64url ascii latin1 binary utf16le
	string number object function undefined boolean bigint symbol
	localhost 127.0.0.1 ::1 http://localhost https://localhost text/plain text/html application/json gzip br identity
	open h2 h2c http/1.1 server client true false null`)
