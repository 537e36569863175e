package cli

import (
	"io"
	"net/http"
	"time"
)

// pace is how slowly a client of the share store may send a record and take one:
// what waits for it, a record in memory and a place among the uploads, is not held
// for ever.
type pace struct {
	pause time.Duration // without an octet taken or sent
	whole time.Duration // for all of a request or an answer
}

var sharePace = pace{pause: 15 * time.Second, whole: 3 * time.Minute}

// paceStep is how much is written before the next deadline, in octets.
const paceStep = 64 << 10

// handler bounds the requests and answers of another.
func (p pace) handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := &deadlines{p, http.NewResponseController(w), time.Now().Add(p.whole)}
		r.Body = &pacedBody{r.Body, d}
		h.ServeHTTP(&pacedAnswer{w, d}, r)
	})
}

type deadlines struct {
	pace
	below *http.ResponseController
	until time.Time
}

func (d *deadlines) next() time.Time {
	if at := time.Now().Add(d.pause); at.Before(d.until) {
		return at
	}
	return d.until
}

type pacedBody struct {
	io.ReadCloser
	d *deadlines
}

func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.d.below.SetReadDeadline(b.d.next()) // net/http's connections have them
	return b.ReadCloser.Read(p)
}

type pacedAnswer struct {
	http.ResponseWriter
	d *deadlines
}

// Write writes in steps, each with its own deadline.
func (a *pacedAnswer) Write(p []byte) (n int, err error) {
	for {
		_ = a.d.below.SetWriteDeadline(a.d.next())
		step := p[n:min(len(p), n+paceStep)]
		k, err := a.ResponseWriter.Write(step)
		if n += k; err != nil || n == len(p) {
			return n, err
		}
	}
}

// Unwrap is for http.ResponseController.
func (a *pacedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
