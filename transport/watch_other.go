//go:build !linux

package transport

import (
	"errors"
	"syscall"
)

// spot stands for the watcher that there is on Linux only: elsewhere each
// connection keeps its reader.
type spot struct{}

func (*spot) watch(syscall.RawConn, *Driver) error { return errors.ErrUnsupported }
func (*spot) leave()                               {}
