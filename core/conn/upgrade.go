package conn

import (
	"framewise/core/frame"
	"framewise/core/hpack"
)

// Upgrade takes a connection over from HTTP/1.1 (RFC 7540, section 3.2, which
// RFC 9113 deprecates and clients still use). Call it right after New.
//
// A server passes the payload of HTTP2-Settings, decoded, and the request as
// fields: it becomes stream 1, half-closed (remote), with the event EvHeaders
// as if it had come in frames; a body was read as HTTP/1.1 before. The client's
// preface and its SETTINGS still follow.
//
// A client passes no settings (what it announced are its Config.Settings) and
// the request that it sent: the response comes on stream 1.
//
// Errors are a Misuse: ErrState when frames were exchanged before, ErrArgument
// for a payload that is no SETTINGS, ErrField for a request that HTTP/2 can't
// carry. The connection must not be used then.
func (c *Conn) Upgrade(settings []byte, fields []hpack.Field) error {
	const op = "Upgrade"
	if err := c.enter(); err != nil {
		return err
	}
	if c.started || c.preface > 0 || c.lastRemote != 0 || (c.cfg.Role == Client && c.nextLocal != 1) {
		return misuse(op, ErrState, "the connection has begun", "RFC 7540 3.2")
	}
	list, err := frame.ParseSettingsPayload(settings)
	if err != nil {
		return misuse(op, ErrArgument, "HTTP2-Settings: "+asFrameError(err).Reason, "RFC 7540 3.2.1")
	}
	if n := list.Len(); n > c.cfg.Limits.MaxSettings {
		return misuse(op, ErrArgument, "HTTP2-Settings has "+u32(uint32(n))+" entries, the limit MaxSettings is "+i64(int64(c.cfg.Limits.MaxSettings)), "CVE-2020-11080")
	}
	for i := range list.Len() {
		if err := c.applyPeerSetting(list.At(i)); err != nil {
			return misuse(op, ErrArgument, "HTTP2-Settings: "+asFrameError(err).Reason, "RFC 7540 3.2.1")
		}
	}
	if c.cfg.Role == Client {
		return c.upgradeClient(op, fields)
	}
	s := c.newStream(1, false)
	c.lastRemote = 1
	c.step(s, RecvHeaders)
	if err := checkRequest(s, fields, true, false); err != nil {
		return misuse(op, ErrField, asFrameError(err).Reason, asFrameError(err).Ref())
	}
	c.handled = 1
	c.heedField(s, fields)
	c.emit(Event{Kind: EvHeaders, StreamID: 1, Section: Request, Fields: fields, End: true})
	c.recvEnd(s)
	return nil
}

func (c *Conn) upgradeClient(op string, fields []hpack.Field) error {
	if err := checkFields(1, fields, Request); err != nil {
		return misuse(op, ErrField, asFrameError(err).Reason, asFrameError(err).Ref())
	}
	// The 101 response has acknowledged what HTTP2-Settings announced: the server
	// goes by it before it has seen our SETTINGS (RFC 7540, section 3.2.1).
	c.putInForce(c.cfg.Settings)
	c.nextLocal = 3
	s := c.newStream(1, true)
	s.out.final, s.in.head = true, pseudo(fields).method == "HEAD"
	c.step(s, SendHeaders)
	c.sentEnd(s)
	return nil
}
