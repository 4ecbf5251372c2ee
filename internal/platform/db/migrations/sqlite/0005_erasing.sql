-- +goose Up

-- Erasing a chat must not look through every message for those of the chat: messages are deleted by their session, before it.
-- An index only for that would cost with every message; the reference is not needed, and took a look at chats with every message.
-- SQLite can take a reference out of a table's definition in place: https://sqlite.org/lang_altertable.html, section 7.
PRAGMA writable_schema = 1;
UPDATE sqlite_schema SET sql = replace(sql, 'chat_id     TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE', 'chat_id     TEXT NOT NULL')
WHERE type = 'table' AND name = 'messages';
PRAGMA writable_schema = RESET;

-- Nor erasing a visitor through every chat.
CREATE INDEX chats_visitor ON chats (visitor_id);

-- What is taken out of the search is overwritten at once, not some day when pages are merged.
INSERT INTO messages_search (messages_search, rank) VALUES ('secure-delete', 1);
