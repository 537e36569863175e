package frame

import "strconv"

// Error is a frame that breaks a rule of the RFC. With StreamID 0 it is a
// connection error (RFC 9113, section 5.4.1), else a stream error (5.4.2).
type Error struct {
	Code     ErrCode
	StreamID uint32
	Section  string // of RFC 9113 unless it names another: "6.5.2", "RFC 7541 4.2"
	Reason   string // what was wrong, with the values
}

func (e *Error) Error() string {
	scope := "connection error "
	if e.StreamID != 0 {
		scope = "stream " + strconv.FormatUint(uint64(e.StreamID), 10) + " error "
	}
	return scope + e.Code.String() + ": " + e.Reason + " (" + e.Ref() + ")"
}

// Ref names the RFC and the section of the rule: "RFC 9113 6.5.2".
func (e *Error) Ref() string {
	if len(e.Section) > 3 && e.Section[:3] == "RFC" {
		return e.Section
	}
	return "RFC 9113 " + e.Section
}

func connErr(c ErrCode, section, reason string) *Error {
	return &Error{Code: c, Section: section, Reason: reason}
}

func streamErr(c ErrCode, id uint32, section, reason string) *Error {
	return &Error{Code: c, StreamID: id, Section: section, Reason: reason}
}
