package web

import (
	"strconv"
	"testing"
)

func TestPlacesAreBoundedByKeyAndForgottenWhenFree(t *testing.T) {
	p := NewPlaces(2)
	for range 3 {
		for i, want := range []bool{true, true, false, false} {
			if got := p.Take("a"); got != want {
				t.Fatalf("place %d of a: %v, want %v", i+1, got, want)
			}
		}
		if !p.Take("b") {
			t.Fatal("b pays for a")
		}
		p.Free("a")
		if !p.Take("a") || p.Take("a") {
			t.Fatal("one place became free: want it taken once")
		}
		p.Free("a")
		p.Free("a")
		p.Free("b")
		if n := p.Len(); n != 0 {
			t.Fatalf("%d keys are remembered though nothing is open", n)
		}
	}
}

func TestWithoutALimitEverybodyFindsAPlace(t *testing.T) {
	p := NewPlaces(0)
	for i := range 1000 {
		if !p.Take("a") || !p.Take(strconv.Itoa(i)) {
			t.Fatalf("refused after %d", i)
		}
	}
	if n := p.Len(); n != 0 {
		t.Errorf("%d keys are counted for nothing", n)
	}
}
