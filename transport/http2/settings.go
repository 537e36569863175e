package http2

import (
	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
)

// Settings is the seed's Settings Object as it is announced: a field that is nil
// is not. V makes the pointers: Settings{EnablePush: V(false)}.
type Settings = session.Settings

// Values are settings in force: the seed's localSettings and remoteSettings. A
// MaxConcurrentStreams or MaxHeaderListSize of 1<<32-1 means no limit.
type Values = conn.Values

// V makes a pointer to a value, for the fields of Settings.
func V[T any](v T) *T { return &v }

// GetDefaultSettings returns the settings of a session that announces none: the
// seed's http2.getDefaultSettings. It is new each time.
func GetDefaultSettings() Settings {
	return Settings{
		HeaderTableSize:   V(uint32(4096)),
		EnablePush:        V(true),
		InitialWindowSize: V(uint32(65535)),
		MaxFrameSize:      V(uint32(frame.MinMaxFrameSize)),
	}
}

// GetPackedSettings returns settings as the payload of a SETTINGS frame, which
// HTTP2-Settings carries as base64url: the seed's http2.getPackedSettings. The
// error is a validation error.
func GetPackedSettings(v Settings) ([]byte, error) {
	if err := checkSettings("getPackedSettings", v); err != nil {
		return nil, err
	}
	return session.PackSettings(v), nil
}

// GetUnpackedSettings is its inverse: the seed's http2.getUnpackedSettings. The
// error is a validation error when the length is no multiple of six.
func GetUnpackedSettings(b []byte) (Settings, error) {
	s, err := session.UnpackSettings(b)
	if err != nil {
		return Settings{}, &Error{Kind: ErrValidation, Op: "getUnpackedSettings", Reason: "the packed settings must have a multiple of 6 octets", Err: err}
	}
	return s, nil
}

// checkSettings holds settings to the ranges of the seed's Settings Object that
// the types don't hold them to.
func checkSettings(op string, s Settings) error {
	if v := s.MaxFrameSize; v != nil && (*v < frame.MinMaxFrameSize || *v > frame.MaxMaxFrameSize) {
		return invalid(op, "settings.MaxFrameSize is %d, it must be from 16384 to 16777215 octets", *v)
	}
	if v := s.MaxConcurrentStreams; v != nil && *v > frame.MaxStreamID {
		return invalid(op, "settings.MaxConcurrentStreams is %d, it must be from 0 to 2147483647", *v)
	}
	for _, e := range s.More {
		if err := e.Valid(); err != nil {
			return &Error{Kind: ErrValidation, Op: op, Reason: "settings.More: " + err.Error(), Err: err}
		}
	}
	return nil
}
