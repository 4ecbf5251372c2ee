package agent

import (
	"context"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// What the entries of the audit log say beside who, what and when. Names are those of that day.
type (
	named struct {
		Name string `json:"name"`
	}
	loginsEnded struct {
		Logins int `json:"logins"`
	}
	browserUsed struct {
		Browser string `json:"browser"`
	}
)

// audit writes entries at the end of a transaction.
func (s *Service) audit(ctx context.Context, tx *db.Tx, entries ...audit.Entry) error {
	for i := range entries {
		entries[i].At = s.o.Now()
	}
	return audit.Write(ctx, tx, entries...)
}

// auditAgent writes what concerns an account, and so every team that it works in.
func (s *Service) auditAgent(ctx context.Context, tx *db.Tx, a id.Agent, e audit.Entry) error {
	teams, err := worksIn(ctx, tx, a)
	if err != nil {
		return err
	}
	return s.audit(ctx, tx, e.Each(teams)...)
}

// auditWrong writes down that a wrong password was the one too many: the next try has to wait. An address that has no
// account costs the same time, so that nobody learns from it which have one; it is the installation's own entry.
func (s *Service) auditWrong(ctx context.Context, a id.Agent, tries int64, address string) error {
	now := s.o.Now()
	wait := waitAfter(tries, now, now)
	if wait == 0 {
		return nil
	}
	e := audit.Entry{Address: address, Action: audit.LogInRefused, Target: string(a)}
	e.Detail = struct {
		Tries   int64 `json:"tries"`
		Seconds int64 `json:"wait_seconds"`
	}{tries, int64(wait.Seconds())}
	return s.o.DB.Write(ctx, func(tx *db.Tx) error { return s.auditAgent(ctx, tx, a, e) })
}

func loggedIn(a id.Agent, l LoginInfo) audit.Entry {
	return audit.Entry{Agent: a, Address: l.Address, Action: audit.LoggedIn, Target: string(l.ID), Detail: browserUsed{l.Browser}}
}

// joined is how somebody came into a team.
type joined struct {
	By        id.Agent // empty: the command line
	Invite    id.Invite
	InvitedBy id.Agent
}

// join puts an account into a team and tells of it. The caller writes the entry, if there is one, at the end.
func (s *Service) join(ctx context.Context, tx *db.Tx, p id.Property, acc Account, role actor.Role, how joined) ([]audit.Entry, error) {
	added, err := insertMember(ctx, tx, p, acc.ID, role, s.o.Now())
	if err != nil {
		return nil, err
	}
	MembersChanged.Emit(tx, p, Membership{Property: p, Agent: acc.ID})
	if !added {
		return nil, nil
	}
	e := audit.Entry{Property: p, Agent: how.By, Action: audit.MemberJoined, Target: string(acc.ID)}
	e.Detail = struct {
		Name      string     `json:"name"`
		Email     string     `json:"email"`
		Role      actor.Role `json:"role"`
		Invite    id.Invite  `json:"invite,omitempty"`
		InvitedBy id.Agent   `json:"invited_by,omitempty"`
	}{acc.Name, acc.Email, role, how.Invite, how.InvitedBy}
	return []audit.Entry{e}, nil
}

func inviteEntry(who actor.Agent, action audit.Action, v Invite) audit.Entry {
	e := audit.Entry{Property: who.Property, Agent: who.ID, Action: action, Target: string(v.ID)}
	e.Detail = struct {
		Email string     `json:"email"`
		Role  actor.Role `json:"role"`
	}{v.Email, v.Role}
	return e
}

// changeEntries says how a member's place changed: role and access are entries of their own, since they are looked for apart.
func changeEntries(who actor.Agent, acc Account, was, now standing) []audit.Entry {
	e := audit.Entry{Property: who.Property, Agent: who.ID, Target: string(acc.ID), Detail: named{acc.Name}}
	if now == (standing{}) {
		e.Action = audit.MemberRemoved
		e.Detail = struct {
			Name string     `json:"name"`
			Role actor.Role `json:"role"`
		}{acc.Name, was.Role}
		return []audit.Entry{e}
	}
	var list []audit.Entry
	if now.Role != was.Role {
		role := e
		role.Action = audit.MemberRole
		role.Detail = struct {
			Name    string        `json:"name"`
			Changes audit.Changes `json:"changes"`
		}{acc.Name, audit.Changes{"role": {Was: was.Role, Now: now.Role}}}
		list = append(list, role)
	}
	if now.Disabled != was.Disabled {
		if e.Action = audit.MemberEnabled; now.Disabled {
			e.Action = audit.MemberDisabled
		}
		list = append(list, e)
	}
	return list
}
