-- Tables that the runtime keeps in every service's schema, beside the service's own. Run before the service's files.

CREATE TABLE partition_lease (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    owner text NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (consumer, topic, partition)
);

CREATE TABLE event_seen (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    tenant_id text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX event_seen_by_age ON event_seen USING brin (seen_at);

-- One record, or many of one transaction in `packed`, which is as big as they are: to compress it would cost more than it saves.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane text NOT NULL,
    tenant_id text NOT NULL,
    topic text,
    key bytea,
    value bytea,
    headers bytea,
    packed bytea STORAGE EXTERNAL,
    written_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nulls(topic, key, value, headers) = CASE WHEN packed IS NULL THEN 0 ELSE 4 END)
);
CREATE INDEX outbox_by_lane ON outbox (lane, id);

CREATE TABLE delivery_attempt (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    attempts integer NOT NULL,
    reason text NOT NULL,
    last_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition, "offset")
);

CREATE TABLE idempotency (
    tenant_id text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_sha256 bytea NOT NULL,
    status integer,
    reply jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, route, key)
);

CREATE TABLE api_key (
    key_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    secret_sha256 bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- The runtime's own connections act as '*': they carry rows of many tenants in one batch.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['event_seen', 'outbox', 'idempotency', 'api_key'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (current_setting(''app.tenant'', true) IN (tenant_id, ''*''))', name);
    END LOOP;
END $$;

-- Queues in tables: vacuum early, so that dead rows never slow the head.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000, fillfactor = 90);
ALTER TABLE partition_lease SET (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    partition_lease, event_seen, outbox, delivery_attempt, idempotency, api_key TO madoguchi_app;
