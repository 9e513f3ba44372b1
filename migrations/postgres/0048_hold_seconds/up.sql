-- Who would help with a visit that is about to be booked, and when: they are held, too.
ALTER TABLE holds ADD COLUMN second_id BIGINT REFERENCES providers (id);
ALTER TABLE holds ADD COLUMN second_parts TEXT NOT NULL DEFAULT '';
