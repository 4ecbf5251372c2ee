package article

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFoldTakesForTheSameWhatReadersTakeForTheSame(t *testing.T) {
	for in, want := range map[string]string{
		"Café": "cafe", "ÜBER": "uber", "Straße": "strasse", "naïve": "naive", "Ærø": "aero", "İstanbul": "istanbul", "ılık": "ilik",
		"أحمد": "احمد", "إعداد": "اعداد", "مدرسة": "مدرسه", "مُحَمَّد": "محمد", "على": "علي", "كــتــاب": "كتاب", "한국어": "한국어", "ﬁn": "fin",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func folded(text string) []string {
	var list []string
	for _, w := range split(text) {
		list = append(list, w.folded)
	}
	return list
}

func TestSplit(t *testing.T) {
	for in, want := range map[string][]string{
		"Reset your password!":  {"reset", "your", "password"},
		"don't, can’t 'quoted'": {"dont", "cant", "quoted"},
		"e-mail: a@b.example":   {"e", "mail", "a", "b", "example"},
		"HTTP/2 v1.26":          {"http", "2", "v1", "26"},
		"返金方法":                  {"返金", "金方", "方法"},
		"税":                     {"税"},
		"設定 page":               {"設定", "page"},
		"كيف أُعيد كلمة المرور؟": {"كيف", "اعيد", "كلمه", "المرور"},
		"\x00 \xff": nil,
		"":          nil,
	} {
		if got := folded(in); !slices.Equal(got, want) {
			t.Errorf("split(%q) = %q, want %q", in, got, want)
		}
	}
	long := split(strings.Repeat("a", 1000))
	if len(long) != 1 || len(long[0].folded) != maxWordRunes {
		t.Errorf("a word without an end: %v", long)
	}
}

func TestCountIn(t *testing.T) {
	x := index("Cards", "", "Pay by card. A card is a card; cardboard is none.")
	for _, tt := range []struct {
		w      string
		prefix bool
		n      int
		exact  bool
	}{
		{"card", false, 3, true},
		{"card", true, 5, true},
		{"car", false, 0, false},
		{"car", true, 5, false},
		{"cards", false, 1, true},
		{"board", false, 0, false},
		{"board", true, 0, false},
		{"11", false, 0, false},
		{"none", false, 1, true},
	} {
		if n, exact := countIn(x.terms, tt.w, tt.prefix); n != tt.n || exact != tt.exact {
			t.Errorf("countIn(%q, %v) = %d, %v; want %d, %v", tt.w, tt.prefix, n, exact, tt.n, tt.exact)
		}
	}
	if n := length(x.terms); n != 12 {
		t.Errorf("length = %d of %q", n, x.terms)
	}
	if got := wordsOf(x.terms); !slices.Equal(got, x.body) {
		t.Errorf("wordsOf = %q, want %q", got, x.body)
	}
	if wordsOf("") != nil && len(wordsOf("")) != 0 {
		t.Error("words of nothing")
	}
}

func TestSlugs(t *testing.T) {
	for in, want := range map[string]string{
		"How do I reset my password?": "how-do-i-reset-my-password", "  Über uns  ": "uber-uns", "كيف أدفع؟": "كيف-ادفع", "返金 方法": "返金-方法", "!!!": "",
		strings.Repeat("long ", 40): strings.TrimSuffix(strings.Repeat("long-", 16), "-"),
	} {
		got := slugOf(in)
		if got != want {
			t.Errorf("slugOf(%q) = %q, want %q", in, got, want)
		}
		if got != "" && !validSlug(got) {
			t.Errorf("slugOf(%q) = %q is not valid", in, got)
		}
	}
	for _, bad := range []string{"", "A", "a b", "a/b", "../x", "-a", "a-", "a.b", "a%2f", "a\x00", "\xff", strings.Repeat("a", 81), "a?b", "a#b", `a"b`, "<b>"} {
		if validSlug(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
	if got := numbered(strings.Repeat("a", 80), 7); utf8.RuneCountInString(got) != 80 || !strings.HasSuffix(got, "-7") {
		t.Errorf("numbered = %q", got)
	}
	for in, want := range map[string]string{"Kiln & Clay": "kiln-clay", "متجر": "help", "": "help", "Assets": "help", "Äpfel 24": "apfel-24"} {
		if got := siteSlugOf(in); got != want {
			t.Errorf("siteSlugOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"Reset your password", "返金方法は？", "don’t", "\xff\x00", "مُحَمَّد", "ﬁ", "a\u0301\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := -1
		for _, w := range split(text) {
			if w.start < 0 || w.end > len(text) || w.start >= w.end || w.start <= last {
				t.Fatalf("%q: word %+v after %d", text, w, last)
			}
			if last = w.start; w.folded == "" || strings.ContainsAny(w.folded, " :'\"\\*()^") || !utf8.ValidString(w.folded) || utf8.RuneCountInString(w.folded) > maxWordRunes {
				t.Fatalf("%q has the word %q", text, w.folded)
			}
		}
		a := ask(text)
		joined := ""
		for _, p := range mark(text, a) {
			joined += p.Text
		}
		if joined != text {
			t.Fatalf("marking changes %q to %q", text, joined)
		}
		for _, p := range snippet(text, a) {
			if !utf8.ValidString(p.Text) && utf8.ValidString(text) {
				t.Fatalf("a snippet of %q cuts a letter: %q", text, p.Text)
			}
		}
		if slug := slugOf(text); slug != "" && utf8.ValidString(text) && !validSlug(slug) {
			t.Fatalf("slugOf(%q) = %q", text, slug)
		}
	})
}
