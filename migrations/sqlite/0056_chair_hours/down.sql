DELETE FROM blockout_services WHERE blockout_id IN (SELECT id FROM blockouts WHERE chair_id IS NOT NULL);
DELETE FROM blockouts WHERE chair_id IS NOT NULL;
ALTER TABLE blockouts DROP COLUMN chair_id;

CREATE TABLE leaves_new (
    id           INTEGER NOT NULL PRIMARY KEY,
    provider_id  BIGINT  NOT NULL REFERENCES providers (id),
    starts_at    BIGINT  NOT NULL,
    ends_at      BIGINT  NOT NULL,
    reason       TEXT    NOT NULL,
    CHECK (starts_at < ends_at)
);
INSERT INTO leaves_new (id, provider_id, starts_at, ends_at, reason) SELECT id, provider_id, starts_at, ends_at, reason FROM leaves WHERE provider_id IS NOT NULL;
DROP TABLE leaves;
ALTER TABLE leaves_new RENAME TO leaves;
CREATE INDEX leaves_provider ON leaves (provider_id, ends_at);
CREATE TRIGGER leaves_insert_changed AFTER INSERT ON leaves BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER leaves_update_changed AFTER UPDATE ON leaves BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER leaves_delete_changed AFTER DELETE ON leaves BEGIN UPDATE clinic_revision SET revision = random(); END;

CREATE TABLE dated_hours_new (
    id           INTEGER NOT NULL PRIMARY KEY,
    provider_id  BIGINT  NOT NULL REFERENCES providers (id),
    day          DATE    NOT NULL,
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1440),
    end_minute   INTEGER NOT NULL CHECK (end_minute BETWEEN 0 AND 1440),
    CHECK (start_minute < end_minute)
);
INSERT INTO dated_hours_new (id, provider_id, day, start_minute, end_minute) SELECT id, provider_id, day, start_minute, end_minute FROM dated_hours WHERE provider_id IS NOT NULL;
DROP TABLE dated_hours;
ALTER TABLE dated_hours_new RENAME TO dated_hours;
CREATE INDEX dated_hours_day ON dated_hours (day);
CREATE TRIGGER dated_hours_insert_changed AFTER INSERT ON dated_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER dated_hours_update_changed AFTER UPDATE ON dated_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER dated_hours_delete_changed AFTER DELETE ON dated_hours BEGIN UPDATE clinic_revision SET revision = random(); END;

CREATE TABLE hour_patterns_new (
    provider_id  BIGINT  NOT NULL REFERENCES providers (id),
    valid_from   DATE    NOT NULL,
    PRIMARY KEY (provider_id, valid_from)
);
INSERT INTO hour_patterns_new (provider_id, valid_from) SELECT provider_id, valid_from FROM hour_patterns WHERE provider_id IS NOT NULL;
DROP TABLE hour_patterns;
ALTER TABLE hour_patterns_new RENAME TO hour_patterns;
CREATE TRIGGER hour_patterns_insert_changed AFTER INSERT ON hour_patterns BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER hour_patterns_update_changed AFTER UPDATE ON hour_patterns BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER hour_patterns_delete_changed AFTER DELETE ON hour_patterns BEGIN UPDATE clinic_revision SET revision = random(); END;

CREATE TABLE weekly_hours_new (
    id           INTEGER NOT NULL PRIMARY KEY,
    provider_id  BIGINT  NOT NULL REFERENCES providers (id),
    weekday      INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1440),
    end_minute   INTEGER NOT NULL CHECK (end_minute BETWEEN 0 AND 1440),
    valid_from   DATE    NOT NULL DEFAULT '1970-01-01',
    CHECK (start_minute < end_minute)
);
INSERT INTO weekly_hours_new (id, provider_id, weekday, start_minute, end_minute, valid_from) SELECT id, provider_id, weekday, start_minute, end_minute, valid_from FROM weekly_hours WHERE provider_id IS NOT NULL;
DROP TABLE weekly_hours;
ALTER TABLE weekly_hours_new RENAME TO weekly_hours;
CREATE INDEX weekly_hours_provider ON weekly_hours (provider_id, weekday);
CREATE TRIGGER weekly_hours_insert_changed AFTER INSERT ON weekly_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER weekly_hours_update_changed AFTER UPDATE ON weekly_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
CREATE TRIGGER weekly_hours_delete_changed AFTER DELETE ON weekly_hours BEGIN UPDATE clinic_revision SET revision = random(); END;
