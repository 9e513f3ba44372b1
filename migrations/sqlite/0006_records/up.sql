CREATE TABLE visits (
    id             INTEGER NOT NULL PRIMARY KEY,
    patient_id     BIGINT NOT NULL REFERENCES patients (id),
    provider_id    BIGINT REFERENCES providers (id),
    service_id     BIGINT REFERENCES services (id),
    appointment_id BIGINT UNIQUE REFERENCES appointments (id),
    day            DATE   NOT NULL,
    started_at     BIGINT NOT NULL,
    provider_name  TEXT   NOT NULL,
    service_name   TEXT   NOT NULL,
    complaint      TEXT   NOT NULL,
    diagnosis      TEXT   NOT NULL,
    advice         TEXT   NOT NULL,
    next_visit     TEXT   NOT NULL,
    next_visit_day DATE,
    fee_minor      BIGINT,
    status         TEXT   NOT NULL CHECK (status IN ('draft', 'finished', 'missed', 'cancelled')),
    import_key     TEXT   UNIQUE,
    version        BIGINT NOT NULL,
    created_by     BIGINT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);
CREATE INDEX visits_patient ON visits (patient_id, started_at);
CREATE INDEX visits_day ON visits (day);

CREATE TABLE treatments (
    id          INTEGER NOT NULL PRIMARY KEY,
    visit_id    BIGINT  NOT NULL REFERENCES visits (id),
    position    INTEGER NOT NULL,
    tooth       TEXT,
    description TEXT    NOT NULL
);
CREATE INDEX treatments_visit ON treatments (visit_id);
