package help

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/article"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/property"
	front "parley/web"
)

func TestEveryPageHasOneAddress(t *testing.T) {
	site := article.SiteSettings{Language: "en", Languages: []string{"en", "ar", "de"}}
	for path, want := range map[string]place{
		"/":                   {kind: kindHome, language: "en"},
		"/de/":                {kind: kindHome, language: "de"},
		"/de":                 {kind: kindHome, language: "de", moved: "/de/"},
		"/en":                 {kind: kindHome, language: "en", moved: "/"},
		"/en/":                {kind: kindHome, language: "en", moved: "/"},
		"/fr/":                {kind: kindNone, language: "en"},
		"/c/care":             {kind: kindCategory, language: "en", slug: "care"},
		"/ar/c/العناية":       {kind: kindCategory, language: "ar", slug: "العناية"},
		"/c/care/":            {kind: kindCategory, language: "en", slug: "care", moved: "/c/care"},
		"/a/oven":             {kind: kindArticle, language: "en", slug: "oven"},
		"/a/oven/vote":        {kind: kindVote, language: "en", slug: "oven"},
		"/de/a/ofen/vote":     {kind: kindVote, language: "de", slug: "ofen"},
		"/en/a/oven":          {kind: kindArticle, language: "en", slug: "oven", moved: "/a/oven"},
		"/en/a/oven/":         {kind: kindArticle, language: "en", slug: "oven", moved: "/a/oven"},
		"/a/":                 {kind: kindNone, language: "en"},
		"/a":                  {kind: kindNone, language: "en"},
		"/a//vote":            {kind: kindNone, language: "en"},
		"/a/oven/vote/more":   {kind: kindNone, language: "en"},
		"/search":             {kind: kindSearch, language: "en"},
		"/ar/search":          {kind: kindSearch, language: "ar"},
		"/search/":            {kind: kindSearch, language: "en", moved: "/search"},
		"/message":            {kind: kindMessage, language: "en"},
		"/de/feed.atom":       {kind: kindFeed, language: "de"},
		"/sitemap.xml":        {kind: kindSitemap, language: "en"},
		"/de/sitemap.xml":     {kind: kindNone, language: "de"},
		"/robots.txt":         {kind: kindRobots, language: "en"},
		"/de/images/x":        {kind: kindNone, language: "de"},
		"/images/x":           {kind: kindImage, language: "en", slug: "x"},
		"/nothing":            {kind: kindNone, language: "en"},
		"//evil.example/":     {kind: kindNone, language: "en"},
		"/en//evil.example/":  {kind: kindNone, language: "en"},
		"/../../etc/passwd":   {kind: kindNone, language: "en"},
		"/a/..":               {kind: kindArticle, language: "en", slug: ".."}, // there is no article of that name
		"/wp-login.php":       {kind: kindNone, language: "en"},
		"/en/c/en":            {kind: kindCategory, language: "en", slug: "en", moved: "/c/en"},
		"/de/a/de":            {kind: kindArticle, language: "de", slug: "de"},
		"/c/care/oven":        {kind: kindNone, language: "en"},
		"/search/vote":        {kind: kindNone, language: "en"},
		"/a/oven/other":       {kind: kindNone, language: "en"},
		"/message/vote/a":     {kind: kindNone, language: "en"},
		"/de/robots.txt":      {kind: kindNone, language: "de"},
		"/feed.atom/":         {kind: kindFeed, language: "en", moved: "/feed.atom"},
		"/de/c/pflege/":       {kind: kindCategory, language: "de", slug: "pflege", moved: "/de/c/pflege"},
		"/ar":                 {kind: kindHome, language: "ar", moved: "/ar/"},
		"/a/oven%2Fvote/vote": {kind: kindVote, language: "en", slug: "oven%2Fvote"},
	} {
		got := read(site, path)
		if got.kind == kindNone {
			got.slug = ""
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
		if got.moved != "" && read(site, got.moved).moved != "" {
			t.Errorf("%s is moved to %s, which is moved again", path, got.moved)
		}
	}
}

func TestSpeak(t *testing.T) {
	site := article.SiteSettings{Language: "en", Languages: []string{"en", "de"}}
	for wanted, want := range map[string]string{"de": "de", "de-AT": "de", "DE": "de", "fr": "en", "": "en", "x": "en"} {
		if got := speak(site, wanted); got != want {
			t.Errorf("%q: got %s, want %s", wanted, got, want)
		}
	}
}

func TestHostNames(t *testing.T) {
	for host, want := range map[string]string{
		"help.kiln.example": "help.kiln.example", "HELP.Kiln.Example:8443": "help.kiln.example", "help.kiln.example.": "help.kiln.example",
		"127.0.0.1": "", "127.0.0.1:8080": "", "[::1]:8080": "", "[::1]": "", "": "", "localhost:8080": "localhost",
	} {
		if got := hostName(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

// Every key that a page says is there in both languages, and every key that is there is said.
func TestTheCataloguesSayAllThatThePagesDo(t *testing.T) {
	used := map[string]bool{}
	said := regexp.MustCompile(`(?:Say|T) "([a-z._]+)"|Say\("([a-z._]+)"`)
	named := regexp.MustCompile(`"((?:contact|vote|ticket)\.[a-z._]+)"`)
	for _, dir := range []string{"templates", "."} {
		names, err := fs.Glob(os.DirFS("."), dir+"/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".html") {
				continue
			}
			raw, err := fs.ReadFile(os.DirFS("."), name)
			if err != nil {
				t.Fatal(err)
			}
			for _, re := range []*regexp.Regexp{said, named} {
				for _, m := range re.FindAllStringSubmatch(string(raw), -1) {
					used[m[1]] = true
					if len(m) > 2 && m[1] == "" {
						used[m[2]] = true
					}
				}
			}
		}
	}
	for _, status := range []wire.Status{wire.Online, wire.Away, wire.Offline} {
		used["contact."+string(status)] = true
	}
	for _, code := range []string{"ticket.text", "ticket.name", "ticket.email", "ticket.too_many"} {
		used[code] = true
	}
	delete(used, "")
	en, ar := catalogues["en"].texts, catalogues["ar"].texts
	for key := range used {
		if _, ok := en[key]; !ok {
			t.Errorf("en.json has no %s", key)
		}
	}
	for key := range en {
		if !used[key] {
			t.Errorf("nothing says %s", key)
		}
		if _, ok := ar[key]; !ok {
			t.Errorf("ar.json has no %s", key)
		}
	}
	if len(en) != len(ar) {
		t.Errorf("%d keys in en.json, %d in ar.json", len(en), len(ar))
	}
	holes := regexp.MustCompile(`\{\w+\}`)
	for key, phrase := range en {
		want := holes.FindAllString(phrase[pluralForms["other"]], -1)
		got := holes.FindAllString(ar[key][pluralForms["other"]], -1)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s has the holes %v in English and %v in Arabic", key, want, got)
		}
	}
}

func TestWordsByNumber(t *testing.T) {
	for n, want := range map[int][2]string{
		0: {"0 articles", "لا مقالات"}, 1: {"1 article", "مقال واحد"}, 2: {"2 articles", "مقالان"}, 5: {"5 articles", "5 مقالات"},
		11: {"11 articles", "11 مقالًا"}, 100: {"100 articles", "100 مقال"}, 12345: {"12,345 articles", "12,345 مقالًا"},
	} {
		for i, language := range []string{"en", "ar"} {
			if got := wordsFor(language).Say("articles", "n", n); got != want[i] {
				t.Errorf("%d in %s: %s, want %s", n, language, got, want[i])
			}
		}
	}
	if got := wordsFor("pl").Say("vote.yes"); got != "Yes" {
		t.Errorf("a language without words of its own says %s", got)
	}
}

func TestDatesByLanguage(t *testing.T) {
	at := time.Date(2026, 11, 3, 23, 0, 0, 0, time.UTC)
	for language, want := range map[string]string{"en": "3 November 2026", "ar": "3 نوفمبر 2026", "de": "3 November 2026"} {
		if got := wordsFor(language).date(at); got != want {
			t.Errorf("%s: %s, want %s", language, got, want)
		}
	}
}

// The palette comes from tokens.css alone: in light and in dark every token that the sheet uses has the value that is written there.
func TestTheStylesheetHasThePaletteOfTokensCSS(t *testing.T) {
	p := readPalette(front.Tokens())
	css := mustRead("assets/help.css")
	sheet := stylesheet(p, css)
	for _, name := range []string{"--canvas", "--sheet", "--text", "--accent", "--accent-text", "--line-control", "--danger-text", "--tint-3-text"} {
		m := regexp.MustCompile(regexp.QuoteMeta(name) + `:\s*light-dark\((#\w+), (#\w+)\);`).FindStringSubmatch(front.Tokens())
		if m == nil {
			t.Fatalf("tokens.css has no %s", name)
		}
		for _, value := range m[1:] {
			if m[1] != m[2] && !strings.Contains(sheet, name+":"+value) {
				t.Errorf("the stylesheet has no %s: %s", name, value)
			}
		}
	}
	for _, m := range regexp.MustCompile(`var\((--[\w-]+)`).FindAllStringSubmatch(sheet, -1) {
		if !strings.Contains(sheet, m[1]+":") {
			t.Errorf("%s is used and nowhere defined", m[1])
		}
	}
	bare := comment.ReplaceAllString(css, "")
	if m := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(`).FindString(bare); m != "" {
		t.Errorf("help.css has the literal colour %s: colours are in tokens.css", m)
	}
	if strings.Contains(sheet, "light-dark(") || strings.Contains(sheet, "/*") || strings.Contains(sheet, "  ") {
		t.Error("the stylesheet is not lowered and shortened")
	}
	if strings.Count(sheet, "{") != strings.Count(sheet, "}") {
		t.Error("the stylesheet has lost a brace")
	}
	if m := regexp.MustCompile(`[^-](left|right):|margin-(left|right)|padding-(left|right)`).FindString(bare); m != "" {
		t.Errorf("help.css has %s: start and end, or it is wrong from right to left", m)
	}
}

func TestAnOwnersColourTakesThePlaceOfOurs(t *testing.T) {
	p := readPalette(front.Tokens())
	for _, picked := range []string{"#c2253f", "#ffdd00", "#777777", "#00ff00"} {
		c := property.Colours(picked)
		sheet := stylesheet(p.with(c), mustRead("assets/help.css"))
		for _, want := range []string{
			"--accent:" + c.Fill, "--on-accent:" + c.OnFill, "--accent-text:" + c.TextLight, "--accent-text:" + c.TextDark, "--accent-soft:" + c.SoftLight, "--accent-soft:" + c.SoftDark,
		} {
			if !strings.Contains(sheet, want) {
				t.Errorf("%s: no %s", picked, want)
			}
		}
	}
	if p.values["--accent"] == "#c2253f" {
		t.Error("the palette itself was changed")
	}
	if got := mix("#000000", "#ffffff", 0.5); got != "#808080" {
		t.Errorf("half of white on black is %s", got)
	}
}

func TestChoose(t *testing.T) {
	for value, want := range map[string][2]string{
		"light-dark(#fff, #000)": {"#fff", "#000"},
		"0 1px light-dark(rgb(1 2 3 / .5), rgb(0 0 0 / .4)), 0 2px x": {"0 1px rgb(1 2 3 / .5), 0 2px x", "0 1px rgb(0 0 0 / .4), 0 2px x"},
		"light-dark(a, b) light-dark(c, d)":                           {"a c", "b d"},
		"12px":                                                        {"12px", "12px"},
		"light-dark(broken":                                           {"light-dark(broken", "light-dark(broken"},
	} {
		if got := [2]string{choose(value, false), choose(value, true)}; got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

// The policy lets exactly those frames in that an article can have.
func TestThePolicyKnowsThePlayersOfArticles(t *testing.T) {
	for _, address := range []string{
		"https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://vimeo.com/76979871", "https://www.loom.com/share/0123456789abcdef0123456789abcdef",
	} {
		html := article.Render(address, "en").HTML
		m := regexp.MustCompile(`data-embed="(https://[^/"]+)/`).FindStringSubmatch(html)
		if m == nil || !slices.Contains(strings.Fields(players), m[1]) {
			t.Errorf("%s becomes %s, which the policy does not know", address, html)
		}
	}
}

func TestSitemaps(t *testing.T) {
	site := article.Site{SiteSettings: article.SiteSettings{Language: "en", Languages: []string{"en", "de"}}}
	at := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	one, two := id.New[id.Article](), id.New[id.Article]()
	url := func(language, slug string) string { return "https://h.example/" + language + "/" + slug }
	list := addresses(site, []article.Entry{
		{Article: one, Language: "en", Slug: "oven&fire", UpdatedAt: at}, {Article: one, Language: "de", Slug: "ofen", UpdatedAt: at}, {Article: two, Language: "en", Slug: "mug", UpdatedAt: at},
	}, url)
	raw, ok := sitemap(list, 0, "https://h.example/sitemap.xml")
	var parsed struct {
		URLs []struct {
			Loc     string `xml:"loc"`
			Lastmod string `xml:"lastmod"`
			Links   []struct {
				Lang string `xml:"hreflang,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(raw, &parsed); err != nil || !ok {
		t.Fatalf("%v, %v: %s", ok, err, raw)
	}
	if len(parsed.URLs) != 5 || parsed.URLs[2].Loc != "https://h.example/en/oven&fire" || parsed.URLs[2].Lastmod != "2026-11-03" || len(parsed.URLs[2].Links) != 2 || len(parsed.URLs[4].Links) != 0 {
		t.Errorf("got %s", raw)
	}
	many := make([]address, 2*partSize+1)
	for i := range many {
		many[i].url = fmt.Sprintf("https://h.example/%d", i)
	}
	index, _ := sitemap(many, 0, "https://h.example/sitemap.xml")
	if n := strings.Count(string(index), "<sitemap>"); n != 3 {
		t.Errorf("%d files in the index, want 3: %s", n, index)
	}
	last, ok := sitemap(many, 3, "")
	if n := strings.Count(string(last), "<url>"); !ok || n != 1 {
		t.Errorf("%d addresses in the last file, want 1", n)
	}
	if _, ok := sitemap(many, 4, ""); ok {
		t.Error("there is a fourth file")
	}
}

func TestRobots(t *testing.T) {
	got := robots(article.SiteSettings{Language: "en", Languages: []string{"en", "ar"}}, "https://h.example/sitemap.xml")
	want := "User-agent: *\nDisallow: /search\nDisallow: /message\nDisallow: /ar/search\nDisallow: /ar/message\n\nSitemap: https://h.example/sitemap.xml\n"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestDataForSearchEnginesIsJSON(t *testing.T) {
	f := &frame{words: wordsFor("en"), Language: "en", Canonical: "https://h.example/a/x", Site: article.Site{SiteSettings: article.SiteSettings{Title: `K"iln`}}}
	raw, err := json.Marshal(f.articleData(article.Page{Entry: article.Entry{Title: "</script><script>"}}, "Mira", trail([]link{{Name: "Home", URL: "/"}})))
	if err != nil || strings.Contains(string(raw), "</script>") {
		t.Errorf("%v: %s", err, raw)
	}
}

func TestDescriptionsAreShort(t *testing.T) {
	p := article.Page{Plain: strings.Repeat("Stoneware is safe in the oven. ", 20)}
	if got := describe(p); len([]rune(got)) > 160 || !strings.HasSuffix(got, "…") || strings.HasSuffix(got, " …") {
		t.Errorf("got %q", got)
	}
	p.Description = "Up to 220 °C."
	if got := describe(p); got != p.Description {
		t.Errorf("got %q", got)
	}
}

func TestBallots(t *testing.T) {
	b := newBallot()
	if !validBallot(b) || validBallot("") || validBallot(b+"A") || validBallot(strings.Repeat("a", len(b))) || validBallot(strings.Repeat("Ä", len(b)/2)) {
		t.Errorf("what is a ballot? %q is one", b)
	}
	one, two := voterOf("p1", b), voterOf("p2", b)
	if one == two || strings.Contains(one, b) || one != voterOf("p1", b) {
		t.Errorf("voters %s and %s of ballot %s", one, two, b)
	}
}

func TestTallies(t *testing.T) {
	f := &frame{words: wordsFor("en"), Language: "en"}
	for want, tally := range map[string]article.Tally{
		"Nobody has said so yet.": {}, "25 out of 36 liked this article": {Yes: 25, No: 11}, "1 out of 1 liked this article": {Yes: 1}, "0 out of 2 liked this article": {No: 2},
	} {
		if got := f.tallyOf(tally); got != want {
			t.Errorf("%+v: %s, want %s", tally, got, want)
		}
	}
}

func TestIconsOfCategories(t *testing.T) {
	f := &frame{Site: article.Site{SiteSettings: article.SiteSettings{Language: "en", Languages: []string{"en"}}}, Language: "en"}
	for icon, want := range map[string]card{"truck": {Icon: "truck"}, "": {Icon: "book-open"}, "nonsense": {Icon: "book-open"}, "📦": {Icon: "book-open", Emoji: "📦"}} {
		if got := f.cardOf(article.Category{Icon: icon}); got.Icon != want.Icon || got.Emoji != want.Emoji {
			t.Errorf("%q: got %+v", icon, got)
		}
	}
	for name, paths := range iconPaths {
		if strings.Contains(paths, "script") || strings.Contains(paths, " on") || !strings.HasPrefix(paths, "<") {
			t.Errorf("the icon %s is %s", name, paths)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(views)) {
		for _, m := range regexp.MustCompile(`icon "([\w-]+)"`).FindAllStringSubmatch(mustRead("templates/layout.html")+mustRead("templates/"+name+".html"), -1) {
			if iconPaths[m[1]] == "" {
				t.Errorf("%s shows the icon %s, which is not there", name, m[1])
			}
		}
	}
}

func TestContentsAreForLongTexts(t *testing.T) {
	two := func(n int) article.Heading { return article.Heading{Level: 2, ID: fmt.Sprint("h-", n)} }
	for name, tt := range map[string]struct {
		all  []article.Heading
		want int
	}{
		"none": {nil, 0}, "one chapter": {[]article.Heading{two(1)}, 0}, "one chapter with parts": {[]article.Heading{two(1), {Level: 3}, {Level: 3}}, 0},
		"two": {[]article.Heading{two(1), two(2)}, 2}, "two, deep": {[]article.Heading{two(1), {Level: 3}, {Level: 4}, two(2)}, 3},
	} {
		if got := contentsOf(tt.all); len(got) != tt.want {
			t.Errorf("%s: got %d, want %d", name, len(got), tt.want)
		}
	}
}
