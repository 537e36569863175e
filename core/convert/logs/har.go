package logs

import (
	"encoding/json"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"framewise/core/hpack"
)

// HAR reads an HTTP Archive 1.2: the exchanges that were made over HTTP/2.
type HAR struct {
	exchanges
	others int // exchanges over other versions
}

// maxEntries is how many exchanges of a HAR are taken.
const maxEntries = 1 << 18

// harEntry is what is looked at of an entry.
type harEntry struct {
	Started    string  `json:"startedDateTime"`
	Time       float64 `json:"time"`
	Connection string  `json:"connection"`
	Request    struct {
		Method   string    `json:"method"`
		URL      string    `json:"url"`
		Version  string    `json:"httpVersion"`
		Headers  []harPair `json:"headers"`
		BodySize float64   `json:"bodySize"`
		PostData *struct {
			Text string `json:"text"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status   float64   `json:"status"`
		Version  string    `json:"httpVersion"`
		Headers  []harPair `json:"headers"`
		BodySize float64   `json:"bodySize"`
		Content  struct {
			Size float64 `json:"size"`
		} `json:"content"`
	} `json:"response"`
	Timings struct {
		Blocked float64 `json:"blocked"`
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
	} `json:"timings"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// NewHAR reads a HAR. A file that breaks off gives the exchanges before the
// break, then an *Error.
func NewHAR(r io.Reader) (*HAR, error) {
	h := &HAR{}
	s := newStream(r)
	if err := h.walk(s); err != nil {
		return nil, err
	}
	var list []exchange
	var zero int64
	entries := 0
	for s.d.More() {
		if entries++; entries > maxEntries {
			h.err = &Error{Offset: s.d.InputOffset(), Reason: "a HAR of more than " + strconv.Itoa(maxEntries) + " entries"}
			break
		}
		var e harEntry
		if h.err = s.value(&e, "entry "+strconv.Itoa(entries)); h.err != nil {
			break
		}
		if !isH2(e.Request.Version) && !isH2(e.Response.Version) {
			h.others++
			continue
		}
		x, start, err := e.exchange()
		if err != "" {
			h.err = &Error{Offset: s.d.InputOffset(), Reason: "entry " + strconv.Itoa(entries) + ": " + err}
			break
		}
		if len(list) == 0 || start < zero {
			zero = start
		}
		list = append(list, x)
	}
	if h.err == nil && !s.d.More() {
		if _, err := s.d.Token(); err != nil {
			h.err = s.why(err)
		}
	}
	for i := range list {
		for k := range list[i].at {
			list[i].at[k] -= zero
		}
	}
	epoch := ""
	if len(list) > 0 {
		epoch = time.Unix(zero/1e9, zero%1e9).UTC().Format(time.RFC3339Nano)
	}
	h.rebuild(list, "a HAR", "browser", epoch)
	return h, nil
}

// walk goes to the entries.
func (h *HAR) walk(s stream) error {
	if err := s.open('{', "a HAR"); err != nil {
		return err
	}
	for _, want := range []string{"log", "entries"} {
		for {
			key, err := s.key()
			if err != nil {
				return err
			}
			if key == "" {
				return &Error{Offset: s.d.InputOffset(), Reason: "a HAR has " + strconv.Quote(want) + ", this file has not"}
			}
			if key == want {
				break
			}
			if err := s.skip(); err != nil {
				return err
			}
		}
		delim := map[string]json.Delim{"log": '{', "entries": '['}[want]
		if err := s.open(delim, strconv.Quote(want)); err != nil {
			return err
		}
	}
	return nil
}

// Lines says what was read and what was not HTTP/2.
func (h *HAR) Lines() []string {
	out := h.exchanges.Lines()
	if h.others > 0 {
		out = append(out, "not shown: "+strconv.Itoa(h.others)+" exchanges over other versions of HTTP")
	}
	return out
}

func isH2(version string) bool {
	switch strings.ToLower(version) {
	case "h2", "h2c", "http/2", "http/2.0":
		return true
	}
	return false
}

// exchange makes an exchange of an entry, with the time in nanoseconds since
// 1970 that it began at; why is what is wrong with it.
func (e *harEntry) exchange() (x exchange, start int64, why string) {
	u, err := url.Parse(e.Request.URL)
	if err != nil || u.Host == "" {
		return x, 0, "its url is none"
	}
	t, err := time.Parse(time.RFC3339Nano, e.Started)
	if err != nil || t.Year() < 1971 || t.Year() > 2200 {
		return x, 0, "its startedDateTime is no time"
	}
	start = t.UnixNano()
	x = exchange{conn: u.Scheme + "://" + u.Host + " " + e.Connection, server: u.Host, secure: u.Scheme == "https"}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	x.request = []hpack.Field{{Name: ":method", Value: e.Request.Method}, {Name: ":scheme", Value: u.Scheme},
		{Name: ":authority", Value: u.Host}, {Name: ":path", Value: path}}
	x.request = append(x.request, plain(pairs(e.Request.Headers))...)
	if status := int(e.Response.Status); status >= 100 && status <= 999 {
		x.response = append([]hpack.Field{{Name: ":status", Value: strconv.Itoa(status)}}, plain(pairs(e.Response.Headers))...)
	}
	x.sent = size(e.Request.BodySize)
	if p := e.Request.PostData; p != nil && x.sent == 0 {
		x.sent = int64(len(p.Text))
	}
	if x.received = size(e.Response.BodySize); x.received == 0 {
		x.received = size(e.Response.Content.Size)
	}
	if e.Request.Method == "HEAD" || e.Response.Status == 304 || e.Response.Status == 204 {
		x.received = 0
	}
	tm := e.Timings
	x.at[0] = start + millis(tm.Blocked) + millis(tm.DNS) + millis(tm.Connect)
	x.at[1] = x.at[0] + millis(tm.Send) + millis(tm.Wait)
	x.at[2] = max(x.at[1], start+millis(e.Time))
	return x, start, ""
}

func pairs(list []harPair) (out []hpack.Field) {
	for _, p := range list {
		out = append(out, hpack.Field{Name: strings.ToLower(p.Name), Value: p.Value})
	}
	return out
}

// size is a number of octets; -1 stands for "not known".
func size(v float64) int64 {
	if !(v > 0) || v > 1<<50 {
		return 0
	}
	return int64(v)
}

// millis is nanoseconds of milliseconds, at most a day.
func millis(v float64) int64 {
	if !(v > 0) {
		return 0
	}
	return int64(math.Min(v, 86_400_000) * 1e6)
}
