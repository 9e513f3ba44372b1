-- It is offered and listed no more; what was sent to it still names it.
ALTER TABLE segments ADD COLUMN archived_at BIGINT;
