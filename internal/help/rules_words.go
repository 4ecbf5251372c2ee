package help

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed locales
var locales embed.FS

// words are the pages' own words in one language.
type words struct {
	language string
	texts    map[string]phrase
}

// phrase is a text, or its forms by plural category.
type phrase map[plural.Form]string

// UnmarshalJSON reads a text or an object of forms, as the front ends' catalogues are.
func (p *phrase) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*p = phrase{plural.Other: text}
		return nil
	}
	forms := map[string]string{}
	if err := json.Unmarshal(raw, &forms); err != nil {
		return err
	}
	*p = phrase{}
	for name, text := range forms {
		form, ok := pluralForms[name]
		if !ok {
			return fmt.Errorf("there is no plural form %q", name)
		}
		(*p)[form] = text
	}
	return nil
}

var pluralForms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// catalogues are the words by language.
var catalogues = map[string]words{"en": mustWords("en"), "ar": mustWords("ar")}

func mustWords(name string) words {
	raw, err := locales.ReadFile("locales/" + name + ".json")
	if err != nil {
		panic(err) // a part of this binary
	}
	w := words{language: name}
	if err := json.Unmarshal(raw, &w.texts); err != nil {
		panic(fmt.Sprintf("locales/%s.json: %v", name, err)) // a test has read it
	}
	return w
}

// wordsFor are the words for a page in a language; English where we do not speak it.
func wordsFor(name string) words {
	if w, ok := catalogues[name]; ok {
		return w
	}
	return catalogues["en"]
}

// Say is the text of a key with its holes filled: Say("vote.tally", "yes", 25, "all", 36). Where there are plural forms, n decides.
func (w words) Say(key string, values ...any) string {
	forms := w.texts[key]
	text, ok := forms[plural.Other]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(values); i += 2 {
		name, value := fmt.Sprint(values[i]), fmt.Sprint(values[i+1])
		if n, err := strconv.Atoi(value); err == nil && name == "n" && len(forms) > 1 {
			if t, ok := forms[plural.Cardinal.MatchPlural(language.Make(w.language), n, 0, 0, 0, 0)]; ok {
				text = t
			}
		}
	}
	for i := 0; i+1 < len(values); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(values[i])+"}", w.write(values[i+1]))
	}
	return text
}

// write puts a value into a text; numbers are parted as the language parts them.
func (w words) write(value any) string {
	switch v := value.(type) {
	case int:
		return w.number(int64(v))
	case int64:
		return w.number(v)
	}
	return fmt.Sprint(value)
}

func (w words) number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// date is a day as people of the language write it: 3 November 2026.
func (w words) date(t time.Time) string {
	months := strings.Split(w.Say("months"), " ")
	if len(months) != 12 {
		return t.Format(time.DateOnly)
	}
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}
