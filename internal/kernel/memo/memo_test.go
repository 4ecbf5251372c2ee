package memo

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/clock"
)

func TestAnswersAreKeptForgottenAndRunOut(t *testing.T) {
	time0 := clock.NewManual(time.Unix(1_800_000_000, 0))
	loads := 0
	c := New(time0.Now, time.Minute, 10, func(context.Context, string) (int, error) { loads++; return loads, nil })
	get := func(want int, why string) {
		t.Helper()
		if got, err := c.Get(t.Context(), "a"); got != want || err != nil {
			t.Fatalf("%s: got %d, %v; want %d", why, got, err, want)
		}
	}
	get(1, "first")
	get(1, "from memory")
	c.Forget("a")
	get(2, "after Forget")
	c.ForgetIf(func(k string, v int) bool { return v == 99 })
	get(2, "ForgetIf of something else")
	c.ForgetIf(func(k string, v int) bool { return v == 2 })
	get(3, "after ForgetIf")
	c.Clear()
	get(4, "after Clear")
	time0.Advance(time.Minute)
	get(5, "when it has run out")
}

func TestErrorsAreNotRemembered(t *testing.T) {
	broken := errors.New("broken")
	err := broken
	c := New(clock.System, time.Minute, 10, func(context.Context, int) (string, error) { return "x", err })
	if _, got := c.Get(t.Context(), 1); !errors.Is(got, broken) {
		t.Fatalf("got %v", got)
	}
	err = nil
	if v, got := c.Get(t.Context(), 1); v != "x" || got != nil {
		t.Fatalf("got %q, %v", v, got)
	}
}

func TestALoadUnderWayIsSharedAndNotRememberedOnceForgotten(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	truth, loads := "old", 0
	c := New(clock.System, time.Minute, 10, func(context.Context, int) (string, error) {
		mu.Lock()
		loads++
		first, was := loads == 1, truth
		mu.Unlock()
		if first {
			close(began)
			<-finish
		}
		return was, nil
	})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if v, err := c.Get(t.Context(), 1); v != "old" || err != nil {
				t.Errorf("got %q, %v", v, err)
			}
		})
		<-began // the first is inside load; the others join it or come while it is done
	}
	mu.Lock()
	truth = "new"
	mu.Unlock()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(cancelled, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gives up: %v", err)
	}
	close(finish)
	wg.Wait()
	c.Forget(1)
	if v, _ := c.Get(t.Context(), 1); v != "new" {
		t.Errorf("got %q after Forget, want the new truth", v)
	}
}

func TestForgottenWhileLoadingIsLoadedAgain(t *testing.T) {
	var c *Cache[int, int]
	n := 0
	c = New(clock.System, time.Minute, 10, func(context.Context, int) (int, error) {
		n++
		c.Forget(1) // the news comes while the row is being read
		return n, nil
	})
	for want := 1; want <= 3; want++ {
		if got, _ := c.Get(t.Context(), 1); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := New(clock.System, time.Minute, 100, func(_ context.Context, k int) (int, error) { return k, nil })
	for k := range 1000 {
		if v, err := c.Get(t.Context(), k); v != k || err != nil {
			t.Fatalf("got %d, %v", v, err)
		}
		if len(c.entries) > 100 {
			t.Fatalf("%d entries", len(c.entries))
		}
	}
}
