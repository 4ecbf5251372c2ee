-- +goose Up

-- Who may not write to a property's team. A ban covers every one of the four things that is not empty.
CREATE TABLE bans (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    visitor_id  TEXT NOT NULL DEFAULT '',  -- one who never wrote has no row in visitors
    network     TEXT NOT NULL DEFAULT '',  -- canonical CIDR
    email       TEXT NOT NULL DEFAULT '',
    domain      TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL,
    chat_id     TEXT NOT NULL DEFAULT '',  -- it was made from
    session_id  TEXT NOT NULL DEFAULT '',
    record      TEXT NOT NULL DEFAULT '{}', -- JSON: ban.Record, what happened
    search      TEXT NOT NULL,             -- what the list's search looks at, in lower case
    made_by     TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL DEFAULT 0, -- 0: never; lapsing is decided when asked
    lifted_by   TEXT NOT NULL DEFAULT '',
    lifted_at   BIGINT NOT NULL DEFAULT 0, -- 0: not lifted
    hits        BIGINT NOT NULL DEFAULT 0,
    hit_at      BIGINT NOT NULL DEFAULT 0,
    changed_at  BIGINT NOT NULL            -- grows with every change but hits: nodes read what is new by it
);
CREATE INDEX bans_changed ON bans (property_id, changed_at, id);
CREATE INDEX bans_active ON bans (property_id, made_at, id) WHERE lifted_at = 0;
CREATE INDEX bans_ends ON bans (property_id, (CASE WHEN ends_at = 0 THEN 9223372036854775807 ELSE ends_at END), id) WHERE lifted_at = 0;
CREATE INDEX bans_hits ON bans (property_id, hits, id) WHERE lifted_at = 0;
CREATE INDEX bans_past ON bans (property_id, made_at, id) WHERE lifted_at > 0 OR ends_at > 0;

-- Networks that no ban covers.
CREATE TABLE allowed_networks (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    network     TEXT NOT NULL,
    note        TEXT NOT NULL DEFAULT '',
    made_by     TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    removed_at  BIGINT NOT NULL DEFAULT 0, -- 0: is on the list
    changed_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX allowed_networks_listed ON allowed_networks (property_id, network) WHERE removed_at = 0;
CREATE INDEX allowed_networks_changed ON allowed_networks (property_id, changed_at, id);

ALTER TABLE sessions ADD COLUMN ban_id TEXT NOT NULL DEFAULT ''; -- that ended it
