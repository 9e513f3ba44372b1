DROP INDEX walk_ins_arrived;
DROP INDEX freed_slots_start;
ALTER TABLE freed_slots DROP COLUMN away;
ALTER TABLE freed_slots DROP COLUMN tried_at;
DROP TABLE waiting_rules;
