package app

import (
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/platform/geo/geotest"
)

func TestADatabaseOfPlacesThatCannotBeUsedStopsTheStart(t *testing.T) {
	good := geotest.File(t, map[string]map[string]any{"198.51.100.0/24": geotest.Country("DE")})
	for name, tt := range map[string]struct{ file, says string }{
		"good":    {good, ""},
		"missing": {filepath.Join(t.TempDir(), "none.mmdb"), "--geo-database "},
		"text":    {write(t, "no database"), "MaxMind's format"},
	} {
		a, err := New(t.Context(), Config{Storage: Storage{Data: t.TempDir()}, Network: Network{BaseURL: "http://127.0.0.1:8080", GeoDatabase: tt.file}})
		switch {
		case (err == nil) != (tt.says == "") || (err != nil && !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v", name, err)
		case err == nil:
			if got := a.geo.Find("198.51.100.7").Country; got != "DE" {
				t.Errorf("%s: the country is %q", name, got)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
