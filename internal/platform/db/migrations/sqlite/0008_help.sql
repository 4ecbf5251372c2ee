-- +goose Up

-- The help centre. A text has a working copy (article_texts), which readers never see, and what is published of it (article_pages).

CREATE TABLE help_sites (
    property_id TEXT PRIMARY KEY REFERENCES properties (id) ON DELETE CASCADE,
    slug        TEXT NOT NULL UNIQUE,
    domain      TEXT NOT NULL DEFAULT '',    -- '': none of its own
    settings    TEXT NOT NULL,               -- JSON: article.SiteSettings
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX help_sites_domain ON help_sites (domain) WHERE domain <> '';

-- Every address that was ever used, so that old ones lead to the new.
CREATE TABLE help_slugs (
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL,               -- site, category, article
    language    TEXT NOT NULL,               -- '' of a site
    slug        TEXT NOT NULL,
    target_id   TEXT NOT NULL,               -- the property, category or article
    PRIMARY KEY (property_id, kind, language, slug)
);
CREATE UNIQUE INDEX help_slugs_site ON help_slugs (slug) WHERE kind = 'site';
CREATE INDEX help_slugs_target ON help_slugs (target_id);

CREATE TABLE categories (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    parent_id   TEXT NOT NULL DEFAULT '',    -- '': at the top
    position    BIGINT NOT NULL,             -- among its sisters
    icon        TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL
);
CREATE INDEX categories_property ON categories (property_id);

CREATE TABLE category_texts (
    category_id TEXT NOT NULL REFERENCES categories (id) ON DELETE CASCADE,
    language    TEXT NOT NULL,
    property_id TEXT NOT NULL,
    name        TEXT NOT NULL,
    slug        TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (category_id, language)
);
CREATE UNIQUE INDEX category_texts_slug ON category_texts (property_id, language, slug);

CREATE TABLE articles (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    category_id TEXT NOT NULL DEFAULT '',    -- '': none
    position    BIGINT NOT NULL,             -- within the category
    audience    TEXT NOT NULL,               -- public, agents
    language    TEXT NOT NULL,               -- in which it was written first
    author_id   TEXT NOT NULL,
    related     TEXT NOT NULL DEFAULT '[]',  -- JSON: ids of articles
    yes_count   BIGINT NOT NULL DEFAULT 0,
    no_count    BIGINT NOT NULL DEFAULT 0,
    views       BIGINT NOT NULL DEFAULT 0,
    heat        REAL NOT NULL DEFAULT 0, -- views, of which a later day's weigh more: article.weightOf
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX articles_order ON articles (property_id, category_id, position, id);
CREATE INDEX articles_updated ON articles (property_id, updated_at, id);
CREATE INDEX articles_heat ON articles (property_id, heat);

CREATE TABLE article_texts (
    article_id         TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    language           TEXT NOT NULL,
    property_id        TEXT NOT NULL,
    state              TEXT NOT NULL,             -- draft, published, archived
    slug               TEXT NOT NULL,
    title              TEXT NOT NULL,
    description        TEXT NOT NULL,
    markdown           TEXT NOT NULL,
    folded             TEXT NOT NULL,             -- title and slug, for the list's search
    revision           BIGINT NOT NULL,           -- of the working copy
    saved_by           TEXT NOT NULL,
    saved_at           BIGINT NOT NULL,
    version_at         BIGINT NOT NULL DEFAULT 0, -- of the newest version …
    version_revision   BIGINT NOT NULL DEFAULT 0, -- … and whose content it has
    published_at       BIGINT NOT NULL DEFAULT 0, -- last
    first_published_at BIGINT NOT NULL DEFAULT 0,
    published_revision BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (article_id, language)
);
CREATE UNIQUE INDEX article_texts_slug ON article_texts (property_id, language, slug);

CREATE TABLE article_versions (
    id          TEXT PRIMARY KEY,
    article_id  TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    language    TEXT NOT NULL,
    property_id TEXT NOT NULL,
    number      BIGINT NOT NULL,             -- 1, 2 … within the text
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    markdown    TEXT NOT NULL,
    agent_id    TEXT NOT NULL,               -- whose words they are
    reason      TEXT NOT NULL,               -- saved, kept, published, restored
    at          BIGINT NOT NULL,
    UNIQUE (article_id, language, number)
);

-- What readers see. Nothing else is read for them.
CREATE TABLE article_pages (
    n            INTEGER PRIMARY KEY,        -- for full-text search only
    article_id   TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    language     TEXT NOT NULL,
    property_id  TEXT NOT NULL,
    category_id  TEXT NOT NULL,
    audience     TEXT NOT NULL,
    slug         TEXT NOT NULL,
    title        TEXT NOT NULL,
    description  TEXT NOT NULL,
    terms        TEXT NOT NULL,              -- its words with how often they are there: article.terms
    html         TEXT NOT NULL,
    plain        TEXT NOT NULL,
    contents     TEXT NOT NULL,              -- JSON: []article.Heading
    author_id    TEXT NOT NULL,
    published_at BIGINT NOT NULL,            -- for the first time
    updated_at   BIGINT NOT NULL,            -- published last
    UNIQUE (article_id, language)
);
CREATE UNIQUE INDEX article_pages_slug ON article_pages (property_id, language, slug);
CREATE INDEX article_pages_category ON article_pages (property_id, language, category_id, audience);
CREATE INDEX article_pages_updated ON article_pages (property_id, language, updated_at);
-- Words come folded from article.words, with spaces between: the tokenizer has nothing to decide. Nothing but the index is kept.
CREATE VIRTUAL TABLE article_search USING fts5 (
    scope, title, body, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3', detail = column
);

-- The words of what is published, to mend those that readers mistype.
CREATE TABLE article_words (
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    language    TEXT NOT NULL,
    word        TEXT NOT NULL,
    uses        BIGINT NOT NULL,             -- in how many public pages
    hidden      BIGINT NOT NULL,             -- … and in how many for agents only
    PRIMARY KEY (property_id, language, word)
);

CREATE TABLE article_votes (
    article_id  TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    voter       TEXT NOT NULL,               -- a visitor's id, or a random one
    id          TEXT NOT NULL,               -- for paging
    property_id TEXT NOT NULL,
    language    TEXT NOT NULL,
    helpful     BOOLEAN NOT NULL,
    missing     TEXT NOT NULL DEFAULT '',    -- what a reader who says no did not find
    at          BIGINT NOT NULL,
    PRIMARY KEY (article_id, voter)
);
CREATE INDEX article_votes_voter ON article_votes (property_id, voter);
CREATE INDEX article_votes_at ON article_votes (property_id, at);
CREATE INDEX article_votes_missing ON article_votes (property_id, at, id) WHERE missing <> '';

CREATE TABLE article_views (
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    day         BIGINT NOT NULL,             -- unix days, UTC
    article_id  TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    views       BIGINT NOT NULL,
    PRIMARY KEY (property_id, day, article_id)
);
CREATE INDEX article_views_article ON article_views (article_id);

CREATE TABLE help_searches (
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    language    TEXT NOT NULL,
    day         BIGINT NOT NULL,             -- unix days, UTC
    words       TEXT NOT NULL,               -- folded
    searches    BIGINT NOT NULL,
    found       BIGINT NOT NULL,             -- how many of them had a result
    PRIMARY KEY (property_id, day, language, words)
);

CREATE TABLE help_images (
    id          TEXT PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    type        TEXT NOT NULL,
    width       BIGINT NOT NULL,
    height      BIGINT NOT NULL,
    bytes       BLOB NOT NULL,
    agent_id    TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE INDEX help_images_property ON help_images (property_id);

CREATE TABLE article_chats (
    chat_id     TEXT PRIMARY KEY REFERENCES chats (id) ON DELETE CASCADE,
    article_id  TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    property_id TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX article_chats_article ON article_chats (article_id);
CREATE INDEX article_chats_at ON article_chats (property_id, at);

ALTER TABLE messages ADD COLUMN card TEXT NOT NULL DEFAULT ''; -- JSON: wire.Card; '': none
