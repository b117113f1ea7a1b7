-- What visitors of the web chat are told, numbered without gaps: a page that comes back asks for what follows its number.
CREATE TABLE chat_feed (
    tenant_id text NOT NULL,
    account text NOT NULL,
    visitor text NOT NULL,
    last_position bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, account, visitor)
) WITH (fillfactor = 80);

CREATE TABLE chat_line (
    tenant_id text NOT NULL,
    account text NOT NULL,
    visitor text NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    message_id uuid NOT NULL,
    author jsonb NOT NULL,
    content jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account, visitor, position),
    UNIQUE (tenant_id, message_id)
);
CREATE INDEX chat_line_by_age ON chat_line (at);

-- '*' is the sender's loop, which forgets old lines.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['chat_feed', 'chat_line'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (current_setting(''app.tenant'', true) IN (tenant_id, ''*''))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON chat_feed, chat_line TO madoguchi_app;
