package http2

import (
	"testing"
)

// The first two examples of the seed.
func TestSeedServerAndClient(t *testing.T) {
	_, url := server(t, Options{}, func(st *ServerStream, h Headers, _ Flags) {
		ok(t, st.Respond(H("content-type", "text/html", ":status", "200"), RespondOptions{}))
		ok(t, st.End([]byte("<h1>Hello World</h1>")))
	})
	client := dial(t, url, ConnectOptions{})
	req, err := client.Request(H(":path", "/"), RequestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	status, date, data, end := make(chan string, 1), make(chan string, 1), "", make(chan string, 1)
	req.OnResponse(func(h Headers, _ Flags) {
		status <- h.Get(":status")
		date <- h.Get("date")
	})
	req.OnData(func(b []byte) { data += string(b) })
	req.OnEnd(func() {
		client.Destroy()
		end <- data
	})
	ok(t, req.CloseWrite())
	if s := wait(t, status, "the response"); s != "200" {
		t.Error("status", s)
	}
	if wait(t, date, "the response") == "" {
		t.Error("the response has no date")
	}
	if body := wait(t, end, "the end"); body != "<h1>Hello World</h1>" {
		t.Error("the body is", body)
	}
	wait(t, client.Done(), "the session's end")
}
