package tap

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"framewise/server/internal/leaktest"
	"framewise/transport/testcert"
)

// ended wants a connection to end, whatever the way.
func ended(c net.Conn) error {
	_, err := io.Copy(io.Discard, c)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the connection was left open")
	}
	return nil
}

// fault is one through a tap with a recorder: act gets the client's end.
func fault(name string, serve func(net.Conn), set func(*Options), act func(c *net.TCPConn, i int) error) leaktest.Fault {
	return leaktest.Fault{Name: name, SetUp: func(t *testing.T) func(int) error {
		l := newLab(t, listen(t), serve, func(o *Options) {
			o.Recorder = nothing{}
			if set != nil {
				set(o)
			}
		})
		return l.each(act)
	}}
}

// each dials for every time.
func (l *lab) each(act func(c *net.TCPConn, i int) error) func(int) error {
	return func(i int) error {
		nc, err := net.Dial("tcp", l.addr)
		if err != nil {
			return err
		}
		c := nc.(*net.TCPConn)
		defer c.Close()
		c.SetDeadline(time.Now().Add(bound))
		return act(c, i)
	}
}

// pass sends octets and reads as many back.
func pass(c net.Conn, n int) error {
	if _, err := c.Write(make([]byte, n)); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, c, int64(n))
	return err
}

func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

func flood(c net.Conn) {
	for b := make([]byte, 64<<10); ; {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

func sink(c net.Conn) { io.Copy(io.Discard, c) }

func plainFaults() []leaktest.Fault {
	return []leaktest.Fault{
		fault("client vanishes", echo, nil, func(c *net.TCPConn, _ int) error { return pass(c, 1000) }),
		fault("client resets", echo, nil, func(c *net.TCPConn, _ int) error { err := pass(c, 1000); reset(c); return err }),
		fault("client resets while data flows", flood, nil, func(c *net.TCPConn, _ int) error {
			c.Write([]byte("x"))
			_, err := io.CopyN(io.Discard, c, 100_000)
			reset(c)
			return err
		}),
		fault("client leaves before its first octet", echo, nil, func(c *net.TCPConn, i int) error {
			if i%2 == 0 {
				reset(c)
			}
			return nil
		}),
		fault("client half-closes", echo, nil, func(c *net.TCPConn, _ int) error {
			c.Write([]byte("x"))
			c.CloseWrite()
			return ended(c)
		}),
		fault("client reads nothing", flood, nil, func(c *net.TCPConn, _ int) error {
			c.Write([]byte("x"))
			time.Sleep(20 * time.Millisecond)
			return nil
		}),
		fault("server closes at once", func(net.Conn) {}, nil, func(c *net.TCPConn, _ int) error { c.Write([]byte("x")); return ended(c) }),
		fault("server half-closes", func(c net.Conn) { c.(*net.TCPConn).CloseWrite(); sink(c) }, nil, func(c *net.TCPConn, _ int) error {
			c.Write(make([]byte, 50_000))
			if err := ended(c); err != nil {
				return err
			}
			c.CloseWrite()
			return nil
		}),
		fault("server resets mid-stream", func(c net.Conn) {
			io.CopyN(io.Discard, c, 10)
			c.Write(make([]byte, 5000))
			c.(*net.TCPConn).SetLinger(0)
		}, nil, func(c *net.TCPConn, _ int) error { c.Write(make([]byte, 30_000)); return ended(c) }),
		fault("server never answers", sink, nil, func(c *net.TCPConn, _ int) error {
			c.Write([]byte("x"))
			c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			c.Read(make([]byte, 1))
			return nil
		}),
		fault("server reads nothing", func(c net.Conn) { time.Sleep(100 * time.Millisecond) }, nil, func(c *net.TCPConn, _ int) error {
			c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
			for b := make([]byte, 64<<10); ; {
				if _, err := c.Write(b); err != nil {
					return nil
				}
			}
		}),
		fault("too many connections", echo, func(o *Options) { o.MaxConns = 3 }, func(c *net.TCPConn, _ int) error {
			if c.Write([]byte("x")); c.SetReadDeadline(time.Now().Add(20*time.Millisecond)) == nil {
				c.Read(make([]byte, 1))
			}
			return nil
		}),
		{Name: "server is not there", SetUp: func(t *testing.T) func(int) error {
			gone := listen(t)
			gone.Close()
			l := newLab(t, listen(t), echo, func(o *Options) { o.To, o.Recorder = gone.Addr().String(), nothing{} })
			return l.each(func(c *net.TCPConn, _ int) error { c.Write([]byte("x")); return ended(c) })
		}},
		{Name: "server's queue is full (dial timeout)", SetUp: func(t *testing.T) func(int) error {
			to := deaf(t)
			l := newLab(t, listen(t), echo, func(o *Options) { o.To, o.Recorder, o.DialTimeout = to, nothing{}, 50*time.Millisecond })
			return l.each(func(c *net.TCPConn, _ int) error { c.Write([]byte("x")); return ended(c) })
		}},
		{Name: "stop in the middle", SetUp: func(t *testing.T) func(int) error {
			return func(i int) error {
				l := newLab(t, listen(t), flood, func(o *Options) { o.Recorder = nothing{} })
				return l.each(func(c *net.TCPConn, _ int) error {
					c.Write([]byte("x"))
					if _, err := io.CopyN(io.Discard, c, 100_000); err != nil {
						return err
					}
					l.stop()
					return ended(c)
				})(i)
			}
		}},
	}
}

// deaf is the address of a listener that takes no more connections: its queue is
// full, so the system answers none.
func deaf(t *testing.T) string {
	t.Helper()
	ln := listen(t)
	t.Cleanup(func() { ln.Close() })
	raw, err := ln.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if cerr := raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) }); cerr != nil || err != nil {
		t.Fatal(cerr, err)
	}
	for range 64 {
		c, err := net.DialTimeout("tcp", ln.Addr().String(), 50*time.Millisecond)
		if err != nil {
			return ln.Addr().String()
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the listener's queue is never full")
	return ""
}

// tlsFault is one of a client that begins TLS, before a server with TLS.
func tlsFault(name string, set func(*Options), act func(c *net.TCPConn, i int) error) leaktest.Fault {
	return leaktest.Fault{Name: name, SetUp: func(t *testing.T) func(int) error {
		ca := testcert.New(t)
		a, err := OpenAuthority(t.TempDir(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		server := tls.NewListener(listen(t), &tls.Config{Certificates: []tls.Certificate{ca.Server(t, time.Time{}, "127.0.0.1")}, NextProtos: []string{"h2"}})
		l := newLab(t, server, echo, func(o *Options) {
			o.Authority, o.RootCAs, o.Recorder = a, ca.Pool, nothing{}
			if set != nil {
				set(o)
			}
		})
		return l.each(act)
	}}
}

func secure(c net.Conn) (*tls.Conn, error) {
	s := tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	return s, s.Handshake()
}

func tlsFaults() []leaktest.Fault {
	return []leaktest.Fault{
		tlsFault("TLS: client vanishes", nil, func(c *net.TCPConn, _ int) error {
			s, err := secure(c)
			if err != nil {
				return err
			}
			return pass(s, 1000)
		}),
		tlsFault("TLS: client resets", nil, func(c *net.TCPConn, _ int) error {
			_, err := secure(c)
			reset(c)
			return err
		}),
		tlsFault("TLS: client half-closes", nil, func(c *net.TCPConn, _ int) error {
			s, err := secure(c)
			if err != nil {
				return err
			}
			s.CloseWrite()
			return ended(s)
		}),
		tlsFault("TLS: client trusts nobody", nil, func(c *net.TCPConn, _ int) error {
			if tls.Client(c, &tls.Config{ServerName: "127.0.0.1"}).Handshake() == nil {
				return errors.New("it trusts the tap")
			}
			return nil
		}),
		tlsFault("TLS: hello of garbage", nil, func(c *net.TCPConn, i int) error {
			fmt.Fprintf(c, "\x16\x03\x01\x00\x20%032d", i)
			return ended(c)
		}),
		tlsFault("TLS: hello cut off", func(o *Options) { o.DialTimeout = 50 * time.Millisecond }, func(c *net.TCPConn, _ int) error {
			c.Write([]byte("\x16\x03\x01\x02\x00\x01"))
			return ended(c)
		}),
		tlsFault("TLS: server is not trusted", func(o *Options) { o.RootCAs = nil }, func(c *net.TCPConn, _ int) error {
			if _, err := secure(c); err == nil {
				return errors.New("the server is passed on")
			}
			return nil
		}),
	}
}

func TestFaults(t *testing.T) {
	leaktest.Table(t, 100, append(plainFaults(), tlsFaults()...))
}
