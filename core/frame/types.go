package frame

import "strconv"

// Type is the type of a frame (RFC 9113, section 6; the registry of section 11).
type Type uint8

// The ten types of RFC 9113, and those of its extensions that have a name here.
const (
	Data         Type = 0x0
	Headers      Type = 0x1
	Priority     Type = 0x2
	RSTStream    Type = 0x3
	Settings     Type = 0x4
	PushPromise  Type = 0x5
	Ping         Type = 0x6
	GoAway       Type = 0x7
	WindowUpdate Type = 0x8
	Continuation Type = 0x9

	AltSvc         Type = 0xa  // RFC 7838, section 4
	Origin         Type = 0xc  // RFC 8336
	PriorityUpdate Type = 0x10 // RFC 9218, section 7.1
)

var typeNames = [...]string{
	Data: "DATA", Headers: "HEADERS", Priority: "PRIORITY", RSTStream: "RST_STREAM",
	Settings: "SETTINGS", PushPromise: "PUSH_PROMISE", Ping: "PING", GoAway: "GOAWAY",
	WindowUpdate: "WINDOW_UPDATE", Continuation: "CONTINUATION",
	AltSvc: "ALTSVC", Origin: "ORIGIN", PriorityUpdate: "PRIORITY_UPDATE",
}

// String is the name in the RFC, or UNKNOWN_0xNN.
func (t Type) String() string {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return typeNames[t]
	}
	return "UNKNOWN_" + hex8(uint8(t))
}

// Known says whether RFC 9113 itself defines the type.
func (t Type) Known() bool { return t <= Continuation }

// TypeByName finds a type by the name that String gives it, in upper case.
func TypeByName(name string) (Type, bool) {
	for t, n := range typeNames {
		if n == name && n != "" {
			return Type(t), true
		}
	}
	return 0, false
}

// Flags are the eight flags of a frame; what each means depends on the type.
type Flags uint8

// The flags of RFC 9113, section 6.
const (
	FlagEndStream  Flags = 0x1 // DATA, HEADERS
	FlagAck        Flags = 0x1 // SETTINGS, PING
	FlagEndHeaders Flags = 0x4 // HEADERS, PUSH_PROMISE, CONTINUATION
	FlagPadded     Flags = 0x8 // DATA, HEADERS, PUSH_PROMISE
	FlagPriority   Flags = 0x20
)

// Has says whether all flags of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// FlagName is one flag that a type defines.
type FlagName struct {
	Flag Flags
	Name string
}

var (
	dataFlags    = []FlagName{{FlagEndStream, "END_STREAM"}, {FlagPadded, "PADDED"}}
	headersFlags = []FlagName{{FlagEndStream, "END_STREAM"}, {FlagEndHeaders, "END_HEADERS"}, {FlagPadded, "PADDED"}, {FlagPriority, "PRIORITY"}}
	pushFlags    = []FlagName{{FlagEndHeaders, "END_HEADERS"}, {FlagPadded, "PADDED"}}
	contFlags    = []FlagName{{FlagEndHeaders, "END_HEADERS"}}
	ackFlags     = []FlagName{{FlagAck, "ACK"}}
)

// FlagNames lists the flags that the type defines, lowest first. The caller
// must not change the slice.
func (t Type) FlagNames() []FlagName {
	switch t {
	case Data:
		return dataFlags
	case Headers:
		return headersFlags
	case PushPromise:
		return pushFlags
	case Continuation:
		return contFlags
	case Settings, Ping:
		return ackFlags
	}
	return nil
}

// Text names the flags as the type defines them, joined by "|"; set bits
// without a meaning for the type are shown as a number. No flag: "".
func (f Flags) Text(t Type) string {
	var s string
	rest := f
	for _, n := range t.FlagNames() {
		if f.Has(n.Flag) {
			s = join(s, n.Name)
			rest &^= n.Flag
		}
	}
	if rest != 0 {
		s = join(s, hex8(uint8(rest)))
	}
	return s
}

func join(s, name string) string {
	if s == "" {
		return name
	}
	return s + "|" + name
}

func hex8(v uint8) string {
	const digits = "0123456789abcdef"
	return string([]byte{'0', 'x', digits[v>>4], digits[v&15]})
}

// ErrCode is the reason in RST_STREAM and GOAWAY (RFC 9113, section 7).
type ErrCode uint32

// The codes of RFC 9113, section 7.
const (
	NoError            ErrCode = 0x0
	ProtocolError      ErrCode = 0x1
	InternalError      ErrCode = 0x2
	FlowControlError   ErrCode = 0x3
	SettingsTimeout    ErrCode = 0x4
	StreamClosed       ErrCode = 0x5
	FrameSizeError     ErrCode = 0x6
	RefusedStream      ErrCode = 0x7
	Cancel             ErrCode = 0x8
	CompressionError   ErrCode = 0x9
	ConnectError       ErrCode = 0xa
	EnhanceYourCalm    ErrCode = 0xb
	InadequateSecurity ErrCode = 0xc
	HTTP11Required     ErrCode = 0xd
)

var codeNames = [...]string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
	"STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
	"CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

// String is the name in the RFC, or UNKNOWN_ERROR_n.
func (c ErrCode) String() string {
	if c < ErrCode(len(codeNames)) {
		return codeNames[c]
	}
	return "UNKNOWN_ERROR_" + strconv.FormatUint(uint64(c), 10)
}

// SettingID names a setting (RFC 9113, section 6.5.2).
type SettingID uint16

// The settings of RFC 9113, and those of its extensions that have a name here.
const (
	HeaderTableSize       SettingID = 0x1
	EnablePush            SettingID = 0x2
	MaxConcurrentStreams  SettingID = 0x3
	InitialWindowSize     SettingID = 0x4
	MaxFrameSize          SettingID = 0x5
	MaxHeaderListSize     SettingID = 0x6
	EnableConnectProtocol SettingID = 0x8 // RFC 8441
	NoRFC7540Priorities   SettingID = 0x9 // RFC 9218
)

var settingNames = [...]string{
	HeaderTableSize: "HEADER_TABLE_SIZE", EnablePush: "ENABLE_PUSH",
	MaxConcurrentStreams: "MAX_CONCURRENT_STREAMS", InitialWindowSize: "INITIAL_WINDOW_SIZE",
	MaxFrameSize: "MAX_FRAME_SIZE", MaxHeaderListSize: "MAX_HEADER_LIST_SIZE",
	EnableConnectProtocol: "ENABLE_CONNECT_PROTOCOL", NoRFC7540Priorities: "NO_RFC7540_PRIORITIES",
}

// String is the name in the RFC without its SETTINGS_, or UNKNOWN_SETTING_n.
func (id SettingID) String() string {
	if id.Known() {
		return settingNames[id]
	}
	return "UNKNOWN_SETTING_" + strconv.Itoa(int(id))
}

// Known says whether the setting has a name here.
func (id SettingID) Known() bool { return int(id) < len(settingNames) && settingNames[id] != "" }

// Setting is one entry of a SETTINGS frame.
type Setting struct {
	ID    SettingID
	Value uint32
}

// Valid checks the value against RFC 9113, section 6.5.2 (and RFC 8441 and
// RFC 9218 for theirs). An unknown setting is valid. A nil result means valid;
// else the error is a connection error with the code that the section asks for.
func (s Setting) Valid() error {
	switch s.ID {
	case EnablePush, EnableConnectProtocol, NoRFC7540Priorities:
		if s.Value > 1 {
			return connErr(ProtocolError, "6.5.2", s.ID.String()+" is "+utoa(s.Value)+", it must be 0 or 1")
		}
	case InitialWindowSize:
		if s.Value > MaxWindow {
			return connErr(FlowControlError, "6.5.2", "INITIAL_WINDOW_SIZE is "+utoa(s.Value)+", above 2147483647")
		}
	case MaxFrameSize:
		if s.Value < MinMaxFrameSize || s.Value > MaxMaxFrameSize {
			return connErr(ProtocolError, "6.5.2", "MAX_FRAME_SIZE is "+utoa(s.Value)+", outside 16384 to 16777215")
		}
	}
	return nil
}

func utoa(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
