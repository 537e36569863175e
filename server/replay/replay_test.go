package replay

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"

	"go.uber.org/goleak"
	xhpack "golang.org/x/net/http2/hpack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// block is a field block without the dynamic table.
func block(fields ...string) []byte {
	var b bytes.Buffer
	e := xhpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		e.WriteField(xhpack.HeaderField{Name: fields[i], Value: fields[i+1], Sensitive: true})
	}
	return b.Bytes()
}

// answer is what a server says: settings, and on stream 1 a response whose
// content is cut into frames of n octets.
func answer(status, content string, n int) []byte {
	b := frame.AppendSettings(nil, []frame.Setting{{ID: frame.MaxConcurrentStreams, Value: 7}})
	b = frame.AppendSettingsAck(b)
	b = frame.AppendHeaders(b, 1, block(":status", status, "date", time.Now().String()), false, true, nil, frame.NoPadding)
	for content != "" {
		k := min(n, len(content))
		b = frame.AppendData(b, 1, []byte(content[:k]), k == len(content), frame.NoPadding)
		content = content[k:]
	}
	return b
}

func request() []byte {
	b := frame.AppendSettings([]byte(frame.Preface), nil)
	return frame.AppendHeaders(b, 1, block(":method", "GET", ":scheme", "http", ":path", "/"), true, true, nil, frame.NoPadding)
}

// recorded is a record in which the client sends a PING when it has the response.
func recorded(server []byte) []trace.Entry {
	return []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 4},
		&trace.Chunk{Conn: 4, Octets: request()},
		&trace.Chunk{Conn: 4, Dir: trace.ToClient, SentAt: 1, Octets: server},
		&trace.Chunk{Conn: 4, SentAt: 2, Octets: frame.AppendPing(nil, [8]byte{1}, false)}}
}

// run replays against a server that says something and then reads what comes.
func run(t *testing.T, entries []trace.Entry, says []byte) (Result, []byte) {
	t.Helper()
	s, err := Prepare(entries, 0, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	client, server := net.Pipe()
	got := make(chan []byte, 1)
	go func() {
		defer server.Close()
		first := make([]byte, len(request()))
		io.ReadFull(server, first)
		server.Write(says)
		rest, _ := io.ReadAll(server)
		got <- append(first, rest...)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := s.Run(ctx, client, Options{Patience: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return r, <-got
}

func TestTheSameInOtherFrames(t *testing.T) {
	r, got := run(t, recorded(answer("200", "some content", 5)), answer("200", "some content", 3))
	if r.Difference != nil || r.Stopped != "" || r.Done != 4 || r.Streams != 1 {
		t.Errorf("%+v %+v", r, r.Difference)
	}
	// The SETTINGS of now are acknowledged, though the record's were not.
	ack := frame.AppendSettingsAck(nil)
	if want := frame.AppendPing(request(), [8]byte{1}, false); !bytes.Equal(bytes.Replace(got, ack, nil, 1), want) || !bytes.Contains(got, ack) {
		t.Errorf("the server got %q", got)
	}
}

func TestFirstDifference(t *testing.T) {
	same := answer("200", "some content", 5)
	tests := []struct {
		name   string
		says   []byte
		stream uint32
		text   string
	}{
		{"status", answer("404", "some content", 5), 1, `":status: 200" in the trace, ":status: 404" now`},
		{"length", answer("200", "some", 5), 1, "12 octets in the trace and 4 now"},
		{"content", answer("200", "some kontent", 5), 1, "other octets"},
		{"more", frame.AppendGoAway(bytes.Clone(same), 1, frame.InternalError, nil), 0, "the server said more"},
		{"a setting", bytes.Replace(bytes.Clone(same), []byte{0, 3, 0, 0, 0, 7}, []byte{0, 3, 0, 0, 0, 9}, 1), 0, `MAX_CONCURRENT_STREAMS=7" in the trace`},
		{"a reset", frame.AppendRSTStream(answer("200", "", 5), 1, frame.Cancel), 1, "something else"},
	}
	for _, tt := range tests {
		r, _ := run(t, recorded(same), tt.says)
		if d := r.Difference; d == nil || d.Stream != tt.stream || !strings.Contains(d.Text, tt.text) {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}

func TestServerThatDoesNotGoOn(t *testing.T) {
	same := answer("200", "some content", 5)
	r, got := run(t, recorded(same), same[:len(same)-5])
	if r.Done != 3 || !strings.Contains(r.Stopped, "stream 1") || !bytes.HasPrefix(got, request()) {
		t.Errorf("%+v, the server got %d octets", r, len(got))
	}
}

// A server keeps the time that it took in the record, if it is asked to.
func TestPace(t *testing.T) {
	const gap = 60 * time.Millisecond
	server := frame.AppendSettings(nil, nil)
	entries := []trace.Entry{&trace.Conn{ID: 1}, &trace.Chunk{Conn: 1, Octets: request()},
		&trace.Chunk{Conn: 1, Dir: trace.ToClient, SentAt: int64(gap), ReceivedAt: int64(gap), Octets: server}}
	for _, paced := range []bool{false, true} {
		s, err := Prepare(entries, 0, Rules{Side: Server})
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := net.Pipe()
		came := make(chan time.Duration, 1)
		began := time.Now()
		go func() {
			defer ours.Close()
			go ours.Write(request())
			b := make([]byte, len(server))
			io.ReadFull(ours, b)
			came <- time.Since(began)
			io.Copy(io.Discard, ours)
		}()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		r, err := s.Run(ctx, theirs, Options{Patience: 200 * time.Millisecond, Paced: paced})
		cancel()
		if err != nil || !r.Same() {
			t.Errorf("%v %+v %+v", err, r, r.Difference)
		}
		if took := <-came; paced && took < gap {
			t.Errorf("it was sent after %v, in the record after %v", took, gap)
		}
	}
}

// Connections that start late are left out, and named; others are replayed.
func TestConnectionsThatCanBeReplayed(t *testing.T) {
	late := frame.AppendPing(nil, [8]byte{}, false)
	entries := []trace.Entry{&trace.Conn{ID: 1}, &trace.Conn{ID: 2}, &trace.Conn{ID: 3}, &trace.Conn{ID: 4},
		&trace.Chunk{Conn: 1, Octets: late},
		&trace.Chunk{Conn: 2, Octets: request()},
		&trace.Chunk{Conn: 2, Dir: trace.ToClient, Octets: answer("200", "x", 1)},
		&trace.Chunk{Conn: 3, Octets: []byte("GET / HTTP/1.1\r\nhost: a\r\n\r\n")},
		&trace.Chunk{Conn: 3, Dir: trace.ToClient, Octets: []byte("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")}}
	for _, side := range []Side{Client, Server} {
		ids, refused := Connections(entries, Rules{Side: side})
		if len(ids) != 1 || ids[0] != 2 || len(refused) != 3 {
			t.Fatalf("%v %v", ids, refused)
		}
		for i, want := range []string{"connection 1 does not begin with the client's preface: a capture that starts late", "connection 3 is HTTP/1.1 that never became HTTP/2", "the client says nothing on connection 4"} {
			if !strings.Contains(refused[i].Error(), want) {
				t.Errorf("%s: %v, want %q", side, refused[i], want)
			}
		}
		if s, err := Prepare(entries, 0, Rules{Side: side}); err != nil || s.Conn.ID != 2 {
			t.Errorf("%v", err)
		}
	}
	if _, err := Prepare(nil, 0, Rules{}); err == nil {
		t.Error("a record without a connection")
	}
}
