package convert

import (
	"bytes"
	"strings"

	"framewise/core/convert/capture"
)

// Format is a form of file.
type Format string

// The formats that are read.
const (
	Trace   Format = "h2trace" // docs/trace.md
	Capture Format = "capture" // pcap or pcapng
	NetLog  Format = "NetLog"  // Chromium's --log-net-log
	HAR     Format = "HAR"     // HTTP Archive 1.2
	Nghttp  Format = "nghttp"  // what nghttp -v prints
	Curl    Format = "curl"    // curl --trace or --trace-ascii
)

// HeadLen is how many octets Detect wants to see, if there are so many.
const HeadLen = 4096

// Detect tells the format of a file from its first octets, whatever its name
// says; "" if it is none that is known.
func Detect(head []byte) Format {
	if is, _ := capture.Is(head); is {
		return Capture
	}
	text := bytes.TrimPrefix(head, []byte("\ufeff"))
	text = bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(text) == 0:
		return ""
	case text[0] == '{':
		return detectJSON(text)
	case text[0] == '[' && nghttpLine(text):
		return Nghttp
	case curlLine(text), len(text) > stampLen && curlLine(text[stampLen:]):
		return Curl
	}
	return ""
}

// stampLen is the length of what curl --trace-time puts before a line:
// "18:34:19.656512 ".
const stampLen = 16

// curlLine says whether a line begins as those of curl's traces do.
func curlLine(b []byte) bool {
	for _, p := range []string{"== Info: ", "=> Send ", "<= Recv "} {
		if bytes.HasPrefix(b, []byte(p)) {
			return true
		}
	}
	return false
}

// nghttpLine says whether a line begins as nghttp's do: "[  0.001] ".
func nghttpLine(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.ReplaceAll(line, []byte("\x1b[33m"), nil)
	in, _, ok := strings.Cut(string(line[1:]), "]")
	if !ok {
		return false
	}
	return strings.Trim(in, " 0123456789.") == "" && strings.Contains(in, ".")
}

// detectJSON looks for the names that the formats begin with.
func detectJSON(b []byte) Format {
	best, format := len(b), Format("")
	for _, c := range []struct {
		name   string
		format Format
	}{{`"h2trace"`, Trace}, {`"k"`, Trace}, {`"constants"`, NetLog}, {`"events"`, NetLog}, {`"log"`, HAR}} {
		if i := bytes.Index(b, []byte(c.name)); i >= 0 && i < best {
			best, format = i, c.format
		}
	}
	if format == "" && len(b) >= 2 && bytes.HasPrefix(bytes.TrimLeft(b[1:], " \t\r\n"), []byte(`"`)) && !bytes.Contains(b, []byte(`\n`)) {
		return Trace // an object of unknown shape: the record's reader says what is missing
	}
	return format
}
