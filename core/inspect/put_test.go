package inspect_test

import (
	"bytes"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect"
	"framewise/core/trace"
)

// putRecord is a session in which two PING were put into what the client sends:
// behind its first frame. Each way takes 10; the server answers at once.
func putRecord(t *testing.T) *inspect.Analyser {
	t.Helper()
	ping := frame.AppendPing(nil, [8]byte{1}, false)
	ack := frame.AppendPing(nil, [8]byte{1}, true)
	settings := []byte{0, 0, 0, 4, 0, 0, 0, 0, 0}
	two := append(bytes.Clone(ping), ping...)
	a := inspect.New()
	for _, e := range []trace.Entry{
		&trace.Header{Version: 1},
		&trace.Conn{ID: 1, Vantage: trace.VantageBoth},
		&trace.Fault{Conn: 1, Kind: "inject", Dir: trace.ToServer, Offset: 33, Length: int64(len(two))},
		&trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 0, ReceivedAt: 10, Octets: append([]byte(frame.Preface), settings...)},
		&trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 0, ReceivedAt: 10, Octets: two},
		&trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 5, ReceivedAt: 15, Octets: frame.AppendPing(nil, [8]byte{2}, false)},
		&trace.Chunk{Conn: 1, Dir: trace.ToClient, SentAt: 10, ReceivedAt: 20, Octets: append(bytes.Clone(settings), ack...)},
		&trace.Chunk{Conn: 1, Dir: trace.ToClient, SentAt: 10, ReceivedAt: 20, Octets: ack},
		&trace.Chunk{Conn: 1, Dir: trace.ToClient, SentAt: 11, ReceivedAt: -1, Octets: ping},
		&trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 20, ReceivedAt: 30, Octets: frame.AppendPing(nil, [8]byte{3}, false)},
	} {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// A frame's number is that which its sender counts, without what was put in.
func TestOwnNumbers(t *testing.T) {
	a := putRecord(t)
	for i, want := range []int{-1, 0, 0, 0, 1, 0, 1, 2, 3, 2} {
		d, err := a.Detail(i)
		if err != nil || d.Nth != want {
			t.Errorf("frame %d (%s) is number %d, want %d (%v)", i+1, d.Row.Type, d.Nth, want, err)
		}
	}
}

// Where octets are put in: behind a frame of their sender's, or when it has
// received one of the other end.
func TestPlaceOfTry(t *testing.T) {
	a := putRecord(t)
	for _, x := range []struct {
		frame    int
		dir      string
		heard    bool
		own, seq int
		text     string
	}{
		{4, "c2s", false, 1, 4, "behind frame 5, the client’s PING"},
		{3, "c2s", false, 0, 3, "behind frame 4, the client’s PING"},
		{5, "c2s", true, 0, 4, "when the client has received frame 6, the server’s SETTINGS"},
		{7, "c2s", true, 2, 4, "when the client has received frame 8, the server’s PING"},
		{0, "s2c", true, -1, 0, "when the server has received frame 1, the client’s connection preface"},
		{4, "s2c", true, 1, 4, "when the server has received frame 5, the client’s PING"},
		{9, "s2c", true, 2, 4, "when the server has received frame 10, the client’s PING"},
		{8, "c2s", false, 0, 0, "The client never received frame 9, the server’s PING: nothing can be sent at that instant."},
		{-1, "c2s", false, 2, 5, "behind frame 10, the client’s PING, its last"},
	} {
		v := a.Try(inspect.TryQuery{Conn: 1, Frame: x.frame, Dir: x.dir, Octets: frame.AppendPing(nil, [8]byte{9}, false)})
		p := v.Place
		if p.Text != x.text || p.Heard != x.heard || p.Own != x.own || p.Seq != x.seq {
			t.Errorf("frame %d, %s: %+v, want %+v", x.frame+1, x.dir, p, x)
		}
		if missing := strings.HasPrefix(x.text, "The "); missing != (p.Conn == 0) || missing == (len(v.Frames) == 1) {
			t.Errorf("frame %d, %s: %+v", x.frame+1, x.dir, v)
		}
	}
}

// The receiver judges with what it knows when the octets arrive: what it has sent
// until then counts, what it sends later does not.
func TestTryWhenHeard(t *testing.T) {
	a := putRecord(t)
	try := func(at int, dir string, octets []byte) string {
		return a.Try(inspect.TryQuery{Conn: 1, Frame: at, Dir: dir, Octets: octets}).Outcome
	}
	if got := try(0, "s2c", frame.AppendPing(nil, [8]byte{9}, false)); got != "connection" {
		t.Errorf("the server begins with PING: %s", got) // RFC 9113, section 3.4
	}
	if got := try(4, "s2c", frame.AppendPing(nil, [8]byte{9}, false)); got != "legal" {
		t.Errorf("a PING behind its SETTINGS: %s", got)
	}
	if got := try(5, "c2s", frame.AppendWindowUpdate(nil, 0, 0)); got != "connection" {
		t.Errorf("credit of 0: %s", got)
	}
}

// What was put in is found where the record says that it is.
func TestReactionFindsIt(t *testing.T) {
	a := putRecord(t)
	for seq, want := range []int{2, 2, 3, -1} {
		if v := a.Reaction(inspect.ReactionQuery{Conn: 1, Dir: "c2s", Seq: seq, N: 5}); v.Frame != want {
			t.Errorf("from number %d on it is frame %d, want %d", seq, v.Frame+1, want+1)
		}
	}
}
