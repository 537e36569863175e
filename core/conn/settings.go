package conn

import (
	"framewise/core/frame"
	"framewise/core/priority"
)

// noLimit stands for a setting without a limit.
const noLimit = 1<<32 - 1

// Values are the settings of one end (RFC 9113, section 6.5.2).
type Values struct {
	HeaderTableSize       uint32
	EnablePush            bool
	MaxConcurrentStreams  uint32 // 1<<32-1: no limit
	InitialWindowSize     uint32
	MaxFrameSize          uint32
	MaxHeaderListSize     uint32 // 1<<32-1: no limit
	EnableConnectProtocol bool   // RFC 8441
	NoRFC7540Priorities   bool   // RFC 9218
}

func defaults() Values {
	return Values{
		HeaderTableSize: 4096, EnablePush: true, MaxConcurrentStreams: noLimit,
		InitialWindowSize: defaultWindow, MaxFrameSize: frame.MinMaxFrameSize, MaxHeaderListSize: noLimit,
	}
}

func (v *Values) set(s frame.Setting) {
	switch s.ID {
	case frame.HeaderTableSize:
		v.HeaderTableSize = s.Value
	case frame.EnablePush:
		v.EnablePush = s.Value == 1
	case frame.MaxConcurrentStreams:
		v.MaxConcurrentStreams = s.Value
	case frame.InitialWindowSize:
		v.InitialWindowSize = s.Value
	case frame.MaxFrameSize:
		v.MaxFrameSize = s.Value
	case frame.MaxHeaderListSize:
		v.MaxHeaderListSize = s.Value
	case frame.EnableConnectProtocol:
		v.EnableConnectProtocol = s.Value == 1
	case frame.NoRFC7540Priorities:
		v.NoRFC7540Priorities = s.Value == 1
	}
}

// peerSettings are in force here as soon as they came.
type peerSettings struct {
	Values
	seen    bool
	unknown []frame.Setting
}

func (p *peerSettings) init(cfg Config) {
	p.Values = defaults()
	p.MaxConcurrentStreams = cfg.PeerMaxConcurrent
}

// ownSettings are in force when the peer has acknowledged them, in the order
// in which they were sent (RFC 9113, section 6.5.3).
type ownSettings struct {
	Values
	pending []pendingSettings
}

type pendingSettings struct {
	list   []frame.Setting
	sentAt int64
}

func (o *ownSettings) init() { o.Values = defaults() }

// Settings announces settings of ours. They come into force with EvSettingsAck.
// The error is a Misuse with ErrArgument for a value that the RFC does not allow.
func (c *Conn) Settings(list []frame.Setting) error {
	if err := c.enter(); err != nil {
		return err
	}
	for _, s := range list {
		if err := s.Valid(); err != nil {
			return misuse("Settings", ErrArgument, asFrameError(err).Reason, "RFC 9113 6.5.2")
		}
		if s.ID == frame.EnablePush && s.Value == 1 && c.cfg.Role == Server {
			return misuse("Settings", ErrArgument, "a server must not send ENABLE_PUSH=1", "RFC 9113 6.5.2")
		}
		if was := announced(c.cfg.Settings, s.ID); s.ID == frame.NoRFC7540Priorities && s.Value != was {
			return misuse("Settings", ErrArgument, "NO_RFC7540_PRIORITIES must stay "+u32(was)+" as in the first SETTINGS", "RFC 9218 2.1")
		}
	}
	if c.fatal == nil {
		c.sendSettings(list, c.cause)
	}
	return nil
}

func (c *Conn) sendSettings(list []frame.Setting, why Cause) {
	list = append([]frame.Setting(nil), list...)
	c.out.buf = frame.AppendSettings(c.out.buf, list)
	c.sentFor(why)
	c.own.pending = append(c.own.pending, pendingSettings{list, c.now})
	for _, s := range list {
		// What we now promise to take, we must take from this moment on: the
		// peer may use it before its acknowledgement is here.
		if s.ID == frame.MaxFrameSize {
			c.split.MaxFrameSize = max(c.split.MaxFrameSize, s.Value)
		}
	}
}

func (c *Conn) recvSettings(f frame.Raw) {
	s, err := frame.ParseSettings(f)
	if err != nil {
		c.fail(err)
		return
	}
	if f.Flags.Has(frame.FlagAck) {
		c.recvSettingsAck()
		return
	}
	if s.Len() > c.cfg.Limits.MaxSettings {
		c.excess("MaxSettings", int64(s.Len()), int64(c.cfg.Limits.MaxSettings), "CVE-2020-11080", "SETTINGS with "+u32(uint32(s.Len()))+" entries")
		return
	}
	if c.guardAck("CVE-2019-9515"); c.fatal != nil {
		return
	}
	list := make([]frame.Setting, s.Len())
	for i := range list {
		list[i] = s.At(i)
		if err := c.applyPeerSetting(list[i]); err != nil {
			c.fail(err)
		}
		if c.fatal != nil {
			return
		}
	}
	if !c.peer.seen {
		c.peer.seen = true
		if !hasSetting(list, frame.MaxConcurrentStreams) {
			c.peer.MaxConcurrentStreams = noLimit
		}
	}
	c.emit(Event{Kind: EvSettings, Settings: list})
	c.out.buf = frame.AppendSettingsAck(c.out.buf)
	c.sentBy(RuleSettingsAck)
}

// announced is the value that a list gives to a setting whose default is 0.
func announced(list []frame.Setting, id frame.SettingID) (v uint32) {
	for _, s := range list {
		if s.ID == id {
			v = s.Value
		}
	}
	return v
}

func hasSetting(list []frame.Setting, id frame.SettingID) bool {
	for _, s := range list {
		if s.ID == id {
			return true
		}
	}
	return false
}

// applyPeerSetting puts one setting of the peer in force.
func (c *Conn) applyPeerSetting(s frame.Setting) error {
	if err := s.Valid(); err != nil {
		return err
	}
	switch s.ID {
	case frame.EnablePush:
		if c.cfg.Role == Client && s.Value == 1 {
			return &frame.Error{Code: frame.ProtocolError, Section: "6.5.2", Reason: "a server sent ENABLE_PUSH=1"}
		}
	case frame.HeaderTableSize:
		c.guardFlip()
		c.enc.SetMaxTableSize(s.Value)
	case frame.InitialWindowSize:
		c.guardFlip()
		// All send windows move by the difference, and may become negative
		// (RFC 9113, section 6.9.2).
		diff := int64(s.Value) - int64(c.peer.InitialWindowSize)
		for _, id := range c.sortedStreams() {
			st := c.streams[id]
			if st.state.Closed() {
				continue
			}
			if diff > 0 && !growSend(&st.sendWindow, diff) {
				return &frame.Error{Code: frame.FlowControlError, Section: "6.9.2",
					Reason: "INITIAL_WINDOW_SIZE " + u32(s.Value) + " lifts the window of stream " + u32(id) + " above 2147483647"}
			} else if diff < 0 {
				st.sendWindow += diff
			}
			c.wake(st)
		}
	}
	if s.ID == frame.NoRFC7540Priorities {
		if c.peer.seen && (s.Value == 1) != c.peer.NoRFC7540Priorities {
			return &frame.Error{Code: frame.ProtocolError, Section: "RFC 9218 2.1", Reason: "NO_RFC7540_PRIORITIES changed after the first SETTINGS"}
		}
		if s.Value == 1 && c.ready.sched != nil {
			c.ready.sched.SetScheme(priority.Urgency)
		}
	}
	if s.ID == frame.EnableConnectProtocol && s.Value == 0 && c.peer.EnableConnectProtocol {
		return &frame.Error{Code: frame.ProtocolError, Section: "RFC 8441 3", Reason: "ENABLE_CONNECT_PROTOCOL went from 1 back to 0"}
	}
	if !s.ID.Known() {
		c.peer.keep(s)
	}
	c.peer.set(s)
	return nil
}

// recvSettingsAck puts our oldest unacknowledged settings in force.
func (c *Conn) recvSettingsAck() {
	if len(c.own.pending) == 0 {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "6.5",
			Reason: "SETTINGS with ACK, but every SETTINGS was acknowledged before"})
		return
	}
	p := c.own.pending[0]
	c.own.pending = c.own.pending[1:]
	c.putInForce(p.list)
	c.emit(Event{Kind: EvSettingsAck, Settings: p.list, N: c.now - p.sentAt})
}

// putInForce lets settings of ours count: the peer goes by them.
func (c *Conn) putInForce(list []frame.Setting) {
	for _, s := range list {
		switch s.ID {
		case frame.InitialWindowSize:
			diff := int64(s.Value) - int64(c.own.InitialWindowSize)
			for _, id := range c.sortedStreams() {
				st := c.streams[id]
				st.recv.grow(diff)
				// What was consumed and too little to announce may be enough for
				// the smaller window, and nothing else would bring it back.
				if inc := st.recv.consume(0); inc > 0 && canStillReceive(st.state) {
					c.windowUpdate(id, inc)
				}
			}
		case frame.HeaderTableSize:
			c.dec.SetMaxTableSize(s.Value)
		case frame.MaxFrameSize:
			c.split.MaxFrameSize = s.Value
		case frame.MaxConcurrentStreams:
			c.cfg.Limits.MaxConcurrent = s.Value
		}
		c.own.set(s)
	}
}

// LocalSettings are ours that are in force, RemoteSettings the peer's.
func (c *Conn) LocalSettings() Values { return c.own.Values }

// RemoteSettings are the peer's, as far as it has announced them.
func (c *Conn) RemoteSettings() Values { return c.peer.Values }

// SettingsPending says how many of our SETTINGS wait for an acknowledgement.
func (c *Conn) SettingsPending() int { return len(c.own.pending) }

// RemoteSettingsSeen says whether the peer's first SETTINGS came.
func (c *Conn) RemoteSettingsSeen() bool { return c.peer.seen }
