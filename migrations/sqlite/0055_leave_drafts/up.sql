-- A leave over booked visits that somebody has prepared and a manager is to approve: nothing is changed by it.
CREATE TABLE leave_drafts (
    id          INTEGER NOT NULL PRIMARY KEY,
    provider_id BIGINT NOT NULL REFERENCES providers (id),
    starts_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    -- JSON: what was chosen for which visit, as of which version.
    choices     TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'approved', 'dropped')),
    -- What it became.
    plan_id     BIGINT REFERENCES leave_plans (id),
    version     BIGINT NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX leave_drafts_state ON leave_drafts (state, id);
