package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"parley/internal/audit"
	"parley/internal/platform/db"
)

type verifyAuditCmd struct {
	Storage `embed:"" group:"Data"`
	Kept    string `type:"existingfile" placeholder:"FILE" help:"What this command printed earlier and somebody kept elsewhere: those entries must still be the same."`
}

// Run prints the head of every chain, which is what to keep, and fails if a chain does not hold.
func (c verifyAuditCmd) Run(ctx context.Context, con console) error {
	var kept []audit.Head
	if c.Kept != "" {
		text, err := os.ReadFile(c.Kept)
		if err != nil {
			return err
		}
		if kept, err = audit.ParseHeads(string(text)); err != nil {
			return fmt.Errorf("%s: %w", c.Kept, err)
		}
	}
	d, err := db.OpenView(ctx, c.DatabaseURL()) // so that it can be done every night, while Parley serves
	if err != nil {
		return err
	}
	report, err := (&audit.Service{DB: d}).Verify(ctx, kept)
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	return tell(con.out, report)
}

func tell(w io.Writer, report audit.Report) error {
	var out strings.Builder
	for _, h := range report.Heads {
		fmt.Fprintf(&out, "%s\n", h)
	}
	for _, f := range report.Faults {
		fmt.Fprintf(&out, "# %s\n", f)
	}
	fmt.Fprintf(&out, "# Entries: %d, chains: %d. Keep these lines elsewhere: --kept proves later that nothing up to here was changed.\n",
		report.Entries, len(report.Heads))
	if _, err := io.WriteString(w, out.String()); err != nil {
		return err
	}
	if report.Faults != nil {
		return errors.New("the audit log was changed: see the lines above that name an entry")
	}
	return nil
}
