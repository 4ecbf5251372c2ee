-- +goose Up

-- A visitor is erased once, and whoever comes back with an erased visitor's token is found out by this.
CREATE UNIQUE INDEX erasures_visitor ON erasures (property_id, visitor_hash);
