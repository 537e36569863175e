package cli

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair is a request's Host and Origin, as they stand on the wire.
type pair struct {
	name    string
	host    string   // the line's value; "-": no line
	origins []string // of each line
	more    string   // further lines
	write   bool     // may open sockets and change shares
	read    bool     // may ask for a share
}

// pairs of a server at addr, 127.0.0.1:PORT, whose page is also at
// https://play.example and http://[::1]:9.
func pairs(addr string) []pair {
	_, port, _ := net.SplitHostPort(addr)
	page, local := "http://"+addr, "http://localhost:"+port
	one := func(s string) []string { return []string{s} }
	both := func(name, host, origin string, ok bool) pair { return pair{name, host, one(origin), "", ok, ok} }
	return []pair{
		both("the page", addr, page, true),
		both("the page by localhost", "localhost:"+port, local, true),
		both("two names of the page", "localhost:"+port, page, true),
		both("Host in upper case", "LOCALHOST:"+port, local, true),
		both("another address of the page", "play.example", "https://play.example", true),
		both("Host in upper case there", "Play.Example", "https://play.example", true),
		both("IPv6", "[::1]:9", "http://[::1]:9", true),
		{"behind a proxy", addr, one(page), "X-Forwarded-Host: evil.example\r\nX-Forwarded-For: 127.0.0.1\r\nForwarded: host=evil.example\r\n", true, true},
		{"no Origin", addr, nil, "", false, true},
		{"no Origin, same site", addr, nil, "Sec-Fetch-Site: same-origin\r\n", false, true},
		{"no Origin, typed", addr, nil, "Sec-Fetch-Site: none\r\n", false, true},
		{"no Origin, by another site", addr, nil, "Sec-Fetch-Site: cross-site\r\n", false, false},
		{"no Origin, by a neighbour", addr, nil, "Sec-Fetch-Site: same-site\r\n", false, false},
		{"no Origin, but a Referer", addr, nil, "Referer: " + page + "/\r\n", false, true},
		both("null", addr, "null", false),
		both("empty", addr, "", false),
		{"doubled, same", addr, []string{page, page}, "", false, false},
		{"doubled, foreign second", addr, []string{page, "http://evil.example"}, "", false, false},
		{"doubled, foreign first", addr, []string{"http://evil.example", page}, "", false, false},
		both("a list", addr, page+", "+page, false),
		both("a list with spaces", addr, page+" http://evil.example", false),
		both("foreign", addr, "http://evil.example", false),
		both("foreign, same port", addr, "http://evil.example:"+port, false),
		both("the page as a prefix", addr, page+".evil.example", false),
		both("the page as a prefix of the port", addr, page+"0", false),
		both("the page as a suffix", addr, "http://evil."+addr, false),
		both("a name that ends like it", "play.example", "https://evilplay.example", false),
		both("below it", "play.example", "https://sub.play.example", false),
		both("above it", "play.example", "https://example", false),
		both("userinfo", addr, "http://"+addr+"@evil.example", false),
		both("userinfo before", addr, "http://evil@"+addr, false),
		both("other scheme", addr, "https://"+addr, false),
		both("other scheme there", "play.example", "http://play.example", false),
		both("file", addr, "file://", false),
		both("extension", addr, "chrome-extension://"+addr, false),
		both("without a port", addr, "http://127.0.0.1", false),
		both("other port", addr, "http://127.0.0.1:1", false),
		both("own port written out", "play.example", "https://play.example:443", false),
		both("with a slash", addr, page+"/", false),
		both("with a path", addr, page+"/index.html", false),
		both("scheme in upper case", addr, "HTTP://"+addr, false),
		both("name in upper case", "localhost:"+port, "http://LOCALHOST:"+port, false),
		both("final dot", "localhost:"+port, "http://localhost.:"+port, false),
		both("other loopback address", addr, "http://127.0.0.2:"+port, false),
		both("decimal address", addr, "http://2130706433:"+port, false),
		both("IPv6 of the same", addr, "http://[::1]:"+port, false),
		both("IPv4-mapped of the same", addr, "http://[::ffff:127.0.0.1]:"+port, false),
		both("IPv6 in full", "[::1]:9", "http://[0:0:0:0:0:0:0:1]:9", false),
		both("tab in it", addr, "http://127.0.0.1\t:"+port, false),
		both("fullwidth", addr, "http://１２７.0.0.1:"+port, false),
		{"foreign Host and Origin alike", "evil.example:" + port, one("http://evil.example:" + port), "", false, false},
		both("foreign Host", "evil.example", page, false),
		{"foreign Host, no Origin", "evil.example:" + port, nil, "", false, false},
		both("Host without a port", "127.0.0.1", page, false),
		both("Host with another port", "127.0.0.1:1", page, false),
		both("Host with a final dot", "localhost.:"+port, local, false),
		both("Host, IPv6 of the same", "[::1]:"+port, page, false),
		both("Host, IPv4-mapped", "[::ffff:127.0.0.1]:"+port, page, false),
		both("Host as a prefix", addr+".evil.example", page, false),
		both("Host with userinfo", "x@"+addr, page, false),
		both("Host, a list", addr+", evil.example", page, false),
		both("Host, zero before the port", "127.0.0.1:0"+port, page, false),
		both("Host with another's own port", "play.example:443", "https://play.example", false),
		both("Host empty", "", page, false),
		{"no Host", "-", one(page), "", false, false},
		{"Host doubled", addr, one(page), "Host: " + addr + "\r\n", false, false},
		{"Host doubled, foreign", addr, one(page), "Host: evil.example\r\n", false, false},
		{"Host by a proxy's field", "evil.example", one(page), "X-Forwarded-Host: " + addr + "\r\n", false, false},
		{"Origin folded", addr, one("http://127.0.0.1:\r\n " + port), "", false, false},
	}
}

// doors are what a page may ask of the server: all want the page's own Origin, and
// the last one also lets requests without any pass.
var doors = []struct {
	name, line, more string
	socket, reads    bool
}{
	{"/relay", "GET /relay?to=127.0.0.1:1&tls=0", "", true, false},
	{"/listen", "GET /relay/listen?port=0", "", true, false},
	{"/accept", "GET /relay/accept?token=x", "", true, false},
	{"/tap", "GET /relay/tap?to=127.0.0.1:1&port=0", "", true, false},
	{"POST", "POST /api/shares", "Content-Length: 0\r\n", false, false},
	{"DELETE", "DELETE /api/shares/x", "", false, false},
	{"GET", "GET /api/shares/x", "", false, true},
}

// TestOriginAndHostPairs asks every door of the running server with every pair.
func TestOriginAndHostPairs(t *testing.T) {
	d := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t), "--data", filepath.Join(t.TempDir(), "data"),
		"--origin", "https://play.example", "--origin", "http://[::1]:9")
	all := pairs(d.addr)
	right, asked := 0, 0
	head := fmt.Sprintf("%-34s", "pair")
	for _, door := range doors {
		head += fmt.Sprintf(" %8s", door.name)
	}
	table := head + "\n"
	for _, p := range all {
		row := fmt.Sprintf("%-34s", p.name)
		for _, door := range doors {
			want := p.write || door.reads && p.read
			status := knock(t, d.addr, door.line, door.more, door.socket, p)
			asked++
			passed := status != http.StatusForbidden && status != http.StatusBadRequest
			if passed == want && (!passed || !door.socket || status == http.StatusSwitchingProtocols) {
				right++
			} else {
				t.Errorf("%s at %s: status %d; want it to pass: %v", p.name, door.name, status, want)
			}
			row += fmt.Sprintf(" %8d", status)
		}
		table += row + "\n"
	}
	t.Logf("%d pairs at %d doors, %d of %d right:\n%s", len(all), len(doors), right, asked, table)
}

// knock sends a request as it stands and gives the status back.
func knock(t *testing.T, addr, line, more string, socket bool, p pair) int {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(bound))
	r := line + " HTTP/1.1\r\n"
	if p.host != "-" {
		r += "Host: " + p.host + "\r\n"
	}
	for _, o := range p.origins {
		r += "Origin: " + o + "\r\n"
	}
	r += p.more + more
	if socket {
		r += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	} else {
		r += "Connection: close\r\n"
	}
	if _, err := io.WriteString(c, r+"\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%s: %v", strings.SplitN(r, "\r\n", 2)[0], err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestServeWantsOriginsAsBrowsersWriteThem(t *testing.T) {
	for origin, says := range map[string]string{
		"https://Play.Example":     "https://play.example",
		"https://play.example:443": "https://play.example",
		"http://play.example:80":   "http://play.example",
		"play.example":             "not of the form",
		"https://play.example/":    "not of the form",
		"*":                        "not of the form",
	} {
		code, _, errOut := run(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t), "--origin", origin)
		if code == ExitOK || !strings.Contains(errOut, says) {
			t.Errorf("--origin %s: code %d, %q; want %q", origin, code, errOut, says)
		}
	}
}
