-- When the patient left. Until then, on the day itself, somebody whose visit is over is ready to leave: advice, payment, the
-- next visit. Nobody has to note it: after the day they are gone anyway.
ALTER TABLE appointments ADD COLUMN left_at BIGINT;

-- From how many minutes on a stage of the visit is amber, and red; a stage without a row has the usual ones.
CREATE TABLE wait_alerts (
    site_id       BIGINT  NOT NULL REFERENCES sites (id),
    stage         TEXT    NOT NULL CHECK (stage IN ('arrived', 'in-chair', 'ready')),
    amber_minutes INTEGER NOT NULL CHECK (amber_minutes BETWEEN 1 AND 600),
    red_minutes   INTEGER NOT NULL CHECK (red_minutes BETWEEN 1 AND 600),
    PRIMARY KEY (site_id, stage),
    CHECK (amber_minutes < red_minutes)
);

-- Who came without an appointment, in the queue of one day; placed: it has become an appointment.
CREATE TABLE walk_ins (
    id             INTEGER NOT NULL PRIMARY KEY,
    site_id        BIGINT  NOT NULL REFERENCES sites (id),
    day            DATE    NOT NULL,
    number         INTEGER NOT NULL,
    patient_id     BIGINT  NOT NULL REFERENCES patients (id),
    service_id     BIGINT  NOT NULL REFERENCES services (id),
    complaint      TEXT    NOT NULL,
    urgency        TEXT    NOT NULL CHECK (urgency IN ('urgent', 'soon', 'can-wait')),
    arrived_at     BIGINT  NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('waiting', 'placed', 'left')),
    appointment_id BIGINT  REFERENCES appointments (id),
    closed_at      BIGINT,
    left_reason    TEXT    NOT NULL,
    version        BIGINT  NOT NULL,
    created_by     BIGINT,
    UNIQUE (site_id, day, number),
    CHECK ((state = 'placed') = (appointment_id IS NOT NULL)),
    CHECK ((state = 'waiting') = (closed_at IS NULL))
);
CREATE INDEX walk_ins_patient ON walk_ins (patient_id);
CREATE INDEX walk_ins_appointment ON walk_ins (appointment_id);

-- What is to be laid out before a visit of a service.
CREATE TABLE service_supplies (
    service_id  BIGINT NOT NULL PRIMARY KEY REFERENCES services (id),
    supplies    TEXT   NOT NULL,
    supplies_en TEXT   NOT NULL
);
