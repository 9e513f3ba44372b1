-- How the recall of a service is worked out, beyond the months that the service itself names.
CREATE TABLE recall_types (
    service_id  INTEGER NOT NULL PRIMARY KEY REFERENCES services (id),
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
    patient_id INTEGER NOT NULL PRIMARY KEY REFERENCES patients (id),
    risk       TEXT    NOT NULL CHECK (risk IN ('low', 'normal', 'high')),
    set_by     TEXT    NOT NULL,
    set_at     BIGINT  NOT NULL,
    version    BIGINT  NOT NULL
);
-- One row: what recalls were last worked out by, and how far that has come.
CREATE TABLE recall_settings (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
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
CREATE TABLE recalls_new (
    id            INTEGER NOT NULL PRIMARY KEY,
    patient_id    BIGINT  NOT NULL REFERENCES patients (id),
    service_id    BIGINT  NOT NULL REFERENCES services (id),
    visit_id      BIGINT  REFERENCES visits (id),
    calculated_on DATE    NOT NULL,
    edited_on     DATE,
    own_months    INTEGER CHECK (own_months BETWEEN 0 AND 120),
    own_days      INTEGER CHECK (own_days BETWEEN 0 AND 3660),
    paused_until  DATE,
    due_on        DATE    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('due', 'declined', 'off', 'ended')),
    reason        TEXT    NOT NULL DEFAULT '',
    note          TEXT    NOT NULL DEFAULT '',
    attempts      INTEGER NOT NULL,
    hidden_until  DATE,
    last_result   TEXT,
    undo          TEXT,
    version       BIGINT  NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    UNIQUE (patient_id, service_id)
);
INSERT INTO recalls_new (id, patient_id, service_id, visit_id, calculated_on, due_on, state, reason, note, attempts,
                         hidden_until, last_result, version, created_at, updated_at)
SELECT id, patient_id, service_id, visit_id, due_on, due_on,
       CASE state WHEN 'booked' THEN 'due' WHEN 'done' THEN 'ended' ELSE state END, '', '', attempts,
       hidden_until, last_result, version, created_at, updated_at FROM recalls;
DROP TABLE recalls;
ALTER TABLE recalls_new RENAME TO recalls;
CREATE INDEX recalls_due ON recalls (state, due_on);

-- One visit can make several recalls due.
CREATE TABLE recalls_before_new (
    visit_id     BIGINT  NOT NULL REFERENCES visits (id),
    service_id   BIGINT  NOT NULL REFERENCES services (id),
    counted_from BIGINT  REFERENCES visits (id),
    due_on       DATE,
    edited_on    DATE,
    state        TEXT    CHECK (state IN ('due', 'declined', 'off', 'ended')),
    attempts     INTEGER,
    hidden_until DATE,
    last_result  TEXT,
    updated_at   BIGINT,
    PRIMARY KEY (visit_id, service_id)
);
INSERT INTO recalls_before_new (visit_id, service_id, counted_from, due_on, state, attempts, hidden_until, last_result, updated_at)
SELECT b.visit_id, v.service_id, b.counted_from, b.due_on,
       CASE b.state WHEN 'booked' THEN 'due' WHEN 'done' THEN 'ended' ELSE b.state END, b.attempts, b.hidden_until,
       b.last_result, b.updated_at
FROM recalls_before b JOIN visits v ON v.id = b.visit_id WHERE v.service_id IS NOT NULL;
DROP TABLE recalls_before;
ALTER TABLE recalls_before_new RENAME TO recalls_before;
