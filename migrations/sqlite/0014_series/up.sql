-- Appointments that were booked together: a patient's visits one after another, or a family on one day.
CREATE TABLE appointment_series (
    id         INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('course', 'family')),
    created_at BIGINT NOT NULL
);
CREATE TABLE appointment_series_members (
    appointment_id BIGINT  NOT NULL PRIMARY KEY REFERENCES appointments (id),
    series_id      BIGINT  NOT NULL REFERENCES appointment_series (id),
    position       INTEGER NOT NULL
);
CREATE INDEX appointment_series_members_series ON appointment_series_members (series_id, position);
