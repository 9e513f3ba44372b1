-- The highest id that a step of a rule has had: no later step has one of them.
ALTER TABLE rules ADD COLUMN last_step BIGINT NOT NULL DEFAULT 0;
