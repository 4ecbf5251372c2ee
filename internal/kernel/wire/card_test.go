package wire_test

import (
	"testing"

	"parley/internal/kernel/wire"
)

func TestCardsOnTheirWayThroughTheStore(t *testing.T) {
	oven := wire.Card{Article: "a", Language: "en", Title: "Is stoneware safe in the oven?", URL: "https://chat.example/help/kiln/a/oven"}
	raw, err := oven.Kept()
	if err != nil || wire.KeptCard(raw) != oven || wire.KeptCard(raw).Shown() == nil {
		t.Errorf("%s, %v", raw, err)
	}
	if none, err := (wire.Card{}).Kept(); err != nil || none != "" || wire.KeptCard(none).Shown() != nil {
		t.Errorf("no card is %q, %v", none, err)
	}
	if got := wire.KeptCard("{"); got != (wire.Card{}) {
		t.Errorf("what cannot be read is %+v", got)
	}
}
