package transport

// Act runs f with the connection locked, also when it has ended. send: what was
// queued is sent, as Do does; else it waits for the next Act that sends, or for
// octets of the peer. Like Do it is not for the handler.
func (d *Driver) Act(f func(), send bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	if send {
		d.pump()
	}
}
