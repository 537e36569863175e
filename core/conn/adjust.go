package conn

import "framewise/core/frame"

// SetNextStreamID makes the next stream that we open have this identifier; the
// ones below stay unused (RFC 9113, section 5.1.1). The error is a Misuse with
// ErrArgument for an identifier of the peer's side, or below the next.
func (c *Conn) SetNextStreamID(id uint32) error {
	if err := c.enter(); err != nil {
		return err
	}
	if id == 0 || id > frame.MaxStreamID || !c.isLocal(id) || id < c.nextLocal {
		return misuse("SetNextStreamID", ErrArgument, u32(id)+" can't be the next stream of a "+c.cfg.Role.String()+", "+u32(c.nextLocal)+" or a higher one like it can", "RFC 9113 5.1.1")
	}
	c.nextLocal = id
	return nil
}

// SetConnWindow changes the receive window of the connection to size octets. The
// peer learns of a wider one by WINDOW_UPDATE; a narrower one holds back what
// would be given back next (RFC 9113, section 6.9).
func (c *Conn) SetConnWindow(size uint32) error {
	if err := c.enter(); err != nil {
		return err
	}
	if size > frame.MaxWindow {
		return misuse("SetConnWindow", ErrArgument, "a window has at most 2147483647 octets", "RFC 9113 6.9.1")
	}
	d := int64(size) - c.recvWindow.size()
	c.recvWindow.spent += d
	if c.recvWindow.spent > 0 && d > 0 {
		inc := c.recvWindow.spent
		c.recvWindow.spent = 0
		c.recvWindow.grow(inc)
		c.windowUpdate(0, inc)
	}
	return nil
}

// Tables is how many octets the dynamic tables of our encoder and of our decoder
// hold (RFC 7541, section 4.1).
func (c *Conn) Tables() (encoder, decoder uint32) { return c.enc.Used(), c.dec.Used() }

// RecvWindow is how large the connection's receive window is in all, and how
// many of its octets came and were not given back yet.
func (c *Conn) RecvWindow() (size, taken int64) {
	return c.recvWindow.size(), c.recvWindow.held + c.recvWindow.spent
}
