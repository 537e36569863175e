// Package http2 is HTTP/2 for Go programs: the API that Node.js 8 had, in Go's
// idiom, on Framewise's own core. docs/seed-api.md maps the one to the other.
//
// In come addresses, connections, and functions that act on events; out go
// sessions and streams. It imports core/session and transport.
//
// # Servers and clients
//
// CreateServer makes a server for cleartext, CreateSecureServer one for TLS with
// ALPN, which can serve HTTP/1.1 beside HTTP/2. Connect opens a client's session
// and NewClient makes one of a connection. A server is given streams by OnStream,
// requests and responses as Node's http has them by OnRequest, and net/http's
// handlers work through Handler.
//
// # What may be called from where
//
// Every method may be called from any goroutine, handlers included, at any time.
// It does not wait, unless its comment says so: Read, Write, ReadFrom, Response,
// Connect, and of a Server Serve, Listen, Close and Shutdown. The fields of a
// Server are set before it serves.
//
// The handlers of a session and of its streams run one at a time, in the order of
// the events, on the session's loop: a goroutine that lives while there is
// something to run. Handlers of different sessions run at the same time. There
// is no goroutine a stream, and an idle connection has none at all where the
// system can watch its socket. What is sent while handlers run leaves, with one
// write, when they have returned, or after a millisecond.
//
// A handler that waits keeps the other handlers of its session waiting, but not
// the session itself: frames are read and answered, windows move, and goroutines
// that Read and Write go on. To wait without that, it asks for a goroutine with
// Stream.Go:
//
//	server.OnStream = func(st *http2.ServerStream, h http2.Headers, _ http2.Flags) {
//		st.Go(func() {
//			io.Copy(st, st) // as the windows allow
//			st.CloseWrite()
//		})
//	}
//
// A handler set on what a call returned (Request, Connect, PushStream) misses
// nothing: events that came before it are kept for it, sixteen of an object. On
// what a handler is given, set handlers before it returns. nil takes a handler
// away.
//
// Options.SelectPadding is called with the connection locked: it must not call
// this package.
//
// # Bodies
//
// A stream is an io.Reader, an io.Writer and an io.ReaderFrom. What is read, or
// what OnData has taken, goes back to the peer's windows; what nobody reads
// stops the peer. Write takes up to 64 KiB ahead of the windows, then waits, until
// the deadline. CloseWrite ends our side, Close gives the stream up. End, Queue and
// OnDrain do the same without waiting. Files are read as the windows open.
//
// # Errors
//
// Errors are *Error and match ErrValidation, ErrState, ErrInternal or
// ErrProtocol. Nothing happens to a program that does not look at them: what no
// handler takes is what Err returns.
package http2
