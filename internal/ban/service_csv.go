package ban

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

// together is how many lines of an import are one transaction, and how many bans of an export one reading: others have to
// get between.
const together = 500

// Report is what an import did.
type Report struct {
	Made    int
	Skipped int    // refused because they are on the list already
	Refused []Line // with why
}

// countDetail is what the audit log keeps of an import or export.
type countDetail struct {
	Count int64 `json:"count"`
}

// Import makes the bans of a CSV file, from address from. A line that cannot be a ban, or is one already, is in the report
// and does not keep the others. Importing a file again makes nothing twice.
func (s *Service) Import(ctx context.Context, who actor.Agent, file []byte, from string) (Report, error) {
	lines, err := ReadCSV(file, s.Now().UnixMilli())
	if err != nil {
		return Report{}, err
	}
	in := importer{Service: s, who: who, from: from}
	if in.house, err = s.loaded(ctx, who.Property); err != nil {
		return Report{}, err
	}
	if in.base.online, err = s.Chats.Online(ctx, who.Property); err != nil {
		return Report{}, err
	}
	for some := range slices.Chunk(lines, together) {
		if err := in.take(ctx, some); err != nil {
			return Report{}, fmt.Errorf("import bans: %w", err)
		}
	}
	return in.report, nil
}

// importer is one import on its way.
type importer struct {
	*Service
	who    actor.Agent
	from   string
	house  *house
	base   plan // what is the same for every line
	report Report
}

// take stores a part of the lines in one transaction.
func (in *importer) take(ctx context.Context, lines []Line) error {
	p := in.who.Property
	var report Report
	var made []Entry
	err := in.DB.Write(ctx, func(tx *db.Tx) error {
		report, made = Report{}, nil
		if err := in.readHouse(ctx, tx); err != nil {
			return err
		}
		var log []audit.Entry
		fresh := NewIndex() // of this part: a line may repeat another
		for _, l := range lines {
			b, err := in.line(ctx, tx, l, fresh)
			if known := errs.Find(err); known != nil && known.Kind != errs.Unavailable && known.Kind != errs.Internal {
				l.Err = known
				report.Refused = append(report.Refused, l)
				if errors.Is(err, ErrListed) {
					report.Skipped++
				}
				continue
			}
			if err != nil {
				return err
			}
			made = append(made, b.Entry)
			log = append(log, in.made(in.who, b, in.from))
		}
		report.Made = len(made)
		emit(tx, p, made)
		log = append(log, in.entry(in.who, audit.BansImported, "", countDetail{int64(len(made))}))
		return audit.Write(ctx, tx, log...)
	})
	if err != nil {
		return err
	}
	in.report.Made += report.Made
	in.report.Skipped += report.Skipped
	in.report.Refused = append(in.report.Refused, report.Refused...)
	in.apply(p, Change{Bans: made})
	return nil
}

func (in *importer) readHouse(ctx context.Context, tx *db.Tx) error {
	list, err := listAllowed(ctx, tx, in.who.Property)
	if err != nil {
		return err
	}
	in.base.talking, err = talking(ctx, tx, in.who.Property)
	in.base.allowed = nil
	for _, a := range list {
		in.base.allowed = append(in.base.allowed, a.Network)
	}
	return err
}

// line makes the ban of one line, or says why not.
func (in *importer) line(ctx context.Context, tx *db.Tx, l Line, fresh *Index) (Ban, error) {
	if l.Err != nil {
		return Ban{}, l.Err
	}
	now := in.Now()
	if in.house.Has(l.Entry, now) || fresh.Has(l.Entry, now) {
		return Ban{}, ErrListed
	}
	plan := in.base
	plan.entry = l.Entry
	plan.subject.Visitor = l.Entry.Visitor
	if plan.subject.Visitor != "" {
		if err := describe(ctx, tx, in.who.Property, &plan.subject); err != nil {
			return Ban{}, err
		}
		if !plan.subject.Known {
			return Ban{}, ErrVisitor
		}
	}
	if err := plan.refusal(Draft{From: in.from}); err != nil {
		return Ban{}, err
	}
	b := Ban{Entry: l.Entry, MadeAt: now.UnixMilli(), Person: plan.subject.Person, Record: plan.subject.Record}
	b.ID, b.By, b.ChangedAt = id.New[id.Ban](), in.who.ID, b.MadeAt
	fresh.Apply(b.Entry)
	return b, in.put(ctx, tx, in.who.Property, b, plan)
}

// Export writes the bans in force as CSV, newest first: one line for each thing that a ban covers. What would be a formula
// in a spreadsheet is made harmless.
func (s *Service) Export(ctx context.Context, who actor.Agent, out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write(Header); err != nil {
		return err
	}
	for from := (page.Cursor{}); ; {
		var some []Ban
		err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
			some, err = list(ctx, tx, who.Property, Filter{Sort: NewestFirst}, part{from, together, s.Now()})
			return err
		})
		if err != nil {
			return fmt.Errorf("export bans: %w", err)
		}
		for _, b := range some {
			if err := w.WriteAll(b.Rows()); err != nil {
				return err
			}
		}
		if len(some) < together {
			w.Flush()
			return w.Error()
		}
		last := some[len(some)-1]
		from = page.Cursor{At: last.MadeAt, ID: string(last.ID)}
	}
}

// BeginExport writes down that somebody takes the list out of the house. Call it before Export.
func (s *Service) BeginExport(ctx context.Context, who actor.Agent) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := count(ctx, tx, who.Property, Filter{}, s.Now())
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, s.entry(who, audit.BansExported, "", countDetail{n}))
	})
	if err != nil {
		return fmt.Errorf("begin export of bans: %w", err)
	}
	return nil
}
