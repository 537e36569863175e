package model

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// What a frame can be copied as, see ActCopyFrame.
const (
	CopyHex    = "hex"
	CopyGo     = "go"
	CopyJS     = "js"
	CopyScript = "script"
)

// hexText is octets in hexadecimal, sixteen a line.
func hexText(b []byte) string { return lines(b, octetsALine, "", " ", "\n") }

// goLiteral is octets as a Go expression.
func goLiteral(b []byte) string { return "[]byte{" + body(b, "0x", ", ", "\t") + "}" }

// jsLiteral is octets as a JavaScript expression.
func jsLiteral(b []byte) string { return "new Uint8Array([" + body(b, "0x", ", ", "  ") + "])" }

// body is the elements of a literal: on one line while they fit there.
func body(b []byte, prefix, between, indent string) string {
	if len(b) <= octetsALine {
		return lines(b, octetsALine, prefix, between, "")
	}
	return "\n" + indent + lines(b, octetsALine, prefix, between, ",\n"+indent) + ",\n"
}

func lines(b []byte, width int, prefix, between, newline string) string {
	var s strings.Builder
	for i, c := range b {
		switch {
		case i > 0 && i%width == 0:
			s.WriteString(newline)
		case i > 0:
			s.WriteString(between)
		}
		s.WriteString(prefix)
		s.WriteString(hex.EncodeToString([]byte{c}))
	}
	return s.String()
}

// scriptLine is octets of a record as a command of a frame script
// (docs/script.md) that delivers exactly them. kind is that of view.Row.
func scriptLine(kind string, b []byte) string {
	const header = 9
	switch {
	case kind == "preface":
		return "peer preface"
	case kind != "frame" || len(b) < header || len(b) != header+int(b[0])<<16+int(b[1])<<8+int(b[2]):
		return "peer raw " + hex.EncodeToString(b)
	}
	f := scriptFrame{typ: b[3], flags: b[4], stream: binary.BigEndian.Uint32(b[5:]), payload: b[header:]}
	if line := f.words(); line != "" && f.stream>>31 == 0 {
		return line
	}
	line := "peer FRAME type=" + strconv.Itoa(int(f.typ)) + f.on()
	if f.stream>>31 != 0 {
		line += " reserved=1"
	}
	if f.flags != 0 {
		line += " flags=0x" + hex.EncodeToString([]byte{f.flags})
	}
	if len(f.payload) > 0 {
		line += " payload=" + hex.EncodeToString(f.payload)
	}
	return line
}

type scriptFrame struct {
	typ, flags byte
	stream     uint32
	payload    []byte
}

// Flags of RFC 9113, section 6.
const (
	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
)

// on is the stream as a word, nothing for the connection.
func (f scriptFrame) on() string {
	if id := f.stream &^ (1 << 31); id != 0 {
		return " stream=" + strconv.FormatUint(uint64(id), 10)
	}
	return ""
}

// words is the command of the frame's own type; "" where the octets are not
// those that such a command delivers.
func (f scriptFrame) words() string {
	p, be := f.payload, binary.BigEndian.Uint32
	number := func(key string, n uint32) string { return " " + key + "=" + strconv.FormatUint(uint64(n), 10) }
	switch {
	case f.typ == 0 && f.flags&^flagEndStream == 0:
		return "peer DATA" + f.on() + f.flag(flagEndStream, " END_STREAM", "") + payloadWord(p)
	case f.typ == 1 && f.flags&^(flagEndStream|flagEndHeaders) == 0 && len(p) > 0:
		return "peer HEADERS" + f.on() + f.flag(flagEndStream, " END_STREAM", "") + f.block(p)
	case f.typ == 2 && f.flags == 0 && len(p) == 5:
		exclusive := ""
		if p[0]>>7 != 0 {
			exclusive = " exclusive"
		}
		return "peer PRIORITY" + f.on() + number("dependency", be(p)&^(1<<31)) + number("weight", uint32(p[4])+1) + exclusive
	case f.typ == 3 && f.flags == 0 && len(p) == 4 && int(be(p)) < len(codeNames):
		return "peer RST_STREAM" + f.on() + " code=" + codeNames[be(p)]
	case f.typ == 4 && (f.flags == 0 || f.flags == flagAck):
		return f.settings()
	case f.typ == 5 && f.flags&^flagEndHeaders == 0 && len(p) > 4 && p[0]>>7 == 0:
		return "peer PUSH_PROMISE" + f.on() + number("promised", be(p)) + f.block(p[4:])
	case f.typ == 6 && (f.flags == 0 || f.flags == flagAck) && len(p) == 8:
		return "peer PING" + f.on() + f.flag(flagAck, " ACK", "") + " opaque=" + hex.EncodeToString(p)
	case f.typ == 7 && f.flags == 0 && len(p) >= 8 && p[0]>>7 == 0 && int(be(p[4:])) < len(codeNames) && printable(p[8:]):
		line := "peer GOAWAY" + f.on() + number("last", be(p)) + " code=" + codeNames[be(p[4:])]
		if len(p) > 8 {
			line += " " + strconv.Quote(string(p[8:]))
		}
		return line
	case f.typ == 8 && f.flags == 0 && len(p) == 4 && p[0]>>7 == 0:
		return "peer WINDOW_UPDATE" + f.on() + number("increment", be(p))
	case f.typ == 9 && f.flags&^flagEndHeaders == 0 && len(p) > 0:
		return "peer CONTINUATION" + f.on() + f.block(p)
	}
	return ""
}

func (f scriptFrame) flag(bit byte, set, unset string) string {
	if f.flags&bit != 0 {
		return set
	}
	return unset
}

func (f scriptFrame) block(b []byte) string {
	return f.flag(flagEndHeaders, "", " -END_HEADERS") + " block=" + hex.EncodeToString(b)
}

// settings are written by name; one that stands there twice has no word.
func (f scriptFrame) settings() string {
	line := "peer SETTINGS" + f.flag(flagAck, " ACK", "") + f.on()
	seen := map[uint16]bool{}
	for p := f.payload; len(p) > 0; p = p[6:] {
		if len(p) < 6 {
			return ""
		}
		id := binary.BigEndian.Uint16(p)
		if seen[id] {
			return ""
		}
		seen[id] = true
		name, ok := settingNames[id]
		if !ok {
			name = "0x" + strconv.FormatUint(uint64(id), 16)
		}
		line += " " + name + "=" + strconv.FormatUint(uint64(binary.BigEndian.Uint32(p[2:])), 10)
	}
	return line
}

// payloadWord is a payload as text where it is one, else as octets.
func payloadWord(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case printable(b):
		return " " + strconv.Quote(string(b))
	}
	return " payload=" + hex.EncodeToString(b)
}

func printable(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c >= 0x7f) && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// codeNames are the error codes of RFC 9113, section 7.
var codeNames = []string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
	"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}

// settingNames are the settings of RFC 9113, section 6.5.2, that scripts name.
var settingNames = map[uint16]string{1: "HEADER_TABLE_SIZE", 2: "ENABLE_PUSH", 3: "MAX_CONCURRENT_STREAMS", 4: "INITIAL_WINDOW_SIZE",
	5: "MAX_FRAME_SIZE", 6: "MAX_HEADER_LIST_SIZE"}
