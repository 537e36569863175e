package inspect

import (
	"sort"
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// momentOf is the moment of a connection at which a frame is shown, the frame's
// own or another connection's; -1 is the end of the record.
func (a *Analyser) momentOf(c *connection, index int) (moment, error) {
	if index < 0 {
		var m moment
		for e := range c.ends {
			m.sent[e], m.recvd[e] = c.ends[e].sent, c.ends[e].recvd
		}
		return m, nil
	}
	tail := a.tail()
	if n := a.rows.len() + len(tail); index >= n {
		return moment{}, errorFrame(index, n)
	}
	p := a.pick(index, tail)
	if p.c == c {
		return c.instant(p.r), nil
	}
	return c.momentAt(p.SentAt()), nil
}

// momentAt is how far both ends were at a time.
func (c *connection) momentAt(at int64) (m moment) {
	for e := range c.ends {
		l := &c.dirs[e].rows
		m.sent[e] = uint32(sort.Search(l.len(), func(i int) bool { return c.at(e, *l.at(i)) > at }))
		m.recvd[1-e] = uint32(sort.Search(int(c.ends[1-e].recvd), func(i int) bool { return c.at(1-e, *l.at(i)) > at }))
	}
	return m
}

// flowNow compares the two ends' opinions of a window at a moment, and explains
// the difference by what is under way.
func (c *connection) flowNow(dir int, slot uint32, index int, m moment) view.FlowNow {
	snd, rcv := dir, 1-dir
	v := view.FlowNow{Frame: index, DataFrom: -1, CreditFrom: -1, SettingsFrom: -1,
		Sender: c.sendWindow(snd, slot, m.sent[snd], m.recvd[snd]), Recv: c.recvWindow(rcv, slot, m.sent[rcv], m.recvd[rcv])}
	data, update := c.sums(dir, slot)
	v.Data, v.DataFrom = c.underWay(data, dir, m.recvd[rcv], m.sent[snd])
	v.Credit, v.CreditFrom = c.underWay(update, rcv, m.recvd[snd], m.sent[rcv])
	if slot != 0 {
		acked, known := c.ackedAt(rcv, m.recvd[rcv]), c.knownAt(snd, m.recvd[snd])
		v.Settings = int64(c.setting(rcv, acked, frame.InitialWindowSize)) - int64(c.setting(rcv, known, frame.InitialWindowSize))
		if l := &c.dirs[rcv].settings; v.Settings != 0 && min(acked, known) < l.len() {
			v.SettingsFrom = int(l.at(min(acked, known)).row)
		}
	}
	v.Text = c.flowText(dir, slot, v)
	return v
}

// underWay adds up what was sent and not received, and names the first frame of it.
func (c *connection) underWay(sums []total, dir int, recvd, sent uint32) (n int64, first int) {
	first = -1
	i := sort.Search(len(sums), func(i int) bool { return sums[i].seq > recvd })
	k := sort.Search(len(sums), func(i int) bool { return sums[i].seq > sent })
	if i >= k {
		return 0, -1
	}
	n = sums[k-1].sum
	if i > 0 {
		n -= sums[i-1].sum
	}
	return n, int(*c.dirs[dir].rows.at(int(sums[i].seq - 1)))
}

// flowText explains the difference in words.
func (c *connection) flowText(dir int, slot uint32, v view.FlowNow) string {
	s, r := endNames[dir], endNames[1-dir]
	text := "The " + s + " may send " + number(v.Sender) + " octets of DATA on " + c.windowName(slot) + ", as it knows; the " + r + " is ready for " + number(v.Recv) + "."
	if v.Sender == v.Recv && v.Data == 0 && v.Credit == 0 && v.Settings == 0 {
		return text + " Nothing is under way."
	}
	since := func(frame int) string { return " (since frame " + strconv.Itoa(frame+1) + ")" }
	if v.Data != 0 {
		text += " " + number(v.Data) + " octets of DATA are under way" + since(v.DataFrom) + "."
	}
	if v.Credit != 0 {
		text += " Credit of " + number(v.Credit) + " is under way" + since(v.CreditFrom) + "."
	}
	if v.Settings != 0 {
		text += " INITIAL_WINDOW_SIZE differs by " + number(v.Settings) + ": SETTINGS is not yet acknowledged" + since(v.SettingsFrom) + "."
	}
	return text
}
