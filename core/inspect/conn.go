package inspect

import (
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// The ends of a connection. The end e sends the direction e: trace.ToServer
// comes from the client.
const (
	client = 0
	server = 1
)

var endNames = [...]string{"client", "server"}

// connection is one connection of the record: two directions of octets, two
// ends with their own time, and the streams.
type connection struct {
	a      *Analyser
	index  int
	info   *trace.Conn
	closed *trace.Close
	dirs   [2]direction
	ends   [2]end

	streams   list[stream]
	byID      map[uint32]uint32 // stream identifier → slot
	points    list[point]
	prios     list[prioAt] // RFC 7540, by the client
	updates   list[uint32] // rows of the client's PRIORITY_UPDATE frames
	treeCache treeCache
	midway    bool // the record begins after the connection did: no preface

	settled   bool
	savepoint savepoint
}

// direction is what one end sent.
type direction struct {
	pieces []piece
	near   int // the piece that was asked for last
	total  int64
	phase  phase
	held   []byte // the octets that decide how the direction begins, as far as they came
	split  frame.Splitter
	base   int64 // octets before the first of the Splitter
	put    []run // octets that were put in on purpose, as the record tells

	rows    list[uint32] // row of frame number i+1
	garbage []run        // octets that are no frames
	match   int          // octets of the mark that ends such a run, see text
	preface uint32       // row of the client's preface

	data, update list[total] // sums of the connection's window
	settings     list[settingsAt]
	initial      [settingCount]uint32 // before any SETTINGS
	acks         list[uint32]         // numbers of the SETTINGS frames with ACK
	goaways      []goneAt

	table   *hpack.Table
	blocks  list[block]
	open    openBlock
	guessed bool // said that the table of a record that begins late is not known
	said    said

	hpackCache      hpackCache
	pings, pingAcks list[pingAt]
	largest         list[total] // payloads, each larger than all before
	section         list[total] // the same of field sections, with 32 octets for each field

	stalls  list[stalling]
	waiting list[waiter] // for the connection, for each of the stalls
	queue   queue
	dry     uint32 // the newest stall of the connection, from 1, ...
	drySum  int64  // ... and the DATA that was sent when it began
	stalled stalled

	due      []arrival
	nextDue  int
	lost     bool   // octets went missing on the way: the receiver is out of step
	opened   uint32 // the highest stream that its sender opened or promised
	causes   []*trace.Cause
	unsorted bool // causes are not in order of their frames
}

// arrival is octets under way.
type arrival struct {
	at   int64
	upTo uint32 // number of the last frame that is whole with them
}

// end is how far one end of the connection is.
type end struct {
	events uint32 // frames sent and received
	sent   uint32
	recvd  uint32
	active [2]int // streams that count for MAX_CONCURRENT_STREAMS, by who opened them
	steps  list[step]
}

func newConnection(a *Analyser, info *trace.Conn) *connection {
	c := &connection{a: a, index: len(a.conns), info: info, byID: map[uint32]uint32{}}
	for i := range c.dirs {
		d := &c.dirs[i]
		d.table = hpack.NewTable()
		d.split.MaxFrameSize = frame.MaxMaxFrameSize
		d.phase = phaseStart
		d.initial = defaults
	}
	return c
}

// exact says whether the record tells when the end e received what: it does
// when times were taken at that end. Else a frame may have been on its way
// while the end sent, and what the end can't have known is not held against it.
func (c *connection) exact(e int) bool {
	switch c.info.Vantage {
	case trace.VantageBoth:
		return true
	case trace.VantageClient:
		return e == client
	case trace.VantageServer:
		return e == server
	}
	return false
}

// chunk takes in octets: what is due at the time of sending arrives first.
func (c *connection) chunk(e *trace.Chunk) {
	c.unsettle()
	c.arrive(e.SentAt)
	b := seen(e)
	if len(b) == 0 {
		return
	}
	dir := int(e.Dir)
	d := &c.dirs[dir]
	d.pieces = append(d.pieces, piece{d.total, e})
	d.total += int64(len(b))
	rows := c.a.rows.len()
	c.octets(dir, b)
	switch {
	case e.ReceivedAt < 0 || e.Received != nil && len(e.Received) != len(e.Octets):
		if !d.lost {
			d.lost = true
			c.transit(rows, dir, ruleLost, int64(len(e.Received)), int64(len(e.Octets)))
		}
	case e.Received != nil && string(e.Received) != string(e.Octets):
		c.transit(rows, dir, ruleAltered, 0, 0)
	}
	if d.lost {
		return
	}
	scheduled := c.ends[1-dir].recvd
	if n := len(d.due); n > 0 {
		scheduled = max(scheduled, d.due[n-1].upTo)
	}
	if last := uint32(d.rows.len()); last > scheduled {
		d.due = append(d.due, arrival{e.ReceivedAt, last})
	}
}

// arrive hands the receivers what is due up to the time now, oldest first. In
// one direction nothing overtakes what was sent before it, whatever its time.
func (c *connection) arrive(now int64) {
	for {
		dir, at := -1, int64(0)
		for i := range c.dirs {
			d := &c.dirs[i]
			if d.nextDue == len(d.due) || d.due[d.nextDue].at > now {
				continue
			}
			if t := d.due[d.nextDue].at; dir < 0 || t < at || t == at && c.nextRow(i) < c.nextRow(dir) {
				dir, at = i, t
			}
		}
		if dir < 0 {
			return
		}
		d := &c.dirs[dir]
		upTo := d.due[d.nextDue].upTo
		d.nextDue++
		for r := &c.ends[1-dir]; r.recvd < upTo; {
			c.receive(dir, *d.rows.at(int(r.recvd)))
		}
		if !c.settled && d.nextDue > 64 && d.nextDue*2 > len(d.due) {
			d.due = append(d.due[:0], d.due[d.nextDue:]...)
			d.nextDue = 0
		}
	}
}

// nextRow is the row of the frame that arrives next in a direction.
func (c *connection) nextRow(dir int) uint32 {
	return *c.dirs[dir].rows.at(int(c.ends[1-dir].recvd))
}

// savepoint is what settle changes, apart from rows and steps, which tell
// themselves what was before.
type savepoint struct {
	ends    [2]struct{ events, recvd, steps, stalls uint32 }
	nextDue [2]int
}

func (c *connection) settle() {
	if c.settled {
		return
	}
	c.settled = true
	s := &c.savepoint
	for i := range c.ends {
		e := &c.ends[i]
		s.ends[i].events, s.ends[i].recvd, s.ends[i].steps = e.events, e.recvd, uint32(e.steps.len())
		s.ends[i].stalls = uint32(c.dirs[i].stalls.len())
		s.nextDue[i] = c.dirs[i].nextDue
	}
	c.arrive(1<<63 - 1)
}

func (c *connection) unsettle() {
	if !c.settled {
		return
	}
	c.settled = false
	s := &c.savepoint
	for i := range c.ends {
		e := &c.ends[i]
		for e.steps.len() > int(s.ends[i].steps) {
			c.unstep(i)
		}
		for l := &c.dirs[i].stalls; l.len() > int(s.ends[i].stalls); {
			l.pop()
		}
		for k := s.ends[i].recvd; k < e.recvd; k++ {
			c.a.rows.at(int(*c.dirs[1-i].rows.at(int(k)))).recv = 0
		}
		e.events, e.recvd = s.ends[i].events, s.ends[i].recvd
		c.dirs[i].nextDue = s.nextDue[i]
	}
}
