package http2

import "framewise/core/frame"

// ErrCode is an error code of RST_STREAM and GOAWAY (RFC 9113, section 7): the
// seed's "Error Codes for RST_STREAM and GOAWAY".
type ErrCode = frame.ErrCode

// The error codes; the seed's constant is beside each, without its NGHTTP2_.
const (
	NoError            = frame.NoError            // NO_ERROR, 0x00
	ProtocolError      = frame.ProtocolError      // PROTOCOL_ERROR, 0x01
	InternalError      = frame.InternalError      // INTERNAL_ERROR, 0x02
	FlowControlError   = frame.FlowControlError   // FLOW_CONTROL_ERROR, 0x03
	SettingsTimeout    = frame.SettingsTimeout    // SETTINGS_TIMEOUT, 0x04
	StreamClosed       = frame.StreamClosed       // STREAM_CLOSED, 0x05
	FrameSizeError     = frame.FrameSizeError     // FRAME_SIZE_ERROR, 0x06
	RefusedStream      = frame.RefusedStream      // REFUSED_STREAM, 0x07
	Cancel             = frame.Cancel             // CANCEL, 0x08
	CompressionError   = frame.CompressionError   // COMPRESSION_ERROR, 0x09
	ConnectError       = frame.ConnectError       // CONNECT_ERROR, 0x0a
	EnhanceYourCalm    = frame.EnhanceYourCalm    // ENHANCE_YOUR_CALM, 0x0b
	InadequateSecurity = frame.InadequateSecurity // INADEQUATE_SECURITY, 0x0c
	HTTP11Required     = frame.HTTP11Required     // HTTP_1_1_REQUIRED, 0x0d
)

// FrameType is the type of a frame, Flags are its flags (RFC 9113, section 6).
type (
	FrameType = frame.Type
	Flags     = frame.Flags
)

// SessionType says which end a session is: the seed's http2session.type.
type SessionType uint8

// The two types, with the seed's numbers.
const (
	SessionServer SessionType = iota // NGHTTP2_SESSION_SERVER
	SessionClient                    // NGHTTP2_SESSION_CLIENT
)

func (t SessionType) String() string {
	if t == SessionServer {
		return "server"
	}
	return "client"
}

// PaddingStrategy says how much padding HEADERS and DATA get: the seed's
// options.paddingStrategy.
type PaddingStrategy uint8

// The strategies, with the seed's numbers.
const (
	PaddingNone     PaddingStrategy = iota // PADDING_STRATEGY_NONE: none
	PaddingMax                             // PADDING_STRATEGY_MAX: as much as a frame takes
	PaddingCallback                        // PADDING_STRATEGY_CALLBACK: as Options.SelectPadding says
)

// States of a stream as StreamState.State tells them: nghttp2's numbers, which
// the seed's http2stream.state has.
const (
	StateIdle             = 1
	StateOpen             = 2
	StateReservedLocal    = 3
	StateReservedRemote   = 4
	StateHalfClosedLocal  = 5
	StateHalfClosedRemote = 6
	StateClosed           = 7
)

// Names of fields that the seed's examples use; any other name is its text.
const (
	HeaderStatus        = ":status"        // HTTP2_HEADER_STATUS
	HeaderMethod        = ":method"        // HTTP2_HEADER_METHOD
	HeaderAuthority     = ":authority"     // HTTP2_HEADER_AUTHORITY
	HeaderScheme        = ":scheme"        // HTTP2_HEADER_SCHEME
	HeaderPath          = ":path"          // HTTP2_HEADER_PATH
	HeaderProtocol      = ":protocol"      // HTTP2_HEADER_PROTOCOL (RFC 8441)
	HeaderContentType   = "content-type"   // HTTP2_HEADER_CONTENT_TYPE
	HeaderContentLength = "content-length" // HTTP2_HEADER_CONTENT_LENGTH
	HeaderDate          = "date"           // HTTP2_HEADER_DATE
	HeaderLastModified  = "last-modified"  // HTTP2_HEADER_LAST_MODIFIED
)
