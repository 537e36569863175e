// Package script is a small language for conversations with one HTTP/2
// connection: what the peer sends, what we do, how time passes.
//
// In comes the text of a script (Parse), out goes what the connection made of
// it (Run): the frames that we sent with the reason for each, the events, the
// state changes with their sections of the RFC. The same script gives the same
// transcript everywhere. Golden tests, lessons and the composer of the page
// share the language; docs/script.md tells it, and Verbs lists it.
//
//	# RFC 9113 5.1: DATA on a stream that nobody opened
//	role server
//	peer handshake
//	peer DATA stream=1 "hello"
//	> event  connection error PROTOCOL_ERROR: DATA on stream 1, which is idle (RFC 9113 5.1)
//	> we     GOAWAY stream=0 length=… (connection-error, RFC 9113 5.4.1)
//
// A line is a command, a comment (#) or a line of a transcript (>), which Parse
// leaves out. A line that begins with a space goes on with the command above.
//
// The package imports the core only, has no I/O, no clock and no randomness,
// and holds no more than Limits allow: a script may come from a stranger.
package script

import (
	"strconv"
	"time"
)

// Script is a script that was parsed: one that Run can run.
type Script struct {
	Commands []Command
	lines    []line // everything, also comments, for Format
}

// Who acts in a command.
type Who uint8

// The actors. Setup are the commands that make a connection, Clock those that
// let time pass or only look.
const (
	Setup Who = iota
	Peer
	We
	Clock
)

var whoWords = [...]string{Setup: "", Peer: "peer", We: "we", Clock: ""}

// Command is one command of a script.
type Command struct {
	Line   int // where it begins, from 1
	Who    Who
	Verb   string // "HEADERS", "open", "wait"
	Repeat int    // how often it is done; 1 mostly

	verb   *Verb
	args   []arg
	fields []field
	source []token // of a repeated command, with {n} not yet replaced
}

// arg is a word of a command: key=value, a FLAG, "text" or a word alone.
type arg struct {
	token
	key, value string
	text       bool // it was quoted
}

// field is a field line of a command.
type field struct {
	token
	name, value string
	never       bool // never indexed (RFC 7541, section 7.1.3)
}

// line is a line of the source with its role in the layout.
type line struct {
	comment string // with its #, or "" for an empty line
	command int    // index in Commands, or -1
}

// Error is what is wrong with a script.
type Error struct {
	Line, Col int // from 1; columns count characters
	Reason    string
}

// Error is one line: where, and what.
func (e *Error) Error() string {
	return "line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Col) + ": " + e.Reason
}

// Limits of a script, whoever wrote it.
const (
	MaxSource  = 1 << 20 // octets of source
	MaxRepeat  = 100_000
	MaxPayload = 1<<24 - 1 // octets that one command may ask for
	MaxOctets  = 64 << 20  // octets that a run may deliver in all
	MaxWait    = 24 * time.Hour
)
