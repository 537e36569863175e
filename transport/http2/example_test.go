package http2_test

import (
	"context"
	"fmt"
	"io"
	"net"

	"framewise/transport/http2"
)

func Example() {
	server, err := http2.CreateServer(http2.Options{}, nil)
	if err != nil {
		panic(err)
	}
	server.OnStream = func(st *http2.ServerStream, h http2.Headers, _ http2.Flags) {
		st.Respond(http2.H("content-type", "text/html", ":status", "200"), http2.RespondOptions{})
		st.End([]byte("<h1>Hello World</h1>"))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go server.Serve(l)
	defer server.Close()

	client, err := http2.Connect(context.Background(), "http://"+l.Addr().String(), http2.ConnectOptions{})
	if err != nil {
		panic(err)
	}
	defer client.Destroy()
	req, err := client.Request(http2.H(":path", "/"), http2.RequestOptions{EndStream: true})
	if err != nil {
		panic(err)
	}
	res, err := req.Response()
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(req)
	fmt.Println(res.Get(":status"), string(body), err)
	// Output: 200 <h1>Hello World</h1> <nil>
}
