-- What patients write, and calls in vain: one conversation for each number or address, which somebody sees to.
CREATE TABLE conversations (
    id         INTEGER NOT NULL PRIMARY KEY,
    channel    TEXT   NOT NULL CHECK (channel IN ('sms', 'email')),
    -- E.164 where the gateway's words make one.
    address    TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('new', 'taken', 'done')),
    owner_id   BIGINT REFERENCES staff_users (id),
    -- When the last text came in.
    last_at    BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (channel, address)
);
CREATE INDEX conversations_state ON conversations (state, last_at);

-- What came in, and how it was read.
CREATE TABLE inbound_texts (
    id              INTEGER NOT NULL PRIMARY KEY,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id),
    gateway         TEXT   NOT NULL,
    -- The gateway's name for it: brought twice, it is one text.
    gateway_id      TEXT,
    kind            TEXT   NOT NULL CHECK (kind IN ('text', 'missed-call')),
    body            TEXT   NOT NULL,
    reading         TEXT   NOT NULL,
    -- The visit it is about, where that was clear.
    appointment_id  BIGINT REFERENCES appointments (id),
    at              BIGINT NOT NULL,
    UNIQUE (gateway, gateway_id)
);
CREATE INDEX inbound_texts_conversation ON inbound_texts (conversation_id, id);

-- What the desk wrote back; each is sent as a message.
CREATE TABLE desk_answers (
    id              INTEGER NOT NULL PRIMARY KEY,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id),
    user_id         BIGINT REFERENCES staff_users (id),
    body            TEXT   NOT NULL,
    at              BIGINT NOT NULL
);
CREATE INDEX desk_answers_conversation ON desk_answers (conversation_id, id);

-- What was sent to a number last: which question does a text answer?
CREATE INDEX messages_recipient ON messages (recipient, created_at);
