-- People who want a visit, or an earlier one, as soon as a time that suits them is free.
CREATE TABLE waiting_entries (
    id             INTEGER NOT NULL PRIMARY KEY,
    site_id        BIGINT  NOT NULL REFERENCES sites (id),
    patient_id     BIGINT  NOT NULL REFERENCES patients (id),
    service_id     BIGINT  NOT NULL REFERENCES services (id),
    provider_id    BIGINT  REFERENCES providers (id),
    minutes        INTEGER NOT NULL CHECK (minutes BETWEEN 5 AND 480),
    -- '135': Monday, Wednesday, Friday; empty: any day.
    weekdays       TEXT    NOT NULL,
    from_minute    INTEGER CHECK (from_minute BETWEEN 0 AND 1440),
    until_minute   INTEGER CHECK (until_minute BETWEEN 0 AND 1440),
    first_day      DATE    NOT NULL,
    last_day       DATE,
    notice_minutes INTEGER NOT NULL CHECK (notice_minutes BETWEEN 0 AND 43200),
    urgency        TEXT    NOT NULL CHECK (urgency IN ('normal', 'soon', 'urgent')),
    note           TEXT    NOT NULL,
    -- The visit that is to be earlier.
    appointment_id BIGINT  REFERENCES appointments (id),
    state          TEXT    NOT NULL CHECK (state IN ('waiting', 'booked', 'withdrawn', 'expired')),
    booked_id      BIGINT  REFERENCES appointments (id),
    version        BIGINT  NOT NULL,
    created_by     BIGINT,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);
CREATE INDEX waiting_entries_state ON waiting_entries (state, created_at);
CREATE INDEX waiting_entries_patient ON waiting_entries (patient_id);

-- A time that a cancelled or moved visit left, and what became of it.
CREATE TABLE freed_slots (
    id                  INTEGER NOT NULL PRIMARY KEY,
    site_id             BIGINT  NOT NULL REFERENCES sites (id),
    provider_id         BIGINT  NOT NULL REFERENCES providers (id),
    chair_id            BIGINT  NOT NULL REFERENCES chairs (id),
    service_id          BIGINT  NOT NULL REFERENCES services (id),
    starts_at           BIGINT  NOT NULL,
    ends_at             BIGINT  NOT NULL,
    appointment_id      BIGINT  NOT NULL REFERENCES appointments (id),
    appointment_version BIGINT  NOT NULL,
    state               TEXT    NOT NULL CHECK (state IN ('open', 'offering', 'filled', 'closed')),
    -- Whether everybody who was asked is past.
    nobody              BOOLEAN NOT NULL,
    -- How many are asked at a time, and how long they have.
    batch               INTEGER NOT NULL CHECK (batch BETWEEN 1 AND 100),
    deadline_minutes    INTEGER NOT NULL CHECK (deadline_minutes BETWEEN 5 AND 1440),
    hold_token          TEXT,
    version             BIGINT  NOT NULL,
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX freed_slots_state ON freed_slots (state, starts_at);
CREATE INDEX freed_slots_appointment ON freed_slots (appointment_id);

-- Who is, or is to be, asked whether they want a freed time.
CREATE TABLE slot_offers (
    id             INTEGER NOT NULL PRIMARY KEY,
    slot_id        BIGINT  NOT NULL REFERENCES freed_slots (id),
    position       INTEGER NOT NULL,
    source         TEXT    NOT NULL CHECK (source IN ('waiting', 'unscheduled', 'recall')),
    source_id      BIGINT  NOT NULL,
    patient_id     BIGINT  NOT NULL REFERENCES patients (id),
    service_id     BIGINT  NOT NULL REFERENCES services (id),
    minutes        INTEGER NOT NULL,
    starts_at      BIGINT  NOT NULL,
    notice_minutes INTEGER NOT NULL,
    appointment_id BIGINT  REFERENCES appointments (id),
    state          TEXT    NOT NULL CHECK (state IN ('queued', 'asked', 'accepted', 'declined', 'opted-out', 'lapsed', 'over')),
    asked_at       BIGINT,
    expires_at     BIGINT,
    answered_at    BIGINT,
    answered_by    TEXT    NOT NULL,
    booked_id      BIGINT  REFERENCES appointments (id),
    created_at     BIGINT  NOT NULL
);
CREATE INDEX slot_offers_slot ON slot_offers (slot_id, position);
CREATE INDEX slot_offers_expires ON slot_offers (state, expires_at);
CREATE INDEX slot_offers_patient ON slot_offers (patient_id, state);

-- What the desk says of a visit that did not take place: how it counts, and why nobody needs to book it anew.
CREATE TABLE unscheduled (
    appointment_id BIGINT NOT NULL PRIMARY KEY REFERENCES appointments (id),
    kind           TEXT   CHECK (kind IN ('broken', 'will-call', 'clinic')),
    aside_reason   TEXT,
    aside_by       TEXT,
    aside_at       BIGINT
);

-- A leave that was planned together with what becomes of the visits in it; and how to take all of it back.
CREATE TABLE leave_plans (
    id          INTEGER NOT NULL PRIMARY KEY,
    provider_id BIGINT NOT NULL REFERENCES providers (id),
    starts_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    user_id     BIGINT,
    actor       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    undone_at   BIGINT,
    CHECK (starts_at < ends_at)
);
CREATE TABLE leave_plan_steps (
    id             INTEGER NOT NULL PRIMARY KEY,
    plan_id        BIGINT  NOT NULL REFERENCES leave_plans (id),
    appointment_id BIGINT  NOT NULL REFERENCES appointments (id),
    choice         TEXT    NOT NULL CHECK (choice IN ('move', 'cancel', 'call')),
    -- The version that the step led to.
    version        BIGINT  NOT NULL
);
CREATE INDEX leave_plan_steps_plan ON leave_plan_steps (plan_id);
