package agent

import (
	"cmp"
	"slices"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/wire"
)

// maxFaces is how many people a widget shows.
const maxFaces = 5

// colleague is what a team's memory holds of a member.
type colleague struct {
	wire.Person
	Role     actor.Role
	Chosen   wire.Status // online, away, invisible
	Disabled bool
}

// seen is the status that colleagues see.
func (c colleague) seen(present bool) wire.Status {
	if !present || c.Disabled {
		return wire.Offline
	}
	return c.Chosen
}

// teamOf is the team as visitors see it: never the invisible, the disabled or the absent.
func teamOf(members []colleague, present func(colleague) bool) wire.Team {
	t := wire.Team{Status: wire.Offline, Agents: []wire.Person{}}
	var online, away []wire.Person
	for _, m := range members {
		switch m.seen(present(m)) {
		case wire.Online:
			online = append(online, m.Person)
		case wire.Away:
			away = append(away, m.Person)
		case wire.Invisible, wire.Offline:
		}
	}
	switch {
	case len(online) > 0:
		t.Status = wire.Online
	case len(away) > 0:
		t.Status = wire.Away
	}
	t.Agents = append(append(t.Agents, online...), away...)
	t.Agents = t.Agents[:min(len(t.Agents), maxFaces)]
	return t
}

// membersOf is the team as colleagues see it, by name; the disabled are not in it.
func membersOf(members []colleague, present func(colleague) bool) []wire.Member {
	list := make([]wire.Member, 0, len(members))
	for _, m := range members {
		if !m.Disabled {
			list = append(list, wire.Member{Person: m.Person, Role: m.Role, Status: m.seen(present(m))})
		}
	}
	slices.SortFunc(list, func(a, b wire.Member) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// picturePath is where a picture is served; empty for none.
func picturePath(picture string) string {
	if picture == "" {
		return ""
	}
	return "/pictures/" + picture
}
