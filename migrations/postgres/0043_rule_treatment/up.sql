-- Words of the treatments after which alone a rule writes, with commas between them; empty: after any.
ALTER TABLE rules ADD COLUMN treatment TEXT NOT NULL DEFAULT '';
-- Whose record was written or mended lately.
CREATE INDEX visits_updated ON visits (updated_at);
