package visitor

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/id"
)

const (
	ann   = id.Visitor("0193a0f0-0000-7000-8000-00000000000a")
	shop  = id.Property("0193a0f0-0000-7000-8000-000000000001")
	other = id.Property("0193a0f0-0000-7000-8000-000000000002")
)

var (
	day0 = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	keys = NewTokens(bytes.Repeat([]byte{7}, keyBytes))
)

func TestTokenIsGoodForItsPropertyAndTime(t *testing.T) {
	token := keys.Make(ann, shop, day0)
	got, ok := keys.Check(token, shop, day0.Add(179*24*time.Hour))
	if !ok || got.Visitor != ann || !got.IssuedAt.Equal(day0) {
		t.Fatalf("Check = %+v, %v; want %s of %s", got, ok, ann, day0)
	}
	if got.Stale(day0.Add(29*24*time.Hour)) || !got.Stale(day0.Add(31*24*time.Hour)) {
		t.Error("a token is renewed after 30 days, not before")
	}
	dot := strings.IndexByte(token, '.')
	for name, tt := range map[string]struct {
		keys  Tokens
		token string
		p     id.Property
		now   time.Time
	}{
		"another property":      {keys, token, other, day0},
		"expired":               {keys, token, shop, day0.Add(181 * 24 * time.Hour)},
		"from the future":       {keys, token, shop, day0.Add(-2 * time.Hour)},
		"another installation":  {NewTokens(bytes.Repeat([]byte{8}, keyBytes)), token, shop, day0},
		"nothing":               {keys, "", shop, day0},
		"no signature":          {keys, token[:dot+1], shop, day0},
		"signature cut":         {keys, token[:len(token)-1], shop, day0},
		"body of another":       {keys, keys.Make("0193a0f0-0000-7000-8000-00000000000b", shop, day0)[:dot] + token[dot:], shop, day0},
		"not base64":            {keys, strings.Repeat("!", dot) + token[dot:], shop, day0},
		"trailing words":        {keys, token + " ", shop, day0},
		"line break in between": {keys, token[:4] + "\n" + token[5:], shop, day0},
	} {
		if got, ok := tt.keys.Check(tt.token, tt.p, tt.now); ok {
			t.Errorf("%s: Check = %+v, want a new visitor", name, got)
		}
	}
}

func FuzzToken(f *testing.F) {
	good := keys.Make(ann, shop, day0)
	f.Add(good)
	f.Add("")
	f.Add("a.b")
	f.Add(good + "." + good)
	f.Fuzz(func(t *testing.T, token string) {
		got, ok := keys.Check(token, shop, day0)
		if ok && (token != good || got.Visitor != ann) {
			t.Errorf("%q was taken as %+v", token, got)
		}
	})
}
