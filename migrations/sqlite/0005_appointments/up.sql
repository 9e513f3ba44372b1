CREATE TABLE appointments (
    id            INTEGER NOT NULL PRIMARY KEY,
    site_id       BIGINT NOT NULL REFERENCES sites (id),
    patient_id    BIGINT NOT NULL REFERENCES patients (id),
    provider_id   BIGINT NOT NULL REFERENCES providers (id),
    chair_id      BIGINT NOT NULL REFERENCES chairs (id),
    service_id    BIGINT NOT NULL REFERENCES services (id),
    starts_at     BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL,
    busy_from     BIGINT NOT NULL,
    busy_until    BIGINT NOT NULL,
    status        TEXT   NOT NULL CHECK (status IN ('booked', 'confirmed', 'arrived', 'in-chair', 'done', 'no-show', 'cancelled')),
    note          TEXT   NOT NULL,
    cancel_reason TEXT,
    source        TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    arrived_at    BIGINT,
    seated_at     BIGINT,
    finished_at   BIGINT,
    created_by    BIGINT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    CHECK (starts_at < ends_at),
    CHECK (busy_from <= starts_at AND ends_at <= busy_until),
    -- Twelve hours: the overlap rules look back no further than this.
    CHECK (busy_until - busy_from <= 43200000)
);
CREATE INDEX appointments_site_start ON appointments (site_id, starts_at);
CREATE INDEX appointments_start ON appointments (starts_at);
CREATE INDEX appointments_provider ON appointments (provider_id, busy_from);
CREATE INDEX appointments_chair ON appointments (chair_id, busy_from);
CREATE INDEX appointments_patient ON appointments (patient_id, starts_at);

-- What happened to each appointment, by whom, and how to take it back.
CREATE TABLE appointment_events (
    id             INTEGER NOT NULL PRIMARY KEY,
    appointment_id BIGINT NOT NULL REFERENCES appointments (id),
    at             BIGINT NOT NULL,
    user_id        BIGINT,
    actor          TEXT   NOT NULL,
    action         TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    before         TEXT   NOT NULL,
    undone_at      BIGINT
);
CREATE INDEX appointment_events_appointment ON appointment_events (appointment_id, id);
CREATE INDEX appointment_events_at ON appointment_events (at);

-- No double booking, by the database: a provider, a chair and a patient are in one place at a time. SQLite has no
-- exclusion constraints; writers are serialised, so a look before each write is as strong.
CREATE TRIGGER appointments_free_on_insert BEFORE INSERT ON appointments
WHEN NEW.status NOT IN ('no-show', 'cancelled')
BEGIN
    SELECT RAISE(ABORT, 'overlap: provider') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.provider_id = NEW.provider_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: chair') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.chair_id = NEW.chair_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: patient') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.patient_id = NEW.patient_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.starts_at > NEW.starts_at - 43200000 AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at);
END;
CREATE TRIGGER appointments_free_on_update BEFORE UPDATE OF provider_id, chair_id, patient_id, starts_at, ends_at, busy_from, busy_until, status ON appointments
WHEN NEW.status NOT IN ('no-show', 'cancelled')
BEGIN
    SELECT RAISE(ABORT, 'overlap: provider') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.provider_id = NEW.provider_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: chair') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.chair_id = NEW.chair_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: patient') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.patient_id = NEW.patient_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.starts_at > NEW.starts_at - 43200000 AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at);
END;
