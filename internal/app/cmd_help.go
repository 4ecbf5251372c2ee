package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parley/internal/agent"
	"parley/internal/article"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/property"
)

type helpCmd struct {
	Import helpImportCmd `cmd:"" help:"Bring a folder of Markdown files into a help centre. Again changes nothing that is the same."`
	Export helpExportCmd `cmd:"" help:"Write a help centre as a folder of Markdown files with their images."`
}

// helpTarget says whose help centre.
type helpTarget struct {
	Storage  `embed:"" group:"Data"`
	Property id.Property `required:"" placeholder:"ID" help:"The property's id: it stands in the snippet."`
}

type helpImportCmd struct {
	helpTarget `embed:""`
	Dir        string `arg:"" name:"dir" type:"existingdir" help:"The folder. Folders in it are categories, name.ar.md is name.md in Arabic, pictures lie where texts name them."`
	Verbose    bool   `short:"v" help:"Name every file, also those that changed nothing."`
}

// Run imports as an owner of the property. Running nodes show what is new within a minute.
func (c helpImportCmd) Run(ctx context.Context, con console, log *slog.Logger) error {
	root, err := os.OpenRoot(c.Dir) // a link that leads out of the folder is not followed
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing was written to it
	return c.with(ctx, log, func(articles *article.Service, who actor.Agent) error {
		r, err := articles.ImportFolder(ctx, who, root.FS())
		if err != nil {
			return c.explain(con, err)
		}
		_, err = fmt.Fprint(con.out, importReport(r, c.Verbose))
		return err
	})
}

// explain writes each fault on a line of its own; the last line of the log is short.
func (c helpImportCmd) explain(con console, err error) error {
	faults := faultsIn(err)
	if len(faults) == 0 {
		return err
	}
	for _, f := range faults {
		if _, err := fmt.Fprintln(con.err, filepath.Join(c.Dir, f.Error())); err != nil {
			return err
		}
	}
	return fmt.Errorf("nothing was imported: see the %d lines above", len(faults))
}

// faultsIn are the faults that an import joined.
func faultsIn(err error) []*article.FileError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { // its parts are wanted, one by one
		var list []*article.FileError
		for _, part := range joined.Unwrap() {
			list = append(list, faultsIn(part)...)
		}
		return list
	}
	if f, ok := errors.AsType[*article.FileError](err); ok {
		return []*article.FileError{f}
	}
	return nil
}

func importReport(r article.FolderReport, verbose bool) string {
	var b strings.Builder
	for _, list := range [][]article.Done{r.Categories, r.Texts} {
		for _, d := range list {
			if verbose || d.Outcome != article.Same {
				fmt.Fprintf(&b, "%-8s %s\n", d.Outcome, d.Path)
			}
		}
	}
	for _, l := range []struct {
		what string
		list []article.Done
	}{{"Categories", r.Categories}, {"Texts", r.Texts}} {
		fmt.Fprintf(&b, "%s: %d made, %d updated, %d the same.\n", l.what,
			article.Count(l.list, article.Made), article.Count(l.list, article.Updated), article.Count(l.list, article.Same))
	}
	fmt.Fprintf(&b, "Images: %d.\n", r.Images)
	return b.String()
}

type helpExportCmd struct {
	helpTarget `embed:""`
	Dir        string `arg:"" name:"dir" type:"path" help:"The folder. It is made if it is not there; if it is, it must be empty."`
}

// Run writes the folder.
func (c helpExportCmd) Run(ctx context.Context, con console, log *slog.Logger) error {
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return err
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // every file was closed
	if entries, err := fs.ReadDir(root.FS(), "."); err != nil || len(entries) > 0 {
		return errors.Join(err, fmt.Errorf("%s is not empty: name another folder, so that nothing of two exports is mixed", c.Dir))
	}
	return c.with(ctx, log, func(articles *article.Service, who actor.Agent) error {
		n, err := articles.ExportFolder(ctx, who.Property, func(name string, file []byte) error {
			if err := root.MkdirAll(filepath.Dir(name), 0o750); err != nil {
				return err
			}
			return root.WriteFile(name, file, 0o640)
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(con.out, "%d files are in %s.\n", n, c.Dir)
		return err
	})
}

// with opens the database for one job on a property's articles, done as its first owner.
func (t helpTarget) with(ctx context.Context, log *slog.Logger, fn func(*article.Service, actor.Agent) error) error {
	return withDB(ctx, t.Storage, log, func(d *db.DB) error {
		properties := property.New(property.Options{DB: d, Now: clock.System})
		agents := agent.New(agent.Options{DB: d, Now: clock.System, Log: log, Properties: properties})
		who, err := ownerOf(ctx, agents, t.Property)
		if err != nil {
			return err
		}
		return fn(article.New(article.Options{DB: d, Now: clock.System, Log: log, Properties: properties, People: agents}), who)
	})
}

// ownerOf is the first owner of a property: who does what the command line is asked for.
func ownerOf(ctx context.Context, agents *agent.Service, p id.Property) (actor.Agent, error) {
	members, err := agents.Members(ctx, p)
	if err != nil {
		return actor.Agent{}, err
	}
	i := slices.IndexFunc(members, func(m wire.Member) bool { return m.Role == actor.Owner })
	if i < 0 {
		return actor.Agent{}, fmt.Errorf("--property: there is no property %q", p)
	}
	return actor.Agent{ID: members[i].ID, Property: p, Role: actor.Owner}, nil
}
