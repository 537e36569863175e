package transport

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The reads and writes of a socket that never blocks take microseconds. Through
// syscall.Syscall the scheduler would take each for a wait, and hand the
// processor to another thread that finds nothing to do: a tenth of the time of a
// server that moves much, a third of one that takes much in. So they are raw.

// rawRead is read(2).
func rawRead(fd uintptr, b []byte) (int, error) {
	n, _, e := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// vectors is the kernel's form of segments, kept for the next write.
type vectors []unix.Iovec

// write is writev(2). It takes at least one segment and keeps none.
func (v *vectors) write(fd uintptr, segments [][]byte) (int, error) {
	vec := (*v)[:0]
	for _, s := range segments {
		if len(s) > 0 {
			e := unix.Iovec{Base: unsafe.SliceData(s)}
			e.SetLen(len(s))
			vec = append(vec, e)
		}
	}
	n, _, e := syscall.RawSyscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(unsafe.SliceData(vec))), uintptr(len(vec)))
	runtime.KeepAlive(segments)
	clear(vec)
	*v = vec
	if cap(vec) > keepVectors {
		*v = nil
	}
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// keepVectors is how many may be kept: those of a batch of 1 MiB in frames of
// 16 KiB.
const keepVectors = 256
