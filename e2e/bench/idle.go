package main

import (
	"fmt"
	"io"
	"net"
	"time"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// The idle connections that are opened, and what one may cost.
const (
	idleConns  = 2000
	idleKiBBar = 8
)

// idle measures what a connection costs that has had one request and waits.
func (s *suite) idle() error {
	const name = "idle connection"
	if !s.wanted(name) {
		return nil
	}
	var kib [3]float64
	for i, kind := range []string{ours, netHTTP, nghttpd} {
		var all []float64
		for range min(s.rounds, 3) {
			v, err := s.idleOnce(kind)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", name, kind, err)
			}
			all = append(all, v)
		}
		kib[i] = median(all)
	}
	show := func(v float64) string { return fmt.Sprintf("%.1f KiB", v) }
	s.table.most(name, show(kib[0]), show(kib[1]), show(kib[2]), fmt.Sprintf("%d KiB", idleKiBBar), kib[0] <= idleKiBBar,
		fmt.Sprintf("RSS of %d connections, each after one request", idleConns))
	return nil
}

// idleOnce returns KiB a connection.
func (s *suite) idleOnce(kind string) (float64, error) {
	p, err := s.startServer(measured, kind, false, false)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	open := func(n int) error {
		for range n {
			c, err := openIdle(p.port)
			if c != nil {
				conns = append(conns, c)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	// The first ones make the server take what it needs in any case.
	if err := open(100); err != nil {
		return 0, err
	}
	before, err := settled(p)
	if err != nil {
		return 0, err
	}
	if err := open(idleConns); err != nil {
		return 0, err
	}
	after, err := settled(p)
	return float64(after-before) / idleConns / 1024, err
}

// settled is the memory of a process once it has stopped changing.
func settled(p *process) (int64, error) {
	last := int64(-1)
	for range 10 {
		time.Sleep(300 * time.Millisecond)
		n, err := p.rss()
		if err != nil || n == last {
			return n, err
		}
		last = n
	}
	return last, nil
}

// openIdle opens a connection, makes a request and reads to the end of its
// answer. The connection is returned with an error too, if there is one.
func openIdle(port string) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, 5*time.Second)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	block := hpack.NewEncoder().AppendBlock(nil, []hpack.Field{
		{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "127.0.0.1:" + port}, {Name: ":path", Value: "/empty"},
		{Name: "user-agent", Value: "framewise-bench"}})
	b := frame.AppendSettings([]byte(frame.Preface), nil)
	b = frame.AppendSettingsAck(b)
	b = frame.AppendHeaders(b, 1, block, true, true, nil, frame.NoPadding)
	if _, err := c.Write(b); err != nil {
		return c, err
	}
	head := make([]byte, frame.HeaderLen)
	for {
		if _, err := io.ReadFull(c, head); err != nil {
			return c, err
		}
		h := frame.ParseHeader(head)
		if _, err := io.CopyN(io.Discard, c, int64(h.Length)); err != nil {
			return c, err
		}
		if h.StreamID == 1 && h.Flags.Has(frame.FlagEndStream) {
			return c, nil
		}
	}
}
