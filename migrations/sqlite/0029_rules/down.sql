DROP TABLE rule_arms;
DROP TABLE rules;
CREATE TABLE rules (
    id             INTEGER NOT NULL PRIMARY KEY,
    code           TEXT    NOT NULL UNIQUE,
    name           TEXT    NOT NULL,
    name_en        TEXT    NOT NULL,
    anchor         TEXT    NOT NULL CHECK (anchor IN ('visit-start', 'visit-finished', 'recall-due', 'birthday')),
    action         TEXT    NOT NULL CHECK (action IN ('message', 'call')),
    service_id     BIGINT  REFERENCES services (id),
    offset_days    INTEGER NOT NULL CHECK (offset_days BETWEEN -366 AND 366),
    offset_minutes INTEGER NOT NULL CHECK (offset_minutes BETWEEN -1440 AND 1440),
    at_minute      INTEGER CHECK (at_minute BETWEEN 0 AND 1439),
    window_minutes INTEGER NOT NULL CHECK (window_minutes BETWEEN 1 AND 43200),
    template       TEXT    NOT NULL,
    priority       INTEGER NOT NULL,
    active         BOOLEAN NOT NULL,
    planned_until  BIGINT  NOT NULL,
    version        BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);
DROP INDEX treatment_plans_updated;
DROP INDEX patients_birth_date;
ALTER TABLE patients DROP COLUMN lunar_birthday;
DROP TABLE survey_answers;
DROP TABLE referrals;
DROP TABLE patient_dates;
DROP TABLE date_kinds;
DROP TABLE occasions;
