package agent

import (
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

// How long things last.
const (
	LoginFor  = 30 * 24 * time.Hour // after it was last used
	SeenEvery = time.Hour           // a login's last use is written at most this often
	InviteFor = 7 * 24 * time.Hour
	SetupFor  = time.Hour
)

// The errors that callers meet.
var (
	ErrNotFound      = errs.New(errs.NotFound, "agent.not_found", "There is no such agent.")
	ErrLoginRequired = errs.New(errs.Unauthorized, "login.required", "Log in first.")
	ErrWrong         = errs.New(errs.Unauthorized, "login.wrong", "The email address or the password is not right.")
	ErrWait          = errs.New(errs.TooMany, "login.wait", "Too many tries to log in. Wait a moment, then try again.")
	ErrBusy          = errs.New(errs.TooMany, "login.busy", "Many people log in just now. Try again in a moment.").In(2 * time.Second)
	ErrNoLogin       = errs.New(errs.NotFound, "login.not_found", "There is no such login.")

	ErrEmail      = errs.New(errs.Invalid, "account.email", "Give an email address like ana@example.com.").At("email")
	ErrEmailTaken = errs.New(errs.Conflict, "account.email_taken", "There is an account with this email address already.").At("email")
	ErrName       = errs.New(errs.Invalid, "account.name", "Give a name of 1 to 100 characters, without line breaks.").At("name")
	ErrPassword   = errs.New(errs.Invalid, "account.password", "Choose a password of 10 to 200 characters.").At("password")
	ErrCommon     = errs.New(errs.Invalid, "account.password_common", "This password is easy to guess. Choose another, for example four words.").At("password")
	ErrCurrent    = errs.New(errs.Invalid, "account.current", "Your current password is not right.").At("current")
	ErrTheme      = errs.New(errs.Invalid, "account.theme", "Choose one of system, light and dark.").At("theme")
	ErrLanguage   = errs.New(errs.Invalid, "account.language", "Choose one of auto, en and ar.").At("language")
	ErrStatus     = errs.New(errs.Invalid, "account.status", "Choose one of online, away and invisible.").At("status")

	ErrSetupGone  = errs.New(errs.NotFound, "setup.gone", "This link is no longer valid. Restart Parley to get a new one.")
	ErrInviteGone = errs.New(errs.NotFound, "invite.gone", "This invitation is no longer valid. Ask for a new one.")
	ErrNoInvite   = errs.New(errs.NotFound, "invite.not_found", "There is no such invitation.")
	ErrIsMember   = errs.New(errs.Conflict, "invite.member", "This person is in the team already.").At("email")
	ErrIsDisabled = errs.New(errs.Conflict, "invite.disabled", "This person is in the team but disabled. Enable them instead.").At("email")
	ErrOwnersMake = errs.New(errs.Forbidden, "property.owners_only", "Only owners make new properties.")

	ErrRole      = errs.New(errs.Invalid, "member.role", "Choose one of owner, admin and agent.").At("role")
	ErrForbidden = errs.New(errs.Forbidden, "member.forbidden", "Only owners and admins manage the team.")
	ErrOwners    = errs.New(errs.Forbidden, "member.owners_only", "Only owners name owners or change them.")
	ErrSelf      = errs.New(errs.Conflict, "member.self", "Nobody changes their own role or access. Ask another owner.")
	ErrLastOwner = errs.New(errs.Conflict, "member.last_owner", "A property needs an owner. Make somebody else an owner first.")

	ErrPicture      = errs.New(errs.Invalid, "picture.format", "Choose a PNG, JPEG, WebP or GIF picture.")
	ErrPictureSize  = errs.New(errs.TooLarge, "picture.size", "Choose a picture of at most 5 MB and 16 megapixels.")
	ErrPictureSmall = errs.New(errs.Invalid, "picture.small", "Choose a picture of at least 16 by 16 pixels.")
	ErrNoPicture    = errs.New(errs.NotFound, "picture.not_found", "There is no such picture.")
)

// Ended names logins that are over, or (with Property) an agent's access to one property: sockets close at once.
type Ended struct {
	Logins   []id.Login  `json:"logins,omitempty"`
	Agent    id.Agent    `json:"agent"`
	Property id.Property `json:"property,omitempty"`
}

// LoginsEnded says that somebody logged out, or lost access to a property (then Property is set and Logins is not).
var LoginsEnded = event.New[Ended]("agent.logins_ended")

// Membership names a property whose team changed, and whose part of it.
type Membership struct {
	Property id.Property `json:"property"`
	Agent    id.Agent    `json:"agent"`
}

// MembersChanged says that what the database knows of a team is different now: roles, access, names, chosen statuses.
// Who only wants to show the team uses [Service.OnTeamChanged], which also tells of presence.
var MembersChanged = event.New[Membership]("agent.members_changed")

// PersonChanged says that an agent has another name or picture.
var PersonChanged = event.New[Renamed]("agent.person_changed")

// Renamed names the agent.
type Renamed struct {
	Agent id.Agent `json:"agent"`
}

// fieldNew names the field of a refused new password as the form has it.
func fieldNew(err error) error {
	if e := errs.Find(err); e != nil && e.Field == "password" {
		return e.At("new")
	}
	return err
}

// renamed names the field of a refused property name as the form of a further property has it.
func renamed(err error) error {
	if e := errs.Find(err); e != nil && e.Field == "property_name" {
		return e.At("name")
	}
	return err
}
