package chat

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
)

// head reads what every frame begins with. It is alike on both roads: whoever does not speak the protocol, or says
// anything before hello, loses the connection, and ok is false.
func (l *Live) head(ctx context.Context, c *hub.Conn, data []byte, greeted bool) (base wire.Base, ok bool) {
	base, err := readFrame[wire.Base](data)
	switch {
	case err != nil:
		l.badFrame(ctx, c, ErrFrameMalformed)
	case base.T == "":
		l.badFrame(ctx, c, ErrFrameMalformed.At("t"))
	case !greeted && !isHello(base.T):
		l.badFrame(ctx, c, ErrFrameHello)
	default:
		return base, true
	}
	return base, false
}

// take counts a frame for its connection.
func (l *Live) take(c *hub.Conn, bucket *frameBucket) error {
	ok, flood := bucket.take(l.Now())
	if flood {
		c.Close(wire.CloseFlood, ErrFrameTooMany.Message)
	}
	if !ok {
		return ErrFrameTooMany
	}
	return nil
}

// answerable reports whether a command has an id under which it can be answered, and refuses it if not.
func (l *Live) answerable(ctx context.Context, c *hub.Conn, base wire.Base) bool {
	if keyed(base.T) && checkClientID(base.ID) != nil {
		l.fail(ctx, c, "", ErrFrameID)
		return false
	}
	return true
}

// badFrame ends a connection whose peer does not speak the protocol.
func (l *Live) badFrame(ctx context.Context, c *hub.Conn, err *errs.Error) {
	l.fail(ctx, c, "", err)
	c.Close(wire.CloseBadFrame, err.Message)
}

// readFrame reads a frame into its type.
func readFrame[F any](data []byte) (F, error) {
	var f F
	if err := json.Unmarshal(data, &f); err != nil {
		return f, ErrFrameMalformed
	}
	return f, nil
}

// isHello reports whether frames of the type say who is there; no other may come first.
func isHello(t string) bool { return t == "hello" || t == "attach" }

// keyed reports whether frames of the type are commands: answered, so they need an id.
func keyed(t string) bool {
	switch t {
	case "send", "end", "rate", "ticket", "history", "sessions", "join", "leave", "close", "invite", "watch", "visitors", "visit", "start":
		return true
	default:
		return false
	}
}

// Frames of one connection beyond these are a flood: no person types so fast, and no widget of ours sends so much.
const (
	frameBurst   = 100
	frameRate    = 20.0 // a second
	frameStrikes = 200  // refused ones in a row until the connection is closed
)

// frameBucket is one connection's own limit, in a few words. It is used from Frame only, so it needs no lock.
type frameBucket struct {
	tokens  float32
	strikes uint16
	filled  int64 // unix ms
}

// take says whether a frame is welcome, and whether there have been so many others that the connection must go.
func (b *frameBucket) take(now time.Time) (ok, flood bool) {
	ms := now.UnixMilli()
	if b.filled == 0 {
		b.tokens = frameBurst
	} else if since := ms - b.filled; since > 0 {
		b.tokens = min(frameBurst, b.tokens+float32(since)*frameRate/1000)
	}
	b.filled = ms
	if b.tokens >= 1 {
		b.tokens--
		if b.strikes > 0 {
			b.strikes--
		}
		return true, false
	}
	b.strikes++
	return false, b.strikes >= frameStrikes
}
