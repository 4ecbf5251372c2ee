package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
)

// Client is where a log-in comes from.
type Client struct {
	UserAgent string
	Address   string // canonical
	Device    string // the cookie that says whose logins the browser has had; empty: none
}

// Grant is a new login: the token goes into the cookie and is kept nowhere else.
type Grant struct {
	actor.Login
	Token string
}

// Login finds out whose token it is, from memory; ErrLoginRequired when it is nobody's (any more). An outage of the
// database is another error, never that one.
func (s *Service) Login(ctx context.Context, token string) (actor.Login, error) {
	hash, ok := tokenHash(token)
	if !ok {
		return actor.Login{}, ErrLoginRequired
	}
	return s.logins.Get(ctx, hash)
}

func (s *Service) loadLogin(ctx context.Context, hash string) (actor.Login, error) {
	now := s.o.Now()
	var l actor.Login
	seen := now
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		l, seen, err = loginOf(ctx, tx, hash, now)
		return err
	})
	if err != nil {
		return actor.Login{}, fmt.Errorf("check a login: %w", err)
	}
	if now.Sub(seen) < SeenEvery {
		return l, nil
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error { return touchLogin(ctx, tx, l.Login, seen, now) })
	if err != nil { // a disk that is full must not log anybody out; the next check tries again
		s.o.Log.WarnContext(ctx, "use of a login not written", "login", l.Login, "err", err)
	}
	return l, nil
}

// LogIn checks email address and password. It answers the same, and as slowly, whether the account exists or not.
func (s *Service) LogIn(ctx context.Context, email, password string, from Client) (Grant, error) {
	acc, by, err := s.prove(ctx, email, password, from)
	if err != nil {
		return Grant{}, fmt.Errorf("log in: %w", err)
	}
	g, info, hash := s.newGrant(acc.ID, from)
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := account(ctx, tx, acc.ID)
		if err != nil {
			return err
		}
		if now.hash != acc.hash { // changed while the old one was being checked
			return ErrWrong
		}
		if err := forgetTries(ctx, tx, by.tries); err != nil {
			return err
		}
		if err := insertLogin(ctx, tx, acc.ID, hash, info); err != nil {
			return err
		}
		return s.auditAgent(ctx, tx, acc.ID, loggedIn(acc.ID, info))
	})
	if err != nil {
		return Grant{}, fmt.Errorf("log in agent %s: %w", acc.ID, err)
	}
	return g, nil
}

func (s *Service) newGrant(a id.Agent, from Client) (Grant, LoginInfo, string) {
	token, hash := newToken()
	g := Grant{Login: actor.Login{Agent: a, Login: id.New[id.Login]()}, Token: token}
	return g, LoginInfo{ID: g.Login.Login, Browser: browserName(from.UserAgent), Address: from.Address, CreatedAt: s.o.Now()}, hash
}

// prove finds the account of an email address and a password, within the limits of guessing, and says whose tries those were.
func (s *Service) prove(ctx context.Context, email, password string, from Client) (Account, guesser, error) {
	// What is no address is nobody's, but is counted and takes its time all the same.
	if normal, err := NormalEmail(email); err == nil {
		email = normal
	}
	by := s.guesser(email, from)
	tries, err := s.mayTry(ctx, by, from.Address)
	if err != nil {
		return Account{}, by, err
	}
	var acc Account
	err = s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		acc, err = accountByEmail(ctx, tx, email)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Account{}, by, err
	}
	ok, err := s.secrets.matches(ctx, password, acc.hash)
	if err != nil {
		return Account{}, by, err
	}
	if !ok {
		return Account{}, by, cmp.Or(s.auditWrong(ctx, acc.ID, tries, from.Address), error(ErrWrong))
	}
	return acc, by, nil
}

// guesser is whose tries those of a client are.
func (s *Service) guesser(email string, from Client) guesser {
	if device, ok := s.o.Keys.device.deviceIn(from.Device, email, s.o.Now()); ok {
		return ofAccount(email, device)
	}
	return stranger(email, web.Network(from.Address))
}

// mayTry counts a try before the password is looked at, and says how many tries of the same guesser were not followed by
// the right password, this one included (0: nobody counts).
func (s *Service) mayTry(ctx context.Context, by guesser, address string) (tries int64, err error) {
	if s.o.Exempt(address) {
		return 0, nil
	}
	if ok, wait := s.guesses.Allow(by.place); !ok {
		return 0, ErrWait.In(wait)
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		var wait time.Duration
		var err error
		tries, wait, err = countTry(ctx, tx, by.tries, s.o.Now())
		if err == nil && wait > 0 {
			err = ErrWait.In(wait)
		}
		return err
	})
	return tries, err
}

// Adopt answers whether the token of a cookie without the prefix is that of a login made before cookies had one.
func (s *Service) Adopt(ctx context.Context, token string) (bool, error) {
	hash, ok := tokenHash(token)
	if !ok || s.o.Keys.prefixed.IsZero() {
		return false, nil
	}
	var old bool
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		old, err = loginMadeBefore(ctx, tx, hash, s.o.Keys.prefixed)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("adopt a login: %w", err)
	}
	return old, nil
}

// LogOut ends one login of the caller's, this one or another; ErrNoLogin for anybody else's.
func (s *Service) LogOut(ctx context.Context, who actor.Login, l id.Login) error {
	return s.end(ctx, who.Agent, func(tx *db.Tx) ([]id.Login, error) {
		found, err := deleteLogin(ctx, tx, who.Agent, l)
		if err == nil && !found {
			err = ErrNoLogin
		}
		return []id.Login{l}, err
	})
}

// LogOutEverywhere ends all logins of the caller, this one too.
func (s *Service) LogOutEverywhere(ctx context.Context, who actor.Login) error {
	return s.end(ctx, who.Agent, func(tx *db.Tx) ([]id.Login, error) {
		ended, err := deleteLogins(ctx, tx, who.Agent, "")
		if err != nil {
			return nil, err
		}
		return ended, s.auditAgent(ctx, tx, who.Agent, audit.Entry{
			Agent: who.Agent, Action: audit.LoggedOutAll, Target: string(who.Agent), Detail: loginsEnded{len(ended)},
		})
	})
}

// end runs what ends logins and tells every node; this one at once, so that the very next request is refused.
func (s *Service) end(ctx context.Context, a id.Agent, fn func(*db.Tx) ([]id.Login, error)) error {
	var over Ended
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		ended, err := fn(tx)
		if err != nil {
			return err
		}
		over = Ended{Agent: a, Logins: ended}
		if len(ended) > 0 {
			LoginsEnded.Emit(tx, "", over)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end logins of agent %s: %w", a, err)
	}
	s.onLoginsEnded(over)
	return nil
}

// Logins lists the caller's logins, the last used first.
func (s *Service) Logins(ctx context.Context, who actor.Login) ([]LoginInfo, error) {
	var list []LoginInfo
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = listLogins(ctx, tx, who.Agent, s.o.Now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list logins of agent %s: %w", who.Agent, err)
	}
	return list, nil
}
