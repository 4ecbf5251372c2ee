package chat

// Resync does what the news of a gap on the bus does.
func (l *Live) Resync() { l.news.resync.mark(struct{}{}) }
