-- Answers to writes over the API that named an Idempotency-Key, for 24 hours. The row is there before the write begins
-- (no status: it runs, until its lease ends); its answer is written in the transaction of the write itself, by whoever
-- still holds the claim, so that what was done and what was answered are one.
CREATE TABLE idempotency_keys (
    user_id     BIGINT  NOT NULL REFERENCES staff_users (id),
    key         TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    claim       TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    lease_until BIGINT  NOT NULL,
    status      INTEGER,
    location    TEXT,
    etag        TEXT,
    body        TEXT,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
