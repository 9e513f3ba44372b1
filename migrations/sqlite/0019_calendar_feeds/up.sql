-- Where a provider's own calendar program reads their visits: the secret in the address opens it, and only its hash is kept.
CREATE TABLE calendar_feeds (
    provider_id  BIGINT NOT NULL PRIMARY KEY REFERENCES providers (id),
    token_hash   TEXT   NOT NULL UNIQUE,
    user_id      BIGINT,
    actor        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    -- Noted once an hour at most.
    last_read_at BIGINT
);
-- The visits of whoever helps.
CREATE INDEX appointments_second ON appointments (second_id, starts_at) WHERE second_id IS NOT NULL;

-- The invitation that went with an email, as it was sent.
ALTER TABLE messages ADD COLUMN calendar TEXT;
