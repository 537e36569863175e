package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/trace"

	xhpack "golang.org/x/net/http2/hpack"
)

// planter makes a record with secrets in every place that there is.
type planter struct {
	rng     *rand.Rand
	entries []trace.Entry
	secrets []string
	enc     [2]*xhpack.Encoder
	out     [2]bytes.Buffer
	pending [2][]byte
	now     int64
}

func newPlanter(seed uint64) *planter {
	p := &planter{rng: rand.New(rand.NewPCG(seed, 77))}
	for i := range p.enc {
		p.enc[i] = xhpack.NewEncoder(&p.out[i])
	}
	return p
}

// secret makes a new one: letters that Huffman coding makes shorter, or what it
// makes longer, so that both forms occur.
func (p *planter) secret() string {
	letters := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if p.rng.IntN(3) == 0 {
		letters = "{}<>|~^$@[]#ABCXYZ"
	}
	b := []byte("S")
	for range 11 + p.rng.IntN(20) {
		b = append(b, letters[p.rng.IntN(len(letters))])
	}
	s := string(b)
	p.secrets = append(p.secrets, s)
	return s
}

func (p *planter) block(dir int, fields ...hpack.Field) []byte {
	p.out[dir].Reset()
	for _, f := range fields {
		p.enc[dir].WriteField(f)
	}
	return bytes.Clone(p.out[dir].Bytes())
}

func (p *planter) send(dir int, octets []byte) { p.pending[dir] = append(p.pending[dir], octets...) }

// flush writes what is to be sent in chunks of any size, so that frames lie over
// several of them.
func (p *planter) flush() {
	for len(p.pending[0])+len(p.pending[1]) > 0 {
		dir := p.rng.IntN(2)
		n := min(len(p.pending[dir]), 1+p.rng.IntN(60))
		if n == 0 {
			continue
		}
		p.now += 10
		c := &trace.Chunk{Conn: 1, Dir: trace.Dir(dir), SentAt: p.now, ReceivedAt: p.now + 5, Octets: p.pending[dir][:n:n]}
		p.pending[dir] = p.pending[dir][n:]
		p.entries = append(p.entries, c)
	}
}

// headers cuts the block into a HEADERS frame and CONTINUATIONs.
func (p *planter) headers(dir int, id uint32, block []byte, end bool) {
	pad := frame.NoPadding
	if p.rng.IntN(3) == 0 {
		pad = p.rng.IntN(9)
	}
	n := 1 + p.rng.IntN(len(block))
	var prio *frame.PriorityParam
	if p.rng.IntN(4) == 0 {
		prio = &frame.PriorityParam{Weight: 7}
	}
	b := frame.AppendHeaders(nil, id, block[:n], end, n == len(block), prio, pad)
	for block = block[n:]; len(block) > 0; block = block[n:] {
		n = 1 + p.rng.IntN(len(block))
		b = frame.AppendContinuation(b, id, block[:n], n == len(block))
	}
	p.send(dir, b)
}

func field(name, value string) hpack.Field { return hpack.Field{Name: name, Value: value} }

// exchange is a request with everything, and its response.
func (p *planter) exchange(id uint32) {
	same := p.secret() // that the table holds when it comes again
	for range 2 {
		p.headers(0, id, p.block(0,
			field(":method", "POST"), field(":scheme", "https"), field(":authority", p.secret()+".example"),
			field(":path", "/search?q="+p.secret()), field("content-type", "text/plain"), field("user-agent", "curl/8"),
			field("authorization", "Bearer "+same), field("x-"+strings.ToLower(p.secret()), p.secret()),
			hpack.Field{Name: "cookie", Value: "id=" + p.secret(), Sensitive: true},
			hpack.Field{Name: "content-language", Value: p.secret(), Sensitive: true}), false)
		p.send(0, frame.AppendData(nil, id, []byte("field="+p.secret()+"&more"), false, p.rng.IntN(5)-1))
		p.send(0, frame.AppendData(nil, id, []byte(p.secret()), false, frame.NoPadding))
		p.headers(0, id, p.block(0, field("x-check", p.secret()), field("x-check", same)), true)
		p.headers(1, id, p.block(1, field(":status", "200"), field("content-length", "12"), field("set-cookie", p.secret()),
			field("location", "https://"+p.secret()+"/"), field("etag", same)), false)
		p.send(1, frame.AppendPushPromise(nil, id, id+1, p.block(1, field(":method", "GET"), field(":scheme", "https"),
			field(":authority", "localhost"), field(":path", "/p;v="+p.secret()), field("x-same", same)), true, frame.NoPadding))
		p.send(1, frame.AppendData(nil, id, []byte(p.secret()+same), false, frame.NoPadding))
		p.headers(1, id, p.block(1, field("grpc-message", p.secret())), true)
		id += 2
	}
	ping := [8]byte([]byte(p.secret())[:8])
	p.secrets[len(p.secrets)-1] = string(ping[:])
	p.send(0, frame.AppendPing(nil, ping, false))
	p.flush()
	p.send(1, frame.AppendPing(nil, ping, true))
	p.send(1, frame.AppendOrigin(nil, []string{"https://" + p.secret()}))
	p.send(1, frame.AppendAltSvc(nil, 0, "https://"+p.secret(), `h3="`+p.secret()+`:443"`))
	p.send(1, frame.AppendRaw(nil, frame.Header{Type: 0xbe}, []byte(p.secret())))
	padded := []byte{24, 'd', 'a'}
	padded = append(padded, (p.secret() + strings.Repeat("p", 24))[:24]...)
	p.secrets[len(p.secrets)-1] = p.secrets[len(p.secrets)-1][:min(24, len(p.secrets[len(p.secrets)-1]))]
	p.send(1, frame.AppendRaw(nil, frame.Header{Type: frame.Data, Flags: frame.FlagPadded, StreamID: id - 2}, padded))
	p.flush()
}

// record is a whole record with secrets beside its octets too.
func (p *planter) record() []trace.Entry {
	program := "const http2 = require('node:http2') // " + p.secret() + "\n" +
		"const c = http2.connect(\"https://" + p.secret() + "\")\nconst t = `a ${c.get('" + p.secret() + "')} " + p.secret() + "`\n" +
		"c.request({ ':path': '/" + p.secret() + "' }).on('response', h => /" + strings.Trim(p.secret(), "[]") + "/.test(h))\n"
	p.entries = append(p.entries,
		&trace.Header{Version: 1, Title: p.secret(), Note: p.secret(), Generator: "framewise " + p.secret(), Program: program, Language: "js", Engine: p.secret(), Around: `{"before":"` + p.secret() + `"}`,
			Extra: trace.Extra(`"x":"` + p.secret() + `"`), Network: &trace.Network{Steps: []trace.Step{{Kind: "inject", Octets: []byte(p.secret())}}}},
		&trace.Conn{ID: 1, Client: p.secret() + ":1", Server: p.secret() + ":443", Vantage: trace.VantageBoth, Via: "tcp " + p.secret(),
			TLS: &trace.TLS{Version: "TLS 1.3", ALPN: "h2", Cipher: "TLS_AES_128_GCM_SHA256", Name: p.secret(),
				Names: p.secret() + " localhost " + p.secret(), Issuer: p.secret()}})
	p.send(0, []byte(frame.Preface))
	p.send(0, frame.AppendSettings(nil, []frame.Setting{{ID: frame.HeaderTableSize, Value: 256}, {ID: 0x4d44, Value: 7}}))
	p.send(1, frame.AppendSettings(nil, nil))
	p.flush()
	p.send(0, frame.AppendSettingsAck(nil))
	p.send(1, frame.AppendSettingsAck(nil))
	p.flush()
	p.enc[1].SetMaxDynamicTableSizeLimit(256)
	for i := range uint32(8) {
		p.exchange(1 + 4*i)
	}
	p.entries = append(p.entries, &trace.Console{At: p.now, Level: "log", Text: "token " + p.secret()},
		&trace.Note{At: p.now, Frame: 3, Text: p.secret()}, &trace.Fault{Conn: 1, At: p.now, Kind: "corrupt", Text: "c2s: octet 3 " + p.secret()},
		&trace.Unknown{Line: []byte(`{"k":"future","secret":"` + p.secret() + `"}`)})
	p.send(1, frame.AppendGoAway(nil, 1, frame.NoError, []byte("because "+p.secret())))
	p.flush()
	p.entries = append(p.entries, &trace.Close{Conn: 1, At: p.now, By: "network", Reason: p.secret()})
	return p.entries
}

func TestPlantedSecrets(t *testing.T) {
	planted := 0
	for seed := range uint64(3) {
		p := newPlanter(seed)
		entries := p.record()
		before := written(entries)
		out, report := Record(entries, Options{})
		if !bytes.Equal(written(entries), before) {
			t.Fatal("the record that came in was changed")
		}
		planted += len(p.secrets)
		hidden := haystacks(t, out)
		for _, s := range p.secrets {
			for where, hay := range hidden {
				for how, needle := range spellings(s) {
					if bytes.Contains(hay, needle) {
						t.Errorf("seed %d: %q is found in %s (%s)", seed, s, where, how)
					}
				}
			}
		}
		// The search itself must find them in what came in.
		if seed == 0 {
			checkFound(t, haystacks(t, entries), p.secrets)
		}
		same(t, entries, out, true)
		for _, k := range []Kind{KindField, KindName, KindQuery, KindData, KindPing, KindDebug, KindPadding, KindText, KindHost, KindString, KindConsole, KindRemark, KindEntry, KindUnknown} {
			if Count(report.Gone, k) == 0 {
				t.Errorf("the report says nothing of %s that went", k)
			}
		}
	}
	if planted < 200 {
		t.Fatalf("%d secrets were planted, 200 are wanted", planted)
	}
	fmt.Printf("redaction: %d planted secrets, none found\n", planted)
}

// checkFound makes sure that the search would have found what is there.
func checkFound(t *testing.T, hidden map[string][]byte, secrets []string) {
	t.Helper()
	missed := 0
	for _, s := range secrets {
		found := false
		for _, hay := range hidden {
			for _, needle := range spellings(s) {
				found = found || bytes.Contains(hay, needle)
			}
		}
		if !found {
			missed++
			t.Logf("%q is not found in the record itself", s)
		}
	}
	if missed > 0 {
		t.Errorf("the search misses %d of %d secrets before redaction", missed, len(secrets))
	}
}

// spellings are the ways in which a secret can stand somewhere.
func spellings(s string) map[string][]byte {
	quoted, _ := json.Marshal(s)
	return map[string][]byte{"as it is": []byte(s), "in lower case": []byte(strings.ToLower(s)),
		"in JSON": quoted[1 : len(quoted)-1], "in hex": []byte(hex.EncodeToString([]byte(s))),
		"in Huffman code": xhpack.AppendHuffmanString(nil, s)[:hpack.HuffmanLen(s)-1],
		"in base64":       []byte(base64.StdEncoding.EncodeToString([]byte(s))[:len(s)/3*4])}
}

// haystacks are all texts and octets in which a secret of a record could be:
// the file, the octets of each direction, what the analyser says of each frame.
func haystacks(t *testing.T, entries []trace.Entry) map[string][]byte {
	t.Helper()
	h := map[string][]byte{"the file": written(entries)}
	a := inspect.New()
	for _, e := range entries {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
		if c, ok := e.(*trace.Chunk); ok {
			h["the octets "+c.Dir.String()] = append(h["the octets "+c.Dir.String()], c.Octets...)
			h["the octets received "+c.Dir.String()] = append(h["the octets received "+c.Dir.String()], c.Received...)
		}
	}
	var said []byte
	rows, err := a.Rows(inspect.Query{N: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows.Rows {
		d, err := a.Detail(r.Index)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, b...)
		said = inspect.AppendVerbose(said, d, true)
	}
	b, err := json.Marshal(a.Summary())
	if err != nil {
		t.Fatal(err)
	}
	h["the analysis"] = append(said, b...)
	return h
}

func written(entries []trace.Entry) []byte {
	var b []byte
	for _, e := range entries {
		b = trace.AppendEntry(b, e)
	}
	return b
}

// frameFacts is what redaction must not change about a frame.
type frameFacts struct {
	Row     view.Row
	Tables  []string
	Reps    []string
	Stream  string
	Windows []view.Window
	Applied []view.SettingsInForce
}

// same compares what the analyser says of two records but for names and values.
// strict: decoded lengths too, which the analyser shows with control characters
// escaped, and field blocks that never end.
func same(t *testing.T, before, after []trace.Entry, strict bool) {
	t.Helper()
	a, b := facts(t, before, strict), facts(t, after, strict)
	if len(a) != len(b) {
		t.Fatalf("%d frames before, %d after", len(a), len(b))
	}
	for i := range a {
		x, _ := json.Marshal(a[i])
		y, _ := json.Marshal(b[i])
		if !bytes.Equal(x, y) {
			t.Fatalf("frame %d:\nbefore %s\nafter  %s", i, x, y)
		}
	}
}

func facts(t *testing.T, entries []trace.Entry, strict bool) []frameFacts {
	t.Helper()
	a := inspect.New()
	for _, e := range entries {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := a.Rows(inspect.Query{N: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	var out []frameFacts
	for _, r := range rows.Rows {
		d, err := a.Detail(r.Index)
		if err != nil {
			t.Fatal(err)
		}
		f := frameFacts{Row: r, Windows: d.Windows, Applied: d.Settings}
		f.Row.Text, f.Row.Error, f.Row.Marks = "", "", nil
		for _, tab := range d.Tables {
			s := fmt.Sprint(tab.Dir, tab.Size, tab.MaxSize, tab.Inserted, len(tab.Evicted))
			for _, e := range tab.Entries {
				s += fmt.Sprint(" ", e.Index, e.Size, len(e.Name), len(e.Value), e.Frame)
			}
			f.Tables = append(f.Tables, s)
		}
		if d.Block != nil && (strict || d.Block.Complete) {
			for _, r := range d.Block.Reps {
				if !strict {
					r.Name, r.Value = "", ""
				}
				f.Reps = append(f.Reps, fmt.Sprint(r.Frame, r.Off, r.Len, r.Kind, r.Index, len(r.Name), len(r.Value), r.NameHuff, r.ValueHuff, r.Inserted, r.Evicted, r.Size))
			}
		}
		if d.Stream != nil {
			s := *d.Stream
			s.Request = ""
			if !strict { // a status that is no number goes
				s.Status = ""
			}
			f.Stream = fmt.Sprint(s)
		}
		out = append(out, f)
	}
	return out
}

// TestAnalysersRecords redacts each record that the analyser's own tests are
// written with: broken, late and upgraded ones among them.
func TestAnalysersRecords(t *testing.T) {
	files, err := filepath.Glob("../inspect/testdata/*.h2trace")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d records in ../inspect/testdata (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			entries, err := trace.Read(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			out, _ := Record(entries, Options{})
			same(t, entries, out, false)
			again, _ := Record(out, Options{})
			if !bytes.Equal(written(again), written(out)) {
				t.Error("a redacted record is redacted to something else")
			}
		})
	}
}
