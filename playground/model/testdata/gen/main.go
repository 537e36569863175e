// Command gen writes ../push.json: what the analyser says of a small session
// with a server push, for the model's tests. Run it from the repository's root:
//
//	go run ./playground/model/testdata/gen > playground/model/testdata/push.json
package main

import (
	"encoding/json"
	"log"
	"os"

	"framewise/core/frame"
	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport/memory"
)

type fixture struct {
	Summary view.Summary
	Rows    view.Rows
	Details []view.Detail
	Density view.Density
}

func main() {
	a := inspect.New()
	feed := func(e trace.Entry) {
		if err := a.Feed(e); err != nil {
			log.Fatal(err)
		}
	}
	feed(&trace.Header{Version: trace.Version, Title: "server push", Seed: 1, Language: "js"})
	run(feed)
	var f fixture
	var err error
	f.Summary = a.Summary()
	if f.Rows, err = a.Rows(inspect.Query{N: 1000}); err != nil {
		log.Fatal(err)
	}
	for i := range f.Summary.Frames {
		d, err := a.Detail(i)
		if err != nil {
			log.Fatal(err)
		}
		f.Details = append(f.Details, d)
	}
	f.Density = a.Density(100)
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(f); err != nil {
		log.Fatal(err)
	}
}

func request(path string) []session.Field {
	return []session.Field{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "localhost"}, {Name: ":path", Value: path}}
}

func run(feed func(trace.Entry)) {
	n := memory.New(feed)
	client, server := session.NewClient(session.Config{Causes: true}), session.NewServer(session.Config{Causes: true})
	_, s := n.Connect(client, server, memory.Link{Latency: 5_000_000}, memory.Names{Client: "client", Server: "localhost:80"})
	client.SetCause(17)
	st, err := client.Request(request("/"), session.RequestOptions{EndStream: true})
	must(err)
	_ = st
	for n.Step(func(e *memory.End, ev *session.Event) {
		switch {
		case ev.Kind == session.EvStream && e == s:
			server.SetCause(5)
			must(ev.Stream.Respond([]session.Field{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "text/html"}}, false))
			server.SetCause(6)
			push, err := ev.Stream.PushStream(request("/app.css"))
			must(err)
			server.SetCause(8)
			must(push.Respond([]session.Field{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "text/css"}}, false))
			must(push.End([]byte("some pushed data")))
			server.SetCause(11)
			must(ev.Stream.End([]byte("some data")))
		case ev.Kind == session.EvResponse && e != s:
			feed(&trace.Console{At: n.Now(), Level: "log", Text: "200"})
		case ev.Kind == session.EvEnd && e != s && ev.Stream.ID() == 1:
			client.SetCause(0)
			must(client.Ping([8]byte{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 7, 8}))
		case ev.Kind == session.EvPingAck:
			client.Destroy(frame.NoError)
		case ev.Kind == session.EvData:
			must(e.Session.Consume(ev.Stream, len(ev.Data)))
		}
	}) {
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
