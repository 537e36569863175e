package conn_test

import (
	"errors"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
)

// A client can't open a stream that depends on itself: the server would have to
// reset it (RFC 7540, section 5.3.1). The identifier stays for the next.
func TestOpenDependsOnItself(t *testing.T) {
	c := conn.New(conn.Config{})
	fields := []hpack.Field{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "x"}, {Name: ":path", Value: "/"}}
	_, err := c.Open(fields, conn.HeaderOptions{End: true, Priority: &frame.PriorityParam{StreamDep: 1}})
	if !errors.Is(err, conn.ErrArgument) {
		t.Errorf("stream 1 may depend on stream 1: %v", err)
	}
	if id, err := c.Open(fields, conn.HeaderOptions{End: true, Priority: &frame.PriorityParam{StreamDep: 3}}); id != 1 || err != nil {
		t.Errorf("the next stream is %d, %v; want 1", id, err)
	}
}

// SetNextStreamID takes identifiers of our own side that were not used, and no
// others.
func TestSetNextStreamID(t *testing.T) {
	c := conn.New(conn.Config{})
	for _, id := range []uint32{0, 2, 1 << 31} {
		if err := c.SetNextStreamID(id); !errors.Is(err, conn.ErrArgument) {
			t.Errorf("the next stream of a client may be %d: %v", id, err)
		}
	}
	if err := c.SetNextStreamID(11); err != nil || c.NextStreamID() != 11 {
		t.Errorf("the next stream is %d, %v; want 11", c.NextStreamID(), err)
	}
	if err := c.SetNextStreamID(9); !errors.Is(err, conn.ErrArgument) {
		t.Errorf("the next stream may go back: %v", err)
	}
}

// SetConnWindow announces what it adds, and takes back what it narrows from what
// would be given back.
func TestSetConnWindow(t *testing.T) {
	c := conn.New(conn.Config{})
	if err := c.SetConnWindow(100_000); err != nil {
		t.Fatal(err)
	}
	if size, taken := c.RecvWindow(); size != 100_000 || taken != 0 || c.ConnWindow().Recv != 100_000 {
		t.Errorf("the window has %d octets, %d taken, %d left; want 100000, 0, 100000", size, taken, c.ConnWindow().Recv)
	}
	if err := c.SetConnWindow(70_000); err != nil {
		t.Fatal(err)
	}
	if size, _ := c.RecvWindow(); size != 70_000 || c.ConnWindow().Recv != 100_000 {
		t.Errorf("the window has %d octets, %d left; want 70000 and, until it is used, 100000", size, c.ConnWindow().Recv)
	}
	if err := c.SetConnWindow(1 << 31); !errors.Is(err, conn.ErrArgument) {
		t.Errorf("a window may have 2^31 octets: %v", err)
	}
}
