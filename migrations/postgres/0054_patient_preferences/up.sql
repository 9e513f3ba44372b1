-- What a patient has said of when and with whom they like to come. No row: nothing.
CREATE TABLE patient_preferences (
    patient_id   BIGINT NOT NULL PRIMARY KEY REFERENCES patients (id),
    provider_id  BIGINT  REFERENCES providers (id),
    -- '135': Monday, Wednesday, Friday; empty: any day.
    weekdays     TEXT    NOT NULL,
    from_minute  INTEGER CHECK (from_minute BETWEEN 0 AND 1440),
    until_minute INTEGER CHECK (until_minute BETWEEN 0 AND 1440),
    set_by       TEXT    NOT NULL,
    set_at       BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);
