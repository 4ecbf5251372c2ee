package testkit_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/event"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

var said = event.New[string]("test.said")

func TestAnEnvIsFreshAndCollectsWhatIsPublished(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		if n := testkit.Get[int](t, e, `SELECT count(*) FROM properties`); n != 0 {
			t.Fatalf("a fresh database has %d properties", n)
		}
		p := e.Property(t)
		ann := e.Login(t, e.Agent(t, p, actor.Owner, "Ann Lee"))
		e.Visitor(t, p)
		if got := testkit.Get[actor.Role](t, e, `SELECT role FROM memberships WHERE agent_id = $1`, ann.ID); got != actor.Owner {
			t.Errorf("Ann is %q, want owner", got)
		}
		write := func(word string, err error) error {
			return e.DB.Write(t.Context(), func(tx *db.Tx) error {
				said.Emit(tx, p, word)
				return err
			})
		}
		no := errors.New("no")
		if err := errors.Join(write("one", nil), write("two", nil)); err != nil {
			t.Fatal(err)
		}
		if err := write("three", no); !errors.Is(err, no) {
			t.Errorf("got %v, want %v", err, no)
		}
		if diff := cmp.Diff([]string{"one", "two"}, testkit.Published(t, e, said)); diff != "" {
			t.Error(diff)
		}
	})
}
