-- A template once to everybody of a segment or of a picked list, spread over days.
CREATE TABLE campaigns (
    id             INTEGER NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    name_en        TEXT    NOT NULL,
    -- None: to a picked list.
    segment_id     BIGINT  REFERENCES segments (id),
    template       TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'stopped', 'done')),
    per_day        INTEGER NOT NULL CHECK (per_day BETWEEN 1 AND 5000),
    -- Days of the week as digits, 1 is Monday.
    weekdays       TEXT    NOT NULL,
    from_minute    INTEGER NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
    until_minute   INTEGER NOT NULL CHECK (until_minute BETWEEN 1 AND 1440),
    first_day      DATE    NOT NULL,
    -- Whoever has a visit ahead gets nothing.
    skip_booked    BOOLEAN NOT NULL,
    -- Whoever got a message of a campaign within so many days gets nothing.
    rest_days      INTEGER NOT NULL CHECK (rest_days BETWEEN 0 AND 365),
    -- Nothing goes out before: a start by mistake is taken back.
    held_until     BIGINT,
    started_at     BIGINT,
    ended_at       BIGINT,
    -- Up to whom the segment has been written down, by id; then that all are.
    gathered_after BIGINT  NOT NULL,
    gathered       BOOLEAN NOT NULL,
    version        BIGINT  NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    CHECK (from_minute < until_minute)
);
CREATE INDEX campaigns_state ON campaigns (state);
CREATE INDEX campaigns_segment ON campaigns (segment_id);

-- To whom it goes, in this order, and whose turn has been.
CREATE TABLE campaign_people (
    id          INTEGER NOT NULL PRIMARY KEY,
    campaign_id BIGINT  NOT NULL REFERENCES campaigns (id),
    patient_id  BIGINT  NOT NULL REFERENCES patients (id),
    turn        TEXT    NOT NULL CHECK (turn IN ('waiting', 'queued', 'excluded')),
    reason      TEXT,
    -- The clinic's day of the turn.
    turned_on   DATE,
    UNIQUE (campaign_id, patient_id)
);
CREATE INDEX campaign_people_turn ON campaign_people (campaign_id, turn, id);
CREATE INDEX campaign_people_patient ON campaign_people (patient_id, turned_on);
