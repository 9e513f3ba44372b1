-- When messages may go out, and how many: one row; none: as shipped. Limits that are not set are none.
CREATE TABLE manners (
    id              INTEGER NOT NULL PRIMARY KEY,
    care_from       INTEGER NOT NULL CHECK (care_from BETWEEN 0 AND 23),
    care_until      INTEGER NOT NULL CHECK (care_until BETWEEN 1 AND 24),
    other_from      INTEGER NOT NULL CHECK (other_from BETWEEN 0 AND 23),
    other_until     INTEGER NOT NULL CHECK (other_until BETWEEN 1 AND 24),
    on_holidays     BOOLEAN NOT NULL,
    person_day      INTEGER,
    person_week     INTEGER,
    person_month    INTEGER,
    family_day      INTEGER,
    family_week     INTEGER,
    family_month    INTEGER,
    survey_days     INTEGER NOT NULL,
    greeting_hours  INTEGER NOT NULL,
    version         BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL
);

-- Where a patient's clocks are, if not where the clinic's are: no message wakes them.
ALTER TABLE patients ADD COLUMN zone TEXT;
