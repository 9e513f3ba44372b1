ALTER TABLE rules DROP COLUMN segment_id;
