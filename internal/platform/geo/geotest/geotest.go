// Package geotest makes databases of places for tests.
package geotest

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Country is a record that names a country.
func Country(code string) map[string]any { return map[string]any{"country_code": code} }

// File writes a database and answers where it is.
func File(t testing.TB, records map[string]map[string]any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(path, Database(records), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Database makes a database in MaxMind's format (https://maxmind.github.io/MaxMind-DB/): a binary tree over the bits of IPv6
// addresses with IPv4 at ::/96, then the records, then what it says of itself.
func Database(records map[string]map[string]any) []byte {
	w := &writer{nodes: [][2]uint32{{}}}
	var section []byte
	var offsets []int
	for _, network := range slices.Sorted(maps.Keys(records)) {
		offsets = append(offsets, len(section))
		section = append(section, encode(records[network])...)
		w.insert(netip.MustParsePrefix(network), len(offsets)-1)
	}
	var out []byte
	for _, node := range w.nodes {
		for _, record := range node {
			switch {
			case record == 0:
				record = number(len(w.nodes)) // nothing
			case record&leaf != 0:
				record = number(len(w.nodes) + 16 + offsets[record&^leaf])
			}
			out = binary.BigEndian.AppendUint32(out, record)
		}
	}
	out = append(out, make([]byte, 16)...)
	out = append(out, section...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	return append(out, encode(map[string]any{
		"binary_format_major_version": uint16(2), "binary_format_minor_version": uint16(0), "build_epoch": uint64(1),
		"database_type": "Test", "description": map[string]any{}, "ip_version": uint16(6), "languages": []any{},
		"node_count": number(len(w.nodes)), "record_size": uint16(32),
	})...)
}

const leaf = 1 << 31

type writer struct{ nodes [][2]uint32 }

func (w *writer) insert(network netip.Prefix, record int) {
	raw, bits := network.Addr().As16(), network.Bits()
	if network.Addr().Is4() {
		raw[10], raw[11] = 0, 0 // not mapped: the format has IPv4 at ::/96
		bits += 96
	}
	node := uint32(0)
	for i := range bits {
		side := raw[i/8] >> (7 - i%8) & 1
		if i == bits-1 {
			w.nodes[node][side] = leaf | number(record)
			return
		}
		if w.nodes[node][side] == 0 {
			w.nodes = append(w.nodes, [2]uint32{})
			w.nodes[node][side] = number(len(w.nodes) - 1)
		}
		node = w.nodes[node][side]
	}
}

// The format's types.
const (
	typeString, typeUint16, typeUint32, typeMap = 2, 5, 6, 7
	typeUint64, typeArray                       = 9 - 7, 11 - 7 // in a second byte
)

// number is a length in a database that a test makes: a few kilobytes.
func number(n int) uint32 { return uint32(n) } //nolint:gosec // small

func small(n int) byte { return byte(n) } //nolint:gosec // the format's lengths of a byte

func encode(v any) []byte {
	switch v := v.(type) {
	case string:
		return append(control(typeString, len(v)), v...)
	case uint16:
		return append(control(typeUint16, 2), binary.BigEndian.AppendUint16(nil, v)...)
	case uint32:
		return append(control(typeUint32, 4), binary.BigEndian.AppendUint32(nil, v)...)
	case uint64:
		return append([]byte{8, typeUint64}, binary.BigEndian.AppendUint64(nil, v)...)
	case []any:
		return []byte{small(len(v)), typeArray}
	case map[string]any:
		out := control(typeMap, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(append(out, encode(key)...), encode(v[key])...)
		}
		return out
	default:
		panic("a type that no test needs")
	}
}

func control(kind byte, size int) []byte {
	switch {
	case size < 29:
		return []byte{kind<<5 | small(size)}
	case size < 285:
		return []byte{kind<<5 | 29, small(size - 29)}
	default:
		return []byte{kind<<5 | 30, small((size - 285) >> 8), small((size - 285) & 0xff)}
	}
}
