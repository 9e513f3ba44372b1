DROP TRIGGER sites_insert_changed;
DROP TRIGGER sites_update_changed;
DROP TRIGGER sites_delete_changed;
DROP TRIGGER chairs_insert_changed;
DROP TRIGGER chairs_update_changed;
DROP TRIGGER chairs_delete_changed;
DROP TRIGGER providers_insert_changed;
DROP TRIGGER providers_update_changed;
DROP TRIGGER providers_delete_changed;
DROP TRIGGER services_insert_changed;
DROP TRIGGER services_update_changed;
DROP TRIGGER services_delete_changed;
DROP TRIGGER service_providers_insert_changed;
DROP TRIGGER service_providers_update_changed;
DROP TRIGGER service_providers_delete_changed;
DROP TRIGGER weekly_hours_insert_changed;
DROP TRIGGER weekly_hours_update_changed;
DROP TRIGGER weekly_hours_delete_changed;
DROP TRIGGER hour_patterns_insert_changed;
DROP TRIGGER hour_patterns_update_changed;
DROP TRIGGER hour_patterns_delete_changed;
DROP TRIGGER dated_hours_insert_changed;
DROP TRIGGER dated_hours_update_changed;
DROP TRIGGER dated_hours_delete_changed;
DROP TRIGGER makeup_days_insert_changed;
DROP TRIGGER makeup_days_update_changed;
DROP TRIGGER makeup_days_delete_changed;
DROP TRIGGER holidays_insert_changed;
DROP TRIGGER holidays_update_changed;
DROP TRIGGER holidays_delete_changed;
DROP TRIGGER leaves_insert_changed;
DROP TRIGGER leaves_update_changed;
DROP TRIGGER leaves_delete_changed;
DROP TRIGGER blockouts_insert_changed;
DROP TRIGGER blockouts_update_changed;
DROP TRIGGER blockouts_delete_changed;
DROP TRIGGER blockout_services_insert_changed;
DROP TRIGGER blockout_services_update_changed;
DROP TRIGGER blockout_services_delete_changed;
DROP TRIGGER provider_chairs_insert_changed;
DROP TRIGGER provider_chairs_update_changed;
DROP TRIGGER provider_chairs_delete_changed;
DROP TRIGGER booking_rules_insert_changed;
DROP TRIGGER booking_rules_update_changed;
DROP TRIGGER booking_rules_delete_changed;
DROP TABLE clinic_revision;
DROP TABLE holds;
DROP TABLE provider_times;
DROP TRIGGER appointments_free_on_insert;
DROP TRIGGER appointments_free_on_update;
ALTER TABLE appointments DROP COLUMN provider_parts;
ALTER TABLE appointments DROP COLUMN second_id;
ALTER TABLE appointments DROP COLUMN second_parts;
ALTER TABLE appointments DROP COLUMN overbooked;
CREATE TRIGGER appointments_free_on_insert BEFORE INSERT ON appointments
WHEN NEW.status NOT IN ('no-show', 'cancelled')
BEGIN
    SELECT RAISE(ABORT, 'overlap: provider') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.provider_id = NEW.provider_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: chair') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.chair_id = NEW.chair_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: patient') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.patient_id = NEW.patient_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.starts_at > NEW.starts_at - 43200000 AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at);
END;
CREATE TRIGGER appointments_free_on_update BEFORE UPDATE OF provider_id, chair_id, patient_id, starts_at, ends_at, busy_from, busy_until, status ON appointments
WHEN NEW.status NOT IN ('no-show', 'cancelled')
BEGIN
    SELECT RAISE(ABORT, 'overlap: provider') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.provider_id = NEW.provider_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: chair') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.chair_id = NEW.chair_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.busy_from > NEW.busy_from - 43200000 AND o.busy_from < NEW.busy_until AND o.busy_until > NEW.busy_from);
    SELECT RAISE(ABORT, 'overlap: patient') WHERE EXISTS (
        SELECT 1 FROM appointments o
        WHERE o.patient_id = NEW.patient_id AND o.id IS NOT NEW.id AND o.status NOT IN ('no-show', 'cancelled')
          AND o.starts_at > NEW.starts_at - 43200000 AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at);
END;
DROP TABLE blockout_services;
DROP TABLE blockouts;
DROP TABLE makeup_days;
DROP TABLE dated_hours;
DROP TABLE hour_patterns;
ALTER TABLE weekly_hours DROP COLUMN valid_from;
DROP TABLE booking_rules;
DROP TABLE provider_chairs;
ALTER TABLE chairs DROP COLUMN kind;
