-- What patients changed by themselves lately: every board asks, and of all other steps thousands may be as new.
CREATE INDEX appointment_events_own ON appointment_events (action, at) WHERE user_id IS NULL;
