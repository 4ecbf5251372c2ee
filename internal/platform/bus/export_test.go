package bus

// Kill ends the node without a goodbye, as a power cut would.
func Kill(b *Bus) {
	b.closing.Do(func() {
		close(b.stop)
		b.leave()
		b.out.close()
	})
}
