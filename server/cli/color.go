package cli

import (
	"bytes"
	"io"
	"os"
	"strings"

	"framewise/core/inspect/view"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

// terminal says whether something is written for a person who looks at it now.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// The values of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

const colorUsage = "color frames and errors: `when` is auto (on a terminal, unless NO_COLOR is set), always or never"

// colored says whether a command colors what it prints; the error is about --color.
func colored(cmd *cobra.Command) (bool, error) {
	when := cmd.Flag("color").Value.String()
	switch when {
	case colorAlways, colorNever, colorAuto:
		return colorOn(when, cmd.OutOrStdout()), nil
	}
	return false, usagef("--color %q is none of auto, always, never", when)
}

func colorOn(when string, w io.Writer) bool {
	return when == colorAlways ||
		when == colorAuto && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && terminal(w)
}

// Colors of a terminal (ECMA-48, SGR): the sixteen that every theme has made
// readable on its ground. What they say is there as text as well.
const (
	sgrReset  = "\x1b[0m"
	sgrFaint  = "\x1b[2m"
	sgrError  = "\x1b[1;31m"
	sgrName   = "\x1b[36m"
	sgrNoType = "\x1b[1m"
)

// sgrTypes are the colors of frame types, near those of the page.
var sgrTypes = map[string]string{
	"DATA": "\x1b[32m", "HEADERS": "\x1b[34m", "CONTINUATION": "\x1b[34m", "PUSH_PROMISE": "\x1b[94m",
	"SETTINGS": "\x1b[33m", "WINDOW_UPDATE": "\x1b[36m", "PING": "\x1b[35m",
	"PRIORITY": "\x1b[35m", "PRIORITY_UPDATE": "\x1b[35m", "RST_STREAM": "\x1b[31m", "GOAWAY": "\x1b[31m",
}

// paint appends the text of one frame, as inspect.AppendLine or AppendVerbose
// makes it, in color.
func paint(dst, text []byte, r *view.Row) []byte {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	dst = paintHead(dst, line, r)
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		dst = paintFact(append(dst, '\n'), line)
	}
	return append(dst, '\n')
}

// paintHead colors number and time, arrow with type, and what is wrong.
func paintHead(dst, line []byte, r *view.Row) []byte {
	at := bytes.IndexAny(line, "→←")
	if at < 0 {
		return append(dst, line...)
	}
	const arrowLen = len("→ ")
	name := line[at+arrowLen:]
	n := len(r.Type)
	if n == 0 || !bytes.HasPrefix(name, []byte(r.Type)) {
		n = max(bytes.IndexByte(name, ' '), 0)
	}
	color := sgrTypes[r.Type]
	if color == "" {
		color = sgrNoType
	}
	dst = wrap(dst, sgrFaint, line[:at])
	dst = wrap(dst, color, line[at:at+arrowLen+n])
	tail := name[n:]
	if r.Error != "" {
		if e := bytes.LastIndex(tail, []byte("  ! "+r.Error)); e >= 0 {
			return wrap(append(dst, tail[:e]...), sgrError, tail[e:])
		}
	}
	return append(dst, tail...)
}

// paintFact colors a line below a frame's: what is wrong, and names of fields;
// what explains is faint.
func paintFact(dst, line []byte) []byte {
	text := bytes.TrimLeft(line, " ")
	dst = append(dst, line[:len(line)-len(text)]...)
	switch {
	case len(text) == 0:
		return dst
	case bytes.HasPrefix(text, []byte("! ")):
		return wrap(dst, sgrError, text)
	case strings.IndexByte("*?;<", text[0]) >= 0:
		return wrap(dst, sgrFaint, text)
	case text[0] == '[':
		return append(dst, text...)
	}
	// A pseudo-header field's name begins with a colon.
	if n := bytes.Index(text[1:], []byte(": ")); n >= 0 {
		return append(wrap(dst, sgrName, text[:n+1]), text[n+1:]...)
	}
	return append(dst, text...)
}

func wrap(dst []byte, color string, text []byte) []byte {
	return append(append(append(dst, color...), text...), sgrReset...)
}
