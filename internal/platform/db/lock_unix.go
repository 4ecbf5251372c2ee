//go:build unix

package db

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes f for this process alone until f is closed; busy says that another process has it.
func lockFile(f *os.File) (busy bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
