ALTER TABLE staff_users DROP COLUMN may_overbook;
