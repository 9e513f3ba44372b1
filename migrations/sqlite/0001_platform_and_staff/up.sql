-- One run per (job, tick) over all instances: whoever inserts the row runs the job.
CREATE TABLE job_runs (
    job         TEXT   NOT NULL,
    tick        BIGINT NOT NULL,
    instance    TEXT   NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    outcome     TEXT,
    PRIMARY KEY (job, tick)
);
CREATE INDEX job_runs_started ON job_runs (started_at);

-- Small facts of the installation, such as the fingerprint of its secret key.
CREATE TABLE installation (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE staff_users (
    id            INTEGER NOT NULL PRIMARY KEY,
    login         TEXT   NOT NULL UNIQUE,
    name          TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('administrator', 'front-desk', 'nurse', 'doctor', 'manager')),
    password_hash TEXT,
    language      TEXT   CHECK (language IN ('zh', 'en')),
    active        BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE sessions (
    id           INTEGER NOT NULL PRIMARY KEY,
    token_hash   TEXT   NOT NULL UNIQUE,
    user_id      BIGINT NOT NULL REFERENCES staff_users (id),
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    ip           TEXT   NOT NULL,
    user_agent   TEXT   NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_ends ON sessions (ends_at);

CREATE TABLE api_tokens (
    id         INTEGER NOT NULL PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    user_id    BIGINT NOT NULL REFERENCES staff_users (id),
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
);

-- One-time links: the first administrator's, invitations, password resets.
CREATE TABLE one_time_links (
    id         INTEGER NOT NULL PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    purpose    TEXT   NOT NULL CHECK (purpose IN ('first-administrator', 'set-password')),
    user_id    BIGINT REFERENCES staff_users (id),
    created_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    used_at    BIGINT
);

-- Failures count per account and per address, over all instances and restarts.
CREATE TABLE sign_in_attempts (
    id    INTEGER NOT NULL PRIMARY KEY,
    login TEXT   NOT NULL,
    ip    TEXT   NOT NULL,
    at    BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_login ON sign_in_attempts (login, at);
CREATE INDEX sign_in_attempts_ip ON sign_in_attempts (ip, at);

-- Who did what, when, from where. Append-only: the triggers below refuse change and deletion, also that by INSERT OR REPLACE.
CREATE TABLE audit_log (
    -- Before it has its id, a new row shows -1 to a trigger.
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),
    at         BIGINT NOT NULL,
    user_id    BIGINT,
    actor      TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    subject_id BIGINT,
    patient_id BIGINT,
    ip         TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    detail     TEXT   NOT NULL
);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_patient ON audit_log (patient_id, at);
CREATE INDEX audit_log_user ON audit_log (user_id, id);
-- Who changed a setting last. Patients' rows, which are nearly all, stay out of it.
CREATE INDEX audit_log_setting ON audit_log (subject, subject_id, id) WHERE patient_id IS NULL;

CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
