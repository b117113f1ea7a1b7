-- Who talks with the customer of a case that a bot has served. Its row changes only while the case's row is locked.
CREATE TABLE case_handling (
    tenant_id text NOT NULL,
    case_id uuid NOT NULL,
    bot_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('bot', 'queued', 'agent', 'closed')),
    version bigint NOT NULL CHECK (version > 0),
    since timestamptz NOT NULL,
    reason text NOT NULL,
    agent_id text,
    asked_at timestamptz,
    unanswered_since timestamptz,
    answered_at timestamptz,
    answer_id uuid,
    lease_until timestamptz,
    idle_at timestamptz,
    failures integer NOT NULL,
    had_people boolean NOT NULL,
    disclosed jsonb NOT NULL,
    handover jsonb,
    due_at timestamptz GENERATED ALWAYS AS (CASE state WHEN 'bot' THEN lease_until WHEN 'agent' THEN idle_at END) STORED,
    PRIMARY KEY (tenant_id, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES customer_case,
    CHECK (state = 'bot' OR lease_until IS NULL),
    CHECK (state = 'agent' OR (agent_id IS NULL AND idle_at IS NULL)),
    CHECK (state <> 'agent' OR agent_id IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX case_handling_due ON case_handling (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX case_handling_turns ON case_handling (tenant_id, bot_id, unanswered_since)
    WHERE state = 'bot' AND unanswered_since IS NOT NULL;

-- The clock of leases looks over all tenants.
ALTER TABLE case_handling ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_handling FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON case_handling USING (current_setting('app.tenant', true) IN (tenant_id, '*'));
GRANT SELECT, INSERT, UPDATE ON case_handling TO madoguchi_app;
