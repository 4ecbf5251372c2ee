//go:build unix

package hub

import (
	"errors"
	"net"
	"syscall"
)

// attempt writes what the kernel takes at once.
type attempt struct {
	bytes []byte
	n     int
	err   error
	fn    func(fd uintptr) bool
}

// write returns how much went out; less than all without an error: the rest has to wait.
func (a *attempt) write(conn net.Conn, bytes []byte) (int, error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return 0, nil // TLS: its own writer knows how
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, err
	}
	if a.fn == nil {
		a.fn = a.once
	}
	a.bytes, a.n, a.err = bytes, 0, nil
	if err := raw.Write(a.fn); err != nil {
		return 0, err
	}
	a.bytes = nil
	return a.n, a.err
}

// once reports true always: false would mean to wait.
func (a *attempt) once(fd uintptr) bool {
	for a.n < len(a.bytes) {
		n, err := syscall.Write(int(fd), a.bytes[a.n:])
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		case err != nil:
			a.err = err
			return true
		default:
			a.n += n
		}
	}
	return true
}
