DROP INDEX appointment_events_click;
ALTER TABLE appointment_events DROP COLUMN click;
