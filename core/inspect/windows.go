package inspect

import "framewise/core/frame"

// initialWindow is the connection's window before any frame, and that of
// streams before any SETTINGS (RFC 9113, section 6.9.2).
const initialWindow = 65535

// sendWindow is how much DATA the end e may still send, as it knows when it has
// sent and received so many frames; slot 0 is the connection. It can be
// negative (RFC 9113, section 6.9.2).
func (c *connection) sendWindow(e int, slot, sent, recvd uint32) int64 {
	if slot == 0 {
		return initialWindow + sumAt(&c.dirs[1-e].update, recvd) - sumAt(&c.dirs[e].data, sent)
	}
	s := c.stream(slot)
	return int64(c.setting(1-e, c.knownAt(e, recvd), frame.InitialWindowSize)) +
		pointAt(&c.points, s.points[1-e][sumUpdate], recvd) - pointAt(&c.points, s.points[e][sumData], sent)
}

// recvWindow is how much DATA the end e is still ready to take at that moment.
// Its own INITIAL_WINDOW_SIZE is in force from its acknowledgement on.
func (c *connection) recvWindow(e int, slot, sent, recvd uint32) int64 {
	if slot == 0 {
		return initialWindow + sumAt(&c.dirs[e].update, sent) - sumAt(&c.dirs[1-e].data, recvd)
	}
	s := c.stream(slot)
	return int64(c.setting(e, c.ackedAt(e, recvd), frame.InitialWindowSize)) +
		pointAt(&c.points, s.points[e][sumUpdate], sent) - pointAt(&c.points, s.points[1-e][sumData], recvd)
}
