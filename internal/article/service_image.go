package article

import (
	"context"
	"fmt"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// AddImage stores an upload, made safe; see [MakeImage]. The same upload again is the same image, which is kept from now on for as long as a
// new one before something shows it: see [Service.SweepImages].
func (s *Service) AddImage(ctx context.Context, who actor.Agent, upload []byte) (Image, error) {
	wanted := ImageID(who.Property, upload)
	i, err := s.Image(ctx, who.Property, wanted)
	if err != nil {
		if i, err = s.shrink(ctx, upload); err != nil {
			return Image{}, err
		}
		i.ID = wanted
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := renewImage(ctx, tx, who.Property, i.ID, s.o.Now())
		if err != nil || n > 0 {
			return err
		}
		return insertImage(ctx, tx, who, i, s.o.Now())
	})
	if err != nil {
		return Image{}, fmt.Errorf("store an image: %w", err)
	}
	return i, nil
}

// shrink decodes one picture at a time: a big one takes a lot of memory for a moment.
func (s *Service) shrink(ctx context.Context, upload []byte) (Image, error) {
	select {
	case s.shrinks <- struct{}{}:
		defer func() { <-s.shrinks }()
	case <-ctx.Done():
		return Image{}, ctx.Err()
	}
	return MakeImage(upload)
}

// Image is a stored image of the property, from memory; ErrNoImage if there is none.
func (s *Service) Image(ctx context.Context, p id.Property, i id.Image) (Image, error) {
	if !id.Valid(i) {
		return Image{}, ErrNoImage
	}
	return s.images.Get(ctx, imageKey{p, i})
}

func (s *Service) loadImage(ctx context.Context, k imageKey) (i Image, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		i, err = findImage(ctx, tx, k.property, k.image)
		return err
	})
	if err != nil {
		return Image{}, fmt.Errorf("load image %s: %w", k.image, err)
	}
	return i, nil
}
