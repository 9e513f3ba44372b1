-- How the recall of a service is worked out, beyond the months that the service itself names.
CREATE TABLE recall_types (
    service_id  BIGINT  NOT NULL PRIMARY KEY REFERENCES services (id),
    high_months INTEGER CHECK (high_months BETWEEN 0 AND 120),
    high_days   INTEGER CHECK (high_days BETWEEN 0 AND 3660),
    low_months  INTEGER CHECK (low_months BETWEEN 0 AND 120),
    low_days    INTEGER CHECK (low_days BETWEEN 0 AND 3660),
    age_from    INTEGER CHECK (age_from BETWEEN 0 AND 150),
    age_until   INTEGER CHECK (age_until BETWEEN 1 AND 150),
    exclusive   TEXT    NOT NULL,
    rank        INTEGER NOT NULL,
    version     BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);
-- Finished visits for which services make it due. None: for its own.
CREATE TABLE recall_triggers (
    service_id BIGINT NOT NULL REFERENCES services (id),
    trigger_id BIGINT NOT NULL REFERENCES services (id),
    PRIMARY KEY (service_id, trigger_id)
);
-- How much at risk a patient is. No row: as most.
CREATE TABLE recall_risks (
    patient_id BIGINT NOT NULL PRIMARY KEY REFERENCES patients (id),
    risk       TEXT   NOT NULL CHECK (risk IN ('low', 'normal', 'high')),
    set_by     TEXT   NOT NULL,
    set_at     BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
-- One row: what recalls were last worked out by, and how far that has come.
CREATE TABLE recall_settings (
    id           BIGINT  NOT NULL PRIMARY KEY CHECK (id = 1),
    family_days  INTEGER NOT NULL CHECK (family_days BETWEEN 0 AND 366),
    basis        TEXT,
    reached      BIGINT,
    born_until   DATE,
    people_until BIGINT,
    version      BIGINT  NOT NULL
);
INSERT INTO recall_settings (id, family_days, version) VALUES (1, 30, 1);

-- The members whom a text about one recall speaks for, too.
CREATE TABLE recall_companions (
    recall_id BIGINT NOT NULL,
    due_on    DATE   NOT NULL,
    member_id BIGINT NOT NULL,
    PRIMARY KEY (recall_id, due_on, member_id)
);

-- The day due is worked out until somebody edits it; beside declined, a recall is switched off or ended by another.
ALTER TABLE recalls
    ADD COLUMN calculated_on DATE,
    ADD COLUMN edited_on     DATE,
    ADD COLUMN own_months    INTEGER CHECK (own_months BETWEEN 0 AND 120),
    ADD COLUMN own_days      INTEGER CHECK (own_days BETWEEN 0 AND 3660),
    ADD COLUMN paused_until  DATE,
    ADD COLUMN reason        TEXT NOT NULL DEFAULT '',
    ADD COLUMN note          TEXT NOT NULL DEFAULT '',
    ADD COLUMN undo          TEXT,
    DROP CONSTRAINT recalls_state_check;
UPDATE recalls SET calculated_on = due_on, state = CASE state WHEN 'booked' THEN 'due' WHEN 'done' THEN 'ended' ELSE state END;
ALTER TABLE recalls
    ALTER COLUMN calculated_on SET NOT NULL,
    ADD CONSTRAINT recalls_state_check CHECK (state IN ('due', 'declined', 'off', 'ended'));

-- One visit can make several recalls due.
ALTER TABLE recalls_before
    ADD COLUMN service_id BIGINT REFERENCES services (id),
    ADD COLUMN edited_on  DATE,
    DROP CONSTRAINT recalls_before_state_check,
    DROP CONSTRAINT recalls_before_pkey;
UPDATE recalls_before b
SET service_id = v.service_id, state = CASE b.state WHEN 'booked' THEN 'due' WHEN 'done' THEN 'ended' ELSE b.state END
FROM visits v WHERE v.id = b.visit_id;
DELETE FROM recalls_before WHERE service_id IS NULL;
ALTER TABLE recalls_before
    ALTER COLUMN service_id SET NOT NULL,
    ADD PRIMARY KEY (visit_id, service_id),
    ADD CONSTRAINT recalls_before_state_check CHECK (state IN ('due', 'declined', 'off', 'ended'));
