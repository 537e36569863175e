package transport

import "golang.org/x/sys/unix"

// rawRead is read(2).
func rawRead(fd uintptr, b []byte) (int, error) { return unix.Read(int(fd), b) }

// vectors has nothing to keep here.
type vectors struct{}

// write is writev(2).
func (*vectors) write(fd uintptr, segments [][]byte) (int, error) {
	return unix.Writev(int(fd), segments)
}
