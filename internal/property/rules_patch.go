package property

import "slices"

// Patch is a change of some settings; what is nil stays as it is.
type Patch struct {
	Name           *string
	Colour         *string
	Theme          *string
	Corner         *string
	Language       *string
	Greeting       *Greeting
	Sound          *bool
	Faces          *bool
	Brand          *bool
	TypingPreview  *bool
	EarlyCookie    *bool
	OfflineForm    *bool
	AllowedDomains *[]string
	TimeoutMinutes *int
	MissedMinutes  *int
	MaskAddresses  *bool
	PageTrail      *bool
	RespectDNT     *bool
	RequireConsent *bool
	ChatDays       *int
	VisitDays      *int
}

// Apply returns the settings with the patch laid over them, not yet checked.
func (p Patch) Apply(s Settings) Settings {
	set(&s.Name, p.Name)
	set(&s.Colour, p.Colour)
	set(&s.Theme, p.Theme)
	set(&s.Corner, p.Corner)
	set(&s.Language, p.Language)
	set(&s.Greeting, p.Greeting)
	set(&s.Sound, p.Sound)
	set(&s.Faces, p.Faces)
	set(&s.Brand, p.Brand)
	set(&s.TypingPreview, p.TypingPreview)
	set(&s.EarlyCookie, p.EarlyCookie)
	set(&s.OfflineForm, p.OfflineForm)
	set(&s.TimeoutMinutes, p.TimeoutMinutes)
	set(&s.MissedMinutes, p.MissedMinutes)
	set(&s.MaskAddresses, p.MaskAddresses)
	set(&s.PageTrail, p.PageTrail)
	set(&s.RespectDNT, p.RespectDNT)
	set(&s.RequireConsent, p.RequireConsent)
	set(&s.ChatDays, p.ChatDays)
	set(&s.VisitDays, p.VisitDays)
	if p.AllowedDomains != nil {
		s.AllowedDomains = slices.Clone(*p.AllowedDomains)
	}
	return s
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
