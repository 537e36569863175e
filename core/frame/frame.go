// Package frame turns octets into HTTP/2 frames and back (RFC 9113, section 4
// and section 6).
//
// In come octets, in pieces of any size; out go frames whose payloads are
// windows on those octets. Nothing is copied on the way in, except the part of
// a frame that a later piece completes. On the way out frames are appended to
// a slice of the caller's.
//
// The package knows the shape of a frame and the errors that the shape alone
// can hold (a SETTINGS frame of five octets). What a frame means for a
// connection is the work of core/conn. It imports nothing but the standard
// library.
package frame

import "encoding/binary"

// HeaderLen is the size of the header that begins every frame, in octets
// (RFC 9113, section 4.1).
const HeaderLen = 9

// Bounds of SETTINGS_MAX_FRAME_SIZE, in octets (RFC 9113, section 6.5.2).
const (
	MinMaxFrameSize = 1 << 14
	MaxMaxFrameSize = 1<<24 - 1
)

// MaxStreamID is the largest stream identifier: 31 bits (RFC 9113, section 5.1.1).
const MaxStreamID = 1<<31 - 1

// MaxWindow is the largest flow-control window and the largest increment
// (RFC 9113, section 6.9.1).
const MaxWindow = 1<<31 - 1

// Preface is what a client sends before its first frame (RFC 9113, section 3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Header is the fixed part of a frame (RFC 9113, section 4.1).
type Header struct {
	Length   uint32 // octets of payload, 24 bits
	Type     Type
	Flags    Flags
	StreamID uint32 // 31 bits; 0 is the connection
	Reserved bool   // the bit before the stream identifier; receivers ignore it
}

// ParseHeader reads the header at the start of b, which must hold at least
// HeaderLen octets.
func ParseHeader(b []byte) Header {
	_ = b[HeaderLen-1]
	id := binary.BigEndian.Uint32(b[5:])
	return Header{
		Length:   uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]),
		Type:     Type(b[3]),
		Flags:    Flags(b[4]),
		StreamID: id &^ (1 << 31),
		Reserved: id>>31 == 1,
	}
}

// AppendHeader appends the nine octets of h to dst.
func AppendHeader(dst []byte, h Header) []byte {
	id := h.StreamID &^ (1 << 31)
	if h.Reserved {
		id |= 1 << 31
	}
	return append(dst, byte(h.Length>>16), byte(h.Length>>8), byte(h.Length),
		byte(h.Type), byte(h.Flags), byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
}

// Raw is a frame whose payload was not looked at. The payload is a window on
// the octets that the frame came in and is valid as long as they are.
type Raw struct {
	Header
	Payload []byte
}

// AppendRaw appends a frame of any type, known or not, with the payload as it
// is. The length comes from the payload; h.Length is not looked at.
func AppendRaw(dst []byte, h Header, payload []byte) []byte {
	h.Length = uint32(len(payload))
	return append(AppendHeader(dst, h), payload...)
}
