ALTER TABLE rules DROP COLUMN last_step;
