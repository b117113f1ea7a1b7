-- Our events for tenants' own systems: one log per tenant, and of each subscription how far it is.
CREATE TABLE platform_log (
    tenant_id text NOT NULL PRIMARY KEY,
    last_position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80);

-- `position` has no gaps and follows the order of commits: whoever numbers holds the tenant's row of platform_log.
CREATE TABLE platform_event (
    tenant_id text NOT NULL,
    position bigint NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    data text NOT NULL,
    traceparent text,
    at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, position),
    UNIQUE (tenant_id, id)
);
CREATE INDEX platform_event_by_time ON platform_event (tenant_id, at, position);
CREATE INDEX platform_event_by_age ON platform_event (kept_at);

CREATE TABLE webhook_endpoint (
    tenant_id text NOT NULL,
    subscription text NOT NULL,
    state text NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled', 'gone')),
    cursor bigint NOT NULL,
    replay_cursor bigint,
    replay_until bigint,
    head_id uuid,
    head_since timestamptz,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    next_attempt_at timestamptz NOT NULL,
    delivered bigint NOT NULL DEFAULT 0,
    given_up bigint NOT NULL DEFAULT 0,
    last_code text,
    last_reason text,
    last_delivered_at timestamptz,
    lease_until timestamptz,
    lease_epoch bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subscription),
    CHECK ((replay_cursor IS NULL) = (replay_until IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX webhook_endpoint_due ON webhook_endpoint (next_attempt_at) WHERE state = 'enabled';

CREATE TABLE webhook_failure (
    tenant_id text NOT NULL,
    subscription text NOT NULL,
    event_id uuid NOT NULL,
    n integer NOT NULL,
    at timestamptz NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    http_status integer,
    gave_up boolean NOT NULL DEFAULT false
);
CREATE INDEX webhook_failure_latest ON webhook_failure (tenant_id, subscription, at DESC);
CREATE INDEX webhook_failure_by_age ON webhook_failure (at);

-- '*' is the sender's loop: it claims endpoints of all tenants, and sweeps what is old.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['platform_log', 'platform_event', 'webhook_endpoint', 'webhook_failure'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (current_setting(''app.tenant'', true) IN (tenant_id, ''*''))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON platform_log, platform_event, webhook_endpoint, webhook_failure TO madoguchi_app;
