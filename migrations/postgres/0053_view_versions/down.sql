ALTER TABLE saved_views DROP COLUMN version;
