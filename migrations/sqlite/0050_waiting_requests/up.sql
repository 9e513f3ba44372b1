-- Whether the patient put themselves on the list.
ALTER TABLE waiting_entries ADD COLUMN from_patient BOOLEAN NOT NULL DEFAULT FALSE;
-- Somebody who wants to be put on the list and has not shown yet that the number or address is theirs.
CREATE TABLE waiting_requests (
    id          INTEGER NOT NULL PRIMARY KEY,
    site_id     BIGINT  NOT NULL REFERENCES sites (id),
    service_id  BIGINT  NOT NULL REFERENCES services (id),
    -- None: anyone who does it.
    provider_id BIGINT  REFERENCES providers (id),
    -- As in the list's entries.
    weekdays    TEXT    NOT NULL,
    from_minute INTEGER,
    until_minute INTEGER,
    last_day    DATE    NOT NULL,
    note        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    channel     TEXT    NOT NULL CHECK (channel IN ('sms', 'email')),
    address     TEXT    NOT NULL,
    birth_date  DATE,
    guardian    TEXT    NOT NULL,
    language    TEXT    NOT NULL CHECK (language IN ('zh', 'en')),
    ip          TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('waiting', 'booked', 'refused')),
    -- Why it was refused.
    refusal     TEXT,
    patient_id  BIGINT  REFERENCES patients (id),
    entry_id    BIGINT  REFERENCES waiting_entries (id),
    -- How often the message was asked for.
    sends       INTEGER NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);
CREATE INDEX waiting_requests_created ON waiting_requests (created_at);
CREATE INDEX waiting_requests_address ON waiting_requests (address, created_at);
CREATE INDEX waiting_requests_ip ON waiting_requests (ip, created_at);
