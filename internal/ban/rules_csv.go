package ban

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
)

const (
	maxLines  = 10_000
	maxFile   = 5 << 20
	maxShown  = 200 // characters of a refused line in the report
	neverEnds = "never"
)

// Header is the first line of an export; an import may have it or not.
var Header = []string{"kind", "value", "reason", "ends_at"}

// ErrLine says that a line of a file does not have the columns.
var ErrLine = errs.New(errs.Invalid, "ban.line", "A line needs a kind, a value, a reason and an end.")

// ErrKind says that a line's first column is no kind.
var ErrKind = errs.New(errs.Invalid, "ban.kind", "The kind must be visitor, address, range, email or domain.")

// Line is one line of an import: an entry, or why it is none.
type Line struct {
	N     int    // in the file, from 1
	Text  string // what stood there, shortened
	Entry Entry  // without an id
	Err   error
}

// ReadCSV understands a file of bans. An error is about the whole file; what is wrong with a line is in the line.
func ReadCSV(file []byte, now int64) ([]Line, error) {
	if len(file) > maxFile {
		return nil, ErrFileSize
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) || bytes.IndexByte(file, 0) >= 0 {
		return nil, ErrFile
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	if first, _, _ := bytes.Cut(file, []byte("\n")); bytes.IndexByte(first, ',') < 0 && bytes.IndexByte(first, ';') >= 0 {
		r.Comma = ';' // as spreadsheets write it where the comma is for decimals
	}
	var lines []Line
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if len(lines) == maxLines {
			return nil, ErrFileSize
		}
		if err != nil {
			return nil, ErrFile
		}
		n, _ := r.FieldPos(0)
		if len(lines) == 0 && strings.EqualFold(strings.TrimSpace(cells[0]), Header[0]) {
			continue // the header
		}
		lines = append(lines, readLine(n, cells, now))
	}
	if len(lines) == 0 {
		return nil, ErrFile
	}
	return lines, nil
}

func readLine(n int, cells []string, now int64) Line {
	l := Line{N: n, Text: shorten(strings.Join(cells, ", "))}
	if len(cells) < 3 || len(cells) > len(Header) {
		l.Err = ErrLine
		return l
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(unguard(cells[i]))
	}
	if l.Err = l.Entry.cover(Kind(strings.ToLower(cells[0])), cells[1]); l.Err != nil {
		return l
	}
	if l.Entry.Reason, l.Err = Reason(cells[2]); l.Err != nil {
		return l
	}
	if len(cells) == len(Header) {
		l.Entry.EndsAt, l.Err = readEnd(cells[3], now)
	}
	return l
}

// cover takes in one thing that the entry is about.
func (e *Entry) cover(kind Kind, value string) (err error) {
	switch kind {
	case KindVisitor:
		if e.Visitor = id.Visitor(strings.ToLower(value)); !id.Valid(e.Visitor) {
			err = ErrVisitor
		}
	case KindAddress, KindRange:
		e.Network, err = Network(value)
	case KindEmail:
		e.Email, err = Email(value)
	case KindDomain:
		e.Domain, err = Domain(value)
	default:
		err = ErrKind
	}
	return err
}

// readEnd understands no end, a day, a time, and unix milliseconds.
func readEnd(s string, now int64) (int64, error) {
	if s == "" || s == "0" || strings.EqualFold(s, neverEnds) {
		return 0, nil
	}
	at, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		at = 0
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
			if t, err := time.Parse(layout, s); err == nil {
				at = t.UnixMilli()
				break
			}
		}
	}
	if at == 0 {
		return 0, ErrEnd
	}
	return at, End(at, now)
}

// Rows is the entry as lines of an export: one for each thing that it covers.
func (e Entry) Rows() [][]string {
	var rows [][]string
	add := func(kind Kind, value string) {
		end := neverEnds
		if e.EndsAt > 0 {
			end = time.UnixMilli(e.EndsAt).UTC().Format(time.RFC3339)
		}
		rows = append(rows, []string{string(kind), guard(value), guard(e.Reason), end})
	}
	if e.Visitor != "" {
		add(KindVisitor, string(e.Visitor))
	}
	if e.Network.IsValid() {
		add(kindOf(e.Network), e.Network.String())
	}
	if e.Email != "" {
		add(KindEmail, e.Email)
	}
	if e.Domain != "" {
		add(KindDomain, e.Domain)
	}
	return rows
}

// formulas begin what a spreadsheet would run. The apostrophe is among them so that a guarded text can be read back.
const formulas = "=+-@\t\r'"

func guard(s string) string {
	if s != "" && strings.IndexByte(formulas, s[0]) >= 0 {
		return "'" + s
	}
	return s
}

func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte(formulas, s[1]) >= 0 {
		return s[1:]
	}
	return s
}

func shorten(s string) string {
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}
