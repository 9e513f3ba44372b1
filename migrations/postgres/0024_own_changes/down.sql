DROP INDEX appointment_events_own;
