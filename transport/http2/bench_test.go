package http2

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// inFlight is how many requests are under way at a time.
const inFlight = 100

// BenchmarkGets are small GETs over loopback, many in flight, by callbacks and
// by goroutines, beside net/http's: the same request and response, both ends in
// this process. The figure is the time a request.
func BenchmarkGets(b *testing.B) {
	callbacks := func(b *testing.B) (*Server, func()) {
		s, err := CreateServer(Options{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		s.OnStream = func(st *ServerStream, _ Headers, _ Flags) {
			st.Respond(H("content-type", "text/html"), RespondOptions{})
			st.End([]byte("<h1>Hello World</h1>"))
		}
		return s, func() { s.Close() }
	}
	connect := func(b *testing.B, l net.Listener) *Session {
		c, err := Connect(context.Background(), "http://"+l.Addr().String(), ConnectOptions{})
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	listen := func(b *testing.B) net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		return l
	}
	b.Run("callbacks", func(b *testing.B) {
		s, stop := callbacks(b)
		defer stop()
		l := listen(b)
		go s.Serve(l)
		c := connect(b, l)
		defer c.Destroy()
		b.ReportAllocs()
		b.ResetTimer()
		left, done := b.N, make(chan struct{})
		open := 0
		var begin func()
		begin = func() { // on the client's loop
			for open < inFlight && left > 0 {
				left, open = left-1, open+1
				st, err := c.Request(H(":path", "/"), RequestOptions{EndStream: true})
				if err != nil {
					b.Error(err)
					return
				}
				st.OnData(func([]byte) {})
				st.OnStreamClosed(func(ErrCode) {
					open--
					if begin(); open == 0 && left == 0 {
						close(done)
					}
				})
			}
		}
		c.post(begin)
		<-done
	})
	b.Run("goroutines", func(b *testing.B) {
		s, stop := callbacks(b)
		defer stop()
		l := listen(b)
		go s.Serve(l)
		c := connect(b, l)
		defer c.Destroy()
		b.ReportAllocs()
		b.ResetTimer()
		each(b.N, func() {
			st, err := c.Request(H(":path", "/"), RequestOptions{EndStream: true})
			if err == nil {
				_, err = io.Copy(io.Discard, st)
			}
			if err != nil {
				b.Error(err)
			}
		})
	})
	b.Run("net-http", func(b *testing.B) {
		h := &http.Server{Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("content-type", "text/html")
			io.WriteString(w, "<h1>Hello World</h1>")
		})}
		h.Protocols.SetUnencryptedHTTP2(true)
		l := listen(b)
		go h.Serve(l)
		defer h.Close()
		tr := &http.Transport{Protocols: h.Protocols}
		defer tr.CloseIdleConnections()
		url := "http://" + l.Addr().String()
		b.ReportAllocs()
		b.ResetTimer()
		each(b.N, func() {
			req, _ := http.NewRequest("GET", url, nil)
			res, err := tr.RoundTrip(req)
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		})
	})
}

// each calls f n times, from inFlight goroutines.
func each(n int, f func()) {
	var wg sync.WaitGroup
	turns := make(chan struct{}, inFlight)
	for range inFlight {
		wg.Go(func() {
			for range turns {
				f()
			}
		})
	}
	for range n {
		turns <- struct{}{}
	}
	close(turns)
	wg.Wait()
}

// BenchmarkBody is a body of 64 MiB over loopback; the figure is MB/s.
func BenchmarkBody(b *testing.B) {
	const size = 64 << 20
	s, err := CreateServer(Options{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	chunk := make([]byte, 1<<20)
	s.OnStream = func(st *ServerStream, _ Headers, _ Flags) {
		st.Go(func() {
			for range size / len(chunk) {
				st.Write(chunk)
			}
			st.CloseWrite()
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go s.Serve(l)
	defer s.Close()
	window := uint32(1 << 20)
	c, err := Connect(context.Background(), "http://"+l.Addr().String(), ConnectOptions{Options: Options{ConnectionWindow: window, Settings: Settings{InitialWindowSize: &window}}})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Destroy()
	b.SetBytes(size)
	buf := make([]byte, 256<<10)
	for b.Loop() {
		st, err := c.Request(nil, RequestOptions{EndStream: true})
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, st, buf); n != size || err != nil {
			b.Fatal(n, err)
		}
	}
}
