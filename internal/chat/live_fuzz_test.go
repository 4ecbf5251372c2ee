package chat

import (
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"parley/internal/kernel/wire"
	"parley/internal/visitor"
)

// FuzzFrames reads what a hostile client may send as every frame there is.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(`{"t":"hello","v":1,"property":"x","page":{"url":"https://a.example/","title":"\u0000"},"last":-1}`))
	f.Add([]byte(`{"t":"send","id":"a","text":"\ud800"}`))
	f.Add([]byte(`{"t":"typing","text":"é","on":true}`))
	f.Add([]byte(`[]`))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		base, err := readFrame[wire.Base](data)
		if err != nil && base != (wire.Base{}) && !reflect.DeepEqual(err, error(ErrFrameMalformed)) {
			t.Errorf("an unexpected error: %v", err)
		}
		if h, err := readFrame[wire.VisitorHello](data); err == nil {
			facts := visitor.Facts{Page: h.Page, Language: h.Language, TimeZone: h.TimeZone}.Clean()
			if facts != facts.Clean() || !utf8.ValidString(facts.Page.Title) || len(facts.Page.URL) > wire.MaxURLBytes {
				t.Errorf("facts are not clean: %+v", facts)
			}
		}
		if s, err := readFrame[wire.VisitorTyping](data); err == nil {
			if text, err := clean(s.Text); err == nil && !utf8.ValidString(cut(text, wire.MaxPreviewRunes)) {
				t.Errorf("a preview of half a character: %q", s.Text)
			}
		}
		if _, err := readFrame[wire.AgentMark](data); err == nil && base.T == "" && len(data) == 0 {
			t.Error("nothing was read as a frame")
		}
	})
}

func TestFrameBucketClosesOnlyPersistentFloods(t *testing.T) {
	var b frameBucket
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for range frameBurst {
		if ok, _ := b.take(now); !ok {
			t.Fatal("a burst was refused")
		}
	}
	if ok, flood := b.take(now); ok || flood {
		t.Fatalf("one too many: %v, %v; want refused, not closed", ok, flood)
	}
	now = now.Add(1e9)
	for range int(frameRate) {
		if ok, _ := b.take(now); !ok {
			t.Fatal("what a second brings was refused")
		}
	}
	flooded := false
	for range frameStrikes {
		_, flooded = b.take(now)
	}
	if !flooded {
		t.Error("a flood goes on for ever")
	}
}
