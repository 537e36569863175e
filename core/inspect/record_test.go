package inspect

import (
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// recorder makes records by hand: one connection, 5 ms each way.
type recorder struct {
	now     int64
	latency int64
	entries []trace.Entry
}

const ms = int64(1e6)

func newRecord(v trace.Vantage) *recorder {
	r := &recorder{latency: 5 * ms}
	if v != trace.VantageBoth {
		r.latency = 0
	}
	r.add(&trace.Header{Version: 1, Title: "made by hand"})
	r.add(&trace.Conn{ID: 1, Client: "client", Server: "localhost:80", Vantage: v, Via: "memory"})
	return r
}

func (r *recorder) add(e trace.Entry) { r.entries = append(r.entries, e) }

// at sets the time of what follows, in milliseconds.
func (r *recorder) at(t float64) *recorder {
	r.now = int64(t * float64(ms))
	return r
}

func (r *recorder) send(dir trace.Dir, frames ...[]byte) {
	var b []byte
	for _, f := range frames {
		b = append(b, f...)
	}
	r.add(&trace.Chunk{Conn: 1, Dir: dir, SentAt: r.now, ReceivedAt: r.now + r.latency, Octets: b})
}

func (r *recorder) c2s(frames ...[]byte) { r.send(trace.ToServer, frames...) }
func (r *recorder) s2c(frames ...[]byte) { r.send(trace.ToClient, frames...) }

// open is the beginning of every sound connection.
func (r *recorder) open() *recorder {
	r.at(0).c2s([]byte(frame.Preface), settings())
	r.at(0).s2c(settings())
	r.at(5).c2s(ack)
	r.at(5).s2c(ack)
	return r.at(10)
}

var ack = frame.AppendSettingsAck(nil)

func settings(pairs ...uint32) []byte {
	var list []frame.Setting
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, frame.Setting{ID: frame.SettingID(pairs[i]), Value: pairs[i+1]})
	}
	return frame.AppendSettings(nil, list)
}

// request is HEADERS for GET with a path, not indexed.
func request(id uint32, path string, end bool) []byte {
	return frame.AppendHeaders(nil, id, getBlock(path), end, true, nil, frame.NoPadding)
}

func getBlock(path string) []byte {
	b := []byte{0x82, 0x86, 0x04, byte(len(path))}
	b = append(b, path...)
	return append(b, 0x41, 0x01, 'h') // :authority h, indexed
}

func response(id uint32, end bool) []byte {
	// :status 200, content-type text/html; charset=utf-8 (indexed)
	b := append([]byte{0x88, 0x5f, 24}, "text/html; charset=utf-8"...)
	return frame.AppendHeaders(nil, id, b, end, true, nil, frame.NoPadding)
}

func data(id uint32, n int, end bool) []byte {
	return frame.AppendData(nil, id, make([]byte, n), end, frame.NoPadding)
}

func raw(typ frame.Type, flags frame.Flags, id uint32, payload string) []byte {
	return frame.AppendRaw(nil, frame.Header{Type: typ, Flags: flags, StreamID: id}, []byte(payload))
}

// feed gives entries to a new Analyser.
func feed(t testing.TB, entries []trace.Entry) *Analyser {
	t.Helper()
	a := New()
	for _, e := range entries {
		if err := a.Feed(e); err != nil {
			t.Fatalf("an entry of the record is refused: %v", err)
		}
	}
	return a
}

// headersOf is HEADERS that ends a request, with a field block as it is.
func headersOf(id uint32, block []byte) []byte {
	return frame.AppendHeaders(nil, id, block, true, true, nil, frame.NoPadding)
}
