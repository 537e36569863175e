package compose

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"framewise/core/frame"
)

// Describe is the form that makes these octets. It takes them for one frame
// whose length may lie; where they are several, or less than a header, the form
// shows the first and says why it does not make them.
func Describe(octets []byte) Form {
	if len(octets) < frame.HeaderLen {
		f := values{"type": "PING"}.form()
		f.Whole, f.Why = false, "A frame begins with a header of 9 octets; these are "+strconv.Itoa(len(octets))+"."
		return f
	}
	why := ""
	if n := wholeFrames(octets); n > 1 {
		why = "These are " + strconv.Itoa(n) + " frames; the form shows the first."
		octets = octets[:frame.HeaderLen+int(frame.ParseHeader(octets).Length)]
	}
	v := read(octets)
	f := v.form()
	f.Whole, f.Why = why == "", why
	return f
}

// wholeFrames counts the frames of octets that are frames from end to end; 0
// when something is left.
func wholeFrames(b []byte) (n int) {
	for ; len(b) >= frame.HeaderLen; n++ {
		whole := frame.HeaderLen + int(frame.ParseHeader(b).Length)
		if whole > len(b) {
			return 0
		}
		b = b[whole:]
	}
	if len(b) > 0 {
		return 0
	}
	return n
}

// read fills in a form for a frame.
func read(octets []byte) values {
	h := frame.ParseHeader(octets)
	payload := octets[frame.HeaderLen:]
	v := values{"type": h.Type.String(), "stream": strconv.FormatUint(uint64(h.StreamID), 10)}
	if strings.HasPrefix(v["type"], "UNKNOWN") {
		v["type"], v["number"] = other, "0x"+strconv.FormatUint(uint64(h.Type), 16)
	}
	for i := range 8 {
		if h.Flags&(1<<i) != 0 {
			v[flagKey(i)] = "1"
		}
	}
	if h.Reserved {
		v["reserved"] = "1"
	}
	if int(h.Length) != len(payload) {
		v["length"] = strconv.FormatUint(uint64(h.Length), 10)
	}
	v.readPayload(h, payload)
	if got, err := v.octets(); err != nil || string(got) != string(octets) {
		for _, key := range typeKeys {
			delete(v, key)
		}
		v["raw"], v["payload"] = "1", hex.EncodeToString(payload)
	}
	return v
}

// typeKeys are the fields that depend on the type.
var typeKeys = []string{"pad", "padlen", "data", "dep", "exclusive", "weight", "fields", "as", "huffman", "code", "settings", "promised",
	"ping", "last", "debug", "increment", "origin", "altsvc", "origins", "prioritized", "priority", "extra"}

// readPayload fills in the fields of the type, as far as the payload has them:
// what is missing or left over is found by the comparison in read.
func (v values) readPayload(h frame.Header, b []byte) {
	if padded(h.Type) && h.Flags.Has(frame.FlagPadded) && len(b) > 0 {
		says := int(b[0])
		b = b[1:]
		v["pad"] = strconv.Itoa(says)
		if says <= len(b) {
			b = b[:len(b)-says]
		} else {
			v["pad"], v["padlen"] = "0", strconv.Itoa(says)
		}
	}
	switch h.Type {
	case frame.Data:
		v["data"] = Escape(b)
	case frame.Headers:
		if h.Flags.Has(frame.FlagPriority) {
			b = v.readPriority(b)
		}
		v["fields"] = blockText(b)
	case frame.Continuation:
		v["fields"] = blockText(b)
	case frame.PushPromise:
		b = v.read32("promised", b)
		v["fields"] = blockText(b)
	case frame.Priority:
		v.rest(v.readPriority(b))
	case frame.RSTStream:
		v.rest(v.readCode(b))
	case frame.Settings:
		v.readSettings(b)
	case frame.Ping:
		v["ping"] = Escape(b)
	case frame.GoAway:
		b = v.readCode(v.read32("last", b))
		v["debug"] = Escape(b)
	case frame.WindowUpdate:
		v.rest(v.read32("increment", b))
	default:
		v.readExtension(h.Type, b)
	}
}

// rest is what stands behind the fields of a type that has a fixed size.
func (v values) rest(b []byte) {
	if len(b) > 0 {
		v["extra"] = hex.EncodeToString(b)
	}
}

// read32 reads a field of 32 bits.
func (v values) read32(key string, b []byte) []byte {
	if len(b) < 4 {
		return b
	}
	v[key] = strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10)
	return b[4:]
}

func (v values) readPriority(b []byte) []byte {
	if len(b) < 5 {
		return b
	}
	dep := binary.BigEndian.Uint32(b)
	v["dep"], v["weight"] = strconv.FormatUint(uint64(dep&^(1<<31)), 10), strconv.Itoa(int(b[4])+1)
	if dep>>31 == 1 {
		v["exclusive"] = "1"
	}
	return b[5:]
}

func (v values) readCode(b []byte) []byte {
	if len(b) < 4 {
		return b
	}
	c := frame.ErrCode(binary.BigEndian.Uint32(b))
	v["code"] = "0x" + strconv.FormatUint(uint64(c), 16)
	if c <= frame.HTTP11Required {
		v["code"] = c.String()
	}
	return b[4:]
}

func (v values) readSettings(b []byte) {
	var lines []string
	for ; len(b) >= 6; b = b[6:] {
		id := frame.SettingID(binary.BigEndian.Uint16(b))
		name := id.String()
		if !id.Known() {
			name = "0x" + strconv.FormatUint(uint64(id), 16)
		}
		lines = append(lines, name+" "+strconv.FormatUint(uint64(binary.BigEndian.Uint32(b[2:])), 10))
	}
	v["settings"] = strings.Join(lines, "\n")
	v.rest(b)
}

func (v values) readExtension(t frame.Type, b []byte) {
	f := frame.Raw{Payload: b}
	switch t {
	case frame.AltSvc:
		if a, err := frame.ParseAltSvc(f); err == nil {
			v["origin"], v["altsvc"] = Escape(a.Origin), Escape(a.Value)
		}
	case frame.Origin:
		if list, err := frame.ParseOrigin(f); err == nil {
			for i := range list {
				list[i] = Escape([]byte(list[i]))
			}
			v["origins"] = strings.Join(list, "\n")
		}
	case frame.PriorityUpdate:
		v["priority"] = Escape(v.read32("prioritized", b))
	default:
		v["payload"] = hex.EncodeToString(b)
	}
}
