-- Gateways that send approved templates instead of texts: which of theirs stands for one of ours, and which variables it
-- takes, as somebody enters it: `SMS_123456: date, time`.
CREATE TABLE template_providers (
    template_id BIGINT NOT NULL REFERENCES templates (id),
    kind        TEXT   NOT NULL CHECK (kind IN ('aliyun', 'tencent', 'http')),
    entry       TEXT   NOT NULL,
    PRIMARY KEY (template_id, kind)
);

-- Texts of patients that came in, by their gateway's name for them: what is called twice is taken once.
CREATE TABLE inbound_calls (
    gateway    TEXT   NOT NULL,
    gateway_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (gateway, gateway_id)
);
CREATE INDEX inbound_calls_at ON inbound_calls (at);
