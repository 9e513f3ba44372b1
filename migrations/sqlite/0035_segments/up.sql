-- Who is meant, by conditions that are asked anew each time: a list of patients for rules, campaigns and the desk's work.
CREATE TABLE segments (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    name_en    TEXT    NOT NULL,
    -- JSON: the conditions.
    definition TEXT    NOT NULL,
    -- When the present round of work began; older marks do not count.
    round_at   BIGINT  NOT NULL,
    version    BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);

-- What the desk has done about a patient of a segment.
CREATE TABLE segment_marks (
    segment_id BIGINT NOT NULL REFERENCES segments (id),
    patient_id BIGINT NOT NULL REFERENCES patients (id),
    mark       TEXT   NOT NULL CHECK (mark IN ('called', 'texted', 'done')),
    at         BIGINT NOT NULL,
    user_id    BIGINT REFERENCES staff_users (id),
    PRIMARY KEY (segment_id, patient_id)
);

-- Who has been here, when, for what and with whom, without reading the records: conditions on visits ask it of every patient.
CREATE INDEX visits_asked ON visits (patient_id, status, day, service_id, provider_id);
