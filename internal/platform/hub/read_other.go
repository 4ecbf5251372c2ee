//go:build !linux

package hub

// waiting is nothing where a goroutine waits for each connection.
type waiting struct{}

// watch reads until the end; systems whose readiness we do not ask for keep a buffer for each connection.
func (c *Conn) watch() { c.readBlocking() }

// disconnect closes the socket: whoever reads it notices.
func (c *Conn) disconnect() { _ = c.net.Close() }

func (c *Conn) unwatch() {}
