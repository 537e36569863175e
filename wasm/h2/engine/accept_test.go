package engine

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"framewise/core/session"
	"framewise/core/trace"
)

// seen is one event, as a host takes it from an answer.
type seen struct {
	kind            byte
	session, stream uint32
	data            []byte
	fields          int
}

// answers takes the events of an answer apart.
func answers(b []byte) (list []seen) {
	u32 := func() (n uint32) {
		n, b = binary.LittleEndian.Uint32(b), b[4:]
		return n
	}
	octets := func() (d []byte) {
		n := u32()
		d, b = bytes.Clone(b[:n]), b[n:]
		return d
	}
	for b = b[headLen:]; len(b) > 0; {
		e := seen{kind: b[0], fields: int(binary.LittleEndian.Uint16(b[2:]))}
		b = b[4:]
		e.session, e.stream = u32(), u32()
		_, _ = u32(), u32()
		e.data = octets()
		if e.fields > 0 {
			size := u32()
			b = b[uint32(8*e.fields)+size:]
		}
		list = append(list, e)
	}
	return list
}

// config is the default one, encoded.
func config(b []byte) []byte { return append(b, make([]byte, 4*6+1)...) }

func fieldList(b []byte, pairs ...string) []byte {
	b = appendU32(b, uint32(len(pairs)/2))
	for i := 0; i < len(pairs); i += 2 {
		b = append(appendStr(appendStr(b, pairs[i]), pairs[i+1]), 0)
	}
	return b
}

// A client's and a server's session on the host's transport, whose octets this
// test carries, exchange a request and a response; the record knows which end
// sent what.
func TestAccept(t *testing.T) {
	const client, server, request = 1, 2, 1
	e := New()
	in := append([]byte{opReset}, make([]byte, 8+7*4+3*8+2*4)...)
	in = appendU32(append(in, opAttach), client)
	for _, s := range []string{"there:80", "tcp", "", ""} {
		in = appendStr(in, s)
	}
	in = append(config(in), opSecured)
	for _, s := range []string{"TLS_AES_128_GCM_SHA256", "there", "there *.there", "an authority"} {
		in = appendStr(in, s)
	}
	in = appendU32(append(in, 1, opAccept), server)
	for _, s := range []string{"here:5", "there:80", "tcp", "TLS 1.3", "h2"} {
		in = appendStr(in, s)
	}
	in = appendU32(append(config(in), opRequest), client)
	in = append(appendU32(append(appendU32(in, request), 1), 0), 0, 0, 0, 0, 0)
	in = fieldList(in, ":method", "GET", ":scheme", "http", ":authority", "there", ":path", "/")

	var got []byte
	var record []byte
	responded := false
	for rounds := 0; len(in) > 0; rounds++ {
		if rounds > 20 {
			t.Fatal("the exchange does not end")
		}
		events := answers(e.Run(in))
		record = append(record, e.TakeTrace()...)
		in = nil
		for _, v := range events {
			switch v.kind {
			case evWrite:
				in = appendStr(appendU32(append(in, opReceive), client+server-v.session), string(v.data))
			case byte(session.EvStream):
				if v.session != server || v.fields != 4 {
					t.Fatalf("a request came to session %d with %d fields; want %d and 4", v.session, v.fields, server)
				}
				in = fieldList(append(appendU32(append(in, opRespond), v.stream), 0), ":status", "200")
				in = appendStr(appendU32(append(in, opEnd), v.stream), "hello")
			case byte(session.EvResponse):
				responded = v.session == client && v.stream == request
			case byte(session.EvData):
				got = append(got, v.data...)
			case evFailed:
				t.Fatalf("a command failed: %s", v.data)
			}
		}
	}
	if !responded || string(got) != "hello" {
		t.Errorf("the client got a response: %v, with %q; want hello", responded, got)
	}
	checkRecord(t, record)
}

// secured is what the record knows of the server's TLS.
var secured = trace.TLS{Version: "TLS 1.3", ALPN: "h2", Cipher: "TLS_AES_128_GCM_SHA256", Name: "there", Names: "there *.there",
	Issuer: "an authority", Resumed: true}

// checkRecord looks at who says what: the first chunks of each connection are
// the two prefaces.
func checkRecord(t *testing.T, record []byte) {
	t.Helper()
	entries, err := trace.Read(bytes.NewReader(record))
	if err != nil {
		t.Fatal(err)
	}
	vantage := map[uint32]trace.Vantage{}
	for _, e := range entries {
		switch e := e.(type) {
		case *trace.Conn:
			vantage[e.ID] = e.Vantage
			if e.Vantage == trace.VantageServer && (e.Client != "here:5" || e.Server != "there:80" || e.TLS == nil || *e.TLS != secured) {
				t.Errorf("the server's end is recorded as %+v", e)
			}
		case *trace.Chunk:
			if preface := bytes.HasPrefix(e.Octets, []byte("PRI *")); preface && e.Dir != trace.ToServer {
				t.Errorf("connection %d: the client's preface is recorded as the server's", e.Conn)
			}
		}
	}
	if vantage[1] != trace.VantageClient || vantage[2] != trace.VantageServer {
		t.Errorf("the vantages are %v; want client and server", vantage)
	}
}

// A deadline is told once; when its time has come, what is due happens: here the
// peer has not acknowledged SETTINGS.
func TestTick(t *testing.T) {
	const server = 1
	e := New()
	in := appendU32([]byte{opAccept}, server)
	for _, s := range []string{"here:5", "there:80", "tcp", "", ""} {
		in = appendStr(in, s)
	}
	var deadline float64
	for _, v := range answers(e.Run(config(in))) {
		if v.kind == evDeadline {
			deadline = math.Float64frombits(binary.LittleEndian.Uint64(v.data))
		}
	}
	if deadline <= 0 {
		t.Fatal("no deadline was told")
	}
	// The time stands behind the tick, as in a batch that was begun before.
	in = append(appendU32([]byte{opTick}, server), opNow)
	in = binary.LittleEndian.AppendUint64(in, math.Float64bits(deadline))
	for _, v := range answers(e.Run(in)) {
		if v.kind == byte(session.EvError) {
			return
		}
	}
	t.Error("the peer may take for ever to acknowledge SETTINGS")
}
