package frame

import "encoding/binary"

// PriorityUpdateFrame is the payload of PRIORITY_UPDATE (RFC 9218, section 7.1).
type PriorityUpdateFrame struct {
	StreamID uint32 // the stream whose priority changes; not the frame's own, which is 0
	Field    []byte // the priority field value, as it came: a structured field in ASCII
}

// ParsePriorityUpdate reads a PRIORITY_UPDATE payload. A stream other than 0 in
// the frame's header and a prioritized stream of 0 are PROTOCOL_ERROR, a payload
// without room for the identifier FRAME_SIZE_ERROR; all for the connection. The
// field value is not looked at.
func ParsePriorityUpdate(f Raw) (PriorityUpdateFrame, error) {
	const section = "RFC 9218 7.1"
	if f.StreamID != 0 {
		return PriorityUpdateFrame{}, onStream(f, section)
	}
	if len(f.Payload) < 4 {
		return PriorityUpdateFrame{}, connErr(FrameSizeError, section, "PRIORITY_UPDATE of "+utoa(uint32(len(f.Payload)))+" octets, it needs 4")
	}
	id := binary.BigEndian.Uint32(f.Payload) &^ (1 << 31)
	if id == 0 {
		return PriorityUpdateFrame{}, connErr(ProtocolError, section, "PRIORITY_UPDATE for stream 0, which has no priority")
	}
	return PriorityUpdateFrame{StreamID: id, Field: f.Payload[4:]}, nil
}

// AppendPriorityUpdate appends a PRIORITY_UPDATE frame (RFC 9218, section 7.1)
// for the stream with a priority field value. Only clients send it.
func AppendPriorityUpdate(dst []byte, streamID uint32, field []byte) []byte {
	dst = AppendHeader(dst, Header{Type: PriorityUpdate, Length: uint32(4 + len(field))})
	dst = binary.BigEndian.AppendUint32(dst, streamID&^(1<<31))
	return append(dst, field...)
}
