DROP INDEX visits_updated;
ALTER TABLE rules DROP COLUMN treatment;
