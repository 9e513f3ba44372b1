-- The steps that one click took on several visits have the same word here: they are taken back, and told of, together.
ALTER TABLE appointment_events ADD COLUMN click TEXT;
CREATE INDEX appointment_events_click ON appointment_events (click) WHERE click IS NOT NULL;
