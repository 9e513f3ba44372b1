DROP TABLE late_recalls;
ALTER TABLE rules DROP COLUMN late_a_day;
