package model

import (
	"strconv"
	"strings"
)

// Millis is an instant as the page shows it: "11.02 ms", from a second on
// "1.250 s". ns are nanoseconds.
func Millis(ns int64) string {
	if ns < 0 {
		return "never"
	}
	if ns < 1_000_000_000 {
		return strconv.FormatFloat(float64(ns)/1e6, 'f', 2, 64) + " ms"
	}
	return strconv.FormatFloat(float64(ns)/1e9, 'f', 3, 64) + " s"
}

// Count is a number with its thousands apart: "65,535".
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// number is a frame's number, from 1, or a count.
func number(n int) string { return Count(int64(n)) }

// Plural is "1 frame", "2 frames".
func Plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(int64(n)) + " " + one + "s"
}

// DirArrow is the direction of octets in words that a sign supports.
func DirArrow(dir string) string {
	if dir == "c2s" {
		return "client → server"
	}
	return "server → client"
}

// Link is a reference to a section of an RFC.
type Link struct {
	Text    string // "RFC 9113 §6.6"
	Section string // "§6.6"
	URL     string
}

// RFCLink makes a link of a reference like "RFC 9113 6.6". A text that is no
// such reference comes back without an address.
func RFCLink(ref string) Link {
	fields := strings.Fields(ref)
	if len(fields) < 2 || fields[0] != "RFC" || !digits(fields[1]) {
		return Link{Text: ref}
	}
	l := Link{
		Text: "RFC " + fields[1],
		URL:  "https://www.rfc-editor.org/rfc/rfc" + fields[1],
	}
	if len(fields) > 2 {
		section := strings.TrimPrefix(fields[2], "§")
		kind := "section"
		if section != "" && (section[0] < '0' || section[0] > '9') {
			kind = "appendix"
		}
		l.Section = "§" + section
		l.Text += " " + l.Section
		l.URL += "#" + kind + "-" + section
	}
	return l
}

func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// Shown is text from a peer as the page shows it: control characters and those
// that reorder text (bidirectional controls) are written as \u{…}.
func Shown(s string) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			b.WriteString(`\u{` + strconv.FormatInt(int64(r), 16) + "}")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hidden(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x61c || r >= 0x200b && r <= 0x200f ||
		r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r == 0xfffd
}
