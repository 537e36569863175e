package relay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"framewise/server/internal/leaktest"
	"framewise/transport"
	"framewise/transport/ws"
)

// rawPort opens a port, or a tap when there is a target, and returns its address.
func (l *lab) rawPort(to string) (w *raw, addr string, err error) {
	path, q := "/relay/listen?", url.Values{"port": {"0"}}
	if to != "" {
		path = "/relay/tap?"
		q.Set("to", to)
	}
	if w, err = l.raw(path + q.Encode()); err != nil {
		return nil, "", err
	}
	a, err := w.answer()
	if err != nil {
		w.Close()
		return nil, "", err
	}
	return w, a.Address, nil
}

// visit connects to a port.
func visit(addr string) (*net.TCPConn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(bound))
	return c.(*net.TCPConn), nil
}

// arrival reads what a port's page is told of a connection.
func (w *raw) arrival() (token string, err error) {
	_, b, err := w.next()
	var a ws.Arrival
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err == nil && a.Accept == "" {
		err = fmt.Errorf("the page is told %q", b)
	}
	return a.Accept, err
}

// fetch asks for a connection by its token.
func (l *lab) fetch(token string) (*raw, error) {
	w, err := l.raw("/relay/accept?" + url.Values{"token": {token}}.Encode())
	if err != nil {
		return nil, err
	}
	if _, err := w.answer(); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// ended wants the connection to end, whatever the way.
func ended(c net.Conn) error {
	_, err := io.Copy(io.Discard, c)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the connection was left open")
	}
	return nil
}

// portFault is a fault of a port: act gets the page's end and a caller's.
func portFault(name string, set func(*Options), act func(l *lab, page *raw, caller *net.TCPConn, token string, i int) error) leaktest.Fault {
	return leaktest.Fault{Name: name, SetUp: func(t *testing.T) func(int) error {
		l := faultLab(t, set)
		return func(i int) error {
			page, addr, err := l.rawPort("")
			if err != nil {
				return err
			}
			defer page.Close()
			caller, err := visit(addr)
			if err != nil {
				return err
			}
			defer caller.Close()
			token, err := page.arrival()
			if err != nil {
				return err
			}
			return act(l, page, caller, token, i)
		}
	}}
}

func shortDial(o *Options) { o.DialTimeout = 50 * time.Millisecond }

func portFaults() []leaktest.Fault {
	return []leaktest.Fault{
		portFault("accept token reused", nil, func(l *lab, _ *raw, caller *net.TCPConn, token string, _ int) error {
			w, err := l.fetch(token)
			if err != nil {
				return err
			}
			defer w.Close()
			var f *transport.DialError
			if again, err := l.fetch(token); !errors.As(err, &f) || f.Kind != transport.NotAllowed {
				if err == nil {
					again.Close()
				}
				return fmt.Errorf("the second time: %v", err)
			}
			caller.Write([]byte("still there"))
			_, _, err = w.next()
			return err
		}),
		portFault("accept token never fetched", shortDial, func(_ *lab, _ *raw, caller *net.TCPConn, _ string, _ int) error { return ended(caller) }),
		portFault("accept token fetched too late", shortDial, func(l *lab, _ *raw, caller *net.TCPConn, token string, _ int) error {
			if err := ended(caller); err != nil {
				return err
			}
			var f *transport.DialError
			if _, err := l.fetch(token); !errors.As(err, &f) || f.Kind != transport.NotAllowed {
				return fmt.Errorf("it is %v", err)
			}
			return nil
		}),
		portFault("page vanishes, a call waits", nil, func(_ *lab, page *raw, caller *net.TCPConn, _ string, i int) error {
			if i%2 == 0 {
				page.abort()
			} else {
				page.Close()
			}
			return ended(caller)
		}),
		portFault("page vanishes as it fetches", nil, func(l *lab, page *raw, caller *net.TCPConn, token string, _ int) error {
			w, err := l.raw("/relay/accept?token=" + token)
			page.abort()
			if err == nil {
				w.abort()
			}
			return ended(caller)
		}),
		portFault("caller resets before it is fetched", nil, func(l *lab, _ *raw, caller *net.TCPConn, token string, _ int) error {
			caller.SetLinger(0)
			caller.Close()
			w, err := l.fetch(token)
			if err != nil {
				return err
			}
			return w.closed(1000)
		}),
		portFault("page sends to its port", nil, func(_ *lab, page *raw, caller *net.TCPConn, _ string, i int) error {
			if i%2 == 0 {
				page.send(opText, []byte("hello"))
			} else { // and stops within
				page.Write(appendFrame(nil, final|opBinary, 1000, []byte("half")))
			}
			if err := page.cut(1008); err != nil {
				return err
			}
			return ended(caller)
		}),
	}
}

// tapFault is a fault of a tap: act gets the page's end and a client's, which has
// had an answer of the server's.
func tapFault(name string, serve func(net.Conn), set func(*Options), act func(page *raw, client *net.TCPConn, i int) error) leaktest.Fault {
	return leaktest.Fault{Name: name, SetUp: func(t *testing.T) func(int) error {
		l := faultLab(t, set)
		to := target(t, listen(t), serve)
		return func(i int) error {
			page, addr, err := l.rawPort(to)
			if err != nil {
				return err
			}
			defer page.Close()
			client, err := visit(addr)
			if err != nil {
				return err
			}
			defer client.Close()
			if _, err = client.Write([]byte("0123456789")); err == nil {
				_, err = io.ReadFull(client, make([]byte, 10))
			}
			if err != nil && set != nil { // on a busy machine the time is up already
				return nil
			}
			if err != nil {
				return err
			}
			return act(page, client, i)
		}
	}}
}

func tapFaults() []leaktest.Fault {
	return []leaktest.Fault{
		tapFault("tap: page vanishes", echo, nil, func(page *raw, client *net.TCPConn, i int) error {
			if i%2 == 0 {
				page.abort()
			} else {
				page.Close()
			}
			return ended(client)
		}),
		tapFault("tap: page vanishes while it reads nothing", flood, nil, func(page *raw, client *net.TCPConn, _ int) error {
			io.CopyN(io.Discard, client, 3<<20)
			page.abort()
			return ended(client)
		}),
		tapFault("tap: page sends", echo, nil, func(page *raw, client *net.TCPConn, _ int) error {
			page.send(opText, []byte("hello"))
			if err := page.closed(0, 1008); err != nil {
				return err
			}
			return ended(client)
		}),
		tapFault("tap: client resets", echo, nil, func(page *raw, client *net.TCPConn, _ int) error {
			client.SetLinger(0)
			client.Close()
			return page.sees("close")
		}),
		tapFault("tap: server resets", func(c net.Conn) {
			io.CopyN(c, c, 10)
			io.CopyN(io.Discard, c, 1)
			c.(*net.TCPConn).SetLinger(0)
		}, nil, func(page *raw, client *net.TCPConn, _ int) error {
			client.Write([]byte("x"))
			if err := ended(client); err != nil {
				return err
			}
			return page.sees("close")
		}),
		tapFault("tap: time is up while the page reads nothing", func(c net.Conn) { go io.Copy(io.Discard, c); flood(c) },
			func(o *Options) { o.MaxListen = time.Second }, func(_ *raw, client *net.TCPConn, _ int) error { return ended(client) }),
		{Name: "tap: client that says nothing", SetUp: func(t *testing.T) func(int) error {
			l := faultLab(t, nil)
			to := target(t, listen(t), echo)
			return func(int) error {
				page, addr, err := l.rawPort(to)
				if err != nil {
					return err
				}
				client, err := visit(addr)
				if err != nil {
					return err
				}
				defer client.Close()
				page.Close()
				return ended(client)
			}
		}},
	}
}

// sees reads until an entry of the kind comes.
func (w *raw) sees(kind string) error {
	for {
		_, b, err := w.next()
		if err != nil {
			return fmt.Errorf("no entry %q: %w", kind, err)
		}
		var e struct{ K string }
		if json.Unmarshal(b, &e) == nil && e.K == kind {
			return nil
		}
	}
}

func TestFaultsOfPortsAndTaps(t *testing.T) {
	leaktest.Table(t, 100, append(portFaults(), tapFaults()...))
}
