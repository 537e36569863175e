package relay

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// grace is how long a client gets to take what is under way and the close, and to
// answer it.
const grace = 5 * time.Second

// errSent is that a client sent something where it has nothing to say.
var errSent = errors.New("the client sent a message")

// socket is a WebSocket whose end is bounded, whatever its client does.
type socket struct {
	*websocket.Conn
	below   *http.ResponseController // of the connection that carries it
	grace   time.Duration
	readers sync.WaitGroup // goroutines that read from it
}

// end closes the WebSocket and gives back the reason for the log.
func (s *socket) end(v verdict) string {
	// The library waits for the rest of a message without a limit.
	late := time.Now().Add(s.grace)
	_ = s.below.SetReadDeadline(late) // a server without deadlines has to bring its own
	_ = s.below.SetWriteDeadline(late)
	s.Close(v.code, v.reason) // the client may be gone: that is no news
	return v.reason
}

// free ends the WebSocket at once, if it is still there, and waits for its readers.
func (s *socket) free() {
	_ = s.below.SetReadDeadline(time.Unix(1, 0))
	s.CloseNow()
	s.readers.Wait()
}

// watch reads from a client that has nothing to say. The context ends when it says
// something all the same, with errSent as the cause, or is gone.
func (s *socket) watch() (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	s.readers.Go(func() {
		_, _, err := s.Reader(ctx)
		if err == nil {
			err = errSent
		}
		cancel(err)
	})
	return ctx, cancel
}

// watched is why a watch ended.
func watched(ctx context.Context) verdict {
	if err := context.Cause(ctx); !errors.Is(err, errSent) {
		return clientEnd(err)
	}
	return verdict{websocket.StatusPolicyViolation, "a page sends nothing here"}
}
