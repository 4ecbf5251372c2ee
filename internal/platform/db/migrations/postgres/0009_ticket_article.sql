-- +goose Up

-- The article that a message came from, as it was then.
ALTER TABLE tickets ADD COLUMN card TEXT NOT NULL DEFAULT ''; -- JSON: wire.Card; '': none
