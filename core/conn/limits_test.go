package conn

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/hpack"
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

// TestLimitDefaults: each option has the default that its comment names.
func TestLimitDefaults(t *testing.T) {
	second := int64(time.Second)
	want := Limits{MaxConcurrent: 100, MaxReserved: 200, MaxContinuations: 8, MaxBlock: 64 << 10, MaxFieldList: 64 << 10,
		MaxFields: 256, SettingsTimeout: 10 * second, MaxSettings: 32, Resets: 1000, ResetRate: 33, UnsentAcks: 1000,
		ForcedFrames: 5000, SettingFlips: 50, EmptyData: 100, TinyData: 25600, Priorities: 100, UselessFrames: 10000,
		Ledger: 4 << 20, StallTimeout: 30 * second, IdleTimeout: 60 * second, KeepAliveTimeout: 20 * second, CloseTimeout: second}
	if got := New(Config{Role: Server}).cfg.Limits; got != want {
		t.Errorf("a server has\n%+v, want\n%+v", got, want)
	}
	want.IdleTimeout = 0
	if got := New(Config{}).cfg.Limits; got != want {
		t.Errorf("a client has\n%+v, want\n%+v", got, want)
	}
}

// TestLimitsOff makes each attack on a connection whose limit in question is as
// good as none: it must not act.
func TestLimitsOff(t *testing.T) {
	seen := map[LimitName]bool{}
	for _, w := range attackRows() {
		for i := range w.attacks {
			a := w.attacks[i]
			if a.limit == "" {
				continue
			}
			seen[a.limit] = true
			t.Run(string(a.limit)+"/"+a.role.String()+"/"+a.name, func(t *testing.T) {
				on := a.cfg
				a.cfg = func(c *Config) {
					if on != nil {
						on(c)
					}
					none(t, &c.Limits, a.limit)
				}
				r := a.begin(t)
				for i := range min(10*a.at, 20_000) {
					if e := a.do(r, i); e.told.Limit == a.limit {
						t.Fatalf("%s acts at unit %d: %d of %d", a.limit, i+1, e.told.N, e.told.Max)
					}
				}
			})
		}
	}
	// What no attack of the table is about: KeepAlive and CloseTimeout have tests
	// of their own, ResetRate is a part of Resets.
	for i := range reflect.TypeFor[Limits]().NumField() {
		name := LimitName(reflect.TypeFor[Limits]().Field(i).Name)
		switch name {
		case "ResetRate", "KeepAlive", "KeepAliveTimeout", "CloseTimeout":
		default:
			if !seen[name] {
				t.Errorf("no attack goes over %s", name)
			}
		}
	}
}

// none sets an option to its value for no limit: the largest one, and for ever.
func none(t *testing.T, l *Limits, name LimitName) {
	f := reflect.ValueOf(l).Elem().FieldByName(string(name))
	switch {
	case strings.HasSuffix(string(name), "Timeout"):
		f.SetInt(-1)
	case f.CanUint():
		f.SetUint(math.MaxUint32)
	case f.CanInt():
		f.SetInt(math.MaxInt)
	default:
		t.Fatalf("%s is %v", name, f.Type())
	}
}

// TestLongestTimes: the longest times do not run over.
func TestLongestTimes(t *testing.T) {
	long := int64(math.MaxInt64)
	p := &peer{t: t, enc: hpack.NewEncoder(), c: New(Config{Role: Server, Limits: Limits{SettingsTimeout: long, StallTimeout: long,
		IdleTimeout: long, KeepAlive: long, KeepAliveTimeout: long, CloseTimeout: long}})}
	p.b = frame.AppendSettings([]byte(frame.Preface), nil)
	p.get(1, true)
	p.deliver()
	answering(100_000)(p)
	for _, now := range []int64{10, 3600e9, 1 << 60} {
		p.c.Tick(now)
		if got := p.answerAt(now); got != "" || p.c.deadline() < now {
			t.Errorf("at %d: %q, deadline %d", now, got, p.c.deadline())
		}
	}
}

// TestCut: a connection that has failed, or that was idle, hands out when the
// transport must close whatever the peer has not read.
func TestCut(t *testing.T) {
	for _, limit := range []int64{0, 5e9, -1} {
		c := New(Config{Role: Server, Limits: Limits{CloseTimeout: limit}})
		ok(t, c.Receive(3e9, []byte("GET / HTTP/1.1\r\n\r\n")))
		var o Output
		c.Poll(3e9, &o, 0)
		want := map[int64]int64{0: 4e9, 5e9: 8e9, -1: 0}[limit]
		if !o.Close || o.Cut || o.Deadline != want {
			t.Fatalf("CloseTimeout %d: Close %v, Cut %v, deadline %d, want %d", limit, o.Close, o.Cut, o.Deadline, want)
		}
		if want == 0 {
			continue
		}
		c.Tick(want - 1)
		if c.Poll(want-1, &o, 0); o.Cut {
			t.Errorf("CloseTimeout %d: cut too early", limit)
		}
		c.Tick(want)
		if c.Poll(want, &o, 0); !o.Cut || o.Deadline != 0 {
			t.Errorf("CloseTimeout %d: Cut %v, deadline %d", limit, o.Cut, o.Deadline)
		}
	}
	p := newPeer(t, Server)
	p.deliver()
	p.c.Tick(60e9 + 1)
	var o Output
	if p.c.Poll(60e9+1, &o, 0); !o.Close || o.Deadline != 61e9+1 {
		t.Errorf("idle: Close %v, deadline %d", o.Close, o.Deadline)
	}
}

// TestIdleAndBusy: what happens between two polls counts.
func TestIdleAndBusy(t *testing.T) {
	p := newPeer(t, Server)
	p.deliver()
	p.get(1, true)
	ok(t, p.c.Receive(60e9+1, p.b)) // a request, in the instant in which idleness ends
	p.b = nil
	p.c.Tick(60e9 + 1)
	if got := p.answerAt(60e9 + 1); got != "" {
		t.Fatal("a connection with a request is closed as idle:", got)
	}
	ok(t, p.c.Headers(1, status("200"), HeaderOptions{End: true})) // long after it came
	var o Output
	if p.c.Poll(300e9, &o, 0); o.Deadline != 360e9 {
		t.Error("the answer left at 300 s, deadline", o.Deadline)
	}
	p.get(3, false)
	p.b = frame.AppendRSTStream(p.b, 3, frame.Cancel)
	ok(t, p.c.Receive(350e9, p.b))
	if p.c.Poll(350e9, &o, 0); o.Deadline != 410e9 {
		t.Error("a request came and went at 350 s, deadline", o.Deadline)
	}
}

// TestStallBegins: the time without progress counts from the DATA that waits and
// not from what left before it.
func TestStallBegins(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true)
	p.deliver()
	ok(t, p.c.Headers(1, status("200"), HeaderOptions{}))
	ok(t, p.c.Data(1, make([]byte, defaultWindow), false))
	p.answerAt(2)
	p.c.Tick(29e9)
	ok(t, p.c.Data(1, []byte("x"), false)) // the windows are used up
	for now := int64(30e9); now < 59e9; now += 1e9 {
		p.c.Tick(now)
	}
	if got := p.answerAt(59e9 - 1); got != "" {
		t.Error("DATA that waits for less than 30 s:", got)
	}
	p.c.Tick(59e9)
	if got := p.answerAt(59e9); got != "RST_STREAM 1 CANCEL" {
		t.Errorf("DATA that waits for 30 s: %q", got)
	}
}

// TestUpgradeEntries: the settings of an upgrade are held to the limit of a frame.
func TestUpgradeEntries(t *testing.T) {
	if err := New(Config{Role: Server}).Upgrade(make([]byte, 6*33), get("/")); !errors.Is(err, ErrArgument) {
		t.Error("33 entries in HTTP2-Settings:", err)
	}
	if err := New(Config{Role: Server}).Upgrade(make([]byte, 6*32), get("/")); err != nil {
		t.Error("32 entries in HTTP2-Settings:", err)
	}
}

// TestEmptyContinuations: the option allows as many as it says.
func TestEmptyContinuations(t *testing.T) {
	p := newPeer(t, Server)
	p.c.cfg.Limits.EmptyContinuations = 2
	begun(false)(p)
	for range 2 {
		p.raw(frame.Continuation, 0, 1)
	}
	if got := p.deliver(); got != "" {
		t.Error(got)
	}
	p.raw(frame.Continuation, 0, 1)
	if got := p.deliver(); got != calm {
		t.Errorf("%q", got)
	}
}

// TestLargeString: one field may be as large as MaxFieldList lets the section be.
func TestLargeString(t *testing.T) {
	p := newPeer(t, Server)
	p.c = New(Config{Role: Server, Limits: Limits{MaxFieldList: 1 << 20, MaxBlock: 1 << 20}})
	p.message(0, true, "a", strings.Repeat("\xff", 100_000))
	if got := p.deliver(); got != "" || p.c.StreamState(1) != HalfClosedRemote {
		t.Errorf("%q, stream 1 is %v", got, p.c.StreamState(1))
	}
}
