package geo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/platform/geo/geotest"
)

// Records as the databases that are around write them.
func maxmind(country, city string) map[string]any {
	return map[string]any{
		"country": map[string]any{"iso_code": country, "names": map[string]any{"en": "Somewhere"}},
		"city":    map[string]any{"names": map[string]any{"en": city, "de": "anders"}},
	}
}

func open(t testing.TB, records map[string]map[string]any) *DB {
	t.Helper()
	d, err := read(geotest.Database(records))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFind(t *testing.T) {
	d := open(t, map[string]map[string]any{
		"198.51.100.0/24": maxmind("DE", "Köln"),
		"203.0.113.0/25":  geotest.Country("nl"),
		"203.0.113.128/25": {
			"registered_country": map[string]any{"iso_code": "FR"}, "city": "Lyon\x00\u202e",
		},
		"2001:db8::/32": maxmind("JP", strings.Repeat("東", 200)),
		"10.0.0.0/8":    geotest.Country("US"), // nobody should, but somebody does
		"192.0.2.0/24":  {"country": "not a map", "country_code": "not a code"},
	})
	for address, want := range map[string]Place{
		"198.51.100.7":           {"DE", "Köln"},
		"::ffff:198.51.100.7":    {"DE", "Köln"},
		"203.0.113.5":            {Country: "NL"},
		"203.0.113.200":          {"FR", "Lyon"},
		"2001:db8::1":            {"JP", strings.Repeat("東", maxCityRunes)},
		"2001:db8::1%eth0":       {"JP", strings.Repeat("東", maxCityRunes)},
		"192.0.2.1":              {},
		"10.1.2.3":               {},
		"127.0.0.1":              {},
		"::1":                    {},
		"fe80::1":                {},
		"fd00::1":                {},
		"224.0.0.1":              {},
		"8.8.8.8":                {},
		"2a00::1":                {},
		"":                       {},
		"localhost":              {},
		"198.51.100.7:443":       {},
		"198.51.100.7, 1.2.3.4":  {},
		strings.Repeat("9", 9e3): {},
	} {
		for range 2 { // the second time from memory
			if got := d.Find(address); got != want {
				t.Errorf("Find(%.40q) = %+v, want %+v", address, got, want)
			}
		}
	}
}

func TestWithoutADatabaseNothingIsKnown(t *testing.T) {
	for name, d := range map[string]*DB{"nil": nil, "empty": {}} {
		if !d.Empty() || d.Find("198.51.100.7") != (Place{}) {
			t.Errorf("%s: knows something", name)
		}
	}
}

// TestBuiltIn looks only at what was built in: `make build` copies the database, `go test` alone has none.
func TestBuiltIn(t *testing.T) {
	d, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	if builtIn == nil {
		if !d.Empty() {
			t.Error("there is no database, and it is not empty")
		}
		return
	}
	for address, want := range map[string]string{"8.8.8.8": "US", "2a01:4f8::1": "DE", "192.168.1.1": ""} {
		if got := d.Find(address); got.Country != want || got.City != "" {
			t.Errorf("Find(%s) = %+v, want %q", address, got, want)
		}
	}
}

func TestOpenRefusesWhatItCannotUse(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, raw []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := geotest.Database(map[string]map[string]any{"198.51.100.0/24": geotest.Country("DE")})
	if d, err := Open(file("good", good)); err != nil || d.Find("198.51.100.1").Country != "DE" {
		t.Errorf("a good one: %v", err)
	}
	for name, tt := range map[string]struct{ path, says string }{
		"missing":      {filepath.Join(dir, "none.mmdb"), "no such file"},
		"a folder":     {dir, "is a directory"},
		"empty":        {file("empty", nil), "MaxMind"},
		"text":         {file("text", []byte("country,city\n")), "MaxMind"},
		"cut":          {file("cut", good[:len(good)/2]), "MaxMind"},
		"no countries": {file("asn", geotest.Database(map[string]map[string]any{"198.51.100.0/24": {"autonomous_system_number": "64496"}})), "no countries"},
	} {
		if _, err := Open(tt.path); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, tt.says)
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	d := open(t, map[string]map[string]any{"198.51.100.0/24": maxmind("DE", "Köln")})
	d.Find("198.51.100.7")
	if n := testing.AllocsPerRun(100, func() { d.Find("198.51.100.9") }); n != 0 {
		t.Errorf("%v allocations a lookup, want none", n)
	}
}

func BenchmarkFind(b *testing.B) {
	d, err := Open("")
	if err != nil || d.Empty() {
		b.Skip("no database is built in: make build")
	}
	for b.Loop() {
		d.Find("8.8.8.8")
	}
}

func FuzzFind(f *testing.F) {
	d := open(f, map[string]map[string]any{"0.0.0.0/0": geotest.Country("DE"), "2000::/3": geotest.Country("NL")})
	for _, s := range []string{"1.2.3.4", "::", "::ffff:1.2.3.4", "2001:db8::1%x", "a", "\x00", "1.2.3.4/24", "[::1]:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if p := d.Find(address); p.Country != "" && p.Country != "DE" && p.Country != "NL" {
			t.Errorf("Find(%q) = %+v", address, p)
		}
	})
}

func FuzzDatabase(f *testing.F) {
	good := geotest.Database(map[string]map[string]any{"198.51.100.0/24": maxmind("DE", "Köln"), "2001:db8::/32": geotest.Country("JP")})
	f.Add(good)
	f.Add(good[:len(good)-7])
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, raw []byte) {
		d, err := read(raw)
		if err != nil {
			return
		}
		d.Find("198.51.100.7") // must not panic, whatever it answers
		d.Find("2001:db8::1")
	})
}
