package property

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/internal/kernel/errs"
)

func TestNormalRefusesEveryFieldByNameAndKeepsWhatIsFine(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Settings)
		want   *errs.Error
		field  string
	}{
		"defaults":            {func(*Settings) {}, nil, ""},
		"empty name":          {func(s *Settings) { s.Name = "  " }, ErrName, "settings.name"},
		"long name":           {func(s *Settings) { s.Name = strings.Repeat("ä", 101) }, ErrName, "settings.name"},
		"longest name":        {func(s *Settings) { s.Name = strings.Repeat("ä", 100) }, nil, ""},
		"name of two lines":   {func(s *Settings) { s.Name = "a\nb" }, ErrName, "settings.name"},
		"name that is broken": {func(s *Settings) { s.Name = "a\xffb" }, ErrName, "settings.name"},
		"colour word":         {func(s *Settings) { s.Colour = "red" }, ErrColour, "settings.colour"},
		"colour of three":     {func(s *Settings) { s.Colour = "#fff" }, ErrColour, "settings.colour"},
		"colour with a sign":  {func(s *Settings) { s.Colour = "#+12345" }, ErrColour, "settings.colour"},
		"colour in capitals":  {func(s *Settings) { s.Colour = "#ABCDEF" }, nil, ""},
		"theme":               {func(s *Settings) { s.Theme = "blue" }, ErrTheme, "settings.theme"},
		"corner":              {func(s *Settings) { s.Corner = "left" }, ErrCorner, "settings.corner"},
		"language":            {func(s *Settings) { s.Language = "de" }, ErrLanguage, "settings.language"},
		"greeting":            {func(s *Settings) { s.Greeting.Away = strings.Repeat("a", 301) }, ErrGreeting, "settings.greeting.away"},
		"greeting with NUL":   {func(s *Settings) { s.Greeting.Offline = "a\x00" }, ErrGreeting, "settings.greeting.offline"},
		"greeting of lines":   {func(s *Settings) { s.Greeting.Online = "a\r\nb" }, nil, ""},
		"domain":              {func(s *Settings) { s.AllowedDomains = []string{"a.example", "b c"} }, ErrDomain, "settings.allowed_domains[1]"},
		"101 domains":         {func(s *Settings) { s.AllowedDomains = make([]string, 101) }, ErrDomains, "settings.allowed_domains"},
		"timeout 4":           {func(s *Settings) { s.TimeoutMinutes = 4 }, ErrTimeout, "settings.timeout_minutes"},
		"timeout 5":           {func(s *Settings) { s.TimeoutMinutes = 5 }, nil, ""},
		"timeout 10080":       {func(s *Settings) { s.TimeoutMinutes = 10080 }, nil, ""},
		"timeout 10081":       {func(s *Settings) { s.TimeoutMinutes = 10081 }, ErrTimeout, "settings.timeout_minutes"},
		"missed 0":            {func(s *Settings) { s.MissedMinutes = 0 }, ErrMissed, "settings.missed_minutes"},
		"missed 1441":         {func(s *Settings) { s.MissedMinutes = 1441 }, ErrMissed, "settings.missed_minutes"},
		"chats for ever":      {func(s *Settings) { s.ChatDays = 0 }, nil, ""},
		"chats ten years":     {func(s *Settings) { s.ChatDays = 3650 }, nil, ""},
		"chats -1 day":        {func(s *Settings) { s.ChatDays = -1 }, ErrKept, "settings.chat_days"},
		"chats 3651 days":     {func(s *Settings) { s.ChatDays = 3651 }, ErrKept, "settings.chat_days"},
		"visits one day":      {func(s *Settings) { s.VisitDays = 1 }, nil, ""},
		"visits -1 day":       {func(s *Settings) { s.VisitDays = -1 }, ErrKept, "settings.visit_days"},
		"visits 3651 days":    {func(s *Settings) { s.VisitDays = 3651 }, ErrKept, "settings.visit_days"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Defaults("Shop")
			tt.change(&s)
			_, err := s.Normal()
			switch e := errs.Find(err); {
			case tt.want == nil && err != nil:
				t.Errorf("got %v, want none", err)
			case tt.want != nil && !errors.Is(err, tt.want):
				t.Errorf("got %v, want %v", err, tt.want)
			case tt.want != nil && e.Field != tt.field:
				t.Errorf("field %q, want %q", e.Field, tt.field)
			}
		})
	}
}

func TestPatchChangesOnlyWhatItNames(t *testing.T) {
	was := Defaults("Shop")
	colour, off, domains := "#00ff00", false, []string{"a.example"}
	got := Patch{Colour: &colour, Sound: &off, AllowedDomains: &domains}.Apply(was)
	want := was
	want.Colour, want.Sound, want.AllowedDomains = "#00ff00", false, []string{"a.example"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPatchReachesEveryPrivacySetting(t *testing.T) {
	on, off, chats, visits := true, false, 30, 90
	got := Patch{
		MaskAddresses: &on, PageTrail: &off, RespectDNT: &off, RequireConsent: &on, ChatDays: &chats, VisitDays: &visits,
	}.Apply(Defaults("Shop"))
	want := Defaults("Shop")
	want.MaskAddresses, want.RequireConsent, want.PageTrail, want.RespectDNT = true, true, false, false
	want.ChatDays, want.VisitDays = 30, 90
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWidgetVersionFollowsWhatTheWidgetSees(t *testing.T) {
	a := Defaults("Shop")
	b := a
	b.TimeoutMinutes, b.AllowedDomains = 99, []string{"x.example"}
	if a.WidgetSettings().Version != b.WidgetSettings().Version {
		t.Error("the version changed with settings that the widget does not see")
	}
	b.Corner = "start"
	if a.WidgetSettings().Version == b.WidgetSettings().Version {
		t.Error("the version did not change with the corner")
	}
}

func TestSnippet(t *testing.T) {
	want := `<script async src="https://chat.example/widget.js" data-property="P"></script>`
	if got := Snippet("https://chat.example/", "P"); got != want {
		t.Errorf("got %s", got)
	}
}

func TestDeriveColour(t *testing.T) {
	for fill, want := range map[string]string{ // ink on it
		"#000000": "#ffffff", "#ffffff": "#1a1917", "#3550bf": "#ffffff", "#ffdd00": "#1a1917",
		"#777777": "#000000", "#c2253f": "#ffffff", "#00ff00": "#1a1917", "nonsense": "#ffffff",
	} {
		if got := deriveColour(fill).OnFill; got != want {
			t.Errorf("ink on %s: got %s, want %s", fill, got, want)
		}
	}
	if got := deriveColour("#3550BF"); got.Fill != "#3550bf" || got.TextLight != "#3550bf" {
		t.Errorf("a colour that reads on light paper stays as it is, got %+v", got)
	}
}

func TestEveryColourReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		picked := fmt.Sprintf("#%06x", rapid.IntRange(0, 0xffffff).Draw(t, "colour"))
		c := deriveColour(picked)
		for _, pair := range [][2]string{
			{c.OnFill, c.Fill},
			{c.TextLight, paperLight},
			{c.TextLight, c.SoftLight},
			{c.TextDark, paperDark},
			{c.TextDark, c.SoftDark},
		} {
			if r := contrast(mustColour(pair[0]), mustColour(pair[1])); r < readable {
				t.Fatalf("%s: %s on %s has only %.2f:1 (%+v)", picked, pair[0], pair[1], r, c)
			}
		}
	})
}
