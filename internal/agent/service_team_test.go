package agent

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
)

func TestDisablingAndRemovingEndAccessAtOnceEverywhere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		here, there, ctx := newService(e), newService(e), t.Context()
		_, ana := owner(t, here)
		bob := e.Agent(t, ana.Property, actor.AgentRole, "Bob")
		serves := func(s *Service) bool {
			t.Helper()
			yes, err := s.Serves(ctx, bob.ID, ana.Property)
			if err != nil {
				t.Fatal(err)
			}
			return yes
		}
		if !serves(here) || !serves(there) {
			t.Fatal("Bob does not serve")
		}
		yes, no := true, false
		e.Forget()
		m, err := here.ChangeMember(ctx, ana, bob.ID, MemberChange{Disabled: &yes})
		if err != nil || !m.Disabled || m.Email == "" {
			t.Fatalf("%+v, %v", m, err)
		}
		if ev := testkit.Published(t, e, LoginsEnded); cmp.Diff([]Ended{{Agent: bob.ID, Property: ana.Property}}, ev) != "" {
			t.Errorf("events %+v", ev)
		}
		spread(t, e, here, there)
		if serves(here) || serves(there) {
			t.Error("Bob serves although disabled")
		}
		if list, err := here.Members(ctx, ana.Property); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := here.ChangeMember(ctx, ana, bob.ID, MemberChange{Disabled: &no}); err != nil {
			t.Fatal(err)
		}
		if ev := testkit.Published(t, e, LoginsEnded); len(ev) != 0 {
			t.Errorf("enabling ended %+v", ev)
		}
		spread(t, e, here, there)
		if !serves(here) || !serves(there) {
			t.Error("Bob does not serve although enabled")
		}
		if err := here.RemoveMember(ctx, ana, bob.ID); err != nil {
			t.Fatal(err)
		}
		spread(t, e, here, there)
		if serves(here) || serves(there) {
			t.Error("Bob serves although removed")
		}
		if p, err := there.Person(ctx, bob.ID); err != nil || p.Name != "Bob" {
			t.Errorf("his name is gone from what he said: %+v, %v", p, err)
		}
		if err := here.RemoveMember(ctx, ana, bob.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("removed twice: %v", err)
		}
		if err := here.RemoveMember(ctx, ana, ana.ID); !errors.Is(err, ErrLastOwner) {
			t.Errorf("the last owner: %v", err)
		}
	})
}

// Both owners read their page while both were owners; the second to press the button is none any more.
func TestTwoOwnersCannotRemoveEachOther(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		_, ana := owner(t, s)
		bob := e.Agent(t, ana.Property, actor.Owner, "Bob")
		if err := s.RemoveMember(ctx, ana, bob.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveMember(ctx, bob, ana.ID); !errors.Is(err, ErrForbidden) {
			t.Errorf("an owner who was removed: %v", err)
		}
		// An actor whose role is older than the change is judged by the role of now.
		eve := e.Agent(t, ana.Property, actor.AgentRole, "Eve")
		eve.Role = actor.Owner
		role := actor.Owner
		if _, err := s.ChangeMember(ctx, eve, ana.ID, MemberChange{Role: &role}); !errors.Is(err, ErrForbidden) {
			t.Errorf("an actor with a stale role: %v", err)
		}
	})
}

func TestInvitesAreGoodOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		_, ana := owner(t, s)
		_, first, err := s.Invite(ctx, ana, "Bob@X.example", actor.AgentRole)
		if err != nil {
			t.Fatal(err)
		}
		made, link, err := s.Invite(ctx, ana, "bob@x.example", actor.Admin) // renewed
		if err != nil {
			t.Fatal(err)
		}
		if list, err := s.Invites(ctx, ana); err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].Role != actor.Admin || list[0].PropertyName != "Shop" {
			t.Errorf("%+v, %v", list, err)
		}
		if _, _, err := s.Invited(ctx, tokenOf(t, first)); !errors.Is(err, ErrInviteGone) {
			t.Errorf("the replaced link: %v", err)
		}
		token := tokenOf(t, link)
		v, known, err := s.Invited(ctx, token)
		if err != nil || known || v.Email != "bob@x.example" || v.Role != actor.Admin {
			t.Errorf("%+v, %v, %v", v, known, err)
		}
		bob := NewAccount{Email: "eve@x.example", Name: "Bob", Password: good} // the address is the invite's, whatever is said
		if _, err := s.Accept(ctx, token, "", NewAccount{Name: "Bob", Password: "short"}, firefox); !errors.Is(err, ErrPassword) {
			t.Errorf("short password: %v", err)
		}
		g, err := s.Accept(ctx, token, "", bob, firefox)
		if err != nil {
			t.Fatal(err)
		}
		me, err := s.Me(ctx, g.Login)
		if err != nil || me.Email != "bob@x.example" || len(me.Places) != 1 || me.Places[0].Role != actor.Admin {
			t.Errorf("%+v, %v", me, err)
		}
		if _, err := s.Accept(ctx, token, "", bob, firefox); !errors.Is(err, ErrInviteGone) {
			t.Errorf("used twice: %v", err)
		}
		if _, _, err := s.Invite(ctx, ana, "bob@x.example", actor.Admin); !errors.Is(err, ErrIsMember) {
			t.Errorf("a member: %v", err)
		}
		_, late, err := s.Invite(ctx, ana, "late@x.example", actor.AgentRole)
		if err != nil {
			t.Fatal(err)
		}
		e.Clock.Advance(InviteFor)
		if _, _, err := s.Invited(ctx, tokenOf(t, late)); !errors.Is(err, ErrInviteGone) {
			t.Errorf("after 7 days: %v", err)
		}
		if _, _, err := s.Invite(ctx, ana, "late@x.example", actor.AgentRole); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

func TestInvitesOfThoseWhoHaveAnAccount(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		_, ana := owner(t, s)
		books := e.Property(t)
		bob := e.Agent(t, books, actor.Owner, "Bob")
		invite := func() string {
			t.Helper()
			_, link, err := s.Invite(ctx, bob, "ana@shop.example", actor.AgentRole)
			if err != nil {
				t.Fatal(err)
			}
			return tokenOf(t, link)
		}
		token := invite()
		if _, known, err := s.Invited(ctx, token); !known || err != nil {
			t.Errorf("has_account %v, %v", known, err)
		}
		if _, err := s.Accept(ctx, token, "", NewAccount{Password: "wrong horse staple"}, firefox); !errors.Is(err, ErrWrong) {
			t.Errorf("wrong password: %v", err)
		}
		g, err := s.Accept(ctx, token, "", NewAccount{Password: good}, firefox)
		if err != nil || g.Agent != ana.ID {
			t.Fatalf("%+v, %v", g, err)
		}
		if role, err := s.Member(ctx, ana.ID, books); err != nil || role != actor.AgentRole {
			t.Errorf("%s, %v", role, err)
		}
		if err := s.RemoveMember(ctx, bob, ana.ID); err != nil {
			t.Fatal(err)
		}
		g2, err := s.Accept(ctx, invite(), g.Token, NewAccount{}, firefox) // logged in as that account
		if err != nil || g2 != g {
			t.Errorf("%+v, %v; want the same login", g2, err)
		}
		if me, _ := s.Me(ctx, g.Login); len(me.Places) != 2 {
			t.Errorf("places %+v", me.Places)
		}
		yes := true
		if _, err := s.ChangeMember(ctx, bob, ana.ID, MemberChange{Disabled: &yes}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Invite(ctx, bob, "ana@shop.example", actor.AgentRole); !errors.Is(err, ErrIsDisabled) {
			t.Errorf("a disabled member: %v", err)
		}
	})
}

func TestInvitesOfAdmins(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		p := e.Property(t)
		own, adm := e.Agent(t, p, actor.Owner, "Own"), e.Agent(t, p, actor.Admin, "Adm")
		if _, _, err := s.Invite(ctx, adm, "x@x.example", actor.Owner); !errors.Is(err, ErrOwners) {
			t.Errorf("an admin names an owner: %v", err)
		}
		made, _, err := s.Invite(ctx, own, "x@x.example", actor.Owner)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Invite(ctx, adm, "x@x.example", actor.AgentRole); !errors.Is(err, ErrOwners) {
			t.Errorf("an admin replaces an owner's invite: %v", err)
		}
		if err := s.Uninvite(ctx, adm, made.ID); !errors.Is(err, ErrOwners) {
			t.Errorf("an admin takes an owner's invite back: %v", err)
		}
		stranger := e.Agent(t, e.Property(t), actor.Owner, "Stranger")
		if err := s.Uninvite(ctx, stranger, made.ID); !errors.Is(err, ErrNoInvite) {
			t.Errorf("a stranger takes it back: %v", err)
		}
		if err := s.Uninvite(ctx, own, made.ID); err != nil {
			t.Error(err)
		}
		_, link, err := s.Invite(ctx, adm, "y@x.example", actor.AgentRole)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveMember(ctx, own, adm.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Invited(ctx, tokenOf(t, link)); !errors.Is(err, ErrInviteGone) {
			t.Errorf("an invite outlived who made it: %v", err)
		}
	})
}

func TestOwnersMakeProperties(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		g, ana := owner(t, s)
		made, err := s.Found(ctx, g.Login, " Books ")
		if err != nil || made.Name != "Books" || made.Role != actor.Owner {
			t.Fatalf("%+v, %v", made, err)
		}
		if role, err := s.Member(ctx, ana.ID, made.ID); err != nil || role != actor.Owner {
			t.Errorf("%s, %v", role, err)
		}
		if _, err := s.Found(ctx, g.Login, ""); errs.Find(err) == nil || errs.Find(err).Field != "name" {
			t.Errorf("without a name: %v", err)
		}
		adm := e.Agent(t, ana.Property, actor.Admin, "Adm")
		if _, err := s.Found(ctx, actor.Login{Agent: adm.ID}, "X"); !errors.Is(err, ErrOwnersMake) {
			t.Errorf("an admin: %v", err)
		}
	})
}

func TestTeamFollowsPresenceAndStatus(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		g, ana := owner(t, s)
		var told []id.Property
		s.OnTeamChanged(func(p id.Property) { told = append(told, p) })
		team := func(want wire.Status, faces int, why string) {
			t.Helper()
			got, err := s.Team(ctx, ana.Property)
			if err != nil || got.Status != want || len(got.Agents) != faces {
				t.Errorf("%s: %+v, %v; want %s", why, got, err, want)
			}
		}
		team(wire.Offline, 0, "nobody here")
		s.Presence.Opened(ana.ID, ana.Property)
		s.Presence.Opened(ana.ID, ana.Property)
		team(wire.Online, 1, "here")
		e.Forget()
		for _, status := range []wire.Status{wire.Away, wire.Invisible} {
			if _, err := s.ChangeMe(ctx, g.Login, AccountChange{Status: &status}); err != nil {
				t.Fatal(err)
			}
			spread(t, e, s)
		}
		team(wire.Offline, 0, "invisible")
		if list, err := s.Members(ctx, ana.Property); err != nil || len(list) != 1 || list[0].Status != wire.Invisible {
			t.Errorf("%+v, %v", list, err)
		}
		s.news.flush()
		if d := cmp.Diff([]id.Property{ana.Property}, told); d != "" {
			t.Errorf("three changes are told once: %s", d)
		}
	})
}

func TestRunTellsAndStops(t *testing.T) {
	e := testkit.SQLite(t)
	s := newService(e)
	told, ended := make(chan id.Property, 1), make(chan error, 1)
	s.OnTeamChanged(func(p id.Property) { told <- p })
	ctx, stop := context.WithCancel(t.Context())
	go func() { ended <- s.Run(ctx) }()
	s.Presence.Opened("ana", "shop")
	select {
	case p := <-told:
		if p != "shop" {
			t.Errorf("told of %s", p)
		}
	case <-time.After(10 * time.Second):
		t.Error("nobody was told")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPicturesAreReplaced(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		g, ana := owner(t, s)
		upload := pngOf(t, 64, 64)
		first, err := s.SetPicture(ctx, g.Login, upload)
		if err != nil {
			t.Fatal(err)
		}
		second, err := s.SetPicture(ctx, g.Login, upload)
		if err != nil || first == second {
			t.Fatalf("%s, %s, %v", first, second, err)
		}
		if p, err := s.Person(ctx, ana.ID); err != nil || p.Picture != second {
			t.Errorf("%+v, %v", p, err)
		}
		if n := testkit.Get[int64](t, e, `SELECT count(*) FROM pictures`); n != 1 {
			t.Errorf("%d pictures stored", n)
		}
		if _, err := s.Picture(ctx, id.Picture(first[len("/pictures/"):])); !errors.Is(err, ErrNoPicture) {
			t.Errorf("the old one: %v", err)
		}
		if p, err := s.Picture(ctx, id.Picture(second[len("/pictures/"):])); err != nil || p.Type != "image/jpeg" {
			t.Errorf("%s, %v", p.Type, err)
		}
		if _, err := s.SetPicture(ctx, g.Login, nil); err != nil {
			t.Fatal(err)
		}
		if p, _ := s.Person(ctx, ana.ID); p.Picture != "" {
			t.Errorf("still %s", p.Picture)
		}
	})
}
