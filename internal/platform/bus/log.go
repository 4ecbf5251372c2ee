package bus

import (
	"fmt"
	"log/slog"
)

// serverLog puts the NATS server's words into our log: they tell an operator why nodes do not find each other.
type serverLog struct {
	log   *slog.Logger
	fatal chan string // capacity 1
}

const serverSays = "nats server"

func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug(serverSays, "text", fmt.Sprintf(format, v...))
}
func (l *serverLog) Debugf(string, ...any) {}
func (l *serverLog) Tracef(string, ...any) {}
func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn(serverSays, "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Warn(serverSays, "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
	}
}
