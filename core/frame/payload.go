package frame

import "encoding/binary"

// PriorityParam is the priority fields of HEADERS and PRIORITY (RFC 9113, sections 6.2 and 6.3;
// their meaning is RFC 7540, section 5.3).
type PriorityParam struct {
	Exclusive bool
	StreamDep uint32 // 31 bits
	Weight    uint8  // on the wire: one less than the weight of 1 to 256
}

// DataFrame is the payload of DATA (RFC 9113, section 6.1).
type DataFrame struct {
	Data    []byte
	Padding []byte
	Padded  bool // distinguishes padding of length 0 from none
}

// FlowLen is the flow-controlled length: data, padding and the octet that tells
// the padding's length (RFC 9113, section 6.9.1).
func (f DataFrame) FlowLen() int {
	n := len(f.Data) + len(f.Padding)
	if f.Padded {
		n++
	}
	return n
}

// HeadersFrame is the payload of HEADERS (RFC 9113, section 6.2).
type HeadersFrame struct {
	Fragment    []byte
	Padding     []byte
	Padded      bool
	HasPriority bool
	Priority    PriorityParam
}

// PushPromiseFrame is the payload of PUSH_PROMISE (RFC 9113, section 6.6).
type PushPromiseFrame struct {
	PromisedID uint32
	Fragment   []byte
	Padding    []byte
	Padded     bool
}

// SettingsFrame is the payload of SETTINGS (RFC 9113, section 6.5): six octets
// an entry, read in place.
type SettingsFrame struct{ entries []byte }

// Len is the number of entries.
func (f SettingsFrame) Len() int { return len(f.entries) / 6 }

// At is entry i, from 0.
func (f SettingsFrame) At(i int) Setting {
	b := f.entries[i*6:]
	return Setting{SettingID(binary.BigEndian.Uint16(b)), binary.BigEndian.Uint32(b[2:])}
}

// GoAwayFrame is the payload of GOAWAY (RFC 9113, section 6.8).
type GoAwayFrame struct {
	LastStreamID uint32
	Code         ErrCode
	Debug        []byte
}

// ParseData reads a DATA payload. It fails on stream 0 and on padding that is
// not shorter than the payload: PROTOCOL_ERROR, for the connection.
func ParseData(f Raw) (DataFrame, error) {
	if f.StreamID == 0 {
		return DataFrame{}, onConnection(f, "6.1")
	}
	body, pad, err := unpad(f, "6.1", 0)
	return DataFrame{Data: body, Padding: pad, Padded: f.Flags.Has(FlagPadded)}, err
}

// ParseHeaders reads a HEADERS payload. A frame that is too short for the
// fields that its flags promise is FRAME_SIZE_ERROR; stream 0 and padding
// that does not fit are PROTOCOL_ERROR; all for the connection.
func ParseHeaders(f Raw) (HeadersFrame, error) {
	if f.StreamID == 0 {
		return HeadersFrame{}, onConnection(f, "6.2")
	}
	fixed := 0
	if f.Flags.Has(FlagPriority) {
		fixed = 5
	}
	body, pad, err := unpad(f, "6.2", fixed)
	if err != nil {
		return HeadersFrame{}, err
	}
	h := HeadersFrame{Padding: pad, Padded: f.Flags.Has(FlagPadded)}
	if f.Flags.Has(FlagPriority) {
		h.HasPriority = true
		h.Priority = parsePriorityParam(body)
		body = body[5:]
	}
	h.Fragment = body
	return h, nil
}

// ParsePriority reads a PRIORITY payload. Stream 0 is a connection error
// PROTOCOL_ERROR; any length but 5 a stream error FRAME_SIZE_ERROR.
func ParsePriority(f Raw) (PriorityParam, error) {
	if f.StreamID == 0 {
		return PriorityParam{}, onConnection(f, "6.3")
	}
	if len(f.Payload) != 5 {
		return PriorityParam{}, streamErr(FrameSizeError, f.StreamID, "6.3", "PRIORITY of "+utoa(uint32(len(f.Payload)))+" octets, it must be 5")
	}
	return parsePriorityParam(f.Payload), nil
}

// ParseRSTStream reads the error code of a RST_STREAM.
func ParseRSTStream(f Raw) (ErrCode, error) {
	if f.StreamID == 0 {
		return 0, onConnection(f, "6.4")
	}
	if err := exactly(f, 4, "6.4"); err != nil {
		return 0, err
	}
	return ErrCode(binary.BigEndian.Uint32(f.Payload)), nil
}

// ParseSettings checks the shape of a SETTINGS frame. The values are not
// checked: see Setting.Valid. An ACK with a payload and a length that is no
// multiple of 6 are FRAME_SIZE_ERROR; a stream other than 0 PROTOCOL_ERROR.
func ParseSettings(f Raw) (SettingsFrame, error) {
	if f.StreamID != 0 {
		return SettingsFrame{}, onStream(f, "6.5")
	}
	if f.Flags.Has(FlagAck) && len(f.Payload) != 0 {
		return SettingsFrame{}, connErr(FrameSizeError, "6.5", "SETTINGS with ACK carries "+utoa(uint32(len(f.Payload)))+" octets, it must be empty")
	}
	if len(f.Payload)%6 != 0 {
		return SettingsFrame{}, connErr(FrameSizeError, "6.5", "SETTINGS of "+utoa(uint32(len(f.Payload)))+" octets, no multiple of 6")
	}
	return SettingsFrame{f.Payload}, nil
}

// ParseSettingsPayload reads entries that stand without a frame, as in the
// HTTP2-Settings field and in the seed's getUnpackedSettings.
func ParseSettingsPayload(b []byte) (SettingsFrame, error) {
	return ParseSettings(Raw{Header{Type: Settings, Length: uint32(len(b))}, b})
}

// ParsePushPromise reads a PUSH_PROMISE payload. Whether the promised stream
// may be used is a question for the connection; that it is even and not 0 is
// checked here, because no connection has other ones (RFC 9113, section 5.1.1).
func ParsePushPromise(f Raw) (PushPromiseFrame, error) {
	if f.StreamID == 0 {
		return PushPromiseFrame{}, onConnection(f, "6.6")
	}
	body, pad, err := unpad(f, "6.6", 4)
	if err != nil {
		return PushPromiseFrame{}, err
	}
	p := PushPromiseFrame{
		PromisedID: binary.BigEndian.Uint32(body) &^ (1 << 31),
		Fragment:   body[4:], Padding: pad, Padded: f.Flags.Has(FlagPadded),
	}
	if p.PromisedID == 0 || p.PromisedID%2 != 0 {
		return p, connErr(ProtocolError, "5.1.1", "PUSH_PROMISE promises stream "+utoa(p.PromisedID)+", a server's streams are even and not 0")
	}
	return p, nil
}

// ParsePing reads the eight octets of a PING.
func ParsePing(f Raw) (data [8]byte, err error) {
	if f.StreamID != 0 {
		return data, onStream(f, "6.7")
	}
	if err := exactly(f, 8, "6.7"); err != nil {
		return data, err
	}
	return [8]byte(f.Payload), nil
}

// ParseGoAway reads a GOAWAY payload.
func ParseGoAway(f Raw) (GoAwayFrame, error) {
	if f.StreamID != 0 {
		return GoAwayFrame{}, onStream(f, "6.8")
	}
	if len(f.Payload) < 8 {
		return GoAwayFrame{}, connErr(FrameSizeError, "6.8", "GOAWAY of "+utoa(uint32(len(f.Payload)))+" octets, it needs 8")
	}
	return GoAwayFrame{
		LastStreamID: binary.BigEndian.Uint32(f.Payload) &^ (1 << 31),
		Code:         ErrCode(binary.BigEndian.Uint32(f.Payload[4:])),
		Debug:        f.Payload[8:],
	}, nil
}

// ParseWindowUpdate reads the increment, 1 to 2^31-1. An increment of 0 is
// PROTOCOL_ERROR, for the stream that the frame names or for the connection.
func ParseWindowUpdate(f Raw) (uint32, error) {
	if err := exactly(f, 4, "6.9"); err != nil {
		return 0, err
	}
	inc := binary.BigEndian.Uint32(f.Payload) &^ (1 << 31)
	if inc == 0 {
		return 0, streamErr(ProtocolError, f.StreamID, "6.9", "WINDOW_UPDATE with an increment of 0")
	}
	return inc, nil
}

// ParseContinuation returns the fragment of a CONTINUATION.
func ParseContinuation(f Raw) ([]byte, error) {
	if f.StreamID == 0 {
		return nil, onConnection(f, "6.10")
	}
	return f.Payload, nil
}

func parsePriorityParam(b []byte) PriorityParam {
	v := binary.BigEndian.Uint32(b)
	return PriorityParam{Exclusive: v>>31 == 1, StreamDep: v &^ (1 << 31), Weight: b[4]}
}

// unpad takes the padding off a payload (RFC 9113, section 6.1). fixed is how
// many octets the body needs at least: a payload without room for them is
// FRAME_SIZE_ERROR (section 4.2), padding that takes their room is
// PROTOCOL_ERROR like any padding that exceeds what is left.
func unpad(f Raw, section string, fixed int) (body, pad []byte, err error) {
	b := f.Payload
	padded := f.Flags.Has(FlagPadded)
	need := fixed
	if padded {
		need++
	}
	if len(b) < need {
		return nil, nil, connErr(FrameSizeError, section, f.Type.String()+" of "+utoa(uint32(len(b)))+" octets, its flags ask for "+utoa(uint32(need))+" at least")
	}
	if !padded {
		return b, nil, nil
	}
	n := int(b[0])
	if n > len(b)-need {
		return nil, nil, connErr(ProtocolError, section, f.Type.String()+" has "+utoa(uint32(n))+" octets of padding in a payload of "+utoa(uint32(len(b))))
	}
	end := len(b) - n
	return b[1:end:end], b[end:], nil
}

func exactly(f Raw, n int, section string) error {
	if len(f.Payload) != n {
		return connErr(FrameSizeError, section, f.Type.String()+" of "+utoa(uint32(len(f.Payload)))+" octets, it must be "+utoa(uint32(n)))
	}
	return nil
}

func onConnection(f Raw, section string) error {
	return connErr(ProtocolError, section, f.Type.String()+" on stream 0, it belongs to a stream")
}

func onStream(f Raw, section string) error {
	return connErr(ProtocolError, section, f.Type.String()+" on stream "+utoa(f.StreamID)+", it belongs to the connection (stream 0)")
}
