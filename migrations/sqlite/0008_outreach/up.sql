CREATE TABLE rules (
    id             INTEGER NOT NULL PRIMARY KEY,
    code           TEXT    NOT NULL UNIQUE,
    name           TEXT    NOT NULL,
    name_en        TEXT    NOT NULL,
    anchor         TEXT    NOT NULL CHECK (anchor IN ('visit-start', 'visit-finished', 'recall-due', 'birthday')),
    action         TEXT    NOT NULL CHECK (action IN ('message', 'call')),
    service_id     BIGINT  REFERENCES services (id),
    offset_days    INTEGER NOT NULL CHECK (offset_days BETWEEN -366 AND 366),
    offset_minutes INTEGER NOT NULL CHECK (offset_minutes BETWEEN -1440 AND 1440),
    at_minute      INTEGER CHECK (at_minute BETWEEN 0 AND 1439),
    window_minutes INTEGER NOT NULL CHECK (window_minutes BETWEEN 1 AND 43200),
    template       TEXT    NOT NULL,
    priority       INTEGER NOT NULL,
    active         BOOLEAN NOT NULL,
    planned_until  BIGINT  NOT NULL,
    version        BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);

CREATE TABLE recalls (
    id           INTEGER NOT NULL PRIMARY KEY,
    patient_id   BIGINT NOT NULL REFERENCES patients (id),
    service_id   BIGINT NOT NULL REFERENCES services (id),
    visit_id     BIGINT REFERENCES visits (id),
    due_on       DATE   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('due', 'booked', 'done', 'declined')),
    attempts     INTEGER NOT NULL,
    hidden_until DATE,
    last_result  TEXT,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    UNIQUE (patient_id, service_id)
);
CREATE INDEX recalls_due ON recalls (state, due_on);
