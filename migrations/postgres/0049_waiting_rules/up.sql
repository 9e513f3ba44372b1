-- How freed times are offered by themselves; without a row, not at all.
CREATE TABLE waiting_rules (
    site_id          BIGINT  NOT NULL PRIMARY KEY REFERENCES sites (id),
    ask              TEXT    NOT NULL CHECK (ask IN ('off', 'one', 'batch')),
    -- So many at a time, in batches.
    batch            INTEGER NOT NULL CHECK (batch BETWEEN 2 AND 100),
    deadline_minutes INTEGER NOT NULL CHECK (deadline_minutes BETWEEN 5 AND 1440),
    -- Who is asked: the waiting list, whose visit did not take place, who is due.
    waiting          BOOLEAN NOT NULL,
    unscheduled      BOOLEAN NOT NULL,
    recall           BOOLEAN NOT NULL,
    -- Times that got free before are left to the desk.
    since            BIGINT  NOT NULL
);
-- When the clinic looked by itself whom it would suit.
ALTER TABLE freed_slots ADD COLUMN tried_at BIGINT;
-- Free only once its provider is not away any more.
ALTER TABLE freed_slots ADD COLUMN away BOOLEAN NOT NULL DEFAULT FALSE;
-- What a live board asks a few times a second.
CREATE INDEX freed_slots_start ON freed_slots (site_id, starts_at);
CREATE INDEX walk_ins_arrived ON walk_ins (site_id, arrived_at);
