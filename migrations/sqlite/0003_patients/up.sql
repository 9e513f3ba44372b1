CREATE TABLE patients (
    id               INTEGER NOT NULL PRIMARY KEY,
    chart_no         TEXT    NOT NULL UNIQUE,
    name             TEXT    NOT NULL,
    search_name      TEXT    NOT NULL,
    initials         TEXT    NOT NULL,
    sex              TEXT    NOT NULL CHECK (sex IN ('female', 'male', 'unknown')),
    birth_date       DATE,
    birth_month_day  INTEGER,
    national_id      TEXT,
    national_id_hash TEXT,
    phone            TEXT,
    phone_tail       TEXT,
    other_phone      TEXT,
    email            TEXT,
    language         TEXT    NOT NULL CHECK (language IN ('zh', 'en')),
    channel          TEXT    NOT NULL CHECK (channel IN ('sms', 'email', 'phone', 'none')),
    marketing        BOOLEAN NOT NULL,
    vip              BOOLEAN NOT NULL,
    needs            TEXT    NOT NULL,
    allergies        TEXT    NOT NULL,
    history          TEXT    NOT NULL,
    occupation       TEXT    NOT NULL,
    address          TEXT    NOT NULL,
    source           TEXT    NOT NULL,
    note             TEXT    NOT NULL,
    completeness     INTEGER NOT NULL CHECK (completeness BETWEEN 0 AND 100),
    deceased         BOOLEAN NOT NULL,
    version          BIGINT  NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL
);
CREATE INDEX patients_search_name ON patients (search_name);
CREATE INDEX patients_initials ON patients (initials);
CREATE INDEX patients_phone ON patients (phone);
CREATE INDEX patients_other_phone ON patients (other_phone);
CREATE INDEX patients_phone_tail ON patients (phone_tail);
CREATE INDEX patients_birthday ON patients (birth_month_day);
CREATE INDEX patients_updated ON patients (updated_at, id);
CREATE UNIQUE INDEX patients_national_id ON patients (national_id_hash);

-- Consent and its withdrawal, never changed afterwards.
CREATE TABLE consents (
    id         INTEGER NOT NULL PRIMARY KEY,
    patient_id BIGINT  NOT NULL REFERENCES patients (id),
    channel    TEXT    NOT NULL,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('care', 'marketing')),
    granted    BOOLEAN NOT NULL,
    how        TEXT    NOT NULL,
    at         BIGINT  NOT NULL,
    user_id    BIGINT
);
CREATE INDEX consents_patient ON consents (patient_id, at);
