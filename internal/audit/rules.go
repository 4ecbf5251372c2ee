package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
)

// Action names what was done: a thing and what happened to it. The name is stored, shown by the API and never changes.
type Action string

// Every action. The comment says what the target is, and what the detail has.
const (
	BanMade        Action = "ban.made"        // the ban; its label, reason and end
	BanEdited      Action = "ban.edited"      // the ban; changes
	BanLifted      Action = "ban.lifted"      // the ban; its label
	BansImported   Action = "ban.imported"    // none; how many
	BansExported   Action = "ban.exported"    // none; how many
	NetworkAllowed Action = "network.allowed" // the entry of the allow list; its network and note
	NetworkRemoved Action = "network.removed" // the entry of the allow list; its network

	MemberInvited   Action = "member.invited"      // the invite; email and role
	InviteTaken     Action = "member.uninvited"    // the invite; email and role
	MemberJoined    Action = "member.joined"       // the agent; name, email, role, and the invite if there was one
	MemberRole      Action = "member.role_changed" // the agent; name, and the changed role
	MemberDisabled  Action = "member.disabled"     // the agent; name
	MemberEnabled   Action = "member.enabled"      // the agent; name
	MemberRemoved   Action = "member.removed"      // the agent; name and role
	PropertyMade    Action = "property.made"       // the property; its name
	SettingsChanged Action = "settings.changed"    // the property; changes

	VisitorErased   Action = "visitor.erased"   // the receipt; how much was deleted. Not who it was.
	VisitorExported Action = "visitor.exported" // none; the visitor's number

	HelpChanged        Action = "help.changed"        // the property; changes of the help centre's settings
	CategoryDeleted    Action = "category.deleted"    // the category; its name
	ArticlePublished   Action = "article.published"   // the article; title and language
	ArticleUnpublished Action = "article.unpublished" // the article; title and language
	ArticleArchived    Action = "article.archived"    // the article; title and language
	ArticleDeleted     Action = "article.deleted"     // the article; title
	ArticlesImported   Action = "article.imported"    // none; how many were made and changed

	LoggedIn        Action = "login.made"       // the login; browser
	LogInRefused    Action = "login.refused"    // the agent; how long nobody may try
	LoggedOutAll    Action = "login.all_ended"  // the agent; how many
	PasswordChanged Action = "password.changed" // the agent
	PasswordReset   Action = "password.reset"   // the agent; by the command line
)

// Actions lists every action, for filters and documents.
var Actions = []Action{
	BanMade, BanEdited, BanLifted, BansImported, BansExported, NetworkAllowed, NetworkRemoved,
	MemberInvited, InviteTaken, MemberJoined, MemberRole, MemberDisabled, MemberEnabled, MemberRemoved,
	PropertyMade, SettingsChanged,
	VisitorErased, VisitorExported,
	HelpChanged, CategoryDeleted, ArticlePublished, ArticleUnpublished, ArticleArchived, ArticleDeleted, ArticlesImported,
	LoggedIn, LogInRefused, LoggedOutAll, PasswordChanged, PasswordReset,
}

// ActionsOf are the actions that a filter names: one, or all about a thing by the word before the dot.
func ActionsOf(filter string) ([]Action, error) {
	if filter == "" {
		return nil, nil
	}
	var named []Action
	for _, a := range Actions {
		if string(a) == filter || strings.HasPrefix(string(a), filter+".") {
			named = append(named, a)
		}
	}
	if named == nil {
		return nil, ErrAction
	}
	return named, nil
}

// ErrAction says that a filter names nothing that is ever done.
var ErrAction = errs.New(errs.Invalid, "audit.action", "There is no such action.").At("action")

// ErrNoTime says that the writer of an entry forgot when it happened: a mistake of ours.
var ErrNoTime = errs.New(errs.Internal, "audit.no_time", "An entry of the audit log has no time.")

// Entry is what somebody did.
type Entry struct {
	Property id.Property // empty: the installation's own chain
	At       time.Time   // from the clock of whoever writes
	Agent    id.Agent    // who; empty: nobody who was logged in
	Address  string      // from where; empty: where the request came from, if there is one
	Action   Action
	Target   string // id of what it was done to
	Detail   any    // becomes a JSON object; nil: {}. No secrets: owners and admins read it.
}

// Each is the entry once for each property; of none, it is the installation's.
func (e Entry) Each(properties []id.Property) []Entry {
	if len(properties) == 0 {
		properties = []id.Property{""}
	}
	list := make([]Entry, len(properties))
	for i, p := range properties {
		list[i], list[i].Property = e, p
	}
	return list
}

// Changes are the fields that were changed, for details: {"changes":{"role":{"was":"agent","now":"admin"}}}.
type Changes map[string]Change

// Change is the value of a field before and after, for details.
type Change struct {
	Was any `json:"was"`
	Now any `json:"now"`
}

// row is an entry as it is stored.
type row struct {
	Property id.Property
	N        int64
	At       int64 // unix milliseconds
	Agent    id.Agent
	Address  string
	Action   Action
	Target   string
	Detail   string // JSON, kept as the bytes that were hashed
	Hash     string // hex
}

// newRow puts an entry into the form that is stored; its place and hash come with the chain.
func newRow(e Entry) (row, error) {
	if e.At.IsZero() {
		return row{}, ErrNoTime
	}
	if e.Detail == nil {
		e.Detail = struct{}{}
	}
	detail, err := encode(e.Detail)
	if err != nil {
		return row{}, err
	}
	return row{
		Property: e.Property, At: e.At.UnixMilli(), Agent: e.Agent, Address: storable(e.Address), Action: e.Action,
		Target: storable(e.Target), Detail: detail,
	}, nil
}

// storable leaves out what PostgreSQL would refuse: an entry must not fail for it.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// hashAfter is the row's hash at its place in the chain: SHA-256, in hex, of the previous hash in hex (of the first row:
// nothing) and the row as a JSON array in the order of its columns, the detail as a string.
func (r row) hashAfter(previous string) (string, error) {
	fields, err := encode([]any{r.Property, r.N, r.At, r.Agent, r.Address, r.Action, r.Target, r.Detail})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(previous + fields))
	return hex.EncodeToString(sum[:]), nil
}

// encode writes JSON without spaces and without HTML's escapes, which other languages would not make.
func encode(v any) (string, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}
