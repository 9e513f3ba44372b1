-- A patient's treatment plan: the visits still to come are described before they have a date. Its version rises with every
-- change of an item, also when one is booked, cancelled or done.
CREATE TABLE treatment_plans (
    patient_id BIGINT NOT NULL PRIMARY KEY REFERENCES patients (id),
    version    BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- One planned visit. appointment_id stays when its appointment is cancelled, so that undoing that finds the item again.
CREATE TABLE plan_items (
    id             INTEGER NOT NULL PRIMARY KEY,
    patient_id     BIGINT  NOT NULL REFERENCES patients (id),
    position       INTEGER NOT NULL,
    service_id     BIGINT  NOT NULL REFERENCES services (id),
    teeth          TEXT,
    note           TEXT    NOT NULL,
    minutes        INTEGER CHECK (minutes BETWEEN 5 AND 480),
    days_after     INTEGER NOT NULL CHECK (days_after BETWEEN 0 AND 365),
    state          TEXT    NOT NULL CHECK (state IN ('planned', 'booked', 'done', 'dropped')),
    appointment_id BIGINT  UNIQUE REFERENCES appointments (id),
    visit_id       BIGINT  REFERENCES visits (id),
    written_on     DATE    NOT NULL,
    done_on        DATE,
    drop_reason    TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    CHECK (state NOT IN ('booked', 'done') OR appointment_id IS NOT NULL),
    CHECK ((state = 'done') = (done_on IS NOT NULL)),
    CHECK ((state = 'dropped') = (drop_reason <> ''))
);
CREATE INDEX plan_items_patient ON plan_items (patient_id, position);
CREATE INDEX plan_items_state ON plan_items (state, patient_id);
CREATE INDEX plan_items_visit ON plan_items (visit_id);
