package inspect

import (
	"framewise/core/frame"
)

// extension adds the fields of the frame types that other RFCs define.
func (s *spans) extension(f frame.Raw) {
	b := f.Payload
	switch f.Type {
	case frame.AltSvc:
		const ref = "RFC 7838 4"
		origin, value, ok := parseAltSvc(b)
		if !ok {
			return
		}
		s.top(2, "Origin-Len", octetCount(len(origin)), "", ref)
		if len(origin) > 0 {
			s.top(len(origin), "Origin", short(string(origin)), "whose alternative it is; on a stream it is left out", ref)
		}
		if len(value) > 0 {
			s.top(len(value), "Alt-Svc-Field-Value", short(string(value)), "where the same origin is served too", ref)
		}
	case frame.Origin:
		const ref = "RFC 8336 2.1"
		for _, o := range parseOrigins(b) {
			i := s.top(2+len(o.text), "Origin-Entry", short(string(o.text)), "the server may be used for this origin", ref)
			off := s.list[i].Off
			s.within(i, off, 2, "Origin-Len", octetCount(len(o.text)), "", ref)
			if len(o.text) > 0 {
				s.within(i, off+2, len(o.text), "ASCII-Origin", short(string(o.text)), "", ref)
			}
		}
	case frame.PriorityUpdate:
		const ref = "RFC 9218 7.1"
		if len(b) < 4 {
			return
		}
		s.top(4, "Prioritized Stream ID", utoa(be32(b)&^(1<<31)), "the stream whose priority changes", ref)
		if len(b) > 4 {
			s.top(len(b)-4, "Priority Field Value", short(string(b[4:])), priorityNote(string(b[4:])), ref)
		}
	}
}

// parseAltSvc reads an ALTSVC payload (RFC 7838, section 4).
func parseAltSvc(b []byte) (origin, value []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(b[0])<<8 | int(b[1])
	if n > len(b)-2 {
		return nil, nil, false
	}
	return b[2 : 2+n], b[2+n:], true
}

type originEntry struct{ text []byte }

// parseOrigins reads the whole entries of an ORIGIN payload (RFC 8336, section 2.1).
func parseOrigins(b []byte) (out []originEntry) {
	for len(b) >= 2 {
		n := int(b[0])<<8 | int(b[1])
		if n > len(b)-2 {
			break
		}
		out = append(out, originEntry{b[2 : 2+n]})
		b = b[2+n:]
	}
	return out
}

// priorityNote explains the parameters of RFC 9218, section 4, as far as they
// have their plain form.
func priorityNote(v string) string {
	for i := 0; i+3 <= len(v); i++ {
		if v[i:i+2] == "u=" && v[i+2] >= '0' && v[i+2] <= '7' {
			return "urgency " + v[i+2:i+3] + " of 0 (first) to 7"
		}
	}
	return "urgency 3, as without it"
}

// about is what there is to say of a frame type.
type about struct{ ref, what string }

var types = map[frame.Type]about{
	frame.Data:           {"RFC 9113 6.1", "DATA carries the content of a request or response. It is the only frame that flow control counts."},
	frame.Headers:        {"RFC 9113 6.2", "HEADERS opens a stream or answers on one. It carries a field section: a request's, a response's, or trailers."},
	frame.Priority:       {"RFC 9113 6.3", "PRIORITY told how to share the connection between streams. RFC 9113 deprecates it."},
	frame.RSTStream:      {"RFC 9113 6.4", "RST_STREAM ends a stream at once and says why. The connection goes on."},
	frame.Settings:       {"RFC 9113 6.5", "SETTINGS tells what its sender is ready to receive. Each one is acknowledged."},
	frame.PushPromise:    {"RFC 9113 6.6", "PUSH_PROMISE announces a response that the client did not ask for, with the request that it would belong to."},
	frame.Ping:           {"RFC 9113 6.7", "PING measures a round trip, or whether the other end is still there."},
	frame.GoAway:         {"RFC 9113 6.8", "GOAWAY ends a connection: no new streams, and which of the old ones were seen."},
	frame.WindowUpdate:   {"RFC 9113 6.9", "WINDOW_UPDATE allows the other end to send more DATA, on one stream or on the connection."},
	frame.Continuation:   {"RFC 9113 6.10", "CONTINUATION carries the rest of a field block that did not fit in one frame."},
	frame.AltSvc:         {"RFC 7838 4", "ALTSVC names another place where the same origin is served."},
	frame.Origin:         {"RFC 8336 2", "ORIGIN lists the origins that this connection may be used for."},
	frame.PriorityUpdate: {"RFC 9218 7.1", "PRIORITY_UPDATE changes how urgent a response is."},
}

func typeOf(t frame.Type) about {
	if a, ok := types[t]; ok {
		return a
	}
	return about{"RFC 9113 5.5", "A frame of a type that is not known here. Receivers ignore such frames, so that the protocol can be extended."}
}

// settingNote is what there is to say of a setting.
type settingNote struct{ ref, what, unit string }

var settingNotes = map[frame.SettingID]settingNote{
	frame.HeaderTableSize:       {"RFC 9113 6.5.2", "the largest dynamic table that the peer's encoder may use", "octets"},
	frame.EnablePush:            {"RFC 9113 6.5.2", "whether the server may push", "0 or 1"},
	frame.MaxConcurrentStreams:  {"RFC 9113 6.5.2", "how many streams the peer may have open at once", "streams"},
	frame.InitialWindowSize:     {"RFC 9113 6.5.2", "the window of every stream for DATA from the peer; a change moves the open ones too", "octets"},
	frame.MaxFrameSize:          {"RFC 9113 6.5.2", "the largest payload that the peer may send", "octets"},
	frame.MaxHeaderListSize:     {"RFC 9113 6.5.2", "the largest field section that is taken, decoded (advice)", "octets, 32 more for each field"},
	frame.EnableConnectProtocol: {"RFC 8441 3", "whether CONNECT may name a protocol, such as WebSocket", "0 or 1"},
	frame.NoRFC7540Priorities:   {"RFC 9218 2.1", "the priorities of RFC 7540 are not used", "0 or 1"},
}

func settingOf(id frame.SettingID) settingNote {
	if n, ok := settingNotes[id]; ok {
		return n
	}
	return settingNote{"RFC 9113 6.5.2", "not known here; a receiver ignores it", ""}
}

var codeNotes = [...]string{
	"no error: an orderly end", "the peer broke a rule that has no code of its own", "a fault of the sender's own",
	"the peer broke flow control", "SETTINGS was not acknowledged in time", "a frame came after the stream was half-closed",
	"a frame had a wrong size", "refused before anything was done: the request can be sent again",
	"the stream is not needed any more", "the field compression state can't be kept",
	"the connection that CONNECT opened was reset", "the peer causes too much load", "the transport is not secure enough",
	"the request needs HTTP/1.1",
}

func codeNote(c frame.ErrCode) string {
	if int(c) < len(codeNotes) {
		return codeNotes[c]
	}
	return "not known; it is treated as INTERNAL_ERROR"
}
