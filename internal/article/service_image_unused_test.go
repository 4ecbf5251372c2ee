package article

import (
	"image"
	"image/color"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/picture/picturetest"
	"parley/internal/platform/db"
)

// upload adds a picture of one colour.
func (h *house) upload(shade uint8) id.Image {
	h.t.Helper()
	m := image.NewGray(image.Rect(0, 0, 2, 2))
	m.SetGray(0, 0, color.Gray{Y: shade})
	i, err := h.AddImage(h.t.Context(), h.ann, picturetest.PNG(h.t, m))
	h.must(err)
	return i.ID
}

// stored reports whether another node finds the image: this one may have it in memory.
func (h *house) stored(i id.Image) bool {
	h.t.Helper()
	_, err := h.node().Image(h.t.Context(), h.p, i)
	return err == nil
}

func TestImagesThatNothingShowsAreDeletedAfterADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		unused, again, logo := h.upload(1), h.upload(2), h.upload(3)
		draft, before, published := h.upload(4), h.upload(5), h.upload(6)
		_, err := h.ChangeSite(t.Context(), h.boss, h.site().Version, SitePatch{Logo: &logo})
		h.must(err)
		shows := func(i id.Image) string { return "Look: ![a bowl](image:" + string(i) + "#2x2)" }
		_, err = h.Make(t.Context(), h.ann, NewArticle{Title: "Draft", Markdown: shows(draft)})
		h.must(err)
		a := h.written("", "Published", shows(published))
		h.must(third(h.Save(t.Context(), h.boss, a.ID, "en", Save{Revision: 1, Title: "Published", Markdown: shows(before)})))
		h.e.Clock.Advance(time.Hour)
		h.must(third(h.Save(t.Context(), h.ann, a.ID, "en", Save{Revision: 2, Title: "Published", Markdown: "Nothing to see."})))

		h.must(h.SweepImages(t.Context()))
		if !h.stored(unused) {
			t.Error("gone within a day")
		}
		h.e.Clock.Advance(23*time.Hour + time.Second)
		if h.upload(2) != again {
			t.Fatal("the same upload is another image")
		}
		h.must(h.SweepImages(t.Context()))
		for name, i := range map[string]id.Image{
			"pasted again": again, "the logo": logo, "in a draft": draft, "in an earlier version": before, "in what is published": published,
		} {
			if !h.stored(i) {
				t.Errorf("%s: gone", name)
			}
		}
		if h.stored(unused) {
			t.Error("nothing shows it, and it is there")
		}
		if h.upload(1) != unused || !h.stored(unused) {
			t.Error("it cannot be pasted again")
		}

		h.must(h.Delete(t.Context(), h.boss, a.ID))
		h.e.Clock.Advance(25 * time.Hour)
		h.must(h.SweepImages(t.Context()))
		if h.stored(before) || h.stored(published) || !h.stored(draft) || !h.stored(logo) {
			t.Errorf("when its article is deleted: %v %v %v %v", h.stored(before), h.stored(published), h.stored(draft), h.stored(logo))
		}
	})
}

func TestAnImageThatIsUsedWhileTheOthersAreLookedForStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		used, logo := h.upload(1), h.upload(2)
		h.e.Clock.Advance(25 * time.Hour)
		now := h.e.Clock.Now()
		unused, err := h.unusedImages(t.Context(), h.p, now.Add(-keepUnused))
		if err != nil || len(unused) != 2 {
			t.Fatalf("unused: %v, %v", unused, err)
		}
		_, err = h.Make(t.Context(), h.ann, NewArticle{Title: "Just now", Markdown: "![](image:" + string(used) + ")"})
		h.must(err)
		_, err = h.ChangeSite(t.Context(), h.boss, h.site().Version, SitePatch{Logo: &logo})
		h.must(err)
		err = h.o.DB.Write(t.Context(), func(tx *db.Tx) error {
			for _, i := range unused {
				if n, err := deleteImage(t.Context(), tx, h.p, i, now.Add(-keepUnused), now.Add(-clocksDiffer)); err != nil || n > 0 {
					t.Errorf("deleted %d, %v", n, err)
				}
			}
			return nil
		})
		h.must(err)
		if !h.stored(used) || !h.stored(logo) {
			t.Error("gone")
		}
	})
}
