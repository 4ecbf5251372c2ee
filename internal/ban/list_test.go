package ban_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/audit"
	"parley/internal/ban"
	"parley/internal/kernel/page"
	"parley/internal/testkit"
)

func labels(items []ban.Ban) []string {
	var all []string
	for _, b := range items {
		all = append(all, b.Label())
	}
	return all
}

func TestTheListFiltersSearchesSortsAndPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		ctx := t.Context()
		_, chat := h.chat("203.0.113.7", "mallory@x.example")
		now := e.Clock.Now()
		for _, d := range []struct {
			ban.Draft
			ends time.Duration
		}{
			{ban.Draft{Chat: chat, Address: true, Reason: "50% Größe_"}, time.Hour},
			{ban.Draft{Network: "198.51.100.0/24"}, 48 * time.Hour},
			{ban.Draft{Network: "2001:db8:1:2::"}, 0},
			{ban.Draft{Email: "a@spam.example"}, 2 * time.Minute},
			{ban.Draft{Domain: "spam.example"}, 0},
		} {
			e.Clock.Advance(time.Second)
			if d.ends > 0 {
				d.EndsAt = now.Add(d.ends).UnixMilli()
			}
			who := h.boss
			if d.Chat != "" {
				who = h.ann
			}
			h.make(who, d.Draft)
		}
		h.banned(h.Service, ban.Who{Email: "b@spam.example"})
		h.banned(h.Service, from("v", "198.51.100.9"))
		h.banned(h.Service, from("v", "198.51.100.9"))
		if err := h.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		other := open(t, e)
		other.make(other.boss, ban.Draft{Email: "a@spam.example"})

		const mallory, rng, house, email, domain = "Mallory", "198.51.100.0/24", "2001:db8:1:2::/64", "a@spam.example", "spam.example"
		for name, c := range map[string]struct {
			f    ban.Filter
			want []string
		}{
			"newest first":        {ban.Filter{}, []string{domain, email, house, rng, mallory}},
			"oldest first":        {ban.Filter{Sort: ban.OldestFirst}, []string{mallory, rng, house, email, domain}},
			"first to end first":  {ban.Filter{Sort: ban.EndsFirst}, []string{email, mallory, rng, house, domain}},
			"last to end first":   {ban.Filter{Sort: ban.EndsLast}, []string{domain, house, rng, mallory, email}},
			"most hits first":     {ban.Filter{Sort: ban.MostHits}, []string{rng, domain, email, house, mallory}},
			"fewest hits first":   {ban.Filter{Sort: ban.FewestHits}, []string{mallory, house, email, domain, rng}},
			"visitors":            {ban.Filter{Kind: ban.KindVisitor}, []string{mallory}},
			"addresses":           {ban.Filter{Kind: ban.KindAddress}, []string{house, mallory}},
			"ranges":              {ban.Filter{Kind: ban.KindRange}, []string{rng}},
			"email addresses":     {ban.Filter{Kind: ban.KindEmail}, []string{email}},
			"domains":             {ban.Filter{Kind: ban.KindDomain}, []string{domain}},
			"made by Ann":         {ban.Filter{By: h.ann.ID}, []string{mallory}},
			"never":               {ban.Filter{End: ban.EndsNever}, []string{domain, house}},
			"soon":                {ban.Filter{End: ban.EndsSoon}, []string{email, mallory}},
			"later":               {ban.Filter{End: ban.EndsLater}, []string{rng}},
			"by name":             {ban.Filter{Text: "MALL"}, []string{mallory}},
			"by reason":           {ban.Filter{Text: " größe_ "}, []string{mallory}},
			"a sign of LIKE":      {ban.Filter{Text: "0%"}, []string{mallory}},
			"nothing like it":     {ban.Filter{Text: "0%r"}, nil},
			"by part of address":  {ban.Filter{Text: "203.0.113"}, []string{mallory}},
			"by address in range": {ban.Filter{Text: "198.51.100.77"}, []string{rng}},
			"by IPv6 address":     {ban.Filter{Text: "2001:db8:1:2:ff::1"}, []string{house}},
			"two filters":         {ban.Filter{Kind: ban.KindEmail, Text: "spam.example"}, []string{email}},
			"past":                {ban.Filter{Past: true}, nil},
		} {
			got, _, err := h.List(ctx, h.ann, c.f, page.Cursor{}, 0)
			if err != nil || !slices.Equal(labels(got), c.want) {
				t.Errorf("%s: %q, %v; want %q", name, labels(got), err, c.want)
			}
			var paged []string
			var from page.Cursor
			for {
				items, next, err := h.List(ctx, h.ann, c.f, from, 2)
				if err != nil {
					t.Fatal(err)
				}
				paged = append(paged, labels(items)...)
				if next.Zero() {
					break
				}
				if from, err = page.Parse(next.String()); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(paged, c.want) {
				t.Errorf("%s in pages: %q, want %q", name, paged, c.want)
			}
		}
		if _, _, err := h.List(ctx, h.ann, ban.Filter{Sort: "id; DROP TABLE bans"}, page.Cursor{}, 0); !errors.Is(err, ban.ErrFilter) {
			t.Errorf("an unknown order: %v", err)
		}
		e.Clock.Advance(2 * time.Minute)
		if got, _, err := h.List(ctx, h.ann, ban.Filter{Past: true}, page.Cursor{}, 0); err != nil || !slices.Equal(labels(got), []string{email}) {
			t.Errorf("past bans: %q, %v; want the one that has lapsed", labels(got), err)
		}
	})
}

func TestAnImportMakesWhatItCanAndReportsTheRest(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		ctx := t.Context()
		mallory, _ := h.chat("203.0.113.7", "")
		other := open(t, e)
		foreign, _ := other.chat("203.0.113.7", "")
		h.make(h.boss, ban.Draft{Email: "known@x.example"})
		if _, err := h.Allow(ctx, h.boss, "198.51.100.0/24", ""); err != nil {
			t.Fatal(err)
		}
		file := strings.Join([]string{
			"\ufeffkind,value,reason,ends_at",
			"address,203.0.113.7,Spam,never",
			"Range,10.1.2.3/16,\"Spam, and more\",2026-02-01",
			"email,Bob@Example.com,'=1+1,2026-01-06T09:00:00Z",
			"domain,bücher.example,Spam,1768000000000",
			"visitor," + string(mallory) + ",Spam,",
			"visitor," + string(foreign) + ",Spam,",  // 7: a neighbour's
			"email,known@x.example,Spam,",            // 8: there already
			"address,::ffff:203.0.113.7,Spam again,", // 9: said before
			"address,192.0.2.9,Spam,",                // 10: one's own
			"address,198.51.100.1,Spam,",             // 11: on the allow list
			"address,203.0.113.999,Spam,",            // 12
			"phone,12345,Spam,",                      // 13
			"email,c@x.example,,",                    // 14
			"email,d@x.example,Spam,2020-01-01",      // 15
			"email,e@x.example",                      // 16
			"range,0.0.0.0/0,Spam,",                  // 17
			"email,f@x.example,Spam,tomorrow",        // 18
		}, "\r\n")
		report, err := h.Import(ctx, h.boss, []byte(file), "192.0.2.9")
		if err != nil {
			t.Fatal(err)
		}
		var refused []string
		for _, l := range report.Refused {
			code, _, _ := strings.Cut(l.Err.Error(), ": ")
			refused = append(refused, fmt.Sprintf("%d %s", l.N, code))
		}
		want := []string{
			"7 visitor.not_found", "8 ban.listed", "9 ban.listed", "10 ban.own_address", "11 ban.allowed", "12 ban.network", "13 ban.kind",
			"14 ban.reason", "15 ban.ends_at", "16 ban.line", "17 ban.too_wide", "18 ban.ends_at",
		}
		if report.Made != 5 || report.Skipped != 2 || !slices.Equal(refused, want) {
			t.Errorf("made %d, skipped %d, refused %q; want 5, 2, %q", report.Made, report.Skipped, refused, want)
		}
		if !h.banned(h.Service, from("v", "10.1.255.255")) || !h.banned(h.Service, ban.Who{Email: "BOB@example.com"}) || h.banned(h.Service, from("v", "192.0.2.9")) {
			t.Error("what was imported is not what is banned")
		}
		if by, ok := h.talk.ended[mallory]; !ok || by.By != h.boss.ID || len(h.talk.ended) != 1 {
			t.Errorf("ended %+v, want Mallory's session", h.talk.ended)
		}
		if n := testkit.Get[int64](t, e, `SELECT COUNT(*) FROM audit WHERE action = $1`, audit.BanMade); n != 6 {
			t.Errorf("%d bans in the audit log, want 6", n)
		}
		var out bytes.Buffer
		if err := h.Export(ctx, h.boss, &out); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(out.String(), "\n"); lines != 7 || !strings.Contains(out.String(), "email,bob@example.com,'=1+1,2026-01-06T09:00:00Z\n") {
			t.Errorf("exported\n%s", out.String())
		}
		if report, err = h.Import(ctx, h.boss, out.Bytes(), "192.0.2.9"); err != nil || report.Made != 0 || report.Skipped != 6 {
			t.Errorf("the export again: %+v, %v; want nothing made", report, err)
		}
		again, err := other.Import(ctx, other.boss, out.Bytes(), "192.0.2.9")
		if err != nil || again.Made != 5 { // all but the visitor
			t.Errorf("the export in another property: %+v, %v; want 5 made", again, err)
		}
	})
}

func TestALargeImportAndExport(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		var file strings.Builder
		const n = 1200 // more than two parts
		for i := range n {
			fmt.Fprintf(&file, "address,10.%d.%d.7,Spam,never\n", i/256, i%256)
		}
		report, err := h.Import(t.Context(), h.boss, []byte(file.String()), "")
		if err != nil || report.Made != n || len(report.Refused) != 0 {
			t.Fatalf("made %d, refused %d, %v", report.Made, len(report.Refused), err)
		}
		var out bytes.Buffer
		if err := errors.Join(h.BeginExport(t.Context(), h.boss), h.Export(t.Context(), h.boss, &out)); err != nil || strings.Count(out.String(), "\n") != n+1 {
			t.Errorf("exported %d lines, %v", strings.Count(out.String(), "\n"), err)
		}
		for _, c := range testkit.Published(t, e, ban.Changed) {
			if len(c.Bans) > 100 {
				t.Errorf("an event of %d bans", len(c.Bans))
			}
		}
	})
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"nothing": {"", ban.ErrFile}, "a header": {"kind,value,reason,ends_at\n", ban.ErrFile}, "a picture": {"\x89PNG\r\n\x00", ban.ErrFile},
		"too many lines": {strings.Repeat("x\n", 10_001), ban.ErrFileSize}, "too large": {strings.Repeat("x", 5<<20+1), ban.ErrFileSize},
	} {
		if _, err := ban.ReadCSV([]byte(c.file), 0); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	lines, err := ban.ReadCSV([]byte("kind;value;reason;ends_at\r\naddress;203.0.113.7;One, two;\r\n"), 0)
	if err != nil || len(lines) != 1 || lines[0].Err != nil || lines[0].N != 2 || lines[0].Entry.Reason != "One, two" {
		t.Errorf("with semicolons: %+v, %v", lines, err)
	}
}

func TestAnExportIsNoProgram(t *testing.T) {
	for _, reason := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "'=1"} {
		for _, row := range (ban.Entry{Email: "a@x.example", Reason: reason}).Rows() {
			if row[2] != "'"+reason {
				t.Errorf("%q is exported as %q", reason, row[2])
			}
			lines, err := ban.ReadCSV([]byte(strings.Join(row, ",")), 0)
			if err != nil || lines[0].Err != nil || lines[0].Entry.Reason != reason {
				t.Errorf("%q came back as %+v, %v", reason, lines, err)
			}
		}
	}
}
