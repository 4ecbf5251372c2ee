package article

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
)

// Vote stores or changes a vote, and answers how the article stands now. The same vote again changes nothing; a No without words keeps
// those that were said before. Whether the voter is banned or a crawler is the caller's to ask.
func (s *Service) Vote(ctx context.Context, site Site, v Vote) (tally Tally, err error) {
	if v, err = v.normal(); err != nil {
		return Tally{}, err
	}
	if !id.Valid(v.Article) || !site.Has(v.Language) {
		return Tally{}, ErrNotFound
	}
	if v.Address != "" && (s.o.Exempt == nil || !s.o.Exempt(v.Address)) {
		if ok, wait := s.votes.Allow(web.Network(v.Address)); !ok {
			return Tally{}, ErrTooMany.In(wait)
		}
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := lockVotes(ctx, tx, site.Property, v.Article) // of two votes of one reader the second sees the first
		if err != nil {
			return err
		}
		slug, err := publicSlug(ctx, tx, site.Property, v.Language, string(v.Article))
		if err != nil || slug == "" {
			return orElse(err, ErrNotFound)
		}
		before, err := findVote(ctx, tx, site.Property, v.Article, v.Voter)
		var had *bool
		switch {
		case err == nil:
			had = &before.Helpful
			if !v.Helpful && v.Missing == "" {
				v.Missing = before.Missing
			}
		case !errors.Is(err, errNoVote):
			return err
		}
		v.At = s.o.Now()
		tally = was.between(had, v.Helpful)
		if err := putVote(ctx, tx, site.Property, v); err != nil {
			return err
		}
		return setTally(ctx, tx, site.Property, v.Article, tally)
	})
	if err != nil {
		return Tally{}, fmt.Errorf("vote on article %s: %w", v.Article, err)
	}
	return tally, nil
}

// VoteOf is what a voter has said of an article; ok: they have.
func (s *Service) VoteOf(ctx context.Context, site Site, a id.Article, voter string) (v Vote, ok bool, err error) {
	if voter == "" {
		return Vote{}, false, nil
	}
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		v, err = findVote(ctx, tx, site.Property, a, voter)
		return err
	})
	if errors.Is(err, errNoVote) {
		return Vote{}, false, nil
	}
	if err != nil {
		return Vote{}, false, fmt.Errorf("read a vote on article %s: %w", a, err)
	}
	return v, true, nil
}

// ChatStarted notes that a chat came from an article, in the transaction that begins it. An article that is gone is no error.
func (s *Service) ChatStarted(ctx context.Context, tx *db.Tx, p id.Property, c id.Chat, a id.Article) error {
	return insertChat(ctx, tx, p, c, a, s.o.Now())
}

// VoteExport is a vote as it is stored. Times are unix ms.
type VoteExport struct {
	Article  id.Article `json:"article"`
	Title    string     `json:"title"`
	Language string     `json:"language"`
	Helpful  bool       `json:"helpful"`
	Missing  string     `json:"missing,omitempty"`
	At       int64      `json:"at"`
}

// ExportVotes reads all of the visitor's votes inside the caller's transaction, oldest first.
func (s *Service) ExportVotes(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]VoteExport, error) {
	list, err := votesOf(ctx, tx, p, string(v))
	if err != nil {
		return nil, fmt.Errorf("export votes of visitor %s: %w", v, err)
	}
	return list, nil
}

// EraseVotes deletes all of the visitor's votes inside the caller's transaction, takes them out of the counts, and answers how many they were.
func (s *Service) EraseVotes(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (int64, error) {
	n, err := deleteVotes(ctx, tx, p, string(v))
	if err != nil {
		return 0, fmt.Errorf("erase votes of visitor %s: %w", v, err)
	}
	return n, nil
}

// Voted reports whether there are votes of the visitor.
func (s *Service) Voted(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (bool, error) {
	list, err := votesOf(ctx, tx, p, string(v))
	return len(list) > 0, err
}
