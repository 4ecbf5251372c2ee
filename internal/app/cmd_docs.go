package app

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"parley/internal/platform/web"
)

// docsCmd prints the documents that are made from the code; `make generate` writes them to their files.
type docsCmd struct {
	What string `arg:"" enum:"config,openapi" help:"config or openapi."`
}

// Run prints the document.
func (d docsCmd) Run(c console) error {
	if d.What == "openapi" {
		return printOpenAPI(c.out)
	}
	return printConfig(c.out)
}

const configHead = `# Settings

Made from the code by ` + "`make generate`" + `; do not edit.

Every setting can be given as a flag, as a variable of the environment, or as a line ` + "`name = value`" + ` in a file
(` + "`--config FILE`" + `, or ` + "`parley.conf`" + ` in the working folder). A flag wins over the environment, the environment over the
file. A name that Parley does not know stops the start. Secrets have a twin that ends in ` + "`_FILE`" + ` and names a file
that holds the value. Lists are separated by commas. Lines of the file that start with ` + "`#`" + ` are comments.
`

func printConfig(w io.Writer) error {
	parser, err := newParser(&cli{}, console{w, w}, &sources{})
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(configHead)
	for _, g := range settingGroups(parser.Model) {
		fmt.Fprintf(&b, "\n## %s\n\n| setting | environment | default | what it is |\n| --- | --- | --- | --- |\n", g.title)
		for _, f := range g.flags {
			fmt.Fprintf(&b, "| `--%s` | %s | %s | %s |\n", f.Name, envs(f), deflt(f), strings.ReplaceAll(f.Help, "|", "\\|"))
		}
	}
	_, err = io.WriteString(w, b.String())
	return err
}

type settingGroup struct {
	title string
	flags []*kong.Flag
}

// settingGroups collects the settings of `serve`, and those of all commands, in the order of the structs.
func settingGroups(app *kong.Application) []settingGroup {
	flags := slices.Clone(app.Flags)
	for _, n := range app.Children {
		if n.Name == "serve" {
			flags = append(slices.Clone(n.Flags), flags...)
		}
	}
	var groups []settingGroup
	for _, f := range flags {
		if len(f.Envs) == 0 {
			continue
		}
		title := "Log and settings file"
		if f.Group != nil {
			title = f.Group.Title
		}
		i := slices.IndexFunc(groups, func(g settingGroup) bool { return g.title == title })
		if i < 0 {
			groups, i = append(groups, settingGroup{title: title}), len(groups)
		}
		groups[i].flags = append(groups[i].flags, f)
	}
	return groups
}

func envs(f *kong.Flag) string {
	s := "`" + f.Envs[0] + "`"
	if secret(f) {
		s += ", `" + f.Envs[0] + "_FILE`"
	}
	return s
}

func deflt(f *kong.Flag) string {
	if f.Default == "" {
		return ""
	}
	return "`" + f.Default + "`"
}

func printOpenAPI(w io.Writer) error {
	api := web.New(web.Options{Version: apiVersion})
	documented().routes(api)
	doc, err := api.YAML()
	if err != nil {
		return fmt.Errorf("write the API's description: %w", err)
	}
	_, err = w.Write(doc)
	return err
}
