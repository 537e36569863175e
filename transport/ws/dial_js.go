package ws

import (
	"context"
	"net/http"

	"github.com/coder/websocket"
)

// dial: in a browser the page's origin is the browser's to say.
func dial(ctx context.Context, url, _ string) (*websocket.Conn, *http.Response, error) {
	return websocket.Dial(ctx, url, nil)
}
