-- What is sent to patients beside words: the clinic's journal and leaflets, and what belongs to one patient.
CREATE TABLE documents (
    id           INTEGER NOT NULL PRIMARY KEY,
    -- None: the clinic's, for anybody.
    patient_id   BIGINT REFERENCES patients (id),
    kind         TEXT   NOT NULL CHECK (kind IN ('journal', 'leaflet', 'result', 'report', 'other')),
    title        TEXT   NOT NULL,
    -- Empty: the same as in Chinese.
    title_en     TEXT   NOT NULL,
    -- It is not sent any more, and links to it do not open.
    withdrawn_at BIGINT,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    CHECK (patient_id IS NULL OR kind NOT IN ('journal', 'leaflet')),
    CHECK (patient_id IS NOT NULL OR kind NOT IN ('result', 'report'))
);
CREATE INDEX documents_patient ON documents (patient_id);

-- Its file, in one or both languages.
CREATE TABLE document_files (
    document_id BIGINT  NOT NULL REFERENCES documents (id),
    language    TEXT    NOT NULL CHECK (language IN ('zh', 'en')),
    name        TEXT    NOT NULL,
    media_type  TEXT    NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size        INTEGER NOT NULL CHECK (size > 0),
    content     BLOB    NOT NULL,
    PRIMARY KEY (document_id, language)
);

-- Documents sent to a patient: by a colleague, or with a campaign.
CREATE TABLE sendings (
    id          INTEGER NOT NULL PRIMARY KEY,
    patient_id  BIGINT  NOT NULL REFERENCES patients (id),
    -- The message that tells of them.
    message_id  BIGINT  REFERENCES messages (id),
    -- None: a campaign.
    user_id     BIGINT  REFERENCES staff_users (id),
    created_at  BIGINT  NOT NULL,
    -- When one of them was first opened by its link, and how often.
    opened_at   BIGINT,
    opens       INTEGER NOT NULL,
    -- Wrong dates of birth in a row, and the last.
    wrong       INTEGER NOT NULL,
    wrong_at    BIGINT
);
CREATE INDEX sendings_patient ON sendings (patient_id);

CREATE TABLE sending_documents (
    sending_id  BIGINT NOT NULL REFERENCES sendings (id),
    document_id BIGINT NOT NULL REFERENCES documents (id),
    PRIMARY KEY (sending_id, document_id)
);
CREATE INDEX sending_documents_document ON sending_documents (document_id, sending_id);

-- What went with an email, as sent.
CREATE TABLE message_files (
    message_id BIGINT  NOT NULL REFERENCES messages (id),
    position   INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    PRIMARY KEY (message_id, position)
);

-- What a campaign sends, and what of it went to whom.
ALTER TABLE campaigns ADD COLUMN document_id BIGINT REFERENCES documents (id);
ALTER TABLE campaign_people ADD COLUMN sending_id BIGINT REFERENCES sendings (id);
