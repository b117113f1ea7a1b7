-- Commands about a case that came before what was said earlier about it. Their batch is done: here they wait for their turn.
-- `since`, in milliseconds, is when the last thing that they wait for came.
CREATE TABLE early_command (
    tenant_id text NOT NULL,
    case_id uuid NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    command json NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (tenant_id, case_id, sequence)
);
ALTER TABLE early_command ENABLE ROW LEVEL SECURITY;
ALTER TABLE early_command FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON early_command USING (current_setting('app.tenant', true) IN (tenant_id, '*'));
GRANT SELECT, INSERT, DELETE, UPDATE (since) ON early_command TO madoguchi_app;
