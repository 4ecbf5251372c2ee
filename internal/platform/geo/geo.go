// Package geo knows in which country an internet address is. It asks nobody: the database is in the binary, or a file of
// the operator's. It does not know whose address it is.
package geo

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/oschwald/maxminddb-golang/v2"
)

// builtIn is the database in the binary; nil where it was built without one. It stays where the linker put it: an embed.FS would
// copy all 8 MB to the heap.
var builtIn []byte

// carry is called by built.go, which `make build` writes beside a copy of the database: no clone has them, and Go cannot embed
// what may not be there.
func carry(database []byte) struct{} {
	builtIn = database
	return struct{}{}
}

const (
	// maxKnown bounds the records that are kept decoded: a country database has 250, one with cities some hundred thousand.
	maxKnown = 8192
	// maxTried is how many networks of a database are looked at for a country before it counts as one without.
	maxTried     = 10_000
	maxCityRunes = 100
)

// Place is where an address is, as far as known.
type Place struct {
	Country string // ISO 3166, two capital letters
	City    string // its English name; only databases that the operator brought have cities
}

// DB finds the place of an address. A nil one, and one without a database, know of none. It may be used by many at once.
type DB struct {
	reader *maxminddb.Reader

	mu    sync.RWMutex
	known map[uintptr]Place // by the record's offset: thousands of networks share one
}

// Open reads a database in MaxMind's format into memory, so that nothing happens when the file changes later. Without a
// file it takes the countries that are part of the binary; one that was built without them knows none.
func Open(file string) (*DB, error) {
	switch {
	case file == "" && builtIn == nil:
		return &DB{}, nil
	case file == "":
		return read(builtIn)
	}
	raw, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	return read(raw)
}

func read(raw []byte) (*DB, error) {
	reader, err := maxminddb.OpenBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("this is no database in MaxMind's format: %w", err)
	}
	d := &DB{reader: reader, known: map[uintptr]Place{}}
	if !d.hasCountries() {
		return nil, fmt.Errorf("this database (%q) names no countries", cleanName(reader.Metadata.DatabaseType))
	}
	return d, nil
}

// hasCountries tells a database of places from the other kinds, of networks' owners for one.
func (d *DB) hasCountries() bool {
	tried := 0
	for result := range d.reader.Networks() {
		if tried++; result.Err() != nil || tried > maxTried {
			return false
		}
		if d.place(result).Country != "" {
			return true
		}
	}
	return false
}

// Empty reports whether no place can ever be found.
func (d *DB) Empty() bool { return d == nil || d.reader == nil }

// Find answers the place of an address; what is no address, or one of a private network, is nowhere.
func (d *DB) Find(address string) Place {
	if d.Empty() {
		return Place{}
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return Place{}
	}
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return Place{}
	}
	result := d.reader.Lookup(a)
	if result.Err() != nil || !result.Found() {
		return Place{}
	}
	return d.place(result)
}

// place decodes a record once.
func (d *DB) place(result maxminddb.Result) Place {
	d.mu.RLock()
	p, ok := d.known[result.Offset()]
	d.mu.RUnlock()
	if ok {
		return p
	}
	var record map[string]any
	if result.Decode(&record) != nil {
		record = nil
	}
	p = placeOf(record)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	d.known[result.Offset()] = p
	return p
}

// placeOf reads the records of MaxMind and of those who write as they do, and flat ones.
func placeOf(record map[string]any) Place {
	p := Place{Country: country(text(record, "country_code"))}
	for _, key := range []string{"country", "registered_country"} {
		if p.Country == "" {
			p.Country = country(text(part(record, key), "iso_code"))
		}
	}
	if p.City = cleanName(text(record, "city")); p.City == "" {
		p.City = cleanName(text(part(part(record, "city"), "names"), "en"))
	}
	return p
}

func part(m map[string]any, key string) map[string]any {
	p, _ := m[key].(map[string]any)
	return p
}

func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

func country(s string) string {
	s = strings.ToUpper(s)
	if len(s) != 2 || s == "ZZ" || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' { // ZZ: unknown
		return ""
	}
	return s
}

// cleanName takes out what no screen should show.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxCityRunes {
		s = string(runes[:maxCityRunes])
	}
	return strings.TrimSpace(s)
}
