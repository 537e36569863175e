package inspect

import (
	"slices"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect/view"
)

// ConnQuery asks for what holds for a whole connection.
type ConnQuery struct {
	Conn  uint32 // identifier of the connection; 0: that of the frame
	Frame int    // the instant; -1: the end of the record
	N     int    // how many SETTINGS, PINGs and problems are listed, the last ones up to the instant; 0: 100
}

// Connection answers what holds for a connection at an instant. An error says
// which connections or frames there are.
func (a *Analyser) Connection(q ConnQuery) (view.Connection, error) {
	a.settle()
	c, m, err := a.connAt(q.Conn, q.Frame)
	if err != nil {
		return view.Connection{}, err
	}
	n := q.N
	if n <= 0 {
		n = 100
	}
	w := connView{c: c, m: m, n: min(n, MaxRows), v: view.Connection{Conn: c.summary(), Frame: q.Frame, Version: a.version}}
	w.settings()
	w.v.InForce = c.settingsInForce(m)
	w.v.Limits = c.limits(m)
	w.pings()
	w.goAways()
	w.problems(q.Frame)
	w.v.Fingerprint = c.fingerprint()
	return w.v, nil
}

// connAt finds a connection and the moment at which a frame is shown; without a
// connection it is the frame's own.
func (a *Analyser) connAt(id uint32, index int) (*connection, moment, error) {
	if tail := a.tail(); id == 0 && index >= 0 && index < a.rows.len()+len(tail) {
		id = a.pick(index, tail).c.info.ID
	}
	c, err := a.connOf(id)
	if err != nil {
		return nil, moment{}, err
	}
	m, err := a.momentOf(c, index)
	return c, m, err
}

type connView struct {
	c *connection
	m moment
	n int
	v view.Connection
}

// settings lists the SETTINGS frames of both ends up to the moment.
func (w *connView) settings() {
	c := w.c
	w.v.Settings = []view.SettingsFrame{}
	for e := range c.dirs {
		l := &c.dirs[e].settings
		sent := l.search(func(s *settingsAt) bool { return s.seq <= w.m.sent[e] })
		w.v.SettingsTotal += sent
		for k := max(0, sent-w.n); k < sent; k++ {
			s := l.at(k)
			v := view.SettingsFrame{End: endNames[e], Frame: int(s.row), SentAt: c.at(e, s.row), RecvAt: -1, AckFrame: -1, AckSentAt: -1, AckAt: -1, Entries: []view.SettingEntry{}}
			if c.a.rows.at(int(s.row)).recv != 0 {
				v.RecvAt = c.at(1-e, s.row)
			}
			if acks := &c.dirs[1-e].acks; k < acks.len() {
				row := *c.dirs[1-e].rows.at(int(*acks.at(k) - 1))
				v.AckFrame, v.AckSentAt = int(row), c.at(1-e, row)
				if c.a.rows.at(int(row)).recv != 0 {
					v.AckAt = c.at(e, row)
				}
				v.InForce = *acks.at(k) <= w.m.recvd[e]
			}
			v.Known = s.seq <= w.m.recvd[1-e]
			f, _ := frame.ParseSettings(c.raw(c.a.rows.at(int(s.row))))
			for i := range min(f.Len(), maxEntries) {
				x := f.At(i)
				v.Entries = append(v.Entries, view.SettingEntry{ID: int(x.ID), Name: x.ID.String(), Value: x.Value, Ref: settingOf(x.ID).ref})
			}
			v.More = max(0, f.Len()-maxEntries)
			w.v.Settings = append(w.v.Settings, v)
		}
	}
	slices.SortStableFunc(w.v.Settings, func(a, b view.SettingsFrame) int { return a.Frame - b.Frame })
	w.v.Settings = w.v.Settings[max(0, len(w.v.Settings)-w.n):]
}

// limits are what each end allows, and how much of it is used at a moment.
func (c *connection) limits(m moment) []view.Limit {
	out := []view.Limit{}
	for e := range c.ends {
		peer := 1 - e // who is bound by the limits of e
		known := func(id frame.SettingID) int64 { return int64(c.setting(e, c.knownAt(peer, m.recvd[peer]), id)) }
		add := func(name, what, unit, ref string, used, limit int64) {
			v := view.Limit{End: endNames[e], Name: name, Used: used, Limit: limit, What: what, Unit: unit, Ref: ref}
			if limit == noLimit {
				v.Limit = -1
			}
			out = append(out, v)
		}
		add("MAX_CONCURRENT_STREAMS", "streams that the "+endNames[peer]+" has opened and that are not closed, as it knows", "streams", "RFC 9113 5.1.2",
			c.activeAt(peer, peer, m.event(peer)), known(frame.MaxConcurrentStreams))
		d := &c.dirs[peer]
		add("MAX_FRAME_SIZE", "the largest payload that the "+endNames[peer]+" has sent", "octets", "RFC 9113 4.2",
			peak(&d.largest, m.sent[peer]), known(frame.MaxFrameSize))
		add("MAX_HEADER_LIST_SIZE", "the largest field section that the "+endNames[peer]+" has sent, with 32 for each field", "octets", "RFC 9113 6.5.2",
			peak(&d.section, m.sent[peer]), known(frame.MaxHeaderListSize))
		mark := c.tableAt(peer, m.sent[peer])
		add("HEADER_TABLE_SIZE", "the dynamic table of the "+endNames[peer]+"'s encoder, which chose a maximum of "+utoa(mark.Max), "octets", "RFC 7541 4.2",
			int64(mark.Size), known(frame.HeaderTableSize))
		left := c.sendWindow(peer, 0, m.sent[peer], m.recvd[peer])
		size := c.fullWindow(peer, m)
		add("window of the connection", "what the "+endNames[peer]+" has used of the window, as it knows; all of it is the most that it ever was", "octets",
			"RFC 9113 6.9.1", size-left, size)
	}
	return out
}

// fullWindow is the largest that the connection's window of the sender e ever
// was up to a moment, as it knew: it grows with WINDOW_UPDATE only.
func (c *connection) fullWindow(e int, m moment) int64 {
	size := int64(initialWindow)
	l := &c.dirs[1-e].update
	for i := range l.len() {
		x := l.at(i)
		if x.seq > m.recvd[e] {
			break
		}
		r := c.a.rows.at(int(*c.dirs[1-e].rows.at(int(x.seq - 1))))
		size = max(size, initialWindow+x.sum-sumAt(&c.dirs[e].data, r.recv-x.seq))
	}
	return size
}

// peak is the highest value up to a frame of a direction.
func peak(l *list[total], seq uint32) int64 { return sumAt(l, seq) }

// raise notes a new highest value.
func raise(l *list[total], seq uint32, n int64) {
	if l.len() == 0 || n > l.last().sum {
		l.add(total{seq, n})
	}
}

// activeAt counts the streams that the end who opened and that counted for
// SETTINGS_MAX_CONCURRENT_STREAMS at the end e at an event.
func (c *connection) activeAt(e, who int, event uint32) (n int64) {
	steps := &c.ends[e].steps
	for i := range steps.len() {
		s := steps.at(i)
		if s.event > event {
			break
		}
		if initiator(c.stream(s.slot).id) != who {
			continue
		}
		was := uint8(idle)
		if s.prev != 0 {
			was = steps.at(int(s.prev - 1)).state
		}
		if active(s.state) {
			n++
		}
		if active(was) {
			n--
		}
	}
	return n
}

// tableAt is the state of a direction's dynamic table after so many frames.
func (c *connection) tableAt(dir int, sent uint32) hpack.Mark {
	return c.dirs[dir].after(c.blocksAt(dir, sent))
}

// blocksAt is how many field blocks had come to their end after so many frames.
func (c *connection) blocksAt(dir int, sent uint32) uint32 {
	if sent == 0 {
		return 0
	}
	d := &c.dirs[dir]
	return d.blocksBy(int(*d.rows.at(int(sent - 1))))
}

// pingAt is a PING, or the answer to one.
type pingAt struct {
	seq  uint32 // of the frame in its direction
	data [8]byte
}

// pings lists PING frames and their answers.
func (w *connView) pings() {
	c := w.c
	w.v.Pings = []view.Ping{}
	for e := range c.dirs {
		l := &c.dirs[e].pings
		sent := l.search(func(p *pingAt) bool { return p.seq <= w.m.sent[e] })
		answers := c.pingAnswers(e, sent)
		w.v.PingsTotal += sent
		for k := max(0, sent-w.n); k < sent; k++ {
			p := l.at(k)
			row := *c.dirs[e].rows.at(int(p.seq - 1))
			v := view.Ping{End: endNames[e], Frame: int(row), Data: hexOf(p.data[:]), SentAt: c.at(e, row), AckFrame: -1, AckAt: -1, RoundTrip: -1}
			if answers[k] != 0 {
				ack := *c.dirs[1-e].rows.at(int(answers[k] - 1))
				v.AckFrame = int(ack)
				if c.a.rows.at(int(ack)).recv != 0 {
					v.AckAt = c.at(e, ack)
					v.RoundTrip = max(v.AckAt-v.SentAt, 0)
				}
			}
			w.v.Pings = append(w.v.Pings, v)
		}
	}
	slices.SortStableFunc(w.v.Pings, func(a, b view.Ping) int { return a.Frame - b.Frame })
	w.v.Pings = w.v.Pings[max(0, len(w.v.Pings)-w.n):]
}

// pingAnswers finds, for the first n PINGs of an end, the frames that answer
// them, 0 for none: of those with the same octets each answers one, in order,
// and none a PING that had not reached its sender.
func (c *connection) pingAnswers(e, n int) []uint32 {
	acks := map[[8]byte][]uint32{}
	l := &c.dirs[1-e].pingAcks
	for i := range l.len() {
		p := l.at(i)
		acks[p.data] = append(acks[p.data], p.seq)
	}
	out := make([]uint32, n)
	for k := range out {
		p := c.dirs[e].pings.at(k)
		q := acks[p.data]
		for len(q) > 0 {
			seq := q[0]
			r := c.a.rows.at(int(*c.dirs[1-e].rows.at(int(seq - 1))))
			if r.sent-r.seq < p.seq {
				q = q[1:] // it answers an earlier one, or nothing
				continue
			}
			out[k], q = seq, q[1:]
			break
		}
		acks[p.data] = q
	}
	return out
}

// goAways lists GOAWAY frames and the streams that they leave undone.
func (w *connView) goAways() {
	c := w.c
	w.v.GoAways = []view.GoAway{}
	for e := range c.dirs {
		for _, g := range c.dirs[e].goaways {
			if g.seq > w.m.sent[e] || len(w.v.GoAways) >= w.n {
				break
			}
			row := *c.dirs[e].rows.at(int(g.seq - 1))
			f, _ := frame.ParseGoAway(c.raw(c.a.rows.at(int(row))))
			v := view.GoAway{End: endNames[e], Frame: int(row), SentAt: c.at(e, row), RecvAt: -1, Last: g.last, Code: f.Code.String(), Note: codeNote(f.Code),
				Debug: short(string(f.Debug)), Orphans: []uint32{}, Ref: "RFC 9113 6.8"}
			if c.a.rows.at(int(row)).recv != 0 {
				v.RecvAt = c.at(1-e, row)
			}
			for slot := range c.streams.len() {
				s := c.stream(uint32(slot + 1))
				if initiator(s.id) != e && s.id > g.last {
					if v.OrphansTotal++; len(v.Orphans) < maxOrphans {
						v.Orphans = append(v.Orphans, s.id)
					}
				}
			}
			w.v.GoAways = append(w.v.GoAways, v)
		}
	}
	slices.SortStableFunc(w.v.GoAways, func(a, b view.GoAway) int { return a.Frame - b.Frame })
}

// maxOrphans is how many streams a GOAWAY names.
const maxOrphans = 32

// problems lists what is wrong on the connection, up to a frame.
func (w *connView) problems(index int) {
	a := w.c.a
	w.v.Problems = []view.Problem{}
	for _, l := range []*list[violation]{&a.problems, &a.transits} {
		for i := range l.len() {
			v := l.at(i)
			if int(v.conn) != w.c.index {
				continue
			}
			w.v.ProblemsTotal++
			if len(w.v.Problems) < w.n && (index < 0 || int(v.row) <= index) {
				w.v.Problems = append(w.v.Problems, a.problemView(*v))
			}
		}
	}
}
