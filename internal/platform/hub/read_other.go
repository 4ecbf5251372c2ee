//go:build !unix

package hub

// watch reads until the end; systems without readiness keep a buffer for each connection.
func (c *Conn) watch() { c.readBlocking() }
