package audit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// written is a chain of four entries as Write makes it.
func written(t *testing.T) []row {
	t.Helper()
	var rows []row
	previous := ""
	for i, action := range []Action{PropertyMade, MemberJoined, BanMade, BanLifted} {
		r, err := newRow(Entry{
			Property: "p", At: start.Add(time.Duration(i) * time.Minute), Agent: "ann", Address: "192.0.2.7", Action: action,
			Target: "target", Detail: map[string]any{"reason": "spam <b> & more", "n": i},
		})
		if err != nil {
			t.Fatal(err)
		}
		r.N = int64(i + 1)
		if r.Hash, err = r.hashAfter(previous); err != nil {
			t.Fatal(err)
		}
		previous = r.Hash
		rows = append(rows, r)
	}
	return rows
}

func rehash(t *testing.T, rows []row, from int) {
	t.Helper()
	for i := from; i < len(rows); i++ {
		previous, err := "", error(nil)
		if i > 0 {
			previous = rows[i-1].Hash
		}
		if rows[i].Hash, err = rows[i].hashAfter(previous); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryChangeIsFound changes a chain in every way there is and wants the number of the entry.
func TestEveryChangeIsFound(t *testing.T) {
	last := written(t)[3]
	for name, tt := range map[string]struct {
		change func(t *testing.T, rows []row) []row
		head   *Head
		kept   []Head
		want   []int64
	}{
		"nothing":               {change: func(_ *testing.T, rows []row) []row { return rows }},
		"another time":          {change: func(_ *testing.T, rows []row) []row { rows[1].At++; return rows }, want: []int64{2}},
		"another agent":         {change: func(_ *testing.T, rows []row) []row { rows[1].Agent = "bob"; return rows }, want: []int64{2}},
		"another address":       {change: func(_ *testing.T, rows []row) []row { rows[0].Address = ""; return rows }, want: []int64{1}},
		"another action":        {change: func(_ *testing.T, rows []row) []row { rows[3].Action = BanMade; return rows }, want: []int64{4}},
		"another target":        {change: func(_ *testing.T, rows []row) []row { rows[2].Target = "x"; return rows }, want: []int64{3}},
		"a space in the detail": {change: func(_ *testing.T, rows []row) []row { rows[2].Detail += " "; return rows }, want: []int64{3}},
		"text moved between columns": {change: func(_ *testing.T, rows []row) []row {
			rows[2].Address, rows[2].Target = rows[2].Address+rows[2].Target, ""
			return rows
		}, want: []int64{3}},
		"two of them": {change: func(_ *testing.T, rows []row) []row { rows[0].At++; rows[2].At++; return rows }, want: []int64{1, 3}},
		"altered and hashed again": {change: func(t *testing.T, rows []row) []row {
			rows[1].Agent = "bob"
			next := rows[2:]
			rehash(t, rows[:2], 1)
			return append(rows[:2], next...)
		}, want: []int64{3}},
		"the first removed":      {change: func(_ *testing.T, rows []row) []row { return rows[1:] }, want: []int64{1}},
		"one removed":            {change: func(_ *testing.T, rows []row) []row { return append(rows[:1], rows[2:]...) }, want: []int64{2}},
		"the last removed":       {change: func(_ *testing.T, rows []row) []row { return rows[:3] }, want: []int64{4}},
		"two at the end removed": {change: func(_ *testing.T, rows []row) []row { return rows[:2] }, want: []int64{3}},
		"all removed":            {change: func(_ *testing.T, _ []row) []row { return nil }, want: []int64{1}},
		"removed and numbered anew": {change: func(_ *testing.T, rows []row) []row {
			rows = append(rows[:1], rows[2:]...)
			rows[1].N, rows[2].N = 2, 3
			return rows
		}, want: []int64{2, 3, 4}}, // the third's number is not the one that it was hashed with
		"two in another order": {change: func(_ *testing.T, rows []row) []row {
			rows[1], rows[2] = rows[2], rows[1]
			rows[1].N, rows[2].N = 2, 3
			return rows
		}, want: []int64{2, 3, 4}},
		"one inserted": {change: func(t *testing.T, rows []row) []row {
			rows = append(rows[:2], append([]row{rows[1]}, rows[2:]...)...)
			for i := range rows {
				rows[i].N = int64(i + 1)
			}
			return rows
		}, want: []int64{3, 4, 5, 5}}, // the last is behind the head as well
		"one added at the end": {change: func(t *testing.T, rows []row) []row {
			rows = append(rows, rows[3])
			rows[4].N = 5
			rehash(t, rows, 4)
			return rows
		}, want: []int64{5}},
		"no head": {change: func(_ *testing.T, rows []row) []row { return rows }, head: &Head{}, want: []int64{4}},
		"another head": {
			change: func(_ *testing.T, rows []row) []row { return rows },
			head:   &Head{Property: "p", N: 4, Hash: "x"}, want: []int64{4},
		},
		"all written anew, the head too": { // nothing inside the database shows it …
			change: func(t *testing.T, rows []row) []row { rows[1].Agent = "bob"; rehash(t, rows, 1); return rows },
			head:   anew(t),
		},
		"all written anew, but a head was kept": { // … what is kept outside does
			change: func(t *testing.T, rows []row) []row { rows[1].Agent = "bob"; rehash(t, rows, 1); return rows },
			head:   anew(t), kept: []Head{{"p", 3, written(t)[2].Hash}}, want: []int64{3},
		},
		"cut behind, the head too, but it was kept": {
			change: func(_ *testing.T, rows []row) []row { return rows[:2] },
			head:   &Head{"p", 2, written(t)[1].Hash}, kept: []Head{{"p", 4, last.Hash}}, want: []int64{4},
		},
		"grown since a head was kept": {change: func(_ *testing.T, rows []row) []row { return rows }, kept: []Head{{"p", 2, written(t)[1].Hash}, {"q", 7, "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			head := tt.head
			switch {
			case head == nil:
				head = &Head{"p", 4, last.Hash}
			case *head == Head{}:
				head = nil
			}
			c := newChain("p", tt.kept)
			for _, r := range tt.change(t, written(t)) {
				if err := c.next(r); err != nil {
					t.Fatal(err)
				}
			}
			c.end(head)
			var got []int64
			for _, f := range c.faults {
				got = append(got, f.N)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s\n%v", diff, c.faults)
			}
		})
	}
}

// anew is the head of a chain that somebody forged from the second entry on.
func anew(t *testing.T) *Head {
	t.Helper()
	rows := written(t)
	rows[1].Agent = "bob"
	rehash(t, rows, 1)
	return &Head{"p", 4, rows[3].Hash}
}

func TestManyFaultsAreCountedAndNotAllListed(t *testing.T) {
	c := newChain("p", nil)
	for range 100 {
		if err := c.next(row{Property: "p", N: c.last.N + 1, Hash: "forged"}); err != nil {
			t.Fatal(err)
		}
	}
	c.end(&c.last)
	if len(c.faults) != maxFaults+1 || !strings.Contains(c.faults[maxFaults].String(), "80 more") {
		t.Errorf("%d faults, the last: %v", len(c.faults), c.faults[len(c.faults)-1])
	}
}

// TestTheHashIsTheOneInTheDocuments keeps the form of the hash: a stored chain must be checked by every later version.
func TestTheHashIsTheOneInTheDocuments(t *testing.T) {
	r, err := newRow(Entry{Property: "p", At: start, Agent: "ann", Address: "2001:db8::1", Action: BanMade, Target: "b", Detail: map[string]any{"reason": "<é>", "a": 1}})
	if err != nil {
		t.Fatal(err)
	}
	r.N = 1
	if want := `{"a":1,"reason":"<é>"}`; r.Detail != want {
		t.Errorf("detail %s, want %s", r.Detail, want)
	}
	first, err := r.hashAfter("")
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.hashAfter(first)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{first, second}
	want := []string{ // by another program, from what SECURITY.md says
		"7f01310010651da8966dfa3b222acea42a35fbcc17ad348356449cd22e048f15",
		"2c5cd7281c15a5d379584362ddd8905f6426fdd12ccba7081faff55b85f46536",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnEntryNeedsATimeAndIsStorable(t *testing.T) {
	if _, err := newRow(Entry{Action: BanMade}); !errors.Is(err, ErrNoTime) {
		t.Errorf("without a time: %v", err)
	}
	r, err := newRow(Entry{At: start, Target: "a\x00b\xff"})
	if err != nil || r.Target != "ab\uFFFD" || r.Detail != "{}" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestActionsOf(t *testing.T) {
	for filter, want := range map[string][]Action{
		"": nil, "ban.made": {BanMade}, "network": {NetworkAllowed, NetworkRemoved}, "settings": {SettingsChanged},
	} {
		if got, err := ActionsOf(filter); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", filter, got, err, want)
		}
	}
	for _, filter := range []string{"b", "ban.", "ban.made.x", "%"} {
		if _, err := ActionsOf(filter); !errors.Is(err, ErrAction) {
			t.Errorf("%q: %v", filter, err)
		}
	}
}

func TestHeadsAreReadAsTheyArePrinted(t *testing.T) {
	hash := strings.Repeat("a", 64)
	list := []Head{{"", 3, hash}, {"0190a5a0-0000-7000-8000-000000000000", 12, hash}}
	got, err := ParseHeads("# kept on Monday\n" + list[0].String() + "\n\n" + list[1].String() + "\r\n")
	if err != nil || !cmp.Equal(got, list) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"p", "p 1", "p x " + hash, "p 0 " + hash, "p 1 abc", "p 1 " + hash + " more"} {
		if _, err := ParseHeads(text); !errors.Is(err, ErrHeads) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
