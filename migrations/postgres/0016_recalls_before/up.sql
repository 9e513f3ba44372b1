-- What a recall was before a finished visit made it due anew, so that reopening the visit gives back exactly that.
-- Without a day: there was no recall.
CREATE TABLE recalls_before (
    visit_id     BIGINT  NOT NULL PRIMARY KEY REFERENCES visits (id),
    counted_from BIGINT  REFERENCES visits (id),
    due_on       DATE,
    state        TEXT    CHECK (state IN ('due', 'booked', 'done', 'declined')),
    attempts     INTEGER,
    hidden_until DATE,
    last_result  TEXT,
    updated_at   BIGINT
);
