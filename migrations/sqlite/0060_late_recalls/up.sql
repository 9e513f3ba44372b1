-- Recalls whose day was past when they were first known: how many of them a rule takes up each day; 0: none.
ALTER TABLE rules ADD COLUMN late_a_day INTEGER NOT NULL DEFAULT 0 CHECK (late_a_day BETWEEN 0 AND 1000);

-- Which they are, and from which day on the rule's steps count for them; none: they stay on the recall list.
CREATE TABLE late_recalls (
    rule_id   BIGINT NOT NULL REFERENCES rules (id) ON DELETE CASCADE,
    recall_id BIGINT NOT NULL REFERENCES recalls (id) ON DELETE CASCADE,
    due_on    DATE   NOT NULL,
    starts_on DATE,
    noted_at  BIGINT NOT NULL,
    PRIMARY KEY (rule_id, recall_id, due_on)
);
CREATE INDEX late_recalls_start ON late_recalls (rule_id, starts_on);
