package frame

import (
	"strconv"
)

// AppendText appends the one-line form of a frame, as transcripts and the
// command line show it:
//
//	SETTINGS stream=0 length=12 MAX_CONCURRENT_STREAMS=100 INITIAL_WINDOW_SIZE=65535
//	HEADERS stream=1 flags=END_STREAM|END_HEADERS length=14 block=14
//	WINDOW_UPDATE stream=1 length=4 increment=65535
//
// A payload that can't be parsed is shown as its length with error= and the
// reason. Octets that the peer chose are never shown raw: debug data and the
// payloads of unknown types are quoted or hexadecimal.
func AppendText(dst []byte, f Raw) []byte {
	dst = append(dst, f.Type.String()...)
	dst = append(dst, " stream="...)
	dst = strconv.AppendUint(dst, uint64(f.StreamID), 10)
	if t := f.Flags.Text(f.Type); t != "" {
		dst = append(dst, " flags="...)
		dst = append(dst, t...)
	}
	dst = appendNum(dst, "length", uint64(f.Length))
	if f.Reserved {
		dst = append(dst, " reserved=1"...)
	}
	return appendFields(dst, f)
}

// Text is AppendText as a string.
func (f Raw) Text() string { return string(AppendText(nil, f)) }

func appendFields(dst []byte, f Raw) []byte {
	switch f.Type {
	case Data:
		d, err := ParseData(f)
		if err != nil {
			return appendErr(dst, err)
		}
		return appendPadText(appendNum(dst, "data", uint64(len(d.Data))), d.Padded, d.Padding)
	case Headers:
		h, err := ParseHeaders(f)
		if err != nil {
			return appendErr(dst, err)
		}
		if h.HasPriority {
			dst = appendPrio(dst, h.Priority)
		}
		return appendPadText(appendNum(dst, "block", uint64(len(h.Fragment))), h.Padded, h.Padding)
	case Priority:
		p, err := ParsePriority(f)
		if err != nil {
			return appendErr(dst, err)
		}
		return appendPrio(dst, p)
	case RSTStream:
		c, err := ParseRSTStream(f)
		if err != nil {
			return appendErr(dst, err)
		}
		return append(append(dst, " code="...), c.String()...)
	case Settings:
		return appendSettingsText(dst, f)
	case PushPromise:
		p, err := ParsePushPromise(f)
		if err != nil {
			return appendErr(dst, err)
		}
		dst = appendNum(dst, "promised", uint64(p.PromisedID))
		return appendPadText(appendNum(dst, "block", uint64(len(p.Fragment))), p.Padded, p.Padding)
	case Ping:
		p, err := ParsePing(f)
		if err != nil {
			return appendErr(dst, err)
		}
		return appendHex(append(dst, " opaque="...), p[:])
	case GoAway:
		return appendGoAwayText(dst, f)
	case WindowUpdate:
		n, err := ParseWindowUpdate(f)
		if err != nil {
			return appendErr(dst, err)
		}
		return appendNum(dst, "increment", uint64(n))
	case Continuation:
		b, err := ParseContinuation(f)
		if err != nil {
			return appendErr(dst, err)
		}
		return appendNum(dst, "block", uint64(len(b)))
	}
	return appendHexCut(append(dst, " payload="...), f.Payload)
}

func appendSettingsText(dst []byte, f Raw) []byte {
	s, err := ParseSettings(f)
	if err != nil {
		return appendErr(dst, err)
	}
	for i := range s.Len() {
		e := s.At(i)
		dst = appendNum(dst, e.ID.String(), uint64(e.Value))
	}
	return dst
}

func appendGoAwayText(dst []byte, f Raw) []byte {
	g, err := ParseGoAway(f)
	if err != nil {
		return appendErr(dst, err)
	}
	dst = appendNum(dst, "last", uint64(g.LastStreamID))
	dst = append(append(dst, " code="...), g.Code.String()...)
	if len(g.Debug) > 0 {
		cut := g.Debug[:min(len(g.Debug), 256)]
		dst = strconv.AppendQuoteToASCII(append(dst, " debug="...), string(cut))
		if len(cut) < len(g.Debug) {
			dst = appendNum(append(dst, "…"...), "debug-length", uint64(len(g.Debug)))
		}
	}
	return dst
}

func appendPrio(dst []byte, p PriorityParam) []byte {
	dst = appendNum(dst, "dependency", uint64(p.StreamDep))
	dst = appendNum(dst, "weight", uint64(p.Weight)+1)
	if p.Exclusive {
		dst = append(dst, " exclusive"...)
	}
	return dst
}

func appendPadText(dst []byte, padded bool, pad []byte) []byte {
	if !padded {
		return dst
	}
	return appendNum(dst, "padding", uint64(len(pad)))
}

func appendNum(dst []byte, name string, v uint64) []byte {
	dst = append(append(dst, ' '), name...)
	return strconv.AppendUint(append(dst, '='), v, 10)
}

func appendErr(dst []byte, err error) []byte {
	return strconv.AppendQuote(append(dst, " error="...), err.Error())
}

// appendHexCut shows at most 32 octets.
func appendHexCut(dst, b []byte) []byte {
	if len(b) <= 32 {
		return appendHex(dst, b)
	}
	return append(appendHex(dst, b[:32]), "…"...)
}

func appendHex(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range b {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}
