package bus_test

import (
	"slices"
	"testing"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/platform/bus"
)

// BenchmarkLatency is the way from Publish to the handler on a node alone, one event at a time.
func BenchmarkLatency(b *testing.B) {
	n := open(b, bus.Options{}, nil)
	back := make(chan struct{})
	bus.On(n.Bus, pinged, func(id.Property, int64) { back <- struct{}{} })
	if err := n.Start(); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		start := clock.System()
		n.Publish([]event.Event{pinged.Of(property, 1)})
		<-back
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkThroughput is how many events a second a node alone publishes and handles, with at most 4,096 on the way.
func BenchmarkThroughput(b *testing.B) {
	n := open(b, bus.Options{}, nil)
	room := make(chan struct{}, 4096)
	bus.On(n.Bus, pinged, func(id.Property, int64) { <-room })
	n.OnGap(func() { b.Error("gap") })
	if err := n.Start(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		room <- struct{}{}
		n.Publish([]event.Event{pinged.Of(property, 1)})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
