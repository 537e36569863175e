package engine

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

// batch writes commands as a host does.
type batch []byte

func (b *batch) u8(v byte) *batch    { *b = append(*b, v); return b }
func (b *batch) u32(v uint32) *batch { *b = appendU32(*b, v); return b }
func (b *batch) str(s string) *batch { *b = appendStr(*b, s); return b }
func (b *batch) f64(v float64) *batch {
	*b = binary.LittleEndian.AppendUint64(*b, math.Float64bits(v))
	return b
}

func (b *batch) reset(latency float64) *batch {
	return b.u8(opReset).u32(1).u32(0).str("").str("").str("").str("").str("").str("").str("").f64(latency).f64(0).f64(0).u32(0).u32(0)
}

// events reads what Run answered: "kind socket a data" each.
func events(out []byte) []string {
	var all []string
	r := reader{b: out[headLen:]}
	for r.more() {
		kind, flags := r.u8(), r.u8()
		n := int(r.take(2)[0])
		session, _, a, _, data := r.u32(), r.u32(), r.u32(), r.u32(), r.octets()
		if n > 0 {
			size := int(r.u32())
			r.take(8*n + size)
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %d.%d %x %s", kind, flags, a, session, data)))
	}
	return all
}

// until runs until all is quiet and lists the events.
func until(t *testing.T, e *Engine, b *batch) []string {
	t.Helper()
	var all []string
	out := e.Run(*b)
	for i := 0; ; i++ {
		all = append(all, events(out)...)
		if out[0] == 1 && i > 0 {
			return all
		}
		if i > 1000 {
			t.Fatal("it never ends")
		}
		out = e.Run(nil)
	}
}

const client, server = 7, made | 1

func TestSocketsCarryOctets(t *testing.T) {
	e := New()
	b := new(batch).reset(1e6)
	b.u8(opServe).u32(3).str("a:1").u8(0).u8(opDial).u32(client).str("a:1").str("name:1").str("").u8(0)
	b.u8(opFlow).u32(client).u8(1).u8(opSend).u32(client).str("hello").u8(opFinish).u32(client)
	got := until(t, e, b)
	want := []string{"120 0.3 80000001", "121 0.0 7", "125 0.0 7"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("octets arrive where nobody takes them, or something else is wrong:\n%q", got)
	}
	// What waits is handed over when it is wanted, with the end behind it; the other
	// direction is still open.
	got = until(t, e, new(batch).u8(opFlow).u32(server).u8(1).u8(opSend).u32(server).str("bye").u8(opFinish).u32(server))
	want = []string{"123 0.0 80000001 hello", "124 0.0 80000001", "125 0.0 80000001", "123 0.0 7 bye", "124 0.0 7"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("half-closed:\n%q", got)
	}
	if len(e.TakeTrace()) == 0 || strings.Contains(string(e.trace), `"k":"conn"`) {
		t.Error("a connection without HTTP/2 is in the record")
	}
}

func TestNobodyListens(t *testing.T) {
	e := New()
	got := until(t, e, new(batch).reset(0).u8(opDial).u32(client).str("a:1").str("a:1").str("").u8(0))
	if len(got) != 1 || !strings.HasPrefix(got[0], "126 0.0 7 ECONNREFUSED ") {
		t.Errorf("%q", got)
	}
	got = until(t, e, new(batch).reset(0).u8(opServe).u32(3).str("a:1").u8(0).u8(opUnserve).str("a:1").u8(opDial).u32(client).str("a:1").str("a:1").str("").u8(0))
	if len(got) != 1 || !strings.HasPrefix(got[0], "126 0.0 7 ECONNREFUSED ") {
		t.Errorf("a port that was closed: %q", got)
	}
}

func TestWithoutTLSTheHostIsTold(t *testing.T) {
	e := New()
	b := new(batch).reset(0).u8(opServe).u32(3).str("a:1").u8(0)
	b.u8(opDial).u32(client).str("a:1").str("a:1").str("").u8(1).str("a").u32(0).str("").str("").str("").u8(0)
	got := until(t, e, b)
	if len(got) != 3 || !strings.HasPrefix(got[2], "126 0.0 7 ERR_NO_TLS ") {
		t.Errorf("%q", got)
	}
}

// A batch that a host made wrongly ends with an event, not with a panic.
func TestBrokenSocketCommands(t *testing.T) {
	for op := byte(opDial); op <= socketOpsEnd; op++ {
		for n := range 12 {
			e := New()
			e.Run(*new(batch).reset(0))
			e.Run(append(batch{op}, make([]byte, n)...))
		}
	}
}

// A client outside of the tab has its own name, its connection is in the record
// whatever it speaks, and the server's end waits while the host takes nothing.
func TestOutside(t *testing.T) {
	e := New()
	b := new(batch).reset(0).u8(opServe).u32(3).str("a:1").u8(0).u8(opDial).u32(client).str("a:1").str("a:1").str("10.0.0.1:5").u8(0)
	got := until(t, e, b)
	if want := "120 0.3 80000001 10.0.0.1:5"; len(got) == 0 || got[0] != want {
		t.Errorf("the server is told %q, not %q", got, want)
	}
	const all = 1 << 20
	got = until(t, e, new(batch).u8(opSend).u32(server).str(strings.Repeat("x", all)))
	if len(got) != 0 {
		t.Errorf("all has left though nobody takes it: %q", got)
	}
	taken, sent := 0, false
	b = new(batch)
	for range 1000 {
		for _, v := range until(t, e, b.u8(opFlow).u32(client).u8(1)) {
			if kind, rest, _ := strings.Cut(v, " "); kind == "123" {
				taken += strings.Count(rest, "x")
			} else if kind == "125" {
				sent = true
			}
		}
		b = new(batch)
		if sent {
			break
		}
	}
	if taken != all || !sent {
		t.Errorf("%d of %d octets came, all has left: %v", taken, all, sent)
	}
	record := string(e.TakeTrace())
	if !strings.Contains(record, `"client":"10.0.0.1:5"`) || !strings.Contains(record, `"via":"relay, then memory`) || !strings.Contains(record, `"k":"chunk"`) {
		t.Errorf("the record is %.300s", record)
	}
}
