ALTER TABLE messages DROP COLUMN calendar;
DROP INDEX appointments_second;
DROP TABLE calendar_feeds;
