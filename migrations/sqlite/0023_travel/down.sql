ALTER TABLE blockouts DROP COLUMN travel_minutes;
