CREATE TABLE sites (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    name_en    TEXT   NOT NULL,
    phone      TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    address_en TEXT   NOT NULL,
    zone       TEXT   NOT NULL,
    language   TEXT   NOT NULL CHECK (language IN ('zh', 'en')),
    currency   TEXT   NOT NULL,
    country    TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE chairs (
    id       INTEGER NOT NULL PRIMARY KEY,
    site_id  BIGINT  NOT NULL REFERENCES sites (id),
    name     TEXT    NOT NULL,
    name_en  TEXT    NOT NULL,
    position INTEGER NOT NULL,
    active   BOOLEAN NOT NULL
);

CREATE TABLE providers (
    id         INTEGER NOT NULL PRIMARY KEY,
    site_id    BIGINT  NOT NULL REFERENCES sites (id),
    user_id    BIGINT  REFERENCES staff_users (id),
    name       TEXT    NOT NULL,
    name_en    TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('doctor', 'hygienist', 'nurse')),
    speciality TEXT    NOT NULL,
    speciality_en TEXT NOT NULL,
    chair_id   BIGINT  NOT NULL REFERENCES chairs (id),
    position   INTEGER NOT NULL,
    active     BOOLEAN NOT NULL
);

CREATE TABLE services (
    id               INTEGER NOT NULL PRIMARY KEY,
    code             TEXT    NOT NULL UNIQUE,
    name             TEXT    NOT NULL,
    name_en          TEXT    NOT NULL,
    minutes          INTEGER NOT NULL CHECK (minutes BETWEEN 5 AND 480),
    buffer_before    INTEGER NOT NULL CHECK (buffer_before BETWEEN 0 AND 120),
    buffer_after     INTEGER NOT NULL CHECK (buffer_after BETWEEN 0 AND 120),
    colour           TEXT    NOT NULL,
    price_minor      BIGINT  NOT NULL CHECK (price_minor >= 0),
    recall_months    INTEGER CHECK (recall_months BETWEEN 1 AND 60),
    follow_up_days   INTEGER CHECK (follow_up_days BETWEEN 0 AND 365),
    follow_up_minute INTEGER NOT NULL CHECK (follow_up_minute BETWEEN 0 AND 1439),
    follow_up_script TEXT,
    position         INTEGER NOT NULL,
    active           BOOLEAN NOT NULL
);

CREATE TABLE service_providers (
    service_id  BIGINT NOT NULL REFERENCES services (id),
    provider_id BIGINT NOT NULL REFERENCES providers (id),
    PRIMARY KEY (service_id, provider_id)
);

-- Wall-clock hours in the site's zone; weekday 1 = Monday. Several rows a day are several sessions.
CREATE TABLE weekly_hours (
    id           INTEGER NOT NULL PRIMARY KEY,
    provider_id  BIGINT  NOT NULL REFERENCES providers (id),
    weekday      INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1440),
    end_minute   INTEGER NOT NULL CHECK (end_minute BETWEEN 0 AND 1440),
    CHECK (start_minute < end_minute)
);
CREATE INDEX weekly_hours_provider ON weekly_hours (provider_id, weekday);

CREATE TABLE holidays (
    id      INTEGER NOT NULL PRIMARY KEY,
    site_id BIGINT NOT NULL REFERENCES sites (id),
    day     DATE   NOT NULL,
    name    TEXT   NOT NULL,
    name_en TEXT   NOT NULL,
    UNIQUE (site_id, day)
);

CREATE TABLE leaves (
    id          INTEGER NOT NULL PRIMARY KEY,
    provider_id BIGINT NOT NULL REFERENCES providers (id),
    starts_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX leaves_provider ON leaves (provider_id, ends_at);
