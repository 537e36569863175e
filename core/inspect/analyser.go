package inspect

import (
	"errors"
	"fmt"

	"framewise/core/hpack"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// ErrOrder is what the errors of Feed match that say that an entry stands at
// the wrong place of a record: octets of a connection that was not opened.
var ErrOrder = errors.New("inspect: entry at the wrong place")

// maxConns is how many connections a record may have.
const maxConns = 1 << 16

// Analyser explains a record. It takes in entries one after the other and can
// be asked at any time; what it answers depends only on the entries so far, not
// on when it was asked. The zero value is not ready: use New.
//
// It keeps the entries that it is given, whose octets must not be changed
// afterwards, and beside them about 190 octets a frame.
type Analyser struct {
	header     *trace.Header
	conns      []*connection
	byID       map[uint32]*connection
	rows       list[row]
	problems   list[violation] // in order of their rows
	transits   list[violation] // what happened on the way, in order of their rows
	console    []view.Console
	marks      []view.Mark // in the order of the record, their frames not yet looked for
	markIndex  markIndex
	counts     [256]int // frames by type
	end        int64    // the last time in the record
	version    int
	lanes      list[lane] // streams in the order in which they were opened
	flowCache  flowCache
	stallIndex stallIndex
	selections []*selection // the newest last
	strict     bool         // messages are held to every rule, see checkMessage
	repeats    repeats
	reps       []hpack.Rep // reused
	fields     [][2]string // reused
}

// New is an Analyser that has seen nothing.
func New() *Analyser { return &Analyser{byID: map[uint32]*connection{}} }

// Feed takes in the next entry of the record. Broken HTTP/2 is no error: it
// becomes rows and problems. An error means that the entry itself can't belong
// here; it matches ErrOrder and the Analyser can go on with the next one.
func (a *Analyser) Feed(e trace.Entry) error {
	a.version++
	switch e := e.(type) {
	case *trace.Header:
		a.header = e
	case *trace.Conn:
		return a.open(e)
	case *trace.Chunk:
		c, err := a.conn(e.Conn, "chunk")
		if err != nil {
			return err
		}
		if e.Dir > trace.ToClient {
			return fmt.Errorf("%w: a chunk of connection %d has direction %d, it must be 0 or 1", ErrOrder, e.Conn, e.Dir)
		}
		a.end = max(a.end, e.SentAt, e.ReceivedAt)
		c.chunk(e)
	case *trace.Cause:
		c, err := a.conn(e.Conn, "cause")
		if err != nil {
			return err
		}
		if e.Dir > trace.ToClient {
			return fmt.Errorf("%w: a cause of connection %d has direction %d, it must be 0 or 1", ErrOrder, e.Conn, e.Dir)
		}
		c.dirs[e.Dir].addCause(e)
	case *trace.Close:
		c, err := a.conn(e.Conn, "close")
		if err != nil {
			return err
		}
		a.end = max(a.end, e.At)
		if c.closed == nil {
			c.closed = e
		}
	case *trace.Console:
		a.end = max(a.end, e.At)
		a.console = append(a.console, view.Console{At: e.At, Level: e.Level, Text: clean(e.Text)})
	case *trace.Fault:
		if c := a.byID[e.Conn]; c != nil {
			c.dirs[e.Dir&1].takesIn(e)
		}
		a.addMark(view.Mark{Kind: "fault", Conn: e.Conn, At: e.At, What: e.Kind, Text: e.Text})
	case *trace.Note:
		m := view.Mark{Kind: "note", At: e.At, Text: e.Text}
		if e.Frame > 0 {
			m.Kind, m.Frame = "bookmark", int(e.Frame)-1
		}
		a.addMark(m)
	}
	return nil
}

func (a *Analyser) open(e *trace.Conn) error {
	if a.byID[e.ID] != nil {
		return fmt.Errorf("%w: connection %d is opened a second time", ErrOrder, e.ID)
	}
	if len(a.conns) == maxConns {
		return fmt.Errorf("%w: connection %d is one too many, a record can have %d", ErrOrder, e.ID, maxConns)
	}
	c := newConnection(a, e)
	a.conns = append(a.conns, c)
	a.byID[e.ID] = c
	a.end = max(a.end, e.At)
	return nil
}

func (a *Analyser) conn(id uint32, what string) (*connection, error) {
	if c := a.byID[id]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%w: a %s belongs to connection %d, which was not opened", ErrOrder, what, id)
}

// settle lets what is still under way arrive, so that an answer shows what
// every frame does to both ends. The next chunk undoes it (connection.unsettle):
// it may have been sent before these arrivals.
func (a *Analyser) settle() {
	for _, c := range a.conns {
		c.settle()
	}
}
