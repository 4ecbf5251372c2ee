package bench

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// samples collects durations from many goroutines.
type samples struct {
	mu  sync.Mutex
	all []time.Duration
}

func (s *samples) add(d time.Duration) {
	s.mu.Lock()
	s.all = append(s.all, d)
	s.mu.Unlock()
}

func (s *samples) count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.all))
}

// sorted is a copy of all, the shortest first.
func (s *samples) sorted() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.all)
	return slices.Clone(s.all)
}

func (s *samples) millis() Millis {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.all)
	at := func(q float64) float64 {
		if len(s.all) == 0 {
			return 0
		}
		i := int(q * float64(len(s.all)-1))
		return float64(s.all[i].Microseconds()) / 1000
	}
	return Millis{P50: at(0.50), P95: at(0.95), P99: at(0.99), Max: at(1)}
}

// rss reads a process's resident memory in bytes.
func rss(pid int) (int64, error) { return memory(pid, "VmRSS:") }

// peak reads the most resident memory that a process has had.
func peak(pid int) (int64, error) { return memory(pid, "VmHWM:") }

func memory(pid int, name string) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb * 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, name)
}

// cpuTick is what /proc counts processor time in: USER_HZ is 100 on every Linux.
const cpuTick = 10 * time.Millisecond

// cpu reads the processor time that a process has taken so far.
func cpu(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the processor time of process %d: %w", pid, err)
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("process %d has no times", pid)
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * cpuTick, err
}
