package article

import (
	"slices"
	"strings"
	"testing"
)

func wordsFor(list ...string) (v vocabulary) {
	for i, w := range list {
		v = append(v, newKnown(w, uses{public: int64(i + 1)}))
	}
	slices.SortFunc(v, func(a, b known) int { return strings.Compare(a.word, b.word) })
	return v
}

func TestNearest(t *testing.T) {
	v := wordsFor("password", "passport", "card", "cart", "refund", "delivery", "deliver", "shipping", "a", "كلمه")
	v = append(v, newKnown("wholesale", uses{hidden: 1}))
	for in, want := range map[string]string{
		"pasword": "password", "passwrod": "password", "pssword": "password", "pasport": "passport", "crad": "card", "cars": "cart", "refnud": "refund",
		"shippnig": "shipping", "delivry": "delivery", "xyz": "", "zz": "", "completely": "", "كلمة": "كلمه", "wholesael": "",
	} {
		if got := v.nearest(fold(in), false, false); got != want {
			t.Errorf("nearest(%q) = %q, want %q", in, got, want)
		}
	}
	if got := v.nearest("shpip", true, false); got != "shipping" {
		t.Errorf("begun with a slip: %q", got)
	}
	if got := v.nearest("wholesael", false, true); got != "wholesale" {
		t.Errorf("for agents: %q", got)
	}
}

func TestHas(t *testing.T) {
	v := wordsFor("card", "cards", "care", "cat") // in 1, 2, 3 and 4 pages
	for _, tt := range []struct {
		word  string
		begun bool
		want  int64
	}{{"card", false, 1}, {"card", true, 3}, {"car", false, 0}, {"car", true, 6}, {"c", true, 10}, {"cb", true, 0}, {"zoo", true, 0}, {"", true, 10}} {
		if got := v.has(tt.word, tt.begun).seen(false); got != tt.want {
			t.Errorf("has(%q, %v) = %d, want %d", tt.word, tt.begun, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"abc", "axc", 1}, {"abc", "abcd", 1}, {"abcdef", "abdcfe", 2}, {"abc", "xyz", 3}, {"kitten", "sitting", 3}} {
		if got := distance([]rune(tt.a), []rune(tt.b), 2); got != min(tt.want, 3) {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if x, y := distance([]rune(tt.a), []rune(tt.b), 2), distance([]rune(tt.b), []rune(tt.a), 2); x != y {
			t.Errorf("distance of %q and %q depends on the order: %d, %d", tt.a, tt.b, x, y)
		}
	}
}
