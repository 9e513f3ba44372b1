DELETE FROM message_reports WHERE message_id IN (SELECT id FROM messages WHERE subject = 'booking-request');
DELETE FROM message_attempts WHERE message_id IN (SELECT id FROM messages WHERE subject = 'booking-request');
DELETE FROM messages WHERE subject = 'booking-request';
ALTER TABLE messages DROP CONSTRAINT messages_whose;
ALTER TABLE messages ADD CONSTRAINT messages_whose CHECK (patient_id IS NOT NULL OR subject = 'test');
DROP TABLE booking_requests;
DROP TABLE complaints;
DROP TABLE online_rules;
DROP INDEX patients_email;
