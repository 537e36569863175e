package compose

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"framewise/core/hpack"
)

// A field block as text has one representation a line (RFC 7541, section 6):
//
//	name: value        a literal, coded as the form's choices say
//	+ name: value      a literal with incremental indexing
//	- name: value      a literal without indexing
//	! name: value      a literal never indexed
//	~ name: value      Huffman-coded where that is shorter; also +~ and !~
//	+#4 value          a literal whose name is that of entry 4; also -#4, !#4, +~#4
//	# 2                an indexed field line: entry 2
//	= 0                a dynamic table size update
//	x 82 86            octets
//
// In names and values \n, \r, \t, \\ and \xNN stand for octets.

// appendBlock appends the field block of the form.
func (v values) appendBlock(dst []byte) ([]byte, error) {
	usual := line{kind: hpack.LiteralNotIndexed, huffman: v["huffman"] != ""}
	switch v["as"] {
	case "incremental":
		usual.kind = hpack.LiteralIncremental
	case "never":
		usual.kind = hpack.LiteralNeverIndexed
	}
	for i, text := range strings.Split(v["fields"], "\n") {
		if text == "" {
			continue
		}
		out, err := appendLine(dst, text, usual)
		if err != nil {
			return nil, fault("fields", "line "+strconv.Itoa(i+1)+", "+strconv.Quote(text)+": "+err.Error())
		}
		dst = out
	}
	return dst, nil
}

// line is how a literal is coded.
type line struct {
	kind    hpack.Kind
	huffman bool
	index   uint64 // 0: a name of its own
}

var errLine = errors.New(`a field line is "name: value"`)

// appendLine appends one representation.
func appendLine(dst []byte, text string, how line) ([]byte, error) {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "#", "=":
		n, err := strconv.ParseUint(strings.TrimSpace(rest), 0, 62)
		if err != nil {
			return nil, errors.New(strconv.Quote(rest) + " is no number")
		}
		if word == "#" {
			return hpack.AppendIndexed(dst, n), nil
		}
		return hpack.AppendSizeUpdate(dst, n), nil
	case "x":
		if b, err := ParseHex(rest); err == nil {
			return append(dst, b...), nil
		}
	}
	if marked, ok := how.marks(word); ok {
		how, text = marked, rest
	}
	if how.index > 0 {
		value, err := Unescape(text)
		return how.append(dst, "", string(value)), err
	}
	at := strings.IndexByte(text[min(1, len(text)):], ':') + 1
	if at == 0 {
		return nil, errLine
	}
	name, err := Unescape(text[:at])
	if err != nil {
		return nil, err
	}
	value, err := Unescape(strings.TrimPrefix(text[at+1:], " "))
	return how.append(dst, string(name), string(value)), err
}

// marks reads the word in front of a field line that says how it is coded.
func (l line) marks(word string) (line, bool) {
	word, index, named := strings.Cut(word, "#")
	if word == "" && !named {
		return l, false
	}
	l.huffman = false
	for _, c := range word {
		switch c {
		case '+':
			l.kind = hpack.LiteralIncremental
		case '-':
			l.kind = hpack.LiteralNotIndexed
		case '!':
			l.kind = hpack.LiteralNeverIndexed
		case '~':
			l.huffman = true
		default:
			return l, false
		}
	}
	if named {
		n, err := strconv.ParseUint(index, 10, 62)
		if err != nil || n == 0 {
			return l, false
		}
		l.index = n
	}
	return l, true
}

func (l line) append(dst []byte, name, value string) []byte {
	shorter := func(s string) bool { return l.huffman && hpack.HuffmanLen(s) < len(s) }
	return hpack.AppendLiteral(dst, l.kind, l.index, name, value, shorter(name), shorter(value))
}

// blockText is the text of a field block. What no line can say stands in it as
// octets.
func blockText(block []byte) string {
	t := hpack.NewTable()
	t.StartLate() // which entries the indices stand for does not matter here
	reps, _ := t.Explain(block, nil)
	var lines []string
	end := 0
	for i := range reps {
		r := &reps[i]
		octets := block[r.Off : r.Off+r.Len]
		end = r.Off + r.Len
		text := repText(r)
		if b, err := appendLine(nil, text, line{kind: hpack.LiteralNotIndexed}); err != nil || string(b) != string(octets) {
			text = "x " + hex.EncodeToString(octets)
		}
		lines = append(lines, text)
	}
	if end < len(block) {
		lines = append(lines, "x "+hex.EncodeToString(block[end:]))
	}
	return strings.Join(lines, "\n")
}

func repText(r *hpack.Rep) string {
	switch r.Kind {
	case hpack.Indexed:
		return "# " + strconv.FormatUint(uint64(r.Index), 10)
	case hpack.TableSizeUpdate:
		return "= " + strconv.FormatUint(uint64(r.Max), 10)
	}
	marks := map[hpack.Kind]string{hpack.LiteralIncremental: "+", hpack.LiteralNeverIndexed: "!"}[r.Kind]
	if r.NameAt.Huffman || r.ValueAt.Huffman {
		marks += "~"
	}
	value := escapeEdges(r.Value)
	if r.Index > 0 {
		if marks == "" {
			marks = "-"
		}
		return marks + "#" + strconv.FormatUint(uint64(r.Index), 10) + " " + value
	}
	if marks != "" {
		marks += " "
	}
	return marks + strings.ReplaceAll(Escape([]byte(r.Name)), " ", `\x20`) + ": " + value
}

// escapeEdges shows the spaces at the edges of a value, which can't be seen.
func escapeEdges(s string) string {
	s = Escape([]byte(s))
	if strings.HasPrefix(s, " ") {
		s = `\x20` + s[1:]
	}
	if strings.HasSuffix(s, " ") {
		s = s[:len(s)-1] + `\x20`
	}
	return s
}
