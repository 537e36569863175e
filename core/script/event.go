package script

import (
	"encoding/hex"
	"slices"
	"strconv"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
)

// eventEntry puts an event in words. Its octets and fields are read now: they
// don't last.
func eventEntry(e *conn.Event) Entry {
	text, ref := eventText(e)
	return Entry{Kind: Happened, StreamID: e.StreamID, Text: text, Ref: ref}
}

var sectionNames = map[conn.Section]string{
	conn.Request: "request", conn.Informational: "informational response", conn.Response: "response", conn.Trailers: "trailer section",
}

var byNames = map[conn.By]string{
	conn.ByEnd: "both sides ended it", conn.ByPeer: "the peer reset it", conn.ByOwner: "we reset it", conn.ByError: "for the error",
	conn.ByGoAway: "the peer's GOAWAY does not cover it", conn.ByTransport: "the transport ended", conn.ByTimeout: "it made no progress",
}

func eventText(e *conn.Event) (text, ref string) {
	id := "stream " + u(e.StreamID)
	switch e.Kind {
	case conn.EvSettings:
		return "the peer's settings" + settingsText(e.Settings), "RFC 9113 6.5.3"
	case conn.EvSettingsAck:
		return "our settings are in force" + settingsText(e.Settings), "RFC 9113 6.5.3"
	case conn.EvHeaders:
		text = sectionNames[e.Section] + " on " + id + endText(e.End)
		if e.HasPriority {
			text += priorityText(e.Priority)
		}
		return text + fieldsText(e.Fields), "RFC 9113 8.1"
	case conn.EvData:
		return "DATA on " + id + endText(e.End) + ", " + strconv.Itoa(len(e.Data)) + " octets" + dataText(e.Data), "RFC 9113 6.1"
	case conn.EvPush:
		return "promise of stream " + u(e.PromisedID) + " on " + id + fieldsText(e.Fields), "RFC 9113 8.4"
	case conn.EvStreamClosed:
		return id + " closed with " + e.Code.String() + ": " + byNames[e.By], "RFC 9113 5.1"
	case conn.EvStreamError, conn.EvConnError:
		return e.Err.Error(), ""
	case conn.EvWritable:
		return id + " is writable, the windows allow " + strconv.FormatInt(e.N, 10), "RFC 9113 6.9"
	case conn.EvPing:
		return "PING " + hex.EncodeToString(e.Ping[:]), "RFC 9113 6.7"
	case conn.EvPingAck:
		return "answer to PING " + hex.EncodeToString(e.Ping[:]), "RFC 9113 6.7"
	case conn.EvGoAway:
		return "GOAWAY last=" + u(e.LastStreamID) + " code=" + e.Code.String() + dataText(e.Data), "RFC 9113 6.8"
	case conn.EvPriority:
		return "priority of " + id + priorityText(e.Priority), "RFC 9113 6.3"
	case conn.EvPriorityUpdate:
		return "priority of " + id + ":" + dataText(e.Data), "RFC 9218 7.1"
	case conn.EvUnknown:
		return "ignored: " + (frame.Raw{Header: e.Header, Payload: e.Data}).Text(), "RFC 9113 5.5"
	case conn.EvLimit:
		text = "limit " + string(e.Limit) + " exceeded: " + strconv.FormatInt(e.N, 10) + " of " + strconv.FormatInt(e.Max, 10)
		if e.StreamID != 0 {
			text += " on " + id
		}
		return text, e.Ref
	case conn.EvOrigin:
		return "the server has the origins" + quoteList(e.Origins), "RFC 8336 2"
	case conn.EvAltSvc:
		text = "alternative service"
		if e.StreamID != 0 {
			text += " for the origin of " + id
		} else {
			text += " for" + quoteList(e.Origins)
		}
		return text + ":" + dataText(e.Data), "RFC 7838 4"
	case conn.EvEnd:
		return "the transport ended", ""
	}
	return "event " + strconv.Itoa(int(e.Kind)), ""
}

func endText(end bool) string {
	if end {
		return " END_STREAM"
	}
	return ""
}

func settingsText(list []frame.Setting) string {
	s := ""
	for _, e := range list {
		s += " " + e.ID.String() + "=" + u(e.Value)
	}
	if s == "" {
		return ": none"
	}
	return ":" + s
}

func priorityText(p frame.PriorityParam) string {
	s := " dependency=" + u(p.StreamDep) + " weight=" + strconv.Itoa(int(p.Weight)+1)
	if p.Exclusive {
		s += " exclusive"
	}
	return s
}

// fieldsText shows the first fields of a section.
func fieldsText(fields []hpack.Field) string {
	const shown = 12
	s := ""
	for i, f := range fields {
		if i == shown {
			return s + " | … " + strconv.Itoa(len(fields)-shown) + " more"
		}
		s += " | " + formatField(field{name: f.Name, value: short(f.Value), never: f.Sensitive})
	}
	return s
}

// dataText shows the first octets of what the peer chose.
func dataText(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return " " + strconv.QuoteToASCII(short(string(b)))
}

func quoteList(list []string) string {
	s := ""
	for _, v := range list {
		s += " " + strconv.QuoteToASCII(short(v))
	}
	return s
}

func short(s string) string {
	const shown = 40
	if len(s) > shown {
		return s[:shown] + "..."
	}
	return s
}

// show notes what was asked for.
func (r *runner) show(c *Command) {
	add := func(id uint32, text string) { r.note(Entry{Kind: Shown, StreamID: id, Text: text}) }
	id := c.u32("stream")
	switch c.args[0].value {
	case "windows":
		if id == 0 {
			add(0, "connection"+windowText(r.c.ConnWindow()))
		}
		for _, k := range r.ids {
			if w, ok := r.c.StreamWindow(k); ok && (id == 0 || id == k) {
				add(k, "stream "+u(k)+windowText(w))
			}
		}
	case "streams":
		for _, k := range r.ids {
			if id == 0 || id == k {
				add(k, "stream "+u(k)+" is "+stateText(r.c.StreamState(k)))
			}
		}
		add(0, "kept: "+strconv.Itoa(r.c.Streams())+", next of ours: "+u(r.c.NextStreamID())+", last of the peer's: "+u(r.c.LastStreamID()))
	case "settings":
		add(0, "ours:"+valuesText(r.c.LocalSettings())+", waiting for an acknowledgement: "+strconv.Itoa(r.c.SettingsPending()))
		add(0, "the peer's:"+valuesText(r.c.RemoteSettings()))
	case "priorities":
		r.showPriorities()
	case "deadline":
		text := "none"
		if r.out.Deadline != 0 {
			text = "at " + seconds(r.out.Deadline)
		}
		add(0, "deadline "+text+", now "+seconds(r.now))
	}
}

// showPriorities notes how the streams share the connection.
func (r *runner) showPriorities() {
	percent := func(v float64) string { return strconv.FormatFloat(v*100, 'f', 0, 64) + "%" }
	for _, n := range r.c.Priorities(nil) {
		text := "stream " + u(n.ID)
		if n.Weight > 0 {
			text += " below stream " + u(n.Parent) + ", weight " + strconv.FormatFloat(n.Weight, 'g', 4, 64) + ", nominal " + percent(n.Nominal)
		} else {
			text += ", urgency " + strconv.Itoa(int(n.Param.Urgency))
			if n.Param.Incremental {
				text += ", incremental"
			}
		}
		if n.Ready {
			text += ", ready for " + percent(n.Share)
		}
		r.note(Entry{Kind: Shown, StreamID: n.ID, Text: text})
	}
}

func windowText(w conn.Window) string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return ": we may send " + n(w.Send) + ", the peer may send " + n(w.Recv) + ", not consumed " + n(w.Held)
}

func valuesText(v conn.Values) string {
	b := func(on bool) uint32 {
		if on {
			return 1
		}
		return 0
	}
	list := []frame.Setting{
		{ID: frame.HeaderTableSize, Value: v.HeaderTableSize}, {ID: frame.EnablePush, Value: b(v.EnablePush)},
		{ID: frame.MaxConcurrentStreams, Value: v.MaxConcurrentStreams}, {ID: frame.InitialWindowSize, Value: v.InitialWindowSize},
		{ID: frame.MaxFrameSize, Value: v.MaxFrameSize}, {ID: frame.MaxHeaderListSize, Value: v.MaxHeaderListSize},
		{ID: frame.EnableConnectProtocol, Value: b(v.EnableConnectProtocol)}, {ID: frame.NoRFC7540Priorities, Value: b(v.NoRFC7540Priorities)},
	}
	list = slices.DeleteFunc(list, func(s frame.Setting) bool { return s.Value == 1<<32-1 })
	return settingsText(list)[1:]
}
