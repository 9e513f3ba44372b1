ALTER TABLE patients DROP COLUMN zone;
DROP TABLE manners;
