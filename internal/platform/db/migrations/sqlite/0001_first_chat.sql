-- +goose Up
-- Ids are UUIDv7 in TEXT, times unix milliseconds (0: never), booleans BOOLEAN; JSON only for what is never queried.

-- One row a fact about the installation: secrets, the set-up link.
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE properties (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    settings      TEXT NOT NULL,             -- JSON: property.Settings
    version       BIGINT NOT NULL DEFAULT 1, -- of the settings
    visitor_count BIGINT NOT NULL DEFAULT 0, -- gives visitors their number
    created_at    BIGINT NOT NULL
);

CREATE TABLE agents (
    id            TEXT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,      -- lower case
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,             -- argon2id
    picture_id    TEXT NOT NULL DEFAULT '',
    status        TEXT NOT NULL DEFAULT 'online', -- as chosen: online, away, invisible
    theme         TEXT NOT NULL DEFAULT 'system',
    language      TEXT NOT NULL DEFAULT 'auto',
    created_at    BIGINT NOT NULL
);

CREATE TABLE pictures (
    id           TEXT PRIMARY KEY,
    agent_id     TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    content_type TEXT NOT NULL,
    bytes        BLOB NOT NULL,
    created_at   BIGINT NOT NULL
);

CREATE TABLE memberships (
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    agent_id    TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    role        TEXT NOT NULL,               -- owner, admin, agent
    disabled_at BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (property_id, agent_id)
);
CREATE INDEX memberships_agent ON memberships (agent_id);

CREATE TABLE invites (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    email       TEXT NOT NULL,
    role        TEXT NOT NULL,
    token_hash  TEXT NOT NULL UNIQUE,
    invited_by  TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX invites_open ON invites (property_id, email) WHERE accepted_at = 0;

CREATE TABLE logins (
    id         TEXT PRIMARY KEY,
    agent_id   TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    browser    TEXT NOT NULL,
    address    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logins_agent ON logins (agent_id);

-- Wrong passwords for an email address, known or not, so that every node knows how long to wait; forgotten after a day.
CREATE TABLE login_failures (
    email_hash TEXT PRIMARY KEY,             -- people type passwords into the wrong field: nothing of it is kept readable
    failures   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL
);
CREATE INDEX login_failures_last ON login_failures (last_at);

-- A visitor has a row from the first chat or form on.
CREATE TABLE visitors (
    id            TEXT PRIMARY KEY,
    property_id   TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    number        BIGINT NOT NULL,           -- "Visitor 4821"
    name          TEXT NOT NULL DEFAULT '',
    email         TEXT NOT NULL DEFAULT '',
    address       TEXT NOT NULL DEFAULT '',
    browser       TEXT NOT NULL DEFAULT '',
    system        TEXT NOT NULL DEFAULT '',
    language      TEXT NOT NULL DEFAULT '',
    time_zone     TEXT NOT NULL DEFAULT '',
    page_url      TEXT NOT NULL DEFAULT '',
    page_title    TEXT NOT NULL DEFAULT '',
    referrer      TEXT NOT NULL DEFAULT '',
    session_count BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX visitors_number ON visitors (property_id, number);

-- The session's row is the lock of everything in it: seq, state, the newest chat.
CREATE TABLE sessions (
    id               TEXT PRIMARY KEY,
    property_id      TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    visitor_id       TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    state            TEXT NOT NULL,             -- active, ended
    ended_by         TEXT NOT NULL DEFAULT '',  -- visitor, timeout, ban
    version          BIGINT NOT NULL DEFAULT 1, -- grows with every change that agents see in a row
    chat_id          TEXT NOT NULL,             -- the newest chat …
    chat_number      BIGINT NOT NULL,
    chat_state       TEXT NOT NULL,             -- … and its state, so that a message reads one row
    last_seq         BIGINT NOT NULL DEFAULT 0, -- of all messages (agents' order)
    last_vseq        BIGINT NOT NULL DEFAULT 0, -- of those that the visitor sees
    visitor_count    BIGINT NOT NULL DEFAULT 0, -- messages by the visitor
    unanswered_since BIGINT NOT NULL DEFAULT 0,
    visitor_got      BIGINT NOT NULL DEFAULT 0, -- marks, as vseq
    visitor_read     BIGINT NOT NULL DEFAULT 0,
    team_got         BIGINT NOT NULL DEFAULT 0,
    team_read        BIGINT NOT NULL DEFAULT 0,
    left_at          BIGINT NOT NULL DEFAULT 0, -- the visitor left the site; 0: is there
    active_at        BIGINT NOT NULL,           -- last words of either side
    timeout_at       BIGINT NOT NULL,           -- ends by time-out then; 0: ended already
    missed_at        BIGINT NOT NULL DEFAULT 0, -- the waiting chat is missed then; 0: no
    rating           BIGINT NOT NULL DEFAULT 0,
    comment          TEXT NOT NULL DEFAULT '',
    started_at       BIGINT NOT NULL,
    ended_at         BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX sessions_active ON sessions (visitor_id) WHERE state = 'active';
CREATE INDEX sessions_visitor ON sessions (visitor_id, started_at, id);
CREATE INDEX sessions_timeout ON sessions (timeout_at) WHERE timeout_at > 0;
CREATE INDEX sessions_missed ON sessions (missed_at) WHERE missed_at > 0;

CREATE TABLE chats (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    visitor_id  TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,             -- 1, 2 … within the session
    state       TEXT NOT NULL,               -- waiting, served, closed, ended, missed
    first_seq   BIGINT NOT NULL,             -- of its first message
    was_missed  BOOLEAN NOT NULL DEFAULT FALSE,
    started_at  BIGINT NOT NULL,
    served_at   BIGINT NOT NULL DEFAULT 0,
    ended_at    BIGINT NOT NULL DEFAULT 0,   -- closed, ended or missed at
    UNIQUE (session_id, number)
);
CREATE INDEX chats_open ON chats (property_id, id) WHERE state IN ('waiting', 'served');
CREATE INDEX chats_missed ON chats (property_id, started_at, id) WHERE state = 'missed';
CREATE INDEX chats_history ON chats (property_id, started_at, id);

CREATE TABLE chat_members (
    chat_id     TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    agent_id    TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    property_id TEXT NOT NULL,
    state       TEXT NOT NULL,               -- invited, joined, left, closed
    changed_at  BIGINT NOT NULL,
    joined_at   BIGINT NOT NULL DEFAULT 0,   -- last came into it; 0: never was in it
    PRIMARY KEY (chat_id, agent_id)
);
CREATE INDEX chat_members_agent ON chat_members (agent_id, state, chat_id);

CREATE TABLE messages (
    n           INTEGER PRIMARY KEY,                  -- for full-text search only; (session_id, seq) is the order
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq         BIGINT NOT NULL,
    vseq        BIGINT NOT NULL DEFAULT 0,   -- 0: private, only agents see it
    chat_id     TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    property_id TEXT NOT NULL,
    kind        TEXT NOT NULL,
    sender      TEXT NOT NULL,               -- visitor, agent, system
    author_id   TEXT NOT NULL DEFAULT '',    -- the agent or visitor
    target_id   TEXT NOT NULL DEFAULT '',    -- kind invited: whom
    client_id   TEXT NOT NULL,               -- made by the sender's client; made by the server for events
    text        TEXT NOT NULL DEFAULT '',
    ended_by    TEXT NOT NULL DEFAULT '',
    rating      BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_order ON messages (session_id, seq);
CREATE UNIQUE INDEX messages_visitor ON messages (session_id, vseq) WHERE vseq > 0;
-- A retry is stored once, also when its session has ended in between: the key is the author's, not the session's.
CREATE UNIQUE INDEX messages_client ON messages (author_id, client_id) WHERE sender <> 'system';

CREATE VIRTUAL TABLE messages_search USING fts5 (text, content = 'messages', content_rowid = 'n', tokenize = 'unicode61 remove_diacritics 2');

-- How many visitor messages of a session an agent has seen; unread is a subtraction.
CREATE TABLE reads (
    session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    agent_id      TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    visitor_count BIGINT NOT NULL,
    PRIMARY KEY (session_id, agent_id)
);

CREATE TABLE tickets (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,             -- 1, 2 … within the property
    visitor_id  TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    session_id  TEXT NOT NULL DEFAULT '',    -- of the missed chat, if it came from one
    client_id   TEXT NOT NULL,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    text        TEXT NOT NULL,
    page_url    TEXT NOT NULL DEFAULT '',
    page_title  TEXT NOT NULL DEFAULT '',
    state       TEXT NOT NULL,               -- open, closed
    agent_id    TEXT NOT NULL DEFAULT '',    -- who has it
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (property_id, number),
    UNIQUE (visitor_id, client_id)
);
CREATE INDEX tickets_list ON tickets (property_id, state, created_at, id);
