package conn

import (
	"errors"
	"strconv"

	"framewise/core/frame"
)

// Misuse is an error by the owner of the connection: a verb that the state does
// not allow, or an argument that the protocol has no room for. Nothing was sent.
type Misuse struct {
	Op     string // the verb: "Headers"
	Reason string
	Ref    string // "RFC 9113 5.1", or ""
	Err    error  // one of the Err values below, for errors.Is
}

func (e *Misuse) Error() string {
	s := e.Op + ": " + e.Reason
	if e.Ref != "" {
		s += " (" + e.Ref + ")"
	}
	return s
}

// Unwrap gives the kind of the misuse.
func (e *Misuse) Unwrap() error { return e.Err }

// Kinds of misuse.
var (
	ErrEnded         = errors.New("the connection has ended")
	ErrReentry       = errors.New("a verb was called from within SelectPadding")
	ErrGoingAway     = errors.New("the connection takes no new streams after GOAWAY")
	ErrTooMany       = errors.New("the peer allows no more concurrent streams")
	ErrNoStream      = errors.New("no such stream")
	ErrState         = errors.New("the stream's state does not allow it")
	ErrField         = errors.New("a field that HTTP/2 does not allow")
	ErrPushDisabled  = errors.New("the peer does not accept pushed streams")
	ErrBlockTooLarge = errors.New("the field block is larger than the limit")
	ErrArgument      = errors.New("an argument is out of range")
	ErrExhausted     = errors.New("the connection has used up its stream identifiers")
)

func misuse(op string, kind error, reason, ref string) error {
	return &Misuse{Op: op, Reason: reason, Ref: ref, Err: kind}
}

func asFrameError(err error) *frame.Error {
	var e *frame.Error
	if errors.As(err, &e) {
		return e
	}
	return &frame.Error{Code: frame.InternalError, Section: "7", Reason: err.Error()}
}

func u32(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
func i64(v int64) string  { return strconv.FormatInt(v, 10) }

// quote shows the first octets of something that the peer sent.
func quote(b []byte) string { return strconv.QuoteToASCII(string(b[:min(len(b), 24)])) }
