package http2

import (
	"errors"
	"fmt"
	"os"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
	"framewise/transport"
)

// The four kinds of errors that the seed tells apart ("Error Handling"), for
// errors.Is.
var (
	// ErrValidation: an argument, an option or a setting is wrong.
	ErrValidation = errors.New("validation error")
	// ErrState: the call came at a wrong time.
	ErrState = errors.New("state error")
	// ErrInternal: the session failed: its socket did, or its own end gave up.
	ErrInternal = errors.New("internal error")
	// ErrProtocol: the peer broke a rule, or ended a stream or the session with
	// an error code.
	ErrProtocol = errors.New("protocol error")
)

// Error is an error of this package, for errors.As. It matches one of the four
// kinds by errors.Is, and what it wraps.
type Error struct {
	Kind error // ErrValidation, ErrState, ErrInternal or ErrProtocol
	// Op is what failed, as the caller knows it: "request", "respond"; "" for
	// what came from the peer.
	Op string
	// Reason says what was found and what was expected.
	Reason string
	// Code is the error code of RST_STREAM or GOAWAY, where there is one.
	Code ErrCode
	// StreamID is the stream; 0: the session, or a stream without an identifier.
	StreamID uint32
	// Err is what lies below: a *frame.Error, a *conn.Misuse, an error of the
	// socket; nil: nothing.
	Err error
}

func (e *Error) Error() string {
	s := "http2: "
	if e.Op != "" {
		s += e.Op + ": "
	}
	return s + e.Reason
}

// Is matches the kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

// Unwrap gives what lies below.
func (e *Error) Unwrap() error { return e.Err }

// Timeout says whether a deadline has passed, as net.Error does.
func (e *Error) Timeout() bool { return errors.Is(e.Err, os.ErrDeadlineExceeded) }

// What most streams end with, made once. Nobody changes them.
var (
	errWriteClosed = badState("write", "the stream is closed")
	errReadClosed  = badState("read", "the stream was closed before the peer had ended its side")
)

func invalid(op, format string, args ...any) *Error {
	return &Error{Kind: ErrValidation, Op: op, Reason: fmt.Sprintf(format, args...)}
}

func badState(op, format string, args ...any) *Error {
	return &Error{Kind: ErrState, Op: op, Reason: fmt.Sprintf(format, args...)}
}

// verbError makes an Error of what a verb of core/session returned.
func verbError(op string, id uint32, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Kind: ErrState, Op: op, Reason: err.Error(), StreamID: id, Err: err}
	var own *Error
	var m *conn.Misuse
	switch {
	case errors.As(err, &own):
		return err
	case errors.As(err, &m):
		e.Reason = m.Reason
		if m.Ref != "" {
			e.Reason += " (" + m.Ref + ")"
		}
		for _, kind := range []error{conn.ErrField, conn.ErrArgument, conn.ErrBlockTooLarge} {
			if errors.Is(err, kind) {
				e.Kind = ErrValidation
			}
		}
	case errors.Is(err, session.ErrDestroyed), errors.Is(err, conn.ErrEnded), errors.Is(err, transport.ErrClosed):
		e.Reason = "the stream or its session has ended"
	}
	return e
}

// closedError is the error of a stream that was closed with a code, as the seed
// tells it.
func closedError(id uint32, code ErrCode, by conn.By, cause error) *Error {
	e := &Error{Kind: ErrProtocol, Reason: fmt.Sprintf("stream %d closed with error code %d (%s)", id, uint32(code), code), Code: code, StreamID: id, Err: cause}
	switch by {
	case conn.ByGoAway:
		e.Reason += ": the peer is going away and has not processed it, it can be sent again on another connection"
	case conn.ByError:
		if cause != nil {
			e.Reason += ": " + cause.Error()
		}
	case conn.ByTransport:
		e.Kind = ErrInternal
		e.Reason += ": the session ended"
	case conn.ByTimeout:
		e.Reason += ": it made no progress for too long"
	}
	return e
}

// sessionError is why a session ended; nil: in order.
func sessionError(err error) error {
	if err == nil {
		return nil
	}
	var own *Error
	var f *frame.Error
	switch {
	case errors.As(err, &own):
		return err
	case errors.As(err, &f):
		return &Error{Kind: ErrProtocol, Reason: f.Error(), Code: f.Code, StreamID: f.StreamID, Err: err}
	}
	return &Error{Kind: ErrInternal, Reason: "the connection failed: " + transport.Cause(err).Error(), Err: err}
}
