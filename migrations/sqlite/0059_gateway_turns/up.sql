-- From when on a gateway's next message may go, over all instances: whoever claims messages moves it by as long as they take at
-- the gateway's rate. Microseconds of the database's own clock, so that the clocks of instances may differ.
CREATE TABLE gateway_turns (
    gateway  TEXT   NOT NULL PRIMARY KEY,
    free_us  BIGINT NOT NULL,
    asked_us BIGINT NOT NULL
);
