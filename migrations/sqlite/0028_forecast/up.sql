-- How many messages of a kind are expected in an hour, as it was seen last before the hour began. What became of them is asked
-- of the messages.
CREATE TABLE message_forecasts (
    purpose  TEXT    NOT NULL,
    -- Start of the hour.
    hour     BIGINT  NOT NULL,
    expected INTEGER NOT NULL,
    made_at  BIGINT  NOT NULL,
    PRIMARY KEY (purpose, hour)
);
CREATE INDEX message_forecasts_hour ON message_forecasts (hour);
CREATE INDEX messages_due_at ON messages (due_at);
