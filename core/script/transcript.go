package script

import (
	"strconv"
	"strings"
	"time"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/trace"
)

// Transcript is what became of a script: one Step for each of its commands.
type Transcript struct {
	Steps  []Step
	script *Script
	conns  int
	roles  []conn.Role // of the connections
}

// Step is what one command led to.
type Step struct {
	Conn    int    // which connection, from 1; 0: none yet
	At      int64  // nanoseconds of the connection's time when the command began
	In      []byte // octets that the peer delivered
	Out     []byte // octets that we sent
	Entries []Entry
}

// EntryKind says what an entry of a transcript is.
type EntryKind uint8

// The kinds of entries, with the word that begins their line.
const (
	Happened EntryKind = iota // event: something that the connection tells its owner
	State                     // state: a stream moved
	Sent                      // we: a frame that we sent
	Block                     // hpack: a representation in a field block that we sent
	Result                    // result: what a verb gave back
	Refused                   // refused: a verb that we may not use so
	Timer                     // timer: a deadline was reached
	Shown                     // show: what was asked for
)

var entryWords = [...]string{"event", "state", "we", "hpack", "result", "refused", "timer", "show"}

// String is the word that begins the entry's line.
func (k EntryKind) String() string { return entryWords[k] }

// Entry is one line of a transcript.
type Entry struct {
	Kind     EntryKind
	StreamID uint32     // 0: the connection
	Type     frame.Type // Sent
	Text     string
	Ref      string // rule and section behind it, or ""
}

// String is the entry's line, without the > before it.
func (e Entry) String() string {
	word := e.Kind.String()
	s := word + strings.Repeat(" ", max(1, 7-len(word))) + e.Text
	if e.Ref != "" {
		s += " (" + e.Ref + ")"
	}
	return s
}

// Text is the script with the transcript below its commands: what a golden file
// holds. Parse reads it again.
func (t *Transcript) Text() string { return t.script.format(t) }

// What a step may have before its middle is left out: floods would fill pages.
const (
	shownEntries = 24
	shownEnds    = 8
)

func (s *Step) write(b *strings.Builder) {
	list := s.Entries
	if len(list) <= shownEntries {
		writeEntries(b, list)
		return
	}
	writeEntries(b, list[:shownEnds])
	b.WriteString("> … " + strconv.Itoa(len(list)-2*shownEnds) + " more …\n")
	writeEntries(b, list[len(list)-shownEnds:])
}

func writeEntries(b *strings.Builder, list []Entry) {
	for _, e := range list {
		b.WriteString("> " + e.String() + "\n")
	}
}

// Record is the run as a record, for everything that reads records: each
// connection of the script with the octets of both ends.
func (t *Transcript) Record(title string) []trace.Entry {
	list := []trace.Entry{&trace.Header{Version: trace.Version, Title: title, Generator: "framewise script", Language: "frames"}}
	for i, role := range t.roles {
		c := &trace.Conn{ID: uint32(i + 1), Client: "client", Server: "server", Vantage: trace.VantageBoth, Via: "script"}
		list = append(list, c)
		in, out := trace.ToServer, trace.ToClient
		if role == conn.Client {
			in, out = out, in
		}
		for k := range t.Steps {
			s := &t.Steps[k]
			if s.Conn != i+1 {
				continue
			}
			if len(s.In) > 0 {
				list = append(list, &trace.Chunk{Conn: c.ID, Dir: in, SentAt: s.At, ReceivedAt: s.At, Octets: s.In})
			}
			if len(s.Out) > 0 {
				list = append(list, &trace.Chunk{Conn: c.ID, Dir: out, SentAt: s.At, ReceivedAt: s.At, Octets: s.Out})
			}
		}
	}
	return list
}

// stateText names a state; the four closed ones are told apart.
func stateText(s conn.State) string {
	switch s {
	case conn.ClosedByEnd:
		return "closed"
	case conn.ClosedBySentReset:
		return "closed (we reset it)"
	case conn.ClosedByReset:
		return "closed (reset)"
	case conn.ClosedUnused:
		return "closed (never used)"
	}
	return s.String()
}

// moveRef is the section of the transition from one state to another.
func moveRef(was, is conn.State) string {
	for in := conn.SendHeaders; in <= conn.RecvReserve; in++ {
		if t := conn.Step(was, in); t.Effect == conn.Accept && t.Next == is {
			return "RFC 9113 " + t.Section
		}
	}
	if is == conn.ClosedUnused {
		return "RFC 9113 5.1.1"
	}
	return "RFC 9113 5.1"
}

func seconds(ns int64) string { return time.Duration(ns).String() }
