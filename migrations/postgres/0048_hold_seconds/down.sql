ALTER TABLE holds DROP COLUMN second_parts;
ALTER TABLE holds DROP COLUMN second_id;
