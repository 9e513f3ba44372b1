-- A saved view is changed on the version that was seen.
ALTER TABLE saved_views ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
