package frame

import (
	"bytes"
	"errors"
	"testing"
)

func TestPriorityUpdate(t *testing.T) {
	for _, field := range []string{"", "u=1, i", "\x00\xff"} {
		b := AppendPriorityUpdate([]byte("x"), 1<<31|7, []byte(field))
		h := ParseHeader(b[1:])
		if h.Type != PriorityUpdate || h.StreamID != 0 || h.Flags != 0 || int(h.Length) != 4+len(field) || len(b) != 1+HeaderLen+4+len(field) {
			t.Fatalf("the header is %+v in %d octets", h, len(b))
		}
		p, err := ParsePriorityUpdate(Raw{h, b[1+HeaderLen:]})
		if err != nil || p.StreamID != 7 || !bytes.Equal(p.Field, []byte(field)) {
			t.Errorf("%q became %+v, %v", field, p, err)
		}
	}
	// The reserved bit is ignored (RFC 9218, section 7.1).
	if p, err := ParsePriorityUpdate(Raw{Header{Type: PriorityUpdate}, []byte{0x80, 0, 0, 5, 'i'}}); err != nil || p.StreamID != 5 {
		t.Errorf("with the reserved bit set: %+v, %v", p, err)
	}
}

func TestPriorityUpdateErrors(t *testing.T) {
	for _, x := range []struct {
		what    string
		stream  uint32
		payload []byte
		code    ErrCode
	}{
		{"on a stream", 1, []byte{0, 0, 0, 1}, ProtocolError},
		{"for stream 0", 0, []byte{0, 0, 0, 0, 'i'}, ProtocolError},
		{"for stream 0 with the reserved bit", 0, []byte{0x80, 0, 0, 0, 'i'}, ProtocolError},
		{"of 3 octets", 0, []byte{0, 0, 0}, FrameSizeError},
		{"of no octet", 0, nil, FrameSizeError},
	} {
		_, err := ParsePriorityUpdate(Raw{Header{Type: PriorityUpdate, StreamID: x.stream, Length: uint32(len(x.payload))}, x.payload})
		var e *Error
		if !errors.As(err, &e) || e.Code != x.code || e.StreamID != 0 || e.Ref() != "RFC 9218 7.1" {
			t.Errorf("PRIORITY_UPDATE %s: %v, want a connection error %v of RFC 9218 7.1", x.what, err, x.code)
		}
	}
}
