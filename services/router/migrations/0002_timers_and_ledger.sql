-- What time makes due, what was decided, and the SLA ledger. The last two are append-only: the application may not change them.

CREATE TABLE sla_timer (
    tenant_id text NOT NULL,
    case_id uuid NOT NULL,
    metric text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('warn', 'breach')),
    due_at timestamptz NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, case_id, metric, kind)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX sla_timer_due ON sla_timer (tenant_id, due_at);

CREATE TABLE sla_ledger (
    tenant_id text NOT NULL,
    case_id uuid NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    type text NOT NULL,
    entry jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, case_id, position)
);

CREATE TABLE decision (
    tenant_id text NOT NULL,
    case_id uuid NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    type text NOT NULL,
    detail jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, case_id, position)
);

-- What became of a command of the API; `body_sha256` tells a repeated request from another one under the same key.
CREATE TABLE command_result (
    tenant_id text NOT NULL,
    command_id uuid NOT NULL,
    body_sha256 bytea NOT NULL,
    outcome jsonb NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, command_id)
);
CREATE INDEX command_result_by_age ON command_result USING brin (decided_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sla_timer', 'sla_ledger', 'decision', 'command_result'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
    -- An owner claims due timers of all its groups in one statement; housekeeping drops old results of all tenants.
    FOREACH name IN ARRAY ARRAY['sla_timer', 'command_result'] LOOP
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (current_setting(''app.tenant'', true) IN (tenant_id, ''*''))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['sla_ledger', 'decision'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'', true))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON sla_timer TO madoguchi_app;
GRANT SELECT, INSERT ON sla_ledger, decision TO madoguchi_app;
GRANT SELECT, INSERT, DELETE ON command_result TO madoguchi_app;
