package help_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"parley/internal/article"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// world is a server whose property has a small help centre in two languages.
type world struct {
	*livetest.Server
	t    *testing.T
	node *livetest.Node
	site article.Site
	care id.Category
	oven id.Article
}

const ovenText = `Yes, up to 220 °C.

## Warm it up slowly

> [!TIP]
> From the freezer? Leave it on a board first.

## Which pieces are oven safe

| Piece | Oven |
| --- | --- |
| Bowls | to 220 °C |

## If it cracks

Ask us. <script>alert(1)</script>

https://www.youtube.com/watch?v=dQw4w9WgXcQ
`

func newWorld(t *testing.T, o livetest.Options) *world {
	t.Helper()
	return settle(t, livetest.Serve(t, testkit.SQLite(t), o))
}

func settle(t *testing.T, s *livetest.Server) *world {
	t.Helper()
	w := &world{Server: s, t: t, node: s.Nodes[0]}
	w.change(map[string]any{"slug": "kiln", "title": "Kiln Street", "languages": []string{"en", "ar"}, "links": []map[string]string{{"label": "Shop", "url": "https://shop.example"}}})
	w.care = w.category("", "package", map[string]article.CategoryText{
		"en": {Name: "Caring for stoneware", Slug: "care", Description: "Oven, stains, repairs."}, "ar": {Name: "العناية بالخزف", Slug: "care"},
	})
	w.oven = w.write(article.Incoming{Language: "en", Slug: "oven", Title: "Is stoneware safe in the oven?", Description: "Up to 220 °C.", Markdown: ovenText, Category: w.care, Position: 1})
	w.write(article.Incoming{Article: w.oven, Language: "ar", Slug: "oven", Title: "هل الخزف آمن في الفرن؟", Markdown: "نعم.", Category: w.care})
	w.write(article.Incoming{Language: "en", Slug: "stains", Title: "Stains and how to lift them", Markdown: "Baking soda.", Category: w.care, Position: 2})
	w.write(article.Incoming{Language: "en", Slug: "secret", Title: "Secret discounts", Markdown: "Ten per cent.", Category: w.care, Audience: article.Agents})
	w.write(article.Incoming{Language: "en", Slug: "draft", Title: "Unfinished thoughts", Markdown: "Not yet.", Category: w.care, State: article.Draft})
	return w
}

// change patches the site's settings as its owner, and keeps what they are then.
func (w *world) change(settings map[string]any) {
	w.t.Helper()
	var is struct {
		Version int64 `json:"version"`
	}
	if status := w.Call(livetest.Ann, http.MethodGet, w.Path("/help"), nil, &is); status != http.StatusOK {
		w.t.Fatalf("read the site: %d", status)
	}
	settings["version"] = is.Version
	var raw json.RawMessage
	if status := w.Call(livetest.Ann, http.MethodPatch, w.Path("/help"), settings, &raw); status != http.StatusOK {
		w.t.Fatalf("change the site: %d %s", status, raw)
	}
	var err error
	if w.site, err = w.node.Articles.SiteOf(w.t.Context(), w.Property); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) category(parent id.Category, icon string, texts map[string]article.CategoryText) id.Category {
	w.t.Helper()
	c, _, err := w.node.Articles.ImportCategory(w.t.Context(), w.Who(livetest.Ann), article.IncomingCategory{Parent: parent, Icon: icon, Texts: texts})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) write(in article.Incoming) id.Article {
	w.t.Helper()
	if in.State == "" {
		in.State = article.Published
	}
	if in.Audience == "" {
		in.Audience = article.Public
	}
	done, err := w.node.Articles.Import(w.t.Context(), w.Who(livetest.Ann), []article.Incoming{in})
	if err != nil {
		w.t.Fatal(err)
	}
	return done[0].Article
}

// votes is how many there are on the oven's article.
func (w *world) votes() int64 {
	w.t.Helper()
	p, err := w.node.Articles.PageOf(w.t.Context(), w.site, "en", w.oven)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Yes + p.No
}

// ticketRow is a ticket as agents see it.
type ticketRow struct {
	Visitor id.Visitor `json:"visitor"`
	Text    string     `json:"text"`
	Page    struct {
		URL string `json:"url"`
	} `json:"page"`
	Article *wire.Card `json:"article"`
}

func (w *world) tickets() []ticketRow {
	w.t.Helper()
	var list struct {
		Items []ticketRow `json:"items"`
	}
	if status := w.Call(livetest.Ann, http.MethodGet, w.Path("/tickets"), nil, &list); status != http.StatusOK {
		w.t.Fatalf("list tickets: %d", status)
	}
	return list.Items
}

// missing is what readers did not find, as the editors read it.
func (w *world) missing() (texts []string) {
	w.t.Helper()
	var list struct {
		Items []struct {
			Text string `json:"text"`
		} `json:"items"`
	}
	if status := w.Call(livetest.Ann, http.MethodGet, w.Path("/help/missing"), nil, &list); status != http.StatusOK {
		w.t.Fatalf("what was missing: %d", status)
	}
	for _, one := range list.Items {
		texts = append(texts, one.Text)
	}
	return texts
}

// answer is what came back.
type answer struct {
	*http.Response
	text string
}

// browser asks as somebody's browser does: it keeps cookies, and follows nothing by itself.
type browser struct {
	w       *world
	address string
	agent   string
	cookies map[string]string
	header  http.Header
	host    string
}

func (w *world) browser() *browser {
	return &browser{w: w, address: "198.51.100.20", agent: livetest.Browser, cookies: map[string]string{}, header: http.Header{}}
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.w.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.node.URL+path, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	maps.Copy(req.Header, b.header)
	req.Header.Set("User-Agent", b.agent)
	req.Header.Set("X-Forwarded-For", b.address)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if req.Header.Get("Sec-Fetch-Site") == "" {
			req.Header.Set("Sec-Fetch-Site", "same-origin")
		}
	}
	if b.host != "" {
		req.Host = b.host
	}
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return answer{res, string(raw)}
}

func (b *browser) get(path string) answer {
	b.w.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

func (b *browser) post(path string, fields ...string) answer {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// is fails unless the answer has the status, and all of the texts.
func (a answer) is(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s: %d, want %d\n%s", a.Request.URL.Path, a.StatusCode, status, a.text)
	}
	for _, text := range texts {
		if !strings.Contains(a.text, text) {
			t.Errorf("%s: no %q in\n%s", a.Request.URL.Path, text, a.text)
		}
	}
}

func (a answer) hasNot(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.text, text) {
			t.Errorf("%s: %q is in\n%s", a.Request.URL.Path, text, a.text)
		}
	}
}

// goes fails unless the answer sends elsewhere.
func (a answer) goes(t *testing.T, status int, to string) {
	t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != status || got != to {
		t.Errorf("%s: %d to %q, want %d to %q\n%s", a.Request.URL.Path, a.StatusCode, got, status, to, a.text)
	}
}

func TestPagesShowWhatIsPublished(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := settle(t, s)
		b := w.browser()
		home := b.get("/help/kiln/")
		home.is(t, 200, "What would you like to know?", "Search 2 articles", "Caring for stoneware", "Oven, stains, repairs.", "2 articles", `href="/help/kiln/c/care"`,
			`href="https://shop.example"`, "Still need help?", `hreflang="ar"`, `"@type":"WebSite"`, `src="/widget.js" data-property="`+string(w.Property)+`"`)
		home.hasNot(t, "Secret", "Unfinished")
		category := b.get("/help/kiln/c/care")
		category.is(t, 200, "<h1 dir=\"auto\">Caring for stoneware</h1>", `href="/help/kiln/a/oven"`, "Stains and how to lift them", `"BreadcrumbList"`)
		category.hasNot(t, "Secret", "Unfinished")
		page := b.get("/help/kiln/a/oven")
		page.is(t, 200, "Is stoneware safe in the oven?", `id="h-`, "Warm it up slowly", "callout-tip", "<table>", "On this page", `aria-label="Where you are"`, "Was this article helpful?",
			"Nobody has said so yet.", `<meta name="description" content="Up to 220 °C.">`, `<meta name="parley-article" content="`+string(w.oven)+`">`,
			`<link rel="canonical" href="`+w.node.URL+`/help/kiln/a/oven">`, `hreflang="x-default"`, `hreflang="ar" href="`+w.node.URL+`/help/kiln/ar/a/oven"`,
			`property="og:title"`, `"@type":"Article"`, `rel="next"`, `data-embed="https://www.youtube-nocookie.com/`)
		page.hasNot(t, "<script>alert", "<iframe", " style=", " onclick", "{{")
		for _, path := range []string{"/a/secret", "/a/draft", "/a/nothing", "/c/nothing", "/ar/a/stains", "/images/" + id.New[string](), "/images/x", "/robots.txt"} {
			b.get("/help/kiln"+path).is(t, 404)
		}
		b.get("/help/kiln/a/nothing").is(t, 404, "There is no page here", "noindex", `role="search"`)
		b.get("/help/other/").is(t, 404)
	})
}

func TestAnArabicPageIsWrittenFromTheRight(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	page := w.browser().get("/help/kiln/ar/a/oven")
	page.is(t, 200, `<html lang="ar" dir="rtl">`, "هل الخزف آمن في الفرن؟", "هل أفادك هذا المقال؟", `href="/help/kiln/ar/c/care"`, `action="/help/kiln/ar/search"`, `action="/help/kiln/ar/a/oven/vote"`)
	if got := page.Header.Get("Content-Language"); got != "ar" {
		t.Errorf("Content-Language %q", got)
	}
	w.change(map[string]any{"languages": []string{"en", "ar", "de"}})
	w.write(article.Incoming{Article: w.oven, Language: "de", Slug: "ofen", Title: "Darf Steinzeug in den Ofen?", Markdown: "Ja."})
	w.browser().get("/help/kiln/de/a/ofen").is(t, 200, `<html lang="de" dir="ltr">`, `<header class="top" lang="en">`, "Was this article helpful?")
}

func TestOldAddressesLeadToNewOnes(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	b := w.browser()
	for path, to := range map[string]string{"/help/kiln": "/help/kiln/", "/help/kiln/ar": "/help/kiln/ar/", "/help/kiln/en/a/oven": "/help/kiln/a/oven", "/help/kiln/a/oven/?x=1": "/help/kiln/a/oven?x=1"} {
		b.get(path).goes(t, 301, to)
	}
	w.write(article.Incoming{Article: w.oven, Language: "en", Slug: "oven-safe", Title: "Is stoneware safe in the oven?", Markdown: ovenText, Category: w.care, Position: 1})
	b.get("/help/kiln/a/oven").goes(t, 301, "/help/kiln/a/oven-safe")
	b.get("/help/kiln/a/oven?ref=mail").goes(t, 301, "/help/kiln/a/oven-safe?ref=mail")
	w.change(map[string]any{"slug": "kiln-street"})
	b.get("/help/kiln/a/oven-safe").goes(t, 301, "/help/kiln-street/a/oven-safe")
	b.get("/help/kiln-street/a/oven-safe").is(t, 200)
}

func TestASiteOnADomainOfItsOwn(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	w.change(map[string]any{"domain": "help.kiln.example"})
	b := w.browser()
	b.host = "help.kiln.example"
	canonical := regexp.MustCompile(`rel="canonical" href="(https?://help\.kiln\.example(?::\d+)?/)"`)
	page := b.get("/")
	page.is(t, 200, `href="/c/care"`, `action="/search"`, `src="/widget.js"`)
	if !canonical.MatchString(page.text) {
		t.Errorf("the canonical address is another one:\n%s", page.text)
	}
	b.get("/a/oven").is(t, 200, `action="/a/oven/vote"`)
	b.get("/ar").goes(t, 301, "/ar/")
	b.get("/robots.txt").is(t, 200, "Sitemap: http", "/sitemap.xml")
	b.get("/nothing").is(t, 404, "There is no page here")
	b.get("/healthz").is(t, 200, "ok")
	for _, path := range []string{"/login", "/p/" + string(w.Property) + "/chats", "/preview", "/live/" + string(w.Property), "/index.html", "/assets/x.js", "/api/v1/me", "/api/openapi.json", "/help/kiln/", "/metrics"} {
		if a := b.get(path); a.StatusCode != 404 {
			t.Errorf("%s on the help centre's domain: %d", path, a.StatusCode)
		}
	}
	if a := b.do(http.MethodPost, "/api/v1/login", url.Values{}); a.StatusCode != 405 {
		t.Errorf("one can log in at a customer's address: %d", a.StatusCode)
	}
	b.get("/api/v1/visitor/help/search?property="+string(w.Property)).is(t, 200)
	voted := b.post("/a/oven/vote", "helpful", "yes")
	voted.goes(t, 303, "/a/oven#vote")
	b.host = "HELP.KILN.EXAMPLE:443"
	b.get("/a/oven").is(t, 200, "1 out of 1 liked this article")
	b.host = "unknown.example"
	b.get("/a/oven").hasNot(t, "stoneware")
	b.host = ""
	elsewhere := b.get("/help/kiln/a/oven")
	elsewhere.is(t, 200)
	if !regexp.MustCompile(`rel="canonical" href="https?://help\.kiln\.example(?::\d+)?/a/oven"`).MatchString(elsewhere.text) {
		t.Error("below /help the canonical address is not the site's own")
	}
}

func TestOneVoteAReaderWhichCanBeChanged(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := settle(t, s)
		ann, bob := w.browser(), w.browser()
		bob.address = "198.51.100.21"
		if len(ann.get("/help/kiln/a/oven").Cookies()) > 0 {
			t.Error("reading sets a cookie")
		}
		ann.post("/help/kiln/a/oven/vote", "helpful", "yes").goes(t, 303, "/help/kiln/a/oven#vote")
		ann.get("/help/kiln/a/oven").is(t, 200, "1 out of 1 liked this article", `value="yes" aria-pressed="true"`, "You can change your answer")
		ann.post("/help/kiln/a/oven/vote", "helpful", "yes")
		ann.get("/help/kiln/a/oven").is(t, 200, "1 out of 1")
		bob.get("/help/kiln/a/oven").is(t, 200, "1 out of 1", `value="yes" aria-pressed="false"`)
		bob.post("/help/kiln/a/oven/vote", "helpful", "no")
		asked := bob.get("/help/kiln/a/oven")
		asked.is(t, 200, "1 out of 2", `value="no" aria-pressed="true"`, "What was missing?")
		bob.post("/help/kiln/a/oven/vote", "helpful", "no", "missing", "The gold\r\nrim <b>").goes(t, 303, "/help/kiln/a/oven#vote")
		bob.get("/help/kiln/a/oven").is(t, 200, "It is with those who write here", "The gold\nrim &lt;b&gt;")
		if got := w.missing(); len(got) != 1 || got[0] != "The gold\nrim <b>" {
			t.Errorf("the editors read %q", got)
		}
		ann.post("/help/kiln/a/oven/vote", "helpful", "no")
		ann.get("/help/kiln/a/oven").is(t, 200, "0 out of 2")
		bob.post("/help/kiln/a/oven/vote", "helpful", "yes")
		bob.get("/help/kiln/a/oven").is(t, 200, "1 out of 2")
		if n := w.votes(); n != 2 {
			t.Errorf("%d votes of two readers", n)
		}
		part := ann.post("/help/kiln/a/oven/vote", "helpful", "yes", "part", "1")
		part.is(t, 200, `<section class="vote"`, "2 out of 2")
		part.hasNot(t, "<html")
		ann.post("/help/kiln/a/oven/vote").is(t, 422)
		ann.post("/help/kiln/a/oven/vote", "helpful", "maybe").is(t, 422)
		ann.post("/help/kiln/a/secret/vote", "helpful", "yes").is(t, 404)
		ann.post("/help/kiln/a/oven/vote", "helpful", "no", "missing", strings.Repeat("x", 1001)).is(t, 422, "1,000")
		ann.post("/help/kiln/a/oven/vote", "helpful", "no", "missing", strings.Repeat("x", 200_000)).is(t, 413)
		ann.get("/help/kiln/a/oven/vote").goes(t, 303, "/help/kiln/a/oven")
	})
}

// Who has chatted here is the visitor that the team knows; a vote of before that stays theirs.
func TestAReaderWithAWidgetIsOneVoter(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	v := w.Visitor()
	b := w.browser()
	b.post("/help/kiln/a/oven/vote", "helpful", "yes")
	b.cookies["parley_"+string(w.Property)] = v.Token
	b.get("/help/kiln/a/oven").is(t, 200, `value="yes" aria-pressed="true"`)
	b.post("/help/kiln/a/oven/vote", "helpful", "no")
	if n := w.votes(); n != 1 {
		t.Errorf("%d votes of one reader", n)
	}
	other := w.browser()
	other.cookies["parley_"+string(w.Property)] = v.Token
	if a := other.post("/help/kiln/a/oven/vote", "helpful", "yes"); len(a.Cookies()) > 0 {
		t.Error("a visitor who is known got another name")
	}
	if v, ok, err := w.node.Articles.VoteOf(t.Context(), w.site, w.oven, string(v.ID)); err != nil || !ok || !v.Helpful {
		t.Errorf("the visitor's vote is %+v, %v, %v", v, ok, err)
	}
	forged := w.browser()
	forged.cookies["parley_"+string(w.Property)] = v.Token[:len(v.Token)-2] + "xx"
	forged.post("/help/kiln/a/oven/vote", "helpful", "no")
	if mine, _, err := w.node.Articles.VoteOf(t.Context(), w.site, w.oven, string(v.ID)); err != nil || !mine.Helpful {
		t.Error("a damaged token votes for the visitor")
	}
}

func TestNobodyVotesForOthers(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	for name, header := range map[string]http.Header{
		"another site":   {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"a neighbour":    {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://evil.kiln.example"}},
		"an old browser": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"null"}},
	} {
		b := w.browser()
		b.header = header
		b.post("/help/kiln/a/oven/vote", "helpful", "yes").is(t, 403, "from another website")
		if a := b.post("/help/kiln/message", "name", "x"); a.StatusCode != 403 {
			t.Errorf("%s sends a form: %d", name, a.StatusCode)
		}
	}
	robot := w.browser()
	robot.agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	robot.post("/help/kiln/a/oven/vote", "helpful", "yes").is(t, 403, "Only people")
	banned := w.browser()
	banned.address = "203.0.113.7"
	w.Ban(livetest.Ann, map[string]any{"network": "203.0.113.7"})
	banned.post("/help/kiln/a/oven/vote", "helpful", "yes").is(t, 403, "cannot be taken")
	banned.post("/help/kiln/message", "name", "x").is(t, 403, "You cannot write to this team")
	banned.get("/help/kiln/message").is(t, 403, "You can go on reading")
	page := banned.get("/help/kiln/a/oven")
	page.is(t, 200, "Warm it up slowly", "Nobody has said so yet.")
	page.hasNot(t, "Message us", "widget.js", `name="helpful"`)
	if got := page.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("the page of somebody who is banned is kept as %q", got)
	}
	banned.get("/help/kiln/").hasNot(t, "Message us", "widget.js")
	if w.votes() != 0 || len(w.tickets()) != 0 {
		t.Errorf("%d votes and %d tickets were stored", w.votes(), len(w.tickets()))
	}
}

func TestFloodsAreRefused(t *testing.T) {
	w := newWorld(t, livetest.Options{Limits: true})
	b := w.browser()
	last := answer{}
	for range 70 {
		last = b.get("/help/kiln/search?q=oven&part=1")
	}
	last.is(t, 429)
	if last.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	full := b.get("/help/kiln/search?q=oven")
	full.is(t, 429, "That was a lot at once")
	for range 200 {
		fresh := w.browser() // somebody who throws the cookie away each time
		if last = fresh.post("/help/kiln/a/oven/vote", "helpful", "yes"); last.StatusCode == 429 {
			break
		}
	}
	last.is(t, 429)
	other := w.browser()
	other.address = "198.51.100.99"
	other.post("/help/kiln/a/oven/vote", "helpful", "yes").goes(t, 303, "/help/kiln/a/oven#vote")
}

var hidden = regexp.MustCompile(`name="(id|key|article)" value="([^"]*)"`)

// fill reads the hidden fields of a form.
func fill(a answer, fields ...string) []string {
	for _, m := range hidden.FindAllStringSubmatch(a.text, -1) {
		fields = append(fields, m[1], m[2])
	}
	return fields
}

func TestAMessageWithoutScriptBecomesATicket(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := settle(t, s)
		b := w.browser()
		form := b.get("/help/kiln/message?article=oven")
		form.is(t, 200, "Your email address", "About: Is stoneware safe in the oven?", "noindex")
		if got := form.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("the form is kept as %q", got)
		}
		wrong := b.post("/help/kiln/message", fill(form, "name", "Vi", "email", "nonsense", "text", "Gold <rim>?")...)
		wrong.is(t, 422, "Give an email address", `aria-invalid="true"`, "Gold &lt;rim&gt;?", `value="Vi"`)
		again := fill(wrong, "name", "Vi", "email", "vi@x.example", "text", "Gold rim?")
		b.post("/help/kiln/message", again...).goes(t, 303, "/help/kiln/message?sent=1&article=oven")
		b.get("/help/kiln/message?sent=1&article=oven").is(t, 200, "Your message is with us", `href="/help/kiln/a/oven"`)
		b.post("/help/kiln/message", again...) // pressed twice
		if list := w.tickets(); len(list) != 1 || !strings.HasSuffix(list[0].Page.URL, "/help/kiln/a/oven") || list[0].Text != "Gold rim?" {
			t.Errorf("tickets %+v", list)
		} else if from := list[0].Article; from == nil || from.Article != w.oven || from.URL != list[0].Page.URL || from.Title != "Is stoneware safe in the oven?" {
			t.Errorf("it came from %+v", from)
		}
		if b.cookies["parley_"+string(w.Property)] == "" {
			t.Error("the widget does not know who left the message")
		}
		next := b.get("/help/kiln/message")
		b.post("/help/kiln/message", fill(next, "name", "Vi", "email", "vi@x.example", "text", "And mugs?")...)
		if list := w.tickets(); len(list) != 2 || list[0].Visitor != list[1].Visitor || list[0].Article != nil {
			t.Errorf("one person is two visitors, or came from an article: %+v", list)
		}
		forged := w.browser()
		forged.post("/help/kiln/message", "id", "ABC", "key", "made.up", "name", "M", "email", "m@x.example", "text", "t").is(t, 422, "open for too long", ">t</textarea>")
	})
}

func TestWhereTheOwnerWantsNoMessagesThereIsNoForm(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	w.Change(map[string]any{"offline_form": false})
	b := w.browser()
	page := b.get("/help/kiln/a/oven")
	page.is(t, 200, `data-talk hidden`)
	page.hasNot(t, "/help/kiln/message")
	b.get("/help/kiln/message").is(t, 404)
	w.change(map[string]any{"contact": false})
	page = b.get("/help/kiln/a/oven")
	page.is(t, 200, "Was this article helpful?")
	page.hasNot(t, "Still need help?", "widget.js")
}

func TestAnswersAreAskedForAgainAndKeptByThoseTheyAreFor(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	b := w.browser()
	first := b.get("/help/kiln/a/oven")
	tag := first.Header.Get("ETag")
	if first.Header.Get("Cache-Control") != "public, no-cache" || tag == "" || !slices.Contains(first.Header.Values("Vary"), "Cookie") {
		t.Errorf("headers %v", first.Header)
	}
	b.header.Set("If-None-Match", tag)
	if a := b.get("/help/kiln/a/oven"); a.StatusCode != 304 || a.text != "" {
		t.Errorf("again: %d, %d bytes", a.StatusCode, len(a.text))
	}
	b.post("/help/kiln/a/oven/vote", "helpful", "yes")
	voted := b.get("/help/kiln/a/oven")
	voted.is(t, 200, "1 out of 1")
	if got := voted.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("a page with somebody's vote is kept as %q", got)
	}
	css := regexp.MustCompile(`href="(/help/assets/[^"]+\.css)"`).FindStringSubmatch(first.text)[1]
	js := regexp.MustCompile(`src="(/help/assets/[^"]+\.js)"`).FindStringSubmatch(first.text)[1]
	sizes := map[string]int{}
	for name, path := range map[string]string{"css": css, "js": js, "page": "/help/kiln/a/oven"} {
		for _, encoding := range []string{"", "gzip", "br"} {
			c := w.browser()
			c.header.Set("Accept-Encoding", encoding)
			a := c.get(path)
			a.is(t, 200)
			if got := a.Header.Get("Content-Encoding"); got != encoding {
				t.Errorf("%s as %q comes as %q", path, encoding, got)
			}
			if name != "page" && a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
				t.Errorf("%s is kept as %q", path, a.Header.Get("Cache-Control"))
			}
			if sizes[name+encoding] = len(a.text); encoding == "br" {
				if plain, err := io.ReadAll(brotli.NewReader(strings.NewReader(a.text))); err != nil || len(plain) != sizes[name] {
					t.Errorf("%s: %d bytes, %v; want %d", path, len(plain), err, sizes[name])
				}
			}
		}
	}
	t.Logf("on the wire: %v", sizes)
	if all := sizes["cssgzip"] + sizes["jsgzip"] + sizes["pagegzip"]; all > 20_000 { // with the widget's 4 kB and headers below 30 kB
		t.Errorf("a page weighs %d bytes by gzip", all)
	}
	for _, path := range []string{"/help/assets/help-3550bf-000000000000.css", "/help/assets/help-000000000000.js"} { // of another version
		if a := b.get(path); a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, kept as %q", path, a.StatusCode, a.Header.Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/help/assets/", "/help/assets/help.css", "/help/assets/..%2fhttp.go", "/help/assets/help-zzzzzz-000000000000.css"} {
		b.get(path).is(t, 404)
	}
	if a := b.do(http.MethodHead, "/help/kiln/", nil); a.StatusCode != 200 || a.text != "" {
		t.Errorf("HEAD: %d", a.StatusCode)
	}
	b.do(http.MethodDelete, "/help/kiln/a/oven", nil).is(t, 405)
	b.post("/help/kiln/a/oven").is(t, 405)
}

func TestEveryAnswerHasTheStrictPolicy(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	b := w.browser()
	for _, path := range []string{"/", "/c/care", "/a/oven", "/search?q=oven", "/search?q=%3Cscript%3E", "/message", "/nothing", "/feed.atom", "/sitemap.xml", "/ar/"} {
		a := b.get("/help/kiln" + path)
		csp := a.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-src https://www.youtube-nocookie.com", "form-action 'self'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: no %s in %s", path, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, a.Header)
		}
		inline := regexp.MustCompile(`<script(?:[^>]*)>[^<]`).FindAllString(a.text, -1)
		for _, tag := range inline {
			if !strings.Contains(tag, "application/ld+json") {
				t.Errorf("%s has a script inline: %s", path, tag)
			}
		}
		if regexp.MustCompile(`<style|\sstyle=|\son[a-z]+=|javascript:`).MatchString(a.text) {
			t.Errorf("%s has style or script inline", path)
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="(https?://[^"]+)"`).FindAllStringSubmatch(a.text, -1) {
			if strings.Contains(a.text, `src="`+m[1]) {
				t.Errorf("%s loads %s", path, m[1])
			}
		}
	}
	w.write(article.Incoming{Language: "en", Slug: "evil", Title: `"><script>alert(1)</script>`, Description: `"><img src=x onerror=alert(1)>`, Markdown: "x", Category: w.care})
	for _, path := range []string{"/a/evil", "/c/care", "/", "/search?q=script", "/feed.atom"} {
		b.get("/help/kiln"+path).hasNot(t, "<script>alert", "<img src=x")
	}
	evil := w.browser()
	evil.host = "a b;script-src *"
	if a := evil.get("/help/kiln/"); strings.Contains(a.Header.Get("Content-Security-Policy"), "script-src *") {
		t.Error("the Host header became a part of the policy")
	}
}

func TestSearch(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := settle(t, s)
		b := w.browser()
		found := b.get("/help/kiln/search?q=stain")
		found.is(t, 200, `href="/help/kiln/a/stains"`, "<mark>", "1 article for “stain”", "noindex")
		b.get("/help/kiln/search?q=xylophone").is(t, 200, "Nothing about “xylophone”", "Read most this month", "Message us")
		b.get("/help/kiln/search").is(t, 200, `role="search"`)
		b.get("/help/kiln/search?q=secret").hasNot(t, "Secret discounts")
		quick := b.get("/help/kiln/search?q=stai&part=1")
		quick.is(t, 200, `class="quick"`, "1 article found")
		quick.hasNot(t, "<html")
		b.get("/help/kiln/search?q="+strings.Repeat("a", 3000)).is(t, 200)
	})
}

// Answers come with every key; the editors' report has what people looked for in the end.
func TestOnlyWhatSomebodyAskedInTheEndIsCounted(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := settle(t, s)
		b := w.browser()
		panel := "/api/v1/visitor/help/search?property=" + string(w.Property) + "&q="
		for _, q := range []string{"x", "xy", "xyl", "xylo", "xylophone"} {
			b.get(panel+q).is(t, 200)
			b.get("/help/kiln/search?part=1&q="+q).is(t, 200)
		}
		b.get(panel+"Xylophone&asked=true").is(t, 200)
		b.get("/help/kiln/search?part=1&asked=1&q=xylophone").is(t, 200)
		b.get("/help/kiln/search?q=xylophones").is(t, 200)
		robot := w.browser()
		robot.agent = "Googlebot/2.1"
		robot.get(panel+"robots&asked=true").is(t, 200)
		banned := w.browser()
		banned.address = "203.0.113.99"
		w.Ban(livetest.Ann, map[string]any{"network": banned.address})
		banned.get(panel+"banned&asked=true").is(t, 200)

		if err := w.node.Articles.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		var report struct {
			Nothing []struct {
				Words    string `json:"words"`
				Searches int64  `json:"searches"`
			} `json:"nothing"`
		}
		if status := w.Call(livetest.Ann, http.MethodGet, w.Path("/help/report"), nil, &report); status != http.StatusOK {
			t.Fatal(status)
		}
		if got := fmt.Sprint(report.Nothing); got != "[{xylophone 2} {xylophones 1}]" {
			t.Errorf("searches without a result: %s", got)
		}
	})
}

func TestFeedAndSitemap(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	b := w.browser()
	raw := b.get("/help/kiln/feed.atom")
	raw.is(t, 200, "Kiln Street: new and changed articles", w.node.URL+"/help/kiln/a/oven")
	var f struct {
		Entries []struct {
			ID      string `xml:"id"`
			Updated string `xml:"updated"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(raw.text), &f); err != nil || len(f.Entries) != 2 || f.Entries[0].ID == "" || f.Entries[0].Updated == "" {
		t.Errorf("%v %+v", err, f)
	}
	b.get("/help/kiln/ar/feed.atom").is(t, 200, "/help/kiln/ar/a/oven", `xml:lang="ar"`)
	m := b.get("/help/kiln/sitemap.xml")
	m.is(t, 200, w.node.URL+"/help/kiln/a/stains", w.node.URL+"/help/kiln/ar/a/oven", `hreflang="ar"`)
	m.hasNot(t, "secret", "draft")
	b.get("/help/kiln/sitemap.xml?part=2").is(t, 404)
}

func TestViewsAreCountedButNotOfCrawlers(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	stains := w.write(article.Incoming{Language: "en", Slug: "stains", Title: "Stains and how to lift them", Markdown: "Baking soda.", Category: w.care})
	b, robot, ahead := w.browser(), w.browser(), w.browser()
	robot.agent = "Googlebot/2.1"
	ahead.header.Set("Sec-Purpose", "prefetch")
	for range 3 {
		b.get("/help/kiln/a/stains")
	}
	robot.get("/help/kiln/a/stains").is(t, 200)
	ahead.get("/help/kiln/a/stains").is(t, 200)
	b.do(http.MethodHead, "/help/kiln/a/stains", nil)
	if err := w.node.Articles.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var is struct {
		Views int64 `json:"views"`
	}
	w.Call(livetest.Ann, http.MethodGet, w.Path("/help/articles/"+string(stains)), nil, &is)
	if is.Views != 3 {
		t.Errorf("%d views, want 3", is.Views)
	}
}

func TestThePanelsCalls(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := settle(t, s)
		b := w.browser()
		b.header.Set("Origin", "https://shop.example")
		road := "/api/v1/visitor/help/"
		who := "property=" + string(w.Property)
		found := b.get(road + "search?q=stai&" + who)
		found.is(t, 200, `"title":"Stains and how to lift them"`, `"mark":true`)
		if found.Header.Get("Access-Control-Allow-Origin") != "*" || found.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || found.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("headers %v", found.Header)
		}
		most := b.get(road + "search?" + who)
		most.is(t, 200, `"title"`)
		most.hasNot(t, "Secret", "Unfinished")
		b.get(road+"search?property="+id.New[string]()).is(t, 404, "property.not_found")
		b.get(road+"search").is(t, 404)
		read := b.get(road + "articles/" + string(w.oven) + "?language=ar-EG&" + who)
		read.is(t, 200, `"language":"ar"`, w.node.URL+"/help/kiln/ar/a/oven")
		b.get(road+"articles/"+string(w.oven)+"?language=de&"+who).is(t, 200, `"language":"en"`, `"html":"`)
		b.get(road+"articles/"+string(w.oven)+"?property="+string(w.Other)).is(t, 404)
		b.get(road+"articles/nonsense?"+who).is(t, 404)

		// A link in an article names another by its address.
		w.write(article.Incoming{Article: w.oven, Language: "ar", Slug: "فرن", Title: "هل الخزف آمن في الفرن؟", Markdown: "نعم. [بقع](article:stains)", Category: w.care})
		named := b.get(road + "articles/" + url.PathEscape("فرن") + "?language=ar&" + who)
		named.is(t, 200, `"article":"`+string(w.oven), `"home":"`+w.node.URL+`/help/kiln/"`, w.node.URL+`/help/kiln/a/stains`)
		b.get(road+"articles/oven?language=ar&"+who).is(t, 200, `"article":"`+string(w.oven), `"language":"ar"`) // as it was called before
		b.get(road+"articles/oven?language=&"+who).is(t, 200, `"language":"en"`)
		for _, hidden := range []string{"secret", "draft", "care", url.PathEscape("a/../oven"), url.PathEscape("فرن")} {
			b.get(road+"articles/"+hidden+"?language=en&"+who).is(t, 404)
		}
		b.get(road+"articles/oven?property="+string(w.Other)).is(t, 404)

		v := w.Visitor()
		vote := func(b *browser, token string, helpful bool) answer {
			body, err := json.Marshal(map[string]any{"property": w.Property, "language": "en", "token": token, "helpful": helpful})
			if err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.node.URL+road+"articles/"+string(w.oven)+"/vote?"+who, strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "text/plain")
			req.Header.Set("Origin", "https://shop.example")
			req.Header.Set("Sec-Fetch-Site", "cross-site")
			req.Header.Set("User-Agent", b.agent)
			req.Header.Set("X-Forwarded-For", b.address)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close() //nolint:errcheck // read to its end
			raw, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return answer{res, string(raw)}
		}
		vote(b, v.Token, true).is(t, 200, `"yes":1,"no":0`)
		vote(b, v.Token, false).is(t, 200, `"yes":0,"no":1`)
		vote(b, "made.up", true).is(t, 422, "help.token")
		robot := w.browser()
		robot.agent = "Googlebot/2.1"
		vote(robot, v.Token, true).is(t, 403, "help.crawler")

		w.Change(map[string]any{"allowed_domains": []string{"other.example"}})
		b.get(road+"search?q=stai&"+who).is(t, 403, "origin.not_allowed")
		b.header.Set("Origin", w.node.URL) // our own pages
		b.get(road+"search?q=stai&"+who).is(t, 200)
		w.Change(map[string]any{"allowed_domains": []string{}})
		w.Ban(livetest.Ann, map[string]any{"visitor": v.ID})
		vote(b, v.Token, true).is(t, 403, "visitor.banned")
		b.get(road+"search?q=stai&"+who).is(t, 200)
		if a := b.do(http.MethodOptions, road+"articles/"+string(w.oven)+"/vote", nil); a.StatusCode != 204 || a.Header.Get("Access-Control-Allow-Methods") != "POST" {
			t.Errorf("a browser that asks for leave: %d %v", a.StatusCode, a.Header)
		}
	})
}

// The widget is on the help centre's own pages whatever domains the owner allows.
func TestTheWidgetMayBeOnTheHelpCentresPages(t *testing.T) {
	w := newWorld(t, livetest.Options{})
	w.Change(map[string]any{"allowed_domains": []string{"shop.example"}})
	w.change(map[string]any{"domain": "help.kiln.example"})
	for origin, want := range map[string]bool{w.node.URL: true, "https://help.kiln.example": true, "http://help.kiln.example:8080": true, "https://shop.example": true, "https://evil.example": false} {
		v := livetest.NewVisitor(t, w.URL(), w.Property)
		v.Origin = origin
		if err := v.Dial(); (err == nil) != want {
			t.Errorf("from %s: %v, want it open: %v", origin, err, want)
		}
	}
}
