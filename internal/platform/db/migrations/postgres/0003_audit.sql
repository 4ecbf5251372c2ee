-- +goose Up
-- Who did what. One chain a property ('': the installation); internal/audit says how it is hashed. Rows are only ever added.
-- No reference to properties: what was done outlives what it was done to.

-- The end of each chain; its row is the lock of the chain.
CREATE TABLE audit_heads (
    property_id TEXT PRIMARY KEY,
    n           BIGINT NOT NULL,             -- of the last entry
    hash        TEXT NOT NULL                -- of the last entry
);

CREATE TABLE audit (
    property_id TEXT NOT NULL,
    n           BIGINT NOT NULL,             -- 1, 2 … within the property
    at          BIGINT NOT NULL,
    agent_id    TEXT NOT NULL,               -- who did it; '': nobody who was logged in (command line, a stranger)
    address     TEXT NOT NULL,               -- from where; '': not by a request
    action      TEXT NOT NULL,               -- audit.Action
    target      TEXT NOT NULL,               -- id of what it was done to, or ''
    detail      TEXT NOT NULL,               -- JSON, byte for byte as it was hashed
    hash        TEXT NOT NULL,
    PRIMARY KEY (property_id, n)
);
CREATE INDEX audit_agent ON audit (property_id, agent_id, n);
CREATE INDEX audit_action ON audit (property_id, action, n);
