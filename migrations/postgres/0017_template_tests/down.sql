DELETE FROM message_reports WHERE message_id IN (SELECT id FROM messages WHERE patient_id IS NULL);
DELETE FROM message_attempts WHERE message_id IN (SELECT id FROM messages WHERE patient_id IS NULL);
DELETE FROM messages WHERE patient_id IS NULL;
ALTER TABLE messages DROP CONSTRAINT messages_whose;
ALTER TABLE messages ALTER COLUMN patient_id SET NOT NULL;
