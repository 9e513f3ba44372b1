DROP INDEX messages_with;
ALTER TABLE messages DROP COLUMN with_id;
