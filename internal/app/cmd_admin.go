package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"parley/internal/agent"
	"parley/internal/kernel/clock"
	"parley/internal/platform/db"
	"parley/internal/property"
)

type adminCmd struct {
	CreateOwner   createOwnerCmd   `cmd:"" help:"Make an owner with a property of their own."`
	ResetPassword resetPasswordCmd `cmd:"" help:"Set an agent's password and end their logins."`
	VerifyAudit   verifyAuditCmd   `cmd:"" help:"Check that nobody changed the audit log, and print the heads of its chains."`
}

type createOwnerCmd struct {
	Storage  `embed:"" group:"Data"`
	Email    string `required:"" placeholder:"ADDRESS" help:"Email address to log in with."`
	Name     string `required:"" placeholder:"NAME" help:"Name as visitors see it."`
	Property string `required:"" placeholder:"NAME" help:"Name of the property."`
	Password string `placeholder:"PASSWORD" help:"Password. Left out, it is asked for or read from standard input, which keeps it out of the shell's history."`
}

// Run makes the owner and prints the property's id.
func (c createOwnerCmd) Run(ctx context.Context, con console, log *slog.Logger) error {
	password, err := readPassword(con, c.Password)
	if err != nil {
		return err
	}
	return withAgents(ctx, c.Storage, log, func(agents *agent.Service) error {
		_, p, err := agents.CreateOwner(ctx, agent.NewAccount{Email: c.Email, Name: c.Name, Password: password}, c.Property)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(con.out, "%s owns the property %s now (%s).\n", c.Email, c.Property, p)
		return err
	})
}

type resetPasswordCmd struct {
	Storage  `embed:"" group:"Data"`
	Email    string `required:"" placeholder:"ADDRESS" help:"Whose password."`
	Password string `placeholder:"PASSWORD" help:"The new one. Left out, a random one is set and printed."`
}

// Run sets the password. Running nodes notice that the logins ended within ten seconds.
func (c resetPasswordCmd) Run(ctx context.Context, con console, log *slog.Logger) error {
	return withAgents(ctx, c.Storage, log, func(agents *agent.Service) error {
		password, err := agents.ResetPassword(ctx, c.Email, c.Password)
		if err != nil {
			return err
		}
		if c.Password != "" {
			_, err = fmt.Fprintf(con.out, "The password of %s is changed, and their logins have ended.\n", c.Email)
			return err
		}
		_, err = fmt.Fprintf(con.out, "The new password of %s is: %s\nTheir logins have ended.\n", c.Email, password)
		return err
	})
}

// withAgents opens the database for one job on accounts.
func withAgents(ctx context.Context, s Storage, log *slog.Logger, fn func(*agent.Service) error) error {
	return withDB(ctx, s, log, func(d *db.DB) error {
		return fn(agent.New(agent.Options{
			DB: d, Now: clock.System, Log: log,
			Properties: property.New(property.Options{DB: d, Now: clock.System}),
		}))
	})
}

// withDB opens the database for one job.
func withDB(ctx context.Context, s Storage, log *slog.Logger, fn func(*db.DB) error) (err error) {
	if err := s.prepareData(); err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Options{URL: s.DatabaseURL(), Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return fn(d)
}

// readPassword takes the flag's, or asks at a terminal without showing it, or reads a line.
func readPassword(con console, flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	in := int(os.Stdin.Fd())
	if term.IsTerminal(in) {
		if _, err := io.WriteString(con.err, "Password: "); err != nil {
			return "", err
		}
		raw, err := term.ReadPassword(in)
		return string(raw), err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", errors.New("no password: give --password, or write it to standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}
