package livetest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// Log keeps what a Server logs, so that a test can say what must be in it, or must not.
type Log struct {
	mu    sync.Mutex
	lines []string
	level []slog.Level
}

// Enabled implements slog.Handler.
func (*Log) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle implements slog.Handler.
func (l *Log) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines, l.level = append(l.lines, b.String()), append(l.level, r.Level)
	return nil
}

// WithAttrs implements slog.Handler.
func (l *Log) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *Log) WithGroup(string) slog.Handler { return l }

// Errors are the lines that somebody would have to act on.
func (l *Log) Errors() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var bad []string
	for i, line := range l.lines {
		if l.level[i] >= slog.LevelError {
			bad = append(bad, line)
		}
	}
	return bad
}

// Said is how many lines hold the words.
func (l *Log) Said(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.lines {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}
