package hpack

import (
	"errors"
	"strconv"

	"framewise/core/frame"
)

// What an *Error matches with errors.Is: each matches exactly one of the two.
var (
	// ErrCompression: the octets break RFC 7541. It is a connection error
	// COMPRESSION_ERROR (RFC 9113, section 4.3).
	ErrCompression = errors.New("hpack: the field block can't be decoded")
	// ErrLimit: the octets are sound and more than one of our Limits takes.
	ErrLimit = errors.New("hpack: the field block is over a limit")
)

// Error is what was wrong with a field block.
type Error struct {
	Code    frame.ErrCode // CompressionError or, over a limit, EnhanceYourCalm
	Offset  int           // octet of the field block, from 0, where it was found
	Section string        // the rule: "RFC 7541 5.2"
	Reason  string        // what was wrong, with the values

	// Limit names the field of Limits that was exceeded, "" for a compression
	// error. Count is what came of it as far as it was counted, Max the limit.
	Limit string
	Count uint64
	Max   uint64

	// Fatal says that the dynamic table is out of step with the peer's from
	// here on, so that the connection can't go on. Every compression error is
	// fatal; of the limits only MaxBlock is.
	Fatal bool
}

// Error is one line: the code, the reason, the octet offset and the rule.
func (e *Error) Error() string {
	return e.Code.String() + ": " + e.Reason + ", at octet " + strconv.Itoa(e.Offset) +
		" of the field block (" + e.Section + ")"
}

// Is reports whether target is the class of the error, ErrCompression or ErrLimit.
func (e *Error) Is(target error) bool {
	if e.Limit != "" {
		return target == ErrLimit
	}
	return target == ErrCompression
}

// broken makes a compression error; section is of RFC 7541.
func broken(off int, section, reason string) *Error {
	return &Error{Code: frame.CompressionError, Offset: off, Section: "RFC 7541 " + section, Reason: reason, Fatal: true}
}
