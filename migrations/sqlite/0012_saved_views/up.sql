-- Boards that people keep by name: whose columns, a day or a week, what is picked out.
CREATE TABLE saved_views (
    id         INTEGER NOT NULL PRIMARY KEY,
    owner_id   BIGINT  NOT NULL REFERENCES staff_users (id),
    shared     BOOLEAN NOT NULL,
    name       TEXT    NOT NULL,
    -- The board's address without its day.
    board      TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);
CREATE INDEX saved_views_owner ON saved_views (owner_id, position);

-- With which of them somebody begins after signing in: the one used last.
CREATE TABLE saved_view_uses (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES staff_users (id),
    view_id BIGINT NOT NULL REFERENCES saved_views (id) ON DELETE CASCADE,
    used_at BIGINT NOT NULL
);
CREATE INDEX saved_view_uses_view ON saved_view_uses (view_id);
