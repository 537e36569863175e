package conn

import (
	"fmt"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// TestDripCostsAFrame: with n streams that wait for the connection's window, a
// WINDOW_UPDATE costs what it lets go, whatever n and the scheme. RFC 9113,
// section 10.5, warns of work that a peer can ask for out of proportion.
func TestDripCostsAFrame(t *testing.T) {
	for _, scheme := range []string{"", "u=3", "u=3, i", "tree"} {
		for _, n := range []int{2, 1000} {
			t.Run(fmt.Sprint(scheme, n), func(t *testing.T) {
				perFrame, left := drip(t, scheme, n)
				if perFrame > 3 {
					t.Errorf("%.1f steps for each WINDOW_UPDATE of 1 octet", perFrame)
				}
				if left != drips {
					t.Errorf("%d octets left, the windows allowed %d", left, drips)
				}
			})
		}
	}
}

const drips = 200

// drip opens n responses, uses the connection's window up, opens it by one octet
// at a time, and returns the steps for each and the octets of DATA that left.
func drip(t *testing.T, scheme string, n int) (perFrame float64, left int) {
	p := newPeer(t, Server)
	p.c.cfg.Limits.MaxConcurrent, p.c.cfg.Limits.WindowUpdates = uint32(n), drips
	for i := range n {
		id := uint32(2*i + 1)
		switch scheme {
		case "":
			p.get(id, true)
		case "tree":
			p.get(id, true)
			p.b = frame.AppendPriority(p.b, id, frame.PriorityParam{Weight: uint8(i)})
		default:
			p.get(id, true, "priority", scheme)
		}
		ok(t, p.c.Receive(1, p.b))
		p.b = p.b[:0]
		ok(t, p.c.Headers(id, status("200"), HeaderOptions{}))
		ok(t, p.c.Data(id, make([]byte, defaultWindow+drips), true))
	}
	var o Output
	for more := true; more; more = o.More {
		p.c.Poll(2, &o, 0)
	}
	if p.c.sendWindow != 0 || len(p.c.streams) != n {
		t.Fatal("the window is", p.c.sendWindow, "and", len(p.c.streams), "streams wait")
	}
	before := p.c.ready.steps
	for range drips {
		ok(t, p.c.Receive(3, frame.AppendWindowUpdate(nil, 0, 1)))
		p.c.Poll(3, &o, 0)
		if o.Octets > 0 {
			left += o.Octets - frame.HeaderLen
		}
	}
	return float64(p.c.ready.steps-before) / drips, left
}

// TestEndNeedsNoWindow: END_STREAM and trailers of a stream without DATA leave
// while both windows are closed, for others and for it (RFC 9113, section 6.9).
func TestEndNeedsNoWindow(t *testing.T) {
	p := newPeer(t, Server)
	for id := uint32(1); id <= 7; id += 2 {
		p.get(id, true)
	}
	ok(t, p.c.Receive(1, p.b))
	for id := uint32(1); id <= 7; id += 2 {
		ok(t, p.c.Headers(id, status("200"), HeaderOptions{}))
	}
	ok(t, p.c.Data(1, make([]byte, defaultWindow+1), true))
	var o Output
	p.c.Poll(2, &o, 0)
	ok(t, p.c.Data(3, nil, true))
	ok(t, p.c.Headers(5, []hpack.Field{{Name: "x", Value: "y"}}, HeaderOptions{End: true}))
	ok(t, p.c.Data(7, []byte("waits"), false))
	ok(t, p.c.Headers(7, []hpack.Field{{Name: "x", Value: "y"}}, HeaderOptions{End: true}))
	p.c.Poll(3, &o, 0)
	for id, want := range map[uint32]State{1: HalfClosedRemote, 3: ClosedByEnd, 5: ClosedByEnd, 7: HalfClosedRemote} {
		if got := p.c.StreamState(id); got != want {
			t.Errorf("stream %d is %v", id, got)
		}
	}
	ok(t, p.c.Receive(4, frame.AppendWindowUpdate(nil, 0, 6)))
	p.c.Poll(5, &o, 0)
	if got := p.c.StreamState(7); got != ClosedByEnd {
		t.Errorf("with a window stream 7 is %v", got)
	}
}
