package chat

import (
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/hub"
	"parley/internal/visitor"
)

// listenErased makes erased visitors somebody new on every node, and takes what was deleted off the dashboards.
func (l *Live) listenErased() {
	bus.On(l.Bus, visitor.Erased, func(p id.Property, e visitor.Gone) {
		for _, c := range l.conns(visitor.Topic(e.Visitor)) {
			if conn, ok := c.State.(*visitorConn); ok {
				conn.setActive("") // nobody leaves a session that is not there
				forget(c)
			}
		}
		l.presence.Back(e.Visitor)
		l.Visits.Forget(p, e.Visitor)
		l.tellErased(p, e.Visitor)
	})
	bus.On(l.Bus, ErasedTopic, func(p id.Property, e Erased) {
		if e.Visitor == "" { // one visitor's are told of with the visitor
			l.Hub.Publish(agentsTopic(p), hub.JSON(wire.Resync{T: "resync"}), "")
		}
	})
}

// forget ends the connection of a visitor who was erased, so that their browser throws away who it was.
func forget(c *hub.Conn) { c.Close(wire.CloseForgotten, "") }

// tellErased takes what there was of a visitor off the dashboards at once: rows, counts of missed chats, records of bans.
func (l *Live) tellErased(p id.Property, v id.Visitor) {
	l.Hub.Publish(agentsTopic(p), hub.JSON(wire.ErasedFrame{T: "erased", Visitor: v}), "")
	l.CountsChanged(p)
	l.aftermath.told.mark(p)
}
