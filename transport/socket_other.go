//go:build !(linux || darwin)

package transport

import "net"

// newSocket: on this platform a socket can't be read and written without
// blocking, so that every connection is treated alike.
func newSocket(nc net.Conn) socket { return &plainSocket{nc: nc} }

// fdConn would keep TLS from blocking; here it is not to be had.
func fdConn(nc net.Conn) net.Conn { return nc }
