package property

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// Limits of the settings.
const (
	MaxGreetingRunes  = 300
	MaxAllowedDomains = 100
	MinTimeoutMinutes = 5
	MaxTimeoutMinutes = 7 * 24 * 60
	MinMissedMinutes  = 1
	MaxMissedMinutes  = 24 * 60
	MaxKeptDays       = 3650 // ten years; longer is for ever, which is 0
	// DefaultColour is the writing ink of visual.md.
	DefaultColour = "#3550bf"
)

// The errors that callers meet.
var (
	ErrNotFound = errs.New(errs.NotFound, "property.not_found", "There is no such property.")
	ErrChanged  = errs.New(errs.Conflict, "property.changed",
		"Somebody else changed these settings in the meantime. Load them again and repeat your change.").At("version")
	ErrName     = errs.New(errs.Invalid, "property.name", "Give a name of 1 to 100 characters, without line breaks.")
	ErrColour   = errs.New(errs.Invalid, "property.colour", "Write the colour as # and six digits, like #3550bf.")
	ErrTheme    = errs.New(errs.Invalid, "property.theme", "Choose one of system, light and dark.")
	ErrCorner   = errs.New(errs.Invalid, "property.corner", "Choose one of end and start.")
	ErrLanguage = errs.New(errs.Invalid, "property.language", "Choose one of auto, en and ar.")
	ErrGreeting = errs.New(errs.Invalid, "property.greeting", "Use at most 300 characters in a greeting.")
	ErrDomains  = errs.New(errs.Invalid, "property.domains", "List at most 100 domains.")
	ErrTimeout  = errs.New(errs.Invalid, "property.timeout", "Choose a time-out between 5 minutes and 7 days (10080 minutes).")
	ErrMissed   = errs.New(errs.Invalid, "property.missed", "Choose between 1 minute and a day (1440 minutes) until a chat counts as missed.")
	ErrKept     = errs.New(errs.Invalid, "property.kept", "Choose between 1 and 3650 days, or 0 to keep them for ever.")
)

// Changed says that a property's name or settings are others now. Listeners read them anew.
var Changed = event.New[Change]("property.changed")

// Change names the property that changed.
type Change struct {
	Property id.Property `json:"property"`
}

// Property is one site with its own widget and team.
type Property struct {
	ID       id.Property
	Name     string // as agents see it; Settings.Name is what visitors see
	Settings Settings
	Version  int64 // grows with every change
}

// Settings is what an owner can set about the widget and the life of chats. Values are valid: see [Settings.Normal].
type Settings struct {
	Name           string   `json:"name"`
	Colour         string   `json:"colour"`
	Theme          string   `json:"theme"`
	Corner         string   `json:"corner"`
	Language       string   `json:"language"`
	Greeting       Greeting `json:"greeting"`
	Sound          bool     `json:"sound"`
	Faces          bool     `json:"faces"`
	Brand          bool     `json:"brand"`
	TypingPreview  bool     `json:"typing_preview"`
	EarlyCookie    bool     `json:"early_cookie"`
	OfflineForm    bool     `json:"offline_form"`
	AllowedDomains []string `json:"allowed_domains"`
	TimeoutMinutes int      `json:"timeout_minutes"`
	MissedMinutes  int      `json:"missed_minutes"`

	// Privacy: what agents see of a visitor who has not written, and how long it is kept. See ADR 3.
	MaskAddresses  bool `json:"mask_addresses"`  // agents are shown addresses without their last part
	PageTrail      bool `json:"page_trail"`      // the pages seen before the one now
	RespectDNT     bool `json:"respect_dnt"`     // no visit of a browser that asks not to be tracked
	RequireConsent bool `json:"require_consent"` // no visit and nothing kept before the page says that there is consent
	ChatDays       int  `json:"chat_days"`       // ended sessions are deleted after so many days; 0: never
	VisitDays      int  `json:"visit_days"`      // what is known of a visitor not seen for so many days; 0: for ever
}

// Greeting is shown before the first message, by the team's status; empty: the widget's own words.
type Greeting struct {
	Online  string `json:"online"`
	Away    string `json:"away"`
	Offline string `json:"offline"`
}

// Defaults are the settings of a new property.
func Defaults(name string) Settings {
	return Settings{
		Name: name, Colour: DefaultColour, Theme: "system", Corner: "end", Language: "auto",
		Sound: true, Faces: true, Brand: true, TypingPreview: true, OfflineForm: true,
		AllowedDomains: []string{}, TimeoutMinutes: 20, MissedMinutes: 5,
		PageTrail: true, RespectDNT: true,
	}
}

// Timeout is the silence after which a session ends.
func (s Settings) Timeout() time.Duration { return time.Duration(s.TimeoutMinutes) * time.Minute }

// Missed is how long a chat waits until it counts as missed.
func (s Settings) Missed() time.Duration { return time.Duration(s.MissedMinutes) * time.Minute }

// Allows reports whether a page of this origin may carry the widget: see [Allowed].
func (s Settings) Allows(origin string) bool { return Allowed(s.AllowedDomains, origin) }

// Normal checks every field and puts it into the form that is stored. The error names the field and how to mend it.
func (s Settings) Normal() (Settings, error) {
	var err error
	if s.Name, err = NormalName(s.Name); err != nil {
		return s, ErrName.At("settings.name")
	}
	if _, ok := parseColour(s.Colour); !ok {
		return s, ErrColour.At("settings.colour")
	}
	s.Colour = strings.ToLower(s.Colour)
	if !slices.Contains([]string{"system", "light", "dark"}, s.Theme) {
		return s, ErrTheme.At("settings.theme")
	}
	if s.Corner != "end" && s.Corner != "start" {
		return s, ErrCorner.At("settings.corner")
	}
	if !slices.Contains([]string{"auto", "en", "ar"}, s.Language) {
		return s, ErrLanguage.At("settings.language")
	}
	if s.Greeting, err = s.Greeting.normal(); err != nil {
		return s, err
	}
	if s.AllowedDomains, err = normalDomains(s.AllowedDomains); err != nil {
		return s, err
	}
	if s.TimeoutMinutes < MinTimeoutMinutes || s.TimeoutMinutes > MaxTimeoutMinutes {
		return s, ErrTimeout.At("settings.timeout_minutes")
	}
	if s.MissedMinutes < MinMissedMinutes || s.MissedMinutes > MaxMissedMinutes {
		return s, ErrMissed.At("settings.missed_minutes")
	}
	if s.ChatDays < 0 || s.ChatDays > MaxKeptDays {
		return s, ErrKept.At("settings.chat_days")
	}
	if s.VisitDays < 0 || s.VisitDays > MaxKeptDays {
		return s, ErrKept.At("settings.visit_days")
	}
	return s, nil
}

func (g Greeting) normal() (Greeting, error) {
	for _, part := range []struct {
		field string
		text  *string
	}{{"online", &g.Online}, {"away", &g.Away}, {"offline", &g.Offline}} {
		text := strings.TrimSpace(strings.ReplaceAll(*part.text, "\r\n", "\n"))
		if !plain(strings.ReplaceAll(text, "\n", "")) || utf8.RuneCountInString(text) > MaxGreetingRunes {
			return g, ErrGreeting.At("settings.greeting." + part.field)
		}
		*part.text = text
	}
	return g, nil
}

func normalDomains(list []string) ([]string, error) {
	if len(list) > MaxAllowedDomains {
		return nil, ErrDomains.At("settings.allowed_domains")
	}
	normal := make([]string, 0, len(list))
	for i, entry := range list {
		d, err := normalDomain(entry)
		if err != nil {
			return nil, ErrDomain.At("settings.allowed_domains[" + strconv.Itoa(i) + "]")
		}
		if !slices.Contains(normal, d) {
			normal = append(normal, d)
		}
	}
	return normal, nil
}

// NormalName checks a name that people read: 1 to 100 characters on one line.
func NormalName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > wire.MaxNameRunes || !plain(name) {
		return "", ErrName.At("name")
	}
	return name, nil
}

// plain refuses control characters and what is not text at all.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// WidgetSettings is what the widget needs of the settings. The version follows from the content, so that it also changes
// when a newer server derives something differently.
func (s Settings) WidgetSettings() wire.WidgetSettings {
	w := wire.WidgetSettings{
		Name: s.Name, Colour: deriveColour(s.Colour), Theme: s.Theme, Corner: s.Corner, Language: s.Language,
		Greeting: wire.GreetingTexts(s.Greeting),
		Sound:    s.Sound, Faces: s.Faces, Brand: s.Brand, TypingPreview: s.TypingPreview,
		EarlyCookie: s.EarlyCookie, OfflineForm: s.OfflineForm,
	}
	content, err := json.Marshal(w)
	if err != nil {
		panic(err) // strings and booleans always encode
	}
	sum := sha256.Sum256(content)
	w.Version = hex.EncodeToString(sum[:8])
	return w
}

// AgentSettings is what the dashboard's live side needs.
func (p Property) AgentSettings() wire.AgentPropertySettings {
	return wire.AgentPropertySettings{
		Name: p.Name, TypingPreview: p.Settings.TypingPreview,
		TimeoutMS: p.Settings.Timeout().Milliseconds(), MissedMS: p.Settings.Missed().Milliseconds(),
	}
}

// Snippet is what the owner pastes into a page.
func Snippet(base string, p id.Property) string {
	return `<script async src="` + strings.TrimSuffix(base, "/") + `/widget.js" data-property="` + string(p) + `"></script>`
}
