-- A locked session shows nothing until the password of its account is given again.
ALTER TABLE sessions ADD COLUMN locked_at BIGINT;
