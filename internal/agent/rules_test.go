package agent

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// TestRoles is the table of the rules: who × whom × command.
func TestRoles(t *testing.T) {
	me := func(r actor.Role) standing { return standing{Agent: "me", Role: r} }
	them := func(r actor.Role) standing { return standing{Agent: "them", Role: r} }
	owner, admin, agent := actor.Owner, actor.Admin, actor.AgentRole
	yes, no := true, false
	to := func(r actor.Role) MemberChange { return MemberChange{Role: &r} }
	disable, enable := MemberChange{Disabled: &yes}, MemberChange{Disabled: &no}
	for _, tt := range []struct {
		name   string
		who    standing
		whom   standing
		owners int
		change MemberChange
		want   error // of the change
		remove error // of a removal
	}{
		{"owner makes agent admin", me(owner), them(agent), 1, to(admin), nil, nil},
		{"owner makes agent owner", me(owner), them(agent), 1, to(owner), nil, nil},
		{"owner demotes owner", me(owner), them(owner), 2, to(agent), nil, nil},
		{"owner disables owner", me(owner), them(owner), 2, disable, nil, nil},
		{"owner disables admin", me(owner), them(admin), 1, disable, nil, nil},
		{"owner enables agent", me(owner), them(agent), 1, enable, nil, nil},
		{"admin makes agent admin", me(admin), them(agent), 1, to(admin), nil, nil},
		{"admin demotes admin", me(admin), them(admin), 1, to(agent), nil, nil},
		{"admin disables agent", me(admin), them(agent), 1, disable, nil, nil},
		{"admin makes agent owner", me(admin), them(agent), 1, to(owner), ErrOwners, nil},
		{"admin demotes owner", me(admin), them(owner), 2, to(agent), ErrOwners, ErrOwners},
		{"admin disables owner", me(admin), them(owner), 2, disable, ErrOwners, ErrOwners},
		{"admin enables disabled owner", me(admin), standing{"them", owner, true}, 1, enable, ErrOwners, ErrOwners},
		{"agent changes agent", me(agent), them(agent), 1, to(admin), ErrForbidden, ErrForbidden},
		{"agent disables agent", me(agent), them(agent), 1, disable, ErrForbidden, ErrForbidden},
		{"agent makes themselves owner", me(agent), me(agent), 1, to(owner), ErrForbidden, ErrForbidden},
		{"disabled owner changes agent", standing{"me", owner, true}, them(agent), 1, to(admin), ErrForbidden, ErrForbidden},
		{"last owner demotes themselves", me(owner), me(owner), 1, to(agent), ErrLastOwner, ErrLastOwner},
		{"last owner disables themselves", me(owner), me(owner), 1, disable, ErrLastOwner, ErrLastOwner},
		{"owner demotes themselves", me(owner), me(owner), 2, to(agent), ErrSelf, ErrSelf},
		{"admin promotes themselves", me(admin), me(admin), 1, to(owner), ErrSelf, ErrSelf},
		{"admin demotes themselves", me(admin), me(admin), 1, to(agent), ErrSelf, ErrSelf},
		{"admin disables themselves", me(admin), me(admin), 1, disable, ErrSelf, ErrSelf},
		{"owner demotes disabled owner", me(owner), standing{"them", owner, true}, 1, to(agent), nil, nil},
		{"no such role", me(owner), them(agent), 1, to("boss"), ErrRole, nil},
		{"nothing", me(owner), them(agent), 1, MemberChange{}, nil, nil},
	} {
		next, err := mayChange(tt.who, tt.whom, tt.owners, tt.change)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if want := tt.change.apply(tt.whom); err == nil && next != want || err != nil && next != tt.whom {
			t.Errorf("%s: became %+v", tt.name, next)
		}
		if err := mayRemove(tt.who, tt.whom, tt.owners); !errors.Is(err, tt.remove) {
			t.Errorf("%s, but removed: %v, want %v", tt.name, err, tt.remove)
		}
	}
}

func TestInvites(t *testing.T) {
	for _, tt := range []struct {
		who  actor.Role
		role actor.Role
		want error
	}{
		{actor.Owner, actor.Owner, nil},
		{actor.Owner, actor.Admin, nil},
		{actor.Owner, actor.AgentRole, nil},
		{actor.Admin, actor.Owner, ErrOwners},
		{actor.Admin, actor.Admin, nil},
		{actor.Admin, actor.AgentRole, nil},
		{actor.AgentRole, actor.AgentRole, ErrForbidden},
		{actor.AgentRole, actor.Owner, ErrForbidden},
		{actor.Owner, "boss", ErrRole},
		{actor.Owner, "", ErrRole},
	} {
		if err := mayInvite(standing{Role: tt.who}, tt.role); !errors.Is(err, tt.want) {
			t.Errorf("%s invites %s: %v, want %v", tt.who, tt.role, err, tt.want)
		}
		if err := mayInvite(standing{Role: tt.who, Disabled: true}, tt.role); err == nil {
			t.Errorf("a disabled %s invites %s", tt.who, tt.role)
		}
	}
}

// TestAPropertyAlwaysHasAnOwner runs random changes of a team by anybody in it.
func TestAPropertyAlwaysHasAnOwner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		team := map[id.Agent]standing{"a": {"a", actor.Owner, false}, "b": {"b", actor.Owner, false}, "c": {"c", actor.Admin, false}, "d": {"d", actor.AgentRole, false}}
		names := rapid.SampledFrom([]id.Agent{"a", "b", "c", "d"})
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			who, whom := team[names.Draw(t, "who")], team[names.Draw(t, "whom")]
			if who.Agent == "" || whom.Agent == "" {
				continue
			}
			owners := 0
			for _, s := range team {
				if s.owns() {
					owners++
				}
			}
			if rapid.Bool().Draw(t, "remove") {
				if mayRemove(who, whom, owners) == nil {
					delete(team, whom.Agent)
				}
			} else {
				role, off := rapid.SampledFrom(actor.Roles).Draw(t, "role"), rapid.Bool().Draw(t, "disabled")
				next, err := mayChange(who, whom, owners, MemberChange{Role: &role, Disabled: &off})
				if err == nil {
					team[whom.Agent] = next
				}
			}
			if !hasOwner(team) {
				t.Fatalf("no owner left: %+v", team)
			}
		}
	})
}

func hasOwner(team map[id.Agent]standing) bool {
	for _, s := range team {
		if s.owns() {
			return true
		}
	}
	return false
}

func TestNormalEmail(t *testing.T) {
	for in, want := range map[string]string{ // "": refused
		" Ana@Example.COM ": "ana@example.com", "a.b+c@x.example": "a.b+c@x.example", "root@localhost": "root@localhost",
		"jürgen@bücher.example": "jürgen@bücher.example", "o'neil@x.example": "o'neil@x.example",
		"": "", "ana": "", "ana@": "", "@x.example": "", "a@b": "", "a b@x.example": "", "a@x..example": "", "a@-x.example": "",
		"a@x.example\n": "a@x.example", "a\n@x.example": "", "a@b@c.example": "", "Ana <a@x.example>": "", ".a@x.example": "",
		"a@x.example,b@x.example": "", strings.Repeat("a", 65) + "@x.example": "", "a@" + strings.Repeat("x.", 130) + "example": "",
		"<script>@x.example": "", "a\x00@x.example": "", "a@\xff.example": "",
	} {
		got, err := NormalEmail(in)
		if (err != nil) != (want == "") || (err == nil && got != want) {
			t.Errorf("NormalEmail(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestPasswords(t *testing.T) {
	for password, want := range map[string]error{
		"correct horse staple": nil, "äöüäöüß123": nil, strings.Repeat("abcd ", 40): nil,
		"short": ErrPassword, "123456789": ErrPassword, strings.Repeat("abcd ", 40) + "x": ErrPassword, "\xff\xfe67890123": ErrPassword,
		"Password123": ErrCommon, "qwertyuiop": ErrCommon, "aaaaaaaaaaaa": ErrCommon, "abababababab": ErrCommon,
		"0123456789": ErrCommon, "zyxwvutsrqpo": ErrCommon, "ana@shop.example": ErrCommon, "ANA@shop.example": ErrCommon,
	} {
		if err := checkPassword(password, "ana@shop.example"); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestWaitAfterFailures(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for failures, want := range map[int64]time.Duration{
		0: 0, 9: 0, 10: 2 * time.Second, 11: 4 * time.Second, 14: 32 * time.Second, 18: 512 * time.Second, 19: longWait, 1000: longWait,
	} {
		if got := waitAfter(failures, now, now); got != want {
			t.Errorf("after %d: %s, want %s", failures, got, want)
		}
	}
	if got := waitAfter(12, now.Add(-3*time.Second), now); got != 5*time.Second {
		t.Errorf("3 s later: %s", got)
	}
	if got := waitAfter(99, now.Add(-forgetAway), now); got != 0 {
		t.Errorf("a day later: %s", got)
	}
}

func TestBrowserNames(t *testing.T) {
	for in, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                      "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1":   "Safari on iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":       "Chrome on macOS",
		"": "Unknown browser",
	} {
		if got := browserName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTeam(t *testing.T) {
	mk := func(name string, s wire.Status) colleague {
		return colleague{Person: wire.Person{ID: id.Agent(name), Name: name}, Role: actor.AgentRole, Chosen: s}
	}
	off := mk("off", wire.Online)
	off.Disabled = true
	all := []colleague{
		mk("away", wire.Away), mk("on", wire.Online), mk("hidden", wire.Invisible), mk("absent", wire.Online), off,
	}
	present := func(c colleague) bool { return c.Name != "absent" }
	want := wire.Team{Status: wire.Online, Agents: []wire.Person{{ID: "on", Name: "on"}, {ID: "away", Name: "away"}}}
	if d := cmp.Diff(want, teamOf(all, present)); d != "" {
		t.Error(d)
	}
	for name, tt := range map[string]struct {
		team []colleague
		want wire.Status
	}{
		"nobody": {nil, wire.Offline}, "invisible": {[]colleague{all[2]}, wire.Offline}, "away": {[]colleague{all[0]}, wire.Away},
		"absent": {[]colleague{all[3]}, wire.Offline}, "disabled": {[]colleague{off}, wire.Offline},
	} {
		if got := teamOf(tt.team, present); got.Status != tt.want || got.Agents == nil {
			t.Errorf("%s: %+v, want %s", name, got, tt.want)
		}
	}
	var many []colleague
	for range 9 {
		many = append(many, mk("x", wire.Online))
	}
	if n := len(teamOf(many, present).Agents); n != maxFaces {
		t.Errorf("%d faces", n)
	}
	var seen []string
	for _, m := range membersOf(all, present) {
		seen = append(seen, m.Name+" "+string(m.Status))
	}
	if d := cmp.Diff([]string{"absent offline", "away away", "hidden invisible", "on online"}, seen); d != "" {
		t.Error(d)
	}
}
