package frame

import "encoding/binary"

// NoPadding is the padLen of a frame without the PADDED flag; 0 to 255 set the
// flag and add that many zero octets.
const NoPadding = -1

var zeroPad [255]byte

// AppendData appends a DATA frame (RFC 9113, section 6.1).
func AppendData(dst []byte, streamID uint32, data []byte, end bool, padLen int) []byte {
	dst = AppendDataHeader(dst, streamID, len(data), end, padLen)
	dst = append(dst, data...)
	return appendPad(dst, padLen)
}

// AppendDataHeader appends what stands before the data of a DATA frame of n
// octets: for a writer that sends large data from where it lies. padLen octets
// of zeros must follow the data.
func AppendDataHeader(dst []byte, streamID uint32, n int, end bool, padLen int) []byte {
	h := Header{Type: Data, StreamID: streamID, Length: uint32(n)}
	if end {
		h.Flags |= FlagEndStream
	}
	return appendPadLen(dst, h, padLen)
}

// AppendHeaders appends a HEADERS frame with a whole field block or its first
// fragment (RFC 9113, section 6.2). prio may be nil.
func AppendHeaders(dst []byte, streamID uint32, fragment []byte, end, endHeaders bool, prio *PriorityParam, padLen int) []byte {
	h := Header{Type: Headers, StreamID: streamID, Length: uint32(len(fragment))}
	if end {
		h.Flags |= FlagEndStream
	}
	if endHeaders {
		h.Flags |= FlagEndHeaders
	}
	if prio != nil {
		h.Flags |= FlagPriority
		h.Length += 5
	}
	dst = appendPadLen(dst, h, padLen)
	if prio != nil {
		dst = appendPriorityParam(dst, *prio)
	}
	dst = append(dst, fragment...)
	return appendPad(dst, padLen)
}

// AppendContinuation appends a CONTINUATION frame (RFC 9113, section 6.10).
func AppendContinuation(dst []byte, streamID uint32, fragment []byte, endHeaders bool) []byte {
	h := Header{Type: Continuation, StreamID: streamID, Length: uint32(len(fragment))}
	if endHeaders {
		h.Flags |= FlagEndHeaders
	}
	return append(AppendHeader(dst, h), fragment...)
}

// AppendPriority appends a PRIORITY frame (RFC 9113, section 6.3).
func AppendPriority(dst []byte, streamID uint32, p PriorityParam) []byte {
	dst = AppendHeader(dst, Header{Type: Priority, StreamID: streamID, Length: 5})
	return appendPriorityParam(dst, p)
}

// AppendRSTStream appends a RST_STREAM frame (RFC 9113, section 6.4).
func AppendRSTStream(dst []byte, streamID uint32, code ErrCode) []byte {
	dst = AppendHeader(dst, Header{Type: RSTStream, StreamID: streamID, Length: 4})
	return binary.BigEndian.AppendUint32(dst, uint32(code))
}

// AppendSettings appends a SETTINGS frame (RFC 9113, section 6.5).
func AppendSettings(dst []byte, settings []Setting) []byte {
	dst = AppendHeader(dst, Header{Type: Settings, Length: uint32(6 * len(settings))})
	return AppendSettingsPayload(dst, settings)
}

// AppendSettingsPayload appends the entries alone, as HTTP2-Settings carries
// them before its encoding and as the seed's getPackedSettings returns them.
func AppendSettingsPayload(dst []byte, settings []Setting) []byte {
	for _, s := range settings {
		dst = binary.BigEndian.AppendUint16(dst, uint16(s.ID))
		dst = binary.BigEndian.AppendUint32(dst, s.Value)
	}
	return dst
}

// AppendSettingsAck appends the acknowledgement of a SETTINGS frame.
func AppendSettingsAck(dst []byte) []byte {
	return AppendHeader(dst, Header{Type: Settings, Flags: FlagAck})
}

// AppendPushPromise appends a PUSH_PROMISE frame (RFC 9113, section 6.6).
func AppendPushPromise(dst []byte, streamID, promisedID uint32, fragment []byte, endHeaders bool, padLen int) []byte {
	h := Header{Type: PushPromise, StreamID: streamID, Length: uint32(4 + len(fragment))}
	if endHeaders {
		h.Flags |= FlagEndHeaders
	}
	dst = appendPadLen(dst, h, padLen)
	dst = binary.BigEndian.AppendUint32(dst, promisedID&^(1<<31))
	dst = append(dst, fragment...)
	return appendPad(dst, padLen)
}

// AppendPing appends a PING frame (RFC 9113, section 6.7).
func AppendPing(dst []byte, data [8]byte, ack bool) []byte {
	h := Header{Type: Ping, Length: 8}
	if ack {
		h.Flags |= FlagAck
	}
	return append(AppendHeader(dst, h), data[:]...)
}

// AppendGoAway appends a GOAWAY frame (RFC 9113, section 6.8).
func AppendGoAway(dst []byte, lastStreamID uint32, code ErrCode, debug []byte) []byte {
	dst = AppendHeader(dst, Header{Type: GoAway, Length: uint32(8 + len(debug))})
	dst = binary.BigEndian.AppendUint32(dst, lastStreamID&^(1<<31))
	dst = binary.BigEndian.AppendUint32(dst, uint32(code))
	return append(dst, debug...)
}

// AppendWindowUpdate appends a WINDOW_UPDATE frame (RFC 9113, section 6.9);
// streamID 0 is the connection's window.
func AppendWindowUpdate(dst []byte, streamID, increment uint32) []byte {
	dst = AppendHeader(dst, Header{Type: WindowUpdate, StreamID: streamID, Length: 4})
	return binary.BigEndian.AppendUint32(dst, increment&^(1<<31))
}

func appendPriorityParam(dst []byte, p PriorityParam) []byte {
	dep := p.StreamDep &^ (1 << 31)
	if p.Exclusive {
		dep |= 1 << 31
	}
	return append(binary.BigEndian.AppendUint32(dst, dep), p.Weight)
}

// appendPadLen appends the header and, for a padded frame, the octet that tells
// the padding's length.
func appendPadLen(dst []byte, h Header, padLen int) []byte {
	if padLen < 0 {
		return AppendHeader(dst, h)
	}
	h.Flags |= FlagPadded
	h.Length += uint32(1 + padLen)
	return append(AppendHeader(dst, h), byte(padLen))
}

func appendPad(dst []byte, padLen int) []byte {
	if padLen <= 0 {
		return dst
	}
	return append(dst, zeroPad[:padLen]...)
}
