package inspect

import (
	"sort"
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// before is the moment just before the frame r at the end e, all else as in m.
func (m moment) before(e int, r *row) moment {
	if r.dir() == e {
		m.sent[e]--
	} else {
		m.recvd[e]--
	}
	return m
}

// effects lists what a frame changed, at its sender first.
func (c *connection) effects(index int, r *row, m moment) []view.Effect {
	out := []view.Effect{}
	if r.is(bitIgnored) {
		return append(out, view.Effect{At: endNames[1-r.dir()], Kind: "connection", Ref: "RFC 9113 5.4",
			Text: "none of its own: the frame breaks a rule"})
	}
	for _, e := range []int{r.dir(), 1 - r.dir()} {
		if e != r.dir() && r.recv == 0 {
			continue
		}
		w := effectList{c: c, e: e, r: r, now: m, was: m.before(e, r)}
		w.streams(index)
		w.windows()
		w.settings()
		w.connection()
		out = append(out, w.list...)
	}
	return append(out, c.tableEffects(index, r)...)
}

type effectList struct {
	c        *connection
	e        int // the end
	r        *row
	now, was moment
	list     []view.Effect
}

func (w *effectList) add(kind, ref, text string) {
	w.list = append(w.list, view.Effect{At: endNames[w.e], Kind: kind, Ref: ref, Text: text})
}

// streams tells the states that the frame changed here.
func (w *effectList) streams(index int) {
	steps := &w.c.ends[w.e].steps
	first := steps.search(func(s *step) bool { return s.event < w.now.event(w.e) })
	text, slot := "", uint32(0)
	flush := func() {
		if slot != 0 {
			w.add("stream", "RFC 9113 5.1", text)
		}
	}
	for i := first; i < steps.len(); i++ {
		s := steps.at(i)
		if int(s.row) != index {
			break
		}
		if s.slot != slot {
			flush()
			was := uint8(idle)
			if s.prev != 0 {
				was = steps.at(int(s.prev - 1)).state
			}
			slot, text = s.slot, "stream "+utoa(w.c.stream(s.slot).id)+": "+stateNames[was]
		}
		text += " → " + stateNames[s.state] + " (" + inputNames[s.in] + ")"
	}
	flush()
	if slot == 0 && w.r.slot == 0 && w.e != w.r.dir() && w.r.id != 0 && (w.r.typ() == frame.RSTStream || w.r.typ() == frame.WindowUpdate) {
		w.add("stream", "RFC 9113 5.1.1", "ignored: stream "+utoa(w.r.id)+" is closed here, it was left out")
	}
	if slot == 0 && w.r.slot != 0 && w.e != w.r.dir() && w.c.stateAt(w.e, w.r.slot, w.was.event(w.e)) == closed &&
		w.r.typ() != frame.Priority {
		w.add("stream", "RFC 9113 5.1", "ignored: stream "+utoa(w.r.id)+" is closed here")
	}
}

// windows tells the windows that changed here.
func (w *effectList) windows() {
	c, e, r := w.c, w.e, w.r
	typ := r.typ()
	if typ != frame.Data && typ != frame.WindowUpdate {
		return
	}
	slots := []uint32{0}
	if r.slot != 0 {
		if typ == frame.WindowUpdate {
			slots = slots[:0]
		}
		slots = append(slots, r.slot)
	}
	// DATA takes from its sender's send window, WINDOW_UPDATE adds to its
	// sender's receive window; at the other end it is the other way round.
	f, name := c.sendWindow, "send window"
	if (typ == frame.Data) != (e == r.dir()) {
		f, name = c.recvWindow, "receive window"
	}
	for _, slot := range slots {
		was, now := f(e, slot, w.was.sent[e], w.was.recvd[e]), f(e, slot, w.now.sent[e], w.now.recvd[e])
		if was == now {
			continue
		}
		w.add("window", "RFC 9113 6.9.1", name+" of "+c.windowName(slot)+": "+number(was)+" → "+number(now))
	}
}

func (c *connection) windowName(slot uint32) string {
	if slot == 0 {
		return "the connection"
	}
	return "stream " + utoa(c.stream(slot).id)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// settings tells what SETTINGS and its acknowledgement put in force here.
func (w *effectList) settings() {
	if w.r.typ() != frame.Settings {
		return
	}
	c, e := w.c, w.e
	own := w.r.dir() == e
	ack := w.r.flags.Has(frame.FlagAck)
	switch {
	case !ack && own:
		w.settingsSent()
	case !ack:
		n := c.knownAt(e, w.now.recvd[e])
		w.inForce(1-e, n, "RFC 9113 6.5.3", "the "+endNames[1-e]+"'s ")
	case ack && !own:
		n := c.ackedAt(e, w.now.recvd[e])
		if n > c.ackedAt(e, w.was.recvd[e]) {
			w.inForce(e, n, "RFC 9113 6.5.3", "its own ")
		}
	default:
		w.ackSent()
	}
}

// settingsSent: values wait for their acknowledgement.
func (w *effectList) settingsSent() {
	c, e := w.c, w.e
	l := &c.dirs[e].settings
	n := l.search(func(s *settingsAt) bool { return s.seq <= w.now.sent[e] })
	if n == 0 {
		return
	}
	for id := 1; id < settingCount; id++ {
		was, now := c.setting(e, n-1, frame.SettingID(id)), l.at(n - 1).values[id]
		if was != now {
			w.add("settings", "RFC 9113 6.5.3", frame.SettingID(id).String()+": "+settingValue(was)+" → "+settingValue(now)+" waits for its acknowledgement")
		}
	}
}

// ackSent: a change of HEADER_TABLE_SIZE binds the encoder from here on.
func (w *effectList) ackSent() {
	c, e := w.c, w.e
	n := c.dirs[e].acks.search(func(seq *uint32) bool { return *seq <= w.now.sent[e] })
	was, now := c.setting(1-e, n-1, frame.HeaderTableSize), c.setting(1-e, n, frame.HeaderTableSize)
	if was != now {
		w.add("table", "RFC 9113 4.3.1", "its encoder may use a dynamic table of "+settingValue(now)+" octets at most, instead of "+settingValue(was))
	}
}

// inForce tells what the n-th SETTINGS frame of the end who changed here.
func (w *effectList) inForce(who, n int, ref, whose string) {
	c, e := w.c, w.e
	if n == 0 || n > c.dirs[who].settings.len() {
		return
	}
	for id := 1; id < settingCount; id++ {
		was, now := c.setting(who, n-1, frame.SettingID(id)), c.setting(who, n, frame.SettingID(id))
		if was == now {
			continue
		}
		w.add("settings", ref, whose+frame.SettingID(id).String()+" is in force: "+settingValue(was)+" → "+settingValue(now))
		if frame.SettingID(id) != frame.InitialWindowSize {
			continue
		}
		name := "send windows"
		if who == e {
			name = "receive windows"
		}
		if k := c.openStreams(e, w.now.event(e)); k > 0 {
			delta := int64(now) - int64(was)
			sign := ""
			if delta > 0 {
				sign = "+"
			}
			w.add("window", "RFC 9113 6.9.2", name+" of "+strconv.Itoa(k)+" open streams: "+sign+number(delta))
		}
	}
}

// openStreams counts the streams that were open or half-closed at an end.
func (c *connection) openStreams(e int, event uint32) (n int) {
	for slot := 1; slot <= c.streams.len(); slot++ {
		if active(c.stateAt(e, uint32(slot), event)) {
			n++
		}
	}
	return n
}

func settingValue(v uint32) string {
	if v == noLimit {
		return "no limit"
	}
	return utoa(v)
}

// connection tells what changed for the connection as a whole.
func (w *effectList) connection() {
	switch r := w.r; r.typ() {
	case frame.GoAway:
		g, err := frame.ParseGoAway(w.c.raw(r))
		if err != nil {
			return
		}
		if w.e == r.dir() {
			w.add("connection", "RFC 9113 6.8", "takes no new streams above "+utoa(g.LastStreamID))
			return
		}
		w.add("connection", "RFC 9113 6.8", "opens no more streams; those of its own above "+utoa(g.LastStreamID)+" were not acted on and may be sent again elsewhere")
	case frame.Ping:
		if w.e != r.dir() && !r.flags.Has(frame.FlagAck) {
			w.add("connection", "RFC 9113 6.7", "must answer with the same octets and ACK")
		}
	}
}

// tableEffects tells what the field block that ends here did to the table.
func (c *connection) tableEffects(index int, r *row) (out []view.Effect) {
	if r.block == 0 {
		return nil
	}
	d := &c.dirs[r.dir()]
	b := d.blocks.at(int(r.block - 1))
	if int(b.last) != index || b.bits&blockDone == 0 {
		return nil
	}
	m := d.after(r.block)
	if m.Hi == b.before.Hi && m.Lo == b.before.Lo && m.Max == b.before.Max {
		return nil
	}
	text := "dynamic table: +" + number(int64(m.Hi-b.before.Hi)) + ", −" + number(int64(m.Lo-b.before.Lo)) + " entries, " +
		utoa(b.before.Size) + " → " + utoa(m.Size) + " octets"
	if m.Max != b.before.Max {
		text += ", maximum " + utoa(b.before.Max) + " → " + utoa(m.Max)
	}
	for k, e := range []int{r.dir(), 1 - r.dir()} {
		if k == 1 && r.recv == 0 {
			break
		}
		who := "encoder's "
		if k == 1 {
			who = "decoder's "
		}
		out = append(out, view.Effect{At: endNames[e], Kind: "table", Ref: "RFC 7541 2.3.2", Text: who + text})
	}
	return out
}

// windows shows the windows of both directions at a moment: the connection's,
// and those of the frame's streams.
func (c *connection) windows(r *row, m moment) []view.Window {
	slots := []uint32{0}
	if r.slot != 0 {
		slots = append(slots, r.slot)
	}
	if id := c.promised(r); id != 0 && c.slotOf(id) != 0 {
		slots = append(slots, c.slotOf(id))
	}
	out := []view.Window{}
	for _, slot := range slots {
		for dir := range c.dirs {
			out = append(out, c.window(slot, dir, r, m))
		}
	}
	return out
}

// window is one window for the data of the direction dir.
func (c *connection) window(slot uint32, dir int, r *row, m moment) view.Window {
	snd, rcv := dir, 1-dir
	v := view.Window{Dir: dirNames[dir], Size: initialWindow}
	if slot != 0 {
		v.Stream = c.stream(slot).id
		v.Size = int64(c.setting(rcv, c.knownAt(snd, m.recvd[snd]), frame.InitialWindowSize))
	}
	v.Sender = c.sendWindow(snd, slot, m.sent[snd], m.recvd[snd])
	v.Recv = c.recvWindow(rcv, slot, m.sent[rcv], m.recvd[rcv])
	v.Size = max(v.Size, v.Sender, v.Recv)
	if r.kind() != kindFrame {
		return v
	}
	if snd == r.dir() || r.recv != 0 {
		was := m.before(snd, r)
		v.Changed = v.Sender - c.sendWindow(snd, slot, was.sent[snd], was.recvd[snd])
	}
	if (rcv == r.dir() || v.Changed == 0) && (rcv == r.dir() || r.recv != 0) {
		was := m.before(rcv, r)
		if n := v.Recv - c.recvWindow(rcv, slot, was.sent[rcv], was.recvd[rcv]); n != 0 {
			v.Changed = n
		}
	}
	return v
}

// settingsInForce shows the settings of both ends at a moment.
func (c *connection) settingsInForce(m moment) []view.SettingsInForce {
	out := make([]view.SettingsInForce, 2)
	for e := range out {
		l := &c.dirs[e].settings
		sent := l.search(func(s *settingsAt) bool { return s.seq <= m.sent[e] })
		acked := min(c.ackedAt(e, m.recvd[e]), sent)
		peer := c.knownAt(1-e, m.recvd[1-e])
		out[e].End = endNames[e]
		for id := frame.HeaderTableSize; int(id) < settingCount; id++ {
			if id == 7 { // it is no setting
				continue
			}
			v := view.SettingValue{Name: id.String(), Ref: settingOf(id).ref, Value: c.setting(e, acked, id), AtPeer: c.setting(e, peer, id)}
			v.Default = (acked == 0 || l.at(acked-1).named&(1<<id) == 0) && v.Value == defaults[id]
			if next := c.setting(e, sent, id); next != v.Value {
				v.Pending, v.Next = true, next
			}
			out[e].Values = append(out[e].Values, v)
		}
		sort.SliceStable(out[e].Values, func(i, j int) bool { return !out[e].Values[i].Default && out[e].Values[j].Default })
	}
	return out
}
