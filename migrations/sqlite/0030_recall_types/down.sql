CREATE TABLE recalls_old (
    id           INTEGER NOT NULL PRIMARY KEY,
    patient_id   BIGINT NOT NULL REFERENCES patients (id),
    service_id   BIGINT NOT NULL REFERENCES services (id),
    visit_id     BIGINT REFERENCES visits (id),
    due_on       DATE   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('due', 'booked', 'done', 'declined')),
    attempts     INTEGER NOT NULL,
    hidden_until DATE,
    last_result  TEXT,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    UNIQUE (patient_id, service_id)
);
INSERT INTO recalls_old
SELECT id, patient_id, service_id, visit_id, due_on, CASE state WHEN 'off' THEN 'declined' WHEN 'ended' THEN 'done' ELSE state END,
       attempts, hidden_until, last_result, version, created_at, updated_at FROM recalls;
DROP TABLE recalls;
ALTER TABLE recalls_old RENAME TO recalls;
CREATE INDEX recalls_due ON recalls (state, due_on);
CREATE TABLE recalls_before_old (
    visit_id     INTEGER NOT NULL PRIMARY KEY REFERENCES visits (id),
    counted_from BIGINT  REFERENCES visits (id),
    due_on       DATE,
    state        TEXT    CHECK (state IN ('due', 'booked', 'done', 'declined')),
    attempts     INTEGER,
    hidden_until DATE,
    last_result  TEXT,
    updated_at   BIGINT
);
INSERT INTO recalls_before_old
SELECT b.visit_id, b.counted_from, b.due_on, CASE b.state WHEN 'off' THEN 'declined' WHEN 'ended' THEN 'done' ELSE b.state END,
       b.attempts, b.hidden_until, b.last_result, b.updated_at
FROM recalls_before b JOIN visits v ON v.id = b.visit_id WHERE v.service_id = b.service_id;
DROP TABLE recalls_before;
ALTER TABLE recalls_before_old RENAME TO recalls_before;
DROP TABLE recall_companions;
DROP TABLE recall_settings;
DROP TABLE recall_risks;
DROP TABLE recall_triggers;
DROP TABLE recall_types;
