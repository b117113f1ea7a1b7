-- Endpoints that integrators register by the API, beside those of the configuration; and every attempt, not failures only.
CREATE TABLE registered_endpoint (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    description text NOT NULL,
    -- [{"sealed", "made_at", "until"}], the newest first; sealed by a key that is not in this database
    secrets jsonb NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    -- kept a while, so that every process learns that it is gone
    removed_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX registered_endpoint_by_change ON registered_endpoint (changed_at);

ALTER TABLE webhook_failure RENAME TO webhook_attempt;
ALTER TABLE webhook_attempt
    ADD COLUMN delivered boolean NOT NULL DEFAULT false,
    ADD COLUMN milliseconds integer NOT NULL DEFAULT 0;
ALTER INDEX webhook_failure_latest RENAME TO webhook_attempt_latest;
ALTER INDEX webhook_failure_by_age RENAME TO webhook_attempt_by_age;
CREATE INDEX webhook_attempt_by_event ON webhook_attempt (tenant_id, subscription, event_id, at DESC);
CREATE INDEX webhook_attempt_given_up ON webhook_attempt (tenant_id, subscription, event_id) WHERE gave_up;

-- What was there before an endpoint is not among its deliveries.
ALTER TABLE webhook_endpoint ADD COLUMN begins_after bigint NOT NULL DEFAULT 0;

ALTER TABLE registered_endpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE registered_endpoint FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON registered_endpoint USING (current_setting('app.tenant', true) IN (tenant_id, '*'));
GRANT SELECT, INSERT, UPDATE, DELETE ON registered_endpoint TO madoguchi_app;
