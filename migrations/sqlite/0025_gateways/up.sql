-- Gateways that send approved templates instead of texts: which of theirs stands for one of ours, and which variables it
-- takes, as somebody enters it: `SMS_123456: date, time`.
CREATE TABLE template_providers (
    template_id BIGINT NOT NULL REFERENCES templates (id),
    kind        TEXT   NOT NULL CHECK (kind IN ('aliyun', 'tencent', 'http')),
    entry       TEXT   NOT NULL,
    PRIMARY KEY (template_id, kind)
);
