-- What a template is called and is for; its texts are the rows of templates.
CREATE TABLE template_heads (
    id          INTEGER NOT NULL PRIMARY KEY,
    code        TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    name_en     TEXT    NOT NULL,
    purpose     TEXT    NOT NULL,
    -- Which language stands in for one in which there is no text; none: the clinic's.
    fallback    TEXT    CHECK (fallback IN ('zh', 'en')),
    -- Made here, and not shipped.
    own         BOOLEAN NOT NULL,
    archived_at BIGINT,
    version     BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);

-- Every text as it was saved, the present one too.
CREATE TABLE template_versions (
    template_id BIGINT NOT NULL REFERENCES templates (id),
    version     BIGINT NOT NULL,
    subject     TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    PRIMARY KEY (template_id, version)
);
INSERT INTO template_versions SELECT id, version, subject, body, updated_at, '' FROM templates;

-- With which text a message was written, and in which language where that is not the patient's.
ALTER TABLE messages ADD COLUMN template_version BIGINT;
ALTER TABLE messages ADD COLUMN text_language TEXT;

-- The longest name there is: how long a text gets at most.
CREATE INDEX patients_name_length ON patients (length(name));
