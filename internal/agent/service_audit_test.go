package agent

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/testkit"
)

// logged is a property's log since an entry, one line each, and checks that the chains hold.
func logged(t *testing.T, e *testkit.Env, p id.Property, since int64) (lines []string, last int64) {
	t.Helper()
	report, err := (&audit.Service{DB: e.DB}).Verify(t.Context(), nil)
	if err != nil || report.Faults != nil {
		t.Fatalf("%v, %v", report.Faults, err)
	}
	err = e.DB.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT n, agent_id, address, action, target, detail FROM audit WHERE property_id = $1 AND n > $2 ORDER BY n`, p, since)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var agent, address, action, target, detail string
			if err := rows.Scan(&last, &agent, &address, &action, &target, &detail); err != nil {
				return err
			}
			lines = append(lines, strings.Join([]string{agent, address, action, target, detail}, " "))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, last
}

func TestWhatIsDoneToATeamIsWrittenDown(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		g, ana := owner(t, s)
		want := func(since int64, lines ...string) int64 {
			t.Helper()
			got, last := logged(t, e, ana.Property, since)
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Fatalf("log (-want +got):\n%s", diff)
			}
			return last
		}
		n := want(0,
			fmt.Sprintf(`  property.made %s {"name":"Shop"}`, ana.Property),
			fmt.Sprintf(`  member.joined %s {"name":"Ana","email":"ana@shop.example","role":"owner"}`, ana.ID),
			fmt.Sprintf(`%s 192.0.2.1 login.made %s {"browser":"Firefox on Linux"}`, ana.ID, g.Login.Login),
		)

		first, _, err := s.Invite(ctx, ana, "cy@shop.example", actor.Admin)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Uninvite(ctx, ana, first.ID); err != nil {
			t.Fatal(err)
		}
		invite, link, err := s.Invite(ctx, ana, "bob@shop.example", actor.AgentRole)
		if err != nil {
			t.Fatal(err)
		}
		bob, err := s.Accept(ctx, tokenOf(t, link), "", NewAccount{Name: "Bob", Password: good}, firefox)
		if err != nil {
			t.Fatal(err)
		}
		n = want(n,
			fmt.Sprintf(`%s  member.invited %s {"email":"cy@shop.example","role":"admin"}`, ana.ID, first.ID),
			fmt.Sprintf(`%s  member.uninvited %s {"email":"cy@shop.example","role":"admin"}`, ana.ID, first.ID),
			fmt.Sprintf(`%s  member.invited %s {"email":"bob@shop.example","role":"agent"}`, ana.ID, invite.ID),
			fmt.Sprintf(`%s  member.joined %s {"name":"Bob","email":"bob@shop.example","role":"agent","invite":"%s","invited_by":"%s"}`, bob.Agent, bob.Agent, invite.ID, ana.ID),
			fmt.Sprintf(`%s 192.0.2.1 login.made %s {"browser":"Firefox on Linux"}`, bob.Agent, bob.Login.Login),
		)

		yes, no, boss := true, false, actor.Admin
		for _, c := range []MemberChange{{Role: &boss, Disabled: &yes}, {Disabled: &yes}, {Disabled: &no}} {
			if _, err := s.ChangeMember(ctx, ana, bob.Agent, c); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.ChangeMember(ctx, ana, ana.ID, MemberChange{Disabled: &yes}); err == nil {
			t.Fatal("the last owner was disabled")
		}
		if err := s.RemoveMember(ctx, ana, bob.Agent); err != nil {
			t.Fatal(err)
		}
		want(n,
			fmt.Sprintf(`%s  member.role_changed %s {"name":"Bob","changes":{"role":{"was":"agent","now":"admin"}}}`, ana.ID, bob.Agent),
			fmt.Sprintf(`%s  member.disabled %s {"name":"Bob"}`, ana.ID, bob.Agent),
			fmt.Sprintf(`%s  member.enabled %s {"name":"Bob"}`, ana.ID, bob.Agent),
			fmt.Sprintf(`%s  member.removed %s {"name":"Bob","role":"admin"}`, ana.ID, bob.Agent),
		)
	})
}

func TestLogInsAreWrittenDownInEveryPropertyOfTheAgent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		_, ana := owner(t, s)
		second, err := s.Found(ctx, actor.Login{Agent: ana.ID}, " Books ")
		if err != nil {
			t.Fatal(err)
		}
		third := e.Property(t) // Ana is disabled here, and does not work in the fourth at all
		e.Exec(t, `INSERT INTO memberships (property_id, agent_id, role, disabled_at, created_at) VALUES ($1, $2, 'agent', 1, 1)`, third, ana.ID)
		fourth := e.Property(t)
		_, n := logged(t, e, ana.Property, 0)

		g, err := s.LogIn(ctx, "ana@shop.example", good, firefox)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChangePassword(ctx, g.Login, good, "another horse staple", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ResetPassword(ctx, "ana@shop.example", good); err != nil {
			t.Fatal(err)
		}
		if g, err = s.LogIn(ctx, "ana@shop.example", good, firefox); err != nil {
			t.Fatal(err)
		}
		if err := s.LogOutEverywhere(ctx, g.Login); err != nil {
			t.Fatal(err)
		}
		lines, _ := logged(t, e, ana.Property, n)
		also, _ := logged(t, e, second.ID, 2)
		if diff := cmp.Diff(lines, also); diff != "" {
			t.Errorf("the two properties differ:\n%s", diff)
		}
		var actions []string
		for _, l := range lines {
			actions = append(actions, strings.Fields(strings.TrimPrefix(strings.TrimPrefix(l, string(ana.ID)), " 192.0.2.1"))[0])
		}
		if diff := cmp.Diff([]string{"login.made", "password.changed", "password.reset", "login.made", "login.all_ended"}, actions); diff != "" {
			t.Errorf("%s\n%v", diff, lines)
		}
		for _, p := range []id.Property{third, fourth, ""} {
			if lines, _ := logged(t, e, p, 0); lines != nil {
				t.Errorf("property %q has %v", p, lines)
			}
		}
		if first, _ := logged(t, e, second.ID, 0); first[0] != fmt.Sprintf(`%s  property.made %s {"name":"Books"}`, ana.ID, second.ID) {
			t.Errorf("the second property begins with %s", first[0])
		}
	})
}

func TestTooManyWrongPasswordsAreWrittenDownOnceForEachWait(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		_, ana := owner(t, s)
		_, n := logged(t, e, ana.Property, 0)
		for _, email := range []string{"ana@shop.example", "nobody@shop.example"} {
			for range freeTries {
				e.Clock.Advance(time.Second)
				if _, err := s.LogIn(ctx, email, "wrong horse staple", firefox); !errors.Is(err, ErrWrong) {
					t.Fatal(err)
				}
			}
			for range 3 { // waiting is not a try
				if _, err := s.LogIn(ctx, email, "wrong horse staple", firefox); !errors.Is(err, ErrWait) {
					t.Fatal(err)
				}
			}
		}
		lines, _ := logged(t, e, ana.Property, n)
		want := fmt.Sprintf(` 192.0.2.1 login.refused %s {"tries":10,"wait_seconds":2}`, ana.ID)
		if diff := cmp.Diff([]string{want}, lines); diff != "" {
			t.Errorf("of Ana's account:\n%s", diff)
		}
		lines, _ = logged(t, e, "", 0)
		if diff := cmp.Diff([]string{` 192.0.2.1 login.refused  {"tries":10,"wait_seconds":2}`}, lines); diff != "" {
			t.Errorf("of no account:\n%s", diff)
		}
	})
}

func TestChangedSettingsAreWrittenDownWithWhatTheyWere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		_, ana := owner(t, s)
		_, n := logged(t, e, ana.Property, 0)
		properties := property.New(property.Options{DB: e.DB, Now: e.Clock.Now})
		name, colour, domains := "Books", "#ABCDEF", []string{"books.example"}
		if _, err := properties.Change(ctx, ana, 1, &name, property.Patch{
			Colour: &colour, AllowedDomains: &domains, Greeting: &property.Greeting{Online: "Hi"},
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := properties.Change(ctx, ana, 2, &name, property.Patch{}); err != nil { // changes nothing
			t.Fatal(err)
		}
		if _, err := properties.Change(ctx, ana, 1, &name, property.Patch{}); !errors.Is(err, property.ErrChanged) {
			t.Fatal(err)
		}
		lines, _ := logged(t, e, ana.Property, n)
		if diff := cmp.Diff([]string{fmt.Sprintf(`%s  settings.changed %s {"changes":{`+
			`"name":{"was":"Shop","now":"Books"},`+
			`"settings.allowed_domains":{"was":[],"now":["books.example"]},`+
			`"settings.colour":{"was":"#3550bf","now":"#abcdef"},`+
			`"settings.greeting.online":{"was":"","now":"Hi"}}}`, ana.ID, ana.Property)}, lines); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}
