package chat

import (
	"context"
	"time"

	"parley/internal/platform/db"
)

// lostWait is what clients have to come back after a node has gone (they back off to 30 s) before anybody asks who did not.
const lostWait = 40 * time.Second

// watchLost finds the visitors of whom no node can say that they left: their node was killed, or this server was. It asks
// once after a start, and once after every loss.
func (l *Live) watchLost(ctx context.Context) {
	timer := time.NewTimer(lostWait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.lost:
			timer.Reset(lostWait)
		case <-timer.C:
			if err := l.FindLost(ctx); err != nil && ctx.Err() == nil {
				l.Log.WarnContext(ctx, "looking for lost visitors failed; trying again", "error", err)
				timer.Reset(lostWait)
			}
		}
	}
}

// FindLost gives the visitors in a session who have no connection here the usual grace; after that, if no other node has
// them either, they have left.
func (l *Live) FindLost(ctx context.Context) error {
	var list []moved
	err := l.Chats.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = presentVisitors(ctx, tx)
		return err
	})
	for _, m := range list {
		l.presence.Gone(m.property, m.visitor)
	}
	return err
}

func (l *Live) nodeLost(string) {
	select {
	case l.lost <- struct{}{}:
	default: // the wait begins anew anyway
	}
}
