package conn

import (
	"testing"

	"framewise/core/frame"
)

func TestStall(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true)
	p.get(3, true)
	p.deliver()
	for _, id := range []uint32{1, 3} {
		ok(t, p.c.Headers(id, status("200"), HeaderOptions{}))
		ok(t, p.c.Data(id, make([]byte, 100_000), true))
	}
	p.answerAt(2)
	p.b = frame.AppendWindowUpdate(nil, 0, 100_000) // stream 1 and 3 have 32 KiB left each
	if got := p.deliver(); got != "" {
		t.Fatal(got)
	}
	var o Output
	p.c.Poll(10, &o, 0)
	for o.Deadline != 0 && p.c.StreamState(1) != ClosedBySentReset {
		p.b = frame.AppendWindowUpdate(nil, 3, 1) // stream 3 makes progress, an octet at a time
		if err := p.c.Receive(o.Deadline-1, p.b); err != nil {
			t.Fatal(err)
		}
		now := o.Deadline
		p.c.Poll(now-1, &o, 0)
		p.c.Tick(now)
		p.c.Poll(now, &o, 0)
	}
	if p.c.StreamState(1) != ClosedBySentReset || p.c.StreamState(3).Closed() || p.c.Failed() != nil {
		t.Error(p.c.StreamState(1), p.c.StreamState(3), p.c.Failed())
	}
}

func TestIdle(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true)
	p.deliver()
	var o Output
	p.c.Poll(1, &o, 0)
	if o.Deadline != 0 {
		t.Fatal("a stream is open, yet there is a deadline:", o.Deadline)
	}
	ok(t, p.c.Headers(1, status("200"), HeaderOptions{End: true}))
	p.c.Poll(5, &o, 0)
	if o.Deadline != 60e9+5 {
		t.Fatal("deadline", o.Deadline)
	}
	p.c.Tick(o.Deadline)
	if got := p.answerAt(60e9 + 6); got != "GOAWAY NO_ERROR" {
		t.Error(got)
	}
	p.c.Poll(60e9+7, &o, 0)
	if !o.Close {
		t.Error("the connection stays open")
	}
}

func TestKeepAlive(t *testing.T) {
	c := New(Config{Limits: Limits{KeepAlive: 5e9, SettingsTimeout: -1}})
	ok(t, c.Receive(100, frame.AppendSettings(nil, nil)))
	var o Output
	c.Poll(100, &o, 0)
	if o.Deadline != 5e9+100 {
		t.Fatal("deadline", o.Deadline)
	}
	c.Tick(o.Deadline)
	c.Poll(o.Deadline, &o, 0)
	var sp frame.Splitter
	sp.Push(o.Segments[0])
	f, _, _ := sp.Next()
	data, err := frame.ParsePing(f)
	if err != nil {
		t.Fatal(err)
	}
	ok(t, c.Receive(6e9, frame.AppendPing(nil, data, true)))
	c.Poll(6e9, &o, 0)
	for _, e := range o.Events {
		if e.Kind == EvPingAck {
			t.Error("the owner is told of an answer that it did not ask for")
		}
	}
	c.Tick(11e9)
	c.Poll(11e9, &o, 0)
	if o.Deadline != 31e9 {
		t.Fatal("deadline", o.Deadline)
	}
	c.Tick(31e9)
	if c.Failed() == nil || c.Failed().Section != "6.7" {
		t.Error(c.Failed())
	}
}

// TestTimeBegins is a connection whose first instant is not 0.
func TestTimeBegins(t *testing.T) {
	c := New(Config{})
	var o Output
	c.Poll(500e9, &o, 0)
	if o.Deadline != 510e9 {
		t.Error("deadline", o.Deadline)
	}
}
