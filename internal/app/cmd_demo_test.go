package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/clock"
)

func TestOnlyTheDemoHasAClockThatMoves(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock")
	now := ahead(file)
	near := func(want time.Duration) {
		t.Helper()
		if got := now().Sub(clock.System()); got < want-time.Minute || got > want {
			t.Errorf("ahead by %s, want %s", got, want)
		}
	}
	near(0)
	for text, want := range map[string]time.Duration{"3600000\n": time.Hour, "": 0, "soon": 0} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		near(want)
	}
	if _, _, err := parse([]string{"serve", "--clock-file", file}, nil, console{}); err == nil || !strings.Contains(err.Error(), "unknown flag") {
		t.Errorf("serve takes the flag: %v", err)
	}
	if _, _, err := parse([]string{"demo", "--clock-file", file}, nil, console{}); err != nil {
		t.Errorf("the demo does not take the flag: %v", err)
	}
}
