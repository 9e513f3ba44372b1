ALTER TABLE providers DROP COLUMN day_max;
