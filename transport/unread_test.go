package transport

import (
	"errors"
	"net"
	"testing"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
)

// A peer that breaks the protocol and does not read our GOAWAY doesn't keep the
// connection: the core says when it is enough.
func TestPeerThatDoesNotRead(t *testing.T) {
	ours, theirs := net.Pipe() // a write blocks until it is read
	defer theirs.Close()
	c := conn.New(conn.Config{Role: conn.Server, Limits: conn.Limits{CloseTimeout: int64(20 * time.Millisecond)}})
	d := New(ours, Options{Engine: ForConn(c, func([]conn.Event) {}), Role: conn.Server})
	d.Start()
	bad := frame.AppendSettings([]byte(frame.Preface), nil)
	bad = frame.AppendRaw(bad, frame.Header{Type: frame.Ping}, []byte{1})
	if _, err := theirs.Write(bad); err != nil {
		t.Fatal(err)
	}
	<-d.Done()
	if err := d.Err(); !errors.Is(err, ErrUnread) {
		t.Errorf("ended with %v, want ErrUnread", err)
	}
	if c.Failed() == nil {
		t.Error("the connection has not failed")
	}
}

// Nor does one that does not read what came before our farewell, while a stream
// of it is open, which it says nothing on.
func TestIdlePeerThatDoesNotRead(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	c := conn.New(conn.Config{Role: conn.Server, Limits: conn.Limits{SettingsTimeout: -1, IdleTimeout: -1}}) // which would end it too
	var d *Driver
	d = New(ours, Options{Engine: ForConn(c, func([]conn.Event) {}), Role: conn.Server, IdleTimeout: 20 * time.Millisecond,
		OnIdle: func() bool { d.CloseLocked(); return true }})
	d.Start()
	select {
	case <-d.Done():
	case <-time.After(bound):
		d.Abort(nil)
		t.Fatal("the connection is kept")
	}
	if err := d.Err(); !errors.Is(err, ErrUnread) {
		t.Errorf("ended with %v, want ErrUnread", err)
	}
}
