DROP TABLE service_supplies;
DROP TABLE walk_ins;
DROP TABLE wait_alerts;
ALTER TABLE appointments DROP COLUMN left_at;
