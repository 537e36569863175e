package inspect

import (
	"encoding/base64"
	"strings"

	"framewise/core/frame"
)

// settingCount is one more than the highest identifier that is looked at.
const settingCount = int(frame.NoRFC7540Priorities) + 1

// noLimit stands for a setting without a value, where that means no limit.
const noLimit = 1<<32 - 1

var defaults = [settingCount]uint32{
	frame.HeaderTableSize:      4096,
	frame.EnablePush:           1,
	frame.MaxConcurrentStreams: noLimit,
	frame.InitialWindowSize:    65535,
	frame.MaxFrameSize:         frame.MinMaxFrameSize,
	frame.MaxHeaderListSize:    noLimit,
}

// settingsAt is what a direction has announced after a SETTINGS frame.
type settingsAt struct {
	seq    uint32 // the frame's number in its direction
	row    uint32
	values [settingCount]uint32
	named  uint16 // bit i: setting i was ever announced
}

// setting is the value that the first n SETTINGS frames of an end announce.
func (c *connection) setting(e, n int, id frame.SettingID) uint32 {
	if n = min(n, c.dirs[e].settings.len()); n == 0 {
		return c.dirs[e].initial[id]
	}
	return c.dirs[e].settings.at(n - 1).values[id]
}

// knownAt is how many SETTINGS frames of its peer the end e had processed when
// it had received recvd frames.
func (c *connection) knownAt(e int, recvd uint32) int {
	l := &c.dirs[1-e].settings
	if n := l.len(); n == 0 || l.last().seq <= recvd {
		return n
	}
	return l.search(func(s *settingsAt) bool { return s.seq <= recvd })
}

func (c *connection) known(e int) int { return c.knownAt(e, c.ends[e].recvd) }

// ackedAt is how many of its own SETTINGS frames the end e knew to be in force.
func (c *connection) ackedAt(e int, recvd uint32) int {
	l := &c.dirs[1-e].acks
	n := l.len()
	if n > 0 && *l.last() > recvd {
		n = l.search(func(seq *uint32) bool { return *seq <= recvd })
	}
	return min(n, c.dirs[e].settings.len())
}

// maxPending is how many SETTINGS frames without acknowledgement are looked at.
const maxPending = 32

// maxFrame is the largest payload that the end dir may send now. Between a
// SETTINGS frame and its acknowledgement both values are right.
func (c *connection) maxFrame(dir int) uint32 {
	l := &c.dirs[1-dir].settings
	n := min(c.dirs[dir].acks.len(), l.len())
	if c.midway && l.len() == 0 {
		return frame.MaxMaxFrameSize // it may have been said before
	}
	limit := c.setting(1-dir, n, frame.MaxFrameSize)
	for n = max(n, l.len()-maxPending); n < l.len(); n++ {
		limit = max(limit, l.at(n).values[frame.MaxFrameSize])
	}
	return limit
}

func (s *sending) settings() {
	f, err := frame.ParseSettings(s.f)
	if !s.shape(err) {
		return
	}
	if s.f.Flags.Has(frame.FlagAck) {
		s.settingsAck()
		return
	}
	at := settingsAt{seq: s.seq, row: s.row, values: s.d.initial}
	if n := s.d.settings.len(); n > 0 {
		at.values, at.named = s.d.settings.last().values, s.d.settings.last().named
	}
	for i := range f.Len() {
		e := f.At(i)
		if e.Valid() != nil {
			s.breaks(ruleSetting, int64(i), 0)
			continue
		}
		if e.ID == frame.EnablePush && e.Value == 1 && s.dir == server {
			s.breaks(rulePushByServer, 0, 0)
		}
		switch {
		case e.ID == frame.EnableConnectProtocol && e.Value < at.values[e.ID]:
			s.problem(ruleConnectBack, 0, 0)
		case e.ID == frame.NoRFC7540Priorities && e.Value != at.values[e.ID] && s.d.settings.len() > 0:
			s.problem(rulePrioritiesChanged, 0, 0)
		}
		if e.ID > 0 && int(e.ID) < settingCount {
			at.values[e.ID] = e.Value
			at.named |= 1 << e.ID
		}
	}
	s.d.settings.add(at)
}

// upgradeField carries the client's settings when a connection begins as
// HTTP/1.1; the 101 response acknowledges them (RFC 7540, section 3.2.1).
const upgradeField = "http2-settings:"

// upgradeSettings reads the client's settings from the request that asks for
// the upgrade. What can't be read is left out.
func (c *connection) upgradeSettings() {
	d := &c.dirs[client]
	if len(d.garbage) == 0 {
		return
	}
	const enough = 1 << 16
	g := d.garbage[0]
	text := string(d.read(g.from, int(min(d.total-g.from, enough))))
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) <= len(upgradeField) || !strings.EqualFold(line[:len(upgradeField)], upgradeField) {
			continue
		}
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(line[len(upgradeField):]))
		if err != nil {
			return
		}
		f, err := frame.ParseSettingsPayload(b)
		if err != nil {
			return
		}
		for i := range f.Len() {
			if e := f.At(i); e.ID > 0 && int(e.ID) < settingCount && e.Valid() == nil {
				d.initial[e.ID] = e.Value
			}
		}
		if size := d.initial[frame.HeaderTableSize]; size != defaults[frame.HeaderTableSize] {
			c.dirs[server].table.SetAllowedMax(size)
		}
		return
	}
}

// settingsAck: from here on the sender goes by the values that it acknowledges;
// its encoder too (RFC 9113, sections 6.5.3 and 4.3.1).
func (s *sending) settingsAck() {
	s.d.acks.add(s.seq)
	n := s.d.acks.len()
	if n > s.c.dirs[1-s.dir].settings.len() {
		if !s.c.midway {
			s.problem(ruleUnaskedAck, 0, 0)
		}
		return
	}
	size := s.c.setting(1-s.dir, n, frame.HeaderTableSize)
	if size != s.d.table.Mark().Allowed {
		s.d.table.SetAllowedMax(size)
	}
}
