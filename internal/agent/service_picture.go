package agent

import (
	"context"
	"fmt"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// SetPicture makes the upload the caller's picture and returns its path. An empty upload takes the picture away.
func (s *Service) SetPicture(ctx context.Context, who actor.Login, upload []byte) (string, error) {
	if len(upload) == 0 {
		return "", s.putPicture(ctx, who.Agent, nil)
	}
	p, err := s.shrink(ctx, upload)
	if err != nil {
		return "", err
	}
	return picturePath(string(p.ID)), s.putPicture(ctx, who.Agent, &p)
}

// shrink decodes one picture at a time: a big one takes a lot of memory for a moment.
func (s *Service) shrink(ctx context.Context, upload []byte) (Picture, error) {
	select {
	case s.shrinks <- struct{}{}:
		defer func() { <-s.shrinks }()
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
	return makePicture(upload)
}

func (s *Service) putPicture(ctx context.Context, a id.Agent, p *Picture) error {
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.tellTeams(ctx, tx, a, true); err != nil {
			return err
		}
		return replacePicture(ctx, tx, a, p, s.o.Now())
	})
	s.people.Forget(a)
	if err != nil {
		return fmt.Errorf("set picture of agent %s: %w", a, err)
	}
	return nil
}

// Picture is a stored picture, from memory; ErrNoPicture if there is none (any more).
func (s *Service) Picture(ctx context.Context, i id.Picture) (Picture, error) {
	if !id.Valid(i) {
		return Picture{}, ErrNoPicture
	}
	return s.pictures.Get(ctx, i)
}

func (s *Service) loadPicture(ctx context.Context, i id.Picture) (Picture, error) {
	var p Picture
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = findPicture(ctx, tx, i)
		return err
	})
	if err != nil {
		return Picture{}, fmt.Errorf("load picture %s: %w", i, err)
	}
	return p, nil
}
