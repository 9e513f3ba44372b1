-- A provider who works elsewhere in kept time is on the way so long before and after.
ALTER TABLE blockouts ADD COLUMN travel_minutes INTEGER NOT NULL DEFAULT 0 CHECK (travel_minutes BETWEEN 0 AND 240);
