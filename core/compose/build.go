package compose

import (
	"encoding/binary"
	"strconv"
	"strings"

	"framewise/core/frame"
)

// octets makes the frame that the form says.
func (v values) octets() ([]byte, error) {
	t, err := v.typ()
	if err != nil {
		return nil, err
	}
	id, err := v.number("stream", frame.MaxStreamID, 0)
	if err != nil {
		return nil, err
	}
	h := frame.Header{Type: t, Flags: v.flags(), StreamID: uint32(id), Reserved: v["reserved"] != ""}
	payload, err := v.payload(h)
	if err != nil {
		return nil, err
	}
	extra, err := v.hexOf("extra")
	if err != nil {
		return nil, err
	}
	payload = append(payload, extra...)
	if len(payload)+frame.HeaderLen > MaxOctets {
		return nil, fault("payload", "a payload of "+strconv.Itoa(len(payload))+" octets is more than one step may send")
	}
	length, err := v.number("length", frame.MaxMaxFrameSize, uint64(len(payload)))
	if err != nil {
		return nil, err
	}
	h.Length = uint32(length)
	return append(frame.AppendHeader(nil, h), payload...), nil
}

// payload is what follows the header, but for what the form adds to any frame.
func (v values) payload(h frame.Header) ([]byte, error) {
	if v.raw() {
		return v.hexOf("payload")
	}
	body, err := v.body(h)
	if err != nil || !padded(h.Type) || !h.Flags.Has(frame.FlagPadded) {
		return body, err
	}
	n, err := v.number("pad", 1<<16, 0)
	if err != nil {
		return nil, err
	}
	says, err := v.number("padlen", 255, n&255)
	if err != nil {
		return nil, err
	}
	out := append([]byte{byte(says)}, body...)
	return append(out, make([]byte, n)...), nil
}

// raw says whether the payload is written in hex, not in the type's fields.
func (v values) raw() bool { return v["raw"] != "" || v["type"] == other }

// body is the payload without padding.
func (v values) body(h frame.Header) ([]byte, error) {
	switch h.Type {
	case frame.Data:
		return v.octetsOf("data")
	case frame.Headers:
		var b []byte
		if h.Flags.Has(frame.FlagPriority) {
			p, err := v.priority()
			if err != nil {
				return nil, err
			}
			b = p
		}
		return v.appendBlock(b)
	case frame.Priority:
		return v.priority()
	case frame.RSTStream:
		return v.code(nil)
	case frame.Settings:
		return v.settings()
	case frame.PushPromise:
		b, err := v.id(nil, "promised")
		if err != nil {
			return nil, err
		}
		return v.appendBlock(b)
	case frame.Ping:
		return v.octetsOf("ping")
	case frame.GoAway:
		return v.goAway()
	case frame.WindowUpdate:
		return v.id(nil, "increment")
	case frame.Continuation:
		return v.appendBlock(nil)
	case frame.AltSvc, frame.Origin, frame.PriorityUpdate:
		return v.extension(h.Type)
	}
	return nil, nil
}

// id appends a field of 32 bits. Its first bit is the form's to set, too: it is
// reserved in all fields that this makes.
func (v values) id(b []byte, key string) ([]byte, error) {
	n, err := v.number(key, 1<<32-1, 0)
	return binary.BigEndian.AppendUint32(b, uint32(n)), err
}

func (v values) priority() ([]byte, error) {
	dep, err := v.number("dep", frame.MaxStreamID, 0)
	if err != nil {
		return nil, err
	}
	weight, err := v.number("weight", 256, 16)
	if err != nil || weight == 0 {
		return nil, fault("weight", strconv.Quote(v["weight"])+" is no weight: they go from 1 to 256")
	}
	if v["exclusive"] != "" {
		dep |= 1 << 31
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(dep)), byte(weight-1)), nil
}

// code appends an error code, by name or number.
func (v values) code(b []byte) ([]byte, error) {
	text := strings.TrimSpace(v["code"])
	for c := frame.NoError; c <= frame.HTTP11Required; c++ {
		if c.String() == text {
			return binary.BigEndian.AppendUint32(b, uint32(c)), nil
		}
	}
	n, err := v.number("code", 1<<32-1, 0)
	if err != nil {
		return nil, fault("code", strconv.Quote(text)+" is neither a code of RFC 9113, section 7, nor a number of 32 bits")
	}
	return binary.BigEndian.AppendUint32(b, uint32(n)), nil
}

// settings are lines of a name or number and a value.
func (v values) settings() ([]byte, error) {
	var out []byte
	for i, line := range strings.Split(v["settings"], "\n") {
		words := strings.Fields(strings.Replace(line, "=", " ", 1))
		if len(words) == 0 {
			continue
		}
		bad := fault("settings", "line "+strconv.Itoa(i+1)+", "+strconv.Quote(line)+", is no NAME VALUE, such as MAX_FRAME_SIZE 16384 or 0x99 1")
		if len(words) != 2 {
			return nil, bad
		}
		id, err := strconv.ParseUint(words[0], 0, 16)
		if s, ok := settingByName(words[0]); ok {
			id, err = uint64(s), nil
		}
		value, err2 := strconv.ParseUint(words[1], 0, 32)
		if err != nil || err2 != nil {
			return nil, bad
		}
		out = binary.BigEndian.AppendUint16(out, uint16(id))
		out = binary.BigEndian.AppendUint32(out, uint32(value))
	}
	return out, nil
}

func settingByName(name string) (frame.SettingID, bool) {
	for id := frame.HeaderTableSize; id <= frame.NoRFC7540Priorities; id++ {
		if id.Known() && id.String() == name {
			return id, true
		}
	}
	return 0, false
}

func (v values) goAway() ([]byte, error) {
	b, err := v.id(nil, "last")
	if err != nil {
		return nil, err
	}
	if b, err = v.code(b); err != nil {
		return nil, err
	}
	debug, err := v.octetsOf("debug")
	return append(b, debug...), err
}

// extension is the payload of a type that another RFC defines.
func (v values) extension(t frame.Type) ([]byte, error) {
	switch t {
	case frame.AltSvc:
		origin, err := v.sized("origin")
		if err != nil {
			return nil, err
		}
		value, err := v.octetsOf("altsvc")
		return append(origin, value...), err
	case frame.Origin:
		var out []byte
		for _, line := range strings.Split(v["origins"], "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			b, err := values{"origins": line}.sized("origins")
			if err != nil {
				return nil, err
			}
			out = append(out, b...)
		}
		return out, nil
	default:
		b, err := v.id(nil, "prioritized")
		if err != nil {
			return nil, err
		}
		value, err := v.octetsOf("priority")
		return append(b, value...), err
	}
}

// sized is a string behind its length in two octets.
func (v values) sized(key string) ([]byte, error) {
	b, err := v.octetsOf(key)
	if err == nil && len(b) > 1<<16-1 {
		err = fault(key, "it has "+strconv.Itoa(len(b))+" octets, its length has room for 65535")
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...), err
}
