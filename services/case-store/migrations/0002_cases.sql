-- One problem of one customer, and what happened to it. `case` is a reserved word.

CREATE TABLE customer_case (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'resolved', 'merged')),
    merged_into uuid,
    opened_at timestamptz NOT NULL,
    resolved_at timestamptz,
    last_seq bigint NOT NULL DEFAULT 0,
    last_entry bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 1,
    work_requested boolean NOT NULL DEFAULT false,
    work_state text,
    queue text,
    agent_id text,
    last_agent_id text,
    offered_to text,
    routed_at timestamptz,
    sla jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer,
    CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CHECK ((status = 'resolved') = (resolved_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX one_open_case ON customer_case (tenant_id, customer_id) WHERE status = 'open';
CREATE INDEX case_by_customer ON customer_case (tenant_id, customer_id, id DESC);
CREATE INDEX case_by_status ON customer_case (tenant_id, status, id DESC);
CREATE INDEX case_by_agent ON customer_case (tenant_id, agent_id, id DESC) WHERE agent_id IS NOT NULL;

CREATE TABLE timeline_entry (
    tenant_id text NOT NULL,
    case_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, case_id, position),
    UNIQUE (tenant_id, event_id, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES customer_case
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['customer_case', 'timeline_entry'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'', true))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON customer_case TO madoguchi_app;
GRANT SELECT, INSERT ON timeline_entry TO madoguchi_app;
