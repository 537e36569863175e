package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/server/tap"
)

// downloadSize is how many octets a client gets through the tap, in frames.
const downloadSize = 128 << 20

// request and response are the two sides of a download: the client opens its
// windows as far as they go.
func request() []byte {
	b := append([]byte(frame.Preface), frame.AppendSettings(nil, []frame.Setting{{ID: frame.InitialWindowSize, Value: frame.MaxWindow}})...)
	b = frame.AppendWindowUpdate(b, 0, frame.MaxWindow-65535)
	block := hpack.NewEncoder().AppendBlock(nil, []hpack.Field{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "localhost"}, {Name: ":path", Value: "/large"}})
	return frame.AppendHeaders(b, 1, block, true, true, nil, -1)
}

func response(size int) (head, piece []byte) {
	head = frame.AppendSettings(nil, nil)
	head = append(head, frame.AppendSettingsAck(nil)...)
	head = frame.AppendHeaders(head, 1, hpack.NewEncoder().AppendBlock(nil, []hpack.Field{{Name: ":status", Value: "200"}}), false, true, nil, -1)
	data := bytes.Repeat([]byte("framewise "), size/10+1)[:size]
	for len(piece) < 1<<20 {
		piece = frame.AppendData(piece, 1, data, false, -1)
	}
	return head, piece
}

// BenchmarkTapPrints downloads through a tap that prints nothing, lines, and
// everything, with DATA frames of the usual size and of a smaller one.
func BenchmarkTapPrints(b *testing.B) {
	for _, size := range []int{16384, 4096} {
		head, piece := response(size)
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer ln.Close()
		go func() {
			for {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					io.ReadFull(c, make([]byte, len(request())))
					c.Write(head)
					for sent := 0; sent < downloadSize; sent += len(piece) {
						c.Write(piece)
					}
				}()
			}
		}()
		for _, how := range []struct {
			name  string
			flags *tapFlags
		}{{"silent", nil}, {"lines", &tapFlags{short: true}}, {"all", &tapFlags{}}, {"json", &tapFlags{json: true}}} {
			b.Run(how.name+"/"+map[int]string{16384: "16KiB", 4096: "4KiB"}[size], func(b *testing.B) { benchTap(b, ln.Addr().String(), how.flags) })
		}
	}
}

func benchTap(b *testing.B, server string, flags *tapFlags) {
	o := tap.Options{To: server, Log: slog.New(slog.DiscardHandler)}
	if flags != nil {
		o.Recorder = newTapShow(io.Discard, flags)
	}
	t, err := tap.New(o)
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- t.Serve(ctx, ln) }()
	b.SetBytes(downloadSize)
	spent := processorTime(b)
	buf := make([]byte, 256<<10)
	for b.Loop() {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Write(request()); err != nil {
			b.Fatal(err)
		}
		for n := 0; n < downloadSize; {
			k, err := c.Read(buf)
			if n += k; err != nil && n < downloadSize {
				b.Fatal(err)
			}
		}
		c.Close()
	}
	b.ReportMetric(float64(processorTime(b)-spent)/float64(b.N)/downloadSize, "cpu-ns/B")
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

// processorTime is what this process has used, client and server included: on a
// busy machine it says more than the time that passed.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
