CREATE TABLE scripts (
    id         INTEGER NOT NULL PRIMARY KEY,
    code       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    name_en    TEXT   NOT NULL,
    opening    TEXT   NOT NULL,
    opening_en TEXT   NOT NULL,
    questions  TEXT   NOT NULL,
    closing    TEXT   NOT NULL,
    closing_en TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE call_tasks (
    id             INTEGER NOT NULL PRIMARY KEY,
    occurrence     TEXT    NOT NULL UNIQUE,
    kind           TEXT    NOT NULL CHECK (kind IN ('follow-up', 'recall', 'low-score', 'escalation', 'undelivered')),
    patient_id     BIGINT  NOT NULL REFERENCES patients (id),
    visit_id       BIGINT  REFERENCES visits (id),
    appointment_id BIGINT  REFERENCES appointments (id),
    parent_id      BIGINT  REFERENCES call_tasks (id),
    script         TEXT    NOT NULL,
    role           TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    priority       INTEGER NOT NULL,
    due_at         BIGINT  NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('open', 'done', 'closed')),
    result         TEXT,
    attempts       INTEGER NOT NULL,
    version        BIGINT  NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);
CREATE INDEX call_tasks_due ON call_tasks (state, due_at);
CREATE INDEX call_tasks_patient ON call_tasks (patient_id, created_at);
CREATE INDEX call_tasks_updated ON call_tasks (updated_at);

-- The log of callbacks and satisfaction: one row per attempt.
CREATE TABLE call_attempts (
    id         INTEGER NOT NULL PRIMARY KEY,
    task_id    BIGINT  NOT NULL REFERENCES call_tasks (id),
    number     INTEGER NOT NULL,
    at         BIGINT  NOT NULL,
    user_id    BIGINT,
    actor      TEXT    NOT NULL,
    result     TEXT    NOT NULL CHECK (result IN ('reached', 'no-answer', 'call-later', 'escalated', 'wrong-number', 'declined')),
    answers    TEXT    NOT NULL,
    alarm      TEXT    NOT NULL CHECK (alarm IN ('none', 'watch', 'red')),
    score      INTEGER CHECK (score BETWEEN 1 AND 5),
    note       TEXT    NOT NULL,
    next_try_at BIGINT,
    due_before BIGINT  NOT NULL,
    with_id    BIGINT  REFERENCES call_attempts (id),
    UNIQUE (task_id, number)
);
CREATE INDEX call_attempts_at ON call_attempts (at);
CREATE INDEX call_attempts_with ON call_attempts (with_id);
