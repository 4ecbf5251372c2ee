-- +goose Up

-- Erasing a chat must not look through every message for those of the chat: messages are deleted by their session, before it.
-- An index only for that would cost with every message; the reference is not needed, and took a look at chats with every message.
ALTER TABLE messages DROP CONSTRAINT messages_chat_id_fkey;

-- Nor erasing a visitor through every chat.
CREATE INDEX chats_visitor ON chats (visitor_id);
