package frame

import "encoding/binary"

// ParseOrigin reads the entries of an ORIGIN frame (RFC 8336, section 2): the
// ASCII serialisations of the origins that a server is authoritative for. The
// error is a connection error FRAME_SIZE_ERROR for an entry that is longer
// than what is left. Whether the frame means anything (stream 0, no flags) is
// the connection's matter.
func ParseOrigin(f Raw) ([]string, error) {
	var list []string
	for b := f.Payload; len(b) > 0; {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return list, connErr(FrameSizeError, "RFC 8336 2", "ORIGIN has an entry that is longer than the frame")
		}
		n := int(binary.BigEndian.Uint16(b))
		list = append(list, string(b[2:2+n]))
		b = b[2+n:]
	}
	return list, nil
}

// AppendOrigin appends an ORIGIN frame. Each origin is at most 65,535 octets.
func AppendOrigin(dst []byte, origins []string) []byte {
	n := 0
	for _, o := range origins {
		n += 2 + len(o)
	}
	dst = AppendHeader(dst, Header{Type: Origin, Length: uint32(n)})
	for _, o := range origins {
		dst = append(binary.BigEndian.AppendUint16(dst, uint16(len(o))), o...)
	}
	return dst
}

// AltSvcFrame is the payload of ALTSVC (RFC 7838, section 4).
type AltSvcFrame struct {
	Origin []byte // on stream 0: whom it is for; on a stream: empty
	Value  []byte // as in the Alt-Svc field
}

// ParseAltSvc reads an ALTSVC payload. The error is a connection error
// FRAME_SIZE_ERROR for an origin that is longer than the frame.
func ParseAltSvc(f Raw) (AltSvcFrame, error) {
	b := f.Payload
	if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
		return AltSvcFrame{}, connErr(FrameSizeError, "RFC 7838 4", "ALTSVC has an origin that is longer than the frame")
	}
	n := int(binary.BigEndian.Uint16(b))
	return AltSvcFrame{Origin: b[2 : 2+n : 2+n], Value: b[2+n:]}, nil
}

// AppendAltSvc appends an ALTSVC frame. The origin is at most 65,535 octets.
func AppendAltSvc(dst []byte, streamID uint32, origin, value string) []byte {
	dst = AppendHeader(dst, Header{Type: AltSvc, StreamID: streamID, Length: uint32(2 + len(origin) + len(value))})
	dst = append(binary.BigEndian.AppendUint16(dst, uint16(len(origin))), origin...)
	return append(dst, value...)
}
