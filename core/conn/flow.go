package conn

import "framewise/core/frame"

// defaultWindow is the size of every window before anybody says otherwise
// (RFC 9113, section 6.9.2).
const defaultWindow = 65535

// recvWindow is what we let the peer send: on one stream or on the connection
// (RFC 9113, section 6.9).
//
// Three numbers describe it. left is what the peer may still send as far as it
// knows; held is what came and was not consumed by the owner yet; spent is what
// was consumed and not given back yet. left + held + spent is the size.
type recvWindow struct {
	left  int64
	held  int64
	spent int64
}

func (w *recvWindow) init(size int64) { *w = recvWindow{left: size} }

// size is the window as it would be if all were consumed and given back.
func (w *recvWindow) size() int64 { return w.left + w.held + w.spent }

// take books n octets that came. It fails when the peer had no leave for them.
func (w *recvWindow) take(n int64) bool {
	if n > 0 && n > w.left { // an empty frame needs no window, not even one above 0
		return false
	}
	w.left -= n
	w.held += n
	return true
}

// consume books that the owner is done with n of the octets held, and returns
// the increment to announce now: 0 while it is less than half of the window,
// so that small reads do not each cost a frame.
func (w *recvWindow) consume(n int64) int64 {
	n = min(n, w.held)
	w.held -= n
	w.spent += n
	if w.spent == 0 || w.spent*2 < w.size() {
		return 0
	}
	inc := min(w.spent, frame.MaxWindow)
	w.left += inc
	w.spent -= inc
	return inc
}

// grow widens (or, with a negative n, narrows) the window. The peer learns of
// it by WINDOW_UPDATE or by SETTINGS.
func (w *recvWindow) grow(n int64) { w.left += n }

// growSend adds an increment to a send window: false when that is more than
// 2^31-1 (RFC 9113, section 6.9.1).
func growSend(w *int64, inc int64) bool {
	if *w+inc > frame.MaxWindow {
		return false
	}
	*w += inc
	return true
}

// Consume gives n octets of a stream's DATA back to its window and to the
// connection's. WINDOW_UPDATE leaves when half of a window has gathered. It is
// no error to consume on a stream that has closed since.
func (c *Conn) Consume(id uint32, n int) error {
	if err := c.enter(); err != nil {
		return err
	}
	s := c.streams[id]
	if s == nil || n <= 0 {
		return nil
	}
	took := min(int64(n), s.recv.held)
	c.paid(s, took, s.recv.held)
	c.credit(took)
	inc := s.recv.consume(took)
	if inc > 0 && canStillReceive(s.state) {
		c.windowUpdate(id, inc)
	}
	if s.state.Closed() && s.recv.held == 0 {
		c.forget(s)
	}
	return nil
}

// canStillReceive says whether the peer may send DATA: only then is a window
// of use to it.
func canStillReceive(s State) bool {
	return s == Open || s == HalfClosedLocal || s == ReservedRemote
}

// credit gives n octets back to the connection's window, unless they went back
// as they came.
func (c *Conn) credit(n int64) {
	if !c.cfg.CreditAtOnce {
		c.refund(n)
	}
}

func (c *Conn) refund(n int64) {
	if inc := c.recvWindow.consume(n); inc > 0 {
		c.windowUpdate(0, inc)
	}
}

func (c *Conn) windowUpdate(id uint32, inc int64) {
	if c.fatal != nil || c.ended {
		return
	}
	c.out.buf = frame.AppendWindowUpdate(c.out.buf, id, uint32(inc))
	c.sentBy(RuleWindow)
}

// Window is a flow-control window as the owner may ask for it.
type Window struct {
	Send int64 // octets that we may send; below 0 after the peer narrowed its windows
	Recv int64 // octets that the peer may send
	Held int64 // octets that came and were not consumed
}

// ConnWindow returns the windows of the connection.
func (c *Conn) ConnWindow() Window {
	return Window{c.sendWindow, c.recvWindow.left, c.recvWindow.held}
}

// StreamWindow returns the windows of a stream, and whether it is known.
func (c *Conn) StreamWindow(id uint32) (Window, bool) {
	s := c.streams[id]
	if s == nil {
		return Window{}, false
	}
	return Window{s.sendWindow, s.recv.left, s.recv.held}, true
}
