-- Booking over what is in the way is a permission of each account. Those that are there keep what their role had.
ALTER TABLE staff_users ADD COLUMN may_overbook BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE staff_users SET may_overbook = TRUE WHERE role <> 'nurse';
