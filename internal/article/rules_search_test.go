package article

import (
	"slices"
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	for q, want := range map[string]struct {
		words  []string
		prefix bool
	}{
		"Reset pass": {[]string{"reset", "pass"}, true}, "reset pass ": {[]string{"reset", "pass"}, false}, "a": {[]string{"a"}, false},
		"pay pay": {[]string{"pay"}, true}, "pass?": {[]string{"pass"}, false}, "返": {[]string{"返"}, true}, "": {nil, false}, "?!": {nil, false},
	} {
		if a := ask(q); !slices.Equal(a.words, want.words) || a.prefix != want.prefix {
			t.Errorf("ask(%q) = %+v, want %+v", q, a, want)
		}
	}
	if a := ask(strings.Repeat("word ", 10_000)); len(a.words) > maxQueryRunes {
		t.Errorf("a search without an end has %d words", len(a.words))
	}
}

func pageOf(n int64, title, plain string) candidate {
	return candidate{n: n, entry: Entry{Title: title}, terms: index(title, "", plain).terms}
}

func TestRankPutsTitlesFirstAndRareWordsBeforeCommonOnes(t *testing.T) {
	list := []candidate{
		pageOf(1, "Opening hours", "You can pay by card or cash."),
		pageOf(2, "Pay by card in the shop and online, and what to do when it is refused", "Card, card, card."),
		pageOf(3, "Pay by card", "We take every card."),
		pageOf(4, "Vouchers", "Nothing to pay."),
	}
	a := ask("pay card")
	rank(a, list, []int64{400, 40}, 1000)
	var order []int64
	for _, c := range list {
		order = append(order, c.n)
	}
	if !slices.Equal(order, []int64{3, 2, 1, 4}) {
		t.Errorf("order %v", order)
	}
	rank(ask("car"), list, []int64{40}, 1000)
	if list[0].n != 3 || list[3].n != 4 {
		t.Errorf("a beginning: %d first, %d last", list[0].n, list[3].n)
	}
	rank(asked{words: []string{"none"}}, list, []int64{0}, 0) // divides by nothing
}

func partsText(parts []Part) (s string) {
	for _, p := range parts {
		if p.Mark {
			s += "[" + p.Text + "]"
			continue
		}
		s += p.Text
	}
	return s
}

func TestMark(t *testing.T) {
	for _, tt := range []struct{ q, in, want string }{
		{"cafe", "The Café is open", "The [Café] is open"},
		{"pass", "Passwords and passports", "[Passwords] and [passports]"},
		{"pass ", "Passwords and a pass", "Passwords and a [pass]"},
		{"返金方法", "商品の返金方法です", "商品の[返金方法]です"},
		{"x", "nothing", "nothing"},
		{"<b>", "a <b> c", "a <[b]> c"}, // a part is text: who shows it escapes it
	} {
		if got := partsText(mark(tt.in, ask(tt.q))); got != tt.want {
			t.Errorf("mark(%q) of %q = %q, want %q", tt.q, tt.in, got, tt.want)
		}
	}
}

func TestSnippetShowsWhereMostOfTheWordsAre(t *testing.T) {
	filler := strings.Repeat("Something else is said here. ", 20)
	plain := "Refunds in general. " + filler + "\nA refund to a card takes three days. " + filler
	got := partsText(snippet(plain, ask("refund card")))
	if !strings.HasPrefix(got, "… A [refund] to a [card] takes three days.") || !strings.HasSuffix(got, " …") {
		t.Errorf("got %q", got)
	}
	if got := partsText(snippet("Short and\nwithout it", ask("absent"))); got != "Short and without it" {
		t.Errorf("got %q", got)
	}
	if got := snippet("", ask("x")); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestTelling(t *testing.T) {
	a := asked{words: []string{"how", "refund", "quickly"}, prefix: true}
	if got := telling(a, []int64{900, 40, 0}, 1000); !slices.Equal(got.words, []string{"refund"}) || got.prefix {
		t.Errorf("got %+v", got)
	}
	if got := telling(a, []int64{900, 800, 950}, 1000); !slices.Equal(got.words, []string{"refund"}) {
		t.Errorf("all are common: %+v", got)
	}
	if got := telling(a, []int64{0, 0, 0}, 1000); len(got.words) != 0 {
		t.Errorf("nobody has them: %+v", got)
	}
	b, worth := rarest(asked{words: strings.Fields("a b c d e f g h i j k l"), prefix: true}, []int64{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 1, 1})
	if len(b.words) != maxQueryWords || !slices.Contains(b.words, "l") || !b.prefix || len(worth) != maxQueryWords {
		t.Errorf("rarest %+v %v", b, worth)
	}
}
