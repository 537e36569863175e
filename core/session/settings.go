package session

import (
	"framewise/core/conn"
	"framewise/core/frame"
)

// Settings is the seed's Settings Object: what is nil is not announced and
// stays as it is. Ranges are RFC 9113's (section 6.5.2) but for two things that
// the seed allows: an InitialWindowSize above 2^31-1 is announced as 2^31-1, the
// largest window that there is, and an EnablePush that is true is left out by a
// server, which must not send it.
type Settings struct {
	HeaderTableSize       *uint32
	EnablePush            *bool
	InitialWindowSize     *uint32
	MaxFrameSize          *uint32
	MaxConcurrentStreams  *uint32
	MaxHeaderListSize     *uint32
	EnableConnectProtocol *bool
	// More are settings without a name here, or with values that no name
	// allows; they are sent behind the others as they are.
	More []frame.Setting
}

// V makes a pointer to a value, for the fields of Settings.
func V[T any](v T) *T { return &v }

// list puts the settings in the order in which they are sent: by identifier.
func (s Settings) list(role conn.Role) []frame.Setting {
	var l []frame.Setting
	num := func(id frame.SettingID, v *uint32) {
		if v != nil {
			l = append(l, frame.Setting{ID: id, Value: *v})
		}
	}
	flag := func(id frame.SettingID, v *bool) {
		if v != nil {
			n := uint32(0)
			if *v {
				n = 1
			}
			l = append(l, frame.Setting{ID: id, Value: n})
		}
	}
	num(frame.HeaderTableSize, s.HeaderTableSize)
	if s.EnablePush != nil && (role == conn.Client || !*s.EnablePush) {
		flag(frame.EnablePush, s.EnablePush)
	}
	num(frame.MaxConcurrentStreams, s.MaxConcurrentStreams)
	if w := s.InitialWindowSize; w != nil {
		num(frame.InitialWindowSize, V(min(*w, frame.MaxWindow)))
	}
	num(frame.MaxFrameSize, s.MaxFrameSize)
	num(frame.MaxHeaderListSize, s.MaxHeaderListSize)
	flag(frame.EnableConnectProtocol, s.EnableConnectProtocol)
	return append(l, s.More...)
}

// PackSettings is the seed's getPackedSettings: the payload of a SETTINGS
// frame, as HTTP2-Settings carries it before base64url.
func PackSettings(s Settings) []byte { return frame.AppendSettingsPayload(nil, s.list(conn.Client)) }

// UnpackSettings is the seed's getUnpackedSettings. The error is a *frame.Error
// for a length that is no multiple of six.
func UnpackSettings(b []byte) (Settings, error) {
	f, err := frame.ParseSettingsPayload(b)
	if err != nil {
		return Settings{}, err
	}
	var s Settings
	for i := range f.Len() {
		s.set(f.At(i))
	}
	return s, nil
}

func (s *Settings) set(e frame.Setting) {
	switch e.ID {
	case frame.HeaderTableSize:
		s.HeaderTableSize = V(e.Value)
	case frame.EnablePush:
		s.EnablePush = V(e.Value != 0)
	case frame.MaxConcurrentStreams:
		s.MaxConcurrentStreams = V(e.Value)
	case frame.InitialWindowSize:
		s.InitialWindowSize = V(e.Value)
	case frame.MaxFrameSize:
		s.MaxFrameSize = V(e.Value)
	case frame.MaxHeaderListSize:
		s.MaxHeaderListSize = V(e.Value)
	case frame.EnableConnectProtocol:
		s.EnableConnectProtocol = V(e.Value != 0)
	default:
		s.More = append(s.More, e)
	}
}
