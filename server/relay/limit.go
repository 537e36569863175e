package relay

import (
	"fmt"
	"sync"
	"time"
)

// clients counts sockets and dials by client address. It holds only clients
// that have a socket or dialled within the last minute.
type clients struct {
	mu      sync.Mutex
	sockets int // allowed at once
	dials   int // allowed a minute
	by      map[string]*client
	swept   time.Time
}

type client struct {
	open  int
	dials []time.Time // of the last minute, oldest first
}

func newClients(sockets, dials int) *clients {
	return &clients{sockets: sockets, dials: dials, by: make(map[string]*client)}
}

// take counts a dial by the client at now. A limit that is reached gives the
// line to tell the client; else done must be called when the socket ends.
func (cs *clients) take(key string, now time.Time) (done func(), why string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.sweep(now)
	c := cs.by[key]
	if c == nil {
		c = &client{}
		cs.by[key] = c
	}
	c.expire(now)
	if c.open >= cs.sockets {
		return nil, fmt.Sprintf("the relay carries %d connections for one address at once: close one and dial again", cs.sockets)
	}
	if len(c.dials) >= cs.dials {
		wait := c.dials[0].Add(time.Minute).Sub(now)
		return nil, fmt.Sprintf("the relay takes %d dials a minute from one address: dial again in %d s", cs.dials, int(wait/time.Second)+1)
	}
	c.open++
	c.dials = append(c.dials, now)
	var once sync.Once
	return func() {
		once.Do(func() {
			cs.mu.Lock()
			c.open--
			cs.mu.Unlock()
		})
	}, ""
}

func (c *client) expire(now time.Time) {
	n := 0
	for n < len(c.dials) && now.Sub(c.dials[n]) >= time.Minute {
		n++
	}
	c.dials = append(c.dials[:0], c.dials[n:]...)
}

// sweep forgets, once a minute, clients that nothing is known of any more.
func (cs *clients) sweep(now time.Time) {
	if now.Sub(cs.swept) < time.Minute {
		return
	}
	cs.swept = now
	for k, c := range cs.by {
		if c.expire(now); c.open == 0 && len(c.dials) == 0 {
			delete(cs.by, k)
		}
	}
}
