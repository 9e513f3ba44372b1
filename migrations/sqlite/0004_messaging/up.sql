CREATE TABLE templates (
    id         INTEGER NOT NULL PRIMARY KEY,
    code       TEXT    NOT NULL,
    channel    TEXT    NOT NULL CHECK (channel IN ('sms', 'email')),
    language   TEXT    NOT NULL CHECK (language IN ('zh', 'en')),
    subject    TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    updated_at BIGINT  NOT NULL,
    version    BIGINT  NOT NULL,
    UNIQUE (code, channel, language)
);

-- The outbox and the ledger in one: a message is a row before it is sent, unique by its occurrence.
CREATE TABLE messages (
    id              INTEGER NOT NULL PRIMARY KEY,
    dedupe_key      TEXT    NOT NULL UNIQUE,
    patient_id      BIGINT  NOT NULL REFERENCES patients (id),
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
    updated_at      BIGINT  NOT NULL
);
CREATE INDEX messages_due ON messages (state, next_try_at);
CREATE INDEX messages_patient ON messages (patient_id, created_at);
CREATE INDEX messages_subject ON messages (subject, subject_id);
CREATE INDEX messages_created ON messages (created_at);
CREATE INDEX messages_gateway ON messages (gateway_id);

CREATE TABLE message_attempts (
    id          INTEGER NOT NULL PRIMARY KEY,
    message_id  BIGINT  NOT NULL REFERENCES messages (id),
    number      INTEGER NOT NULL,
    gateway     TEXT    NOT NULL,
    started_at  BIGINT  NOT NULL,
    finished_at BIGINT,
    outcome     TEXT,
    detail      TEXT,
    UNIQUE (message_id, number)
);

-- What came in or was reported about a message, in order of arrival.
CREATE TABLE message_reports (
    id         INTEGER NOT NULL PRIMARY KEY,
    message_id BIGINT NOT NULL REFERENCES messages (id),
    at         BIGINT NOT NULL,
    status     TEXT   NOT NULL,
    detail     TEXT   NOT NULL
);
CREATE INDEX message_reports_message ON message_reports (message_id);

-- Addresses that want nothing more; holds for everyone who shares the address.
CREATE TABLE opt_outs (
    id       INTEGER NOT NULL PRIMARY KEY,
    channel  TEXT   NOT NULL,
    address  TEXT   NOT NULL,
    scope    TEXT   NOT NULL CHECK (scope IN ('marketing', 'all')),
    evidence TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    UNIQUE (channel, address, scope)
);
