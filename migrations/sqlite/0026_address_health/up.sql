-- Addresses from which messages came back. No row: nothing has, or somebody has said to try again.
CREATE TABLE address_health (
    id            INTEGER NOT NULL PRIMARY KEY,
    channel       TEXT    NOT NULL CHECK (channel IN ('sms', 'email')),
    address       TEXT    NOT NULL,
    bounces       INTEGER NOT NULL,
    last_at       BIGINT  NOT NULL,
    previous_at   BIGINT,
    suppressed_at BIGINT,
    status        TEXT    NOT NULL,
    UNIQUE (channel, address)
);
