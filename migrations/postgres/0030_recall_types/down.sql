ALTER TABLE recalls_before DROP CONSTRAINT recalls_before_pkey, DROP CONSTRAINT recalls_before_state_check;
DELETE FROM recalls_before b USING visits v WHERE v.id = b.visit_id AND v.service_id IS DISTINCT FROM b.service_id;
UPDATE recalls_before SET state = CASE state WHEN 'off' THEN 'declined' WHEN 'ended' THEN 'done' ELSE state END;
ALTER TABLE recalls_before
    DROP COLUMN service_id,
    DROP COLUMN edited_on,
    ADD PRIMARY KEY (visit_id),
    ADD CONSTRAINT recalls_before_state_check CHECK (state IN ('due', 'booked', 'done', 'declined'));
ALTER TABLE recalls DROP CONSTRAINT recalls_state_check;
UPDATE recalls SET state = CASE state WHEN 'off' THEN 'declined' WHEN 'ended' THEN 'done' ELSE state END;
ALTER TABLE recalls
    DROP COLUMN calculated_on,
    DROP COLUMN edited_on,
    DROP COLUMN own_months,
    DROP COLUMN own_days,
    DROP COLUMN paused_until,
    DROP COLUMN reason,
    DROP COLUMN note,
    DROP COLUMN undo,
    ADD CONSTRAINT recalls_state_check CHECK (state IN ('due', 'booked', 'done', 'declined'));
DROP TABLE recall_companions;
DROP TABLE recall_settings;
DROP TABLE recall_risks;
DROP TABLE recall_triggers;
DROP TABLE recall_types;
