//go:build !unix

package hub

import "net"

// attempt is for systems without a write that does not wait: every batch gets a goroutine.
type attempt struct{}

func (*attempt) write(net.Conn, []byte) (int, error) { return 0, nil }
