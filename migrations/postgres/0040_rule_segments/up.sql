-- Whom a rule is for, beyond what it counts from.
ALTER TABLE rules ADD COLUMN segment_id BIGINT REFERENCES segments (id);
