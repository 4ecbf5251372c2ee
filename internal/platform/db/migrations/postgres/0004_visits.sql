-- +goose Up

-- How many came, by the hour. Written in batches: a visitor who only browses costs no write.
CREATE TABLE visit_counts (
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    hour        BIGINT NOT NULL,             -- unix hours, UTC
    visits      BIGINT NOT NULL,
    pages       BIGINT NOT NULL,
    most        BIGINT NOT NULL,             -- on the site at once, the highest that was seen
    PRIMARY KEY (property_id, hour)
);

-- What is known of a visitor with a row beyond the chats.
ALTER TABLE visitors ADD COLUMN country TEXT NOT NULL DEFAULT '';   -- ISO 3166, two letters
ALTER TABLE visitors ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE visitors ADD COLUMN device TEXT NOT NULL DEFAULT '';    -- desktop, phone, tablet
ALTER TABLE visitors ADD COLUMN visit_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE visitors ADD COLUMN last_visit_at BIGINT NOT NULL DEFAULT 0; -- began then
CREATE INDEX visitors_seen ON visitors (property_id, seen_at, id);

-- An agent's first words to a visitor who has not written; the visitor's answer makes them the first message of a session.
CREATE TABLE openers (
    id           TEXT PRIMARY KEY,
    property_id  TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    visitor_id   TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    agent_id     TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    client_id    TEXT NOT NULL,               -- the sender's key: a retry is stored once
    text         TEXT NOT NULL,
    state        TEXT NOT NULL,               -- sent, seen, dismissed, answered, replaced
    made_at      BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL DEFAULT 0,
    ended_at     BIGINT NOT NULL DEFAULT 0,   -- dismissed, answered or replaced
    session_id   TEXT NOT NULL DEFAULT '',    -- answered: the session it opened
    UNIQUE (agent_id, client_id)
);
CREATE UNIQUE INDEX openers_pending ON openers (visitor_id) WHERE state IN ('sent', 'seen');
CREATE INDEX openers_visitor ON openers (visitor_id, made_at);

-- Receipts: what was deleted of a visitor, when and by whom. They do not say who the visitor was.
CREATE TABLE erasures (
    id           TEXT PRIMARY KEY,
    property_id  TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    agent_id     TEXT NOT NULL,
    visitor_hash TEXT NOT NULL,               -- SHA-256 of the visitor's id
    counts       TEXT NOT NULL                -- JSON: how many of what
);
CREATE INDEX erasures_list ON erasures (property_id, at, id);

-- Retention looks for the oldest.
CREATE INDEX sessions_ended ON sessions (property_id, ended_at, id) WHERE state = 'ended';
