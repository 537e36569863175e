package transport

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/trace"
)

// A record that began long before has no influence on the connection's own
// clock: the peer gets its whole time for the acknowledgement.
func TestConnectionThatBeginsLateInARecord(t *testing.T) {
	var of entries
	c, s := tcpPair(t)
	client, server := newEnd(t, conn.Client, pattern(100, 1)), newEnd(t, conn.Server, pattern(100, 2))
	server.start(s, func(o *Options) {
		o.Recorder, o.Conn, o.Zero = &of, trace.Conn{ID: 1}, time.Now().Add(-time.Hour)
	})
	client.start(c, nil)
	client.request()
	client.waitClosed(1)
	server.waitClosed(1)
	if f := server.c.Failed(); f != nil {
		t.Fatalf("the connection failed: %v", f)
	}
	of.mu.Lock()
	defer of.mu.Unlock()
	at := of.list[0].(*trace.Conn).At
	first := of.list[len(of.list)-1].(*trace.Chunk).SentAt
	if hour := int64(time.Hour); at < hour || first < at || first > hour+int64(bound) {
		t.Errorf("the connection begins at %d, its last chunk is at %d; want both an hour after the record's start", at, first)
	}
}

type entries struct {
	mu   sync.Mutex
	list []trace.Entry
}

func (r *entries) Append(e trace.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, e)
}

// The record of one end holds exactly the octets of both directions, in order.
func TestRecordHoldsEveryOctet(t *testing.T) {
	var ofClient, ofServer entries
	c, s := tcpPair(t)
	client, server := newEnd(t, conn.Client, pattern(3<<20, 1)), newEnd(t, conn.Server, pattern(2<<20, 2))
	record := func(to *entries, id uint32) func(*Options) {
		return func(o *Options) {
			o.Recorder, o.Conn = to, trace.Conn{ID: id, Client: "client", Server: "server", Via: "tcp"}
		}
	}
	server.start(s, record(&ofServer, 7))
	client.start(c, record(&ofClient, 7))
	client.request()
	client.waitClosed(1)
	server.waitClosed(1)
	client.d.Close()
	<-client.d.Done()
	<-server.d.Done()
	var octets [2][2][]byte // by end, by direction
	for i, r := range []*entries{&ofClient, &ofServer} {
		first := r.list[0].(*trace.Conn)
		if first.ID != 7 || first.Vantage != []trace.Vantage{trace.VantageClient, trace.VantageServer}[i] {
			t.Errorf("the record begins with %+v", first)
		}
		last, ok := r.list[len(r.list)-1].(*trace.Close)
		if !ok || last.By != "client" || last.Reason != "" {
			t.Errorf("the record ends with %+v; want an orderly close by the client", r.list[len(r.list)-1])
		}
		at, causes := int64(0), 0
		for _, e := range r.list {
			switch e := e.(type) {
			case *trace.Chunk:
				if e.SentAt < at || e.ReceivedAt != e.SentAt {
					t.Fatalf("a chunk at %d, received at %d, after one at %d", e.SentAt, e.ReceivedAt, at)
				}
				at = e.SentAt
				octets[i][e.Dir] = append(octets[i][e.Dir], e.Octets...)
			case *trace.Cause:
				causes++
				if e.Dir != trace.Dir(i) || e.Frame == 0 && e.Rule != "preface" {
					t.Errorf("cause %+v; want only our own frames, the first by the rule preface", e)
				}
			}
		}
		if causes == 0 {
			t.Error("the record has no causes")
		}
	}
	for dir := range 2 {
		if !bytes.Equal(octets[0][dir], octets[1][dir]) {
			t.Errorf("direction %v: the two ends recorded different octets (%d and %d)", trace.Dir(dir), len(octets[0][dir]), len(octets[1][dir]))
		}
	}
	if !bytes.HasPrefix(octets[0][trace.ToServer], []byte(frame.Preface)) {
		t.Error("the client's octets don't begin with the preface")
	}
}
