package wire

import "encoding/json"

// Kept is a card as it is stored with the words that it belongs to; empty: none.
func (c Card) Kept() (string, error) {
	if c == (Card{}) {
		return "", nil
	}
	raw, err := json.Marshal(c)
	return string(raw), err
}

// KeptCard is the other way round. What cannot be read any more is no card: the words beside it are.
func KeptCard(raw string) (c Card) {
	if raw == "" || json.Unmarshal([]byte(raw), &c) != nil {
		return Card{}
	}
	return c
}

// Shown is a card in a frame or answer, where none is nothing.
func (c Card) Shown() *Card {
	if c == (Card{}) {
		return nil
	}
	return &c
}
