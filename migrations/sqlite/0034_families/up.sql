-- A family's reminders go out as one message: the one with which this one went.
ALTER TABLE messages ADD COLUMN with_id BIGINT REFERENCES messages (id);
CREATE INDEX messages_with ON messages (with_id) WHERE with_id IS NOT NULL;
