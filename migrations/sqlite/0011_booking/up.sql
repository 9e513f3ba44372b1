-- What a chair is good for beyond the usual; empty: the usual.
ALTER TABLE chairs ADD COLUMN kind TEXT NOT NULL DEFAULT '';

-- Further chairs that a provider works at, beside their own.
CREATE TABLE provider_chairs (
    provider_id BIGINT NOT NULL REFERENCES providers (id),
    chair_id    BIGINT NOT NULL REFERENCES chairs (id),
    PRIMARY KEY (provider_id, chair_id)
);

-- How a service is booked; a service without a row has the usual rules. Parts are minutes from the start of the visit,
-- '0-10,30-40'; empty: all of it.
CREATE TABLE booking_rules (
    service_id     BIGINT  NOT NULL PRIMARY KEY REFERENCES services (id),
    grid_minutes   INTEGER NOT NULL CHECK (grid_minutes IN (5, 10, 15, 20, 30, 60)),
    chair_kind     TEXT    NOT NULL,
    provider_parts TEXT    NOT NULL,
    second_kind    TEXT    CHECK (second_kind IN ('doctor', 'hygienist', 'nurse')),
    second_parts   TEXT    NOT NULL,
    per_day_max    INTEGER CHECK (per_day_max BETWEEN 1 AND 100),
    online         BOOLEAN NOT NULL,
    notice_minutes INTEGER NOT NULL CHECK (notice_minutes BETWEEN 0 AND 43200),
    horizon_days   INTEGER NOT NULL CHECK (horizon_days BETWEEN 1 AND 732)
);

-- Weekly hours hold from a day on, until the next pattern of the same provider begins. The first pattern has no row here.
ALTER TABLE weekly_hours ADD COLUMN valid_from DATE NOT NULL DEFAULT '1970-01-01';
CREATE TABLE hour_patterns (
    provider_id BIGINT NOT NULL REFERENCES providers (id),
    valid_from  DATE   NOT NULL,
    PRIMARY KEY (provider_id, valid_from)
);

-- Sessions of a provider on one day, instead of the weekly ones and whatever the site does that day.
CREATE TABLE dated_hours (
    id           INTEGER NOT NULL PRIMARY KEY,
    provider_id  BIGINT  NOT NULL REFERENCES providers (id),
    day          DATE    NOT NULL,
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1440),
    end_minute   INTEGER NOT NULL CHECK (end_minute BETWEEN 0 AND 1440),
    CHECK (start_minute < end_minute)
);
CREATE INDEX dated_hours_day ON dated_hours (day);

-- A day on which the site works as on another weekday (调休).
CREATE TABLE makeup_days (
    id      INTEGER NOT NULL PRIMARY KEY,
    site_id BIGINT  NOT NULL REFERENCES sites (id),
    day     DATE    NOT NULL,
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    name    TEXT    NOT NULL,
    name_en TEXT    NOT NULL,
    UNIQUE (site_id, day)
);

-- Time kept for some services only (none listed: for nothing), weekly or on one day; given free release_days before.
CREATE TABLE blockouts (
    id           INTEGER NOT NULL PRIMARY KEY,
    site_id      BIGINT  NOT NULL REFERENCES sites (id),
    provider_id  BIGINT  REFERENCES providers (id),
    weekday      INTEGER CHECK (weekday BETWEEN 1 AND 7),
    day          DATE,
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1440),
    end_minute   INTEGER NOT NULL CHECK (end_minute BETWEEN 0 AND 1440),
    valid_from   DATE,
    valid_until  DATE,
    release_days INTEGER CHECK (release_days BETWEEN 0 AND 60),
    name         TEXT    NOT NULL,
    name_en      TEXT    NOT NULL,
    CHECK (start_minute < end_minute),
    CHECK ((weekday IS NULL) <> (day IS NULL))
);
CREATE TABLE blockout_services (
    blockout_id BIGINT NOT NULL REFERENCES blockouts (id),
    service_id  BIGINT NOT NULL REFERENCES services (id),
    PRIMARY KEY (blockout_id, service_id)
);

-- Who else is needed, when the provider is, and why a time was given twice on purpose.
ALTER TABLE appointments ADD COLUMN provider_parts TEXT NOT NULL DEFAULT '';
ALTER TABLE appointments ADD COLUMN second_id BIGINT REFERENCES providers (id);
ALTER TABLE appointments ADD COLUMN second_parts TEXT NOT NULL DEFAULT '';
ALTER TABLE appointments ADD COLUMN overbooked TEXT;

-- When each appointment takes whose time: one row for most, more where a dentist runs two chairs or a second person helps.
CREATE TABLE provider_times (
    id             INTEGER NOT NULL PRIMARY KEY,
    appointment_id BIGINT  NOT NULL REFERENCES appointments (id),
    provider_id    BIGINT  NOT NULL REFERENCES providers (id),
    busy_from      BIGINT  NOT NULL,
    busy_until     BIGINT  NOT NULL,
    -- Whether the appointment takes place; and whether it may lie over others.
    active         BOOLEAN NOT NULL,
    shared         BOOLEAN NOT NULL,
    CHECK (busy_from < busy_until),
    CHECK (busy_until - busy_from <= 43200000)
);
INSERT INTO provider_times (appointment_id, provider_id, busy_from, busy_until, active, shared)
    SELECT id, provider_id, busy_from, busy_until, status NOT IN ('no-show', 'cancelled'), 0 FROM appointments;
CREATE INDEX provider_times_appointment ON provider_times (appointment_id);
CREATE INDEX provider_times_busy ON provider_times (busy_from);

CREATE INDEX provider_times_provider ON provider_times (provider_id, busy_from);

DROP TRIGGER appointments_free_on_insert;
DROP TRIGGER appointments_free_on_update;
CREATE TRIGGER appointments_free_on_insert BEFORE INSERT ON appointments
WHEN NEW.status NOT IN ('no-show', 'cancelled')
BEGIN
    SELECT RAISE(ABORT, 'overlap: chair') WHERE NEW.overbooked IS NULL AND EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.chair_id = NEW.chair_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled') AND o.overbooked IS NULL
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: patient') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.patient_id = NEW.patient_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.starts_at > NEW.starts_at - 43200000 AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at);
END;
CREATE TRIGGER appointments_free_on_update BEFORE UPDATE OF chair_id, patient_id, starts_at, ends_at, busy_from, busy_until, status, overbooked ON appointments
WHEN NEW.status NOT IN ('no-show', 'cancelled')
BEGIN
    SELECT RAISE(ABORT, 'overlap: chair') WHERE NEW.overbooked IS NULL AND EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.chair_id = NEW.chair_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled') AND o.overbooked IS NULL
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: patient') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.patient_id = NEW.patient_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.starts_at > NEW.starts_at - 43200000 AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at);
END;
CREATE TRIGGER provider_times_free_on_insert BEFORE INSERT ON provider_times
WHEN NEW.active AND NOT NEW.shared
BEGIN
    SELECT RAISE(ABORT, 'overlap: provider') WHERE EXISTS (
        SELECT 1 FROM provider_times o
        WHERE o.provider_id = NEW.provider_id AND o.id IS NOT NEW.id AND o.active AND NOT o.shared
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
END;
CREATE TRIGGER provider_times_free_on_update BEFORE UPDATE ON provider_times
WHEN NEW.active AND NOT NEW.shared
BEGIN
    SELECT RAISE(ABORT, 'overlap: provider') WHERE EXISTS (
        SELECT 1 FROM provider_times o
        WHERE o.provider_id = NEW.provider_id AND o.id IS NOT NEW.id AND o.active AND NOT o.shared
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
END;

-- A time that somebody is about to book or has been offered; over at expires_at, whatever happens.
CREATE TABLE holds (
    id          INTEGER NOT NULL PRIMARY KEY,
    token       TEXT   NOT NULL UNIQUE,
    site_id     BIGINT NOT NULL REFERENCES sites (id),
    purpose     TEXT   NOT NULL CHECK (purpose IN ('desk', 'online', 'offer')),
    user_id     BIGINT,
    actor       TEXT   NOT NULL,
    provider_id BIGINT NOT NULL REFERENCES providers (id),
    chair_id    BIGINT NOT NULL REFERENCES chairs (id),
    service_id  BIGINT NOT NULL REFERENCES services (id),
    busy_from   BIGINT NOT NULL,
    busy_until  BIGINT NOT NULL,
    starts_at   BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    CHECK (busy_from < busy_until)
);
CREATE INDEX holds_expires ON holds (expires_at);

-- Changes with every change of the clinic's set-up, to a number that was never there before: what was read of the set-up
-- may be kept for as long as it stands.
CREATE TABLE clinic_revision (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision BIGINT  NOT NULL
);
INSERT INTO clinic_revision (id, revision) VALUES (1, random());
CREATE TRIGGER sites_insert_changed AFTER INSERT ON sites BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER sites_update_changed AFTER UPDATE ON sites BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER sites_delete_changed AFTER DELETE ON sites BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER chairs_insert_changed AFTER INSERT ON chairs BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER chairs_update_changed AFTER UPDATE ON chairs BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER chairs_delete_changed AFTER DELETE ON chairs BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER providers_insert_changed AFTER INSERT ON providers BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER providers_update_changed AFTER UPDATE ON providers BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER providers_delete_changed AFTER DELETE ON providers BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER services_insert_changed AFTER INSERT ON services BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER services_update_changed AFTER UPDATE ON services BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER services_delete_changed AFTER DELETE ON services BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER service_providers_insert_changed AFTER INSERT ON service_providers BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER service_providers_update_changed AFTER UPDATE ON service_providers BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER service_providers_delete_changed AFTER DELETE ON service_providers BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER weekly_hours_insert_changed AFTER INSERT ON weekly_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER weekly_hours_update_changed AFTER UPDATE ON weekly_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER weekly_hours_delete_changed AFTER DELETE ON weekly_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER hour_patterns_insert_changed AFTER INSERT ON hour_patterns BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER hour_patterns_update_changed AFTER UPDATE ON hour_patterns BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER hour_patterns_delete_changed AFTER DELETE ON hour_patterns BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER dated_hours_insert_changed AFTER INSERT ON dated_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER dated_hours_update_changed AFTER UPDATE ON dated_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER dated_hours_delete_changed AFTER DELETE ON dated_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER makeup_days_insert_changed AFTER INSERT ON makeup_days BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER makeup_days_update_changed AFTER UPDATE ON makeup_days BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER makeup_days_delete_changed AFTER DELETE ON makeup_days BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER holidays_insert_changed AFTER INSERT ON holidays BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER holidays_update_changed AFTER UPDATE ON holidays BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER holidays_delete_changed AFTER DELETE ON holidays BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER leaves_insert_changed AFTER INSERT ON leaves BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER leaves_update_changed AFTER UPDATE ON leaves BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER leaves_delete_changed AFTER DELETE ON leaves BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER blockouts_insert_changed AFTER INSERT ON blockouts BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER blockouts_update_changed AFTER UPDATE ON blockouts BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER blockouts_delete_changed AFTER DELETE ON blockouts BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER blockout_services_insert_changed AFTER INSERT ON blockout_services BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER blockout_services_update_changed AFTER UPDATE ON blockout_services BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER blockout_services_delete_changed AFTER DELETE ON blockout_services BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER provider_chairs_insert_changed AFTER INSERT ON provider_chairs BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER provider_chairs_update_changed AFTER UPDATE ON provider_chairs BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER provider_chairs_delete_changed AFTER DELETE ON provider_chairs BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER booking_rules_insert_changed AFTER INSERT ON booking_rules BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER booking_rules_update_changed AFTER UPDATE ON booking_rules BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER booking_rules_delete_changed AFTER DELETE ON booking_rules BEGIN UPDATE clinic_revision SET revision = random(); END;
