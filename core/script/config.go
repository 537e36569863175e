package script

import (
	"strings"

	"framewise/core/conn"
)

// limit sets one field of conn.Limits.
type limit struct {
	name string
	doc  string
	set  func(l *conn.Limits, v uint64)
}

var limits = []limit{
	{"MaxConcurrent", "streams of the peer at a time", func(l *conn.Limits, v uint64) { l.MaxConcurrent = uint32(v) }},
	{"MaxContinuations", "CONTINUATION frames of a field block", func(l *conn.Limits, v uint64) { l.MaxContinuations = int(v) }},
	{"EmptyContinuations", "CONTINUATION frames of a field block that are empty and not the last", func(l *conn.Limits, v uint64) { l.EmptyContinuations = int(v) }},
	{"MaxBlock", "octets of a field block", func(l *conn.Limits, v uint64) { l.MaxBlock = uint32(v) }},
	{"MaxFieldList", "octets of a field section, decoded", func(l *conn.Limits, v uint64) { l.MaxFieldList = uint32(v) }},
	{"MaxFields", "field lines of a section", func(l *conn.Limits, v uint64) { l.MaxFields = int(v) }},
	{"MaxSettings", "entries of a SETTINGS frame", func(l *conn.Limits, v uint64) { l.MaxSettings = int(v) }},
	{"Resets", "resets by the peer at once, and that it makes us send", func(l *conn.Limits, v uint64) { l.Resets = int64(v) }},
	{"ResetRate", "resets that come free a second", func(l *conn.Limits, v uint64) { l.ResetRate = int64(v) }},
	{"UnsentAcks", "acknowledgements that wait to be written", func(l *conn.Limits, v uint64) { l.UnsentAcks = int(v) }},
	{"ForcedFrames", "frames that wait to be written because of the peer", func(l *conn.Limits, v uint64) { l.ForcedFrames = int(v) }},
	{"SettingFlips", "costly changes of settings a second", func(l *conn.Limits, v uint64) { l.SettingFlips = int64(v) }},
	{"EmptyData", "empty DATA frames a second", func(l *conn.Limits, v uint64) { l.EmptyData = int64(v) }},
	{"TinyData", "budget of DATA frames below 256 octets", func(l *conn.Limits, v uint64) { l.TinyData = int64(v) }},
	{"WindowUpdates", "WINDOW_UPDATE frames beyond what DATA explains", func(l *conn.Limits, v uint64) { l.WindowUpdates = int(v) }},
	{"Priorities", "PRIORITY frames for each stream", func(l *conn.Limits, v uint64) { l.Priorities = int(v) }},
	{"UselessFrames", "frames in a row without effect", func(l *conn.Limits, v uint64) { l.UselessFrames = int(v) }},
	{"Ledger", "octets of field sections of open streams", func(l *conn.Limits, v uint64) { l.Ledger = int64(v) }},
	{"SettingsTimeout", "for an acknowledgement of SETTINGS", func(l *conn.Limits, v uint64) { l.SettingsTimeout = int64(v) }},
	{"StallTimeout", "for DATA to make progress", func(l *conn.Limits, v uint64) { l.StallTimeout = int64(v) }},
	{"IdleTimeout", "without a stream", func(l *conn.Limits, v uint64) { l.IdleTimeout = int64(v) }},
	{"KeepAlive", "of silence before a PING", func(l *conn.Limits, v uint64) { l.KeepAlive = int64(v) }},
	{"KeepAliveTimeout", "for the answer to that PING", func(l *conn.Limits, v uint64) { l.KeepAliveTimeout = int64(v) }},
	{"CloseTimeout", "for the last octets to be written", func(l *conn.Limits, v uint64) { l.CloseTimeout = int64(v) }},
}

func limitKeys() []Key {
	keys := make([]Key, 0, len(limits))
	for _, l := range limits {
		kind := Number
		if strings.HasSuffix(l.name, "Timeout") || l.name == "KeepAlive" {
			kind = Time
		}
		keys = append(keys, Key{Name: l.name, Kind: kind, Doc: l.doc})
	}
	return keys
}

// configure does a command of the setup.
func (r *runner) configure(c *Command) {
	switch c.Verb {
	case "role":
		chunk := r.chunk
		r.fresh()
		r.chunk = chunk
		r.cfg.Role = conn.Server
		if c.args[0].value == "client" {
			r.cfg.Role = conn.Client
		}
	case "settings":
		r.cfg.Settings = append(r.cfg.Settings, c.settings()...)
	case "limit":
		for _, a := range c.args {
			for _, l := range limits {
				if l.name == a.key {
					l.set(&r.cfg.Limits, c.number(a.key, 0))
				}
			}
		}
	case "option":
		r.cfg.ConnWindow = uint32(c.number("ConnWindow", uint64(r.cfg.ConnWindow)))
		r.cfg.TableLimit = uint32(c.number("TableLimit", uint64(r.cfg.TableLimit)))
		r.cfg.PeerMaxConcurrent = uint32(c.number("PeerMaxConcurrent", uint64(r.cfg.PeerMaxConcurrent)))
		r.cfg.Limits.MaxReserved = uint32(c.number("MaxReserved", uint64(r.cfg.Limits.MaxReserved)))
		r.cfg.Grease = uint32(c.number("Grease", uint64(r.cfg.Grease)))
		if c.has("padding") {
			n := int(c.number("padding", 0))
			r.cfg.SelectPadding = func(frameLen, most int) int { return min(frameLen+n, most) }
		}
	}
}
