package article

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const (
	// An image is uploaded when it is pasted, and used once the text with it is saved: some seconds later, or when the editor has a
	// connection again.
	keepUnused = 24 * time.Hour
	// All texts and versions are read for it, which is some hundred MB of the largest help centres.
	sweepImagesEvery = 24 * time.Hour
	firstImageSweep  = 10 * time.Minute
	imagesAtOnce     = 20          // in a transaction, which holds SQLite's only writer
	clocksDiffer     = time.Minute // between nodes, at most
)

// anyID finds what may name an image, whatever stands around it: to keep one too many does no harm.
var anyID = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// SweepImages deletes the images that nothing shows (no article, in any of its versions, and no logo) and that were uploaded more than
// a day ago. Every node may do it. One property that fails does not keep the others.
func (s *Service) SweepImages(ctx context.Context) error {
	all, err := s.o.Properties.All(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range all {
		n, err := s.sweepImages(ctx, p)
		if err != nil {
			failed = append(failed, fmt.Errorf("images of property %s: %w", p, err))
		}
		if n > 0 {
			s.o.Log.InfoContext(ctx, "deleted images that no article shows", "property", p, "images", n)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

func (s *Service) sweepImages(ctx context.Context, p id.Property) (n int64, err error) {
	now := s.o.Now()
	before, since := now.Add(-keepUnused), now.Add(-clocksDiffer)
	unused, err := s.unusedImages(ctx, p, before)
	if err != nil {
		return 0, err
	}
	for len(unused) > 0 {
		some := unused[:min(imagesAtOnce, len(unused))]
		unused = unused[len(some):]
		var gone int64
		err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
			gone = 0
			for _, i := range some {
				one, err := deleteImage(ctx, tx, p, i, before, since)
				if err != nil {
					return err
				}
				gone += one
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += gone
		for _, i := range some {
			s.images.Forget(imageKey{p, i})
		}
	}
	return n, nil
}

// unusedImages are those uploaded last before a moment that nothing names.
func (s *Service) unusedImages(ctx context.Context, p id.Property, before time.Time) (list []id.Image, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		left, err := imagesBefore(ctx, tx, p, before)
		if err != nil || len(left) == 0 {
			return err
		}
		err = eachWithImages(ctx, tx, p, func(text string) {
			for _, name := range anyID.FindAllString(text, -1) {
				delete(left, id.Image(name))
			}
		})
		if err != nil {
			return err
		}
		list = list[:0]
		for i := range left {
			list = append(list, i)
		}
		return nil
	})
	return list, err
}
