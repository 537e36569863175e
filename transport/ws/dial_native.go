//go:build !js

package ws

import (
	"context"
	"net/http"

	"github.com/coder/websocket"
)

func dial(ctx context.Context, url, origin string) (*websocket.Conn, *http.Response, error) {
	o := &websocket.DialOptions{}
	if origin != "" {
		o.HTTPHeader = http.Header{"Origin": {origin}}
	}
	return websocket.Dial(ctx, url, o)
}
