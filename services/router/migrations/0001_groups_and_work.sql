-- The state of each routing group, as its one writer keeps it. A routing group is a tenant.

-- `partition` is where the group's commands arrive. `parts` holds the revision in which each calendar and SLA policy last
-- changed, `agents` the agents that the configuration names, `shares` the credits of percentage splits.
CREATE TABLE routing_group (
    tenant_id text NOT NULL,
    name text NOT NULL,
    partition integer NOT NULL,
    revision bigint NOT NULL,
    parts jsonb NOT NULL DEFAULT '{}',
    agents text[] NOT NULL DEFAULT '{}',
    shares jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, name)
);
CREATE INDEX routing_group_by_partition ON routing_group (partition);

CREATE TABLE agent (
    tenant_id text NOT NULL,
    id text NOT NULL,
    presence text NOT NULL,
    queues text[] NOT NULL,
    record jsonb NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 70);

-- `agent_id` is who holds it, by offer or by assignment.
CREATE TABLE work_item (
    tenant_id text NOT NULL,
    case_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'offered', 'assigned', 'wrapping', 'done')),
    queue text NOT NULL,
    agent_id text,
    queued_at timestamptz NOT NULL,
    closed_at timestamptz,
    record jsonb NOT NULL,
    PRIMARY KEY (tenant_id, case_id)
) WITH (fillfactor = 70);
CREATE INDEX work_item_open ON work_item (tenant_id) WHERE state <> 'done';
CREATE INDEX work_item_waiting ON work_item (tenant_id, queue, queued_at, case_id) WHERE state = 'queued';
CREATE INDEX work_item_by_agent ON work_item (tenant_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX work_item_closed ON work_item (tenant_id, closed_at DESC) WHERE state = 'done';

CREATE TABLE offer (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    agent_id text NOT NULL,
    queue text NOT NULL,
    offered_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('open', 'accepted', 'declined', 'timed_out', 'withdrawn')),
    ended_at timestamptz,
    reason text,
    PRIMARY KEY (tenant_id, id),
    CHECK ((outcome = 'open') = (ended_at IS NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX one_open_offer ON offer (tenant_id, case_id) WHERE outcome = 'open';
CREATE INDEX open_offer_by_agent ON offer (tenant_id, agent_id) WHERE outcome = 'open';

CREATE TABLE assignment (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    agent_id text NOT NULL,
    queue text NOT NULL,
    offer_id uuid,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX one_active_assignment ON assignment (tenant_id, case_id) WHERE ended_at IS NULL;
CREATE INDEX assignment_by_case ON assignment (tenant_id, case_id, started_at);

-- The runtime's connections act as '*': an owner loads and claims for all groups of its partition at once.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['routing_group', 'agent', 'work_item', 'offer', 'assignment'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['routing_group', 'agent', 'work_item'] LOOP
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (current_setting(''app.tenant'', true) IN (tenant_id, ''*''))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['offer', 'assignment'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'', true))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON routing_group, work_item, offer, assignment TO madoguchi_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON agent TO madoguchi_app;
