package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"parley/internal/bench"
)

// version is set by the build (make build); a plain `go build` falls back to what Go recorded.
var version string

// cli is the command line: `parley --help` is its reference.
type cli struct {
	Config string `name:"config" env:"PARLEY_CONFIG" placeholder:"FILE" help:"Read settings from this file too: lines of name = value. Default: parley.conf, where there is one."`
	Logs   `embed:""`

	Serve   serveCmd   `cmd:"" default:"withargs" help:"Serve the widget, the dashboard and the API. The default."`
	Demo    demoCmd    `cmd:"" help:"Serve a small shop with the widget, an owner and two agents; thrown away at the end."`
	Admin   adminCmd   `cmd:"" help:"Make an owner, or set a new password."`
	Help    helpCmd    `cmd:"" help:"Bring articles into a help centre, or write them to a folder."`
	Bench   bench.Cmd  `cmd:"" help:"Load a running server with visitors and agents, and measure."`
	Migrate migrateCmd `cmd:"" help:"Bring the database's tables to this version. Serving does it by itself."`
	Version versionCmd `cmd:"" help:"Print the version."`
	Docs    docsCmd    `cmd:"" hidden:"" help:"Print generated documents."`
}

const description = "Live chat for websites that you host yourself: one program, one database file.\n\n" +
	"Every setting is a flag, a PARLEY_ variable of the environment, and a line in the settings file; " +
	"the first one found in this order holds. `parley serve --help` lists them."

// console is where commands write: out is what was asked for, err is the log.
type console struct {
	out, err io.Writer
}

// Main runs the command line and returns the exit code: 0, 1 for a failure, 2 for a setting that is wrong.
func Main(args []string, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal finds the default behaviour: the end, at once

	run, code, err := parse(args, os.Environ(), console{out, errOut})
	if err == nil && run != nil {
		code, err = 1, run(ctx)
	}
	if err != nil {
		fmt.Fprintf(errOut, "parley: %s\n", oneLine(err)) //nolint:errcheck // nowhere left to say it
		return code
	}
	return 0
}

// oneLine is an error as the last line of a log: drivers like to explain themselves over several.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// errHelp ends parsing after --help has been printed.
var errHelp = errors.New("help was shown")

// parse returns what to run; nil if help was asked for.
func parse(args, environ []string, c console) (run func(context.Context) error, code int, err error) {
	src, err := readSources(args, environ)
	if err != nil {
		return nil, 2, err
	}
	var commands cli
	commands.Bench.Bans.Decide = decisionTime
	parser, err := newParser(&commands, c, src)
	if err != nil {
		return nil, 2, err
	}
	defer func() {
		if r := recover(); r == errHelp { //nolint:errorlint // our own value comes back as it is
			run, err = nil, nil
		} else if r != nil {
			panic(r)
		}
	}()
	chosen, err := parser.Parse(args)
	if err != nil {
		return nil, 2, err
	}
	log := commands.logger(c.err)
	return func(ctx context.Context) error {
		chosen.BindTo(ctx, (*context.Context)(nil))
		return chosen.Run(c, log)
	}, 0, nil
}

func newParser(commands *cli, c console, src kong.Resolver) (*kong.Kong, error) {
	return kong.New(commands,
		kong.Name("parley"),
		kong.Description(description),
		kong.Writers(c.out, c.err),
		kong.Exit(func(int) { panic(errHelp) }), // kong exits after --help; only main does that here
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 110}),
		kong.ValueFormatter(helpText),
		kong.Resolvers(src),
	)
}

// helpText is a flag's help with its default and its variable.
func helpText(v *kong.Value) string {
	text := v.Help
	if v.Default != "" && v.Flag != nil {
		text += " Default: " + v.Default + "."
	}
	if len(v.Tag.Envs) > 0 {
		text += " $" + v.Tag.Envs[0]
	}
	return text
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(c console) error {
	_, err := fmt.Fprintln(c.out, "parley", Version())
	return err
}

// Version names this build: from git where make built it.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
