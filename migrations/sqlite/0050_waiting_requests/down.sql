DROP TABLE waiting_requests;
ALTER TABLE waiting_entries DROP COLUMN from_patient;
