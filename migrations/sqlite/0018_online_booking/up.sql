-- How patients book by themselves; without a row, by the usual rules.
CREATE TABLE online_rules (
    site_id        BIGINT  NOT NULL PRIMARY KEY REFERENCES sites (id),
    open           BOOLEAN NOT NULL,
    new_patients   BOOLEAN NOT NULL,
    -- A visit is moved and cancelled by its patient until so long before …
    change_minutes INTEGER NOT NULL CHECK (change_minutes BETWEEN 0 AND 43200),
    -- … and moved so often.
    moves_max      INTEGER NOT NULL CHECK (moves_max BETWEEN 0 AND 20),
    -- Who has so many visits ahead books no more online.
    planned_max    INTEGER NOT NULL CHECK (planned_max BETWEEN 1 AND 20),
    -- Who broke so many visits (none: any) in so many days books and moves by telephone.
    broken_max     INTEGER CHECK (broken_max BETWEEN 1 AND 20),
    broken_days    INTEGER NOT NULL CHECK (broken_days BETWEEN 1 AND 732)
);

-- What patients say brings them, and which service that is.
CREATE TABLE complaints (
    id         INTEGER NOT NULL PRIMARY KEY,
    site_id    BIGINT  NOT NULL REFERENCES sites (id),
    name       TEXT    NOT NULL,
    name_en    TEXT    NOT NULL,
    service_id BIGINT  NOT NULL REFERENCES services (id),
    -- Not to be put off: the page asks to call first.
    urgent     BOOLEAN NOT NULL,
    position   INTEGER NOT NULL
);
CREATE TRIGGER online_rules_insert_changed AFTER INSERT ON online_rules BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER online_rules_update_changed AFTER UPDATE ON online_rules BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER online_rules_delete_changed AFTER DELETE ON online_rules BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER complaints_insert_changed AFTER INSERT ON complaints BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER complaints_update_changed AFTER UPDATE ON complaints BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER complaints_delete_changed AFTER DELETE ON complaints BEGIN UPDATE clinic_revision SET revision = random(); END;

-- A booking by somebody who has not proved yet that the number or address is theirs: the time is held, a message with a link
-- goes out, and the link books.
CREATE TABLE booking_requests (
    id          INTEGER NOT NULL PRIMARY KEY,
    site_id     BIGINT  NOT NULL REFERENCES sites (id),
    service_id  BIGINT  NOT NULL REFERENCES services (id),
    provider_id BIGINT  NOT NULL REFERENCES providers (id),
    starts_at   BIGINT  NOT NULL,
    note        TEXT    NOT NULL,
    hold_token  TEXT    NOT NULL,
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
    -- Whether the patient was registered by it.
    is_new      BOOLEAN NOT NULL,
    booked_id   BIGINT  REFERENCES appointments (id),
    -- How often the message was asked for.
    sends       INTEGER NOT NULL,
    created_at  BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);
CREATE INDEX booking_requests_created ON booking_requests (created_at);
CREATE INDEX booking_requests_address ON booking_requests (address, created_at);
CREATE INDEX booking_requests_ip ON booking_requests (ip, created_at);
-- Who proves an address is found by it.
CREATE INDEX patients_email ON patients (email);

-- A message is a patient's, or goes to an address that somebody gave for it. SQLite changes a CHECK only with a new table; what
-- refers to it is made anew, too, since a table that is referred to cannot go.
CREATE TABLE messages_new (
    id              INTEGER NOT NULL PRIMARY KEY,
    dedupe_key      TEXT    NOT NULL UNIQUE,
    patient_id      BIGINT  REFERENCES patients (id),
    subject         TEXT    NOT NULL,
    subject_id      BIGINT,
    subject_version BIGINT,
    purpose         TEXT    NOT NULL,
    template        TEXT    NOT NULL,
    channel         TEXT    NOT NULL CHECK (channel IN ('sms', 'email')),
    language        TEXT    NOT NULL CHECK (language IN ('zh', 'en')),
    recipient       TEXT,
    title           TEXT,
    body            TEXT,
    segments        INTEGER,
    state           TEXT    NOT NULL CHECK (state IN ('queued', 'claimed', 'sending', 'accepted', 'delivered', 'failed', 'uncertain', 'skipped', 'dead')),
    reason          TEXT,
    priority        INTEGER NOT NULL,
    due_at          BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    next_try_at     BIGINT  NOT NULL,
    attempts        INTEGER NOT NULL,
    lease           TEXT,
    lease_until     BIGINT,
    gateway_id      TEXT,
    variables       TEXT    NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    CHECK (patient_id IS NOT NULL OR recipient IS NOT NULL)
);
INSERT INTO messages_new SELECT * FROM messages;
CREATE TABLE message_attempts_new (
    id          INTEGER NOT NULL PRIMARY KEY,
    message_id  BIGINT  NOT NULL REFERENCES messages_new (id),
    number      INTEGER NOT NULL,
    gateway     TEXT    NOT NULL,
    started_at  BIGINT  NOT NULL,
    finished_at BIGINT,
    outcome     TEXT,
    detail      TEXT,
    UNIQUE (message_id, number)
);
INSERT INTO message_attempts_new SELECT * FROM message_attempts;
CREATE TABLE message_reports_new (
    id         INTEGER NOT NULL PRIMARY KEY,
    message_id BIGINT NOT NULL REFERENCES messages_new (id),
    at         BIGINT NOT NULL,
    status     TEXT   NOT NULL,
    detail     TEXT   NOT NULL
);
INSERT INTO message_reports_new SELECT * FROM message_reports;
DROP TABLE message_reports;
DROP TABLE message_attempts;
DROP TABLE messages;
-- What refers to a table follows its new name.
ALTER TABLE messages_new RENAME TO messages;
ALTER TABLE message_attempts_new RENAME TO message_attempts;
ALTER TABLE message_reports_new RENAME TO message_reports;
CREATE INDEX messages_due ON messages (state, next_try_at);
CREATE INDEX messages_patient ON messages (patient_id, created_at);
CREATE INDEX messages_subject ON messages (subject, subject_id);
CREATE INDEX messages_created ON messages (created_at);
CREATE INDEX messages_gateway ON messages (gateway_id);
CREATE INDEX message_reports_message ON message_reports (message_id);
