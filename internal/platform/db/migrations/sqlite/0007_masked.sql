-- +goose Up

-- A copy of one of the settings, which are JSON and never queried: rows of chats are read with it.
ALTER TABLE properties ADD COLUMN mask_addresses BOOLEAN NOT NULL DEFAULT FALSE;
