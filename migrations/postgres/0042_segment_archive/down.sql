ALTER TABLE segments DROP COLUMN archived_at;
