package visit

import "parley/internal/kernel/id"

// Tabs is how many connections a visit has on this node.
func (b *Board) Tabs(p id.Property, v id.Visitor) (n int) {
	b.change(p, v, func(_ *house, is *Visit, _ int64) { n = int(is.tabs) })
	return n
}
