package conn

import "framewise/core/hpack"

// CheckRequest holds a request to the rules that Open holds it to, the number of
// concurrent streams excepted, and sends nothing: for a request that has to wait.
func (c *Conn) CheckRequest(fields []hpack.Field) error {
	const op = "Open"
	if err := c.canOpen(op); err != nil {
		return err
	}
	_, err := c.checkRequest(op, fields)
	return err
}

func (c *Conn) checkRequest(op string, fields []hpack.Field) (pseudoFields, error) {
	if c.cfg.Role != Client {
		return pseudoFields{}, misuse(op, ErrState, "a server opens streams with Push", "RFC 9113 5.1.1")
	}
	id := c.nextLocal
	if err := c.checkOwn(op, id, fields, Request); err != nil {
		return pseudoFields{}, err
	}
	p := pseudo(fields)
	if err := p.checkRequest(id); err != nil {
		return p, misuse(op, ErrField, asFrameError(err).Reason, asFrameError(err).Ref())
	}
	if p.hasProtocol && !c.peer.EnableConnectProtocol {
		return p, misuse(op, ErrState, "the server has not announced ENABLE_CONNECT_PROTOCOL", "RFC 8441 4")
	}
	return p, nil
}
