package help

import (
	"cmp"
	"html/template"
	"strings"
	"time"
	"unicode"

	"parley/internal/article"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// frame is what every page shows around its own part, and what its head says.
type frame struct {
	words
	Site     article.Site
	Language string // the page's; the words may be in another one
	base     string // what paths of the site begin with

	Title       string
	Description string
	Canonical   string // the one address, in full
	Indexed     bool   // search engines may keep it
	Alternates  []alternate
	Article     id.Article // of an article's page; for the widget
	Published   string
	Modified    string
	Data        any // for search engines: JSON-LD

	Query      string
	Search     bool   // the head has a field to search with
	SearchHint string // what stands in it
	Desk       bool   // the head lies on the desk, as what comes below it

	Languages []tongue // more than one, or none
	Logo      string
	LogoURL   string // in full
	Unnamed   bool   // the title is only the property's name: the head says that this is help
	Brand     bool
	Year      int
	Widget    bool

	Style, Script string
	Paper         struct{ Light, Dark string }

	private bool // nobody keeps it
}

// alternate is the page in another language.
type alternate struct{ Language, URL string }

// tongue is a language to change to.
type tongue struct{ Language, Name, URL string }

// link is something to go to.
type link struct {
	Title       string
	Name        string
	Description string
	URL         string
}

// HeadTitle is the title in the browser's tab.
func (f *frame) HeadTitle() string {
	if f.Title == "" || f.Title == f.Site.Title {
		return f.Site.Title
	}
	return f.Title + " · " + f.Site.Title
}

// Direction is how the page is written.
func (f *frame) Direction() string { return direction(f.Language) }

// Own marks what is in our words, where those are not in the page's language: screen readers change their voice.
func (f *frame) Own() template.HTMLAttr {
	if f.language == f.Language {
		return ""
	}
	return template.HTMLAttr(` lang="` + f.language + `"`) //nolint:gosec // a name of our own
}

// Path is the address of something in the page's language.
func (f *frame) Path(rest string) string {
	return f.base + home(f.Site.SiteSettings, f.Language) + rest
}

// Links reports whether the head has anything to go to.
func (f *frame) Links() bool { return len(f.Site.Links) > 0 || len(f.Languages) > 0 }

// LanguageName is the page's language in its own words.
func (f *frame) LanguageName() string { return languageNames[f.Language] }

// Letter stands where there is no logo.
func (f *frame) Letter() string {
	for _, r := range f.Site.Title {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return strings.ToUpper(string(r))
		}
	}
	return "?"
}

// card is a category to go to.
type card struct {
	Name, Description, URL string
	Icon, Emoji            string
	Articles               int
}

// face is one of the team.
type face struct {
	Picture, Initials string
	Tint              int
}

// contact offers to write to the team.
type contact struct {
	Line  string // the key of what is said of the team
	Faces []face
	Form  string // address of the form; empty: only the widget
	Talk  bool   // the widget is there
}

// vote is the question under an article.
type vote struct {
	Form    string // where answers go; empty: only the numbers are shown
	Tally   string
	Yes, No bool
	Said    string
	Ask     bool // what was missing?
	Missing string
	Hint    string
}

// byLine says who wrote something, and when; the date is marked up.
type byLine struct{ Before, Day, Date, After string }

type homePage struct {
	*frame
	Cards   []card
	Popular []link
	Contact *contact
	Empty   bool
}

type categoryPage struct {
	*frame
	Crumbs  []link
	Lead    string
	Cards   []card
	Entries []link
	More    string
}

type articlePage struct {
	*frame
	Crumbs         []link
	Author         *face
	ByLine         byLine
	Contents       []article.Heading
	HTML           template.HTML
	Vote           *vote
	Contact        *contact
	Related        []link
	Previous, Next *link

	author string // their first name, where it is shown
}

type searchPage struct {
	*frame
	Crumbs    []link
	Hits      []hit
	Count     int
	Shown     string // what was searched for in the end
	Corrected string
	Popular   []link
	Contact   *contact
}

type hit struct {
	Title, Snippet []article.Part
	URL, Where     string
}

type messagePage struct {
	*frame
	Crumbs []link
	Form   messageForm
}

// messageForm is the form as it is shown, also again with what was wrong.
type messageForm struct {
	ID, Key, Article  string
	Name, Email, Text string
	About             string
	Problem           string
	Errors            map[string]string
}

// First is the first field at fault.
func (m messageForm) First() string {
	for _, field := range []string{"name", "email", "text"} {
		if m.Errors[field] != "" {
			return field
		}
	}
	return ""
}

type notePage struct {
	*frame
	Notes   []string
	Ask     bool
	Popular []link
	Acts    []link
}

// CardsInside reports whether the cards are below a heading of their page.
func (categoryPage) CardsInside() bool { return false }

// CardsInside reports whether the cards are below a heading of their page.
func (homePage) CardsInside() bool { return false }

// cardOf shows a category.
func (f *frame) cardOf(c article.Category) card {
	k := card{Name: c.Name, Description: c.Description, Articles: c.Articles, URL: f.Path("c/" + c.Slug), Icon: "book-open"}
	switch {
	case iconPaths[c.Icon] != "":
		k.Icon = c.Icon
	case c.Icon != "" && !plainWord(c.Icon):
		k.Emoji = c.Icon
	}
	return k
}

// plainWord tells a name of an icon from an emoji.
func plainWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func (f *frame) linkOf(e article.Entry) link {
	return link{Title: e.Title, Description: e.Description, URL: f.Path("a/" + e.Slug)}
}

func (f *frame) linksOf(list []article.Entry) (out []link) {
	for _, e := range list {
		out = append(out, f.linkOf(e))
	}
	return out
}

func (f *frame) crumbsOf(path []article.Crumb) (out []link) {
	for _, c := range path {
		out = append(out, link{Name: c.Name, URL: f.Path("c/" + c.Slug)})
	}
	return out
}

// faceOf shows a person as the widget does: by their picture, or by their letters on a tint of their own.
func faceOf(p wire.Person) face {
	sum := 0
	for _, r := range p.ID {
		sum += int(r)
	}
	return face{Picture: p.Picture, Initials: initials(p.Name), Tint: sum%6 + 1}
}

func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	out := firstRune(words[0])
	if len(words) > 1 {
		out += firstRune(words[len(words)-1])
	}
	return strings.ToUpper(out)
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// firstName is how people are called on public pages.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}

// byLineOf says when an article was last changed, and by whom where that is shown.
func (f *frame) byLineOf(author string, at time.Time) byLine {
	const hole = "\x00"
	line := f.Say("article.updated", "date", hole)
	if author != "" {
		line = f.Say("article.by", "name", author, "date", hole)
	}
	before, after, _ := strings.Cut(line, hole)
	return byLine{Before: before, Day: at.Format(time.DateOnly), Date: f.date(at), After: after}
}

// contentsOf is a table of contents where a text is long enough for one: its chapters, and what is right below them.
func contentsOf(all []article.Heading) (out []article.Heading) {
	chapters := 0
	for _, h := range all {
		if h.Level > 3 {
			continue
		}
		if h.Level == 2 {
			chapters++
		}
		out = append(out, h)
	}
	if chapters < 2 {
		return nil
	}
	return out
}

// tallyOf says how many liked an article.
func (f *frame) tallyOf(t article.Tally) string {
	all := t.Yes + t.No
	if all == 0 {
		return f.Say("vote.nobody")
	}
	return f.Say("vote.tally", "yes", t.Yes, "n", all)
}

// voteOf shows the question, with what this reader has answered.
func (f *frame) voteOf(slug string, t article.Tally, mine *article.Vote, contact bool) *vote {
	v := &vote{Form: f.Path("a/" + slug + "/vote"), Tally: f.tallyOf(t), Hint: "vote.missing.hint.alone"}
	if contact {
		v.Hint = "vote.missing.hint"
	}
	if mine == nil {
		return v
	}
	v.Yes, v.No, v.Ask, v.Missing = mine.Helpful, !mine.Helpful, !mine.Helpful, mine.Missing
	v.Said = f.Say("vote.thanks")
	if v.No && v.Missing != "" {
		v.Said = f.Say("vote.missing.sent")
	}
	return v
}

// where names the topic of a hit.
func where(path []article.Crumb) string {
	names := make([]string, len(path))
	for i, c := range path {
		names[i] = c.Name
	}
	return strings.Join(names, " · ")
}

// describe is what search engines show of an article: its description, or the beginning of its text.
func describe(p article.Page) string {
	const most = 160
	text := cmp.Or(p.Description, strings.Join(strings.Fields(p.Plain), " "))
	if len([]rune(text)) <= most {
		return text
	}
	cut := string([]rune(text)[:most-1])
	if at := strings.LastIndexByte(cut, ' '); at > most/2 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " ,.;:") + "…"
}
