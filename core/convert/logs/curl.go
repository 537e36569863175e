package logs

import (
	"bufio"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"

	"framewise/core/hpack"
)

// Curl reads what curl --trace and --trace-ascii write: exchanges over HTTP/2.
type Curl struct {
	exchanges
	line   int
	server string
	secure bool
	clock  int64 // nanoseconds of the line in hand, from midnight
	timed  bool
	list   []exchange
	cur    *exchange
	what   string // the block in hand: "Send header", …
	left   int    // octets of it that are due
	text   []byte
	others int
}

// NewCurl reads a trace. A file that breaks off gives the exchanges before.
func NewCurl(r io.Reader) (*Curl, error) {
	c := &Curl{}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLogLine)
	for sc.Scan() && c.err == nil {
		c.line++
		c.take(strings.TrimSuffix(sc.Text(), "\r"))
	}
	c.block()
	c.end()
	switch err := sc.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		c.err = &Error{Line: c.line + 1, Reason: "a line of more than " + strconv.Itoa(maxLogLine) + " octets"}
	case err != nil:
		return nil, err
	case len(c.list) == 0 && c.err == nil:
		c.err = &Error{Line: max(c.line, 1), Reason: "there is no exchange over HTTP/2 in it"}
	}
	zero := int64(0)
	if len(c.list) > 0 {
		zero = c.list[0].at[0]
	}
	for i := range c.list {
		for k := range c.list[i].at {
			c.list[i].at[k] = max(0, c.list[i].at[k]-zero)
		}
	}
	c.rebuild(c.list, "what curl --trace wrote", "curl", "")
	return c, nil
}

// stamp takes the time off a line, which --trace-time puts there.
func (c *Curl) stamp(line string) string {
	if len(line) < 16 || line[2] != ':' || line[5] != ':' || line[8] != '.' || line[15] != ' ' {
		return line
	}
	h, err1 := strconv.Atoi(line[0:2])
	m, err2 := strconv.Atoi(line[3:5])
	s, err3 := strconv.ParseFloat(line[6:15], 64)
	if err1 != nil || err2 != nil || err3 != nil || h < 0 || m < 0 || !(s >= 0) || s > 61 {
		return line
	}
	at := int64(h*3600+m*60)*1e9 + int64(s*1e6)*1e3
	if c.timed && at < c.clock { // past midnight
		at += 86400 * 1e9
	}
	c.timed, c.clock = true, max(at, c.clock)
	return line[16:]
}

func (c *Curl) take(line string) {
	line = c.stamp(line)
	for _, p := range []string{"=> ", "<= ", "== "} {
		if rest, ok := strings.CutPrefix(line, p); ok {
			c.block()
			c.begin(rest)
			return
		}
	}
	if c.what == "" {
		return
	}
	_, in, ok := strings.Cut(line, ": ")
	if !ok || len(line) < 6 || line[4] != ':' {
		return
	}
	at, err := strconv.ParseUint(line[:4], 16, 32)
	if err != nil || strings.HasSuffix(c.what, "data") || len(c.text) > maxLogLine {
		return
	}
	if uint64(len(c.text))+2 == at { // --trace-ascii leaves line breaks out
		c.text = append(c.text, "\r\n"...)
	}
	c.text = append(c.text, octets(in)...)
}

// octets reads a line of a dump: hexadecimal with text behind it, or only text.
func octets(in string) []byte {
	const dump = 16 * 3
	if len(in) > dump && in[2] == ' ' {
		if b, err := hex.DecodeString(strings.ReplaceAll(in[:dump], " ", "")); err == nil && len(b) > 0 {
			return b
		}
	}
	return []byte(in)
}

// begin is the first line of a block: "Send header, 82 bytes (0x52)".
func (c *Curl) begin(rest string) {
	what, size, _ := strings.Cut(rest, ", ")
	n, _ := leading(size)
	switch what {
	case "Send header", "Recv header", "Send data", "Recv data":
		c.what, c.left = what, int(n)
		return
	}
	c.what = ""
	if _, after, ok := strings.Cut(rest, "Connected to "); ok {
		words := strings.Fields(after)
		if len(words) >= 4 {
			c.server = words[0] + ":" + words[3]
		}
	}
	c.secure = c.secure || strings.Contains(rest, "SSL connection using")
}

// block ends the block in hand.
func (c *Curl) block() {
	text := string(c.text)
	what, n := c.what, int64(c.left)
	c.what, c.text = "", nil
	switch what {
	case "Send header":
		c.request(text)
	case "Recv header":
		c.response(text)
	case "Send data":
		if c.cur != nil {
			c.cur.sent += n
		}
	case "Recv data":
		if c.cur != nil {
			c.cur.received, c.cur.at[2] = c.cur.received+n, c.clock
		}
	}
}

// request begins an exchange: curl shows it in the form of HTTP/1.1.
func (c *Curl) request(text string) {
	c.end()
	first, rest, _ := strings.Cut(text, "\r\n")
	words := strings.Fields(first)
	if len(words) != 3 || words[2] != "HTTP/2" {
		c.others++
		return
	}
	list, host := headerLines(rest), c.server
	for _, f := range list {
		if f.Name == "host" {
			host = f.Value
		}
	}
	scheme := "http"
	if c.secure {
		scheme = "https"
	}
	c.cur = &exchange{conn: c.server, server: c.server, secure: c.secure, at: [3]int64{c.clock, c.clock, c.clock}}
	c.cur.request = append([]hpack.Field{{Name: ":method", Value: words[0]}, {Name: ":scheme", Value: scheme},
		{Name: ":authority", Value: host}, {Name: ":path", Value: words[1]}}, plain(list)...)
}

// response takes a line of the response's head, or all of it.
func (c *Curl) response(text string) {
	x := c.cur
	if x == nil {
		return
	}
	if status, ok := strings.CutPrefix(text, "HTTP/2 "); ok {
		code, _ := leading(status)
		if code < 200 { // an informational response; the final one follows
			return
		}
		x.response = []hpack.Field{{Name: ":status", Value: strconv.Itoa(int(code))}}
		x.at[1], x.at[2] = c.clock, c.clock
		_, text, _ = strings.Cut(text, "\r\n")
	}
	if len(x.response) > 0 {
		x.response = append(x.response, plain(headerLines(text))...)
	}
}

// end puts the exchange in hand away.
func (c *Curl) end() {
	if c.cur != nil && len(c.list) < maxEntries {
		c.list = append(c.list, *c.cur)
	}
	c.cur = nil
}

func headerLines(text string) (out []hpack.Field) {
	for line := range strings.SplitSeq(text, "\r\n") {
		if f, ok := field(line); ok {
			out = append(out, f)
		}
	}
	return out
}
