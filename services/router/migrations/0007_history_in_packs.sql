-- What was decided is told in packs: a row holds the decisions of many cases, a case's row says which packs tell of it.
-- `cases` counts those of its cases that are still there; the last one takes the pack with it.
CREATE TABLE decision_pack (
    tenant_id text NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    cases integer NOT NULL,
    decisions text STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
CREATE INDEX decision_pack_unused ON decision_pack (tenant_id) WHERE cases <= 0;
ALTER TABLE decision_pack ENABLE ROW LEVEL SECURITY;
ALTER TABLE decision_pack FORCE ROW LEVEL SECURITY;
-- Housekeeping acts for all tenants.
CREATE POLICY tenant ON decision_pack USING (current_setting('app.tenant', true) IN (tenant_id, '*'));
GRANT SELECT, INSERT, DELETE, UPDATE (cases) ON decision_pack TO madoguchi_app;

-- What seldom changes is written when it does: `attributes` until the work is done, `facts` (explanation and steps) for good.
ALTER TABLE work_item ADD COLUMN attributes json, ADD COLUMN facts json, ADD COLUMN packs bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE agent ADD COLUMN idle_since bigint NOT NULL DEFAULT 0, ADD COLUMN last_offered_at bigint NOT NULL DEFAULT 0;

SELECT set_config('app.tenant', '*', true);
UPDATE work_item
SET attributes = record -> 'attributes',
    facts = json_build_object('explanation', record -> 'explanation', 'steps', coalesce(record -> 'steps', '[]')),
    record = (record::jsonb - '{attributes,explanation,steps}'::text[])::json;
UPDATE agent
SET idle_since = (record ->> 'idle_since')::bigint, last_offered_at = coalesce((record ->> 'last_offered_at')::bigint, 0);

ALTER TABLE decision_pack ADD COLUMN case_id uuid;
INSERT INTO decision_pack (tenant_id, cases, case_id, decisions)
SELECT tenant_id, 1, case_id, json_agg(
    json_build_array(case_id, event_id, type, (extract(epoch FROM at) * 1000)::bigint, detail) ORDER BY position
)::text FROM decision GROUP BY tenant_id, case_id;
UPDATE work_item SET packs = ARRAY[position] FROM decision_pack
WHERE (work_item.tenant_id, work_item.case_id) = (decision_pack.tenant_id, decision_pack.case_id);
ALTER TABLE decision_pack DROP COLUMN case_id;
DROP TABLE decision;

-- Every index is an entry more for each of the three times that work is written; these serve the same questions.
DROP INDEX work_item_open, work_item_waiting, work_item_by_agent, assignment_by_case;
CREATE INDEX work_item_open ON work_item (tenant_id, queue, queued_at, case_id) WHERE state <> 'done';
CREATE INDEX work_item_by_agent ON work_item (tenant_id, agent_id) WHERE agent_id IS NOT NULL AND state <> 'done';
ALTER TABLE assignment DROP CONSTRAINT assignment_pkey, ADD PRIMARY KEY (tenant_id, case_id, id);
