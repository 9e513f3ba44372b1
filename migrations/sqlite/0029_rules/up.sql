CREATE TABLE occasions (
    id         INTEGER NOT NULL PRIMARY KEY,
    code       TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    name_en    TEXT    NOT NULL,
    calendar   TEXT    NOT NULL CHECK (calendar IN ('solar', 'lunar', 'once')),
    month      INTEGER CHECK (month BETWEEN 1 AND 12),
    day        INTEGER CHECK (day BETWEEN 1 AND 31),
    on_date    DATE,
    version    BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);

-- Dates on a patient's record that are not the birthday: kinds, and who has which.
CREATE TABLE date_kinds (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    name_en    TEXT    NOT NULL,
    yearly     BOOLEAN NOT NULL,
    version    BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);
CREATE TABLE patient_dates (
    id         INTEGER NOT NULL PRIMARY KEY,
    patient_id BIGINT  NOT NULL REFERENCES patients (id),
    kind_id    BIGINT  NOT NULL REFERENCES date_kinds (id),
    on_date    DATE    NOT NULL,
    month_day  INTEGER NOT NULL,
    created_at BIGINT  NOT NULL,
    UNIQUE (patient_id, kind_id, on_date)
);
CREATE INDEX patient_dates_on ON patient_dates (kind_id, on_date);
CREATE INDEX patient_dates_yearly ON patient_dates (kind_id, month_day);

-- Who sent whom.
CREATE TABLE referrals (
    patient_id  BIGINT NOT NULL PRIMARY KEY REFERENCES patients (id),
    referred_by BIGINT NOT NULL REFERENCES patients (id),
    created_at  BIGINT NOT NULL
);
CREATE INDEX referrals_created ON referrals (created_at);
CREATE INDEX referrals_by ON referrals (referred_by);

-- What patients answered when they were asked how a visit was.
CREATE TABLE survey_answers (
    id             INTEGER NOT NULL PRIMARY KEY,
    appointment_id BIGINT  NOT NULL UNIQUE REFERENCES appointments (id),
    patient_id     BIGINT  NOT NULL REFERENCES patients (id),
    score          INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
    comment        TEXT    NOT NULL,
    way            TEXT    NOT NULL CHECK (way IN ('text', 'link')),
    at             BIGINT  NOT NULL
);
CREATE INDEX survey_answers_at ON survey_answers (at);
CREATE INDEX survey_answers_patient ON survey_answers (patient_id);

ALTER TABLE patients ADD COLUMN lunar_birthday BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX patients_birth_date ON patients (birth_date);
CREATE INDEX treatment_plans_updated ON treatment_plans (updated_at);

-- A rule says who and why; its steps, a JSON list, say when and what.
CREATE TABLE rules_before AS SELECT * FROM rules;
DROP TABLE rules;
CREATE TABLE rules (
    id              INTEGER NOT NULL PRIMARY KEY,
    code            TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    name_en         TEXT    NOT NULL,
    anchor          TEXT    NOT NULL CHECK (anchor IN ('visit-start', 'visit-finished', 'visit-missed', 'recall-due', 'birthday', 'occasion', 'record-date', 'plan-waits', 'referral')),
    purpose         TEXT    NOT NULL,
    service_id      BIGINT  REFERENCES services (id),
    occasion_id     BIGINT  REFERENCES occasions (id),
    date_kind_id    BIGINT  REFERENCES date_kinds (id),
    channels        TEXT    NOT NULL CHECK (channels IN ('preferred', 'sms-first', 'email-first', 'sms', 'email')),
    stop_booked     BOOLEAN NOT NULL,
    stop_answered   BOOLEAN NOT NULL,
    stop_confirmed  BOOLEAN NOT NULL,
    catch_up        TEXT    NOT NULL CHECK (catch_up IN ('send', 'newest', 'skip')),
    rest_days       INTEGER NOT NULL CHECK (rest_days BETWEEN 0 AND 366),
    holdout_percent INTEGER NOT NULL CHECK (holdout_percent BETWEEN 0 AND 50),
    steps           TEXT    NOT NULL,
    priority        INTEGER NOT NULL,
    active          BOOLEAN NOT NULL,
    planned_until   BIGINT  NOT NULL,
    version         BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL
);
INSERT INTO rules
    SELECT id, code, name, name_en, anchor,
           CASE anchor WHEN 'visit-start' THEN 'reminder' WHEN 'visit-finished' THEN 'follow-up'
                       WHEN 'recall-due' THEN 'recall' ELSE 'birthday' END,
           service_id, NULL, NULL, 'preferred', anchor = 'recall-due', FALSE, FALSE,
           CASE anchor WHEN 'visit-start' THEN 'newest' ELSE 'send' END, 0, 0,
           '[{"action":"' || action || '","offset_days":' || offset_days || ',"offset_minutes":' || offset_minutes
           || ',"at_minute":' || COALESCE(CAST(at_minute AS TEXT), 'null') || ',"window_minutes":' || window_minutes
           || ',"template":"' || template || '"}]',
           priority, active, planned_until, version, updated_at
    FROM rules_before;

DROP TABLE rules_before;

-- Of whom a rule was due for while it held some back, to see what it brings.
CREATE TABLE rule_arms (
    rule_id    BIGINT  NOT NULL REFERENCES rules (id) ON DELETE CASCADE,
    occurrence TEXT    NOT NULL,
    patient_id BIGINT  NOT NULL REFERENCES patients (id),
    due_at     BIGINT  NOT NULL,
    held       BOOLEAN NOT NULL,
    PRIMARY KEY (rule_id, occurrence)
);
CREATE INDEX rule_arms_due ON rule_arms (rule_id, due_at);

-- A rule's code ends the key of its greetings, too: several steps of a day are several messages.
UPDATE messages SET dedupe_key = dedupe_key || ':birthday'
    WHERE purpose = 'birthday' AND dedupe_key LIKE 'birthday:%' AND dedupe_key NOT LIKE '%:missed';
