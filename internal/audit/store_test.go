package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

func write(t *testing.T, e *testkit.Env, entries ...audit.Entry) {
	t.Helper()
	if err := e.DB.Write(t.Context(), func(tx *db.Tx) error { return audit.Write(t.Context(), tx, entries...) }); err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, e *testkit.Env, kept ...audit.Head) audit.Report {
	t.Helper()
	report, err := (&audit.Service{DB: e.DB}).Verify(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// some writes entries 1 to 5 into p's chain.
func some(t *testing.T, e *testkit.Env, p id.Property) {
	t.Helper()
	for i := range 5 {
		write(t, e, audit.Entry{
			Property: p, At: e.Clock.Now(), Agent: "ann", Address: "192.0.2.7", Action: audit.BanMade, Target: fmt.Sprint(i), Detail: map[string]any{"reason": "spam 🐟"},
		})
	}
}

func TestAnEntryStandsOnlyIfTheTransactionDoes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		some(t, e, "p")
		cause := errors.New("changed my mind")
		err := e.DB.Write(t.Context(), func(tx *db.Tx) error {
			if err := audit.Write(t.Context(), tx, audit.Entry{Property: "p", At: e.Clock.Now(), Action: audit.BanLifted}); err != nil {
				return err
			}
			return cause
		})
		if !errors.Is(err, cause) {
			t.Fatal(err)
		}
		some(t, e, "p")
		report := verify(t, e)
		if len(report.Faults) > 0 || report.Entries != 10 || len(report.Heads) != 1 || report.Heads[0].N != 10 {
			t.Errorf("%+v", report)
		}
	})
}

func TestWhatIsChangedInTheDatabaseIsFound(t *testing.T) {
	for name, tt := range map[string]struct {
		sql  []string
		want []int64
	}{
		"altered":     {[]string{`UPDATE audit SET detail = '{"reason":"nothing"}' WHERE n = 3`}, []int64{3}},
		"removed":     {[]string{`DELETE FROM audit WHERE n = 2`}, []int64{2}},
		"cut":         {[]string{`DELETE FROM audit WHERE n > 3`}, []int64{4}},
		"all removed": {[]string{`DELETE FROM audit`}, []int64{1}},
		"reordered": {[]string{
			`UPDATE audit SET n = 99 WHERE n = 2`, `UPDATE audit SET n = 2 WHERE n = 3`, `UPDATE audit SET n = 3 WHERE n = 99`,
		}, []int64{2, 3, 4}},
		"inserted": {[]string{
			`UPDATE audit SET n = 6 WHERE n = 5`, `UPDATE audit SET n = 5 WHERE n = 4`,
			`INSERT INTO audit SELECT property_id, 4, at, 'bob', address, action, target, detail, hash FROM audit WHERE n = 3`,
		}, []int64{4, 5, 6, 6}},
		"head removed":  {[]string{`DELETE FROM audit_heads`}, []int64{5}},
		"head altered":  {[]string{`UPDATE audit_heads SET hash = 'x'`}, []int64{5}},
		"head set back": {[]string{`UPDATE audit_heads SET n = 4, hash = (SELECT hash FROM audit WHERE n = 4)`}, []int64{5}},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
				some(t, e, "p")
				for _, statement := range tt.sql {
					e.Exec(t, statement)
				}
				var got []int64
				for _, f := range verify(t, e).Faults {
					if got = append(got, f.N); f.Property != "p" {
						t.Errorf("fault %s, want of p", f)
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("faults (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestTheWholeLogTakenAwayIsFoundByWhatWasKept(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		some(t, e, "p")
		kept := verify(t, e).Heads
		some(t, e, "p")
		if faults := verify(t, e, kept...).Faults; faults != nil {
			t.Fatalf("grown since: %v", faults)
		}
		e.Exec(t, `DELETE FROM audit`)
		e.Exec(t, `DELETE FROM audit_heads`)
		if faults := verify(t, e).Faults; faults != nil {
			t.Errorf("an empty log by itself: %v", faults)
		}
		if faults := verify(t, e, kept...).Faults; len(faults) != 1 || faults[0].N != 5 {
			t.Errorf("with what was kept: %v", faults)
		}
		some(t, e, "p") // a chain of other entries in its place
		if faults := verify(t, e, kept...).Faults; faults != nil {
			t.Errorf("the same entries at the same times are the same chain: %v", faults)
		}
	})
}

func TestManyWritersAtOnceMakeOneChain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		const writers, each = 8, 25
		properties := []id.Property{"a", "b", "c"}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					entry := audit.Entry{At: e.Clock.Now(), Agent: "ann", Action: audit.LoggedIn, Target: fmt.Sprint(w, ".", i)}
					mine := slices.Clone(properties) // each writer names them in another order
					for range w {
						mine = append(mine[1:], mine[0])
					}
					err := e.DB.Write(t.Context(), func(tx *db.Tx) error { return audit.Write(t.Context(), tx, entry.Each(mine)...) })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		report := verify(t, e)
		if len(report.Faults) > 0 || report.Entries != writers*each*3 || len(report.Heads) != 3 {
			t.Errorf("%d entries in %d chains, faults %v", report.Entries, len(report.Heads), report.Faults)
		}
		if n := testkit.Get[int64](t, e, `SELECT COUNT(DISTINCT target) FROM audit WHERE property_id = 'b'`); n != writers*each {
			t.Errorf("%d different entries, want %d", n, writers*each)
		}
	})
}

func TestASecondWriterWaitsForTheFirst(t *testing.T) {
	e := testkit.Postgres(t)
	held, release, second := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	first := make(chan error, 1)
	go func() {
		first <- e.DB.Write(t.Context(), func(tx *db.Tx) error {
			err := audit.Write(t.Context(), tx, audit.Entry{Property: "p", At: e.Clock.Now(), Action: audit.BanMade, Target: "first"})
			close(held)
			<-release
			return err
		})
	}()
	<-held
	go func() {
		second <- e.DB.Write(t.Context(), func(tx *db.Tx) error {
			return audit.Write(t.Context(), tx, audit.Entry{Property: "p", At: e.Clock.Now(), Action: audit.BanMade, Target: "second"})
		})
	}()
	// Another chain does not wait.
	write(t, e, audit.Entry{Property: "q", At: e.Clock.Now(), Action: audit.BanMade})
	for testkit.Get[int64](t, e, `SELECT COUNT(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database OR l.database IS NULL
		JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database() WHERE NOT l.granted AND d.datname = current_database()`) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the second writer never waited")
		}
	}
	close(release)
	if err := errors.Join(<-first, <-second); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, e); report.Faults != nil || report.Entries != 3 {
		t.Errorf("%+v", report)
	}
	if n := testkit.Get[int64](t, e, `SELECT n FROM audit WHERE target = 'second'`); n != 2 {
		t.Errorf("the second is entry %d", n)
	}
}

func TestThousandsAtOnceAreOneChain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		some(t, e, "p")
		var many []audit.Entry
		for i := range 2345 {
			many = append(many, audit.Entry{Property: []id.Property{"p", "q"}[i%2], At: e.Clock.Now(), Action: audit.BanMade, Target: fmt.Sprint(i)})
		}
		write(t, e, many...)
		some(t, e, "p")
		if report := verify(t, e); report.Faults != nil || report.Entries != 2355 || report.Heads[0].N != 1183 {
			t.Errorf("%+v", report)
		}
		if at := testkit.Get[int64](t, e, `SELECT n FROM audit WHERE property_id = 'p' AND target = '2344'`); at != 1178 {
			t.Errorf("the last of many is entry %d", at)
		}
	})
}

func TestListFiltersAndPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		mine, other := e.Property(t), e.Property(t)
		ann := e.Agent(t, mine, actor.Owner, "Ann")
		bob := e.Agent(t, mine, actor.Admin, "Bob")
		began := e.Clock.Now()
		for i := range 120 {
			entry := audit.Entry{Property: mine, At: e.Clock.Now(), Agent: ann.ID, Action: audit.BanMade, Target: fmt.Sprint(i + 1)}
			switch i % 3 {
			case 1:
				entry.Agent, entry.Action = bob.ID, audit.BanLifted
			case 2:
				entry.Agent, entry.Action = "", audit.PasswordReset
			}
			write(t, e, entry)
			e.Clock.Advance(time.Minute)
		}
		write(t, e, audit.Entry{Property: other, At: e.Clock.Now(), Action: audit.BanMade}, audit.Entry{At: e.Clock.Now(), Action: audit.LogInRefused})

		s := &audit.Service{DB: e.DB}
		for name, tt := range map[string]struct {
			f    audit.Filter
			want int
		}{
			"all":            {audit.Filter{}, 120},
			"by Bob":         {audit.Filter{Agent: bob.ID}, 40},
			"one action":     {audit.Filter{Actions: []audit.Action{audit.BanMade}}, 40},
			"about bans":     {audit.Filter{Actions: []audit.Action{audit.BanMade, audit.BanLifted}}, 80},
			"bans by Bob":    {audit.Filter{Agent: bob.ID, Actions: []audit.Action{audit.BanMade}}, 0},
			"in ten minutes": {audit.Filter{From: began.Add(time.Hour), To: began.Add(70 * time.Minute)}, 10},
		} {
			var got []audit.Logged
			var cursor page.Cursor
			for {
				items, next, err := s.List(t.Context(), ann, tt.f, cursor, 7)
				if err != nil {
					t.Fatal(err)
				}
				if got = append(got, items...); next.Zero() {
					break
				}
				cursor = next
			}
			if len(got) != tt.want {
				t.Errorf("%s: %d entries, want %d", name, len(got), tt.want)
			}
			if !slices.IsSortedFunc(got, func(a, b audit.Logged) int { return int(b.N - a.N) }) {
				t.Errorf("%s: not the newest first", name)
			}
		}
		items, _, err := s.List(t.Context(), ann, audit.Filter{}, page.Cursor{}, 3)
		if err != nil {
			t.Fatal(err)
		}
		names := []string{items[0].Name, items[1].Name, items[2].Name}
		if diff := cmp.Diff([]string{"", "Bob", "Ann"}, names); diff != "" {
			t.Errorf("names: %s", diff)
		}
		if _, _, err := s.List(t.Context(), ann, audit.Filter{}, page.Cursor{At: 1, ID: "x"}, 3); !errors.Is(err, page.ErrCursor) {
			t.Errorf("a cursor of another list: %v", err)
		}
	})
}

func TestALongDetailAndOddTextAreStoredAsTheyAre(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		write(t, e, audit.Entry{
			Property: "p", At: e.Clock.Now(), Target: "\x00\xff", Action: audit.BanMade,
			Detail: map[string]string{"reason": strings.Repeat("\x00\"\\\u2028é🐟", 2000)},
		})
		if report := verify(t, e); report.Faults != nil {
			t.Error(report.Faults)
		}
	})
}
