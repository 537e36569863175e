package http2

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCompat(t *testing.T) {
	compat := func(t *testing.T, f func(req *Request, res *Response)) (*Server, *Session) {
		t.Helper()
		s, err := CreateServer(Options{}, f)
		ok(t, err)
		return s, dial(t, serve(t, s), ConnectOptions{})
	}
	t.Run("basic", func(t *testing.T) {
		finished, closed := make(chan struct{}), make(chan struct{})
		var warned []string
		s, err := CreateServer(Options{}, func(req *Request, res *Response) {
			if req.Method != "POST" || req.URL != "/p?q" || req.Scheme != "http" || req.HTTPVersion != "2.0" || req.Authority != "example.org" ||
				req.Headers.Get("x") != "y" || req.Stream() != res.Stream() || req.Socket().RemoteAddr() == nil || req.Aborted() {
				t.Errorf("%+v", req)
			}
			req.OnData(func(b []byte) {
				want(t, res.SetHeader(":status", "200"), ErrValidation, "StatusCode")
				want(t, res.SetHeader("", "x"), ErrValidation, "empty")
				ok(t, res.SetHeader("Connection", "close"))
				res.SetStatusMessage("Fine")
				ok(t, res.SetHeader("One", "1"))
				ok(t, res.SetHeader("Two", "a", "b"))
				ok(t, res.SetHeader("Gone", "x"))
				ok(t, res.RemoveHeader("gone"))
				if !res.HasHeader("one") || !slices.Equal(res.GetHeader("TWO"), []string{"a", "b"}) || !slices.Equal(res.GetHeaderNames(), []string{"one", "two"}) || len(res.GetHeaders()) != 3 {
					t.Error(res.GetHeaders())
				}
				ok(t, res.WriteContinue())
				if res.HeadersSent() || res.Finished() {
					t.Error("it was sent before")
				}
				ok(t, res.WriteHead(201, H("one", "2")))
				want(t, res.WriteHead(200, nil), ErrState, "sent before")
				want(t, res.SetHeader("x", "y"), ErrState, "sent before")
				want(t, res.WriteContinue(), ErrState, "sent before")
				_, err := res.Write(b)
				ok(t, err)
			})
			req.OnEnd(func() {
				if h := req.Trailers(); h.Get("up") != "1" {
					t.Error(h)
				}
				ok(t, res.AddTrailers(H("sum", "9")))
				res.OnFinish(func() { close(finished) })
				res.OnClose(func() { close(closed) })
				ok(t, res.End([]byte("!")))
				want(t, res.End(nil), ErrState, "ended before")
				_, err := res.Write([]byte("x"))
				want(t, err, ErrState, "ended before")
			})
		})
		ok(t, err)
		s.OnWarning = func(text string) { warned = append(warned, text) }
		client := dial(t, serve(t, s), ConnectOptions{})
		st, err := client.Request(H(":method", "POST", ":path", "/p?q", ":authority", "example.org", "x", "y"), RequestOptions{})
		ok(t, err)
		st.SetDeadline(time.Now().Add(bound))
		st.OnFetchTrailers(func(h *Headers) { h.Set("up", "1") })
		ok(t, st.End([]byte("body")))
		h, body := answer(t, st)
		if h.Get(":status") != "201" || h.Get("one") != "2" || len(h.Values("two")) != 2 || h.Has("connection") || !h.Has("date") || body != "body!" || st.Trailers().Get("sum") != "9" {
			t.Error(h, body, st.Trailers())
		}
		wait(t, finished, "finish")
		wait(t, closed, "close")
		if len(warned) != 2 || !strings.Contains(warned[0], "connection") || !strings.Contains(warned[1], "status message") {
			t.Error(warned)
		}
	})
	t.Run("continue", func(t *testing.T) {
		answer100 := func(s *Session) string {
			st, err := s.Request(H(":method", "POST", "expect", "100-continue"), RequestOptions{})
			ok(t, err)
			st.SetDeadline(time.Now().Add(bound))
			seen := make(chan string, 2)
			st.OnHeaders(func(h Headers, _ Flags) {
				seen <- h.Get(":status")
				st.End([]byte("body"))
			})
			h, body := answer(t, st)
			if len(seen) > 0 {
				return <-seen + " " + h.Get(":status") + " " + body
			}
			return h.Get(":status") + " " + body
		}
		echo := func(req *Request, res *Response) {
			req.OnData(func(b []byte) { ok(t, res.End(b)) })
		}
		_, client := compat(t, echo)
		if got := answer100(client); got != "100 200 body" {
			t.Error(got)
		}
		s, err := CreateServer(Options{}, echo)
		ok(t, err)
		s.OnCheckContinue = func(_ *Request, res *Response) {
			res.StatusCode = 417
			ok(t, res.End(nil))
		}
		if got := answer100(dial(t, serve(t, s), ConnectOptions{})); got != "417 " {
			t.Error(got)
		}
		_, url := server(t, Options{}, Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })))
		if got := answer100(dial(t, url, ConnectOptions{})); got != "100 200 body" {
			t.Error(got)
		}
	})
	t.Run("push", func(t *testing.T) {
		_, client := compat(t, func(_ *Request, res *Response) {
			pushed, err := res.CreatePushResponse(H(":path", "/pushed"))
			if err != nil {
				t.Error(err)
				return
			}
			pushed.OmitDate = true
			ok(t, pushed.SetHeader("x", "y"))
			ok(t, pushed.End([]byte("pushed")))
			ok(t, res.End([]byte("asked")))
			res.OnClose(func() {
				_, err = res.CreatePushResponse(nil)
				want(t, err, ErrState, "has ended")
			})
		})
		came := make(chan string, 1)
		client.OnStream(func(st AnyStream, request Headers, _ Flags) {
			pushed := st.(*ClientStream)
			pushed.OnPush(func(h Headers, _ Flags) { came <- request.Get(":path") + h.Get("x") + h.Get("date") })
		})
		if _, body := answer(t, get(t, client, "/")); body != "asked" {
			t.Error(body)
		}
		if got := wait(t, came, "the push"); got != "/pushedy" {
			t.Error(got)
		}
	})
	t.Run("handler", func(t *testing.T) {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</a.css>")
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Del("Link")
			if c, err := r.Cookie("b"); err != nil || c.Value != "2" || r.ContentLength != 5 || r.Host != "example.org" || r.RemoteAddr == "" {
				t.Error(c, err, r.ContentLength, r.Host)
			}
			io.Copy(w, r.Body)
			w.(http.Flusher).Flush()
			w.Header().Set(http.TrailerPrefix+"Sum", r.Trailer.Get("Up"))
		})
		mux.HandleFunc("/push", func(w http.ResponseWriter, r *http.Request) {
			ok(t, w.(http.Pusher).Push("/pushed", nil))
			io.WriteString(w, "<p>")
		})
		mux.HandleFunc("/pushed", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "pushed "+r.Method) })
		mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		gone := make(chan struct{})
		mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(gone)
		})
		_, url := server(t, Options{}, Handler(mux))
		client := dial(t, url, ConnectOptions{})
		pushed := make(chan string, 1)
		client.OnStream(func(st AnyStream, h Headers, _ Flags) {
			st.(*ClientStream).OnData(func(b []byte) { pushed <- h.Get(":path") + " " + string(b) })
		})
		st, err := client.Request(H(":method", "POST", ":path", "/echo", ":authority", "example.org", "cookie", "a=1", "cookie", "b=2", "content-length", "5"), RequestOptions{})
		ok(t, err)
		st.SetDeadline(time.Now().Add(bound))
		hints := make(chan string, 1)
		st.OnHeaders(func(h Headers, _ Flags) { hints <- h.Get(":status") + h.Get("link") })
		st.OnFetchTrailers(func(h *Headers) { h.Set("up", "7") })
		ok(t, st.End([]byte("hello")))
		if h, body := answer(t, st); body != "hello" || h.Has("link") || st.Trailers().Get("sum") != "7" {
			t.Error(h, body, st.Trailers())
		}
		if got := wait(t, hints, "103"); got != "103</a.css>" {
			t.Error(got)
		}
		if h, body := answer(t, get(t, client, "/push")); body != "<p>" || !strings.HasPrefix(h.Get("content-type"), "text/html") {
			t.Error(h, body)
		}
		if got := wait(t, pushed, "the push"); got != "/pushed pushed GET" {
			t.Error(got)
		}
		_, err = get(t, client, "/abort").Response()
		want(t, err, ErrProtocol, "INTERNAL_ERROR")
		waiting := get(t, client, "/wait")
		_, err = waiting.Response()
		ok(t, err)
		ok(t, waiting.RstWithCancel())
		wait(t, gone, "the context's end")
		if h, _ := answer(t, get(t, client, "/absent")); h.Get(":status") != "404" {
			t.Error(h)
		}
	})
}
